"""Members of which nothing is known: a count lies between two numbers, and an alarm comes and ends only for certain."""

from __future__ import annotations

from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.groups.group_view import GroupState
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import DEVICES, WEST, Zones, files, group_rule, raised
from tests.unit.core.sites import Seen, checkpoint_after

EVERY_S = 10


def over_values(when: str, **let: dict[str, object]) -> RuleSpec:
    return group_rule(at_least=None, let=let, when=when)


def sending(*rules: RuleSpec) -> Zones:
    """A gateway of which each device sends every 10 s at least."""
    devices = [{**each, "expect_every": f"{EVERY_S}s"} for each in DEVICES]
    return Zones(configuration=files(*rules, devices=devices))


def fall_silent(gate: Zones, from_s: float, *heard: str) -> list[Seen]:
    """So much time passes that all others are silent; returns what was told."""
    seen = []
    for second in range(1, 5 * EVERY_S):
        seen += [gate.say(from_s + second, device, temperature=20) for device in heard]
        seen.append(gate.tick(from_s + second + 0.5))
    return seen


def told(seen: list[Seen]) -> list[str]:
    return [each for each in raised(*seen) if each.startswith("fire zone:west ")]


def state_of(gate: Zones) -> GroupState:
    (view,) = gate.engine.part(Evaluator).groups("fire", WEST)
    return view.state


def test_any_of_them_is_true_if_one_is() -> None:
    gate = Zones(group_rule(at_least={"devices": 1, "when": "smoke"}))
    assert raised(gate.say(1, "d1", smoke=True)) == ["fire zone:west raise d1"]


def test_all_of_them_is_unknown_while_one_is() -> None:
    gate = Zones(group_rule(at_least={"devices": "all", "when": "smoke"}))
    assert raised(gate.say(1, "d1", smoke=True), gate.say(1, "d2", smoke=True)) == []
    assert gate.group().breaches(gate.group().rules[0], 0) is None
    assert raised(gate.say(2, "d3", smoke=True)) == ["fire zone:west raise d1 d2 d3"]


def test_a_sum_is_unknown_until_all_members_are_known_and_takes_no_step() -> None:
    gate = Zones(over_values("total < 30", total={"sum": "temperature"}))
    assert raised(gate.say(1, "d1", temperature=10), gate.say(2, "d2", temperature=15)) == []
    assert raised(gate.say(3, "d3", temperature=20)) == []
    assert raised(gate.say(4, "d3", temperature=1)) == ["fire zone:west raise d1 d2 d3"]


def test_a_sum_that_loses_a_member_holds_its_alarm() -> None:
    gate = sending(over_values("total > 30", total={"sum": "temperature"}))
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, temperature=20)
    assert told(fall_silent(gate, 0, "d1", "d2")) == []
    assert gate.group().breaches(gate.group().rules[0], 0) is None
    assert told([gate.say(60, "d3", temperature=-20)]) == ["fire zone:west return d1 d2 d3"]


def test_the_greatest_is_known_from_the_known_ones_on() -> None:
    gate = Zones(over_values("hottest > 80", hottest={"max": "temperature"}))
    assert raised(gate.say(1, "d1", temperature=81)) == ["fire zone:west raise d1"]
    assert raised(gate.say(2, "d1", temperature=20)) == []  # d2 or d3 may be hotter
    gate.say(3, "d2", temperature=20)
    assert raised(gate.say(4, "d3", temperature=20)) == ["fire zone:west return d1"]


def test_the_least_is_known_from_the_known_ones_down() -> None:
    gate = Zones(over_values("coldest < 0", coldest={"min": "temperature"}))
    assert raised(gate.say(1, "d2", temperature=-1)) == ["fire zone:west raise d2"]


def test_the_spread_is_at_least_that_of_the_known_ones() -> None:
    gate = Zones(over_values("apart > 5", apart={"spread": "temperature"}))
    gate.say(1, "d1", temperature=20)
    assert raised(gate.say(2, "d2", temperature=26)) == ["fire zone:west raise d1 d2"]


def test_a_difference_is_of_the_members_with_two_roles() -> None:
    gate = Zones(over_values("lead > 5", lead={"difference": "temperature", "of": ["duty", "standby"]}))
    assert raised(gate.say(1, "d1", temperature=30)) == []
    assert raised(gate.say(2, "d2", temperature=20)) == ["fire zone:west raise d1 d2"]
    assert raised(gate.say(3, "d2", temperature=28)) == ["fire zone:west return d1 d2"]


def test_a_mean_is_of_all_members() -> None:
    gate = Zones(over_values("average > 20", average={"mean": "temperature"}))
    gate.say(1, "d1", temperature=0)
    gate.say(2, "d2", temperature=30)
    assert raised(gate.say(3, "d3", temperature=31)) == ["fire zone:west raise d1 d2 d3"]


def test_an_exact_number_is_true_only_if_nothing_unknown_may_change_it() -> None:
    gate = Zones(over_values("running == 1", running={"count": "smoke"}))
    assert raised(gate.say(1, "d1", smoke=True), gate.say(2, "d2", smoke=False)) == []  # d3 may be another
    assert raised(gate.say(3, "d3", smoke=False)) == ["fire zone:west raise d1 d2 d3"]


def test_an_exact_number_that_may_be_true_is_not_false() -> None:
    gate = Zones(over_values("running == 1", running={"count": "smoke"}))
    gate.say(1, "d1", smoke=False)
    assert gate.group().breaches(gate.group().rules[0], 0) is None  # 0 to 2 of d2 and d3


def test_a_silent_member_that_said_smoke_last_counts_on() -> None:
    gate = sending(group_rule())
    gate.say(0, "d1", smoke=True)
    assert told(fall_silent(gate, 0, "d2", "d3")) == []
    assert told([gate.say(60, "d2", smoke=True)]) == ["fire zone:west raise d1 d2"]


def test_silence_clears_nothing() -> None:
    gate = sending(group_rule())
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, smoke=True)
    assert told(fall_silent(gate, 0, "d3")) == []
    assert raised(gate.say(60, "d3", smoke=False)) == []  # d1 and d2 said smoke last


def test_a_silent_member_that_said_no_smoke_may_be_on_fire() -> None:
    gate = sending(group_rule(at_least={"devices": "all", "when": "smoke"}))
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, smoke=device != "d1")
    assert gate.group().breaches(gate.group().rules[0], 0) is False
    fall_silent(gate, 0, "d2", "d3")
    assert gate.group().breaches(gate.group().rules[0], 0) is None
    gate.say(60, "d1", temperature=20)
    assert gate.group().breaches(gate.group().rules[0], 0) is False  # it is heard again, and what it said is believed


def test_a_value_that_is_older_than_its_highest_age_is_unknown() -> None:
    gate = Zones(configuration=files(group_rule(at_least={"devices": 1, "when": "level > 3"})))
    assert raised(gate.say(0, "d1", level=4)) == ["fire zone:west raise d1"]
    for second in range(60, 720, 60):
        gate.say(second, "d1", smoke=False)
        gate.tick(second + 6)
    assert gate.group().unknown() == ("d1", "d2", "d3")
    assert gate.group().is_active(gate.group().rules[0])  # nobody has said that it is over


def test_an_off_delay_ends_with_the_knowledge_that_it_stands_on() -> None:
    gate = sending(group_rule(clear_for="60s"))
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, smoke=device != "d3")
    gate.say(1, "d1", smoke=False)  # two of three are clear: at most one may hold
    assert told(fall_silent(gate, 1, "d2")) == []
    assert told([gate.tick(120)]) == []


def test_the_share_of_silent_members_is_a_condition() -> None:
    gate = sending(over_values("quiet > 0.5", quiet={"share": "silent"}))
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, temperature=20)
    assert told(fall_silent(gate, 0, "d3")) == ["fire zone:west raise d1 d2"]
    assert told([gate.say(60, "d1", temperature=20)]) == ["fire zone:west return d1 d2"]


def test_members_that_report_other_metrics_change_nothing() -> None:
    gate = Zones()
    gate.say(1, "d1", smoke=True)
    assert gate.say(2, "d2", temperature=20).evaluations == {}


def test_what_a_condition_on_events_reads_beside_them_is_known_from_its_first_word_on() -> None:
    rule = group_rule(at_least={"devices": 2, "when": "call && smoke", "within": "20s"})
    gate = Zones(rule)
    seen = [gate.beginning, gate.hearing, gate.say(1, "d1", smoke=False), gate.say(1, "d2", smoke=False)]
    assert state_of(gate) is GroupState.DEGRADED  # nobody knows whether d3 smokes
    seen.append(gate.say(2, "d3", smoke=False))
    assert state_of(gate) is GroupState.NORMAL
    assert state_of(Zones(rule, checkpoint=checkpoint_after(*seen), start_s=3)) is GroupState.NORMAL
