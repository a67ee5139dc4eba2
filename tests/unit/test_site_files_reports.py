"""The words by which a site classifies reports."""

from __future__ import annotations

from pathlib import Path

from gateway.core.kernel.urgency import Priority
from gateway.site_files import load_configuration
from tests.unit.site_files import HEADER, PUMP, problems_of, write


def test_a_site_adds_words_to_those_that_are_shipped(tmp_path: Path) -> None:
    rows = "report_categories:\n- {category: pool, priority: P1, words: {en: [pool], zh: [泳池]}}\n"
    reports = load_configuration(write(tmp_path, {"site.yaml": f"{HEADER}{PUMP}{rows}"})).reports
    found = reports.classify("泳池的水是绿的")
    assert (found.category, found.priority, found.words) == ("pool", Priority.P1, ("泳池",))
    assert reports.classify("电梯困人").category == "elevator"


def test_a_site_without_words_of_its_own_has_the_shipped_ones(tmp_path: Path) -> None:
    reports = load_configuration(write(tmp_path, {"site.yaml": f"{HEADER}{PUMP}"})).reports
    assert reports.classify("Two people are trapped in lift 2").is_emergency


def test_what_is_wrong_is_told_with_its_place_and_what_to_write(tmp_path: Path) -> None:
    rows = """\
report_categories:
- {category: pool, words: {en: [pool]}}
- {category: Pool, words: {en: [basin]}}
- {category: pool, words: {en: ["*"]}}
- {category: pool, priority: P9, words: {en: [water slide]}}
- {category: spa, words: {en: [sauna, Pool]}}
- {words: {en: [whirlpool]}}
- {category: spa, word: {en: [steam]}}
"""
    assert problems_of(tmp_path, f"{HEADER}{PUMP}{rows}") == [
        "site.yaml:5:14: 'Pool' is not a name: use lower-case letters, digits and _, starting with a letter",
        "site.yaml:6:33: '*' is no word to look for: write letters in one line, at most 64; "
        "one * at the end stands for any ending, such as leak*",
        "site.yaml:7:30: priority: 'P9' is none of P1, P2, P3, P4; write one of them",
        "site.yaml:8:39: a second meaning of the word 'Pool'; the first stands at site.yaml:4; remove one",
        "site.yaml:9:3: say what the words mean: category, priority or complaint",
        "site.yaml:10:19: unknown key 'word'; did you mean 'words'?",
    ]


def test_a_value_that_is_no_list_is_told_with_an_example(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, f"{HEADER}{PUMP}report_categories: {{pool: [pool]}}\n")
    assert "report_categories: this is not a list" in problem
    assert "{category: pool, priority: P2, words: {en: [pool], zh: [泳池]}}" in problem
