"""What the shipped profiles say of time: which metrics are events, and who puts a stamp on."""

from __future__ import annotations

import pytest

from gateway.core.configuration import Configuration
from gateway.core.profiles.bindings import Binding
from gateway.site_files import load_configuration
from tests.unit.shipped_profiles import PROFILES
from tests.unit.site_files import write

BINDINGS: list[tuple[str, Binding]] = [
    (f"{profile.profile}/{dialect}" if dialect else profile.profile, binding)
    for profile in PROFILES.values()
    for dialect in (None, *profile.dialects)
    for binding in profile.bindings(dialect)
]
OF_ZIGBEE = (
    *("access_door", "distribution_panel", "flood_sensor", "gas_detector", "heat_detector", "manual_call_point"),
    *("power_meter", "smoke_detector", "temperature_humidity", "water_leak", "water_tank_level"),
)
ZIGBEE = {*(f"{profile}/zigbee2mqtt" for profile in OF_ZIGBEE), "water_tank_level/zigbee2mqtt_centimetres"}
STAMPED_BY_SERVERS = {
    *("access_door/shelly_blu", "access_door/shelly_gen2", "patrol_phone/traccar", "temperature_humidity/rtl_433"),
    *ZIGBEE,
}
"""Bridges, receivers and platforms, besides the network servers of LoRaWAN."""

EVENTS = {
    "access_door": {"card_number", "doorbell", "duress", "last_event", "method", "reason", "uid", "user", "user_number"}
    | {"vibration"},
    "camera_event": {"event", "event_id", "has_clip", "has_snapshot", "label", "plate", "score", "stationary"}
    | {"sub_label", "top_score", "zones"},
    "elevator": {"fault_event"},
    "fire_panel": {"operated_alarm", "operated_cancel", "operated_confirm", "operated_duty_reply", "operated_reset"}
    | {"operated_self_check", "operated_silence", "operated_test", "operator"},
    "nfc_reader": {"card_number", "guard", "tag_data", "tag_type", "uid"},
    "patrol_phone": {"code", "region", "region_event", "sos", "uid"},
    "smoke_detector": {"occasion"},
}
"""By profile. A state must not be among them: nobody would believe it of a device that retains its messages."""

ACTS = {
    "door-duress": {"duress"},
    "elevator-alarm-button-event": {"fault_event"},
    "elevator-dangerous-event": {"fault_event"},
    "elevator-entrapment-event": {"fault_event"},
    "guard-sos": {"sos"},
    "panel-alarm-raised-by-hand": {"operated_alarm"},
    "panel-signal-during-test": {"operated_alarm"},
}
"""The rules of danger to life that read events: what somebody did, at a moment, or what a platform of lifts reports
without an end; the states of the same lift are watched by rules of their own."""


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    devices = "".join(f"  - {{id: {name}, profile: {name}}}\n" for name in PROFILES)
    text = f"site: {{id: test, name: {{en: Test}}}}\ndevices:\n{devices}"
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": text}))


def test_stamps_of_bridges_receivers_and_platforms_are_a_servers() -> None:
    found = {name for name, binding in BINDINGS if binding.is_stamped_by_server and binding.format != "lorawan"}

    assert found == STAMPED_BY_SERVERS


def test_a_last_seen_is_always_a_servers() -> None:
    stamps = [
        (name, binding.is_stamped_by_server)
        for name, binding in BINDINGS
        if binding.time is not None and "last_seen" in binding.time.path
    ]

    assert {name for name, _ in stamps} == ZIGBEE
    assert all(by_server for _, by_server in stamps)


def test_the_events_of_the_shipped_profiles_are_acts_scans_and_sightings() -> None:
    found = {
        name: {metric for metric, spec in profile.metrics.items() if spec.is_event}
        for name, profile in PROFILES.items()
    }

    assert {name: metrics for name, metrics in found.items() if metrics} == EVENTS


def test_danger_to_life_is_read_from_states_except_for_what_somebody_does(configuration: Configuration) -> None:
    found = {
        rule.id: events
        for rule in configuration.rules
        if rule.spec.life_safety and (events := rule.metrics & EVENTS.get(str(rule.spec.applies_to.name), set()))
    }

    assert found == ACTS


def test_a_presence_has_no_stamp_so_that_a_retained_one_is_of_now() -> None:
    stamped = {
        name
        for name, binding in BINDINGS
        if binding.time is not None
        and (source := (binding.values or {}).get("online")) is not None
        and source.const is None
    }

    assert stamped == {"patrol_phone/traccar"}  # a platform, which retains nothing
