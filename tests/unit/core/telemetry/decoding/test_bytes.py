"""Values in bytes: at offsets, in bits, behind the tags of channels."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import SECOND
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import Probe

ANSWER = bytes.fromhex("0102030405060708")


def frame(**binding: Any) -> Probe:  # noqa: ANN401
    """A binding of bytes."""
    return Probe(format="bytes", **binding)


# Offsets and types --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data", "big", "little"),
    [
        ("u8", "fe", 254, 254),
        ("i8", "fe", -2, -2),
        ("u16", "fffe", 65534, 65279),
        ("i16", "fffe", -2, -257),
        ("u24", "010203", 0x010203, 0x030201),
        ("i24", "ffffff", -1, -1),
        ("i24", "800000", -(2**23), 0x80),
        ("u32", "ffffffff", 2**32 - 1, 2**32 - 1),
        ("u32", "00000001", 1, 2**24),
        ("i32", "fffffffe", -2, -16777217),
        ("u64", "0000000000000100", 256, 2**48),
        ("i64", "ffffffffffffffff", -1, -1),
        ("bcd", "0123", 123, 2301),
    ],
)
def test_a_whole_number_is_read_in_either_order(kind: str, data: str, big: int, little: int) -> None:
    size = {"size": 2} if kind == "bcd" else {}
    for endian, expected in (("big", big), ("little", little)):
        source = {"at": 0, "type": kind, **size}
        payload = bytes.fromhex(data)
        assert frame(values={"count": source}, endian=endian).values(payload) == {"count": expected}
        assert frame(values={"count": {**source, "endian": endian}}).values(payload) == {"count": expected}


@pytest.mark.parametrize(("kind", "code"), [("f32", "f"), ("f64", "d")])
@pytest.mark.parametrize(("endian", "order"), [("big", ">"), ("little", "<")])
def test_a_float_is_read_in_either_order(kind: str, code: str, endian: str, order: str) -> None:
    probe = frame(values={"free": {"at": 1, "type": kind}}, endian=endian)

    assert probe.values(b"\0" + struct.pack(order + code, 21.5)) == {"free": 21.5}


@pytest.mark.parametrize("special", [float("nan"), float("inf"), float("-inf")])
def test_a_float_that_is_no_number_is_rejected(special: float) -> None:
    probe = frame(values={"free": {"at": 0, "type": "f32"}})

    assert probe.rejected(struct.pack(">f", special)).reason is Reason.OUT_OF_RANGE


def test_a_binding_is_big_endian_unless_it_says_otherwise_and_a_source_may_differ() -> None:
    values = {"count": {"at": 0, "type": "u16"}, "free": {"at": 2, "type": "u16", "endian": "little"}}

    assert frame(values=values).values(ANSWER) == {"count": 0x0102, "free": float(0x0403)}
    assert frame(values=values, endian="little").values(ANSWER) == {"count": 0x0201, "free": float(0x0403)}


@pytest.mark.parametrize(("at", "expected"), [(0, 1), (7, 8), (-1, 8), (-8, 1), (3, 4)])
def test_offsets_count_from_the_beginning_or_below_zero_from_the_end(at: int, expected: int) -> None:
    assert frame(values={"count": {"at": at, "type": "u8"}}).values(ANSWER) == {"count": expected}


@pytest.mark.parametrize(("at", "kind"), [(8, "u8"), (7, "u16"), (-9, "u8"), (-1, "u16"), (300, "u8")])
def test_a_value_beyond_the_end_is_rejected_alone(at: int, kind: str) -> None:
    decoded = frame(values={"count": {"at": at, "type": kind}, "few": {"at": 0, "type": "u8"}}).reading(ANSWER)

    assert decoded.values == {"few": 1}
    (rejected,) = decoded.rejected
    assert (rejected.reason, rejected.metric) == (Reason.MALFORMED, "count")
    assert "the 8 bytes end before count" in rejected.detail


def test_a_message_may_end_before_what_is_optional() -> None:
    probe = frame(
        values={
            "few": {"at": 0, "type": "u8"},
            "count": {"at": 8, "type": "u8", "optional": True},
            "on": {"at": 9, "type": "u8", "bit": 0, "optional": True, "absent": False},
        }
    )

    assert probe.values(ANSWER) == {"few": 1, "on": False}
    assert probe.values(ANSWER + b"\x09\x01") == {"few": 1, "count": 9, "on": True}


def test_a_message_without_any_of_its_optional_values_has_no_readings() -> None:
    assert frame(values={"count": {"at": 8, "type": "u8", "optional": True}}).fragment(ANSWER) == []


@pytest.mark.parametrize(
    ("metric", "source", "data", "expected"),
    [
        ("level", {"at": 0, "type": "i16", "scale": 0.1}, "ff9c", -10.0),
        ("level", {"at": 0, "type": "u16", "unit": "mm"}, "04e2", 1.25),
        ("warmth", {"at": 0, "type": "u8", "offset": -40}, "41", 25.0),
        ("warmth", {"at": 0, "type": "f32", "unit": "°F"}, "43540000", 100.0),
        ("signal", {"at": 0, "type": "i8", "unit": "dBm"}, "b5", 50.0),
        ("on", {"at": 0, "type": "u8", "bit": 7}, "80", True),
        ("on", {"at": 0, "type": "u8", "bit": 0}, "fe", False),
        ("on", {"at": 0, "type": "u16", "bit": 8}, "0100", True),
        ("on", {"at": 0, "type": "u16", "bit": 0, "endian": "little"}, "0100", True),
        ("on", {"at": 0, "type": "u8", "equals": [1, 2]}, "02", True),
        ("on", {"at": 0, "type": "u8", "map": {0: False, 1: True}}, "01", True),
        ("off", {"at": 0, "type": "u8", "bit": 3, "equals": False}, "00", True),
        ("count", {"at": 0, "type": "u16", "bits": [2, 14]}, "fffd", 0x3FFF),
        ("few", {"at": 0, "type": "u8", "bits": [4, 4], "empty": [15]}, "3f", 3),
        ("mode", {"at": 0, "type": "u8", "bits": [6, 2]}, "80", "away"),
        ("mode", {"at": 0, "type": "u8", "map": {16: "normal"}, "otherwise": "stopped"}, "11", "stopped"),
        ("note", {"at": 0, "type": "text", "size": 5}, "68616c6c00", "hall"),
        ("note", {"at": 0, "type": "hex", "size": 3}, "0a1b2c", "0A1B2C"),
        ("note", {"at": 0, "type": "hex", "size": 3, "endian": "little"}, "0a1b2c", "2C1B0A"),
        ("uid", {"at": 0, "type": "hex", "size": 4}, "04a2b3c4", "04A2B3C4"),
        ("uid", {"at": 0, "type": "u32", "decimal": True}, "0074380d", "0074380D"),
        ("level", {"at": 0, "type": "text", "size": 6, "unit": "m"}, "32312e350000", 21.5),
        ("level", {"at": 0, "type": "bcd", "size": 2, "scale": 0.01}, "2150", 21.5),
        ("count", {"at": 0, "type": "bcd", "size": 6}, "000000012345", 12345),
        ("on", {"const": True}, "00", True),
    ],
)
def test_bytes_become_a_value_of_the_metric(metric: str, source: dict[str, Any], data: str, expected: object) -> None:
    value = frame(values={metric: source}).values(bytes.fromhex(data))[metric]

    assert value == expected
    assert type(value) is type(expected)


def test_a_raw_value_may_stand_for_no_value() -> None:
    probe = frame(values={"level": {"at": 0, "type": "u16", "scale": 0.1, "empty": [65535]}})

    assert probe.fragment(b"\xff\xff") == []
    assert probe.values(b"\x00\x0a") == {"level": 1.0}


@pytest.mark.parametrize("data", ["0a", "1e05", "ff", "1e"])
@pytest.mark.parametrize("more", [{}, {"unit": "m"}, {"scale": 0.1}])
def test_nibbles_that_are_no_decimal_digits_are_rejected(data: str, more: dict[str, Any]) -> None:
    payload = bytes.fromhex(data)
    probe = frame(values={"level": {"at": 0, "type": "bcd", "size": len(payload), **more}})

    assert probe.rejected(payload).reason is Reason.WRONG_TYPE


def test_a_part_of_the_bytes_may_scale_another() -> None:
    # Seconds, minutes, hours or days by the lowest two bits, as some smoke alarms count their time in service.
    factor = {"at": 0, "type": "u16", "bits": [0, 2], "map": {0: 1, 1: 60, 2: 3600, 3: 86400}}
    probe = frame(values={"free": {"at": 0, "type": "u16", "bits": [2, 14], "scale_by": factor}}, endian="little")

    assert probe.values((5 << 2 | 2).to_bytes(2, "little")) == {"free": 18_000.0}
    assert probe.values((5 << 2).to_bytes(2, "little")) == {"free": 5.0}


# Encodings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "payload"),
    [
        ("binary", ANSWER),
        ("hex", b"0102030405060708"),
        ("hex", b" 01 02 03 04 05 06 07 08\n"),
        ("base64", base64.b64encode(ANSWER)),
        ("base64", base64.b64encode(ANSWER) + b"\n"),
    ],
)
def test_bytes_come_bare_or_as_text(encoding: str, payload: bytes) -> None:
    probe = frame(encoding=encoding, values={"count": {"at": 6, "type": "u16"}})

    assert probe.values(payload) == {"count": 0x0708}


@pytest.mark.parametrize(
    ("encoding", "payload"),
    [("hex", b"010"), ("hex", b"xy"), ("hex", b"\xff"), ("base64", b"A"), ("base64", b"AQ!="), ("base64", b"\xff\xfe")],
)
def test_a_text_that_does_not_encode_bytes_is_malformed(encoding: str, payload: bytes) -> None:
    refused = frame(encoding=encoding, values={"count": {"at": 0, "type": "u8"}}).fragment(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.MALFORMED
    assert f"is not {encoding}" in refused.detail


def test_bytes_may_stand_in_json_with_other_values_beside_them() -> None:
    probe = Probe(
        topic="gateways",
        device="id",
        channel="ch",
        time={"path": "t", "by": "server"},
        when={"kind": "raw"},
        format="bytes",
        encoding="hex",
        data="body.frame",
        values={"count": {"at": 1, "type": "u8"}, "signal": {"path": "body.rssi", "unit": "dBm"}},
    )
    message = {"id": "p1", "ch": 3, "t": 1769846400, "kind": "raw", "body": {"frame": "01ff", "rssi": -75}}
    decoded = probe.reading(message)

    assert decoded.values == {"count": 255, "signal": 50.0}
    assert (decoded.time, decoded.timed, decoded.by_server) == (1_769_846_400 * SECOND, True, True)
    assert probe.fragment({**message, "kind": "status"}) is None


def test_a_factor_may_stand_beside_the_bytes_for_a_value_beside_them() -> None:
    probe = frame(
        encoding="hex",
        data="d",
        values={"count": {"at": 0, "type": "u8"}, "free": {"path": "current", "scale_by": "ct"}},
    )

    assert probe.values({"d": "05", "current": 1.5, "ct": 40}) == {"count": 5, "free": 60.0}


@pytest.mark.parametrize("data", [5, True, ["01"], {"a": 1}, 1.5])
def test_json_with_something_else_in_place_of_the_bytes_is_malformed(data: object) -> None:
    refused = frame(encoding="hex", data="d", values={"count": {"at": 0, "type": "u8"}}).fragment({"d": data})

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.MALFORMED


@pytest.mark.parametrize("message", ["{}", '{"e": "01"}', '{"d": null}', "5", "[]"])
def test_json_without_its_bytes_is_not_known(message: str) -> None:
    refused = frame(encoding="hex", data="d", values={"count": {"at": 0, "type": "u8"}}).fragment(message)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.UNKNOWN_MESSAGE


# Which messages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("binding", "data", "fits"),
    [
        ({"length": 2}, "0102", True),
        ({"length": 2}, "01", False),
        ({"length": 2}, "010203", False),
        ({"length": [2, 3]}, "01", False),
        ({"length": [2, 3]}, "0102", True),
        ({"length": [2, 3]}, "010203", True),
        ({"length": [2, 3]}, "01020304", False),
        ({"length": 0}, "", True),
        ({"starts_with": "0f"}, "0f01", True),
        ({"starts_with": "0F 01"}, "0f01", True),
        ({"starts_with": "0f"}, "1f01", False),
        ({"starts_with": "0f01"}, "0f", False),
        ({"starts_with": "????01"}, "aabb01", True),
        ({"starts_with": "????01"}, "aa0a01", True),  # a line feed is a byte as any other
        ({"starts_with": "????01"}, "aabb02", False),
        ({"starts_with": "2e"}, "0f", False),  # nor does the full stop of a pattern mean any byte
        ({"starts_with": "2a5c"}, "2a5c00", True),
        ({"matches": [{"at": 1, "type": "u8", "equals": 5}]}, "0005", True),
        ({"matches": [{"at": 1, "type": "u8", "equals": 5}]}, "0006", False),
        ({"matches": [{"at": 1, "type": "u8", "equals": 5}]}, "00", False),
        ({"matches": [{"at": -1, "type": "u8", "equals": [5, 6]}]}, "0006", True),
        ({"matches": [{"at": 0, "type": "u8", "bits": [0, 7], "equals": 1}]}, "81", True),
        ({"matches": [{"at": 0, "type": "u8", "bits": [0, 7], "equals": 1}]}, "82", False),
        ({"matches": [{"at": 0, "type": "u16", "equals": 256}]}, "0100", True),
        ({"matches": [{"at": 0, "type": "u16", "endian": "little", "equals": 1}]}, "0100", True),
        ({"matches": [{"at": 0, "type": "i8", "equals": -1}]}, "ff", True),
        ({"matches": [{"at": 0, "type": "u8", "equals": 1}, {"at": 1, "type": "u8", "equals": 2}]}, "0102", True),
        ({"matches": [{"at": 0, "type": "u8", "equals": 1}, {"at": 1, "type": "u8", "equals": 2}]}, "0103", False),
        ({"endian": "little", "matches": [{"at": 0, "type": "u16", "equals": 1}]}, "0100", True),
        ({"length": 2, "starts_with": "01", "matches": [{"at": 1, "type": "u8", "equals": 2}]}, "0102", True),
    ],
)
def test_a_binding_fits_only_bytes_that_meet_its_conditions(binding: dict[str, Any], data: str, fits: bool) -> None:
    probe = frame(values={"on": {"const": True}}, **binding)

    assert (probe.fragment(bytes.fromhex(data)) is not None) is fits


def test_ignored_bytes_have_no_readings() -> None:
    probe = frame(ignore=True, starts_with="0f")

    assert probe.fragment(b"\x0f") == []
    assert probe.fragment(b"\x0e") is None


# Channels -----------------------------------------------------------------------------------------------------------

MILESIGHT: dict[str, Any] = {
    # After the table of channels in Milesight's guide to the EM300 series.
    "endian": "little",
    "channels": {
        "0175": {"values": {"few": {"type": "u8"}}},
        "0367": {"values": {"warmth": {"type": "i16", "scale": 0.1}}},
        "0468": {"values": {"signal": {"type": "u8", "scale": 0.5}}},
        "0500": {"values": {"on": {"type": "u8", "map": {0: False, 1: True}}}},
        "ff0b": {"length": 1},
        "20ce": {
            "length": 8,
            "time": {"at": 0, "type": "u32"},
            "values": {"warmth": {"at": 4, "type": "i16", "scale": 0.1}, "on": {"at": 7, "type": "u8", "bit": 0}},
        },
    },
}
TAGGED = frame(**MILESIGHT)


def readings_of(data: str, probe: Probe = TAGGED) -> list[Decoded]:
    part = probe.fragment(bytes.fromhex(data))
    assert isinstance(part, list), part
    return part


def test_channels_are_read_in_any_order() -> None:
    for data in ("0175 05 0367 3401 0500 01", "0500 01 0175 05 0367 3401"):
        (decoded,) = readings_of(data)
        assert decoded.values == {"few": 5, "warmth": 30.8, "on": True}
        assert decoded.rejected == []


def test_a_channel_without_values_is_skipped() -> None:
    (decoded,) = readings_of("ff0b ff 0500 00")

    assert decoded.values == {"on": False}


@pytest.mark.parametrize("data", ["", "ff0b ff"])
def test_a_message_of_channels_without_values_has_no_readings(data: str) -> None:
    assert readings_of(data) == []


def test_of_a_repeated_channel_the_last_counts() -> None:
    (decoded,) = readings_of("0175 05 0175 06")

    assert decoded.values == {"few": 6}


def test_an_unknown_tag_ends_the_decoding_and_earlier_values_are_kept() -> None:
    (decoded,) = readings_of("0500 01 0999 05 0175 05")

    assert decoded.values == {"on": True}
    (rejected,) = decoded.rejected
    assert (rejected.reason, rejected.metric) == (Reason.UNKNOWN_VALUE, "")
    assert "the channel 0999 at byte 3 is not known" in rejected.detail


@pytest.mark.parametrize(
    ("data", "said"),
    [("0500 01 0367 34", "ends within the channel 0367 at byte 3"), ("0500 01 03", "byte 3"), ("0500 01 0367", "0367")],
)
def test_a_message_cut_off_is_rejected_from_there_and_earlier_values_are_kept(data: str, said: str) -> None:
    (decoded,) = readings_of(data)

    assert decoded.values == {"on": True}
    (rejected,) = decoded.rejected
    assert said in rejected.detail


def test_a_bad_value_in_a_channel_is_rejected_alone() -> None:
    (decoded,) = readings_of("0175 ff 0500 02 0367 3401")

    assert decoded.values == {"warmth": 30.8}
    assert {(each.metric, each.reason) for each in decoded.rejected} == {
        ("few", Reason.OUT_OF_RANGE),
        ("on", Reason.UNKNOWN_VALUE),
    }


def test_a_channel_with_its_own_time_is_a_reading_of_the_past() -> None:
    stamp = (1_769_846_400).to_bytes(4, "little").hex()
    past, present = readings_of(f"20ce {stamp} 3401 00 01 0500 00")

    assert (past.values, past.time, past.historical) == (
        {"warmth": 30.8, "on": True},
        1_769_846_400 * SECOND,
        True,
    )
    assert (present.values, present.time, present.historical) == ({"on": False}, None, False)


def test_each_record_of_the_past_is_a_reading() -> None:
    records = "".join(f"20ce{(1_769_846_400 + 60 * n).to_bytes(4, 'little').hex()}{n:02x}000001" for n in range(3))
    readings = readings_of(records)

    assert [(each.time or 0) // SECOND - 1_769_846_400 for each in readings] == [0, 60, 120]
    assert [each.values["warmth"] for each in readings] == [0.0, 0.1, 0.2]


@pytest.mark.parametrize("stamp", ["00000000"])
def test_a_record_of_a_clock_that_was_never_set_has_no_time(stamp: str) -> None:
    (past,) = readings_of(f"20ce {stamp} 3401 00 01")

    assert (past.time, past.historical) == (None, True)


def test_a_message_with_channels_may_have_values_at_offsets() -> None:
    probe = frame(values={"on": {"const": True}, "count": {"at": -1, "type": "u8"}}, **MILESIGHT)
    (decoded,) = readings_of("0175 05", probe)

    assert decoded.values == {"on": True, "count": 5, "few": 5}


LENGTHS = frame(
    channel_length="u8",
    channels={
        "01": {"values": {"few": {"type": "u8"}}},
        "02": {"values": {"count": {"type": "u16"}, "on": {"at": 2, "type": "u8", "bit": 0, "optional": True}}},
    },
)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ("01 01 05", {"few": 5}),
        ("01 01 05 02 02 0102", {"few": 5, "count": 0x0102}),
        ("02 03 010201", {"count": 0x0102, "on": True}),
        ("99 03 aabbcc 01 01 05", {"few": 5}),
        ("99 00 01 01 05", {"few": 5}),
        ("01 02 05ff", {"few": 5}),
    ],
)
def test_unknown_tags_are_skipped_if_the_message_has_lengths(data: str, values: dict[str, object]) -> None:
    (decoded,) = readings_of(data, LENGTHS)

    assert decoded.values == values
    assert decoded.rejected == []


@pytest.mark.parametrize("data", ["01 01 05 02", "01 01 05 02 02 01", "01 01 05 02 ff 01", "01 01 05 99 05 00"])
def test_a_message_with_lengths_that_is_cut_off_is_rejected_from_there(data: str) -> None:
    (decoded,) = readings_of(data, LENGTHS)

    assert decoded.values == {"few": 5}
    assert [each.reason for each in decoded.rejected] == [Reason.MALFORMED]


def test_a_channel_that_is_shorter_than_its_values_lacks_only_these() -> None:
    (decoded,) = readings_of("02 01 01 01 01 05", LENGTHS)

    assert decoded.values == {"few": 5}
    assert [(each.metric, each.reason) for each in decoded.rejected] == [("count", Reason.MALFORMED)]


def test_lengths_of_two_bytes_have_the_order_of_the_binding() -> None:
    channels = {"01": {"values": {"few": {"type": "u8"}}}}
    for endian, data in (("big", "01 0001 05"), ("little", "01 0100 05")):
        (decoded,) = readings_of(data, frame(channel_length="u16", channels=channels, endian=endian))
        assert decoded.values == {"few": 5}


# Properties ---------------------------------------------------------------------------------------------------------

FRAMES = [
    TAGGED,
    LENGTHS,
    frame(values={"count": {"at": -2, "type": "u16"}, "note": {"at": 1, "type": "text", "size": 4}}, length=[0, 9]),
    frame(values={"free": {"at": 0, "type": "f64"}, "level": {"at": 2, "type": "bcd", "size": 3, "unit": "mm"}}),
    frame(values={"uid": {"at": 0, "type": "hex", "size": 7}, "mode": {"at": 7, "type": "u8"}}, encoding="base64"),
    frame(values={"on": {"at": 0, "type": "u8", "bit": 1}, "signal": {"path": "r"}}, encoding="hex", data="d"),
    frame(values={"free": {"at": 0, "type": "f32", "scale_by": {"at": 4, "type": "f32"}}}),
    frame(channels={"01": {"values": {"few": {"at": 4, "type": "u8"}}, "time": {"type": "f32"}}}),
]


@given(
    st.sampled_from(FRAMES),
    st.binary(max_size=24) | st.binary().map(lambda d: json.dumps({"d": d.hex()}).encode()),
)
def test_decoding_never_raises_on_any_bytes(probe: Probe, data: bytes) -> None:
    part = probe.decode(data)
    for decoded in [] if isinstance(part, Rejected) else [each for each in part if isinstance(each, list)]:
        for each in decoded:
            assert each.values or each.rejected or each.historical
            assert all(rejected.detail for rejected in each.rejected)


@given(st.lists(st.sampled_from(["017505", "03673401", "050001", "ff0b00"]), max_size=8), st.integers(0, 60))
def test_values_before_the_end_of_a_cut_off_message_are_kept(channels: list[str], end: int) -> None:
    data = "".join(channels)[: 2 * end]
    whole, rest = 0, len(data)
    while rest and whole < len(channels) and rest >= len(channels[whole]):
        rest -= len(channels[whole])
        whole += 1
    part = readings_of(data)

    names = {"0175": "few", "0367": "warmth", "0500": "on"}
    wanted = {names[each[:4]] for each in channels[:whole] if each[:4] in names}
    values = set().union(*(each.values for each in part))
    rejected = [each for decoded in part for each in decoded.rejected]
    assert values == wanted
    assert len(rejected) == (1 if rest else 0)


# Byte orders, and registers of Modbus -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endian", "data"),
    [
        ("ABCD", "42480000"),
        ("big", "42480000"),
        ("CDAB", "00004248"),
        ("BADC", "48420000"),
        ("DCBA", "00004842"),
        ("little", "00004842"),
    ],
)
def test_a_float_of_32_bits_is_read_in_each_order_of_its_bytes(endian: str, data: str) -> None:
    assert frame(values={"level": {"at": 0, "type": "f32", "endian": endian}}).values(bytes.fromhex(data)) == {
        "level": 50.0
    }


@pytest.mark.parametrize(
    ("endian", "data"),
    [("ABCD", "000186a0"), ("CDAB", "86a00001"), ("BADC", "0100a086"), ("DCBA", "a0860100")],
)
def test_a_whole_number_of_32_bits_is_read_in_each_order(endian: str, data: str) -> None:
    assert frame(endian=endian, values={"count": {"at": 0, "type": "u32"}}).values(bytes.fromhex(data)) == {
        "count": 100_000
    }


@pytest.mark.parametrize(
    ("endian", "data"),
    [
        ("ABCD", "0102030405060708"),
        ("CDAB", "0708050603040102"),
        ("BADC", "0201040306050807"),
        ("DCBA", "0807060504030201"),
    ],
)
def test_of_64_bits_all_words_are_turned(endian: str, data: str) -> None:
    assert frame(endian=endian, values={"count": {"at": 0, "type": "u64"}}).values(bytes.fromhex(data)) == {
        "count": 0x0102030405060708
    }


@pytest.mark.parametrize(("endian", "value"), [("CDAB", 0x0102), ("BADC", 0x0201)])
def test_of_16_bits_only_the_order_within_a_word_counts(endian: str, value: int) -> None:
    assert frame(endian=endian, values={"count": {"at": 0, "type": "u16"}}).values(b"\1\2") == {"count": value}


@given(st.binary(min_size=8, max_size=8), st.sampled_from(["u16", "i32", "u32", "i64", "u64", "f64"]))
def test_the_orders_of_words_are_those_of_struct_on_turned_words(data: bytes, kind: str) -> None:
    width = {"u16": 2, "i32": 4, "u32": 4}.get(kind, 8)
    words = [data[at : at + 2] for at in range(0, width, 2)]
    turned = b"".join(reversed(words))
    metric = "free" if kind == "f64" else "count"

    def read(endian: str, raw: bytes) -> object:
        decoded = frame(endian=endian, values={metric: {"at": 0, "type": kind}}).fragment(raw)
        assert isinstance(decoded, list)
        return decoded[0].values, [each.reason for each in decoded[0].rejected]

    assert read("CDAB", turned) == read("big", data[:width])
    assert read("BADC", turned) == read("little", data[:width])


def test_registers_in_a_list_are_bytes() -> None:
    probe = frame(data="r", encoding="registers", endian="CDAB", values={"level": {"at": 0, "type": "f32"}})

    assert probe.values({"r": [0, 16968]}) == {"level": 50.0}
    assert probe.values({"r": [0, 16968, -1]}) == {"level": 50.0}


@pytest.mark.parametrize("registers", [[65536], [-32769], [1.5], ["1"], [True], [None], "0000", {"0": 1}])
def test_what_is_no_list_of_registers_is_rejected(registers: object) -> None:
    probe = frame(data="r", encoding="registers", values={"count": {"at": 0, "type": "u16"}})

    assert probe.rejected({"r": registers}).reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("endian", "data", "text"),
    [
        ("big", "41424344", "ABCD"),
        ("CDAB", "41424344", "ABCD"),
        ("BADC", "42414443", "ABCD"),
        ("BADC", "424143", "ABC"),
    ],
)
def test_a_text_is_read_in_each_order_of_bytes_within_words(endian: str, data: str, text: str) -> None:
    probe = frame(endian=endian, values={"note": {"at": 0, "type": "text", "size": len(text)}})

    assert probe.values(bytes.fromhex(data)) == {"note": text}


@pytest.mark.parametrize("endian", ["CDAB", "BADC"])
def test_a_number_without_whole_words_has_no_order_of_them(endian: str) -> None:
    with pytest.raises(ValueError, match="u24 has no whole words"):
        frame(endian=endian, values={"count": {"at": 0, "type": "u24"}})
