"""Whatever people, devices, shelves, inhibition and chatter do in whatever order, and wherever the gateway restarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.core.alarms.actions import Acknowledge, Comment, Reset
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import DUE_TRANSITIONS, LATCHED_TRANSITIONS, TRANSITIONS, State, Step
from gateway.core.alarms.shelf import EndShelf, Shelf, ShelveAlarm, ShelveRule, TakeOutOfService, UnshelveAlarm
from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec

RULES = (
    rule_spec(id="stopped", when="!running"),
    rule_spec(id="low", inhibited_by=["stopped"], realarm="2m"),
    rule_spec(id="slow", when="pressure < lowest", inhibited_by=["stopped"], latched=True, **{"for": "20s"}),
    rule_spec(id="danger", when="pressure > 2", life_safety=True, latched=True),
)
BY_ID = {each.id: each for each in RULES}
DEVICES = ("p1", "p2")
ALLOWED = {
    (before, step, after)
    for table in (TRANSITIONS, LATCHED_TRANSITIONS, DUE_TRANSITIONS)
    for (before, step), after in table.items()
}
DEVICE = st.sampled_from(DEVICES)
DURATION = st.sampled_from([10 * SECOND, MINUTE, 10 * MINUTE, HOUR])
PEOPLE = st.sampled_from([None, "Wang Fang"])


class Told(NamedTuple):
    """One event of an alarm."""

    time: str
    alarm: int
    rule: str
    step: str
    state: str


class Run:
    """One engine, and what it has told and stored."""

    def __init__(self) -> None:
        self.bench = Bench(*RULES)
        self.steps: list[Seen] = []
        self.told: list[Told] = []
        self.alarms: dict[int, AlarmRecord] = {}
        self.shelves: dict[int, Shelf] = {}
        self.keep(self.bench.beginning)

    def keep(self, seen: Seen) -> None:
        """A step is committed."""
        self.steps.append(seen)
        self.shelves |= {shelf.number: shelf for shelf in seen.shelves}
        self.alarms |= {record.number: record for record in seen.alarms}
        for event in seen.publications:
            content: dict[str, Any] = msgspec.json.decode(event.payload)
            if content.get("rule") in BY_ID:
                names = ("time", "alarm", "rule", "step", "state")
                self.told.append(Told(*(content[name] for name in names)))

    def standing(self) -> list[AlarmRecord]:
        """The alarms that stand, as the store has them."""
        return [each for each in self.alarms.values() if each.state is not State.NORMAL and each.rule in BY_ID]


class Managed(RuleBasedStateMachine):
    """Two runs hear the same: one that is blind for a while now and then, and one that restarts in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.patient, self.restarted = Run(), Run()
        self.now = 0.0
        self.facts: dict[str, dict[str, Any]] = {device: {} for device in DEVICES}

    def both(self, do: Callable[[Bench], Seen]) -> None:
        for run in (self.patient, self.restarted):
            run.keep(do(run.bench))

    def act(self, action: Action) -> None:
        results = []
        for run in (self.patient, self.restarted):
            try:
                run.keep(run.bench.act(action, self.now))
            except GatewayError as error:
                results.append(str(error))
            else:
                results.append("")
        assert results[0] == results[1]

    @rule(
        device=DEVICE,
        pressure=st.sampled_from([0.01, 0.01, 0.5, 2.4]),
        running=st.sampled_from([True, True, False]),
        wait=st.sampled_from([1, 3, 20, 61]),
    )
    def hear(self, device: str, pressure: float, running: bool, wait: int) -> None:
        self.facts[device] = {"pressure": pressure, "running": running}
        self.both(lambda bench: bench.pump(self.now, device, pressure=pressure, running=running))
        self.wait(wait)

    @rule(seconds=st.sampled_from([1, 10, 60, 121, 700, 3700]))
    def wait(self, seconds: int) -> None:
        """Time passes, and each timer is in time."""
        until = self.now + seconds
        while True:
            dues = [run.bench.engine.next_due() for run in (self.patient, self.restarted)]
            due = min((each for each in dues if each is not None), default=None)
            if due is None or due > at(until):
                break
            self.now = max(self.now, (due - at(0)) / SECOND)
            self.both(lambda bench: bench.tick(self.now))
        self.now = until
        self.both(lambda bench: bench.tick(self.now))

    @rule(number=st.integers(1, 6), reset=st.booleans())
    def acknowledge(self, number: int, reset: bool) -> None:
        kind = Reset if reset else Acknowledge
        self.act(kind(alarm=number, by="Li Wei"))

    @rule(number=st.integers(1, 6))
    def comment(self, number: int) -> None:
        self.act(Comment(alarm=number, by="Li Wei", note="seen"))

    @rule(number=st.integers(1, 6), duration=DURATION, one_shot=st.booleans(), second=PEOPLE)
    def shelve(self, number: int, duration: int, one_shot: bool, second: str | None) -> None:
        self.act(ShelveAlarm(alarm=number, by="Li", why="x", duration=duration, one_shot=one_shot, confirmed_by=second))

    @rule(name=st.sampled_from(sorted(BY_ID)), device=DEVICE, duration=DURATION, second=PEOPLE)
    def shelve_rule(self, name: str, device: str, duration: int, second: str | None) -> None:
        subject = Subject.of_device(device)
        self.act(ShelveRule(rule=name, subject=subject, by="Li", why="x", duration=duration, confirmed_by=second))

    @rule(device=DEVICE, duration=st.one_of(st.none(), DURATION), second=PEOPLE)
    def take_out(self, device: str, duration: int | None, second: str | None) -> None:
        self.act(TakeOutOfService(device=device, by="Li", why="x", duration=duration, confirmed_by=second))

    @rule(number=st.integers(1, 4))
    def end_shelf(self, number: int) -> None:
        self.act(EndShelf(shelf=number, by="Li"))

    @rule(number=st.integers(1, 6))
    def unshelve(self, number: int) -> None:
        self.act(UnshelveAlarm(alarm=number, by="Li"))

    @rule(down=st.sampled_from([0, 1, 30, 50]))
    def restart(self, down: int) -> None:
        """One run restarts; the other is blind for as long."""
        self.both(lambda bench: Seen(bench.engine.snapshot(at(self.now))))  # until then delays counted
        # In less than a minute, as blindness itself is not an alarm then.
        self.patient.keep(Seen(self.patient.bench.engine.set_blind(at(self.now))))
        self.now += down
        before = checkpoint_after(*self.restarted.steps)
        self.restarted.bench = Bench(*RULES, checkpoint=before, start_s=self.now, hears=False)
        self.restarted.keep(self.restarted.bench.beginning)
        self.both(lambda bench: bench.tick(self.now))
        self.both(lambda bench: Seen(bench.engine.set_hearing(at(self.now))))
        self.wait(1)

    @rule(by=st.sampled_from([3600, -600]))
    def set_clock(self, by: int) -> None:
        self.now += by
        self.both(lambda bench: Seen(bench.engine.clock_set(by * SECOND)))

    @invariant()
    def a_restart_changes_nothing_that_people_are_told(self) -> None:
        assert sorted(self.patient.told) == sorted(self.restarted.told)

    @invariant()
    def each_step_stands_in_the_table(self) -> None:
        states: dict[int, State] = {}
        for told in self.restarted.told:
            before, after = states.get(told.alarm, State.NORMAL), State(told.state)
            assert (before, Step(told.step), after) in ALLOWED
            states[told.alarm] = after

    @invariant()
    def no_rule_has_two_alarms_on_one_device(self) -> None:
        causes = [(record.rule, record.subject) for record in self.restarted.standing()]
        assert len(causes) == len(set(causes))

    @invariant()
    def what_holds_is_told_or_suppressed_for_a_reason(self) -> None:
        standing = {(record.rule, record.subject.id): record for record in self.restarted.standing()}
        for device, facts in self.facts.items():
            holds = {
                "stopped": facts.get("running") is False,
                "low": facts.get("pressure", 1) < 0.1,
                "danger": facts.get("pressure", 1) > 2,
            }
            for name in (name for name, value in holds.items() if value):
                record = standing[name, device]
                told = record.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)
                assert told or (record.state is State.SUPPRESSED and record.suppressed_by)

    @invariant()
    def a_life_safety_alarm_is_suppressed_by_two_people_alone(self) -> None:
        for record in self.restarted.standing():
            if record.rule == "danger" and record.state is State.SUPPRESSED:
                shelves = [self.restarted.shelves[int(each.source.partition(":")[2])] for each in record.suppressed_by]
                assert shelves or record.returned_at is not None
                assert all(shelf.life_safety and shelf.confirmed_by and shelf.until for shelf in shelves)


TestManaged = Managed.TestCase
TestManaged.settings = settings(max_examples=150, stateful_step_count=30, derandomize=True, deadline=None)
