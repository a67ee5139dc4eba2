"""Random histories of overdue tickets: restarts, outages and a clock that is set, with people who do anything."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.requests import Tell
from gateway.core.work.actions import (
    AcceptTicket,
    AcknowledgeTicket,
    ArriveTicket,
    AssignTicket,
    ChangePriority,
    HoldTicket,
    MergeTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.holds import HoldReason
from tests.unit.core.managed.twins import histories_of
from tests.unit.core.work.staffed import PEOPLE, Works, staffed

M = MINUTE // SECOND
CHAINS = (
    {
        "priority": "P1",
        "levels": [{"tell": "assignee"}, {"tell": "bob", "after": "5m"}, {"tell": "team"}],
        "repeat": "7m",
    },
    {"levels": [{"tell": "assignee"}, {"tell": ["bob", "ann"], "after": "10m"}, {"tell": "cai", "after": "20m"}]},
)
BREACHES = ("ticket breached", "ticket escalated")
tickets = st.integers(1, 3)


class Escalating(RuleBasedStateMachine):
    """Two gateways that are told the same; where one stands still, the other is started again."""

    def __init__(self) -> None:
        super().__init__()
        files = staffed(PEOPLE, dispatch=None, chains=CHAINS)
        self.both = self.steady, self.restarted = Works(files), Works(files)

    @rule(priority=st.sampled_from(["P1", "P2", "P4"]), to=st.sampled_from([None, "ann", "dan"]))
    def open(self, priority: str, to: str | None) -> None:
        if len(self.steady.tickets) < 3:
            numbers = {each.open(priority=priority) for each in self.both}
            if to is not None:
                self._act(AssignTicket(ticket=numbers.pop(), to=to, by="Li Wei"))

    @rule(number=tickets, arrives=st.booleans())
    def begin(self, number: int, arrives: bool) -> None:
        self._act(AcceptTicket(ticket=number, by="ann"))
        if arrives:
            self._act(ArriveTicket(ticket=number, by="ann"))

    @rule(number=tickets, reason=st.sampled_from([HoldReason.PARTS, HoldReason.ACCESS, HoldReason.OTHER]))
    def hold(self, number: int, reason: HoldReason) -> None:
        self._act(HoldTicket(ticket=number, reason=reason, by="Li Wei"))

    @rule(number=tickets)
    def resume(self, number: int) -> None:
        self._act(ResumeTicket(ticket=number, by="Li Wei"))

    @rule(number=tickets, priority=st.sampled_from([Priority.P1, Priority.P2, Priority.P4]))
    def change_priority(self, number: int, priority: Priority) -> None:
        self._act(ChangePriority(ticket=number, priority=priority, by="Li Wei", note="Water rises"))

    @rule(number=tickets, again=st.booleans())
    def resolve(self, number: int, again: bool) -> None:
        self._act(ResolveTicket(ticket=number, by="ann", note="Done", despite="No reading yet"))
        if again:
            self._act(ReopenTicket(ticket=number, by="Li Wei", note="It leaks again"))

    @rule(number=tickets, into=tickets)
    def merge(self, number: int, into: int) -> None:
        self._act(MergeTicket(ticket=number, into=into, by="Li Wei"))

    @rule(number=tickets)
    def acknowledge(self, number: int) -> None:
        self._act(AcknowledgeTicket(ticket=number, by="Li Wei"))

    @rule(seconds=st.sampled_from([0, 1, 4 * M, 5 * M, 24 * M, 110 * M, 300 * M, 1500 * M]))
    def later(self, seconds: int) -> None:
        for each in self.both:
            each.run(seconds)

    @rule(seconds=st.sampled_from([0, 20, 59, 60, 15 * M, 100 * M, 400 * M, 1600 * M]))
    def outage(self, seconds: int) -> None:
        before = [len(each.letters) for each in self.both]
        for each in self.both:
            each.now += seconds * SECOND
        self.restarted.restart()
        self.steady.run(0)
        for each, count in zip(self.both, before, strict=True):
            self._each_was_told_once(each, count)

    @rule(seconds=st.sampled_from([-40 * M, 40 * M]))
    def set_clock(self, seconds: int) -> None:
        for each in self.both:
            each.set_clock(seconds)
            each.run(0)

    @invariant()
    def both_tell_the_same(self) -> None:
        for number in self.steady.tickets:
            assert self.restarted.told(number) == self.steady.told(number)
        assert self.restarted.climbs() == self.steady.climbs()

    @invariant()
    def who_is_told_has_work_that_is_overdue(self) -> None:
        due = {
            (ticket.number, clock.kind)
            for ticket in self.steady.tickets.values()
            for clock in ticket.clocks
            if ticket.is_at_work and clock.breached_at is not None and clock.met_at is None
        }
        assert self.steady.climbs() <= due

    def _each_was_told_once(self, made: Works, before: int) -> None:
        told = [
            (each.about, person)
            for each in made.letters[before:]
            if isinstance(each, Tell) and each.kind in (*BREACHES, "ticket warned")
            for person in each.people
        ]
        assert len(told) == len({*told}), told

    def _act(self, action: Action) -> None:
        answers: Sequence[list[str]] = ([], [])
        for each, said in zip(self.both, answers, strict=True):
            try:
                each.act(action)
            except GatewayError as error:
                said.append(str(error))
            each.run(0)
        assert answers[0] == answers[1]


TestEscalating = histories_of(Escalating, 60)
