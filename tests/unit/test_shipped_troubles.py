"""Whatever a device of a shipped profile says of a life-safety metric is a value, or leads to an alarm or a trouble."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import DAY, MILLISECOND, SECOND, Micros
from gateway.core.profiles.profile import Metric
from gateway.core.rules.trouble import TROUBLE
from gateway.core.telemetry.decoding.checks import check_of
from gateway.core.telemetry.quarantine import Rejected
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from tests.unit.core.sites import Seen
from tests.unit.site_files import write
from tests.unit.test_shipped_rules import SITE

START: Micros = 20_000 * DAY


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


SCALARS = st.one_of(
    st.booleans(), st.integers(), st.integers(-300, 300), st.floats(), st.floats(-300, 300), st.text(), st.just("inf")
)
WORDS = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=3), SCALARS, max_size=2))


def told(configuration: Configuration, device: str, payloads: list[bytes], wait: Micros) -> set[str]:
    """The rules whose alarms rise when a device sends these, one after the other."""
    engine = Engine(configuration, parts.makers(), now=START)
    steps = [Seen(engine.set_hearing(START))]
    for index, payload in enumerate(payloads):
        now = START + (index + 1) * MILLISECOND
        steps.append(Seen(engine.step([Message(f"site/test/{device}/{device}/telemetry", payload, now)])))
    steps.append(Seen(engine.tick(START + len(payloads) * MILLISECOND + wait)))
    return {alarm.rule for seen in steps for alarm in seen.alarms}


def is_value(name: str, metric: Metric, word: object) -> bool:
    return not isinstance(check_of(name, metric)(word), Rejected)


def test_the_shipped_rules_read_life_safety_metrics_of_these_profiles(configuration: Configuration) -> None:
    assert configuration.troubles.keys() == {
        *("access_door", "battery_ups", "elevator", "escalator", "fire_panel", "fire_pump", "flood_sensor"),
        *("gas_detector", "heat_detector", "manual_call_point", "patrol_phone", "smoke_detector"),
    }


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_word_on_a_life_safety_metric_is_a_value_or_a_trouble(configuration: Configuration, data: Any) -> None:  # noqa: ANN401
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

    assert told(configuration, device, [payload], 120 * SECOND) >= {rule, TROUBLE}
