"""Delays with samples that are missing or cannot be used, and the state between two limits."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.rules.rule import RuleSpec
from tests.unit.core.sites import Bench, checkpoint_after, rule_spec, told


@pytest.mark.parametrize("gap", [b'{"starts": 3}', b'{"pressure": null}', b'{"pressure": NaN}'])
def test_a_missing_or_unusable_sample_within_a_delay_neither_triggers_nor_cancels(gap: bytes) -> None:
    fields: dict[str, Any] = {"for": "60s"}
    bench = Bench(rule_spec(**fields))
    bench.pump(0, pressure=0.01)
    assert told(bench.send(30, "site/s1/pump/p1/telemetry", gap), bench.tick(59)) == []
    assert told(bench.tick(60)) == ["raise unacknowledged"]


def test_between_the_limits_the_state_is_held_over_a_restart_and_without_a_value() -> None:
    rule = rule_spec(when="pressure < 0.1", clear_when="pressure > 0.4")
    bench = Bench(rule)
    history = [bench.beginning, bench.hearing, bench.pump(0, pressure=0.05), bench.pump(10, pressure=0.2)]
    assert told(*history) == ["raise unacknowledged"]

    after = Bench(rule, checkpoint=checkpoint_after(*history), start_s=20)
    assert told(after.pump(30, starts=1), after.pump(40, pressure=0.3), after.tick(1_000)) == []
    assert told(after.pump(2_000, pressure=0.5)) == ["return returned"]


def test_a_state_is_held_over_a_dropout_as_a_limit_is() -> None:
    rule = rule_spec(when='mode == "hand"', clear_when='mode == "automatic" && running')
    bench = Bench(rule)
    history = [bench.beginning, bench.hearing, bench.pump(0, mode=0, running=False), bench.pump(10, mode=1)]
    assert told(*history) == ["raise unacknowledged"]

    after = Bench(rule, checkpoint=checkpoint_after(*history), start_s=20)
    assert told(after.pump(30, pressure=0.5), after.tick(1_000)) == []
    assert told(after.pump(2_000, running=True)) == ["return returned"]


def test_each_level_honours_its_own_off_delay_when_the_value_falls() -> None:
    levels = [
        {"severity": severity, "when": f"pressure > {limit}", "clear_for": wait}
        for severity, limit, wait in (("info", 0.5, "50s"), ("warning", 1.0, "20s"), ("critical", 1.5, "5s"))
    ]
    fields = {"id": "pressure", "applies_to": {"profile": "pump"}, "title": {"en": "Pressure"}, "levels": levels}
    bench = Bench(RuleSpec.model_validate(fields))
    bench.pump(0, pressure=2.0)
    seen: dict[int, list[tuple[str, str]]] = {}
    bench.pump(100, pressure=0.1)
    for second in range(101, 160):
        if records := bench.tick(second).alarms:
            seen[second - 100] = [(record.state.value, record.severity) for record in records]
    assert seen == {
        5: [("unacknowledged", "warning")],
        20: [("unacknowledged", "info")],
        50: [("returned", "info")],
    }


def test_what_was_never_breached_is_not_told_between_the_limits_after_a_restart() -> None:
    rule = rule_spec(when="pressure < 0.1", clear_when="pressure > 0.4")
    bench = Bench(rule)
    history = [bench.beginning, bench.hearing, bench.pump(0, pressure=0.2)]
    after = Bench(rule, checkpoint=checkpoint_after(*history), start_s=20)
    assert told(*history, after.pump(30, pressure=0.2), after.tick(1_000)) == []
