"""JSON messages and plain texts: which fragments they have, of which devices, at which times."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import SECOND
from gateway.core.profiles.bindings import Binding
from gateway.core.telemetry.decoding.compiled import mapping_of, parser_of
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.decoding.parsers import Fragment, JsonParser
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import Probe, payload_of, profile_of

EIGHT: int = 1_769_846_400 * SECOND
"""2026-01-31T08:00:00Z."""


def parts_of(message: object, **binding: Any) -> list[Fragment]:  # noqa: ANN401
    """The fragments into which a message is opened."""
    fragments = parser_of(profile_of(binding).messages[0]).parse(Contents(payload_of(message)))
    assert isinstance(fragments, list), fragments
    return fragments


def named(message: object, **binding: Any) -> list[tuple[str | None, str | None]]:  # noqa: ANN401
    """What the fragments call their devices and channels."""
    return [(fragment.device, fragment.channel) for fragment in parts_of(message, **binding)]


# Values -------------------------------------------------------------------------------------------------------------


def test_values_are_read_from_where_they_stand() -> None:
    probe = Probe(values={"level": "ENERGY.Total", "on": {"path": "POWER", "equals": "ON"}, "count": "list[1]"})

    assert probe.values({"ENERGY": {"Total": 1.5}, "POWER": "ON", "list": [4, 5]}) == {
        "level": 1.5,
        "on": True,
        "count": 5,
    }


def test_without_values_each_metric_has_the_key_of_its_name() -> None:
    probe = Probe(when={"kind": "telemetry"})

    assert probe.values({"kind": "telemetry", "level": 2, "on": False, "strange": 1}) == {"level": 2.0, "on": False}


def test_a_bad_metric_is_rejected_alone() -> None:
    decoded = Probe(values={"level": "l", "on": "o", "few": "f"}).reading({"l": 5000, "o": True, "f": "x"})

    assert decoded.values == {"on": True}
    assert [(each.metric, each.reason) for each in decoded.rejected] == [
        ("level", Reason.OUT_OF_RANGE),
        ("few", Reason.WRONG_TYPE),
    ]


def test_a_message_without_any_of_the_values_says_which_keys_it_has() -> None:
    refused = Probe(values={"level": "l"}).fragment({"other": 1})

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.NO_METRICS
    assert "['other']" in refused.detail


@pytest.mark.parametrize("said", [None, "", "(null)"])
def test_a_value_that_is_there_and_says_nothing_is_known_and_not_stored(said: object) -> None:
    assert Probe(values={"note": {"path": "n", "empty": ["", "(null)"]}}).fragment({"n": said}) == []


@pytest.mark.parametrize("said", [[], {}, [1], {"a": 1}])
def test_a_list_or_object_in_the_place_of_a_value_is_rejected(said: object) -> None:
    for metric in ("level", "on", "note", "mode", "count", "uid"):
        assert Probe(values={metric: "v"}).rejected({"v": said}).reason is Reason.WRONG_TYPE


@pytest.mark.parametrize("met", ["error", "", 5, True, 1.5])
@pytest.mark.parametrize("path", ["a.b", "$.a.b", "a.b[0]", "a.b.c", '"a".b'])
def test_a_single_value_where_a_path_leads_on_costs_only_its_metric(met: object, path: str) -> None:
    decoded = Probe(values={"level": path, "on": "o"}).reading({"a": met, "o": True})

    assert decoded.values == {"on": True}
    assert [(each.metric, each.reason) for each in decoded.rejected] == [("level", Reason.WRONG_TYPE)]


@pytest.mark.parametrize("message", [{}, {"a": None}, {"a": {}}, {"a": []}, {"a": {"b": None}}])
def test_where_nothing_stands_in_the_way_of_a_path_nothing_is_rejected(message: dict[str, object]) -> None:
    assert Probe(values={"level": "a.b", "on": "o"}).reading({**message, "o": True}).rejected == []


def test_one_number_in_the_place_of_a_list_has_no_second_item() -> None:
    decoded = Probe(values={"level": ["a[0]", "a"], "free": "a[1]"}).reading({"a": 5})

    assert (decoded.values, decoded.rejected) == ({"level": 5.0}, [])


def test_another_path_may_lead_to_the_value() -> None:
    decoded = Probe(values={"level": ["a.value", "a"]}).reading({"a": 5})

    assert (decoded.values, decoded.rejected) == ({"level": 5.0}, [])


def test_a_message_to_be_ignored_holds_nothing_of_use() -> None:
    assert Probe(ignore=True).fragment({"anything": 1}) == []
    assert Probe(format="plain", ignore=True).fragment("anything") == []


@pytest.mark.parametrize("payload", ["", "{", "no json", b"\xff", b'{"a":' * 100_000, "NaNN", '{"a": 1}x'])
def test_what_is_no_json_is_malformed(payload: object) -> None:
    assert Probe(values={"level": "l"}).rejected(payload).reason is Reason.MALFORMED
    assert Probe(values={"level": "v"}, readings="d[]").rejected(payload).reason is Reason.MALFORMED


@pytest.mark.parametrize("payload", ["5", "null", "true", '"text"', "[]", '[{"l": 1}]'])
def test_json_that_is_no_object_is_malformed_where_one_is_expected(payload: str) -> None:
    assert Probe(values={"level": "l"}).rejected(payload).reason is Reason.MALFORMED


def test_not_a_number_costs_its_metric_and_not_the_message() -> None:
    decoded = Probe(values={"level": "l", "on": "o"}).reading('{"l": NaN, "o": true}')

    assert decoded.values == {"on": True}


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    assert Probe(values={"level": "l"}).values('{"l": 1, "l": 2}') == {"level": 2.0}


# When ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "message", "fits"),
    [
        ({"m": "a"}, {"m": "a"}, True),
        ({"m": "a"}, {"m": "b"}, False),
        ({"m": "a"}, {}, False),
        ({"m": "a"}, {"m": None}, False),
        ({"m": "a"}, {"m": ["a"]}, False),
        ({"m": "a"}, {"m": {"a": 1}}, False),
        ({"m": ["a", "b"]}, {"m": "b"}, True),
        ({"m": 1}, {"m": 1}, True),
        ({"m": 1}, {"m": 1.0}, True),
        ({"m": 1}, {"m": "1"}, True),
        ({"m": "1"}, {"m": 1}, True),
        ({"m": False}, {"m": False}, True),
        ({"m": True}, {"m": False}, False),
        ({"p.m": "a"}, {"p": {"m": "a"}}, True),
        ({"p.m": "a"}, {"p": 5}, False),
        ({"m": "a", "n": 1}, {"m": "a", "n": 1}, True),
        ({"m": "a", "n": 1}, {"m": "a"}, False),
        ({"m": {"present": True}}, {"m": None}, True),
        ({"m": {"present": True}}, {}, False),
        ({"m": {"present": False}}, {}, True),
        ({"m": {"present": False}}, {"m": 0}, False),
        ({"ENERGY.Power[0]": {"present": True}}, {"ENERGY": {"Power": 9}}, False),
        ({"ENERGY.Power[0]": {"present": True}}, {"ENERGY": {"Power": [9]}}, True),
    ],
)
def test_a_binding_takes_only_messages_with_these_values(when: object, message: Any, fits: bool) -> None:  # noqa: ANN401
    fragment = Probe(when=when, values={"level": "l"}).fragment({**message, "l": 1})

    assert (fragment is not None) is fits


def test_the_condition_of_an_element_is_looked_up_in_it_or_from_the_root() -> None:
    probe = Probe(readings="d[]", when={"name": "cpu", "$.kind": "batch"}, values={"level": "v"})
    document = {"kind": "batch", "d": [{"name": "cpu", "v": 1}, {"name": "mem", "v": 2}]}

    first, second = cast_fragments(probe.decode(document))
    assert first is not None
    assert second is None
    assert cast_fragments(probe.decode({**document, "kind": "other"})) == [None, None]


def cast_fragments(decoded_fragments: object) -> list[Any]:
    assert isinstance(decoded_fragments, list)
    return decoded_fragments


# Elements, devices and channels -------------------------------------------------------------------------------------


def test_each_item_of_an_array_is_a_reading() -> None:
    probe = Probe(readings="data[]", values={"level": "v"}, time="t")
    fragments = cast_fragments(probe.decode({"data": [{"v": 1, "t": 1769846400}, {"v": 2, "t": 1769846401}]}))

    assert [(fragment[0].values, fragment[0].time) for fragment in fragments] == [
        ({"level": 1.0}, EIGHT),
        ({"level": 2.0}, EIGHT + SECOND),
    ]


def test_the_items_may_be_bare_values() -> None:
    probe = Probe(readings="levels[]", values={"level": "."})

    assert [fragment[0].values for fragment in cast_fragments(probe.decode({"levels": [1, 2.5]}))] == [
        {"level": 1.0},
        {"level": 2.5},
    ]


def test_a_path_in_an_element_may_start_at_the_root() -> None:
    probe = Probe(readings="data[]", values={"level": "v", "note": "$.name"}, time="$.t")
    (fragment,) = cast_fragments(probe.decode({"name": "hall", "t": 1769846400, "data": [{"v": 1}]}))

    assert fragment[0].values == {"level": 1.0, "note": "hall"}
    assert fragment[0].time == EIGHT


def test_each_key_that_fits_is_a_reading_of_the_device_or_channel_it_names() -> None:
    message = {"params": {"switch:0": {"v": 1}, "switch:1": {"v": 2}, "sys": {"v": 3}}}

    assert named(message, readings="params.switch:{channel}", values={"level": "v"}) == [(None, "0"), (None, "1")]
    assert named(message, topic="a", readings="params.{device}", values={"level": "v"}) == [
        ("switch:0", None),
        ("switch:1", None),
        ("sys", None),
    ]


@pytest.mark.parametrize(
    ("message", "device", "channel"),
    [
        ({"id": "p1", "ch": 2}, "p1", "2"),
        ({"id": 17}, "17", ""),
        ({"id": "p1", "ch": None}, "p1", ""),
        ({"name": "p2"}, "p2", ""),
        ({"id": None, "name": "p2"}, "p2", ""),
        ({}, "", ""),
        ({"id": True}, "", ""),
        ({"id": "p1", "ch": 1.5}, "p1", "1.5"),
        ({"id": "p1", "ch": 2.0}, "p1", "2"),
        ({"id": "p1", "ch": math.inf}, "p1", ""),
        ({"id": ["p1"]}, "", ""),
        ({"id": {"a": 1}}, "", ""),
    ],
)
def test_the_payload_may_name_its_device_and_channel(message: object, device: str, channel: str) -> None:
    binding: dict[str, Any] = {"topic": "a", "device": ["id", "name"], "channel": "ch", "values": {"level": "v"}}

    assert named(message, **binding) == [(device, channel)]


def test_one_message_may_have_readings_of_many_devices() -> None:
    binding: dict[str, Any] = {"topic": "a", "readings": "devices[]", "device": "id", "channel": "$.ch"}
    message = {"ch": 1, "devices": [{"id": "p1"}, {"id": "p2"}, {"name": "?"}, 5]}

    assert named(message, **binding) == [("p1", "1"), ("p2", "1"), ("", "1"), ("", "1")]


@pytest.mark.parametrize("message", [{"d": []}, {"d": [], "more": 1}])
def test_an_empty_list_of_readings_is_known_and_holds_none(message: object) -> None:
    assert Probe(readings="d[]", values={"level": "v"}).decode(message) == []


@pytest.mark.parametrize("message", ["null", "5", "true", '"text"', "[]", "{}", '{"e": 1}', '{"d": 5}', '{"d": {}}'])
def test_a_message_without_the_list_of_readings_is_not_known(message: str) -> None:
    refused = Probe(readings="d[]", values={"level": "v"}).decode(message)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.UNKNOWN_MESSAGE


def test_a_message_for_all_devices_names_none() -> None:
    for binding in ({"values": {"on": "state"}}, {"format": "plain", "values": {"on": {"equals": "online"}}}):
        (fragment,) = parts_of({"state": True, "id": "p1"}, topic="bridge/state", device="*", **binding)
        assert fragment.for_all


@pytest.mark.parametrize("name", ["*", "a/b", " ", "x" * 5000, "\ud800"])
def test_a_message_cannot_name_all(name: str) -> None:
    (fragment,) = parts_of({"id": name}, topic="a", device="id", values={"level": "v"})

    assert (fragment.device, fragment.for_all) == (name, False)


def test_a_plain_message_is_its_text() -> None:
    assert [fragment.body for fragment in parts_of(" 21.5\n", format="plain", values={"level": {}})] == ["21.5"]


# Times --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "stamp", "expected"),
    [
        ("t", 1769846400, EIGHT),
        ("t", 1769846400.5, EIGHT + SECOND // 2),
        ("t", 1769846400000, EIGHT),
        ("t", 1769846400000000, EIGHT),
        ("t", 1769846400000000000, EIGHT),
        ("t", "1769846400", EIGHT),
        ("t", "1769846400000", EIGHT),
        ("t", "2026-01-31T08:00:00Z", EIGHT),
        ("t", "2026-01-31T16:00:00+08:00", EIGHT),
        ("t", "2026-01-31T16:00:00+0800", EIGHT),
        ("t", "2026-01-31T08:00:00", None),
        ("t", "2026-01-31 08:00", None),
        ({"path": "t", "zone": "UTC"}, "2026-01-31T08:00:00", EIGHT),
        ({"path": "t", "zone": "UTC"}, "2026-01-31 08:00", EIGHT),
        ({"path": "t", "zone": "UTC"}, "20260131080000", EIGHT),
        ({"path": "t", "zone": "site"}, "2026-01-31T16:00:00", EIGHT),
        ({"path": "t", "zone": "site"}, "2026-01-31T08:00:00Z", EIGHT),
        ({"path": "t", "zone": "site"}, 1769846400, EIGHT),
        ({"path": "t", "zone": "site"}, "1769846400", EIGHT),
        ({"path": "t", "zone": "site"}, "1712010112345", 1_712_010_112_345_000),  # not a night of the year 1712
        ({"path": "t", "zone": "America/New_York"}, "2026-01-31T03:00:00", EIGHT),
        ({"path": "t", "zone": "UTC"}, "2026-13-31 08:00", None),
        ("t", 0, None),
        ("t", -1, None),
        ("t", True, None),
        ("t", None, None),
        ("t", [1769846400], None),
        ("t", "yesterday", None),
        ("t", "", None),
        ("t", 1e300, None),
        ("t", "9" * 400, None),
        (["u", "t"], 1769846400, EIGHT),
    ],
)
def test_a_stamp_is_read_as_the_binding_says_or_the_reading_has_none(
    time: object, stamp: object, expected: int | None
) -> None:
    decoded = Probe(values={"level": "v"}, time=time, zone="Asia/Shanghai").reading({"v": 1, "t": stamp})

    assert (decoded.time, decoded.timed) == (expected, True)


def test_the_first_stamp_that_is_there_counts() -> None:
    probe = Probe(values={"level": "v"}, time=["after.end_time", "after.frame_time"])

    assert probe.reading({"v": 1, "after": {"end_time": None, "frame_time": 1769846400}}).time == EIGHT


def test_a_reading_says_whether_a_server_put_its_stamp_on() -> None:
    for by, expected in (("device", False), ("server", True)):
        decoded = Probe(values={"level": "v"}, time={"path": "t", "by": by}).reading({"v": 1, "t": 1769846400})

        assert (decoded.time, decoded.by_server) == (EIGHT, expected)


def test_a_message_without_its_stamp_is_timed_but_has_no_time() -> None:
    decoded = Probe(values={"level": "v"}, time="t").reading({"v": 1})

    assert (decoded.time, decoded.timed) == (None, True)


def test_without_a_time_in_its_binding_a_reading_has_none() -> None:
    decoded = Probe(values={"level": "v"}).reading({"v": 1, "ts": 1769846400})

    assert (decoded.time, decoded.timed, decoded.historical) == (None, False, False)


# Properties ---------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["p1", "*", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "ch", "d", "v", "t", "m"]) | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
BINDINGS: list[dict[str, Any]] = [
    {"values": {"level": "v"}, "time": "t"},
    {"values": {"level": "v"}, "time": {"path": "t", "zone": "site"}, "when": {"m": {"present": True}}},
    {"topic": "a", "device": "id", "channel": "ch", "values": {"on": "v"}},
    {"topic": "a", "readings": "d[]", "device": ["id", "$.id"], "values": {"note": ["v", "."]}},
    {"topic": "a", "readings": "{device}.{channel}", "values": {"few": "v", "level": "."}, "time": "$.t"},
    {"readings": "[]", "values": {"mode": "v"}, "time": "."},
    {"topic": "a", "device": "*", "when": {"v": [1, True, "p1"]}},
]
COMPILED = [
    (parser_of(profile.messages[0]), mapping_of(profile, profile.messages[0], site_zone="Asia/Shanghai"))
    for profile in map(profile_of, BINDINGS)
]


@given(
    st.integers(0, len(BINDINGS) - 1), JSON | st.dictionaries(st.sampled_from(["id", "ch", "d", "v", "t", "m"]), JSON)
)
def test_decoding_never_raises_on_any_json(index: int, document: object) -> None:
    parser, mapping = COMPILED[index]
    fragments = parser.parse(Contents(json.dumps(document).encode()))
    for fragment in fragments if isinstance(fragments, list) else []:
        decoded = mapping.decode(fragment)
        if isinstance(decoded, Rejected):
            assert decoded.detail
        else:
            assert all(isinstance(each, Decoded) for each in decoded or [])
        assert isinstance(fragment.describe(), str)


@given(st.integers(0, len(BINDINGS) - 1), st.binary(max_size=40))
def test_decoding_never_raises_on_any_bytes(index: int, payload: bytes) -> None:
    parser, mapping = COMPILED[index]
    fragments = parser.parse(Contents(payload))
    for fragment in fragments if isinstance(fragments, list) else []:
        mapping.decode(fragment)


def test_a_message_of_too_many_readings_is_rejected() -> None:
    parser = JsonParser(Binding.model_validate({"topic": "t", "readings": "d[]", "device": "id", "values": {}}))

    refused = parser.parse(Contents(b'{"d":[' + b"{}," * 2_000 + b"{}]}"))

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.OVERSIZED
