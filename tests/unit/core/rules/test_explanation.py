"""How a rule stands on a device: what it reads, whether it holds, and the delay that runs."""

from __future__ import annotations

from gateway.core.kernel.times import SECOND
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.explanation import Explanation, NamedValue, Origin, RunningDelay, with_values
from gateway.core.rules.rule import RuleSpec
from gateway.core.telemetry.readings import PAST, Reading
from tests.unit.core.sites import Bench, at, rule_spec


def explained(bench: Bench, rule: str = "low-pressure", device: str = "p1") -> Explanation:
    (found,) = bench.engine.part(Evaluator).explain(rule, device)
    return found


def test_a_rule_that_does_not_watch_the_device_has_no_explanation() -> None:
    assert Bench(rule_spec()).engine.part(Evaluator).explain("low-pressure", "r1") == ()
    assert Bench(rule_spec()).engine.part(Evaluator).explain("other", "p1") == ()


def test_each_name_comes_with_its_value_and_where_that_is_from() -> None:
    bench = Bench(rule_spec(when="running && pressure < lowest", clear_when="mode == 'hand'"))
    bench.pump(1, running=True, pressure=0.5)

    assert explained(bench).values == (
        NamedValue("running", Origin.REPORTED, True, at(1), None),
        NamedValue("pressure", Origin.REPORTED, 0.5, at(1), None),
        NamedValue("lowest", Origin.ATTRIBUTE, 0.1, None, None),
        NamedValue("mode", Origin.UNKNOWN, None, None, None),
    )


def test_the_conditions_are_true_false_or_unknown() -> None:
    bench = Bench(rule_spec(clear_when="running"))
    assert (explained(bench).when, explained(bench).clears) == (None, None)

    bench.pump(1, running=True, pressure=0.5)
    assert (explained(bench).when, explained(bench).clears) == (False, True)


def test_without_clear_when_the_opposite_clears() -> None:
    bench = Bench(rule_spec())
    bench.pump(1, pressure=0.5)

    assert explained(bench).clears is True


def test_a_running_on_delay_has_a_start_and_an_end() -> None:
    bench = Bench(rule_spec(**{"for": "10s"}))
    bench.pump(1, pressure=0.05)
    bench.tick(4)

    assert not explained(bench).is_active
    assert explained(bench).delay == RunningDelay(False, at(1), 10 * SECOND, at(11))


def test_a_running_off_delay_is_told_from_an_on_delay() -> None:
    bench = Bench(rule_spec(clear_for="5s"))
    bench.pump(1, pressure=0.05)
    bench.pump(2, pressure=0.5)

    assert explained(bench).is_active
    assert explained(bench).delay == RunningDelay(True, at(2), 5 * SECOND, at(7))


def test_in_blindness_a_delay_has_no_end() -> None:
    bench = Bench(rule_spec(**{"for": "10s"}))
    bench.pump(1, pressure=0.05)
    bench.engine.set_blind(at(4))

    found = explained(bench)
    assert found.blind_since == at(4)
    assert found.delay == RunningDelay(False, at(1), 10 * SECOND, None)


def test_a_rejected_life_safety_value_is_told_and_so_is_its_rule() -> None:
    bench = Bench(rule_spec(life_safety=True))
    bench.pump(1, pressure=9.0)

    (pressure,) = [each for each in explained(bench).values if each.name == "pressure"]
    assert pressure.rejected is not None
    trouble = explained(bench, "trouble")
    assert trouble.when is True
    assert [each.name for each in trouble.values] == ["pressure"]
    assert trouble.delay is not None


def test_a_failed_computation_is_not_counted_by_looking() -> None:
    bench = Bench(rule_spec(when='mode.matches("(" + mode)'))
    bench.pump(1, mode=1)
    failures = explained(bench).rule.when.failures

    assert explained(bench).when is None
    assert explained(bench).rule.when.failures == failures


def test_values_stand_behind_their_names_and_not_within_texts() -> None:
    text = 'pressure < limit && note != "pressure"'

    assert with_values(text, {"pressure": "0.5 MPa"}) == 'pressure (0.5 MPa) < limit && note != "pressure"'


def test_each_level_of_a_rule_is_explained_the_most_severe_first() -> None:
    levels = [
        {"severity": "warning", "when": "pressure > 1", "deadband": 0.1},
        {"severity": "critical", "when": "pressure > 2", "for": "10s"},
    ]
    spec = RuleSpec.model_validate(
        {"id": "high", "applies_to": {"profile": "pump"}, "levels": levels, "title": {"en": "High"}}
    )
    bench = Bench(spec)
    bench.pump(1, pressure=2.2)

    critical, warning = bench.engine.part(Evaluator).explain("high", "p1")

    assert (critical.rule.spec.severity, critical.is_active, critical.delay is not None) == ("critical", False, True)
    assert (warning.rule.spec.severity, warning.is_active, warning.clears) == ("warning", True, False)


def test_what_was_only_said_of_a_past_counts_as_unknown_and_is_told() -> None:
    bench = Bench(rule_spec())
    bench.devices["p1"].backfill(Reading("p1", "pump", at(-900), at(1), {"pressure": 0.05}, PAST))

    (pressure, _) = explained(bench).values
    assert pressure == NamedValue("pressure", Origin.PAST, None, at(-900), None)
    assert explained(bench).when is None


def test_what_a_rule_derives_is_explained_as_it_was_judged_last() -> None:
    let = {"starts_1h": {"rising": "running", "over": "1h"}, "mean": {"mean": "pressure", "over": "1m"}}
    bench = Bench(rule_spec(let=let, when="starts_1h < 1 && mean < 1"))
    bench.pump(1, running=False)

    assert explained(bench).values == (
        NamedValue("starts_1h", Origin.DERIVED, 0, None, None, is_certain=False),
        NamedValue("mean", Origin.DERIVED, None, None, None),
    )
    assert explained(bench).when is None

    bench.pump(2, running=True, pressure=2.0)

    assert [each.value for each in explained(bench).values] == [1, 2.0]
    assert explained(bench).when is False
