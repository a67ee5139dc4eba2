"""Tests that were read once run on changed rules as well: to see which of them notice."""

from __future__ import annotations

import pytest

from gateway.authoring.histories.reading import History, read_histories
from gateway.authoring.histories.running import run_histories
from gateway.core.rules.rule import RuleSpec
from gateway.errors import SiteError
from gateway.site_files.documents import read_document
from gateway.site_files.shipped import shipped_tests
from tests.unit.authoring.histories.files import grounds


def histories() -> list[History]:
    (file,) = (file for file in shipped_tests("rules") if file.name == "pumps.yaml")
    document, problems = read_document(file)
    assert document is not None
    assert problems == []
    return read_histories(document, grounds()).histories


def changed(rule: str, **fields: object) -> dict[str, RuleSpec]:
    return {rule: grounds().catalogues.rules.entries[rule].spec.model_copy(update=fields)}


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("pump-dry-run", {"when": "running && max(inlet_pressure, before) <= dry_run_pressure"}),
        ("pump-dry-run", {"when": "running && inlet_pressure < dry_run_pressure"}),
        ("pump-dry-run", {"for_": 3_000_000}),
        ("pump-dry-run", {"for_": 5_000_000}),
        ("pump-dry-run", {"clear_for": 29_000_000}),
        ("pump-dry-run", {"clear_when": "inlet_pressure > dry_run_pressure"}),
        ("pump-vibration-high", {"inhibited_by": ()}),
        ("pump-fault", {"ticket": None}),
    ],
)
def test_the_tests_of_a_rule_notice_that_it_is_another(rule: str, fields: dict[str, object]) -> None:
    outcomes = list(run_histories(histories(), on=grounds().with_rules(changed(rule, **fields)), about={rule}))

    assert any(not each.has_passed for each in outcomes)


def test_the_rule_as_it_is_passes_also_where_it_is_compiled_alone() -> None:
    rules = {"pump-dry-run"}
    on = grounds().with_rules(changed("pump-dry-run"), only=rules)

    outcomes = list(run_histories(histories(), on=on, about=rules))

    assert len(outcomes) >= 5
    assert {each.has_passed for each in outcomes if {*each.history.spec.rules} == rules} == {True}


def test_a_rule_that_does_not_compile_is_told() -> None:
    on = grounds().with_rules(changed("pump-dry-run", when="nothing < 3"))

    with pytest.raises(SiteError, match="nothing"):
        list(run_histories(histories(), on=on, about={"pump-dry-run"}))


def test_the_rules_as_they_were_are_not_changed_by_it() -> None:
    grounds().with_rules(changed("pump-dry-run", when="running"))

    assert all(each.has_passed for each in run_histories(histories()))
