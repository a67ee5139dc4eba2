"""What members tell late is judged by when it was, and what follows from it by the present."""

from __future__ import annotations

import pytest

from gateway.core.kernel.times import SECOND
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import Zones, group_rule, raised
from tests.unit.core.sites import Seen, checkpoint_after

WITHIN = group_rule(at_least={"devices": 2, "when": "smoke", "within": "60s"})
CALLS = group_rule(at_least={"devices": 2, "when": "call", "within": "60s"})


def clear(gate: Zones) -> list[Seen]:
    return [gate.say(0, device, smoke=False, call=False) for device in ("d1", "d2", "d3")]


def test_an_overlap_that_is_told_late_starts_no_on_delay() -> None:
    gate = Zones(group_rule(**{"for": "60s"}))
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(20, "d1", smoke=False)
    gate.say(25, "d2", stamp_s=15, smoke=True)
    assert raised(gate.tick(90)) == []


@pytest.mark.parametrize("rule", [group_rule(), CALLS])
def test_an_overlap_that_is_told_late_is_told_after_a_restart_as_after_a_blind_gap(rule: RuleSpec) -> None:
    def play(*, restart: bool) -> list[str]:
        gate = Zones(rule)
        steps = [gate.beginning, gate.hearing, *clear(gate)]
        steps += [gate.say(1, "d1", smoke=True, call=True), gate.say(20, "d1", smoke=False)]
        if restart:
            gate = Zones(rule, checkpoint=checkpoint_after(*steps), start_s=120, hears=False)
        else:
            gate.blind(20)
        return raised(gate.say(125, "d2", stamp_s=15, smoke=True, call=True))

    assert play(restart=True) == play(restart=False)
    assert "fire zone:west raise d1 d2" in play(restart=True)


def test_a_third_that_began_while_a_late_one_still_counted_is_compared_with_both() -> None:
    """At no one moment do the first and the last count together."""
    for last_s, expected in ((130, []), (95, ["fire zone:west raise d1 d2 d3"])):
        gate = Zones(group_rule(at_least={"devices": 3, "when": "call", "within": "60s"}))
        clear(gate)
        gate.say(50, "d1", call=True)
        gate.say(last_s, "d3", call=True)
        assert raised(gate.say(300, "d2", stamp_s=90, call=True))[:1] == expected


def test_an_alarm_that_is_told_late_stands_while_it_is_not_certain_that_it_is_over() -> None:
    gate = Zones()
    gate.say(0, "d1", smoke=False)
    gate.say(1, "d1", smoke=True)
    gate.say(20, "d1", smoke=False)
    assert raised(gate.say(25, "d2", stamp_s=15, smoke=True)) == ["fire zone:west raise d1 d2"]  # d3 never spoke
    assert [each.split()[2] for each in raised(gate.say(26, "d3", smoke=False))] == ["return"]


def test_what_was_over_before_another_began_did_not_overlap() -> None:
    gate = Zones()
    clear(gate)
    gate.say(600, "d2", smoke=True)
    gate.say(660, "d2", smoke=False)
    told = [gate.say(700, "d1", stamp_s=stamp, smoke=smoke) for stamp, smoke in ((550, True), (560, False))]
    assert raised(*told) == []


def test_an_event_that_is_told_late_counts_with_those_near_it_alone() -> None:
    for earlier, expected in ((660, []), (420, ["raise", "return"])):
        gate = Zones(CALLS)
        clear(gate)
        gate.say(earlier, "d2", call=True)
        told = raised(gate.say(700, "d1", stamp_s=400, call=True))
        assert [each.split()[2] for each in told] == expected


def test_a_clock_that_is_set_back_brings_no_ending_back() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d1", smoke=False)
    gate.tick(300)
    Seen(gate.engine.clock_set(-600 * SECOND))
    assert raised(gate.say(-299, "d2", smoke=True)) == []


def test_an_ending_of_a_clock_as_wrong_as_the_gateways_moves_with_it_and_a_right_one_stays() -> None:
    for lag_s, expected in ((0, []), (300, ["fire zone:west raise d1 d2"])):
        gate = Zones(WITHIN)
        clear(gate)
        gate.say(400, "d1", stamp_s=400 - lag_s, smoke=True)
        gate.say(404, "d1", stamp_s=404 - lag_s, smoke=False)
        Seen(gate.engine.clock_set(-300 * SECOND))  # it is 104 s in truth: now the lagging clock is right
        assert raised(gate.say(150 + 30 * (not lag_s), "d2", smoke=True)) == expected


def test_an_event_of_a_clock_that_is_set_back_later_ends_in_time() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d2", smoke=True)
    gate.say(3, "d1", smoke=False)
    Seen(gate.engine.clock_set(-600 * SECOND))
    assert raised(*(gate.tick(second) for second in range(-596, -538))) == []
    assert [each.split()[2] for each in raised(gate.tick(-537))] == ["return"]
