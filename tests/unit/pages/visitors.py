"""People who open pages, and the desk that answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from gateway.core.kernel.events import Action
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import DAY, Micros
from gateway.errors import InvalidAction, StoreError
from gateway.pages.alarm_links import AlarmLinks
from gateway.pages.application import create_pages
from gateway.pages.guard import Limits
from gateway.pages.links import Link, Links
from gateway.pages.ports import Answer, Done, LinkView, PagePorts, PublicEntry, Report, ReportState, ReportView
from gateway.pages.report_desk import TicketReports
from gateway.pages.ticket_links import OF_TICKETS, AcknowledgeLinks, TicketLinks
from tests.unit.api.house import NOON, House

BASE = "https://fm.example.org"
SECRET = bytes(32)
TICKET = Subject(SubjectKind.TICKET, "7")


@dataclass(slots=True)
class Desk:
    """Takes reports and does what links about tickets ask for: one ticket for each key."""

    reports: dict[str, tuple[int, Report]] = field(default_factory=dict)
    acts: list[tuple[Link, Answer]] = field(default_factory=list)
    views: dict[int, ReportView] = field(default_factory=dict)
    done: Done | None = None
    obstacle: str | None = None
    is_there: bool = True
    fails: Exception | None = None
    """What the next act raises."""
    becomes: Done | None = None
    """What somebody else has done by the time that the next act fails."""

    async def open_report(self, report: Report) -> int:
        """The same key is the same ticket."""
        if self.fails is not None:
            raise self.fails
        number, _ = self.reports.setdefault(report.key, (len(self.reports) + 7, report))
        self.views.setdefault(
            number,
            ReportView(
                number=number,
                text=report.text,
                place=report.place,
                state=ReportState.RECEIVED,
                since=NOON,
                photos=report.photos,
                photos_sent=len(report.photos),
            ),
        )
        return number

    async def view_report(self, ticket: int, language: Language) -> ReportView | None:
        """As the person who reported sees it."""
        return self.views.get(ticket)

    async def view(self, link: Link, language: Language) -> LinkView | None:
        """A ticket in the language of the page."""
        if not self.is_there:
            return None
        title = "水泵漏水" if language == "zh" else "The pump leaks"
        return LinkView(
            title=title, place="Pump room", state="assigned", since=NOON, done=self.done, obstacle=self.obstacle
        )

    async def act(self, link: Link, answer: Answer) -> None:
        """Remember it, unless it fails."""
        if self.fails is not None:
            self.done = self.becomes
            raise self.fails
        self.acts.append((link, answer))
        number = int(link.about.id)
        if number in self.views:
            self.views[number] = replace(self.views[number], can=frozenset(), rating=answer.rating)

    def finish(self, number: int) -> None:
        """The work on a ticket is done; the person who reported may say what he thinks of it."""
        entries = [PublicEntry(at=NOON, text="The seal was replaced.")]
        can = frozenset({LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE})
        self.views[number] = replace(self.views[number], state=ReportState.DONE, entries=entries, can=can)


class Visit:
    """A house with pages, and somebody who opens them."""

    def __init__(
        self,
        directory: Path,
        *,
        language: Language = "en",
        limits: Limits | None = None,
        behind_proxy: bool = False,
        takes_reports: bool = True,
        has_tickets: bool = False,
        chains: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`has_tickets`: whether links and reports are of the tickets of the house, and not of a desk that pretends."""
        self.house = House(directory, language=language, chains=chains)
        self.desk = Desk()
        self.links = Links(SECRET, BASE, now=lambda: self.house.now, knows_time=lambda: True)
        site = self.house.services.site
        alarms = AlarmLinks(site, self.house.database, self._act)
        tickets = TicketLinks(site, self.house.database, self._act)
        desk = TicketReports(site, self.house.database, self._act) if has_tickets else self.desk
        ports = PagePorts(
            site=site,
            links=self.links,
            photos=self.house.photos,
            targets={
                LinkPurpose.ACKNOWLEDGE: AcknowledgeLinks(alarms, tickets),
                **dict.fromkeys(OF_TICKETS, tickets if has_tickets else self.desk),
            },
            reports=desk if takes_reports else None,
        )
        self.pages: ASGIApp = create_pages(ports, secret=SECRET, behind_proxy=behind_proxy, limits=limits)
        self.phone = self.of("198.51.100.7")

    def of(self, address: str, *, raises: bool = True) -> httpx.AsyncClient:
        """The browser of somebody at this address; errors of the program are raised, or answered as by the server."""
        transport = httpx.ASGITransport(self.pages, client=(address, 40_000), raise_app_exceptions=raises)
        return httpx.AsyncClient(transport=transport, base_url=BASE)

    def link(
        self, purpose: LinkPurpose, about: Subject = TICKET, person: str | None = "ann", *, lasts: Micros = DAY
    ) -> str:
        """The path of a link."""
        return self.links.make(purpose, about, person, self.house.now + lasts).removeprefix(BASE)

    def alarm_link(self, number: int = 1, person: str = "ann") -> str:
        """The path of a link to acknowledge an alarm."""
        return self.link(LinkPurpose.ACKNOWLEDGE, Subject(SubjectKind.ALARM, str(number)), person)

    async def _act(self, action: Action) -> None:
        await self.house.act(action)

    async def aclose(self) -> None:
        """Close the browser and the house."""
        await self.phone.aclose()
        self.house.close()


def text_of(answer: httpx.Response) -> str:
    """What people read on a page."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def buttons(answer: httpx.Response) -> list[str]:
    """What stands on the buttons of a page."""
    return [unescape(each).strip() for each in re.findall(r"<button[^>]*>(.*?)</button>", answer.text, flags=re.DOTALL)]


def refused() -> InvalidAction:
    """Why a desk does not do what it is asked for."""
    return InvalidAction("ticket 7 is accepted by Bob")


def not_on_disk() -> StoreError:
    """What a desk says whose store hangs."""
    return StoreError("done, but not on disk yet")
