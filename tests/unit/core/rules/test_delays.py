"""Delays with samples that are missing or cannot be used, and the state between two limits."""

from __future__ import annotations

from typing import Any

import pytest

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


def test_what_was_never_breached_is_not_told_between_the_limits_after_a_restart() -> None:
    rule = rule_spec(when="pressure < 0.1", clear_when="pressure > 0.4")
    bench = Bench(rule)
    history = [bench.beginning, bench.hearing, bench.pump(0, pressure=0.2)]
    after = Bench(rule, checkpoint=checkpoint_after(*history), start_s=20)
    assert told(*history, after.pump(30, pressure=0.2), after.tick(1_000)) == []
