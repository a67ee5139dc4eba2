"""Payloads with one bad value: it costs that value alone, in every format."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import parse_device_time
from gateway.core.kernel.values import Value
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Decoded, parse_json
from gateway.core.telemetry.decoding.texts import cleaned
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import Probe, payload_of, profile_of

Decode = Callable[[bytes], Decoded]


def flat(payload: bytes) -> Decoded:
    """The reading of native telemetry."""
    decoded = FlatDecoder(profile_of({"time": "ts"}), "ts", parse_device_time).decode(payload)
    assert isinstance(decoded, Decoded), decoded
    return decoded


def mapped(payload: bytes) -> Decoded:
    """The reading of a binding with paths."""
    return Probe(values={name: name for name in ("on", "level", "count", "mode", "note", "uid")}).reading(payload)


BOTH = pytest.mark.parametrize("decode", [flat, mapped])


def rejections(decoded: Decoded) -> list[tuple[str, Reason]]:
    return [(each.metric, each.reason) for each in decoded.rejected]


# Numbers that are none ----------------------------------------------------------------------------------------------

NO_NUMBERS = [
    *("nan", "-nan", "NAN", "NaN", "+nan", "nan(ind)", "-nan(ind)", "NaN(ind)", "-nan(snan)", "nan(0x8000)"),
    *("inf", "-inf", "+inf", "INF", "-INF", "Inf", "infinity", "-INFINITY", "Infinity", "-Infinity", "1e999"),
    *("1.#QNAN", "-1.#IND", "1.#INF", "-1.#INF00", "1.#J", "1.#QNAN0", "1.$", "-1.$"),
    *("1.#INF00e+000", "-1.#IND00e+000", "NaNQ", "nans", "snan", "-sNaN", "qnan", "ovf"),
]


@BOTH
@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_number_that_c_prints_as_nan_or_infinite_costs_only_its_metric(decode: Decode, number: str) -> None:
    decoded = decode(b'{"level":%s,"on":true}' % number.encode())

    assert decoded.values == {"on": True}
    assert rejections(decoded) == [("level", Reason.OUT_OF_RANGE)]


def test_an_infinite_number_keeps_its_sign() -> None:
    assert parse_json(b"[inf, -inf, +Inf, 1.#INF, -1.#INF, -1.#INF00e+000]") == [
        float(text) for text in ("inf", "-inf", "inf", "inf", "-inf", "-inf")
    ]


@BOTH
@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("+1.5", 1.5),
        ("05", 5.0),
        ("-007.50", -7.5),
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("+0", 0.0),
        ("+1e2", 100.0),
    ],
)
def test_a_number_as_c_prints_it_is_read(decode: Decode, number: str, value: float) -> None:
    decoded = decode(b'{"level":%s,"on":true}' % number.encode())

    assert (decoded.values, decoded.rejected) == ({"level": value, "on": True}, [])


def test_a_whole_number_with_a_sign_stays_exact() -> None:
    assert parse_json(b"[+9007199254740993, 009007199254740993]") == [9007199254740993, 9007199254740993]


@pytest.mark.parametrize("number", ["1.5.2", "++1", "1e", "0x10", "1,5,", "1-2", ".", "5.e", "1.5x", "+"])
def test_what_is_only_like_a_number_is_no_json(number: str) -> None:
    assert isinstance(parse_json(f'{{"level":{number},"on":true}}'.encode()), Rejected)


@pytest.mark.parametrize("number", ["nano", "info", "-nanx", "1nan", "nan(", "xinf", 'nan("a")', "1.#", "na n"])
def test_other_bare_words_are_no_json(number: str) -> None:
    rejected = parse_json(f'{{"level":{number},"on":true}}'.encode())

    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.MALFORMED


def test_texts_that_look_like_such_numbers_stay_texts() -> None:
    payload = rb'{"a":"nan","b":"x:\"inf, -nan","c":nan,"inf":"1.#INF"}'

    document = parse_json(payload)

    assert {key: value for key, value in document.items() if key != "c"} == {
        "a": "nan",
        "b": 'x:"inf, -nan',
        "inf": "1.#INF",
    }


@pytest.mark.parametrize("number", ["nan", "inf"])
@pytest.mark.parametrize(
    "source",
    [
        {"path": "v", "equals": 1},
        {"path": "v", "map": {1: True}, "otherwise": False},
        {"path": "v", "contains": "x"},
        {"path": "v", "bit": 0},
        {"path": "v[0]", "equals": 1},
    ],
)
def test_a_number_that_is_none_is_not_taken_for_another_than_the_wanted_one(number: str, source: object) -> None:
    payload = f'{{"v": {number}, "o": true}}' if "[" not in str(source) else f'{{"v": [{number}], "o": true}}'
    decoded = Probe(values={"on": source, "off": "o"}).reading(payload)

    assert decoded.values == {"off": True}
    assert rejections(decoded) == [("on", Reason.WRONG_TYPE)]


@BOTH
@pytest.mark.parametrize("digits", [400, 5000, 100_000])
def test_a_number_of_endless_digits_costs_only_its_metric(decode: Decode, digits: int) -> None:
    decoded = decode(b'{"level":%s,"on":true}' % (b"9" * digits))

    assert decoded.values == {"on": True}
    assert rejections(decoded) == [("level", Reason.OUT_OF_RANGE)]


# NULs around a payload ----------------------------------------------------------------------------------------------

PADDINGS = [(b"", b"\0"), (b"\0", b""), (b"\0\0", b"\0\0\0"), (b"", b"\r\n\0"), (b"", b"\0\n"), (b"\0", b" \0 ")]
FRAMES = [(b"\x02", b"\x03"), (b"", b"\x1a"), (b"\xef\xbb\xbf", b"\0"), (b"\0\xef\xbb\xbf", b""), (b"", b"\x7f\x04\r")]


@BOTH
@pytest.mark.parametrize(("before", "after"), PADDINGS + FRAMES)
def test_nuls_around_json_are_padding(decode: Decode, before: bytes, after: bytes) -> None:
    decoded = decode(before + b'{"level":1.5,"on":true}' + after)

    assert (decoded.values, decoded.rejected) == ({"level": 1.5, "on": True}, [])


@pytest.mark.parametrize(("before", "after"), PADDINGS)
def test_nuls_around_other_texts_are_padding(before: bytes, after: bytes) -> None:
    padded: Callable[[bytes], bytes] = lambda text: before + text + after  # noqa: E731

    assert Probe(format="plain", values={"level": {}}).values(padded(b"1.5")) == {"level": 1.5}
    assert Probe(format="plain", values={"on": {}}).values(padded(b"true")) == {"on": True}
    at = {"count": {"at": 0, "type": "u16"}}
    assert Probe(format="bytes", encoding="hex", values=at).values(padded(b"0102")) == {"count": 258}
    assert Probe(format="bytes", encoding="base64", values=at).values(padded(b"AQI=")) == {"count": 258}


@BOTH
@pytest.mark.parametrize("rest", [b'\0old":false}', b'\0{"on":false}\0', b"\0\0\xff\xff", b"\n\0x"])
def test_the_rest_of_a_buffer_behind_a_nul_is_no_part_of_the_message(decode: Decode, rest: bytes) -> None:
    decoded = decode(b'{"level":nan,"on":true}' + rest)

    assert decoded.values == {"on": True}
    assert rejections(decoded) == [("level", Reason.OUT_OF_RANGE)]


@BOTH
@pytest.mark.parametrize("key", [b"on\0", b"\0on\0\0", b"on\r\n", b"\ton"])
def test_control_characters_around_a_key_are_no_part_of_it(decode: Decode, key: bytes) -> None:
    assert decode(b'{"%s":true,"level":1.5}' % key).values == {"on": True, "level": 1.5}


def test_a_nul_in_a_text_does_not_end_a_buffer() -> None:
    assert flat(b'\x02{"on\0":true,"note":"a\0b","level":+1.5}\r\n\0,"on":false}').values == {
        "on": True,
        "note": "a b",
        "level": 1.5,
    }


@pytest.mark.parametrize("rest", [b"}", b'{"on":false}', b" x\0", b"\n{}\0"])
def test_what_follows_a_document_without_a_nul_is_no_json(rest: bytes) -> None:
    assert isinstance(parse_json(b'{"on":true}' + rest), Rejected)


def test_a_byte_order_mark_before_a_plain_text_is_no_part_of_it() -> None:
    assert Probe(format="plain", values={"on": {}}).values(b"\xef\xbb\xbftrue\r\n") == {"on": True}


def test_binary_bytes_are_not_padded() -> None:
    probe = Probe(format="bytes", length=3, values={"count": {"at": 0, "type": "u24"}})

    assert probe.values(b"\0\1\0") == {"count": 256}


# Texts in other encodings -------------------------------------------------------------------------------------------

FOREIGN = {
    "latin-1": "Größe".encode("latin-1"),
    "latin-1 before an escape": "é".encode("latin-1") + rb"\n" + "é".encode("latin-1") + rb"\"",
    "gbk": "烟雾报警".encode("gbk"),
    "gbk with a backslash at its end": "誠".encode("gbk"),
    "gbk with a backslash inside": "誠a誠".encode("gbk"),
    "shift-jis with a backslash": "表示".encode("shift-jis"),
    "cut off": "漏水".encode()[:-1],
    "windows-1251": "дым".encode("cp1251"),
}


def test_the_samples_have_backslashes_where_they_say_so() -> None:
    assert FOREIGN["gbk with a backslash at its end"].endswith(b"\\")
    assert b"\\" in FOREIGN["shift-jis with a backslash"]


@BOTH
@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_text_in_another_encoding_costs_only_itself(decode: Decode, text: bytes) -> None:
    decoded = decode(b'{"level":1.5,"note":"' + text + b'","on":true}')

    assert decoded.values == {"level": 1.5, "on": True}
    assert rejections(decoded) == [("note", Reason.MALFORMED)]
    assert decoded.rejected[0].detail.encode()


@BOTH
@pytest.mark.parametrize("text", [r"C:\dir\x", r"\u12", r"it\'s", r"\x41", r"\\\d", r"\uD8"])
def test_a_text_with_a_backslash_that_escapes_nothing_costs_only_itself(decode: Decode, text: str) -> None:
    decoded = decode(b'{"level":1.5,"note":"%s","on":true}' % text.encode())

    assert decoded.values == {"level": 1.5, "on": True}
    assert rejections(decoded) == [("note", Reason.MALFORMED)]


@BOTH
def test_the_other_texts_of_such_a_message_are_kept(decode: Decode) -> None:
    decoded = decode('{"note":"漏水","mode":"'.encode() + "烟雾".encode("gbk") + b'","on":true}')

    assert decoded.values == {"note": "漏水", "on": True}
    assert rejections(decoded) == [("mode", Reason.MALFORMED)]


def test_keys_in_another_encoding_cost_nothing() -> None:
    assert flat("Größe".encode("latin-1").join([b'{"', b'": 5, "on": true}'])).values == {"on": True}


@pytest.mark.parametrize(
    "source",
    [
        {"path": "v", "equals": "fire"},
        {"path": "v", "map": {"fire": True}, "otherwise": False},
        {"path": "v", "contains": "fire"},
        {"path": "list", "contains": "fire"},
    ],
)
def test_a_text_that_cannot_be_read_is_not_taken_for_another_than_the_wanted_one(source: object) -> None:
    text = "火警".encode("gbk")
    decoded = Probe(values={"on": source, "off": "o"}).reading(b'{"v":"%s","list":["%s"],"o":true}' % (text, text))

    assert decoded.values == {"off": True}
    assert rejections(decoded) == [("on", Reason.MALFORMED)]


@BOTH
@pytest.mark.parametrize("text", [r"\ud800", r"a\udfffb", r"\udcff\ud8ff"])
def test_a_text_with_half_a_surrogate_pair_costs_only_itself(decode: Decode, text: str) -> None:
    decoded = decode(b'{"note":"%s","on":true}' % text.encode())

    assert decoded.values == {"on": True}
    assert rejections(decoded) == [("note", Reason.MALFORMED)]


def test_the_text_of_bytes_is_utf_8_or_is_rejected() -> None:
    probe = Probe(
        format="bytes", values={"note": {"at": 0, "type": "text", "size": 6}, "count": {"at": 6, "type": "u8"}}
    )

    assert probe.values("漏水".encode() + b"\5") == {"note": "漏水", "count": 5}
    assert probe.values(b"hall\0\0\5") == {"note": "hall", "count": 5}
    decoded = probe.reading(b"\xff" * 6 + b"\5")
    assert (decoded.values, rejections(decoded)) == ({"count": 5}, [("note", Reason.MALFORMED)])


# Control characters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("hall", "hall"),
        (" a  b ", "a  b"),
        ("a\0b", "a b"),
        ("a\0\0\1b", "a b"),
        ("\0\0a\0", "a"),
        ("first\r\nsecond\tthird\n", "first second third"),
        ("a\x7fb\x80c\x9fd\xa0e", "a b c d\xa0e"),
        ("\0", ""),
        ("漏\0水", "漏 水"),
        ("a\ud800", None),
        ("\0\udcff", None),
    ],
)
def test_control_characters_become_a_space_and_end_no_text(text: str, clean: str | None) -> None:
    assert cleaned(text) == clean


@given(st.text(st.characters(codec=None), max_size=20))
def test_a_clean_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    clean = cleaned(text)

    if clean is not None:
        assert clean.encode().decode() == clean
        assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in clean)
        assert cleaned(clean) == clean


@BOTH
@pytest.mark.parametrize("within", [r"a\u0000b", "a\0b", r"a\nb", "a\nb", "\1a\x7fb\x1f", r"\u0000a\u009f\u0080b"])
def test_control_characters_in_json_cost_nothing(decode: Decode, within: str) -> None:
    decoded = decode(b'{"note":"%s","on":true}' % within.encode())

    assert (decoded.values, decoded.rejected) == ({"note": "a b", "on": True}, [])


@BOTH
@pytest.mark.parametrize(("metric", "sent", "value"), [("mode", "away", "away"), ("uid", "04:a2:b3:c4", "04A2B3C4")])
def test_states_and_uids_are_cleaned_as_texts_are(decode: Decode, metric: str, sent: str, value: Value) -> None:
    for text in (sent + r"\u0000\u0000", r"\r" + sent + r"\n", sent + "\0"):
        decoded = decode(b'{"%s":"%s"}' % (metric.encode(), text.encode()))
        assert (decoded.values, decoded.rejected) == ({metric: value}, [])


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"equals": "fire"}, True),
        ({"map": {"fire": True, "ok": False}}, True),
        ({"contains": "fire"}, True),
    ],
)
def test_texts_are_cleaned_before_they_are_compared(source: dict[str, Any], value: Value) -> None:
    for text in ("fire\0", "\0fire", "fire\r\n"):
        assert Probe(values={"on": {"path": "v", **source}}).values({"v": text}) == {"on": value}
    assert Probe(values={"on": {"path": "v", "contains": "fire"}}).values({"v": ["fire\0", "x"]}) == {"on": True}
    assert Probe(values={"items": "v"}).values({"v": ["a\0", "b"]}) == {"items": "a,b"}
    assert Probe(values={"note": {"path": "v", "empty": ["(null)"]}}).fragment({"v": "(null)\0"}) == []
    assert Probe(values={"level": {"path": "v", "unit": "mm"}}).values({"v": "1250 mm\0"}) == {"level": 1.25}
    assert Probe(when={"kind": "state"}, values={"on": "v"}).values({"kind": "state\0", "v": True}) == {"on": True}


def test_the_other_formats_clean_texts_alike() -> None:
    assert Probe(format="plain", values={"note": {}}).values(b"a\0b\n") == {"note": "a b"}
    text = {"note": {"at": 0, "type": "text", "size": 4}}
    assert Probe(format="bytes", values=text).values(b"a\0b\0") == {"note": "a b"}
    assert Probe(format="sparkplug", values={"note": "Note"}).values({"Note": "\0a\0b"}) == {"note": "a b"}


def test_names_of_devices_in_messages_are_cleaned_as_texts_are() -> None:
    probe = Probe(topic="probe", device="id", channel="ch", values={"on": "v"})
    (fragment,) = probe.parse({"id": "pump-1\0", "ch": "\0002", "v": True})

    assert (fragment.device, fragment.channel) == ("pump-1", "2")


# Every kind at once -------------------------------------------------------------------------------------------------


def test_a_message_with_every_kind_of_bad_value_keeps_the_good_ones() -> None:
    gbk = "誠".encode("gbk")
    payload = b'\0{"level":-nan(ind),"note":"' + gbk + b'","count":inf,"mode":"away\1","on":true}\0'

    decoded = flat(payload)

    assert decoded.values == {"mode": "away", "on": True}
    assert [metric for metric, _ in rejections(decoded)] == ["level", "note", "count"]


@pytest.mark.parametrize("unit", [b'\\"', b'"', b"nan", b"nan(", b"{", b"\xb2\\", b'"\\', b"-", b"\0"])
def test_a_large_damaged_payload_is_rejected_in_good_time(unit: bytes) -> None:
    began = time.process_time()
    for start in (b"{", b'{"', b'{"a":nan,"'):
        parse_json(start + unit * (250_000 // len(unit)))

    assert time.process_time() - began < 3


DAMAGE = st.sampled_from([b"\0", b"nan", b"-inf", b"\xb2\\", b"\xff", b'"', b"\\", b"\x1f", b"1.#IND", b"{", b"}"])


@given(st.lists(st.tuples(st.integers(0, 200), DAMAGE), max_size=4))
def test_any_damage_leaves_values_that_can_be_stored(damage: list[tuple[int, bytes]]) -> None:
    payload = payload_of({"note": "漏水", "on": True, "level": 1.5, "mode": "away", "count": 3, "uid": "04A2B3C4"})
    for at, inserted in damage:
        payload = payload[:at] + inserted + payload[at:]

    decoded = FlatDecoder(profile_of({"time": "ts"}), "ts", parse_device_time).decode(payload)

    rejected = decoded.rejected if isinstance(decoded, Decoded) else [decoded]
    assert all(each.detail.encode() for each in rejected)
    if isinstance(decoded, Decoded):
        assert json.dumps(decoded.values, ensure_ascii=False, allow_nan=False).encode()
        assert decoded.values.get("note", "") == cleaned(str(decoded.values.get("note", "")))
