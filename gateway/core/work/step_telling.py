"""What is told of the steps of a ticket: to who is asked, to who decides where nobody is, to who has reported it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.core.duty.actions import DutyChanged
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.notices.requests import NoticeFailed, Urgency
from gateway.core.site.site import Site
from gateway.core.work.events import AskUnanswered, AssigneeAway, AssigneeUnreached, TicketMoved, TicketNoted
from gateway.core.work.lifecycle import TicketState, TicketStep
from gateway.core.work.telling import ASKED, URGENCY, Happening, Telling, is_of
from gateway.core.work.tickets import Ticket
from gateway.core.work.told_people import ToldPeople

_ANSWERS = (LinkPurpose.ACCEPT, LinkPurpose.DECLINE)
_KINDS = {
    TicketStep.ASSIGN: "ticket assigned",
    TicketStep.HAND_OVER: "ticket handed over",
    TicketStep.REOPEN: "ticket reopened",
}
_OF_REPORTS = {
    TicketStep.OPEN: ("report received", (LinkPurpose.TRACK,)),
    TicketStep.RESOLVE: ("ticket resolved", (LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE)),
    TicketStep.CLOSE: ("ticket closed", (LinkPurpose.RATE,)),
    TicketStep.CANCEL: ("ticket cancelled", ()),
}
_ENDS = (TicketStep.RESOLVE, TicketStep.CANCEL)
_UNASSIGNED, _UNREACHED, _UNANSWERED, _AWAY = "unassigned/", "unreached/", "unanswered/", "away/"
_OF_WHO_HAS_IT = (_UNASSIGNED, _UNREACHED, _UNANSWERED, _AWAY)
"""The keys of what is told of who has it, or has not: nothing of that is true any more once somebody else has it."""


class StepTelling:
    """Asks notices to tell people of what has become of a ticket."""

    def __init__(self, site: Site, people: ToldPeople, telling: Telling, seam: Seam) -> None:
        self._site = site
        self._people = people
        self._telling = telling
        self._seam = seam

    def moved(self, event: TicketMoved) -> None:
        """Tell who has it now, and who has reported it; who does not have it any more is told nothing more."""
        ticket, before = event.ticket, event.before
        had = before.assignee if before is not None else None
        if before is not None and (not ticket.is_at_work or event.step is TicketStep.REOPEN):
            # What was not sent yet is not true any more, such as that the work is done.
            self._seam.ask(self._telling.hush(ticket, event.time))
        else:
            self._withdraw(event, had)
        if event.step in _KINDS and ticket.state is TicketState.ASSIGNED:
            self._asked(event)
        if event.step in _OF_REPORTS:
            kind, links = _OF_REPORTS[event.step]
            key = f"{event.step.value}/{ticket.event}"
            request = self._telling.reporter(ticket, kind, event.time, key=key, cause=ticket.event, links=links)
            if request is not None:
                self._seam.ask(request)
        if event.step in _ENDS or event.step is TicketStep.REOPEN:
            self._followed(event)

    def nobody(self, event: TicketNoted) -> None:
        """Nobody is left to ask."""
        ticket, now = event.ticket, event.time
        people = (*self._people.who_decide(ticket, now), *self._people.unreached(ticket.team, now))
        self._unassigned(ticket, people, now, str(event.data["why"]), key=f"{_UNASSIGNED}{ticket.event}")

    def failed(self, ticket: Ticket | None, event: NoticeFailed) -> None:
        """Somebody who decides is not told that nobody has it: the next is, at once. Nobody is told twice."""
        if ticket is None or event.person is None or ticket.assignee is not None or not is_of(event, _UNASSIGNED):
            return
        if self._people.known(event.person) is None or self._people.reachable([event.person]):
            return  # in a site that has a way to nobody, nobody is told in place of another
        if people := self._people.reachable(self._people.who_decide(ticket, event.time)):
            why = self._telling.why(Happening.NOT_TOLD, event.person)
            self._unassigned(ticket, people, event.time, why, key=event.key.removeprefix(f"ticket/{ticket.number}/"))

    def away(self, event: AssigneeAway) -> None:
        """Somebody who has it is away."""
        people = self._people.who_decide(event.ticket, event.time, but=event.person)
        self._escalated(event, people, Happening.AWAY, key=f"{_AWAY}{event.person}/{event.cause}", cause=event.cause)

    def back(self, ticket: Ticket, event: DutyChanged) -> None:
        """Who has it is back: who was not told of the absence yet is not."""
        self._seam.ask(self._telling.hush(ticket, event.time, keys=[f"{_AWAY}{event.person}/"]))

    def unreached(self, event: AssigneeUnreached) -> None:
        """Somebody was asked by a person and cannot be told of it."""
        cause = event.ticket.event
        people = self._people.who_decide(event.ticket, event.time, but=event.person)
        links = (LinkPurpose.ACCEPT,)
        self._escalated(event, people, Happening.UNREACHED, key=f"{_UNREACHED}{cause}", cause=cause, links=links)

    def unanswered(self, event: AskUnanswered) -> None:
        """Somebody who is alone on duty does not answer: whoever else decides is told, and can take it."""
        cause = event.ticket.event
        people = self._people.others_decide(event.ticket, event.time, event.person)
        links = (LinkPurpose.ACCEPT,)
        self._escalated(event, people, Happening.UNANSWERED, key=f"{_UNANSWERED}{cause}", cause=cause, links=links)

    def _escalated(
        self,
        event: AssigneeAway | AssigneeUnreached | AskUnanswered,
        people: Sequence[str],
        happening: Happening,
        *,
        key: str,
        cause: int,
        links: tuple[LinkPurpose, ...] = (),
    ) -> None:
        if not people:
            return
        why = self._telling.why(happening, event.person)
        request = self._telling.colleagues(
            event.ticket, "ticket escalated", people, event.time, key=key, cause=cause, why=why, links=links
        )
        self._seam.ask(request)

    def _unassigned(self, ticket: Ticket, people: Sequence[str], now: Micros, why: str, *, key: str) -> None:
        told, links = tuple(dict.fromkeys(people)), (LinkPurpose.ACCEPT,)
        request = self._telling.colleagues(
            ticket, "ticket unassigned", told, now, key=key, cause=ticket.event, why=why, links=links
        )
        self._seam.ask(request)

    def _withdraw(self, event: TicketMoved, had: str | None) -> None:
        """Take back what is not true any more with another assignee, or as somebody has accepted it."""
        ticket, now = event.ticket, event.time
        if had is not None and had != ticket.assignee and self._people.known(had) is not None:
            self._seam.ask(self._telling.hush(ticket, now, had))
        is_accepted = event.step is TicketStep.ACCEPT
        if is_accepted or (event.before is not None and had != ticket.assignee):
            keys = (*_OF_WHO_HAS_IT, ASKED) if is_accepted else _OF_WHO_HAS_IT
            self._seam.ask(self._telling.hush(ticket, now, keys=keys))

    def _followed(self, event: TicketMoved) -> None:
        """Tell those whose tickets were merged into it that it is done. What of that was not sent yet when it is
        reopened is not true any more."""
        for follower in event.ticket.followers:
            own = msgspec.structs.replace(
                event.ticket,
                number=follower.ticket,
                title=follower.title,
                location=follower.location,
                reporter=follower.reporter,
            )
            if event.step is TicketStep.REOPEN:
                self._seam.ask(self._telling.hush(own, event.time))
                continue
            cause = event.ticket.event
            links = (LinkPurpose.TRACK,)
            told = self._telling.reporter(
                own, "merged done", event.time, key=f"merged/{cause}", cause=cause, links=links
            )
            if told is not None:
                self._seam.ask(told)

    def _asked(self, event: TicketMoved) -> None:
        """Tell who is asked.

        Somebody who is not on duty is told of what was reopened, or has days of time, when quiet hours are over. Who is
        on duty is told at once: the time to accept it runs, and the next is asked when it is over.
        """
        ticket, now = event.ticket, event.time
        person = self._people.known(ticket.assignee)
        if person is None or (event.by is not None and self._site.person_called(event.by) == person):
            return
        is_reopened = event.step is TicketStep.REOPEN
        urgency = URGENCY[ticket.priority]
        if not self._people.is_on_duty(person, ticket.team, now):
            urgency = Urgency.QUIET if is_reopened else urgency
        elif urgency is Urgency.QUIET:
            urgency = Urgency.PROMPT
        request = self._telling.colleagues(
            ticket,
            _KINDS[event.step],
            (person,),
            now,
            key=f"{ASKED}{ticket.event}",
            cause=ticket.event,
            why=event.note if is_reopened else ticket.why_assigned,
            links=_ANSWERS,
            urgency=urgency,
        )
        self._seam.ask(request)
