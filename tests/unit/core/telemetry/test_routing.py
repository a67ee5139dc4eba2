"""Where topics lead, and which devices hear what."""

from __future__ import annotations

import math
from typing import Any

import pytest

from gateway.core.profiles.topics import covers
from gateway.core.telemetry import routing
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.report_route import ReportRoute
from gateway.core.telemetry.routes import FlatRoute, PatternRoute
from gateway.core.telemetry.senders import senders_of
from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.payload import Payload, encode
from tests.unit.core.telemetry.bench import LEVEL, Bench, profile

# Topics -------------------------------------------------------------------------------------------------------------


def test_native_telemetry_is_routed_by_its_exact_topic() -> None:
    bench = Bench([profile("pump", {"topic": "site/{site}/pump/{device}/telemetry"})], p1="pump", p2="pump@other")

    assert isinstance(bench.router.find("site/s1/pump/p1/telemetry"), FlatRoute)
    assert bench.readings("site/s1/pump/p1/telemetry", {"level": 1}) == [("p1", {"level": 1.0})]
    assert bench.readings("site/s1/pump/other/telemetry", {"level": 1}) == [("p2", {"level": 1.0})]
    assert bench.router.find("site/s1/pump/p2/telemetry") is None
    assert bench.router.find("site/s2/pump/p1/telemetry") is None


def test_two_profiles_may_send_native_telemetry_in_two_ways() -> None:
    pump = profile("pump", {"topic": "site/{site}/pump/{device}"}, {"topic": "old/{device}"})
    bench = Bench([pump], p1="pump")

    assert bench.readings("site/s1/pump/p1", {"level": 1}) == [("p1", {"level": 1.0})]
    assert bench.readings("old/p1", {"level": 2}) == [("p1", {"level": 2.0})]


def test_the_topic_of_reports_comes_before_patterns_and_is_no_route_where_none_are_taken() -> None:
    maker = [{"topic": "{prefix}/{site}/{device}", "values": LEVEL}]
    bench = Bench([profile("pump", maker=maker)], p1="pump/maker@reports", p2="pump/maker@b")
    takes = routing.Router(bench.site.header, senders_of(bench.site, bench.profiles), reports_of=bench.site)

    assert isinstance(takes.find("site/s1/reports"), ReportRoute)
    assert isinstance(takes.find("site/s1/b"), PatternRoute)
    assert takes.find("site/s2/reports") is None
    assert isinstance(bench.router.find("site/s1/reports"), PatternRoute)


def test_other_messages_are_routed_by_a_pattern_to_the_device_they_name() -> None:
    maker = [{"topic": "{prefix}/{device}/status", "values": LEVEL}]
    bench = Bench([profile("pump", maker=maker)], p1="pump/maker@a", p2="pump/maker@b")

    assert isinstance(bench.router.find("x/a/status"), PatternRoute)
    assert bench.readings("x/a/status", {"v": 1}) == [("p1", {"level": 1.0})]
    assert bench.readings("y/b/status", {"v": 2}) == [("p2", {"level": 2.0})]
    reason, detail = bench.rejected("x/c/status", {"v": 1})
    assert reason is Reason.UNKNOWN_DEVICE
    assert "'c'" in detail


@pytest.mark.parametrize(
    ("address", "topic", "message"),
    [
        ("plug", "plug/status", {"ch": None, "v": 1}),
        ("plug", "plug/status", {"ch": 0, "v": 1}),
        ("plug", "plug/status", {"ch": "0", "v": 1}),
        ("plug/0", "plug/status", {"ch": 0, "v": 1}),
        ("plug/0", "plug/status", {"v": 1}),
        ("plug/2", "plug/status", {"ch": 2, "v": 1}),
        ("plug/a", "plug/status", {"ch": "a", "v": 1}),
    ],
)
def test_an_address_without_a_channel_is_channel_zero(address: str, topic: str, message: object) -> None:
    bench = Bench(
        [profile("plug", {"topic": "{device}/status", "channel": "ch", "values": LEVEL})], d=f"plug@{address}"
    )

    assert bench.readings(topic, message) == [("d", {"level": 1.0})]


@pytest.mark.parametrize(
    "binding",
    [
        {"topic": "{device}/switch:{channel}", "values": LEVEL},
        {"topic": "{device}/switch:{channel}", "when": {"v": {"present": True}}, "values": LEVEL},
        {"topic": "{device}/{kind}:{channel}", "values": LEVEL},
    ],
)
def test_a_channel_in_the_topic_is_part_of_the_address(binding: dict[str, Any]) -> None:
    bench = Bench([profile("plug", binding)], zero="plug@a", one="plug@a/1")

    assert bench.readings("a/switch:0", {"v": 1}) == [("zero", {"level": 1.0})]
    assert bench.readings("a/switch:1", {"v": 2}) == [("one", {"level": 2.0})]
    assert bench.rejected("a/switch:2", {"v": 2})[0] is Reason.UNKNOWN_DEVICE


def test_a_channel_in_the_topic_of_native_telemetry_is_part_of_the_address_too() -> None:
    bench = Bench([profile("plug", {"topic": "{device}/switch:{channel}"})], zero="plug@a", one="plug@a/1")

    assert bench.readings("a/switch:0", {"level": 1}) == [("zero", {"level": 1.0})]
    assert bench.readings("a/switch:1", {"level": 2}) == [("one", {"level": 2.0})]
    assert bench.router.find("a/switch:2") is None


@pytest.mark.parametrize(
    "binding", [{"topic": "{device}/send"}, {"topic": "{device}/send", "values": {"level": "level"}}]
)
def test_an_address_may_have_several_levels(binding: dict[str, Any]) -> None:
    bench = Bench([profile("door", binding)], d1="door@home/door1", d2="door@home/door2", d3="door@plain")

    assert bench.readings("home/door1/send", {"level": 1}) == [("d1", {"level": 1.0})]
    assert bench.readings("home/door2/send", {"level": 2}) == [("d2", {"level": 2.0})]
    assert bench.readings("plain/send", {"level": 3}) == [("d3", {"level": 3.0})]
    assert bench.router.find("home/door3/send") is None
    assert {"home/door1/send", "home/door2/send", "+/send"} <= set(bench.subscriptions())


@pytest.mark.parametrize(
    ("binding", "topic", "message"),
    [
        ({"topic": "{device}/input/{channel}", "values": LEVEL}, "attic/panel/input/2", {"v": 1}),
        ({"topic": "{device}/rpc", "readings": "in:{channel}", "values": LEVEL}, "attic/panel/rpc", {"in:2": {"v": 1}}),
        ({"topic": "{device}/rpc", "channel": "id", "values": LEVEL}, "attic/panel/rpc", {"id": 2, "v": 1}),
        ({"topic": "x/{device}/{any}", "channel": "id", "values": LEVEL}, "x/attic/panel/y", {"id": 2, "v": 1}),
        ({"topic": "{prefix}/{device}/in/{channel}", "values": LEVEL}, "x/attic/panel/in/2", {"v": 1}),
        ({"topic": "n/{device}/{channel}"}, "n/attic/panel/2", {"level": 1}),
    ],
)
def test_an_address_of_several_levels_may_have_a_channel(binding: dict[str, Any], topic: str, message: object) -> None:
    bench = Bench(
        [profile("panel", maker=[binding])],
        p0="panel/maker@attic/panel",
        p2="panel/maker@attic/panel/2",
        p3="panel/maker@attic/panel/3",
        shallow="panel/maker@panel/2",
    )

    assert bench.readings(topic, message) == [("p2", {"level": 1.0})]
    assert any(covers(filter_, topic) for filter_ in bench.subscriptions())


def test_without_a_channel_a_deep_address_is_channel_0() -> None:
    binding = {"topic": "{device}/rpc", "readings": "in:{channel}", "values": LEVEL}
    bench = Bench([profile("panel", maker=[binding])], p0="panel/maker@attic/panel", p2="panel/maker@attic/panel/2")

    assert bench.readings("attic/panel/rpc", {"in:0": {"v": 5}, "in:2": {"v": 7}}) == [
        ("p0", {"level": 5.0}),
        ("p2", {"level": 7.0}),
    ]
    assert bench.rejected("attic/panel/rpc", {"in:4": {"v": 5}})[0] is Reason.UNKNOWN_DEVICE


def test_a_message_for_all_channels_is_read_for_each_channel_of_its_device_and_no_other() -> None:
    plain = {"format": "plain", "values": {"level": {}}, "channel": "*"}
    plug = profile(
        "plug", maker=[{"topic": "{device}/{channel}", "values": LEVEL}, {"topic": "{device}/it/on", **plain}]
    )
    addresses = {"p0": "a", "p1": "a/1", "p2": "a/2", "other": "b/1", "deep": "attic/a/1"}
    bench = Bench([plug], **{name: f"plug/maker@{address}" for name, address in addresses.items()})

    assert bench.readings("a/it/on", 5) == [(name, {"level": 5.0}) for name in ("p0", "p1", "p2")]
    assert bench.readings("attic/a/it/on", 5) == [("deep", {"level": 5.0})]
    assert bench.readings("a/1", {"v": 1}) == [("p1", {"level": 1.0})]


def test_a_dev_eui_may_have_separators_or_be_base64() -> None:
    bench = Bench(
        [profile("leak", maker=[{"format": "lorawan", "values": {"count": {"at": 0, "type": "u8"}}}])],
        d="leak/maker@24-E1-24-13-6B-50-21-56",
    )
    uplink = {"devEUI": "JOEkE2tQIVY=", "data": "BQ==", "fPort": 1}

    assert bench.readings("application/1/device/24e124136b502156/event/up", uplink) == [("d", {"count": 5})]
    assert bench.readings("application/1/device/24e124136b502156/rx", uplink) == [("d", {"count": 5})]


def test_a_dev_eui_is_the_same_in_either_case() -> None:
    bench = Bench(
        [profile("leak", maker=[{"format": "lorawan", "values": {"count": {"at": 0, "type": "u8"}}}])],
        d="leak/maker@24E124136B502156",
    )
    uplink = {"deviceInfo": {"devEui": "24e124136B502156"}, "data": "BQ==", "fPort": 1}

    assert bench.readings("application/a/device/24e124136b502156/event/up", uplink) == [("d", {"count": 5})]
    ids = {"end_device_ids": {"dev_eui": "24E124136B502156"}, "uplink_message": {"f_port": 1, "frm_payload": "BQ=="}}
    assert bench.readings("v3/app@ttn/devices/leak-1/up", ids) == [("d", {"count": 5})]
    reason, detail = bench.rejected("v3/app/devices/x/up", {**ids, "end_device_ids": {"dev_eui": "AA"}})
    assert (reason, "'aa'" in detail) == (Reason.UNKNOWN_DEVICE, True)


# Which binding ------------------------------------------------------------------------------------------------------


def test_of_the_bindings_of_one_topic_the_first_that_fits_is_used() -> None:
    bindings: list[dict[str, Any]] = [
        {"topic": "a/{device}", "when": {"m": "status"}, "values": {"level": "a"}},
        {"topic": "a/{device}", "when": {"m": ["status", "event"]}, "values": {"level": "b"}},
        {"topic": "a/{device}", "when": {"m": "hello"}, "ignore": True},
    ]
    bench = Bench([profile("p", *bindings)], d="p")

    assert bench.readings("a/d", {"m": "status", "a": 1, "b": 2}) == [("d", {"level": 1.0})]
    assert bench.readings("a/d", {"m": "event", "a": 1, "b": 2}) == [("d", {"level": 2.0})]
    assert bench.readings("a/d", {"m": "hello", "a": 1}) == []
    reason, detail = bench.rejected("a/d", {"m": "other", "a": 1})
    assert reason is Reason.UNKNOWN_MESSAGE
    assert "no message binding of p is for it: keys ['m', 'a']" in detail


def test_a_binding_that_finds_nothing_leaves_the_message_to_the_next() -> None:
    bindings: list[dict[str, Any]] = [
        {"topic": "a/{device}", "values": {"level": "a"}},
        {"topic": "a/{device}", "values": {"level": "b"}},
        {"topic": "a/{device}", "when": {"sys": {"present": True}}, "ignore": True},
    ]
    bench = Bench([profile("p", *bindings)], d="p")

    assert bench.readings("a/d", {"b": 2}) == [("d", {"level": 2.0})]
    assert bench.readings("a/d", {"sys": {}}) == []
    assert bench.rejected("a/d", {"other": 1})[0] is Reason.NO_METRICS


def test_a_binding_that_finds_only_null_has_used_the_message() -> None:
    bindings: list[dict[str, Any]] = [
        {"topic": "a/{device}", "values": {"level": "a"}},
        {"topic": "a/{device}", "values": {"note": {"path": "a", "absent": "no a"}}},
    ]

    assert Bench([profile("p", *bindings)], d="p").readings("a/d", {"a": None}) == []


@pytest.mark.parametrize(
    ("port", "data", "told"),
    [
        (2, "BQ==", {"count": 5}),
        (2, "BQY=", {"level": 6.0}),
        (10, "BQ==", {"note": "port 10"}),
        (99, "BQ==", None),
        (2, "BQYH", None),
    ],
)
def test_uplinks_go_to_the_binding_of_their_port_and_length(port: int, data: str, told: dict[str, Any] | None) -> None:
    bindings: list[dict[str, Any]] = [
        {"format": "lorawan", "port": 2, "length": 1, "values": {"count": {"at": 0, "type": "u8"}}},
        {"format": "lorawan", "port": 2, "length": 2, "values": {"level": {"at": 1, "type": "u8"}}},
        {"format": "lorawan", "port": 10, "values": {"note": {"const": "port 10"}}},
    ]
    bench = Bench([profile("p", *bindings)], d="p@ab")
    topic, uplink = "application/a/device/ab/event/up", {"deviceInfo": {"devEui": "ab"}, "data": data, "fPort": port}

    if told is None:
        reason, detail = bench.rejected(topic, uplink)
        assert reason is Reason.UNKNOWN_MESSAGE
        assert f"port {port}, " in detail
        assert "bytes" in detail
    else:
        assert bench.readings(topic, uplink) == [("d", told)]


def test_if_patterns_overlap_the_reader_that_can_use_the_message_counts() -> None:
    bindings: list[dict[str, Any]] = [
        {"topic": "f/{device}/person", "format": "plain", "values": {"count": {}}},
        {"topic": "f/{device}/{label}", "ignore": True},
    ]
    bench = Bench([profile("camera", *bindings)], d="camera")

    assert bench.readings("f/d/person", 3) == [("d", {"count": 3})]
    assert bench.readings("f/d/cat", {"count": 3}) == []


# Several devices ----------------------------------------------------------------------------------------------------


def test_one_message_may_be_read_for_two_devices_of_different_profiles() -> None:
    meter = profile("meter", shelly=[{"topic": "{device}/rpc", "values": {"level": "power"}}])
    relay = profile("relay", shelly=[{"topic": "{device}/rpc", "values": {"on": "output"}}])
    bench = Bench([meter, relay], m="meter/shelly@plug", r="relay/shelly@plug")

    assert bench.readings("plug/rpc", {"power": 5, "output": True}) == [("m", {"level": 5.0}), ("r", {"on": True})]
    assert bench.readings("plug/rpc", {"power": 5}) == [("m", {"level": 5.0})]
    assert bench.rejected("plug/rpc", {"voltage": 230})[0] is Reason.NO_METRICS


def test_one_message_may_be_read_in_two_formats() -> None:
    text = profile("text", maker=[{"topic": "{device}/state", "format": "plain", "values": {"note": {}}}])
    number = profile("number", maker=[{"topic": "{device}/state", "values": {"level": "v"}}])
    bench = Bench([text, number], t="text/maker@x", n="number/maker@x")

    assert bench.readings("x/state", {"v": 1}) == [("t", {"note": '{"v": 1}'}), ("n", {"level": 1.0})]
    assert bench.readings("x/state", b"on") == [("t", {"note": "on"})]


def test_a_bad_value_for_one_device_is_rejected_though_the_other_uses_the_message() -> None:
    meter = profile("meter", shelly=[{"topic": "{device}/rpc", "values": {"level": "power"}}])
    relay = profile("relay", shelly=[{"topic": "{device}/rpc", "values": {"on": "output"}}])
    bench = Bench([meter, relay], m="meter/shelly@plug", r="relay/shelly@plug")
    (_, first), (_, second) = bench.read("plug/rpc", {"power": "high", "output": True}).readings

    assert [each.metric for each in first.rejected] == ["level"]
    assert (second.values, second.rejected) == ({"on": True}, [])


BATCH = {"topic": "batch", "readings": "devices[]", "device": "id", "values": LEVEL}


def test_one_message_may_have_readings_of_many_devices_and_of_unknown_ones() -> None:
    bench = Bench([profile("p", BATCH)], a="p", b="p")
    message = {"devices": [{"id": "a", "v": 1}, {"id": "b", "v": 2}, {"id": "c", "v": 3}, {"v": 4}]}
    readout = bench.read("batch", message)

    assert [(sender.spec.id, decoded.values) for sender, decoded in readout.readings] == [
        ("a", {"level": 1.0}),
        ("b", {"level": 2.0}),
    ]
    assert [each.reason for each in readout.rejected] == [Reason.UNKNOWN_DEVICE, Reason.UNKNOWN_DEVICE]
    assert "'c'" in readout.rejected[0].detail
    assert "does not name its device" in readout.rejected[1].detail


def test_elements_without_metrics_are_ignored_if_others_are_used() -> None:
    bench = Bench([profile("p", {"topic": "{device}", "readings": "params.{kind}", "values": LEVEL})], a="p")

    assert bench.readings("a", {"params": {"sys": {"up": 1}, "switch": {"v": 1}, "ts": 5}}) == [("a", {"level": 1.0})]
    assert bench.rejected("a", {"params": {"sys": {"up": 1}}})[0] is Reason.NO_METRICS


def test_each_element_is_read_by_the_first_binding_that_fits() -> None:
    same = {"topic": "telegraf/{device}", "readings": "metrics[]"}
    bindings: list[dict[str, Any]] = [
        {**same, "when": {"name": "cpu"}, "values": {"level": "used"}},
        {**same, "when": {"name": "mem"}, "values": {"count": "used"}},
        {**same, "ignore": True},
    ]
    bench = Bench([profile("host", *bindings)], h="host")
    message = {"metrics": [{"name": "cpu", "used": 9}, {"name": "disk", "used": 7}, {"name": "mem", "used": 4}]}

    assert bench.readings("telegraf/h", message) == [("h", {"level": 9.0, "count": 4})]
    assert bench.readings("telegraf/h", {"metrics": [{"name": "disk", "used": 7}]}) == []


def test_readings_at_two_places_of_one_message_are_both_read() -> None:
    bindings: list[dict[str, Any]] = [
        {"topic": "{device}/rpc", "readings": "params.switch:{channel}", "values": {"on": "output"}},
        {"topic": "{device}/rpc", "readings": "params.em1:{channel}", "values": LEVEL},
    ]
    bench = Bench([profile("plug", *bindings)], zero="plug@a", one="plug@a/1")
    message = {"params": {"switch:0": {"output": True}, "em1:0": {"v": 3}, "em1:1": {"v": 4}}}

    assert bench.readings("a/rpc", message) == [("zero", {"on": True, "level": 3.0}), ("one", {"level": 4.0})]
    assert bench.readings("a/rpc", {"params": {"em1:1": {"v": 4}}}) == [("one", {"level": 4.0})]


# Merging ------------------------------------------------------------------------------------------------------------


def merged(message: object, **binding: Any) -> list[tuple[int | None, dict[str, Any]]]:  # noqa: ANN401
    bench = Bench([profile("p", {"topic": "{device}", "readings": "d[]", **binding})], a="p")
    return [((each.time or 0) // 1_000_000, each.values) for _, each in bench.read("a", message).readings]


def test_readings_of_one_device_at_one_time_are_one() -> None:
    both = {"values": {"level": "l", "count": "c"}, "time": "t"}
    first, second = {"t": 1769846400, "l": 1}, {"t": 1769846400, "c": 2}

    assert merged({"d": [first, second]}, **both) == [(1769846400, {"level": 1.0, "count": 2})]
    assert merged({"d": [first, {**second, "t": 1769846401}]}, **both) == [
        (1769846400, {"level": 1.0}),
        (1769846401, {"count": 2}),
    ]


def test_two_values_of_one_metric_are_two_readings() -> None:
    elements = [{"l": 1}, {"l": 2}, {"c": 3}]

    assert merged({"d": elements}, values={"level": "l", "count": "c"}) == [
        (0, {"level": 1.0}),
        (0, {"level": 2.0, "count": 3}),
    ]


def test_merged_readings_keep_their_rejected_metrics() -> None:
    bench = Bench(
        [profile("p", {"topic": "{device}", "readings": "d[]", "values": {"level": "l", "count": "c"}})], a="p"
    )
    ((_, decoded),) = bench.read("a", {"d": [{"l": 1}, {"c": "x"}]}).readings

    assert isinstance(decoded, Decoded)
    assert decoded.values == {"level": 1.0}
    assert [each.metric for each in decoded.rejected] == ["count"]


# For all ------------------------------------------------------------------------------------------------------------

FOR_ALL = {"topic": "bridge/state", "device": "*", "format": "plain", "values": {"on": {"equals": "online"}}}


def test_a_message_for_all_is_read_for_each_device_with_the_binding() -> None:
    camera = profile("camera", frigate=[{"topic": "frigate/{device}", "values": LEVEL}, FOR_ALL])
    bench = Bench([camera, profile("other", FOR_ALL)], a="camera/frigate", b="camera/frigate@x", c="other")

    assert bench.readings("bridge/state", b"online") == [("a", {"on": True}), ("b", {"on": True}), ("c", {"on": True})]
    assert bench.readings("frigate/x", {"v": 1}) == [("b", {"level": 1.0})]


@pytest.mark.parametrize(
    ("binding", "topic", "message"),
    [
        ({"topic": "z/{device}", "values": LEVEL}, "z/*", {"v": 1}),
        ({"topic": "z", "device": "id", "values": LEVEL}, "z", {"v": 1, "id": "*"}),
        ({"topic": "z", "readings": "d.{device}", "values": LEVEL}, "z", {"d": {"*": {"v": 1}}}),
        ({"topic": "z/{device}", "format": "plain", "values": {"level": {}}}, "z/*", 1),
        (
            {"format": "lorawan", "values": {"count": {"at": 0, "type": "u8"}}},
            "v3/a/devices/b/up",
            {"end_device_ids": {"dev_eui": "*"}, "uplink_message": {"f_port": 1, "frm_payload": "BQ=="}},
        ),
    ],
)
def test_a_device_named_star_in_a_message_does_not_mean_all_devices(
    binding: dict[str, Any], topic: str, message: object
) -> None:
    bench = Bench([profile("p", binding)], a="p", b="p")

    reason, detail = bench.rejected(topic, message)
    assert (reason, "'*'" in detail) == (Reason.UNKNOWN_DEVICE, True)


# Strangers ----------------------------------------------------------------------------------------------------------


def test_an_unknown_device_with_a_long_name_is_rejected_in_a_short_sentence() -> None:
    bench = Bench([profile("p", {"topic": "all", "device": "id", "values": LEVEL})], a="p")

    for name in ("x" * 100_000, "\ud800" * 50_000):
        reason, detail = bench.rejected("all", {"id": name, "v": 1})
        assert reason is Reason.UNKNOWN_DEVICE
        assert len(detail) < 500
        assert detail.encode()


def test_a_message_without_the_list_where_its_readings_should_be_is_rejected() -> None:
    bench = Bench([profile("p", BATCH)], a="p")

    assert bench.readings("batch", {"devices": []}) == []
    messages: list[object] = [{"other": 1}, {"devices": 5}, 5, None, []]
    for message in messages:
        assert bench.rejected("batch", message)[0] is Reason.UNKNOWN_MESSAGE


# The cache ----------------------------------------------------------------------------------------------------------


def test_a_matched_topic_is_cached() -> None:
    bench = Bench([profile("p", {"topic": "{prefix}/{device}", "values": LEVEL})], a="p")

    assert bench.router.find("x/a") is bench.router.find("x/a")


def test_the_cache_of_matched_topics_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "_MOST_TOPICS", 10)
    bench = Bench([profile("p", {"topic": "{prefix}/{device}", "values": LEVEL})], a="p")
    for number in range(100):
        assert bench.readings(f"x{number}/a", {"v": 1}) == [("a", {"level": 1.0})]
        assert len(bench.router._matched) <= 10


def test_topics_without_a_route_are_not_cached() -> None:
    bench = Bench([profile("p", {"topic": "a/{device}/b", "values": LEVEL})], a="p")
    for number in range(100):
        assert bench.router.find(f"nowhere/{number}") is None

    assert len(bench.router._matched) == 0


# Side by side -------------------------------------------------------------------------------------------------------


def test_native_telemetry_may_share_its_topic_with_other_bindings() -> None:
    flat = profile("flat", z=[{"topic": "z/{device}"}])
    gateway = profile("gateway", z=[{"topic": "z/{gateway}", "device": "id", "values": LEVEL}])
    bench = Bench([flat, gateway], x="flat/z", b="gateway/z")

    assert sorted(bench.readings("z/x", {"level": 1, "id": "b", "v": 2})) == [
        ("b", {"level": 2.0}),
        ("x", {"level": 1.0}),
    ]


def test_two_devices_of_different_profiles_share_a_topic_of_native_telemetry() -> None:
    bench = Bench(
        [profile("one", {"topic": "t/{device}"}), profile("two", {"topic": "t/{device}"})], a="one@x", b="two@x"
    )

    assert sorted(bench.readings("t/x", {"level": 1})) == [("a", {"level": 1.0}), ("b", {"level": 1.0})]


def test_two_devices_of_different_profiles_share_an_address_of_sparkplug() -> None:
    bench = Bench(
        [profile("one", s=[{"format": "sparkplug"}]), profile("two", s=[{"format": "sparkplug"}])],
        a="one/s@g/e/d",
        b="two/s@g/e/d",
    )
    birth = encode(Payload(time_ms=1_800_000_000_000, seq=1, metrics=(payload_metric("level", 1.5, Datatype.DOUBLE),)))
    bench.read("spBv1.0/g/NBIRTH/e", encode(Payload(time_ms=1_800_000_000_000, seq=0)))

    readout = bench.read("spBv1.0/g/DBIRTH/e/d", birth)
    assert sorted((sender.id, decoded.values) for sender, decoded in readout.readings) == [
        ("a", {"level": 1.5}),
        ("b", {"level": 1.5}),
    ]
    # An edge node reads the device itself: its stamp is no server's.
    assert [(decoded.timed, decoded.by_server) for _, decoded in readout.readings] == [(True, False), (True, False)]


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_number_of_sparkplug_that_is_not_finite_is_a_rejected_value_of_its_metric(number: float) -> None:
    bench = Bench([profile("one", s=[{"format": "sparkplug"}])], a="one/s@g/e/d")
    metrics = (payload_metric("level", number, Datatype.DOUBLE), payload_metric("on", True, Datatype.BOOLEAN))
    bench.read("spBv1.0/g/NBIRTH/e", encode(Payload(time_ms=1_800_000_000_000, seq=0)))

    readout = bench.read("spBv1.0/g/DBIRTH/e/d", encode(Payload(time_ms=1_800_000_000_000, seq=1, metrics=metrics)))
    ((_, decoded),) = readout.readings
    assert (decoded.values, readout.rejected) == ({"on": True}, [])
    assert [(each.metric, each.reason) for each in decoded.rejected] == [("level", Reason.OUT_OF_RANGE)]


@pytest.mark.parametrize(
    ("time", "expected"),
    [("ts", False), ({"path": "ts", "by": "server"}, True), ({"path": "a.ts", "by": "server"}, True)],
)
def test_a_reading_says_whether_a_server_put_its_stamp_on(time: object, expected: bool) -> None:
    bench = Bench([profile("one", {"topic": "t/{device}", "time": time})], a="one@x")

    ((_, decoded),) = bench.read("t/x", {"level": 1, "ts": 1_800_000_000, "a": {"ts": 1_800_000_000}}).readings
    assert (decoded.timed, decoded.by_server) == (True, expected)


def test_stamps_of_a_device_and_of_a_server_in_one_message_stay_apart() -> None:
    of_both = profile(
        "one",
        {"topic": "t/{device}", "time": "ts", "values": LEVEL},
        {"topic": "{any}/x", "device": "id", "time": {"path": "ts", "by": "server"}, "values": {"on": "on"}},
    )
    readings = Bench([of_both], a="one@x").read("t/x", {"id": "x", "v": 1, "on": True, "ts": 1_800_000_000}).readings

    assert [(decoded.values, decoded.by_server) for _, decoded in readings] == [
        ({"level": 1.0}, False),
        ({"on": True}, True),
    ]


@pytest.mark.parametrize("poor", [None, "much"])
def test_a_binding_that_finds_no_valid_value_leaves_the_message_to_the_next(poor: object) -> None:
    two = profile(
        "two", z=[{"topic": "z/{device}", "values": {"level": "x"}}, {"topic": "z/{device}", "values": LEVEL}]
    )

    readout = Bench([two], a="two/z").read("z/a", {"x": poor, "v": 2})

    assert [decoded.values for _, decoded in readout.readings] == [{"level": 2.0}]
    assert [rejected.metric for rejected in readout.rejected] == (["level"] if poor == "much" else [])


def test_rejected_metrics_are_reported_although_a_later_binding_ignores_the_message() -> None:
    ignoring: list[dict[str, Any]] = [{"topic": "z/{device}", "values": LEVEL}, {"topic": "z/{device}", "ignore": True}]
    bench = Bench([profile("p", z=ignoring)], a="p/z")

    ((_, decoded),) = bench.read("z/a", {"v": "much"}).readings
    assert (decoded.values, [each.metric for each in decoded.rejected]) == ({}, ["level"])
    assert bench.readings("z/a", {"other": 1}) == []


def test_an_unknown_device_is_reported_although_other_readers_match_the_topic() -> None:
    listening: list[dict[str, Any]] = [
        {"topic": "z/{device}", "when": {"kind": 1}, "values": LEVEL},
        {"topic": "z/{device}", "readings": "d[]", "channel": "n", "values": LEVEL},
    ]
    bench = Bench([profile("p", z=listening)], a="p/z")

    reason, detail = bench.rejected("z/a", {"kind": 2, "d": [{"n": 13, "v": 1}]})
    assert reason is Reason.UNKNOWN_DEVICE
    assert "a/13" in detail


def test_of_plain_bindings_with_one_topic_the_first_that_finds_a_value_decodes_with_a_path_or_without() -> None:
    first = {"topic": "{device}/up", "format": "plain", "values": {"on": {"path": "s", "map": {"up": True}}}}
    second = {"topic": "{device}/up", "format": "plain", "values": {"note": {}}}
    bench = Bench([profile("plug", maker=[first, second])], p="plug/maker")

    assert bench.readings("p/up", b"up") == [("p", {"on": True})]
    assert bench.readings("p/up", b'{"s": "up"}') == [("p", {"on": True})]
    assert bench.readings("p/up", b'{"t": "up"}') == [("p", {"note": '{"t": "up"}'})]


# Channels that no device has ----------------------------------------------------------------------------------------

COMPONENTS: list[dict[str, Any]] = [
    {
        "topic": "{device}/up",
        "readings": "objects[]",
        "channel": "id",
        "when": {"s": {"present": True}},
        "values": LEVEL,
    },
    {
        "topic": "{device}/up",
        "readings": "objects[]",
        "channel": "id",
        "unlisted": True,
        "when": {"s": {"bits": [0, 2], "equals": 3}},
        "values": {"on": {"const": True}, "note": "id"},
    },
]


def test_a_message_about_a_channel_that_no_device_has_may_be_of_the_device_itself() -> None:
    bench = Bench([profile("panel", maker=COMPONENTS)], panel="panel/maker@p", known="panel/maker@p/1")

    readout = bench.read("p/up", {"objects": [{"id": 1, "s": 3, "v": 5}, {"id": 2, "s": 3, "v": 6}]})

    assert [(sender.id, decoded.values) for sender, decoded in readout.readings] == [
        ("known", {"level": 5.0}),
        ("panel", {"on": True, "note": "2"}),
    ]
    assert [each.reason for each in readout.rejected] == [Reason.UNKNOWN_DEVICE]


@pytest.mark.parametrize("state", [0, 1, 2, 4, "off", None])
def test_only_messages_that_fit_are_of_the_device_itself(state: object) -> None:
    bench = Bench([profile("panel", maker=COMPONENTS)], panel="panel/maker@p")

    assert bench.rejected("p/up", {"objects": [{"id": 2, "s": state, "v": 6}]})[0] is Reason.UNKNOWN_DEVICE


def test_a_device_of_another_profile_has_the_channel_as_well() -> None:
    smoke = [{"topic": "{device}/up", "readings": "objects[]", "channel": ["id", "x"], "values": {"count": "s"}}]
    bench = Bench(
        [profile("panel", maker=COMPONENTS), profile("smoke", maker=smoke)], p="panel/maker", s="smoke/maker@p/2"
    )

    assert bench.readings("p/up", {"objects": [{"id": 2, "s": 3, "v": 6}]}) == [("s", {"count": 3})]
