"""The tests of the shipped rules, which are data in rules/tests/: all pass, and each rule has some."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from gateway.cli import app
from gateway.site_files import shipped_files
from gateway.site_files.shipped import shipped_tests

FILES = shipped_tests("rules")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_tests_of_shipped_rules_pass(file: Path) -> None:
    result = CliRunner().invoke(app, ["test", str(file)])

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("file", shipped_files("rules"), ids=lambda file: file.stem)
def test_each_rule_of_a_shipped_file_is_named_by_a_test(file: Path) -> None:
    rules = {rule["id"] for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]}
    named = set[str]()
    for each in FILES:
        written = yaml.safe_load(each.read_text(encoding="utf-8"))
        for test in [written.get("defaults", {}), *written["tests"]]:
            named.update(test.get("rules", ()))

    assert rules - named == set()
