"""A test is played with the rules that bear on it: it must come to the same as with all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.authoring.histories.bearing import bearing_on
from gateway.authoring.histories.doing import Deed
from gateway.authoring.histories.play import Play
from gateway.authoring.histories.reading import History, read_histories
from gateway.site_files.documents import read_document
from gateway.site_files.shipped import shipped_tests
from tests.unit.authoring.histories.files import grounds


def histories(name: str) -> list[History]:
    (file,) = (file for file in shipped_tests("rules") if file.name == name)
    document, _ = read_document(file)
    assert document is not None
    return read_histories(document, grounds()).histories


def told(history: History, *, by_all: bool) -> list[tuple[str, str]]:
    """What people are told of the rules under test."""
    spec = history.spec
    played = replace(history, spec=spec.model_copy(update={"rules": ()})) if by_all else history
    play = Play(played, lambda _engine: None)
    try:
        play.go_on(history.ends)
    finally:
        play.close()
    return [(each.stamp, each.text) for each in play.standing.log if each.rule in spec.rules]


def rules_that_bear(history: History, *about: str) -> set[str]:
    spec = history.spec.model_copy(update={"rules": about})
    return {rule.id for rule in bearing_on(spec, history.configuration).rules}


@pytest.mark.parametrize("name", ["pumps.yaml", "smoke.yaml"])
def test_the_shipped_tests_tell_the_same_as_with_all_rules(name: str) -> None:
    tried = 0
    for history in histories(name):
        if len(bearing_on(history.spec, history.configuration).rules) < len(history.configuration.rules):
            log = told(history, by_all=False)

            assert log == told(history, by_all=True), history.spec.name
            tried += bool(log)

    assert tried > 5


def test_what_inhibits_an_inhibitor_bears_on_it_as_well() -> None:
    (history, *_) = histories("pumps.yaml")

    assert rules_that_bear(history, "pump-bearing-rising") == {
        "pump-bearing-rising",
        "pump-bearing-hot",
        "pump-bearing-trip",
    }


def test_a_test_that_compares_all_rules_is_played_with_all() -> None:
    (history, *_) = histories("pumps.yaml")

    assert rules_that_bear(history) == {rule.id for rule in history.configuration.rules}


def test_unusable_safety_values_depend_on_all_rules() -> None:
    (history, *_) = histories("smoke.yaml")

    assert rules_that_bear(history, "trouble") == {rule.id for rule in history.configuration.rules}


def test_a_rule_that_people_shelve_bears_on_what_they_did() -> None:
    (history, *_) = histories("pumps.yaml")
    deed = Deed.model_validate({"at": "1s", "shelve": "pump-fault/p1", "reason": "repair", "for": "1h"})
    spec = history.spec.model_copy(update={"rules": ("pump-dry-run",), "do": (deed,)})

    assert {rule.id for rule in bearing_on(spec, history.configuration).rules} == {"pump-dry-run", "pump-fault"}
