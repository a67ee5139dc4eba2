"""The shipped profiles and rules as files: they load, and speak both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import pytest

from gateway.authoring.trial import try_dialect
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import SECOND
from gateway.core.kernel.urgency import Severity
from gateway.core.profiles.bindings import Source
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.texts import meaning
from gateway.site_files import Gravity, check_site, load_configuration, load_profiles, shipped_files
from gateway.site_files.review import review_site
from tests.unit.site_files import write

SITE = (
    "site: {id: test, name: {en: Test}}\nlocations: [{id: hall, name: {en: Hall}, kind: room, zone: east}]\ndevices:\n"
) + "".join(
    f"  - {{id: {file.stem}, profile: {file.stem}, location: hall}}\n" for file in shipped_files("device_profiles")
)


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


def test_the_shipped_files_have_no_problems(tmp_path: Path) -> None:
    assert check_site(write(tmp_path, {"site.yaml": SITE})) == []


def test_the_shipped_rules_and_profiles_give_no_warning(tmp_path: Path) -> None:
    found = review_site(write(tmp_path, {"site.yaml": SITE})).problems

    assert [each for each in found if "nobody has set" not in each.what] == []


def test_a_product_that_lacks_a_value_of_its_profile_gets_notes_and_no_warnings(tmp_path: Path) -> None:
    rows = [
        f"  - {{id: d{index}, profile: {profile}, dialect: {dialect}, location: hall, "
        f"{address_of(spec, dialect, index)}}}\n"
        for index, (profile, dialect, spec) in enumerate(
            (name, dialect, spec) for name, spec in load_profiles().items() for dialect in spec.dialects
        )
    ]
    places = "locations: [{id: hall, zone: hall}]\n"
    text = "site: {id: test, name: {en: Test}}\n" + places + "devices:\n" + "".join(rows)
    found = review_site(write(tmp_path, {"site.yaml": text})).problems

    assert [str(each) for each in found if each.gravity is not Gravity.NOTE] == []
    assert found
    assert [str(each) for each in found if "never ends" in each.what] == []


def address_of(profile: Profile, dialect: str, index: int) -> str:
    """An address as the dialect's network has it, and the attribute that computed levels need."""
    formats = {binding.format for binding in profile.bindings(dialect)}
    height = ", attributes: {sensor_height: 3}" if "sensor_height" in profile.attributes else ""
    address = (
        f"{index:016x}" if formats == {"lorawan"} else f"g/e/d{index}" if formats == {"sparkplug"} else f"d{index}"
    )
    return f'address: "{address}"{height}'


def test_each_profile_stands_in_a_file_of_its_name(configuration: Configuration) -> None:
    assert sorted(configuration.profiles) == [file.stem for file in shipped_files("device_profiles")]


def test_every_text_that_people_read_is_there_in_chinese_too(configuration: Configuration) -> None:
    texts = [(f"profile {name}", profile.title) for name, profile in configuration.profiles.items()]
    for name, profile in configuration.profiles.items():
        texts += [(f"{name}.{metric}", each.title) for metric, each in profile.metrics.items() if each.title]
        assert all(metric.title for metric in profile.metrics.values()), name
        texts += [(f"{name}/{dialect}", each.title) for dialect, each in profile.dialects.items() if each.title]
        assert all(each.title for each in profile.dialects.values()), name
    for rule in configuration.rules:
        texts.append((f"title of {rule.id}", rule.spec.title))
        assert rule.spec.guidance is not None, rule.id
        texts.append((f"guidance of {rule.id}", rule.spec.guidance))

    assert [where for where, text in texts if not text.zh] == []


def test_danger_to_life_is_critical_and_answered_first(configuration: Configuration) -> None:
    for rule in configuration.rules:
        if rule.spec.life_safety:
            assert rule.spec.severity is Severity.CRITICAL, rule.id
            assert rule.spec.ticket is None or rule.spec.ticket.priority == "P1", rule.id


def _presences(profiles: Mapping[str, Profile]) -> dict[tuple[str, str, str], dict[str, list[Source]]]:
    """How the profiles read whether a device is online: by dialect, topic and format, the sources of each profile."""
    found: dict[tuple[str, str, str], dict[str, list[Source]]] = {}
    for name, profile in profiles.items():
        for dialect, spec in profile.dialects.items():
            for binding in spec.messages:
                source = (binding.values or {}).get("online")
                if source is not None:
                    found.setdefault((dialect, str(binding.topic), binding.format), {}).setdefault(name, []).append(
                        source
                    )
    return found


def test_profiles_of_one_product_family_read_its_presence_alike(configuration: Configuration) -> None:
    shared = {key: each for key, each in _presences(configuration.profiles).items() if len(each) > 1}
    differing = [key for key, each in shared.items() if len({repr(sources) for sources in each.values()}) > 1]

    assert {dialect for dialect, _, _ in shared} >= {"zigbee2mqtt", "tasmota", "shelly_gen1", "shelly_gen2", "esphome"}
    assert differing == []


PRESENCES = {
    "zigbee2mqtt": ("zigbee2mqtt/{}/availability", '{"state":"online"}', '{"state":"offline"}'),
    "tasmota": ("tele/{}/LWT", "Online", "Offline"),
    "shelly_gen1": ("shellies/{}/online", "true", "false"),
    "shelly_gen2": ("{}/online", "true", "false"),
    "esphome": ("{}/status", "online", "offline"),
    "homie": ("homie/{}/$state", "ready", "lost"),
}
"""The topic of a family, and what a device that is there and one that is not says on it."""

ASLEEP = {("access_door", "shelly_gen1"), ("flood_sensor", "shelly_gen2"), ("water_leak", "shelly_gen2")}
"""Devices that sleep: that they are not connected says nothing of them."""


def _spellings(text: str) -> list[str]:
    """The payload as other versions, bridges and people write it."""
    variants = [text, f" {text}\n", f"\t{text} "]
    if text.startswith("{"):
        bare = text.split('"')[3]
        variants += [text.replace(":", ": "), text.replace("{", "{ ").replace(":", " : "), *_spellings(bare)]
        return [*variants, text.replace("}", ',"since":1790000000}')]
    return [*variants, text.upper(), text.lower(), text.capitalize(), f'"{text}"', f' "{text}" ']


def _dialects_with(dialect: str, profiles: Mapping[str, Profile]) -> Iterator[Profile]:
    for name, profile in profiles.items():
        if "online" in profile.metrics and dialect in profile.dialects and (name, dialect) not in ASLEEP:
            yield profile


@pytest.mark.parametrize("dialect", PRESENCES)
def test_presence_is_read_in_every_spelling(dialect: str, configuration: Configuration) -> None:
    topic, there, gone = PRESENCES[dialect]
    told = [(text, True) for text in _spellings(there)] + [(text, False) for text in _spellings(gone)]
    profiles = list(_dialects_with(dialect, configuration.profiles))

    assert len(profiles) > 1
    for profile in profiles:
        name = topic.format("device-1") if profile.profile != "edge_box" else "device-1/bridge/state"
        for text, online in told:
            trial = try_dialect(profile, dialect, name, text.encode(), now=SECOND)

            assert trial is not None, f"{profile.profile}/{dialect} does not hear {name}"
            values = [reading.values for reading in trial.readings]
            assert values == [{"online": online}], f"{profile.profile}/{dialect}, {name}: {text!r} is {trial}"


def _repeated(source: Source) -> Iterator[str]:
    """The keys of a source that name a value in several spellings, where one is enough."""
    table = source.map or {}
    for one, other in combinations(table, 2):
        if meaning(one) == meaning(other) and table[one] == table[other]:
            yield f"map: {one!r} and {other!r}"
    for key in ("empty", "equals", "contains", "words"):
        for one, other in combinations(getattr(source, key) or (), 2):
            if meaning(one) == meaning(other):
                yield f"{key}: {one!r} and {other!r}"


def test_no_source_names_a_value_in_two_spellings(configuration: Configuration) -> None:
    repeated = [
        f"{name}/{dialect}, {binding.topic}, {metric}: {words}"
        for name, profile in configuration.profiles.items()
        for dialect, spec in profile.dialects.items()
        for binding in spec.messages
        for metric, source in (binding.values or {}).items()
        for words in _repeated(source)
    ]

    assert repeated == []
    assert list(_repeated(Source(map={"ON": True, "on": True, 1: True}, empty=("", " ")))) == [
        "map: 'ON' and 'on'",
        "empty: '' and ' '",
    ]
