"""The JSON Schemas for editors: they are current, explain everything, and take what the loader takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError
from typer.testing import CliRunner

from gateway.authoring.commands import FileKind
from gateway.authoring.histories.spec import HistorySpec
from gateway.authoring.payload_tests import PayloadTest
from gateway.authoring.schemas import KINDS, SiteFile, schema_of
from gateway.cli import app
from gateway.core.profiles.profile import Profile
from gateway.site_files import sites
from gateway.site_files.documents import read_document
from gateway.site_files.shipped import shipped_files, shipped_tests
from tests.unit.site_files import FAN, HEADER, PUMP, RULE

ROOT = Path(__file__).parents[2]
COPIES = ROOT / "docs" / "schemas"
SITE_FILES = [ROOT / "gateway" / "demo" / "site.yaml", *sorted((ROOT / "deploy" / "site").rglob("*.yaml"))]
TEST = "profile: fan\ntests:\n- {name: it runs, topic: a/b, json: {running: true}, expect: {values: {running: true}}}\n"


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(kind))


def as_editors_see_it(value: object) -> object:
    """Keys of JSON are text: `0`, `true`."""
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else json.dumps(key): as_editors_see_it(each) for key, each in value.items()
        }
    return [as_editors_see_it(each) for each in value] if isinstance(value, list) else value


def complaints(kind: str, value: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(kind).iter_errors(as_editors_see_it(value))]


def complaints_of_file(kind: str, file: Path) -> list[str]:
    document, problems = read_document(file)
    assert document is not None, problems
    return complaints(kind, document.root)


def complaints_of_text(kind: str, text: str, home: Path) -> list[str]:
    (home / "file.yaml").write_text(text, encoding="utf-8")
    return complaints_of_file(kind, home / "file.yaml")


# What there is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_copies_in_the_documents_are_current(kind: str) -> None:
    file = COPIES / f"{kind}.schema.json"
    printed = CliRunner().invoke(app, ["schema", kind])

    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == schema_of(kind)
    assert file.exists(), f"make it: facility-gateway schema {kind} > {file.relative_to(ROOT)}"
    assert file.read_text(encoding="utf-8") == printed.stdout, (
        f"renew it: facility-gateway schema {kind} > {file.relative_to(ROOT)}"
    )


def test_there_is_a_schema_of_every_kind_that_the_command_names() -> None:
    assert list(KINDS) == [kind.value for kind in FileKind]
    assert CliRunner().invoke(app, ["schema", "devices"]).exit_code == 2


def test_the_command_shows_how_an_editor_finds_the_schema() -> None:
    printed = CliRunner().invoke(app, ["schema", "--help"]).stdout

    assert "facility-gateway schema profile > profile.schema.json\n" in printed
    assert "# yaml-language-server: $schema=profile.schema.json\n" in printed


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind))


def objects(schema: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 — any JSON
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for key, each in schema.items():
            if key != "allOf":
                yield from objects(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from objects(each)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained_and_no_other_is_taken(kind: str) -> None:
    found = list(objects(schema_of(kind)))

    assert len(found) > 2
    for each in found:
        assert each["additionalProperties"] is False
        assert [name for name, part in each["properties"].items() if not part.get("description")] == []


def test_the_schema_of_a_site_has_the_keys_of_a_site() -> None:
    assert tuple(SiteFile.model_fields) == sites.SITE_KEYS


# What they take -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", shipped_files("device_profiles"), ids=lambda file: file.name)
def test_the_shipped_profiles_are_taken(file: Path) -> None:
    assert complaints_of_file("profile", file) == []


@pytest.mark.parametrize("file", shipped_files("rules"), ids=lambda file: file.name)
def test_the_shipped_rules_are_taken(file: Path) -> None:
    assert complaints_of_file("rules", file) == []


@pytest.mark.parametrize(
    "file",
    [*shipped_tests("device_profiles"), *shipped_tests("rules")],
    ids=lambda file: f"{file.parts[-3]}/{file.name}",
)
def test_the_tests_of_the_shipped_profiles_are_taken(file: Path) -> None:
    assert complaints_of_file("tests", file) == []


@pytest.mark.parametrize("file", SITE_FILES, ids=lambda file: file.name)
def test_the_example_sites_are_taken(file: Path) -> None:
    assert complaints_of_file("site", file) == []


TAKEN = {
    "a site": (
        "site",
        HEADER + PUMP + RULE + "sla: {P1: {on_site: 20m}}\ndisable_rules: [pump-dry-run]\ninclude: []\n",
    ),
    "service levels and who is told": (
        "site",
        HEADER
        + PUMP
        + "service_levels: [{category: pump, priority: [P1, P2], kind: fault, ring: far, warn_at: 75%}]\n"
        + "rings: {near: {respond: 2m}}\nholds: {parts: [], other: [resolve]}\nservice_point: {engineering: b1}\n"
        + "escalation: [{levels: [{tell: assignee}, {tell: [leader-1]}, {tell: {team: managers}, after: 30m}]}]\n",
    ),
    "an included file": ("site", PUMP + RULE),
    "a section with nothing in it": ("site", HEADER + "devices:\nrules:\n"),
    "rules": ("rules", RULE + "    for: 1h30m\n    latched: yes\n    life_safety: off\n"),
    "a test of a reading": ("tests", TEST),
    "a test of several readings": ("tests", TEST.replace("{values: {running: true}}", "[{values: {running: true}}]")),
    "a test of nothing": ("tests", TEST.replace("{values: {running: true}}", "ignored")),
    "states by number": ("profile", FAN.replace("bool", "enum, values: {0: off, -1: on, 0x02: auto}")),
    "a channel in capitals": (
        "profile",
        FAN.replace(
            '{topic: "site/{site}/fan/{device}"}', "{format: lorawan, channels: {01 7F: {length: 1}}, port: 5}"
        ),
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_right_is_taken(case: str, tmp_path: Path) -> None:
    kind, text = TAKEN[case]

    assert complaints_of_text(kind, text, tmp_path) == []


REFUSED = {
    "an unknown key of a site": ("site", HEADER + PUMP + "zones: []\n"),
    "a site that is none": ("site", "include: [devices.yaml]\n"),
    "an included file that includes": ("site", PUMP + "include: [devices.yaml]\n"),
    "an id with a blank": ("site", HEADER.replace("riverside", "river side") + PUMP),
    "a language that there is not": ("site", HEADER.replace("zh}", "fr}") + PUMP),
    "an unknown priority": ("site", HEADER + PUMP + "sla: {P7: {respond: 5m}}\n"),
    "an unknown ring": ("site", HEADER + PUMP + "rings: {nearby: {respond: 5m}}\n"),
    "a reason that pauses what is no clock": ("site", HEADER + PUMP + "holds: {parts: [solve]}\n"),
    "a share that is a number": ("site", HEADER + PUMP + "service_levels: [{warn_at: 0.8}]\n"),
    "a level that tells nobody": ("site", HEADER + PUMP + "escalation: [{levels: [{tell: []}]}]\n"),
    "a device without a profile": ("site", HEADER + "devices: [{id: pump-1}]\n"),
    "a number for an id": ("site", HEADER + PUMP.replace("pump-1", "12")),
    "a duration without a unit": ("rules", RULE + "    for: 5\n"),
    "a duration that is a word": ("rules", RULE + "    for: soon\n"),
    "an unknown severity": ("rules", RULE.replace("info", "fatal")),
    "a title in no language": ("rules", RULE.replace("{en: Pump warm}", "Pump warm")),
    "a rule without a condition": ("rules", RULE.replace("    when: bearing_temperature > 60\n", "")),
    "an unknown type": ("profile", FAN.replace("bool", "bol")),
    "a key that nobody knows": ("profile", FAN.replace("bool", "bool, unti: m")),
    "a name with capitals": ("profile", FAN.replace("running", "Running")),
    "a range of one": ("profile", FAN.replace("bool", "int, range: [1]")),
    "a state without a code": ("profile", FAN.replace("bool", "enum, values: {off: 0}")),
    "no metrics": ("profile", FAN.replace("\n  running: {type: bool}", " {}")),
    "a source that is a number": ("profile", FAN.replace('}"}', '}", values: {running: 5}}')),
    "an unknown key of a source": ("profile", FAN.replace('}"}', '}", values: {running: {pth: a}}}')),
    "an unknown type of bytes": ("profile", FAN.replace('}"}', '}", values: {running: {at: 0, type: u9}}}')),
    "a bit beyond 63": ("profile", FAN.replace('}"}', '}", values: {running: {path: a, bit: 64}}}')),
    "a map of lists": ("profile", FAN.replace('}"}', '}", values: {running: {path: a, map: {1: [true]}}}}')),
    "a condition on nothing": ("profile", FAN.replace('}"}', '}", when: {kind: }}')),
    "an unknown word of a condition": ("profile", FAN.replace('}"}', '}", when: {kind: {presnt: true}}}')),
    "hex of one digit": ("profile", FAN.replace('}"}', '}", format: bytes, starts_with: "f"}')),
    "a port outside LoRaWAN": ("profile", FAN.replace('}"}', '}", port: 5}')),
    "a topic of LoRaWAN": ("profile", FAN.replace('}"}', '}", format: lorawan}')),
    "no topic": ("profile", FAN.replace('topic: "site/{site}/fan/{device}"', "time: ts")),
    "a test without what is expected": ("tests", TEST.replace(", expect: {values: {running: true}}", "")),
    "a word that cannot be expected": ("tests", TEST.replace("{values: {running: true}}", "rejetced")),
    "an unknown key of what is expected": ("tests", TEST.replace("values:", "value:")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_rejected(case: str, tmp_path: Path) -> None:
    kind, text = REFUSED[case]

    assert complaints_of_text(kind, text, tmp_path) != []


# The loader and the schema agree --------------------------------------------------------------------------------------

Pairs = Mapping[str, st.SearchStrategy[Any]]

WORDS = st.sampled_from(["a", "ts", "data.level", "$.a", "0", "0f", "ON", "01 7F", "UTC", "site", "on", "level", ""])
SCALARS = st.one_of(WORDS, st.booleans(), st.integers(-1, 9), st.sampled_from([0.5, 2.0]))
LISTS = st.lists(SCALARS, max_size=3)
TEXTS = st.lists(WORDS, max_size=2)


def changed(bases: list[dict[str, Any]], changes: Pairs) -> st.SearchStrategy[dict[str, Any]]:
    """One of these, which are right, with some keys changed, which may be right too."""
    pairs = st.one_of(*(st.tuples(st.just(key), values) for key, values in changes.items()))
    return st.builds(lambda base, made: {**base, **dict(made)}, st.sampled_from(bases), st.lists(pairs, max_size=3))


SOURCES = st.one_of(
    WORDS,
    TEXTS,
    st.none(),
    changed(
        [{"path": "a"}, {"path": "a", "map": {"ON": True}}, {"path": "a", "equals": 1}, {"at": 0, "type": "u8"}],
        {
            "path": WORDS | TEXTS | st.none(),
            "at": st.integers(-2, 9) | st.none(),
            "type": st.sampled_from(["u8", "i16", "hex", "u9", None]),
            "size": st.integers(0, 4) | st.none(),
            "endian": st.sampled_from(["little", "big", None, "small"]),
            "bit": st.integers(0, 65),
            "bits": st.lists(st.integers(0, 4), max_size=3),
            "scale": st.sampled_from([0.1, -2, None]),
            "offset": st.sampled_from([0.1, -2, None]),
            "unit": WORDS | st.none(),
            "map": st.dictionaries(SCALARS, SCALARS, max_size=2) | st.none(),
            "otherwise": SCALARS | st.none(),
            "equals": SCALARS | LISTS | st.none(),
            "contains": SCALARS | LISTS | st.none(),
            "empty": LISTS,
            "sum": st.sampled_from([True, False, "yes", "off"]),
            "decimal": st.booleans(),
            "scale_by": WORDS | st.just({"path": "b", "map": {0: 1}}),
            "const": SCALARS | LISTS | st.none(),
            "absent": SCALARS | st.none(),
            "optional": st.booleans(),
            "unti": SCALARS,
        },
    ),
)
IN_BYTES = {"a": {"at": 0, "type": "u8"}}
CHANNELS = changed(
    [{"length": 1}, {"values": {"a": {"type": "u8"}}}],
    {"values": st.dictionaries(WORDS, SOURCES, max_size=1), "length": st.integers(-1, 4), "time": SOURCES},
)
MATCHES = changed(
    [{"at": 0, "type": "u8", "equals": 1}],
    {"at": st.integers(-1, 3), "type": st.sampled_from(["u8", "f32"]), "equals": SCALARS | LISTS, "bits": LISTS},
)
BINDINGS = changed(
    [
        {"topic": "a/{device}"},
        {"topic": "a", "device": "id", "values": {"a": "b"}},
        {"topic": "a/{device}", "format": "plain", "values": {"a": {}}},
        {"topic": "a/{device}", "format": "bytes", "values": IN_BYTES},
        {"topic": "a/{device}", "format": "bytes", "data": "d", "encoding": "hex", "values": IN_BYTES},
        {"format": "lorawan", "values": IN_BYTES},
        {"format": "lorawan", "channels": {"0175": {"length": 1}}},
        {"format": "sparkplug", "values": {"a": "b"}},
    ],
    {
        "topic": st.sampled_from(["a/{device}", "a", "a/+", None]),
        "format": st.sampled_from(["json", "plain", "bytes", "lorawan", "sparkplug", "xml"]),
        "when": st.dictionaries(WORDS, SCALARS | LISTS | st.just({"present": True}) | st.none(), max_size=2),
        "ignore": st.booleans() | st.just("yes"),
        "time": WORDS | TEXTS | st.just({"path": "a", "zone": "site"}) | st.just({"zone": "UTC"}) | st.none(),
        "readings": st.sampled_from(["data[]", "a.{channel}", "a..b", None]),
        "device": WORDS | TEXTS | st.none(),
        "channel": WORDS | TEXTS | st.none(),
        "values": st.dictionaries(WORDS, SOURCES, max_size=2) | st.none(),
        "encoding": st.sampled_from(["hex", "base64", "text"]),
        "data": WORDS | st.none(),
        "endian": st.sampled_from(["little", "big", "small"]),
        "port": st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2) | st.none(),
        "length": st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=3) | st.none(),
        "starts_with": WORDS | st.sampled_from(["??0f", None]),
        "matches": st.lists(MATCHES, max_size=1),
        "channels": st.dictionaries(WORDS, CHANNELS, max_size=1),
        "channel_length": st.sampled_from(["u8", "u32", None]),
        "unti": SCALARS,
    },
)
METRICS = changed(
    [{"type": "bool"}, {"type": "float", "unit": "m"}, {"type": "enum", "values": {0: "a"}}, {"type": "string"}],
    {
        "unit": WORDS,
        "range": st.lists(st.sampled_from([0, 1, 2.5]), min_size=1, max_size=3) | st.none(),
        "values": st.dictionaries(st.integers(-1, 3), WORDS, max_size=2) | st.none(),
        "default": SCALARS | st.none(),
        "title": st.sampled_from([{"en": "A"}, {"en": "A", "zh": None}, {"zh": "甲"}, "A", None]),
    },
)
TESTS = changed(
    [
        {"name": "a", "topic": "a", "payload": "b", "expect": "rejected"},
        {"name": "a", "bytes": "0f", "expect": {"values": {"a": 1}}},
    ],
    {
        "name": WORDS,
        "source": WORDS,
        "dialect": WORDS | st.none(),
        "topic": WORDS | st.none(),
        "payload": WORDS | st.none(),
        "json": SCALARS | LISTS | st.dictionaries(WORDS, SCALARS, max_size=1) | st.none(),
        "payload_hex": WORDS | st.none(),
        "bytes": WORDS | st.none(),
        "port": st.integers(0, 9),
        "expect": st.sampled_from(
            ["ignored", "taken", {"values": {"a": 1}, "device": None}, [{"values": {"a": True}, "rejected": ["b"]}], {}]
        ),
    },
)


def takes(model: type[BaseModel], value: object) -> bool:
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


def profile_with(binding: dict[str, Any], metric: dict[str, Any]) -> dict[str, Any]:
    return {"profile": "a", "title": {"en": "A"}, "metrics": {"a": metric}, "messages": [binding]}


@settings(max_examples=300)
@given(BINDINGS, METRICS)
def test_the_schema_takes_every_profile_that_the_loader_takes(binding: dict[str, Any], metric: dict[str, Any]) -> None:
    for profile in (profile_with(binding, {"type": "bool"}), profile_with({"topic": "a/{device}"}, metric)):
        if takes(Profile, profile):
            assert complaints("profile", profile) == []


@settings(max_examples=300)
@given(SOURCES, st.sampled_from([{"topic": "a/{device}"}, {"format": "lorawan"}, {"format": "sparkplug"}]))
def test_the_schema_takes_every_source_that_the_loader_takes(source: object, binding: dict[str, Any]) -> None:
    profile = profile_with({**binding, "values": {"a": source}}, {"type": "bool"})
    if takes(Profile, profile):
        assert complaints("profile", profile) == []


@given(TESTS)
def test_the_schema_takes_every_test_that_the_loader_takes(test: dict[str, Any]) -> None:
    if takes(PayloadTest, test):
        assert complaints("tests", {"profile": "a", "tests": [test]}) == []


HISTORY: dict[str, Any] = {
    "name": "dry",
    "devices": {"p1": "booster_pump", "p2": {"profile": "booster_pump", "role": "standby"}},
    "series": {"p1.running": True, "p1.flow": "0.2 x10"},
    "messages": [{"at": "1s", "topic": "a", "json": {"b": 1}, "again": 1}],
    "do": [
        {"at": "2s", "restart": {"for": "5s", "kill": True}},
        {"at": "3s", "clock": "-1h"},
        {"at": "4s", "cut": "1s"},
    ],
    "expect": [{"at": "9s", "alarms": [], "tickets": ["P1 pump-dry-run/p1"]}],
}


def test_the_schema_takes_tests_of_rules_as_well() -> None:
    assert complaints("tests", {"defaults": {"every": "1m"}, "tests": [HISTORY]}) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"serie": {}},
        {"devices": {"p1": {"id": "p1", "profile": "booster_pump"}}},
        {"devices": {"p1": {"role": "duty"}}},
        {"do": [{"at": "2s"}]},
        {"do": [{"at": "2s", "cut": "5s", "clock": "1h"}]},
        {"do": [{"at": "2s", "clock": "back"}]},
        {"start": "noon"},
        {"expect": []},
        {"expect": [{"alarms": []}]},
        {"expect": [{"at": "9s", "alarms": None}]},
    ],
)
def test_the_schema_marks_a_mistake_in_a_test_of_rules_and_the_loader_too(changed: dict[str, Any]) -> None:
    assert takes(HistorySpec, HISTORY)
    assert not takes(HistorySpec, HISTORY | changed)
    assert complaints("tests", {"tests": [HISTORY | changed]}) != []


@pytest.mark.parametrize(
    ("expected", "is_right"),
    [
        ({"alarms": ["fire/zone:east unacknowledged critical"]}, True),
        ({"alarms": ["fire/s1 unacknowleged"]}, False),
        ({"alarms": ["fire/s1"]}, False),
        ({"tickets": ["P1", "P2 fire/s1"]}, True),
        ({"tickets": ["P7"]}, False),
        ({"events": ["fire/s1 raised", "fire/s1 fell warning"]}, True),
        ({"events": ["fire/s1 unacknowledged"]}, False),
    ],
)
def test_the_schema_knows_the_words_for_alarms_tickets_and_events(expected: dict[str, Any], is_right: bool) -> None:
    test = HISTORY | {"expect": [{"at": "9s", **expected}]}

    assert (complaints("tests", {"tests": [test]}) == []) is is_right


def test_the_schema_complains_of_the_kind_of_test_that_is_meant() -> None:
    of_rules = complaints("tests", {"tests": [{key: each for key, each in HISTORY.items() if key != "name"}]})
    of_profile = complaints("tests", {"profile": "fan", "tests": [{"name": "x", "topic": "a", "json": 1}]})

    assert of_rules == ["$.tests[0]: 'name' is a required property"]
    assert of_profile == ["$.tests[0]: 'expect' is a required property"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("profile", FAN.replace("bool", 'int, range: ["0", "10"]')),
        ("profile", FAN.replace('}"}', '}", format: bytes, values: {running: {at: "0", type: u8, equals: 1}}}')),
    ],
)
def test_only_numbers_in_quotes_are_taken_by_the_loader_alone(kind: str, text: str, tmp_path: Path) -> None:
    """The loader is lenient there; an editor that marks them helps."""
    assert complaints_of_text(kind, text, tmp_path) != []
    document, _ = read_document(tmp_path / "file.yaml")
    assert document is not None
    assert takes(Profile, document.root)
