"""What is told of the steps of a ticket: to who is asked, to who decides where nobody is, to who has reported it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.part import Seam
from gateway.core.notices.requests import Urgency
from gateway.core.site.site import Site
from gateway.core.work.events import AskUnanswered, AssigneeAway, TicketMoved, TicketNoted
from gateway.core.work.lifecycle import TicketState, TicketStep
from gateway.core.work.telling import URGENCY, Happening, Telling
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
        elif had is not None and had != ticket.assignee and self._people.known(had) is not None:
            self._seam.ask(self._telling.hush(ticket, event.time, had))
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
        people = self._people.who_decide(ticket, now)
        why = str(event.data["why"])
        key = f"unassigned/{ticket.event}"
        request = self._telling.colleagues(
            ticket, "ticket unassigned", people, now, key=key, cause=ticket.event, why=why, links=(LinkPurpose.ACCEPT,)
        )
        self._seam.ask(request)

    def away(self, event: AssigneeAway) -> None:
        """Somebody who has it is away."""
        people = self._people.who_decide(event.ticket, event.time, but=event.person)
        self._escalated(event, people, Happening.AWAY, key=f"away/{event.person}/{event.absence}", cause=event.absence)

    def unanswered(self, event: AskUnanswered) -> None:
        """Somebody who is alone on duty does not answer: whoever else decides is told, and can take it."""
        cause = event.ticket.event
        people = self._people.others_decide(event.ticket, event.time, event.person)
        links = (LinkPurpose.ACCEPT,)
        self._escalated(event, people, Happening.UNANSWERED, key=f"unanswered/{cause}", cause=cause, links=links)

    def _escalated(
        self,
        event: AssigneeAway | AskUnanswered,
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
            key=f"asked/{ticket.event}",
            cause=ticket.event,
            why=event.note if is_reopened else ticket.why_assigned,
            links=_ANSWERS,
            urgency=urgency,
        )
        self._seam.ask(request)
