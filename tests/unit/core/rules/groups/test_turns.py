"""After blindness each member has its turn, and in it the stamps of members count delays."""

from __future__ import annotations

from contextlib import closing

from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import Zones, files, group_rule, raised
from tests.unit.core.sites import Seen, at, checkpoint_after
from tests.unit.core.stores import Store

WITHIN = group_rule(at_least={"devices": 2, "when": "smoke", "within": "60s"})
DELAYED = group_rule(**{"for": "60s"})
ENDING = group_rule(clear_for="60s")
ONE = RuleSpec.model_validate(
    {
        "id": "one",
        "applies_to": {"profile": "detector"},
        "when": "smoke",
        "for": "60s",
        "severity": "critical",
        "title": {"en": "Smoke"},
    }
)


def clear(gate: Zones) -> list[Seen]:
    return [gate.say(0, device, smoke=False) for device in ("d1", "d2", "d3")]


def burning_before_blindness(rule: RuleSpec, *, ends: bool = False) -> Zones:
    """Two members burn, one of them no longer if it `ends`; the gateway is blind from 55 s on and hears at 1000 s."""
    gate = Zones(rule)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d2", smoke=True)
    if ends:
        gate.say(3, "d2", smoke=False)
    gate.blind(55)
    gate.hear(1000)
    return gate


def test_after_blindness_the_turn_of_a_member_is_not_that_of_another() -> None:
    gate = burning_before_blindness(DELAYED)
    gate.say(1001, "d3", smoke=False)
    assert raised(gate.tick(1010)) == []
    assert raised(gate.say(1020, "d1", smoke=False)) == []


def test_after_blindness_no_one_member_ends_an_alarm_early() -> None:
    gate = burning_before_blindness(ENDING, ends=True)
    gate.say(1001, "d3", smoke=False)
    assert raised(gate.tick(1012)) == []
    assert [each.split()[2] for each in raised(gate.tick(1061))] == ["return"]


def test_after_blindness_a_member_that_still_counts_ends_the_turn() -> None:
    gate = burning_before_blindness(DELAYED)
    assert raised(gate.say(1001, "d1", smoke=True)) == []
    assert raised(gate.tick(1007)) == ["fire zone:west raise d1 d2"]


def test_after_blindness_all_members_together_end_the_turn_of_an_off_delay() -> None:
    gate = burning_before_blindness(ENDING, ends=True)
    for device in ("d1", "d2", "d3"):
        gate.say(1001, device, smoke=False)
    assert [each.split()[2] for each in raised(gate.tick(1008))] == ["return"]


def backlog(gate: Zones, until_s: int) -> list[Seen]:
    """In a blindness of ten minutes two members burn from 10 s on, and all of it is read afterwards."""
    clear(gate)
    gate.blind(5)
    seen = [
        gate.say(600, device, stamp_s=stamp, smoke=True) for stamp in range(10, until_s, 10) for device in ("d1", "d2")
    ]
    seen += [gate.say(600, device, stamp_s=until_s, smoke=False) for device in ("d1", "d2")]
    return [*seen, gate.hear(601)]


def test_the_on_delay_of_a_group_counts_in_a_backlog_as_that_of_a_device() -> None:
    told = raised(*backlog(Zones(configuration=files(DELAYED, ONE)), 310))
    assert [each for each in told if each.startswith("fire")] == [
        "fire zone:west raise d1 d2",
        "fire zone:west return d1 d2",
    ]
    assert "one device:d1 raise" in told


def test_an_on_delay_that_is_not_over_in_a_backlog_tells_nothing() -> None:
    gate = Zones(DELAYED)
    assert raised(*backlog(gate, 60), *(gate.tick(second) for second in range(602, 800))) == []


def test_a_gateway_that_restarts_within_each_minute_puts_off_no_return() -> None:
    def play(*, restart: bool) -> list[str]:
        with closing(Store()) as store:
            gate = Zones(WITHIN)
            steps = [gate.beginning, gate.hearing, *clear(gate)]
            steps += [gate.say(1, "d1", smoke=True), gate.say(2, "d2", smoke=True), gate.say(3, "d1", smoke=False)]
            kept = 0
            for second in range(53, 400, 51):
                steps += [gate.tick(second), Seen(gate.engine.snapshot(at(second)))]
                for each in steps[kept:]:
                    store.commit(each.changes)
                kept = len(steps)
                if restart:
                    gate = Zones(WITHIN, checkpoint=store.checkpoint(), start_s=second + 1)
                    steps += [gate.beginning, gate.hearing]
                else:
                    steps += [gate.blind(second), gate.hear(second + 1)]
            return [each for each in raised(*steps) if "return" in each]

    assert play(restart=True) == play(restart=False) == ["fire zone:west return d1 d2"]


def test_a_late_word_after_a_restart_is_judged_as_after_a_blind_gap() -> None:
    few = group_rule(at_least=None, let={"n": {"count": "smoke", "within": "30s"}}, when="n < 1", severity="warning")

    def play(*, restart: bool) -> list[str]:
        gate = Zones(few)
        steps = [gate.beginning, gate.hearing]
        steps += [gate.say(0, "d1", smoke=True), gate.say(0.5, "d1", smoke=False), gate.say(0.5, "d2", smoke=False)]
        if restart:
            gate = Zones(few, checkpoint=checkpoint_after(*steps), start_s=51)
        else:
            gate.blind(1)
            gate.hear(51)
        return raised(gate.say(56, "d3", stamp_s=-44, smoke=False))

    assert play(restart=True) == play(restart=False) == ["fire zone:west raise d1 d2 d3"]
