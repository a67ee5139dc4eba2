"""Whatever alarms come and people do with their tickets, in whatever order, and wherever the gateway restarts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.working_time import EVERY_HOUR
from gateway.core.work import clocks
from gateway.core.work.actions import (
    AcceptTicket,
    ArriveTicket,
    AskToDo,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    CloseTicket,
    CommentTicket,
    ConfirmTicket,
    DeclineTicket,
    HandOverTicket,
    HoldTicket,
    MergeTicket,
    OpenTicket,
    RateTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import AT_WORK, TRANSITIONS, AsBefore, TicketState, TicketStep
from gateway.core.work.ticket_clocks import TrailStep, folded
from gateway.core.work.tickets import Ticket
from tests.unit.core.managed.run import Run
from tests.unit.core.managed.twins import Twins, histories_of, seconds
from tests.unit.core.sites import TICKET, rule_spec, site

DEVICE = st.sampled_from(["p1", "p2"])
NUMBER = st.integers(1, 6)
PERSON = st.sampled_from(["Li Wei", "Zhao Min"])
WAIT = st.sampled_from([0, SECOND, MINUTE, 5 * MINUTE, HOUR, 7 * HOUR, DAY])
STEPS = {step.value: step for step in TicketStep}

RULES = (
    RuleSpec.model_validate(
        {
            "id": "low-pressure",
            "applies_to": {"profile": "pump"},
            "levels": [
                {"severity": "warning", "when": "pressure < lowest"},
                {"severity": "critical", "when": "pressure < 0.02"},
            ],
            "title": {"en": "Low pressure"},
            "chatter": "never",
            "ticket": TICKET,
        }
    ),
    rule_spec(id="stopped", when="!running", chatter="never", ticket=TICKET | {"priority": "P3"}),
    rule_spec(id="high", when="pressure > 2", chatter="never", ticket=TICKET | {"category": "valve"}),
)


def entries(trail: list[AuditRecord]) -> list[tuple[Any, ...]]:
    """What a ticket has told, without the numbers of records, which differ between runs."""
    return [(each.time, each.by, msgspec.json.encode(each.data)) for each in trail]


class ManagedTickets(Twins):
    """Two pumps with three rules, and two people who make every step at any time."""

    FILES = site(*RULES)

    @rule(device=DEVICE, pressure=st.sampled_from([0.01, 0.05, 0.5, 2.4]), running=st.booleans(), wait=WAIT)
    def hear(self, device: str, pressure: float, running: bool, wait: Micros) -> None:
        values = {"ts": self.now // MILLISECOND, "pressure": pressure, "running": running}
        self.read(f"site/s1/pump/{device}/telemetry", msgspec.json.encode(values))
        self.pass_time(wait)

    @rule(wait=WAIT)
    def wait(self, wait: Micros) -> None:
        self.pass_time(wait)

    @rule(alarm=st.integers(1, 12))
    def acknowledge(self, alarm: int) -> None:
        self.act(Acknowledge(alarm=alarm, by="Li Wei"))

    @rule(device=DEVICE, priority=st.sampled_from(Priority))
    def report(self, device: str, priority: Priority) -> None:
        self.act(
            OpenTicket(
                by="Li Wei",
                subject=Subject.of_device(device),
                category="pump",
                priority=priority,
                team="engineering",
                title="Noise",
            )
        )

    @rule(ticket=NUMBER, by=PERSON, out=st.sampled_from([None, None, HOUR]))
    def begin(self, ticket: int, by: str, out: Micros | None) -> None:
        self.act(AcceptTicket(ticket=ticket, by=by))
        self.act(ArriveTicket(ticket=ticket, by=by, out_of_service_for=out))

    @rule(ticket=NUMBER, by=PERSON)
    def accept(self, ticket: int, by: str) -> None:
        self.act(AcceptTicket(ticket=ticket, by=by))

    @rule(ticket=NUMBER, to=PERSON, hands_over=st.booleans())
    def give(self, ticket: int, to: str, hands_over: bool) -> None:
        kind = HandOverTicket if hands_over else AssignTicket
        self.act(kind(ticket=ticket, by="Wang Fang", to=to, note="nearest"))

    @rule(ticket=NUMBER, by=PERSON)
    def decline(self, ticket: int, by: str) -> None:
        self.act(DeclineTicket(ticket=ticket, by=by, note="busy"))

    @rule(ticket=NUMBER, to=st.sampled_from([None, "Li Wei"]))
    def be_asked(self, ticket: int, to: str | None) -> None:
        """A part above has somebody asked."""

        def ask(run: Run) -> Any:  # noqa: ANN401
            run.engine._assembly.begin()
            run.engine._assembly.ask(AskToDo(ticket=ticket, to=to, why="on duty", time=self.now))
            return run.engine._assembly.finish()

        self.both(ask)

    @rule(ticket=NUMBER, reason=st.sampled_from(HoldReason), wait=WAIT)
    def hold(self, ticket: int, reason: HoldReason, wait: Micros) -> None:
        self.act(HoldTicket(ticket=ticket, by="Li Wei", reason=reason))
        self.pass_time(wait)

    @rule(ticket=NUMBER)
    def resume(self, ticket: int) -> None:
        self.act(ResumeTicket(ticket=ticket, by="Li Wei"))

    @rule(ticket=NUMBER, despite=st.sampled_from([None, "sensor"]))
    def resolve(self, ticket: int, despite: str | None) -> None:
        self.act(ResolveTicket(ticket=ticket, by="Li Wei", note="done", despite=despite))

    @rule(ticket=NUMBER, confirms=st.booleans(), closes=st.booleans())
    def finish(self, ticket: int, confirms: bool, closes: bool) -> None:
        if confirms:
            self.act(ConfirmTicket(ticket=ticket, by="Zhao Min", despite="x"))
        if closes:
            self.act(CloseTicket(ticket=ticket, by="Zhao Min", despite="x"))
        self.act(RateTicket(ticket=ticket, by="Zhao Min", rating=4))

    @rule(ticket=NUMBER, closes=st.booleans(), wait=WAIT)
    def finish_whatever_stands(self, ticket: int, closes: bool, wait: Micros) -> None:
        self.act(AcceptTicket(ticket=ticket, by="Li Wei"))
        self.act(ResolveTicket(ticket=ticket, by="Li Wei", note="done", despite="sensor"))
        if closes:
            self.act(CloseTicket(ticket=ticket, by="Zhao Min", despite="sensor"))
        self.pass_time(wait)

    @rule(ticket=NUMBER)
    def reopen(self, ticket: int) -> None:
        """Each run knows the record of its own store."""
        over = self.patient.tickets.get(ticket)
        self.act(ReopenTicket(ticket=ticket, by="Zhao Min", note="not done", over=over))

    @rule(ticket=NUMBER)
    def cancel(self, ticket: int) -> None:
        self.act(CancelTicket(ticket=ticket, by="Zhao Min", note="test"))

    @rule(ticket=NUMBER, into=NUMBER)
    def merge(self, ticket: int, into: int) -> None:
        self.act(MergeTicket(ticket=ticket, by="Zhao Min", into=into))

    @rule(ticket=NUMBER, priority=st.sampled_from(Priority))
    def change_priority(self, ticket: int, priority: Priority) -> None:
        self.act(ChangePriority(ticket=ticket, by="Zhao Min", priority=priority, note="x"))

    @rule(ticket=NUMBER)
    def comment(self, ticket: int) -> None:
        self.act(CommentTicket(ticket=ticket, by="Zhao Min", note="seen"))

    @rule(down=st.sampled_from(seconds(0, 1, 30, 700, 7 * 3600)), saved=st.booleans())
    def restart(self, down: Micros, saved: bool) -> None:
        """One run restarts; the other is blind for as long."""
        if saved:
            self.save()
        self.replace_one(down)
        self.find_link()
        self.pass_time(SECOND)

    @rule(by=st.sampled_from([HOUR, -10 * MINUTE, DAY]))
    def set_clock(self, by: Micros) -> None:
        self.clock_set(by)
        self.pass_time(0)

    @invariant()
    def a_restart_changes_nothing_of_tickets(self) -> None:
        assert {number: entries(trail) for number, trail in self.patient.trails.items()} == {
            number: entries(trail) for number, trail in self.restarted.trails.items()
        }

    @invariant()
    def tickets_make_the_steps_of_the_table(self) -> None:
        for trail in self.patient.trails.values():
            state = None
            for record in trail:
                step = STEPS.get(str(record.data["step"]))
                if step is None:
                    continue
                after = TicketState(str(record.data["state"]))
                if step is TicketStep.OPEN:
                    assert (state, after) == (None, TicketState.NEW)
                else:
                    assert state is not None
                    to = TRANSITIONS[state, step]
                    assert isinstance(to, AsBefore) or after is to
                state = after

    @invariant()
    def the_trail_tells_the_clocks_that_are_kept(self) -> None:
        for run in self.runs:
            for number, trail in run.trails.items():
                steps = [TrailStep(str(each.data["step"]), each.time, each.data) for each in trail]
                assert folded(steps, lambda _calendar: EVERY_HOUR) == run.tickets[number].clocks

    @invariant()
    def clocks_are_never_negative_and_stand_still_once_nothing_is_due(self) -> None:
        for ticket in self.patient.tickets.values():
            for clock in ticket.clocks:
                assert 0 <= clock.counted <= clocks.counted_at(clock, self.now, EVERY_HOUR)
                assert clock.since is None or clock.met_at is None
                assert clock.since is None or ticket.state in AT_WORK

    @invariant()
    def what_is_over_was_told_and_each_moment_once(self) -> None:
        for number, trail in self.patient.trails.items():
            told = [(each.time, each.data["clock"], each.data["step"]) for each in trail if "clock" in each.data]
            assert len(told) == len({*told})
            for clock in self.patient.tickets[number].clocks:
                due = clocks.due_at(clock, EVERY_HOUR)
                assert clock.since is None or due is None or due > self.now or clock.breached_at == due

    @invariant()
    def an_alarm_that_was_told_hangs_on_one_ticket_and_a_fault_is_at_work_once(self) -> None:
        for run in self.runs:
            at_work: dict[str, Ticket] = {}
            for ticket in run.tickets.values():
                for fault in ticket.faults if ticket.is_at_work else ():
                    assert fault not in at_work, (ticket, at_work[fault])
                    at_work[fault] = ticket
            for alarm in run.standing():
                if alarm.raised_count and alarm.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED):
                    assert alarm.ticket in run.tickets

    @invariant()
    def a_ticket_waits_for_those_alarms_that_hang_on_it_and_stand(self) -> None:
        for run in self.runs:
            desk = run.engine.part(ServiceDesk)
            standing = {alarm.ticket for alarm in run.standing() if alarm.holds}
            assert {number for number in run.tickets if desk._stands(number)} == standing & {*run.tickets}

    @invariant()
    def a_return_is_noted_at_most_once(self) -> None:
        returns = Counter(told.alarm for told in self.patient.told if told.step is Step.RETURN)
        noted = Counter(
            each.data["alarm"]
            for trail in self.patient.trails.values()
            for each in trail
            if each.data["step"] == "alarm returned"
        )
        assert noted <= returns


TestManagedTickets = histories_of(ManagedTickets, 120)
