"""Links about tickets: those of technicians, and those of who has reported something."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.core.kernel.errors import TicketRefused, UnknownTicket
from gateway.core.kernel.events import Action
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import SubjectKind
from gateway.core.kernel.texts import Language, Text
from gateway.core.kernel.times import Micros, to_datetime
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.work.actions import (
    AcceptTicket,
    AcknowledgeTicket,
    ConfirmTicket,
    DeclineTicket,
    RateTicket,
    ReopenTicket,
    TicketAction,
)
from gateway.core.work.lifecycle import AT_WORK, DONE, TicketState
from gateway.core.work.reporters import called
from gateway.core.work.tickets import Ticket
from gateway.errors import LinkInvalid
from gateway.pages import ticket_wording as wording
from gateway.pages.acting import Act, perform
from gateway.pages.links import Link
from gateway.pages.ports import Answer, LinkTarget, LinkView
from gateway.pages.ticket_history import TicketHistory
from gateway.store.database import Database

OF_TICKETS = (
    LinkPurpose.ACCEPT,
    LinkPurpose.DECLINE,
    LinkPurpose.CONFIRM,
    LinkPurpose.REOPEN,
    LinkPurpose.RATE,
)
_OF_STAFF = frozenset({LinkPurpose.ACKNOWLEDGE, LinkPurpose.ACCEPT, LinkPurpose.DECLINE})
_DESPITE = "who has reported it says that it is solved"


class TicketLinks:
    """Shows tickets to those who were told of them, and does what they want."""

    def __init__(self, site: Site, database: Database, act: Act) -> None:
        self._site = site
        self._database = database
        self._act = act

    async def view(self, link: Link, language: Language) -> LinkView | None:
        """The ticket as it is on disk. Who is no colleague sees nothing internal."""
        history = await self._history(link)
        if history is None:
            return None
        ticket = history.ticket
        done = history.done(link.purpose, link.person, self._site)
        obstacle = None if done is not None else _obstacle(link, history)
        return LinkView(
            title=ticket.title,
            place=self._place(ticket),
            state=self._state(ticket, language),
            since=history.since,
            is_urgent=ticket.priority == Priority.P1.value and ticket.state in AT_WORK,
            lines=self._lines(ticket, language) if link.person is not None else (),
            done=done,
            obstacle=None if obstacle is None else obstacle.in_language(language),
        )

    async def act(self, link: Link, answer: Answer) -> None:
        """Do it in the name of the person to whom the link was sent, or of who has reported it."""
        history = await self._history(link)
        if history is None:
            raise UnknownTicket(f"there is no ticket {link.about.id}")
        ticket = history.ticket
        action = self._action(link, answer, ticket)
        try:
            await self._perform(action, ticket)
        except TicketRefused:
            if not isinstance(action, ConfirmTicket):
                raise
            # An alarm stands, say. It stays open until that is over, whatever people say.
            await self._perform(msgspec.structs.replace(action, despite=_DESPITE), ticket)

    async def _perform(self, action: Action, ticket: Ticket) -> None:
        try:
            await perform(self._act, action)
        except UnknownTicket:  # it has ended long ago, and is in the store alone
            if not isinstance(action, TicketAction):
                raise
            await perform(self._act, msgspec.structs.replace(action, over=ticket))

    def _action(self, link: Link, answer: Answer, ticket: Ticket) -> Action:
        person = self._site.people.get(link.person or "")
        if person is None and link.purpose in _OF_STAFF:
            raise LinkInvalid(f"a link to {link.purpose.value} a ticket names one of the people of this site")
        name = called(ticket.reporter, self._site.header.language) if person is None else self._site.person_name(person)
        common: Mapping[str, Any] = {"ticket": ticket.number, "by": name, "note": answer.comment}
        match link.purpose:
            case LinkPurpose.ACKNOWLEDGE:
                return AcknowledgeTicket(**common)
            case LinkPurpose.ACCEPT:
                return AcceptTicket(**common)
            case LinkPurpose.DECLINE:
                return DeclineTicket(**common, of=link.person)
            case LinkPurpose.CONFIRM:
                return ConfirmTicket(**common)
            case LinkPurpose.REOPEN:
                return ReopenTicket(**common)
            case LinkPurpose.RATE if answer.rating is not None:
                return RateTicket(**common, rating=answer.rating)
        raise LinkInvalid(f"this link to {link.purpose.value} does nothing with tickets")

    async def _history(self, link: Link) -> TicketHistory | None:
        if link.about.kind is not SubjectKind.TICKET:
            return None
        return await asyncio.to_thread(TicketHistory.read, self._database, int(link.about.id))

    def _state(self, ticket: Ticket, language: Language) -> str:
        text = wording.STATES[ticket.state].in_language(language)
        return text.replace("{person}", self._name(ticket.assignee, language))

    def _name(self, assignee: str | None, language: Language) -> str:
        person = self._site.people.get(assignee or "")
        if person is not None:
            return self._site.person_name(person)
        return assignee or wording.NOBODY.in_language(language)

    def _lines(self, ticket: Ticket, language: Language) -> list[str]:
        """What a colleague should know."""
        lines = [wording.TICKET.in_language(language).format(number=ticket.number, priority=ticket.priority)]
        if ticket.next_due is not None and ticket.state in AT_WORK:
            lines.append(wording.DUE.in_language(language).format(time=self._local(ticket.next_due)))
        if ticket.guidance is not None:
            lines.append(wording.GUIDANCE.in_language(language).replace("{guidance}", ticket.guidance))
        if ticket.description is not None and ticket.description != ticket.title:
            lines.append(ticket.description)
        return lines

    def _local(self, time: Micros) -> str:
        return f"{to_datetime(time).astimezone(self._site.zone):%Y-%m-%d %H:%M}"

    def _place(self, ticket: Ticket) -> str:
        thing = self._site.words_of(ticket.subject)
        place = self._site.place_of(ticket.location)
        return thing if place is None or place == thing else f"{thing} · {place}"


class AcknowledgeLinks:
    """Links to acknowledge: of alarms, and of tickets that are overdue."""

    def __init__(self, alarms: LinkTarget, tickets: LinkTarget) -> None:
        self._alarms = alarms
        self._tickets = tickets

    async def view(self, link: Link, language: Language) -> LinkView | None:
        """What the link is about."""
        return await self._of(link).view(link, language)

    async def act(self, link: Link, answer: Answer) -> None:
        """Acknowledge it."""
        await self._of(link).act(link, answer)

    def _of(self, link: Link) -> LinkTarget:
        return self._tickets if link.about.kind is SubjectKind.TICKET else self._alarms


def _obstacle(link: Link, history: TicketHistory) -> Text | None:
    """Why what the link asks for cannot be done now, though nobody has done it."""
    ticket, state = history.ticket, history.ticket.state
    match link.purpose:
        case LinkPurpose.CONFIRM | LinkPurpose.REOPEN | LinkPurpose.RATE if state in AT_WORK:
            return wording.WORK_GOES_ON
        case LinkPurpose.CONFIRM:
            return None if state is TicketState.RESOLVED else wording.OVER
        case LinkPurpose.REOPEN | LinkPurpose.RATE:
            return None if state in DONE else wording.OVER
        case _ if state in (TicketState.RESOLVED, TicketState.CONFIRMED):
            return wording.WORK_DONE
        case _ if state not in AT_WORK:
            return wording.OVER
        case LinkPurpose.ACCEPT:
            return wording.WAITS if state is TicketState.ON_HOLD else None
        case LinkPurpose.DECLINE if history.is_taken and ticket.assignee == link.person:
            return wording.HAVE_IT
        case LinkPurpose.DECLINE if ticket.assignee is None or ticket.assignee != link.person:
            return wording.NOT_ASKED if ticket.assignee is None else wording.OTHER_ASKED
        case LinkPurpose.DECLINE if state is TicketState.ON_HOLD:
            return wording.WAITS
        case LinkPurpose.ACKNOWLEDGE:
            return None if history.is_escalated else wording.NOT_ESCALATED
    return None
