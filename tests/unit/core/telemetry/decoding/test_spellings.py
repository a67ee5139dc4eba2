"""One meaning in all its spellings: case, blanks, truths and numbers as text."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.telemetry.decoding.texts import cleaned, comparable
from gateway.core.telemetry.quarantine import Reason
from tests.unit.core.telemetry.decoding.probes import Probe


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\t", " \r\n"])
def test_blanks_of_all_kinds_at_the_ends_of_a_text_are_removed(blank: str) -> None:
    assert cleaned(f"{blank}Li Wei{blank}") == "Li Wei"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ON", "on"),
        (" Online ", "online"),
        ("TRUE", True),
        ("false", False),
        ("1", 1),
        ("-3.50", -3.5),
        ("0", 0),
        ("01", "01"),
        ("1e3", "1e3"),
        ("-0", 0),
        ("", ""),
    ],
)
def test_a_text_is_compared_by_what_it_means(text: str, meant: object) -> None:
    found = comparable(text)

    assert found == meant
    assert isinstance(found, bool) is isinstance(meant, bool)


@pytest.mark.parametrize("sent", ["ON", "on", "On", " on ", "on\u00a0"])
def test_a_map_finds_a_text_in_any_case_and_with_blanks(sent: str) -> None:
    assert Probe(values={"on": {"path": "v", "map": {"ON": True, "OFF": False}}}).values({"v": sent}) == {"on": True}


@pytest.mark.parametrize("format_", ["json", "plain"])
@pytest.mark.parametrize(("sent", "value"), [("1", True), ("0", False), ("true", True), ("FALSE", False)])
def test_a_map_of_numbers_finds_them_as_text(format_: str, sent: str, value: bool) -> None:
    source: dict[str, Any] = {"map": {1: True, 0: False}}
    if format_ == "plain":
        assert Probe(format="plain", values={"on": source}).values(sent) == {"on": value}
    else:
        assert Probe(values={"on": {"path": "v", **source}}).values({"v": sent}) == {"on": value}


def test_keys_that_differ_in_case_alone_stay_apart() -> None:
    probe = Probe(values={"mode": {"path": "v", "map": {"a": "away", "A": "normal"}}})

    assert probe.values({"v": "a"}) == {"mode": "away"}
    assert probe.values({"v": "A"}) == {"mode": "normal"}


def test_keys_that_differ_in_case_alone_are_not_guessed() -> None:
    probe = Probe(values={"mode": {"path": "v", "map": {"ab": "away", "AB": "normal"}}})

    assert probe.rejected({"v": "Ab"}).reason is Reason.UNKNOWN_VALUE


@pytest.mark.parametrize("sent", ["fire", "FIRE", " Fire"])
def test_equals_and_contains_find_a_text_in_any_case(sent: str) -> None:
    assert Probe(values={"on": {"path": "v", "equals": "Fire"}}).values({"v": sent}) == {"on": True}
    assert Probe(values={"on": {"path": "v", "contains": "Fire"}}).values({"v": ["fault", sent]}) == {"on": True}


def test_a_code_sent_as_text_equals_the_number() -> None:
    assert Probe(values={"on": {"path": "v", "equals": [2, 3]}}).values({"v": "3"}) == {"on": True}


@pytest.mark.parametrize("sent", ["(NULL)", "(null) ", "65535", 65535])
def test_no_value_is_recognised_in_all_its_spellings(sent: object) -> None:
    probe = Probe(values={"level": {"path": "v", "empty": ["(null)", 65535]}, "on": {"path": "on"}})

    assert probe.values({"v": sent, "on": True}) == {"on": True}


def test_false_is_not_the_number_that_stands_for_no_value() -> None:
    assert Probe(values={"on": {"path": "v", "empty": [0]}}).values({"v": False}) == {"on": False}


@pytest.mark.parametrize("sent", ["Normal", " NORMAL ", "1", 1, 1.0])
def test_a_state_is_known_by_its_name_in_any_case_and_by_its_code_as_text(sent: object) -> None:
    assert Probe(values={"mode": "v"}).values({"v": sent}) == {"mode": "normal"}


@pytest.mark.parametrize(("sent", "value"), [("true", True), ("True", True), (" FALSE ", False)])
def test_a_truth_may_be_a_text(sent: str, value: bool) -> None:
    assert Probe(values={"on": "v"}).values({"v": sent}) == {"on": value}
    assert Probe(format="plain", values={"on": {}}).values(sent) == {"on": value}


@pytest.mark.parametrize("sent", ["yes", "1", "on", ""])
def test_another_text_is_no_truth_unless_the_profile_says_so(sent: str) -> None:
    assert Probe(values={"on": "v"}).rejected({"v": sent}).reason is Reason.WRONG_TYPE


def test_a_binding_takes_its_messages_in_all_spellings() -> None:
    probe = Probe(when={"method": "NotifyStatus", "kind": 2}, values={"on": "v"})

    assert probe.values({"method": "notifystatus ", "kind": "2", "v": True}) == {"on": True}
    assert probe.fragment({"method": "notifystatus", "kind": "3", "v": True}) is None
