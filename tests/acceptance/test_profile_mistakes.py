"""docs/profile-mistakes.md: each example gets the answer that the page shows, with the caret under the place it names.

A block of the page holds examples with a blank line between. In each, the line that begins with the name of a file is
what the gateway says of the lines before it (wrapped lines go on with an indent), and a line with nothing but `^` marks
the column in the line above. The lines stand at the beginning of that file, in place of the keys that they have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.authoring.payload_tests import run_tests
from gateway.core.kernel.times import parse_device_time
from gateway.site_files import check_site, load_profiles, sites
from tests.unit.site_files import said, write

PAGE = Path(__file__).parents[2] / "docs" / "profile-mistakes.md"
_BLOCK = re.compile(r"^```text\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
_SECTION = re.compile(r"^(\w+):.*?(?=^\w+:|\Z)", flags=re.DOTALL | re.MULTILINE)
_ANSWER = re.compile(r"(?:profiles|tests)/pump\.yaml:\d|site\.yaml:\d")


@dataclass(frozen=True)
class Mistake:
    """One example of the page."""

    file: str
    wrong: str
    answer: str
    caret: tuple[int, int]
    """The line and column that the caret marks."""


def blocks() -> list[str]:
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def right_files() -> dict[str, str]:
    """The three files that the examples are parts of."""
    named = [text.partition("\n") for text in blocks() if re.match(r"# \S+\.yaml\n", text)]
    return {first.removeprefix("# "): rest for first, _, rest in named}


def mistakes() -> Iterator[Mistake]:
    for text in blocks():
        for example in text.rstrip("\n").split("\n\n"):
            lines = example.split("\n")
            begin = next((index for index, line in enumerate(lines) if _ANSWER.match(line)), None)
            if begin is not None:
                yield _mistake(lines[:begin], lines[begin:])


def _mistake(shown: list[str], answered: list[str]) -> Mistake:
    (below,) = [index for index, line in enumerate(shown) if line.strip() == "^"]
    wrong = "".join(f"{line}\n" for index, line in enumerate(shown) if index != below)
    answer = " ".join([answered[0], *(line.removeprefix("    ") for line in answered[1:])])
    return Mistake(answer.split(":")[0], wrong, answer, (below, shown[below].index("^") + 1))


def sections(text: str) -> dict[str, str]:
    """The parts of a file by their keys at its top."""
    return {match[1]: match[0] for match in _SECTION.finditer(text)}


def with_mistake(right: str, wrong: str) -> str:
    """The file with these lines at its beginning, in place of the keys that they have."""
    return wrong + "".join(part for key, part in sections(right).items() if key not in sections(wrong))


def told(home: Path, file: str) -> list[str]:
    """What the gateway says of the file."""
    if file.startswith("tests/"):
        now = parse_device_time("2026-01-01T00:00:00Z")
        assert now is not None
        return said(list(run_tests(home / file, load_profiles(home / "profiles"), now=now).problems), home)
    return said(check_site(home / "site.yaml"), home)


MISTAKES = list(mistakes())


@pytest.fixture(autouse=True)
def few_shipped_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped profiles are many, and none of the examples is about them."""
    monkeypatch.setattr(sites, "shipped_files", lambda _kind: [])


def test_the_page_tells_of_many_mistakes_each_once() -> None:
    assert len(MISTAKES) >= 100
    assert len({mistake.answer for mistake in MISTAKES}) == len(MISTAKES)


def test_the_files_that_the_examples_are_parts_of_have_no_mistakes(tmp_path: Path) -> None:
    write(tmp_path, right_files())

    assert [problem for file in right_files() for problem in told(tmp_path, file)] == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.answer.partition(" ")[2][:60])
def test_a_mistake_gets_the_answer_of_the_page(tmp_path: Path, mistake: Mistake) -> None:
    right = right_files()
    write(tmp_path, {**right, mistake.file: with_mistake(right[mistake.file], mistake.wrong)})

    found = told(tmp_path, mistake.file)

    # What is printed on one line is wrapped in the page, at blanks.
    assert [" ".join(each.split()) for each in found] == [mistake.answer]
    assert tuple(map(int, found[0].split(":")[1:3])) == mistake.caret


@pytest.mark.parametrize(
    "mistake",
    [each for each in MISTAKES if not each.file.startswith("tests/")],
    ids=lambda mistake: mistake.answer.partition(" ")[2][:60],
)
def test_an_answer_says_what_to_do(mistake: Mistake) -> None:
    assert re.search(
        r"; \w|: (?:use|name|write|remove|add|rename|put|say|keep|give|call|correct|change|raise|compare) |such as",
        mistake.answer,
    ), mistake.answer
