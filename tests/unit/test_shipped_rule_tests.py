"""The tests of the shipped rules, which are data in rules/tests/: all pass, and each rule has some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.authoring.suites import Libraries, run_file
from gateway.site_files import shipped_files
from gateway.site_files.shipped import shipped_tests

FILES = shipped_tests("rules")


def content_of(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return content


@pytest.fixture(scope="module")
def libraries() -> Libraries:
    return Libraries(None, None)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_tests_of_shipped_rules_pass(file: Path, libraries: Libraries) -> None:
    result = run_file(file, libraries, now=0)

    assert [str(problem) for problem in result.every_problem] == []
    assert result.passed > 0


@pytest.fixture(scope="module")
def named() -> set[str]:
    """The rules that the tests name."""
    found = set[str]()
    for file in FILES:
        written = content_of(file)
        for test in [written.get("defaults", {}), *written["tests"]]:
            found.update(test.get("rules", ()))
    return found


@pytest.mark.parametrize("file", shipped_files("rules"), ids=lambda file: file.stem)
def test_each_rule_of_a_shipped_file_is_named_by_a_test(file: Path, named: set[str]) -> None:
    rules = {rule["id"] for rule in content_of(file)["rules"]}

    assert rules - named == set()
