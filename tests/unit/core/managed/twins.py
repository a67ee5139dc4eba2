"""Two runs of one site hear the same: one is blind for a while now and then, and the other restarts in its place.

What must hold of any site is checked here after each step; the machines below add what devices and people do.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import ClassVar
from unittest import TestCase

from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.inhibition import is_cause
from gateway.core.alarms.lifecycle import (
    DUE_TRANSITIONS,
    KNOWN_DUE_TRANSITIONS,
    KNOWN_TRANSITIONS,
    LATCHED_TRANSITIONS,
    TRANSITIONS,
    State,
)
from gateway.core.alarms.suppression import SuppressedBy
from gateway.core.configuration import Configuration
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Message
from gateway.core.work.alarm_work import fault_of
from tests.unit.core.managed.run import Run
from tests.unit.core.sites import NOON

TORTURE = int(os.environ.get("TORTURE", "0"))
"""How many random histories each machine tries (`make torture`), rather than the same few each time."""
ALLOWED = {
    (before, step, after)
    for table in (TRANSITIONS, LATCHED_TRANSITIONS, DUE_TRANSITIONS, KNOWN_TRANSITIONS, KNOWN_DUE_TRANSITIONS)
    for (before, step), after in table.items()
}


class Twins(RuleBasedStateMachine):
    """Both runs, their time, and what holds of them."""

    FILES: ClassVar[Configuration]

    def __init__(self) -> None:
        super().__init__()
        self.now: Micros = NOON
        """By the gateway's clock."""
        self.patient, self.restarted = self.runs = Run(self.FILES, self.now), Run(self.FILES, self.now)
        self._packets = 0
        self.find_link()

    @property
    def is_blind(self) -> bool:
        return self.patient.engine.blind_since is not None

    def both(self, do: Callable[[Run], Changes]) -> None:
        for run in self.runs:
            run.keep(do(run))

    def read(self, topic: str, payload: bytes) -> None:
        """Both hear a message."""
        self._packets += 1
        message = Message(topic, payload, self.now, self._packets)
        self.both(lambda run: run.engine.step([message]))

    def act(self, action: Action) -> None:
        """A person does something: both allow it, or both say why not."""
        answers = []
        for run in self.runs:
            try:
                run.keep(run.engine.act(action, self.now))
            except GatewayError as error:
                answers.append(str(error))
            else:
                answers.append("")
        assert answers[0] == answers[1]

    def pass_time(self, duration: Micros) -> None:
        """Time passes, and each timer is in time."""
        until = self.now + duration
        while True:
            dues = [due for run in self.runs if (due := run.engine.next_due()) is not None]
            if not dues or min(dues) > until:
                break
            self.now = max(self.now, *dues) if min(dues) < self.now else min(dues)
            self.both(lambda run: run.engine.tick(self.now))
        self.now = until
        self.both(lambda run: run.engine.tick(self.now))

    def lose_link(self) -> None:
        self.both(lambda run: run.engine.set_blind(self.now))

    def find_link(self) -> None:
        self.both(lambda run: run.engine.set_hearing(self.now))

    def save(self) -> None:
        for run in self.runs:
            run.save(self.now)

    def heard_until(self, checkpoint: Checkpoint) -> Micros:
        """Until when a run that is killed now has heard, as far as its store knows."""
        return self.patient.engine.blind_since or min(checkpoint.rows[Intake.name].reached, self.now)

    def replace_one(self, down: Micros) -> None:
        """One process is killed and starts again. The other hears nothing from the last moment that the store knows."""
        checkpoint = self.restarted.store.checkpoint()
        heard_until = self.heard_until(checkpoint)
        self.patient.keep(self.patient.engine.set_blind(heard_until, self.now))
        self.now += down
        self.restarted.restart(checkpoint, self.now)
        self.both(lambda run: run.engine.tick(self.now))

    def clock_set(self, by: Micros) -> None:
        self.now += by
        self.both(lambda run: run.engine.clock_set(by))

    def teardown(self) -> None:
        for run in self.runs:
            run.store.close()

    @invariant()
    def a_restart_changes_nothing_that_people_are_told(self) -> None:
        patient, restarted = Counter(self.patient.told), Counter(self.restarted.told)
        told_more = {"the patient": [*(patient - restarted)], "the restarted": [*(restarted - patient)]}
        assert not any(told_more.values()), told_more

    @invariant()
    def each_step_stands_in_the_table(self) -> None:
        for run in self.runs:
            states: dict[int, State] = {}
            for told in run.told:
                before = states.get(told.alarm, State.NORMAL)
                assert (before, told.step, told.state) in ALLOWED
                states[told.alarm] = told.state
            assert all(record.state is states[number] for number, record in run.alarms.items() if record.subject.device)

    @invariant()
    def no_rule_has_two_alarms_on_one_device(self) -> None:
        for run in self.runs:
            causes = [(record.rule, record.subject) for record in run.standing()]
            assert len(causes) == len(set(causes))

    @invariant()
    def what_is_untold_has_a_reason_that_is_true_now(self) -> None:
        for run in self.runs:
            for record in run.standing():
                if record.state is State.SUPPRESSED:
                    assert record.suppressed_by, record
                for reason in record.suppressed_by:
                    assert self.is_true(run, record, reason), (record, reason)

    def is_true(self, run: Run, record: AlarmRecord, reason: SuppressedBy) -> bool:
        """Whether the reason exists now, and is one of this alarm."""
        kind, _, name = reason.source.partition(":")
        device = record.subject.device
        groups = self.FILES.groups.get(record.rule, {})
        devices = {*groups[record.subject]} if device is None else {device}  # of a group each that counts has a reason
        match kind:
            case "blindness":  # what kept it back is over, and nobody knows whether it still stands
                return self.is_blind and not record.life_safety
            case "shelf":
                shelf = run.shelves[int(name)]
                is_over = shelf.ended_at is not None or (shelf.until is not None and shelf.until < self.now)
                subjects = [record.subject, *map(Subject.of_device, devices)]
                return any(shelf.is_about(record.rule, each) for each in subjects) and not is_over
            case "maintenance":
                maintenance = run.maintenances[int(name)]
                lasts = maintenance.ended_at is None and maintenance.ends_at >= self.now
                return lasts and not devices.isdisjoint(maintenance.devices)
            case "maintenance-window":
                window = self.FILES.site.maintenance[int(name)]
                stretch = window.stretch(self.now)
                return not devices.isdisjoint(window.devices) and stretch is not None and stretch.start <= self.now
        cause, of, effect = name.split("/")
        causes = [each for each in run.standing() if (each.rule, each.subject.device) == (cause, of)]
        lingers = run.lingering.get(reason.source)
        is_near = not devices.isdisjoint({of, *self.FILES.site.topology.descendants_of(of)})
        return (
            effect == record.rule
            and is_near
            and (any(map(is_cause, causes)) or (lingers is not None and lingers.until >= self.now))
        )

    @invariant()
    def danger_is_kept_from_people_by_two_of_them_alone(self) -> None:
        for run in self.runs:
            for record in run.standing():
                if record.life_safety and record.state is State.SUPPRESSED:
                    shelves = [run.shelves[int(each.source.removeprefix("shelf:"))] for each in record.suppressed_by]
                    assert shelves
                    assert all(shelf.life_safety and shelf.confirmed_by and shelf.until for shelf in shelves)

    @invariant()
    def what_was_told_has_its_ticket_and_what_was_not_hangs_on_work_for_its_fault_at_most(self) -> None:
        for run in self.runs:
            for record in run.standing():
                if record.raised_count:
                    assert (record.ticket is not None) is self.has_ticket(record)
                elif record.ticket is not None:
                    assert fault_of(record) in run.tickets[record.ticket].faults

    def has_ticket(self, record: AlarmRecord) -> bool:
        """Whether the rule opens tickets for this device."""
        device = self.FILES.site.devices.get(record.subject.device or "")
        rules = [each for each in self.FILES.every_rule if each.id == record.rule]
        return any(each.spec.ticket for each in rules if device is None or each.watches(device))


def histories_of(machine: type[RuleBasedStateMachine], examples: int, steps: int = 30) -> type[TestCase]:
    """The test case: the same examples each time, or many random ones."""
    case = machine.TestCase
    case.settings = settings(
        max_examples=TORTURE or examples,
        stateful_step_count=steps,
        derandomize=not TORTURE,
        deadline=None,
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
    )
    return case


def seconds(*values: float) -> list[Micros]:
    """In microseconds."""
    return [round(value * SECOND) for value in values]
