"""Every shipped profile: its tests as data, and what damaged, cut and forged payloads become.

Whatever a device sends, nothing raises, what is stored is a value of its metric, and what is not stored has a reason.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import random
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.authoring.payload_tests import PayloadTest, run_tests
from gateway.authoring.trial import try_dialect
from gateway.core.configuration import Configuration
from gateway.core.devices.latest import Devices
from gateway.core.devices.snapshot import compatible
from gateway.core.engine import Engine
from gateway.core.kernel.tags import normalise_tag_uid
from gateway.core.kernel.times import MILLISECOND, SECOND
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import Binding, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.decoding.checks import LONGEST_STRING, check_of
from gateway.core.telemetry.decoding.compiled import mapping_of, parser_of, topics_of
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.quarantine import Rejected
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.payload import Payload, encode
from gateway.site_files.documents import Series, read_document
from gateway.site_files.explain import validate
from gateway.site_files.shipped import shipped_tests
from tests.unit.core.sites import Seen
from tests.unit.shipped_profiles import PROFILES

NOW = 1_790_000_000 * SECOND
"""When the messages are received: in September 2026."""

FILES = {file.stem: file for file in shipped_tests("device_profiles")}
Dialect = tuple[str, str | None]
"""A profile, and one of its dialects or None for native messages."""

DIALECTS: list[Dialect] = [
    (profile.profile, dialect)
    for profile in PROFILES.values()
    for dialect in (*((None,) if profile.messages else ()), *profile.dialects)
]
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)


def name_of(dialect: Dialect) -> str:
    return "/".join(filter(None, dialect))


def is_sparkplug(dialect: Dialect) -> bool:
    return all(binding.format == "sparkplug" for binding in PROFILES[dialect[0]].bindings(dialect[1]))


ALL_DIALECTS = pytest.mark.parametrize("dialect", DIALECTS, ids=name_of)
SPARKPLUG = [dialect for dialect in DIALECTS if is_sparkplug(dialect)]
"""Their payloads are protobuf: births made here in place of payloads in files."""


# Tests as data ------------------------------------------------------------------------------------------------------


@cache
def cases_of(name: str) -> tuple[PayloadTest, ...]:
    """The tests in a profile's file; those that are broken are left to the test of the file."""
    if name not in FILES:
        return ()
    document, _ = read_document(FILES[name])
    if document is None:
        return ()
    tests = document.root.get("tests")
    count = len(tests) if isinstance(tests, Series) else 0
    found = (validate(document, ("tests", index), PayloadTest)[0] for index in range(count))
    return tuple(test for test in found if test is not None)


@pytest.mark.parametrize("name", FILES)
def test_payloads_become_what_the_file_expects(name: str) -> None:
    result = run_tests(FILES[name], PROFILES, now=NOW)

    assert [str(problem) for problem in result.problems] == []
    assert result.passed > 0
    assert result.profile == name


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_a_file_of_tests(name: str) -> None:
    assert name in FILES


@pytest.mark.parametrize("dialect", [each for each in DIALECTS if each not in SPARKPLUG], ids=name_of)
def test_every_dialect_has_a_payload_that_is_decoded(dialect: Dialect) -> None:
    name, spoken = dialect

    assert any(test.dialect == spoken and not isinstance(test.expect, str) for test in cases_of(name))


@pytest.mark.parametrize("name", FILES)
def test_every_payload_of_a_maker_says_where_it_was_read(name: str) -> None:
    assert [test.name for test in cases_of(name) if test.dialect is not None and not test.source] == []


# Sparkplug B --------------------------------------------------------------------------------------------------------


def births(dialect: Dialect) -> list[tuple[str, bytes]]:
    """An edge node and a device on it are born with all that the dialect knows, and say it once more."""
    profile = PROFILES[dialect[0]]
    named: dict[str, Any] = {}
    for binding in profile.bindings(dialect[1]):
        sources = binding.values or {name: Source.model_validate(name) for name in profile.metrics}
        for name, source in sources.items():
            for path in source.path or ():
                named.setdefault(path, next(iter(source.map)) if source.map else usual(profile.metrics[name]))
    kinds = {bool: Datatype.BOOLEAN, int: Datatype.INT64, float: Datatype.DOUBLE, str: Datatype.STRING}
    metrics = [
        payload_metric(name, value, kinds[type(value)], alias=alias, time_ms=NOW // MILLISECOND)
        for alias, (name, value) in enumerate(named.items())
    ]
    number = payload_metric("bdSeq", 1, Datatype.INT64, time_ms=NOW // MILLISECOND)
    again = [msgspec.structs.replace(each, name=None, datatype=None) for each in metrics]
    said = [
        ("NBIRTH/e", Payload(NOW // MILLISECOND, (number, *metrics), 0)),
        ("DBIRTH/e/d", Payload(NOW // MILLISECOND, tuple(metrics), 1)),
        ("DDATA/e/d", Payload(NOW // MILLISECOND, tuple(again), 2)),
        ("DDEATH/e/d", Payload(NOW // MILLISECOND, (), 3)),
        ("NDEATH/e", Payload(None, (number,), None)),
    ]
    return [(f"spBv1.0/g/{kind}", encode(payload)) for kind, payload in said]


def usual(metric: Metric) -> Value:
    """A value that the metric may well have."""
    low, high = metric.range or (0, 2)
    if metric.type == "enum":
        return next(iter((metric.values or {}).values()))
    values: dict[str, Value] = {"bool": True, "int": int(high), "float": (low + high) / 2, "tag": "04A2B3C4"}
    return values.get(metric.type, "x")


@pytest.mark.parametrize("dialect", SPARKPLUG, ids=name_of)
def test_a_birth_gives_the_metrics_of_the_dialect(dialect: Dialect) -> None:
    engine = Engine(site_of(dialect), {}, now=NOW)
    steps = [Seen(engine.step([Message(topic, payload, NOW)])) for topic, payload in births(dialect)]
    names = {name for seen in steps for reading in seen.readings for name in reading.values}

    assert names >= {name for each in PROFILES[dialect[0]].bindings(dialect[1]) for name in each.metrics()}
    assert names
    assert [seen.rejections for seen in steps if seen.rejections] == []


# What comes out -----------------------------------------------------------------------------------------------------


@cache
def site_of(dialect: Dialect) -> Configuration:
    """A device for each address that the profile's tests expect of the dialect, and one that nobody names."""
    name, spoken = dialect
    addresses = dict.fromkeys(["g/e", "g/e/d"] if is_sparkplug(dialect) else ["probe-1"])
    for test in cases_of(name):
        if test.dialect == spoken:
            for topic, payload in test.messages():
                addresses.update(dict.fromkeys(heard(dialect, topic, payload)))
    devices = {
        f"d{index}": DeviceSpec(id=f"d{index}", profile=name, dialect=spoken, address=address)
        for index, address in enumerate(addresses)
    }
    header = SiteHeader.model_validate({"id": "test", "name": {"en": "Test"}, "timezone": "Asia/Shanghai"})
    return Configuration(Site(header, devices), {name: PROFILES[name]})


def heard(dialect: Dialect, topic: str, payload: bytes) -> Iterator[str]:
    trial = try_dialect(PROFILES[dialect[0]], dialect[1], topic, payload, now=NOW)
    yield from (reading.device for reading in trial.readings) if trial else ()


@cache
def engine_of(dialect: Dialect) -> Engine:
    """One for all examples: what was taken before must make no difference to whether a message is safe."""
    return Engine(site_of(dialect), {}, now=NOW)


def take(dialect: Dialect, topic: str, payload: bytes, **flags: Any) -> Seen:  # noqa: ANN401
    """What the production path makes of a message; raises AssertionError where that is not as it must be."""
    engine = engine_of(dialect)
    seen = Seen(engine.step([Message(topic, payload, NOW, **flags)]))
    check_seen(seen, engine.devices)
    return seen


def check_seen(seen: Seen, devices: Devices) -> None:
    for reading in seen.readings:
        device = devices[reading.device]
        assert reading.profile == device.spec.profile
        assert reading.values
        assert type(reading.time) is int
        check_values(device.profile, reading.values)
        assert compatible(reading.values, device.profile) == reading.values
    metrics = {name for device in devices for name in device.profile.metrics}
    for kind, rejection in seen.rejections.items():
        assert kind.metric == "" or kind.metric in metrics
        check_reason(Rejected(kind.reason, rejection.detail, kind.metric))


def check_reason(rejected: Rejected) -> None:
    """It is a sentence that can be stored and shown."""
    assert " " in rejected.detail
    assert len(rejected.detail) < 2_000
    rejected.detail.encode()


def check_values(profile: Profile, values: dict[str, Value]) -> None:
    for name, value in values.items():
        assert belongs(profile.metrics[name], value), (name, value)


def belongs(metric: Metric, value: Value) -> bool:
    """Whether the value is one that the metric can have."""
    low, high = metric.range or (-math.inf, math.inf)
    match metric.type:
        case "bool":
            return type(value) is bool
        case "int":
            return type(value) is int and low <= value <= high and -(2**63) <= value < 2**63
        case "float":
            return type(value) is float and math.isfinite(value) and low <= value <= high
        case "enum":
            return type(value) is str and value in (metric.values or {}).values()
        case "tag":
            return type(value) is str and normalise_tag_uid(value) == value
        case "list":
            return type(value) is str and check_of("", metric)(value) == value
        case "string":
            return type(value) is str and len(value) <= LONGEST_STRING and value.encode() is not None


# Any bytes ----------------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=12) | st.sampled_from(["", "ON", "true", "21.5", "1e999", "\ud800", "(null)", "04A2B3C4", "٣"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.integers()
    | st.integers(10**300, 10**320)
    | st.floats()
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ANY_BYTES = (
    st.binary(max_size=64)
    | st.binary(max_size=24).map(bytes.hex).map(str.encode)
    | st.binary(max_size=24).map(base64.b64encode)
    | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | JSON.map(lambda document: json.dumps(document).encode())
)


def topics_to(binding: Binding) -> Iterator[str]:
    yield from (filled(pattern.text) for pattern in topics_of(binding))


def filled(text: str) -> str:
    for name in ("device", "site", "channel"):
        text = text.replace(f"{{{name}}}", {"device": "probe-1", "site": "test", "channel": "0"}[name])
    while "{" in text:
        text = text[: text.index("{")] + "any" + text[text.index("}") + 1 :]
    return text


@cache
def bindings_of(dialect: Dialect) -> list[Any]:
    """The parser, the mapping and a topic of each binding."""
    profile = PROFILES[dialect[0]]
    return [
        (parser_of(binding), mapping_of(profile, binding, site_zone="Asia/Shanghai"), next(topics_to(binding), None))
        for binding in profile.bindings(dialect[1])
    ]


@pytest.mark.parametrize("name", PROFILES)
def test_no_bytes_are_too_strange_for_any_binding(name: str) -> None:
    dialects = [dialect for dialect in DIALECTS if dialect[0] == name]

    @settings(SLOW, max_examples=20)
    @given(ANY_BYTES)
    def any_bytes(payload: bytes) -> None:
        for dialect in dialects:
            for parser, mapping, topic in bindings_of(dialect):
                parts = parser.parse(Contents(payload))
                if isinstance(parts, Rejected):
                    check_reason(parts)
                for part in parts if isinstance(parts, list) else []:
                    check_decoded(PROFILES[name], mapping.decode(part))
                if topic is not None:
                    take(dialect, topic, payload)

    any_bytes()


def check_decoded(profile: Profile, decoded: list[Decoded] | Rejected | None) -> None:
    if isinstance(decoded, Rejected):
        check_reason(decoded)
        return
    for each in decoded or []:
        check_values(profile, each.values)
        for rejected in each.rejected:
            check_reason(rejected)


# Damaged payloads ---------------------------------------------------------------------------------------------------

NUMBERS = [0, -1, 1, 2, 255, 65535, 2**31, 2**63, 2**64, 10**30, 10**400, -(10**400), 0.5, 1e308, -1e308]
STRANGE: list[Any] = [
    None,
    True,
    False,
    *NUMBERS,
    math.nan,
    math.inf,
    -math.inf,
    "",
    "0",
    "1",
    "true",
    "ON",
    "NaN",
    "-75 dBm",
    "21.5 V",
    "9" * 400,
    "x" * 1025,
    "\ud800",
    "\0",
    "漏水",
    "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "*",
    "a#b/+",
    [],
    {},
    [None],
    [[[[[]]]]],
    [True, "x", {}],
    [math.nan, 1],
    [10**400, 1],
    {"a": {"b": None}},
    {"state": 5, "value": []},
]
"""What takes the place of a value somewhere in a message."""


def damaged(payload: bytes, choose: random.Random) -> bytes:
    """The payload with some damage: to its bytes, or to a value of its JSON."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return damaged_bytes(payload, choose)
    if choose.random() < 0.15 or not isinstance(document, dict | list):
        return damaged_bytes(payload, choose)
    for _ in range(choose.choice([1, 1, 1, 2, 5])):
        document = damaged_json(document, choose)
    text = json.dumps(document, ensure_ascii=choose.random() < 0.8)
    if choose.random() < 0.05:
        text = text.replace("NaN", "1e999").replace("Infinity", "-1e999")
    if choose.random() < 0.1 and isinstance(document, dict) and document:
        key = choose.choice(list(document))  # a second time, with something else
        text = text[:-1] + f", {json.dumps(key)}: {json.dumps(choose.choice(STRANGE))}}}"
    if choose.random() < 0.02:
        text = text.replace("null", '{"a":' * 5_000 + "1" + "}" * 5_000, 1)
    return text.encode("utf-8", "surrogatepass")


def damaged_bytes(payload: bytes, choose: random.Random) -> bytes:
    data = bytearray(payload)
    for _ in range(choose.choice([1, 1, 2, 4])):
        where = choose.randrange(len(data) + 1)
        match choose.randrange(5):
            case 0 if data:
                data[where % len(data)] ^= 1 << choose.randrange(8)
            case 1:
                del data[where:]
            case 2 if data:
                data[where % len(data)] = choose.choice([0, 0xFF, 0x7F, 0x80])
            case 3:
                data[where:where] = choose.randbytes(choose.randrange(1, 9))
            case _:
                del data[where : where + choose.randrange(1, 5)]
    return bytes(data)


def damaged_json(document: Any, choose: random.Random) -> Any:  # noqa: ANN401
    """A copy in which something, somewhere, is otherwise."""
    places = list(places_in(document))
    path = choose.choice(places)
    return replaced(document, path, lambda value: otherwise(value, choose), choose)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places_in(inner, (*path, key))
    if not path:
        yield ()


def replaced(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any], choose: random.Random) -> Any:  # noqa: ANN401
    if not path:
        return change(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    key, rest = path[0], path[1:]
    if not rest and isinstance(copy, dict) and choose.random() < 0.2:
        if choose.random() < 0.5:
            copy[choose.choice([f"{key}x", key.upper(), "extra", ""])] = copy.pop(key)
        else:
            del copy[key]
        return copy
    copy[key] = replaced(copy[key], rest, change, choose)
    return copy


def instead(new: Any, _old: Any) -> Any:  # noqa: ANN401
    return new


def otherwise(value: Any, choose: random.Random) -> Any:  # noqa: ANN401
    """Something else in its place: quite another thing, or the same a little changed."""
    if choose.random() < 0.5:
        return choose.choice(STRANGE)
    match value:
        case bool():
            return choose.choice([not value, int(value), str(value), str(value).lower()])
        case int() | float() if abs(value) < 1e300:
            return choose.choice([-value, value + 1, value * 1000, value * 1e300, str(value), float(value), [value]])
        case str():
            return text_otherwise(value, choose)
        case list():
            return choose.choice([[], value * 2, value[::-1], [value], dict.fromkeys("ab", value), value[:-1]])
        case dict():
            return choose.choice([{}, [value], list(value.values()), list(value), {**value, "extra": value}, "{}"])
        case _:
            return choose.choice(STRANGE)


def text_otherwise(text: str, choose: random.Random) -> str:
    """Of base64 and hex the bytes are damaged, so that what is inside is damaged and not its wrapping."""
    if len(text) >= 4 and choose.random() < 0.7:
        try:
            if len(text) % 2 == 0 and set(text.lower()) <= set("0123456789abcdef"):
                return damaged_bytes(bytes.fromhex(text), choose).hex()
            return base64.b64encode(damaged_bytes(base64.b64decode(text, validate=True), choose)).decode()
        except (binascii.Error, ValueError):
            pass
    where = choose.randrange(len(text) + 1)
    return choose.choice([text[:where], text[:where] + "\0" + text[where:], text.swapcase(), text * 2, f" {text} "])


@cache
def valid_messages(dialect: Dialect) -> list[tuple[str, bytes]]:
    name, spoken = dialect
    if is_sparkplug(dialect):
        return births(dialect)
    return [message for test in cases_of(name) if test.dialect == spoken for message in test.messages()]


@ALL_DIALECTS
def test_a_damaged_payload_gives_only_values_that_the_metrics_can_have(dialect: Dialect) -> None:
    messages = valid_messages(dialect)
    if not messages:
        pytest.fail("there is no payload to damage")

    @settings(SLOW, max_examples=6)
    @given(st.integers(0, 2**32))
    def any_damage(seed: int) -> None:
        choose = random.Random(seed)
        for _ in range(15):
            topic, payload = choose.choice(messages)
            take(dialect, topic, damaged(payload, choose), retained=choose.random() < 0.1)

    any_damage()


@ALL_DIALECTS
def test_each_value_of_each_payload_may_be_anything(dialect: Dialect) -> None:
    """Each place of one JSON message after the other, with a strange value in turn."""
    choose = random.Random(7)
    strange = 0
    for topic, payload in valid_messages(dialect)[:40]:
        try:
            document = json.loads(payload)
        except ValueError:
            continue
        for path in list(places_in(document))[:60]:
            strange += 1
            changed = replaced(document, path, partial(instead, STRANGE[strange % len(STRANGE)]), choose)
            take(dialect, topic, json.dumps(changed).encode())


@ALL_DIALECTS
def test_a_payload_may_be_cut_off_anywhere(dialect: Dialect) -> None:
    for topic, payload in valid_messages(dialect)[:6]:
        for end in range(0, len(payload), max(1, len(payload) // 24)):
            take(dialect, topic, payload[:end])


def test_the_decode_command_survives_damage_too() -> None:
    @settings(SLOW, max_examples=60)
    @given(st.sampled_from([each for each in DIALECTS if valid_messages(each)]), st.integers(0, 2**32))
    def any_damage(dialect: Dialect, seed: int) -> None:
        choose = random.Random(seed)
        topic, payload = choose.choice(valid_messages(dialect))
        trial = try_dialect(PROFILES[dialect[0]], dialect[1], topic, damaged(payload, choose), now=NOW)

        assert trial is not None
        for reading in trial.readings:
            check_values(PROFILES[dialect[0]], reading.values)
        for rejected in trial.rejected:
            check_reason(rejected)

    any_damage()


def test_the_damage_is_real() -> None:
    """Some of it is kept aside, and some still gives readings: else nothing was tried."""
    choose = random.Random(1)
    stored = rejected = 0
    for dialect in DIALECTS:
        for topic, payload in valid_messages(dialect)[:3]:
            for _ in range(3):
                seen = take(dialect, topic, damaged(payload, choose))
                stored += len(seen.readings)
                rejected += len(seen.rejections)

    assert stored > 100
    assert rejected > 100
