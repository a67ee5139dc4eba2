"""Reports as tickets: how they are opened, and what of a ticket the person sees who has reported it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.texts import Language
from gateway.core.site.site import Site
from gateway.core.work.actions import AddPhoto
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import DONE, TicketState, TicketStep
from gateway.core.work.reporters import called
from gateway.core.work.reporting import TakeReport
from gateway.core.work.tickets import Reporter
from gateway.pages import ticket_wording as wording
from gateway.pages.acting import Act, perform
from gateway.pages.ports import PublicEntry, Report, ReportState, ReportView
from gateway.pages.ticket_history import TicketHistory
from gateway.store.database import Database

_STATES = {
    TicketState.NEW: ReportState.RECEIVED,
    TicketState.ASSIGNED: ReportState.RECEIVED,
    TicketState.ACCEPTED: ReportState.ON_ITS_WAY,
    TicketState.ON_SITE: ReportState.ON_ITS_WAY,
    TicketState.ON_HOLD: ReportState.WAITING,
    TicketState.RESOLVED: ReportState.DONE,
    TicketState.CONFIRMED: ReportState.DONE,
    TicketState.CLOSED: ReportState.CLOSED,
    TicketState.CANCELLED: ReportState.CANCELLED,
    TicketState.MERGED: ReportState.ON_ITS_WAY,
}
_FURTHEST = 20
"""Tickets that were merged one into the next, which are looked at."""


class TicketReports:
    """Opens the tickets of reports, and shows what has become of them."""

    def __init__(self, site: Site, database: Database, act: Act) -> None:
        self._site = site
        self._database = database
        self._act = act

    async def open_report(self, report: Report) -> int:
        """Open a ticket, or find the one that the report has."""
        reporter = Reporter(name=report.name, contact=report.contact, language=report.language)
        numbers: list[int] = []
        action = TakeReport(
            key=f"page/{report.key}",  # no other sender can choose such a key
            subject=report.place,
            text=report.text,
            photos=report.photos,
            reporter=reporter,
            answer=numbers.append,
            by=called(reporter, self._site.header.language),
        )
        await perform(self._act, action)
        if report.photos:
            await self._add_photos(numbers[0], report.photos, action.by)
        return numbers[0]

    async def _add_photos(self, number: int, photos: Sequence[str], by: str) -> None:
        """Add those that came only when the report was sent again."""
        history = await asyncio.to_thread(TicketHistory.read, self._database, number)
        if history is None:
            return
        present = {record.data["photo"] for record in history.steps if _is_public_photo(record)}
        for photo in photos:
            if photo not in present:
                added = AddPhoto(ticket=number, photo=photo, is_public=True, by=by, over=history.ticket)
                await perform(self._act, added)

    async def view_report(self, ticket: int, language: Language) -> ReportView | None:
        """What is public of a ticket that somebody has reported."""
        return await asyncio.to_thread(self._view, ticket, language)

    def _view(self, number: int, language: Language) -> ReportView | None:
        history = TicketHistory.read(self._database, number)
        if history is None or history.ticket.reporter is None:
            return None
        ticket, goes_on = history.ticket, self._goes_on(history)
        photos = [record for record in history.steps if _is_public_photo(record)]
        opened = [record.time for record in history.steps if record.data.get("step") == TicketStep.OPEN.value]
        sent = [record for record in photos if record.time in opened]
        return ReportView(
            number=number,
            text=ticket.description or ticket.title,
            place=ticket.subject,
            state=_STATES[goes_on.ticket.state],
            since=goes_on.since,
            entries=[*self._entries(history, photos, len(sent), language)],
            photos=[str(record.data["photo"]) for record in photos],
            photos_sent=len(sent),
            rating=history.rating,
            can=_can(history),
        )

    def _goes_on(self, history: TicketHistory) -> TicketHistory:
        """The ticket under which the work is done."""
        for _ in range(_FURTHEST):
            into = history.ticket.merged_into
            found = None if into is None else TicketHistory.read(self._database, into)
            if found is None:
                break
            history = found
        return history

    def _entries(
        self, history: TicketHistory, photos: Sequence[AuditRecord], sent: int, language: Language
    ) -> Iterator[PublicEntry]:
        """What the person reads of the steps and entries. Photos that came with the report stand beside its text."""
        numbers = {record.number: number for number, record in enumerate(photos)}
        for record in history.steps:
            number = numbers.get(record.number)
            if number is not None and number < sent:
                continue
            if (text := self._said(record, language)) is not None:
                yield PublicEntry(at=record.time, text=text, photo=number)

    def _said(self, record: AuditRecord, language: Language) -> str | None:
        """What the person reads of a step or an entry; None where it is internal. What is new here stays so."""
        data = record.data
        match data.get("step"):
            case TicketStep.HOLD.value:
                reason = str(data.get("reason"))
                return wording.WAITS_FOR.get(reason, wording.WAITS_FOR[HoldReason.OTHER.value]).in_language(language)
            case "comment" if data.get("public") is True:
                said = wording.SAID.in_language(language).replace("{person}", self._name(record.by, language))
                return said.replace("{note}", str(data["note"]))
            case "photo" if data.get("public") is True:
                return wording.PHOTO.in_language(language)
            case str(step) if step in wording.PUBLIC_STEPS:
                who = data.get("to") if step == TicketStep.ACCEPT.value else record.by
                person = self._name(None if who is None else str(who), language)
                return wording.PUBLIC_STEPS[step].in_language(language).replace("{person}", person)
        return None

    def _name(self, who: str | None, language: Language) -> str:
        """What a colleague is called: a name alone, never how to reach somebody."""
        person = self._site.people.get(self._site.person_called(who)) if who is not None else None
        if person is not None:
            return self._site.person_name(person)
        return who or wording.NOBODY.in_language(language)


def _is_public_photo(record: AuditRecord) -> bool:
    return record.data.get("step") == "photo" and record.data.get("public") is True


def _can(history: TicketHistory) -> frozenset[LinkPurpose]:
    """What the person can do now."""
    state = history.ticket.state
    can = {LinkPurpose.CONFIRM} if state is TicketState.RESOLVED else set()
    if state in DONE:
        can |= {LinkPurpose.REOPEN} | ({LinkPurpose.RATE} if history.rating is None else set())
    return frozenset(can)
