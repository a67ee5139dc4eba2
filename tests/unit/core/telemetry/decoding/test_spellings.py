"""One meaning in all its spellings: case, blanks, truths and numbers as text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.kernel.times import SECOND
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


# JSON in a text -----------------------------------------------------------------------------------------------------


def test_a_path_leads_on_in_a_text_that_is_json() -> None:
    probe = Probe(values={"level": "data.tank.level", "on": "data.on", "note": "name"})

    assert probe.values({"data": '{"tank": {"level": 1.5}, "on": true}', "name": "{x"}) == {
        "level": 1.5,
        "on": True,
        "note": "{x",
    }


def test_a_text_in_json_in_a_text_is_read_too() -> None:
    inner = json.dumps({"level": 1.5})

    assert Probe(values={"level": "a.b.level"}).values({"a": json.dumps({"b": inner})}) == {"level": 1.5}


def test_a_message_that_is_a_text_of_json_is_what_stands_in_it() -> None:
    probe = Probe(values={"level": "level"}, time="ts")

    decoded = probe.reading(json.dumps(json.dumps({"level": 1.5, "ts": 1767225600})))

    assert decoded.values == {"level": 1.5}
    assert decoded.time == 1767225600 * SECOND


def test_conditions_times_and_readings_lead_into_such_a_text() -> None:
    probe = Probe(
        topic="probe",
        when={"$.body.kind": "state"},
        readings="body.items[]",
        device="id",
        time="$.body.ts",
        values={"level": "level", "on": "flags[1]"},
    )
    body = {"kind": "state", "ts": 1767225600, "items": [json.dumps({"id": "a", "level": 1, "flags": "[false, true]"})]}

    (fragment,) = probe.parse({"body": json.dumps(body)})

    assert fragment.device == "a"
    decoded = probe.reading({"body": json.dumps(body)})
    assert decoded.values == {"level": 1.0, "on": True}
    assert decoded.time == 1767225600 * SECOND


@pytest.mark.parametrize("text", ["{", "[1, 2", "fault", "{]", '{"a": ' * 100_000])
def test_a_text_that_is_no_json_bars_the_path(text: str) -> None:
    probe = Probe(values={"level": "data.level", "on": "on"})

    decoded = probe.reading({"data": text, "on": True})

    assert decoded.values == {"on": True}
    assert [(each.metric, each.reason) for each in decoded.rejected] == [("level", Reason.WRONG_TYPE)]


# Bare values that may be objects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "online"),
    [
        ("online", True),
        ("Offline", False),
        (" online\r\n", True),
        ('"online"', True),
        ('{"state":"online"}', True),
        ('{ "state" : "offline" , "since": 5}', False),
        ('{"state": " ONLINE "}', True),
        (json.dumps(json.dumps({"state": "online"})), True),
    ],
)
def test_an_availability_is_read_as_text_and_as_json(payload: str, online: bool) -> None:
    probe = Probe(format="plain", values={"on": {"path": "state", "map": {"online": True, "offline": False}}})

    assert probe.values(payload) == {"on": online}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ('{"status": "online"}', Reason.NO_METRICS),
        ("[]", Reason.NO_METRICS),
        ("{", Reason.UNKNOWN_VALUE),
        ("", Reason.UNKNOWN_VALUE),
    ],
)
def test_a_plain_message_with_something_else_is_rejected(payload: str, reason: Reason) -> None:
    probe = Probe(format="plain", values={"on": {"path": "state", "map": {"online": True, "offline": False}}})

    assert probe.rejected(payload).reason is reason


def test_a_source_without_a_path_is_the_text_itself_beside_one_with_a_path() -> None:
    probe = Probe(format="plain", values={"on": {"path": "state", "map": {"up": True}}, "note": {}})

    assert probe.values('{"state": "up"}') == {"on": True, "note": '{"state": "up"}'}
    assert probe.values("up") == {"on": True, "note": "up"}


def test_null_in_a_plain_message_that_is_an_object_is_unknown() -> None:
    probe = Probe(format="plain", values={"on": {"path": ["a", "b"], "any": True}, "off": "off"})

    assert probe.fragment('{"off": null}') == []
    assert probe.values('{"a": false, "b": false}') == {"on": False}
    assert probe.values('{"a": null, "b": true}') == {"on": True}


# Several paths, words, ranges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ({"a": False, "b": True}, True),
        ({"a": True, "b": None}, True),
        ({"a": None, "b": False}, False),
        ({"b": False}, False),
        ({"a": 7, "b": True}, True),
    ],
)
def test_any_of_several_places_may_say_true(message: dict[str, object], value: bool) -> None:
    assert Probe(values={"on": {"path": ["a", "b"], "any": True}}).values(message) == {"on": value}


def test_any_of_several_places_counts_in_the_json_around_bytes_too() -> None:
    values = {"on": {"path": ["object.a", "object.b"], "any": True}}
    uplink = {"deviceInfo": {"devEui": "00"}, "fPort": 1, "data": "AA==", "object": {"a": False, "b": True}}

    assert Probe(format="lorawan", values=values).values(uplink) == {"on": True}


def test_any_of_several_metrics_of_sparkplug_counts_whatever_dots_are_in_its_name() -> None:
    probe = Probe(format="sparkplug", values={"on": {"path": ["A.x", "B.y"], "any": True}})

    assert probe.values({"A.x": False, "B.y": True}) == {"on": True}


def test_a_place_that_something_bars_is_not_false() -> None:
    probe = Probe(values={"on": {"path": ["a.x", "b.x"], "any": True}})

    assert probe.rejected({"a": "unreadable", "b": {"x": False}}).reason is Reason.WRONG_TYPE
    assert probe.values({"a": "unreadable", "b": {"x": True}}) == {"on": True}


def test_none_of_several_places_says_anything_where_all_are_null() -> None:
    assert Probe(values={"on": {"path": ["a", "b"], "any": True}}).fragment({"a": None, "b": None}) == []


def test_what_cannot_be_read_in_one_of_several_places_is_not_false() -> None:
    probe = Probe(values={"on": {"path": ["a", "b"], "any": True}})

    assert probe.rejected({"a": "smoking", "b": False}).reason is Reason.WRONG_TYPE


@pytest.mark.parametrize(("sent", "value"), [("OL CHRG", False), ("OB LB", True), ("ol", False)])
def test_a_text_with_a_known_word_says_whether_it_has_another(sent: str, value: bool) -> None:
    probe = Probe(values={"on": {"path": "v", "contains": "OB", "words": ["OL", "LB", "CHRG"]}})

    assert probe.values({"v": sent}) == {"on": value}


@pytest.mark.parametrize(
    ("sent", "value"), [([], False), (["OL"], False), (["OB", "LB"], True), ('["OL", "OB"]', True)]
)
def test_the_words_may_be_a_list(sent: object, value: bool) -> None:
    probe = Probe(values={"on": {"path": "v", "contains": "OB", "words": ["OL", "LB", "CHRG"]}})

    assert probe.values({"v": sent}) == {"on": value}


def test_a_list_may_be_json_in_a_text() -> None:
    assert Probe(values={"items": "v"}).values({"v": '["yard", "gate"]'}) == {"items": "gate,yard"}


@pytest.mark.parametrize(("wanted", "sent"), [(1, "true"), (0, False), (0, "false"), (True, 1)])
def test_a_truth_is_no_number_where_one_is_looked_for(wanted: object, sent: object) -> None:
    assert Probe(values={"on": {"path": "v", "equals": wanted}}).values({"v": sent}) == {"on": False}
    assert Probe(values={"on": {"path": "v", "contains": [wanted]}}).values({"v": [sent]}) == {"on": False}


@pytest.mark.parametrize("sent", ["Data stale", "OLD", ""])
def test_a_text_without_any_known_word_says_nothing(sent: str) -> None:
    probe = Probe(values={"on": {"path": "v", "contains": "OB", "words": ["OL", "LB", "CHRG"]}})

    assert probe.rejected({"v": sent}).reason is Reason.UNKNOWN_VALUE


@pytest.mark.parametrize(
    ("sent", "reason"), [(512, Reason.OUT_OF_RANGE), ("0200", Reason.WRONG_TYPE), (-1, Reason.OUT_OF_RANGE)]
)
def test_bits_of_a_number_that_cannot_have_been_sent_say_nothing(sent: object, reason: Reason) -> None:
    probe = Probe(values={"on": {"path": "v", "range": [0, 511], "bit": 1}})

    assert probe.values({"v": 2}) == {"on": True}
    assert probe.values({"v": "3"}) == {"on": True}
    assert probe.rejected({"v": sent}).reason is reason


def test_the_range_of_a_number_holds_with_its_unit_too() -> None:
    probe = Probe(values={"level": {"path": "v", "range": [0, 10], "unit": "m"}})

    assert probe.values({"v": "5 m"}) == {"level": 5.0}
    assert probe.rejected({"v": "11 m"}).reason is Reason.OUT_OF_RANGE
    assert probe.rejected({"v": "1E1"}).reason is Reason.WRONG_TYPE


def test_a_map_of_truths_takes_no_numbers_and_one_of_numbers_takes_truths() -> None:
    truths = Probe(values={"on": {"path": "v", "map": {True: True, False: False, "fire": True}}})
    numbers = Probe(values={"on": {"path": "v", "map": {1: True, 0: False}}})

    assert truths.rejected({"v": 0}).reason is Reason.UNKNOWN_VALUE
    assert truths.rejected({"v": "1"}).reason is Reason.UNKNOWN_VALUE
    assert numbers.values({"v": False}) == {"on": False}
    assert numbers.values({"v": "true"}) == {"on": True}
