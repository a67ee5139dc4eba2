"""Random histories of duty, dispatch and escalation, with people who do anything and restarts at any time."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.requests import Tell
from gateway.core.work.actions import (
    AcceptTicket,
    AcknowledgeTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    DeclineTicket,
    HoldTicket,
    MergeTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.asks import Ask, Phase
from gateway.core.work.clocks import ClockKind
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from tests.unit.core.managed.twins import histories_of
from tests.unit.core.work.staffed import PEOPLE, Works, staffed

FILES = staffed(dispatch=DispatchSpec.model_validate({"accept_within": "7m", "teams": {"cleaning": "3m"}}))
IDS = [str(each["id"]) for each in PEOPLE]
TEAMS = {team: {str(each["id"]) for each in PEOPLE if team in each["teams"]} for team in ("engineering", "cleaning")}
WAITING = (TicketState.NEW, TicketState.ASSIGNED)

people, tickets = st.sampled_from(IDS), st.integers(0, 5)
"""A ticket is chosen among those there are."""


class Watched(Works):
    """Looks at each ask when it is made: who was there, and who was asked before."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        super().__init__(FILES)

    def run(self, seconds: float) -> None:
        """Timer by timer, so that each ask is seen with those who are on duty then."""
        end = self.now + round(seconds * SECOND)
        while (due := self.engine.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            before = dict(self.asks)
            self._take(self.engine.tick(self.now))
            for number, ask in self.asks.items():
                known = before.get(number, Ask(number, Phase.TO_ASK))
                is_resumed = (ask.person, ask.asked) == (known.person, known.asked)
                if ask.phase is Phase.ASKED and ask != known and not is_resumed:
                    self._look(number, known.asked)
        self.now = end

    def there(self, team: str) -> list[str]:
        """Who is on duty and can be told."""
        return [each for each in self.on_duty(team) if each not in self.unreachable]

    def _look(self, number: int, asked: tuple[str, ...]) -> None:
        ask, duty = self.asks[number], self.there(self.tickets[number].team)
        if ask.person not in duty:
            self.wrong.append(f"{ask.person} is asked for {number} and not on duty, or not told: {duty}")
        is_reminder = asked[-1:] == (ask.person,) and duty == [ask.person]
        if ask.asked[:-1] == asked and ask.person in asked and (ask.asked.count(ask.person) > 2 or not is_reminder):
            self.wrong.append(f"{ask.person} is asked for {number} again: {asked}")
        if len(ask.asked) == 1 and (left := set(duty) - set(asked)) and ask.person not in left:
            self.wrong.append(f"{ask.person} is asked for {number} again, and {left} was not yet")


class Dispatching(RuleBasedStateMachine):
    """Two gateways that are told the same; one of them is started again now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.steady, self.restarted = Watched(), Watched()
        self.acknowledged: set[tuple[int, ClockKind]] = set()

    @rule(
        category=st.sampled_from(["pump", "lift"]),
        priority=st.sampled_from(["P1", "P3"]),
        team=st.sampled_from([*TEAMS]),
    )
    def open(self, category: str, priority: str, team: str) -> None:
        """Somebody reports something."""
        if len(self.steady.tickets) < 6:
            for each in (self.steady, self.restarted):
                each.open(category, priority=priority, team=team)

    @rule(number=tickets, person=people)
    def accept(self, number: int, person: str) -> None:
        """Somebody accepts, asked or not."""
        self._act(AcceptTicket(ticket=self._number(number), by=person))

    @rule(number=tickets)
    def decline(self, number: int) -> None:
        """Who is asked declines."""
        ticket = self.steady.tickets.get(self._number(number))
        if ticket is not None and ticket.assignee is not None:
            self._act(DeclineTicket(ticket=ticket.number, by=ticket.assignee, note="No time"))

    @rule(number=tickets, to=st.sampled_from([*IDS, "Contractor Zhang"]))
    def assign(self, number: int, to: str) -> None:
        """A person asks somebody."""
        self._act(AssignTicket(ticket=self._number(number), to=to, by="Li Wei"))

    @rule(number=tickets)
    def hold(self, number: int) -> None:
        """The work waits."""
        self._act(HoldTicket(ticket=self._number(number), reason=HoldReason.PARTS, by="Li Wei"))

    @rule(number=tickets)
    def resume(self, number: int) -> None:
        """The work goes on."""
        self._act(ResumeTicket(ticket=self._number(number), by="Li Wei"))

    @rule(number=tickets)
    def resolve(self, number: int) -> None:
        """The work is done."""
        self._act(ResolveTicket(ticket=self._number(number), by="Li Wei", note="Done", despite="No reading yet"))

    @rule(number=tickets)
    def reopen(self, number: int) -> None:
        """It is not."""
        self._act(ReopenTicket(ticket=self._number(number), by="Li Wei", note="It leaks again"))

    @rule(number=tickets)
    def cancel(self, number: int) -> None:
        """There is none."""
        self._act(CancelTicket(ticket=self._number(number), by="Li Wei", note="Nothing there"))

    @rule(number=tickets, into=tickets)
    def merge(self, number: int, into: int) -> None:
        """It is the same work."""
        self._act(MergeTicket(ticket=self._number(number), into=self._number(into), by="Li Wei"))

    @rule(number=tickets, priority=st.sampled_from([Priority.P1, Priority.P2, Priority.P4]))
    def change_priority(self, number: int, priority: Priority) -> None:
        """It is more or less urgent."""
        self._act(ChangePriority(ticket=self._number(number), priority=priority, by="Li Wei", note="Water rises"))

    @rule(number=tickets)
    def acknowledge(self, number: int) -> None:
        """Somebody knows that it is overdue."""
        chosen = self._number(number)
        self.acknowledged |= {key for key in self.steady.climbs() if key[0] == chosen}
        self._act(AcknowledgeTicket(ticket=chosen, by="Li Wei"))

    @rule(person=people, substitute=st.none() | people, hours=st.none() | st.integers(1, 9))
    def away(self, person: str, substitute: str | None, hours: int | None) -> None:
        """Somebody goes away."""
        if substitute != person:
            until = None if hours is None else self.steady.now + hours * HOUR
            for each in (self.steady, self.restarted):
                each.away(person, substitute=substitute, until=until)

    @rule(person=people)
    def back(self, person: str) -> None:
        """Somebody comes back."""
        for each in (self.steady, self.restarted):
            try:
                each.back(person)
            except GatewayError:
                continue

    @rule(person=people)
    def lose(self, person: str) -> None:
        """No message reaches somebody any more."""
        for each in (self.steady, self.restarted):
            each.lose(person)

    @rule(person=people)
    def reach(self, person: str) -> None:
        """A message reaches somebody."""
        for each in (self.steady, self.restarted):
            each.reach(person)

    @rule(seconds=st.sampled_from([0, 1, 59, 3 * MINUTE // SECOND, 7 * MINUTE // SECOND, 3600, 5 * 3600]))
    def later(self, seconds: int) -> None:
        """Time passes."""
        for each in (self.steady, self.restarted):
            each.run(seconds)

    @rule()
    def restart(self) -> None:
        """One of them is started again."""
        self.restarted.restart()

    @invariant()
    def nobody_is_asked_who_should_not_be(self) -> None:
        assert self.steady.wrong == []
        assert self.restarted.wrong == []

    @invariant()
    def each_ticket_is_asked_of_one_person_at_most(self) -> None:
        for number, ticket in self.steady.tickets.items():
            ask = self.steady.asks.get(number)
            assert (ask is not None) == ticket.is_at_work
            if ask is None or ticket.state not in WAITING:
                continue
            if ticket.state is TicketState.NEW:
                assert ask.phase is Phase.NOBODY
            elif ask.phase is Phase.ASKED:
                assert ask.person == ticket.assignee
            else:
                assert ask.phase is Phase.HELD, "a person has asked somebody"

    @invariant()
    def who_is_left_to_ask_is_asked(self) -> None:
        for number, ask in self.steady.asks.items():
            if ask.phase is Phase.NOBODY and self.steady.tickets[number].state is TicketState.NEW:
                assert set(self.steady.there(self.steady.tickets[number].team)) <= {*ask.asked}

    @invariant()
    def a_breach_climbs_until_somebody_acknowledges_or_nothing_is_due(self) -> None:
        due = {
            (ticket.number, clock.kind)
            for ticket in self.steady.tickets.values()
            for clock in ticket.clocks
            if ticket.is_at_work and clock.breached_at is not None and clock.met_at is None
        }
        self.acknowledged &= due
        assert self.steady.climbs() == due - self.acknowledged

    @invariant()
    def nobody_is_told_the_same_twice(self) -> None:
        told = [(each.key, person) for each in self.steady.letters if isinstance(each, Tell) for person in each.people]
        assert len(told) == len({*told})

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        assert self.restarted.tickets == self.steady.tickets
        assert self.restarted.rows() == self.steady.rows()
        assert self.restarted.letters == self.steady.letters

    def _number(self, chosen: int) -> int:
        return chosen % max(len(self.steady.tickets), 1) + 1

    def _act(self, action: Action) -> None:
        for each in (self.steady, self.restarted):
            try:
                each.act(action)
            except GatewayError:
                continue
            each.run(0)


TestDispatching = histories_of(Dispatching, 60)
