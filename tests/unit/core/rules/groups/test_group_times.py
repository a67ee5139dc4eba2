"""Groups in time: lagging feeds, blindness, restarts, and clocks that are set."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.times import SECOND
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import Zones, group_rule, raised
from tests.unit.core.sites import Seen, checkpoint_after

WITHIN = group_rule(at_least={"devices": 2, "when": "smoke", "within": "60s"})
NOW = group_rule()
EVENTS = group_rule(at_least={"devices": 2, "when": "call", "within": "60s"})


def clear(gate: Zones) -> list[Seen]:
    return [gate.say(0, device, smoke=False) for device in ("d1", "d2", "d3")]


def test_a_lagging_feed_is_judged_by_its_own_times() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(300, "d1", stamp_s=270, smoke=True)
    gate.say(310, "d1", stamp_s=280, smoke=False)
    assert raised(gate.say(369, "d2", stamp_s=339, smoke=True)) == ["fire zone:west raise d1 d2"]
    assert raised(gate.tick(369.9)) == []
    assert raised(gate.tick(370)) == ["fire zone:west return d1 d2"]  # 60 s after 280, told 30 s late


def test_one_member_that_lags_is_compared_with_when_the_others_ended() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(10, "d1", smoke=False)
    gate.say(95, "d3", smoke=False)
    assert raised(gate.say(96, "d2", stamp_s=68, smoke=True)) == ["fire zone:west raise d1 d2"]
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(10, "d1", smoke=False)
    assert raised(gate.say(72, "d2", stamp_s=71, smoke=True)) == []


def test_two_that_overlap_are_told_though_one_is_late_and_return_at_once() -> None:
    gate = Zones(NOW)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(20, "d1", smoke=False)
    told = raised(gate.say(25, "d2", stamp_s=15, smoke=True))
    assert told == ["fire zone:west raise d1 d2", "fire zone:west return d1 d2"]


def test_late_news_of_another_member_bring_nothing_back() -> None:
    gate = Zones(NOW)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d2", smoke=True)
    gate.say(20, "d1", smoke=False)
    assert raised(gate.say(25, "d3", stamp_s=15, smoke=False), gate.tick(30)) == []


def test_one_stamp_in_the_future_discards_nothing() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", stamp_s=25, smoke=True)
    gate.say(2, "d1", stamp_s=27, smoke=False)
    assert raised(gate.say(61.9, "d2", smoke=True)) == ["fire zone:west raise d1 d2"]
    assert raised(gate.tick(62)) == ["fire zone:west return d1 d2"]


def test_an_event_holds_for_the_moment_of_its_message() -> None:
    gate = Zones(EVENTS)
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, call=False)
    gate.say(1, "d1", call=True)
    assert raised(gate.say(2, "d1", call=True)) == []  # the same device twice is one
    gate.say(30, "d1", temperature=20)  # no new event
    assert raised(gate.say(61, "d2", call=True)) == ["fire zone:west raise d1 d2"]
    assert raised(gate.tick(62)) == ["fire zone:west return d1 d2"]
    assert raised(gate.say(130, "d3", call=True)) == []


def test_in_blindness_time_alone_ends_nothing_and_then_each_device_has_its_turn() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(101, "d1", smoke=True)
    gate.say(102, "d2", smoke=True)
    gate.say(103, "d1", smoke=False)
    gate.blind(104)
    assert raised(gate.tick(150)) == []
    gate.hear(150)
    assert raised(gate.tick(209)) == []
    assert raised(gate.tick(210)) == ["fire zone:west return d1 d2"]


def test_a_backlog_is_judged_by_its_stamps() -> None:
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(3, "d1", smoke=False)
    gate.blind(4)
    assert raised(gate.say(100, "d2", stamp_s=62, smoke=True)) == ["fire zone:west raise d1 d2"]
    gate = Zones(WITHIN)
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(3, "d1", smoke=False)
    gate.blind(4)
    assert raised(gate.say(100, "d2", stamp_s=64, smoke=True)) == []


def test_an_on_delay_of_a_group_counts_and_is_cancelled() -> None:
    gate = Zones(group_rule(**{"for": "30s"}))
    clear(gate)
    gate.say(1, "d1", smoke=True)
    gate.say(2, "d2", smoke=True)
    gate.say(20, "d2", smoke=False)
    assert raised(gate.tick(60)) == []
    gate.say(61, "d3", smoke=True)
    assert raised(gate.tick(90.9)) == []
    assert raised(gate.tick(91)) == ["fire zone:west raise d1 d3"]


def test_levels_of_a_group_are_one_alarm() -> None:
    levels = [
        {"severity": "warning", "when": "burning >= 1"},
        {"severity": "critical", "when": "burning >= 2"},
    ]
    gate = Zones(group_rule(at_least=None, severity=None, let={"burning": {"count": "smoke"}}, levels=levels))
    clear(gate)
    first = gate.say(1, "d1", smoke=True)
    second = gate.say(2, "d2", smoke=True)
    assert [each.severity for seen in (first, second) for each in seen.alarms] == ["warning", "critical"]
    assert raised(second) == ["fire zone:west raise d1 d2"]
    assert [each.severity for each in gate.say(3, "d1", smoke=False).alarms] == ["warning"]
    assert raised(gate.say(4, "d2", smoke=False)) == ["fire zone:west return d2"]


def test_the_clock_that_is_set_moves_the_memory_of_what_it_has_told() -> None:
    gate = Zones(WITHIN)
    for device in ("d1", "d2", "d3"):
        gate.send(0, f"site/s1/detector/{device}", b'{"smoke":false}')
    gate.send(1, "site/s1/detector/d1", b'{"smoke":true}', packet_id=1)
    gate.send(2, "site/s1/detector/d1", b'{"smoke":false}', packet_id=2)
    Seen(gate.engine.clock_set(-3600 * SECOND))
    assert raised(gate.send(-3600 + 70, "site/s1/detector/d2", b'{"smoke":true}', packet_id=3)) == []
    gate = Zones(WITHIN)
    for device in ("d1", "d2", "d3"):
        gate.send(0, f"site/s1/detector/{device}", b'{"smoke":false}')
    gate.send(1, "site/s1/detector/d1", b'{"smoke":true}', packet_id=1)
    gate.send(2, "site/s1/detector/d1", b'{"smoke":false}', packet_id=2)
    Seen(gate.engine.clock_set(3600 * SECOND))
    assert raised(gate.send(3600 + 50, "site/s1/detector/d2", b'{"smoke":true}', packet_id=3)) == [
        "fire zone:west raise d1 d2"
    ]


def test_what_an_earlier_run_has_told_by_a_right_clock_stays_when_this_one_is_corrected() -> None:
    gate = Zones(WITHIN)
    steps = [gate.beginning, gate.hearing]
    steps += [gate.send(0, f"site/s1/detector/{device}", b'{"smoke":false}') for device in ("d1", "d2", "d3")]
    steps.append(gate.send(1, "site/s1/detector/d1", b'{"smoke":true}', packet_id=1))
    steps.append(gate.send(2, "site/s1/detector/d1", b'{"smoke":false}', packet_id=2))
    again = Zones(WITHIN, checkpoint=checkpoint_after(*steps), start_s=10, knows_time=False)
    Seen(again.engine.clock_set(3600 * SECOND))
    assert raised(again.send(3620, "site/s1/detector/d2", b'{"smoke":true}', packet_id=3)) == []


Story = list[tuple[float, str, bool]]


def play(gate: Zones, story: Story, from_s: float, to_s: float) -> list[Seen]:
    """Each message, and a look at the time each half second."""
    seen = []
    step = from_s
    while step < to_s:
        seen += [gate.say(at_s, device, smoke=smoke) for at_s, device, smoke in story if step <= at_s < step + 0.5]
        step += 0.5
        seen.append(gate.tick(step))
    return seen


@pytest.mark.parametrize("break_s", [0.5, 1.5, 2.5, 3.5, 30.5, 62.5, 70.5])
@pytest.mark.parametrize("rule", [WITHIN, NOW, group_rule(**{"for": "5s", "clear_for": "5s"})])
def test_a_restart_in_each_phase_tells_the_same_as_a_blind_gap(rule: RuleSpec, break_s: float) -> None:
    story: Story = [
        (1, "d1", True),
        (2, "d1", False),
        (3, "d2", True),
        (30, "d1", True),
        (60, "d3", True),
        (65, "d1", False),
        (66, "d3", False),
        (67, "d2", False),
    ]
    late: Story = [(at_s + 20 if at_s >= break_s else at_s, device, smoke) for at_s, device, smoke in story]

    def over(gap: Callable[[Zones, list[Seen]], Zones]) -> list[str]:
        gate = Zones(rule)
        before = [gate.beginning, gate.hearing, *clear(gate), *play(gate, late, 0, break_s)]
        again = gap(gate, before)
        after = [again.hear(break_s + 20)] if again is gate else [again.beginning, again.hearing]
        return raised(*before, *after, *play(again, late, break_s + 20, 300))

    def stays(gate: Zones, _before: list[Seen]) -> Zones:
        gate.blind(break_s)
        return gate

    def restarts(_gate: Zones, before: list[Seen]) -> Zones:
        kept: Checkpoint = checkpoint_after(*before)
        return Zones(rule, checkpoint=kept, start_s=break_s + 20)

    told = over(stays)
    assert over(restarts) == told
    assert any(" raise " in each for each in told)
