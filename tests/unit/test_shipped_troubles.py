"""Whatever a device of a shipped profile says of a life-safety metric is a value, or leads to an alarm or a trouble."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import DAY, MILLISECOND, SECOND, Micros
from gateway.core.profiles.metric import Metric
from gateway.core.rules.trouble import TROUBLE
from gateway.core.telemetry.decoding.checks import check_of
from gateway.core.telemetry.quarantine import Rejected
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from tests.unit.core.sites import Seen
from tests.unit.site_files import only, write
from tests.unit.test_profile_payloads import DIALECTS, NOW, Dialect, cases_of, name_of, site_of
from tests.unit.test_shipped_rules import SITE

START: Micros = 20_000 * DAY
APART = 5 * SECOND
"""What comes sooner is the same reading, said again."""
SAFETY_PROFILES = {
    *("access_door", "battery_ups", "elevator", "escalator", "fire_panel", "fire_pump", "flood_sensor"),
    *("gas_detector", "heat_detector", "manual_call_point", "patrol_phone", "smoke_detector", "weather_warning"),
}


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


SCALARS = st.one_of(
    st.booleans(), st.integers(), st.integers(-300, 300), st.floats(), st.floats(-300, 300), st.text(), st.just("inf")
)
WORDS = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=3), SCALARS, max_size=2))


def told(configuration: Configuration, device: str, payloads: list[bytes], wait: Micros) -> set[str]:
    """The rules whose alarms rise when a device sends these, one after the other."""
    engine = Engine(only(configuration, device), parts.makers(), now=START)
    steps = [Seen(engine.set_hearing(START))]
    for index, payload in enumerate(payloads):
        now = START + index * APART + MILLISECOND
        steps.append(Seen(engine.step([Message(f"site/test/{device}/{device}/telemetry", payload, now)])))
    steps.append(Seen(engine.tick(START + (len(payloads) - 1) * APART + MILLISECOND + wait)))
    return {alarm.rule for seen in steps for alarm in seen.alarms}


def is_value(name: str, metric: Metric, word: object) -> bool:
    return not isinstance(check_of(name, metric)(word), Rejected)


def test_the_shipped_rules_read_life_safety_metrics_of_these_profiles(configuration: Configuration) -> None:
    assert configuration.troubles.keys() == SAFETY_PROFILES


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_word_on_a_life_safety_metric_is_a_value_or_a_trouble(
    configuration: Configuration, data: st.DataObject
) -> None:
    device = data.draw(st.sampled_from(sorted(configuration.troubles)))
    rule = configuration.troubles[device]
    name = data.draw(st.sampled_from(sorted(rule.metrics)))
    word = data.draw(WORDS)
    metric = configuration.profiles[device].metrics[name]

    alarms = told(configuration, device, [json.dumps({name: word}).encode()], 10 * SECOND)

    assert (TROUBLE in alarms) is not is_value(name, metric, word)


def test_null_is_no_trouble_of_any_metric(configuration: Configuration) -> None:
    for device, rule in configuration.troubles.items():
        payload = json.dumps(dict.fromkeys(rule.metrics)).encode()
        assert told(configuration, device, [payload], DAY) == set()


@pytest.mark.parametrize("payload", [b"garbage", b'{"ts": 1, ', b"\xff", b"[]"])
def test_a_native_message_that_cannot_be_read_is_trouble(configuration: Configuration, payload: bytes) -> None:
    for device in configuration.troubles:
        assert told(configuration, device, [payload], 10 * SECOND) == {TROUBLE}


@pytest.mark.parametrize("beyond", ["1e12", "1e999", "inf"])
@pytest.mark.parametrize(
    ("device", "metric", "rule"),
    [
        ("smoke_detector", "obscuration", "smoke-rising"),
        ("gas_detector", "gas_concentration", "gas-rising"),
        ("gas_detector", "co", "gas-carbon-monoxide-dangerous"),
        ("heat_detector", "temperature", "heat-high"),
        ("flood_sensor", "level", "flood-danger"),
        ("battery_ups", "battery_temperature", "ups-battery-burning"),
        ("elevator", "speed", "elevator-overspeed"),
    ],
)
def test_beyond_the_range_the_alarm_of_the_danger_rises_and_trouble(
    configuration: Configuration, device: str, metric: str, rule: str, beyond: str
) -> None:
    payload = f'{{"{metric}": {beyond}}}'.encode()

    assert told(configuration, device, [payload, payload], 120 * SECOND) >= {rule, TROUBLE}


# What real products send -------------------------------------------------------------------------------------------


def engine_of(configuration: Configuration, dialect: Dialect) -> Engine:
    """Devices of the dialect, with the shipped rules."""
    rules = tuple(rule for rule in configuration.rules if rule.spec.applies_to.name == dialect[0])
    files = site_of(dialect)
    header = files.site.header.model_copy(update={"id": "riverside"})  # as in the topics of the tests
    site = replace(files.site, header=header)
    engine = Engine(replace(files, site=site, rules=rules), parts.makers(), now=NOW)
    engine.set_hearing(NOW)
    return engine


def damaged(payload: bytes, chance: random.Random) -> bytes:
    """The payload with something else in the place of a few bytes."""
    for _ in range(chance.randint(1, 3)):
        first, last = sorted(chance.randrange(len(payload) + 1) for _ in range(2))
        payload = payload[:first] + chance.choice(DAMAGE) + payload[last:]
    return payload


DAMAGE = [b"", b"\0", b"nan", b"{", b'"x"', b"\xff", b"1e999", b"null", b"[", b"9"]
SAFETY_DIALECTS = pytest.mark.parametrize(
    "dialect", [dialect for dialect in DIALECTS if dialect[0] in SAFETY_PROFILES], ids=name_of
)


@SAFETY_DIALECTS
def test_no_payload_of_a_product_is_trouble_but_for_values_that_are_rejected(
    configuration: Configuration, dialect: Dialect
) -> None:
    metrics = configuration.troubles[dialect[0]].metrics
    for test in cases_of(dialect[0]):
        if test.dialect != dialect[1] or isinstance(test.expect, str) or test.devices:
            continue  # with `devices`, what is rejected is of a device that the site does not have
        rejected = {name for each in test.expect for name in each.rejected}
        for topic, payload in test.messages():
            engine = engine_of(configuration, dialect)
            message = Message(topic, payload, NOW, retained=test.retained)
            steps = [Seen(engine.step([message])), Seen(engine.tick(NOW + 10 * SECOND))]
            details = [alarm.detail for seen in steps for alarm in seen.alarms if alarm.rule == TROUBLE]
            assert bool(details) is not rejected.isdisjoint({*metrics, "message"}), (test.name, details)


@SAFETY_DIALECTS
def test_no_damage_of_a_payload_stops_the_engine(configuration: Configuration, dialect: Dialect) -> None:
    engine, chance, now = engine_of(configuration, dialect), random.Random(7), NOW
    for test in cases_of(dialect[0]):
        for topic, payload in test.messages() if test.dialect == dialect[1] else ():
            for _ in range(20):
                now += SECOND
                engine.step([Message(topic, damaged(payload, chance), now)])
                engine.tick(now)


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"type": 1, "objects": [{"status": 70000}]}, {"type": 1, "objects": [{"status": 1}]}),
        ({"type": 1, "objects": [{"status": "x"}]}, {"type": 1, "objects": [{"status": 1}]}),
        ({"type": 4, "objects": [{"operation": "x"}]}, {"type": 4, "objects": [{"operation": 2}]}),
    ],
)
def test_the_next_message_that_can_be_read_ends_the_trouble_of_a_fire_panel(
    configuration: Configuration, bad: object, good: object
) -> None:
    engine = engine_of(configuration, ("fire_panel", "gbt26875"))
    topic = "gbt26875/T1/up"
    first = Seen(engine.step([Message(topic, json.dumps(bad).encode(), NOW)]))
    assert [reading.device for reading in first.readings] or first.rejections

    engine.step([Message(topic, json.dumps(good).encode(), NOW + SECOND)])

    assert [each.rule for each in Seen(engine.tick(NOW + 15 * SECOND)).alarms] == []


def test_a_fire_at_an_unlisted_component_is_told_until_the_panel_is_reset(configuration: Configuration) -> None:
    engine = engine_of(configuration, ("fire_panel", "gbt26875"))

    def states(seconds: int, kind: int, **said: object) -> list[str]:
        """What becomes of the alarm when the transmitter says this, and within two minutes."""
        message = {"type": kind, "objects": [{"systemType": 1, "systemAddress": 1, **said}]}
        step = engine.step([Message("gbt26875/T1/up", json.dumps(message).encode(), NOW + seconds * SECOND)])
        seen = [Seen(step), Seen(engine.tick(NOW + (seconds + 120) * SECOND))]
        return [alarm.state for each in seen for alarm in each.alarms if alarm.rule == "panel-fire"]

    assert states(0, 2, componentAddress="99.9", status=3) == ["unacknowledged"]
    assert states(200, 2, componentAddress="99.9", status=1) == []
    assert states(400, 1, systemType=2, systemAddress=2, status=1) == []
    assert states(600, 4, operation=2) == []
    assert states(800, 4, operation=1) == ["returned"]
