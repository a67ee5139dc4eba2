"""Message bindings: what they take, and the contradictions that are refused when a profile is read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.profiles.bindings import Binding, Channel, Match, Source, TimeSource
from gateway.core.profiles.profile import Profile
from tests.unit.core.telemetry.decoding.probes import METRICS, Probe, profile_of

JSON: dict[str, Any] = {"topic": "a/{device}"}
PLAIN: dict[str, Any] = {"topic": "a/{device}", "format": "plain", "values": {"level": {}}}
BYTES: dict[str, Any] = {"topic": "a/{device}", "format": "bytes", "values": {"level": {"at": 0, "type": "u8"}}}
IN_JSON: dict[str, Any] = {**BYTES, "encoding": "hex", "data": "d"}
LORAWAN: dict[str, Any] = {"format": "lorawan", "values": {"level": {"at": 0, "type": "u8"}}}
SPARKPLUG: dict[str, Any] = {"format": "sparkplug", "values": {"level": "Level"}}


def refusal(model: Any, given: object) -> str:  # noqa: ANN401 — a model
    """What is said of the first mistake."""
    with pytest.raises(ValidationError) as failure:
        model.model_validate(given)
    return str(failure.value.errors()[0]["msg"])


# Sources ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["a.b", ["a", "b"], {"path": "a"}, {"path": ["a", "b"]}, {"const": 1}])
def test_a_source_is_a_path_a_list_of_paths_or_a_mapping(given: object) -> None:
    assert Source.model_validate(given).model_fields_set


def test_a_text_alone_is_the_path() -> None:
    assert Source.model_validate("a.b") == Source(path=("a.b",))
    assert Source.model_validate(["a", "b"]) == Source(path=("a", "b"))
    assert TimeSource.model_validate("a.b") == TimeSource(path=("a.b",))


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        (JSON, False),
        ({**JSON, "time": "ts"}, False),
        ({**JSON, "time": {"path": "ts", "by": "device"}}, False),
        ({**JSON, "time": {"path": ["ts", "t"], "zone": "site", "by": "server"}}, True),
        ({**IN_JSON, "time": {"path": "ts", "by": "server"}}, True),
        (LORAWAN, True),
        (SPARKPLUG, False),
    ],
)
def test_a_stamp_is_the_devices_unless_the_binding_or_the_format_says_a_servers(
    binding: dict[str, Any], expected: bool
) -> None:
    assert Binding.model_validate(binding).is_stamped_by_server is expected


def test_a_stamp_is_put_on_by_nobody_but_a_device_or_a_server() -> None:
    assert "'device' or 'server'" in refusal(TimeSource, {"path": "ts", "by": "bridge"})


def test_true_and_one_are_different_values() -> None:
    source = Source.model_validate({"path": "v", "map": {"ON": True, "2": 2, "x": 1.5}, "empty": [1, "1", False]})

    assert [type(value) for value in (source.map or {}).values()] == [bool, int, float]
    assert [type(value) for value in source.empty] == [int, str, bool]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"path": "v", "bit": 0, "bits": [0, 2]}, ["`bit` or `bits`, not both"]),
        ({"path": "v", "map": {1: 2}, "equals": 1}, ["`map` or `equals`, not both"]),
        ({"path": "v", "equals": 1, "contains": "x"}, ["`equals` or `contains`, not both"]),
        ({"path": "v", "map": {1: 2}, "contains": "x"}, ["`map` or `contains`, not both"]),
        ({"path": "v", "otherwise": 1}, ["`otherwise`", "no `map`"]),
        ({"path": "v", "const": 1}, ["`const`"]),
        ({"const": 1, "scale": 2}, ["`const`"]),
        ({"const": 1, "absent": 2}, ["`const`"]),
        ({"at": 0, "type": "u8", "const": 1}, ["`const`"]),
        ({"path": "v", "equals": 1, "scale": 2}, ["`equals`", "true or false"]),
        ({"path": "v", "equals": 1, "offset": 2}, ["`equals`", "true or false"]),
        ({"path": "v", "contains": "x", "scale_by": "f"}, ["`contains`", "true or false"]),
        ({"path": "v", "at": 0}, ["`path`", "not both"]),
        ({"path": "v", "type": "u8"}, ["`path`", "`type`", "not both"]),
        ({"at": 3}, ["`at` needs a `type`"]),
        ({"at": 0, "type": "bcd"}, ["`size`", "bcd"]),
        ({"at": 0, "type": "hex"}, ["`size`", "hex"]),
        ({"at": 0, "type": "u8", "size": 1}, ["`size`"]),
        ({"path": "v", "size": 2}, ["`size`", "`type`"]),
        ({"at": 0, "type": "u8", "scale_by": "f"}, ["`scale_by`"]),
        ({"path": "v", "scale_by": {"at": 0, "type": "u8"}}, ["`scale_by`"]),
        ({"path": "v", "bits": [-1, 2]}, ["bits: [-1, 2] is not a first bit (from 0) and a count"]),
        ({"path": "v", "bits": [0, 0]}, ["bits: [0, 0] is not"]),
        ({"path": "v", "bits": [60, 5]}, ["bits: [60, 5] is not"]),
        ({"path": "v", "bit": -1}, ["greater than or equal to 0"]),
        ({"path": "v", "bit": 64}, ["less than or equal to 63"]),
        ({"at": 0, "type": "text", "size": 0}, ["greater than or equal to 1"]),
        ({"at": 0, "type": "text", "size": 257}, ["less than or equal to 256"]),
        ({"at": 0, "type": "u12"}, ["Input should be 'u8'"]),
        ({"path": []}, ["at least 1 item"]),
        ({"path": "v", "map": {}}, ["at least 1 item"]),
        ({"path": "v", "equals": []}, ["at least 1 item"]),
        ({"path": "v", "colour": 1}, ["Extra inputs are not permitted"]),
    ],
)
def test_a_source_that_contradicts_itself_is_rejected(source: object, words: list[str]) -> None:
    said = refusal(Source, source)

    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(
    ("given", "width"),
    [
        ("v", 0),
        ({"type": "u8", "at": 0}, 1),
        ({"type": "i24", "at": 0}, 3),
        ({"type": "f32", "at": 0}, 4),
        ({"type": "u64", "at": 0}, 8),
        ({"type": "f64", "at": 0}, 8),
        ({"type": "bcd", "size": 6, "at": 0}, 6),
        ({"const": 1}, 0),
    ],
)
def test_the_width_of_a_source_is_its_length_in_bytes(given: object, width: int) -> None:
    assert Source.model_validate(given).width == width


# Bindings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "binding",
    [
        JSON,
        {**JSON, "when": {"method": ["a", "b"], "ENERGY": {"present": True}, "n": 1, "on": False}},
        {**JSON, "time": "ts"},
        {**JSON, "time": {"path": ["a", "b"], "zone": "site"}},
        {**JSON, "time": {"path": "a", "zone": "Asia/Shanghai"}},
        {**JSON, "channel": "id"},
        {**JSON, "channel": ["id", "$.id"]},
        {**JSON, "ignore": True},
        {**JSON, "ignore": True, "readings": "d[]"},
        {**JSON, "readings": "d[]", "values": {"level": "v"}},
        {**JSON, "readings": "params.switch:{channel}"},
        {"topic": "all", "device": "id"},
        {"topic": "all", "device": ["id", "name"]},
        {"topic": "all", "device": "*"},
        {"topic": "all", "readings": "devices.{device}.values"},
        {"topic": "all", "readings": "d[]", "device": "id", "channel": "$.ch"},
        {"topic": "v3/{application}/{device}/{channel}"},
        PLAIN,
        {**PLAIN, "values": {"level": {"unit": "mm"}}},
        {**PLAIN, "values": {"level": "v"}},
        {**PLAIN, "topic": "{device}/{channel}/state"},
        {**PLAIN, "topic": "state", "device": "*"},
        {**PLAIN, "channel": "*"},
        {**JSON, "channel": "*"},
        {"topic": "a/{device}", "format": "plain", "ignore": True},
        BYTES,
        {**BYTES, "length": 5},
        {**BYTES, "length": [5, 35]},
        {**BYTES, "starts_with": "0F 01"},
        {**BYTES, "starts_with": "????01"},
        {**BYTES, "endian": "little", "matches": [{"at": 6, "type": "u8", "bits": [0, 7], "equals": 1}]},
        {**BYTES, "encoding": "base64"},
        {**BYTES, "ignore": True, "values": None},
        IN_JSON,
        {**IN_JSON, "time": "t", "when": {"k": 1}, "channel": "c"},
        {**IN_JSON, "topic": "all", "device": "id"},
        {**IN_JSON, "values": {"level": "rssi", "on": {"const": True}}},
        LORAWAN,
        {**LORAWAN, "port": 10},
        {**LORAWAN, "port": [2, 10]},
        {**LORAWAN, "port": [1, 223, 225, 255]},
        {**LORAWAN, "values": {"level": "rssi"}},
        {**LORAWAN, "when": {"object.kind": "x"}},
        {"format": "lorawan", "port": 3, "ignore": True},
        {"format": "lorawan", "channels": {"0175": {"values": {"level": {"type": "u8"}}}, "FF0B": {"length": 1}}},
        {"format": "lorawan", "channel_length": "u8", "channels": {"01": {"values": {"level": {"type": "u8"}}}}},
        SPARKPLUG,
        {"format": "sparkplug"},
    ],
)
def test_a_binding_defines_its_messages_and_their_values(binding: dict[str, Any]) -> None:
    assert Binding.model_validate(binding).model_fields_set == {*binding}


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        # Topic and device
        ({}, ["`topic`", "site/{site}/pump/{device}/telemetry"]),
        ({"topic": "a/b"}, ["names no device"]),
        ({"topic": "a/+/{device}"}, ["in place of MQTT wildcards"]),
        ({"topic": "{device}/{device}"}, ["{device} stands twice"]),
        ({**JSON, "device": "id"}, ["`device`", "`topic`", "keep one"]),
        ({**JSON, "device": "*"}, ["`device`", "`topic`", "keep one"]),
        ({**JSON, "readings": "d.{device}"}, ["`readings`", "`topic`", "keep one"]),
        ({"topic": "a", "readings": "d.{device}", "device": "id"}, ["`device`", "`readings`", "keep one"]),
        ({"topic": "{device}/{channel}", "channel": "c"}, ["`channel`", "`topic`", "keep one"]),
        ({**JSON, "readings": "d.{channel}", "channel": "c"}, ["`channel`", "`readings`", "keep one"]),
        ({"topic": "{device}/{channel}", "channel": "*"}, ["`channel`", "`topic`", "keep one"]),
        ({**PLAIN, "channel": "c"}, ["`channel`", "plain", '"*"']),
        ({**JSON, "readings": "d.{site}"}, ["{site} is a capture of topics"]),
        ({**LORAWAN, "topic": "a/{device}"}, ["`topic`", "specification", "lorawan"]),
        ({**SPARKPLUG, "topic": "a/{device}"}, ["`topic`", "specification", "sparkplug"]),
        # Keys of other formats
        ({**JSON, "port": 1}, ["`port`", "for the format lorawan, not for json"]),
        ({**JSON, "endian": "big"}, ["`endian`", "not for json"]),
        ({**JSON, "length": 3}, ["`length`", "not for json"]),
        ({**JSON, "data": "d", "encoding": "hex"}, ["not for json"]),
        ({**PLAIN, "time": "ts"}, ["`time`", "not for plain"]),
        ({**PLAIN, "when": {"a": 1}}, ["`when`", "not for plain"]),
        ({**PLAIN, "readings": "d[]"}, ["`readings`", "not for plain"]),
        ({**LORAWAN, "port": 0}, ["port 0", "commands of LoRaWAN"]),
        ({**LORAWAN, "port": [2, 224]}, ["port 224", "commands of LoRaWAN"]),
        ({**LORAWAN, "port": 256}, ["port 256", "from 1 to 255"]),
        ({**LORAWAN, "port": [-1]}, ["port -1", "from 1 to 255"]),
        ({**BYTES, "port": 1}, ["`port`", "not for bytes"]),
        ({**BYTES, "readings": "d[]"}, ["`readings`", "not for bytes"]),
        ({**LORAWAN, "time": "ts"}, ["`time`", "not for lorawan"]),
        ({**LORAWAN, "device": "id"}, ["`device`", "not for lorawan"]),
        ({**LORAWAN, "encoding": "hex"}, ["`encoding`", "not for lorawan"]),
        ({**SPARKPLUG, "time": "ts"}, ["`time`", "not for sparkplug"]),
        ({**SPARKPLUG, "when": {"a": 1}}, ["`when`", "not for sparkplug"]),
        # JSON
        ({**JSON, "values": {"level": {"type": "u8", "at": 0}}}, ["level: `type`"]),
        ({**JSON, "values": {"level": {}}}, ["level: a source needs a `path`"]),
        ({**JSON, "values": {"level": {"unit": "mm"}}}, ["level: a source needs a `path`"]),
        ({**JSON, "values": {"level": "a..b"}}, ["level", "'a..b' is not a path"]),
        ({**JSON, "values": {"level": "a[]"}}, ["level", "only `readings` may lead to each item"]),
        ({**JSON, "when": {"a..b": 1}}, ["'a..b' is not a path"]),
        ({**JSON, "time": "a."}, ["'a.' is not a path"]),
        ({**JSON, "readings": "a..b"}, ["'a..b' is not a path"]),
        ({**JSON, "time": {"path": "t", "zone": "Mars/Base"}}, ["'Mars/Base' is not a time zone"]),
        ({**JSON, "time": {"path": "t", "zone": "+08:00"}}, ["is not a time zone"]),
        ({**JSON, "time": {"path": []}}, ["at least 1 item"]),
        ({**JSON, "ignore": True, "values": {"level": "v"}}, ["ignored has no `values`"]),
        # Plain
        ({"topic": "a/{device}", "format": "plain"}, ["plain message", "`values`"]),
        ({**PLAIN, "values": {"level": {"type": "u8", "at": 0}}}, ["level: `type`"]),
        ({**PLAIN, "topic": "state", "device": "id"}, ["device"]),
        # Bytes
        ({"topic": "a/{device}", "format": "bytes"}, ["bytes need `values`", "`channels`"]),
        ({**BYTES, "values": {"level": {"type": "u8"}}}, ["level", "`at`"]),
        ({**BYTES, "values": {"level": {"unit": "mm"}}}, ["level", "`type`"]),
        ({**BYTES, "values": {"level": "v"}}, ["level", "`path`", "data"]),
        ({**BYTES, "device": "id"}, ["`device`", "`data`"]),
        ({**BYTES, "time": "t"}, ["`time`", "`data`"]),
        ({**BYTES, "data": "d"}, ["encoding: hex"]),
        ({**BYTES, "length": [35, 5]}, ["length: [35, 5]"]),
        ({**BYTES, "length": -1}, ["length: [-1]"]),
        ({**BYTES, "length": [1, 2, 3]}, ["at most 2 items"]),
        ({**BYTES, "starts_with": "0"}, ["'0' is not hex"]),
        ({**BYTES, "starts_with": "0?"}, ["'0?' is not hex"]),
        ({**BYTES, "starts_with": "xy"}, ["'xy' is not hex", "????01"]),
        ({**BYTES, "channel_length": "u8"}, ["`channel_length`", "`channels`"]),
        ({"format": "lorawan", "channels": {"01": {"length": 1}, "0102": {"length": 1}}}, ["tags"]),
        ({"format": "lorawan", "channels": {"1": {"length": 1}}}, ["'1' is not hex"]),
        ({"format": "lorawan", "channels": {}}, ["bytes need"]),
        ({**LORAWAN, "ignore": True}, ["ignored has no `values`"]),
        ({"format": "lorawan", "ignore": True, "channels": {"01": {"length": 1}}}, ["ignored has no"]),
        ({**JSON, "format": "xml"}, ["Input should be 'json'"]),
        ({**JSON, "topics": "x"}, ["Extra inputs"]),
    ],
)
def test_a_binding_that_contradicts_itself_is_rejected_with_a_hint(binding: dict[str, Any], words: list[str]) -> None:
    said = refusal(Binding, binding)

    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(
    ("binding", "complaint"),
    [
        ({**JSON, "values": {"level": {"path": "v", "scale_by": "a..b"}}}, "'a..b' is not a path"),
        ({**IN_JSON, "values": {"level": "a..b"}}, "'a..b' is not a path"),
        ({**LORAWAN, "values": {"level": "a..b"}}, "'a..b' is not a path"),
        (
            {**JSON, "values": {"level": {"path": "v", "scale_by": {"path": "f", "unit": "foo"}}}},
            "'foo' cannot be conv",
        ),
        ({**JSON, "values": {"level": {"path": "v", "scale_by": {"path": "f", "equals": 1}}}}, "`equals` gives true"),
        ({**BYTES, "values": {"on": {"at": 0, "type": "u8"}}}, "say `bit`, `equals` or `map`"),
    ],
)
def test_a_source_that_cannot_be_read_is_rejected(binding: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Probe(**binding)


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({}, ["needs `values`, or its `length`"]),
        ({"length": 0}, ["needs `values`, or its `length`"]),
        ({"values": {"level": "v"}}, ["level", "needs a `type`"]),
        ({"values": {"level": {"at": -1, "type": "u8"}}}, ["level", "outside"]),
        ({"length": 1, "values": {"level": {"type": "u16"}}}, ["level", "outside the 1 bytes"]),
        ({"length": 4, "values": {"level": {"at": 3, "type": "u16"}}}, ["level", "outside the 4 bytes"]),
        ({"length": 3, "values": {"level": {"type": "u8"}}, "time": {"type": "u32"}}, ["time", "outside the 3 bytes"]),
        ({"values": {"level": {"type": "u8"}}, "time": "t"}, ["time", "`type`"]),
        ({"values": {"level": {"type": "u8"}}, "time": {"type": "u32", "unit": "ms"}}, ["`time`", "`unit`"]),
        ({"length": 257}, ["less than or equal to 256"]),
    ],
)
def test_a_channel_that_cannot_be_read_is_rejected(channel: object, words: list[str]) -> None:
    said = refusal(Channel, channel)

    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(
    ("channel", "width"),
    [
        ({"length": 7}, 7),
        ({"values": {"level": {"type": "u16"}}}, 2),
        ({"values": {"level": {"at": 3, "type": "u16"}, "on": {"type": "u8", "bit": 0}}}, 5),
        ({"values": {"level": {"at": 4, "type": "u8"}}, "time": {"type": "u32"}}, 5),
        ({"length": 8, "values": {"level": {"type": "u8"}}}, 8),
        ({"values": {"on": {"const": True}}}, 0),
    ],
)
def test_a_channel_has_the_given_length_or_ends_with_its_last_value(channel: object, width: int) -> None:
    assert Channel.model_validate(channel).width == width


@pytest.mark.parametrize("kind", ["f32", "bcd", "text", "hex"])
def test_only_whole_numbers_can_be_matched(kind: str) -> None:
    assert "no whole number" in refusal(Match, {"at": 0, "type": kind, "equals": 1})


def test_the_bits_of_a_match_are_checked() -> None:
    assert "bits: [60, 8]" in refusal(Match, {"at": 0, "type": "u64", "bits": [60, 8], "equals": 1})


# Several bindings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bindings",
    [
        [JSON, JSON],
        [JSON, {**JSON, "values": {"level": "v"}}],
        [{**JSON, "ignore": True}, {**JSON, "when": {"a": 1}}],
        [{**JSON, "values": {"level": "v"}}, JSON, {**JSON, "ignore": True}],
        [{"format": "lorawan", "ignore": True}, LORAWAN],
        [{"format": "sparkplug"}, SPARKPLUG],
    ],
)
def test_a_binding_that_no_message_could_reach_is_rejected(bindings: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError, match="the first takes every message"):
        profile_of(*bindings)
    with pytest.raises(ValidationError, match="the first takes every message"):
        with_dialect(*bindings)


@pytest.mark.parametrize(
    "bindings",
    [
        [{**JSON, "when": {"a": 1}}, {**JSON, "when": {"a": 2}}, JSON],
        [{**JSON, "values": {"level": "v"}}, {**JSON, "ignore": True}],
        [{**JSON, "readings": "a[]"}, {**JSON, "readings": "b[]"}],
        [{**LORAWAN, "port": 1}, {**LORAWAN, "port": 2}, {"format": "lorawan", "ignore": True}],
        [{**LORAWAN, "length": 5}, {**LORAWAN, "starts_with": "01"}, LORAWAN],
        [JSON, {**JSON, "topic": "b/{device}"}],
        [JSON, {**PLAIN}],
    ],
)
def test_bindings_of_one_topic_may_have_different_conditions(bindings: list[dict[str, Any]]) -> None:
    assert len(profile_of(*bindings).messages) == len(bindings)
    assert len(with_dialect(*bindings).bindings("maker")) == len(bindings)


def with_dialect(*bindings: dict[str, Any]) -> Profile:
    return Profile.model_validate(
        {
            "profile": "probe",
            "title": {"en": "Probe"},
            "metrics": METRICS,
            "dialects": {"maker": {"messages": bindings}},
        }
    )


def test_a_dialect_has_messages() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        with_dialect()


def test_a_profile_has_its_native_messages_those_of_its_dialects_and_no_others() -> None:
    profile = with_dialect(JSON)

    assert [binding.topic for binding in profile.bindings("maker")] == ["a/{device}"]
    assert profile.bindings(None) == ()
    assert profile.bindings("nobody") == ()


def test_the_clock_of_a_dialect_is_its_own_or_the_profiles() -> None:
    parts = {"profile": "p", "title": {"en": "P"}, "metrics": METRICS, "clock": {"behind": "2m"}}
    dialects = {"a": {"messages": [JSON], "clock": {"behind": "1h"}}, "b": {"messages": [JSON]}}
    profile = Profile.model_validate({**parts, "dialects": dialects})

    assert profile.tolerance_of("a").behind == 60 * profile.tolerance_of("b").behind / 2
    assert profile.tolerance_of(None) == profile.tolerance_of("b") == profile.clock


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"on": {"at": 0, "type": "u8", "bit": 9}}, "`bit` reaches bit 9, and u8 ends at 7"),
        ({"on": {"at": 0, "type": "u8", "bits": [6, 4]}}, "`bits` reaches bit 9, and u8 ends at 7"),
        ({"on": {"at": 2, "type": "u16"}}, "on: it lies behind the 2 bytes of `length`"),
    ],
)
def test_a_source_that_can_never_be_read_is_rejected(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(sentence)):
        Binding.model_validate({"topic": "a/{device}", "format": "bytes", "length": 2, "values": values})
