"""Each shipped product that may be expected to send can be heard: none is told as silent while it works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway import parts
from gateway.core.devices.presence import Presences
from gateway.core.devices.watched import Presence
from gateway.core.engine import Engine
from gateway.core.kernel.times import MINUTE, SECOND, Micros
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.metric import AVAILABILITY
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from tests.unit.shipped_profiles import PROFILES
from tests.unit.site_files import write

PRODUCTS = [(profile, dialect) for profile in PROFILES.values() for dialect in (None, *profile.dialects)]
NOON: Micros = 1_800_000_000 * SECOND

HEARTBEATS = {
    "access_door/esp_rfid": "door1/send",
    "access_door/esp_rfid_shared": "doors/send",
    "nfc_reader/esp_rfid": "door1/send",
    "nfc_reader/esp_rfid_shared": "doors/send",
}
"""The products that say regularly nothing but that they are there, each with the topic of that."""


def metrics_of(binding: Binding, profile: Profile) -> set[str]:
    """The metrics that messages of a binding can have."""
    if binding.ignore:
        return set()
    parts_of = [binding.values, *(channel.values for channel in binding.channels.values())]
    if binding.records is not None:
        parts_of.append(binding.records.values)
    named = {name for values in parts_of for name in values or ()}
    return named or {*profile.metrics}


@pytest.mark.parametrize(("profile", "dialect"), PRODUCTS)
def test_a_product_that_is_expected_to_send_has_a_state_to_send_or_a_heartbeat(
    profile: Profile, dialect: str | None
) -> None:
    every = profile.expect_every if dialect is None else profile.dialects[dialect].expect_every
    events = {name for name, metric in profile.metrics.items() if metric.is_event}
    sent = {name for binding in profile.bindings(dialect) for name in metrics_of(binding, profile)}
    assert every is None or profile.has_heartbeat(dialect) or sent - events - {AVAILABILITY}


def test_the_products_with_a_heartbeat_are_known() -> None:
    found = {f"{profile.profile}/{dialect}" for profile, dialect in PRODUCTS if profile.has_heartbeat(dialect)}
    assert found == HEARTBEATS.keys()


def engine_of(product: str, directory: Path) -> Engine:
    """A site with one device of the product, which is expected every three minutes, as it sends heartbeats."""
    profile, dialect = product.split("/")
    device = f"{{id: d1, profile: {profile}, dialect: {dialect}, address: door1, expect_every: 3m}}"
    site = write(directory, {"site.yaml": f"site: {{id: s1, name: {{en: Site}}}}\ndevices: [{device}]\n"})
    engine = Engine(load_configuration(site), parts.makers(), now=NOON)
    engine.set_hearing(NOON)
    return engine


def wait(engine: Engine, until: Micros) -> None:
    while (due := engine.next_due()) is not None and due <= until:
        engine.tick(due)


def beat(engine: Engine, topic: str, now: Micros) -> None:
    content = {"type": "heartbeat", "time": now // SECOND, "uptime": 999, "hostname": "door1"}
    engine.step([Message(topic, json.dumps(content).encode(), now)])


@pytest.mark.parametrize(("product", "topic"), HEARTBEATS.items())
def test_a_product_that_sends_only_heartbeats_is_heard_until_it_stops(product: str, topic: str, tmp_path: Path) -> None:
    engine = engine_of(product, tmp_path)
    presence = engine.part(Presences)
    last = NOON
    for last in range(NOON + 3 * MINUTE, NOON + 60 * MINUTE, 3 * MINUTE):
        wait(engine, last)
        beat(engine, topic, last)
        assert presence.find("d1").state is Presence.HEARD
    wait(engine, last + 9 * MINUTE - SECOND)
    assert presence.find("d1").state is Presence.HEARD
    wait(engine, last + 9 * MINUTE + 5 * SECOND)
    assert presence.find("d1").state is Presence.SILENT
    beat(engine, topic, last + 10 * MINUTE)
    assert presence.find("d1").state is Presence.HEARD


def test_its_last_will_and_a_retained_word_are_no_heartbeat(tmp_path: Path) -> None:
    engine = engine_of("access_door/esp_rfid", tmp_path)
    for minute in range(3, 12, 3):
        now = NOON + minute * MINUTE
        wait(engine, now)
        engine.step([Message("door1/avty", b"offline", now)])
        engine.step([Message("door1/avty", b"online", now, retained=True)])
    wait(engine, NOON + 13 * MINUTE)
    assert engine.part(Presences).find("d1").state is Presence.SILENT
