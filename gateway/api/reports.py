"""Reports of people: handed in by a front desk, an app or a mail gateway."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.problems import QueryParameters, check_known, documented, invalid
from gateway.api.services import Gateway, Services
from gateway.api.ticket_acting import perform, ticket_of
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.urgency import Priority
from gateway.core.site.reports import LONGEST_REPORT, Report
from gateway.core.work.classification import ComplaintKind
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.reporters import called
from gateway.core.work.reporting import TakeReport, priority_of
from gateway.core.work.tickets import Reporter

router = APIRouter(prefix="/reports", tags=["reports"])

MOST_PHOTOS = 4
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ReportBody(Report):
    """What somebody reports about a place, with photos."""

    photos: tuple[Hash, ...] = Field(
        (), max_length=MOST_PHOTOS, description="The hashes of photos that are stored already. The reporter sees them."
    )


class ReportAnswer(BaseModel):
    """The ticket of a report."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "ticket": 12,
                "state": "new",
                "category": "water",
                "priority": "P2",
                "kind": "fault",
                "team": "engineering",
                "track": "https://fm.example.org/r/t/WyJ0cmFjayI",
            }
        }
    )

    ticket: int = Field(description="Its number. A report that was taken before has the same.")
    state: TicketState
    category: str = Field(description="By the words of the report, when it was first taken.")
    priority: Priority
    kind: WorkKind
    team: str
    track: str | None = Field(
        description="The link by which the reporter sees what becomes of it; null where the gateway has no pages."
    )


class ClassifyParameters(QueryParameters):
    """A report that is to be tried."""

    text: str = Field(min_length=1, max_length=LONGEST_REPORT, description="What somebody reports.")


class ClassificationAnswer(BaseModel):
    """What a report would be taken for."""

    category: str
    priority: Priority
    complaint: ComplaintKind | None = Field(description="The kind of the complaint; null where it is none.")
    team: str = Field(description="Who would do it.")
    words: list[str] = Field(description="The words that decided, as they stand in the text.")


@router.post("", responses=documented(500))
async def take_report(gateway: Gateway, report: ReportBody) -> ReportAnswer:
    """Take a report: its words decide the category and the priority. The answer comes once its ticket is on disk.

    With a `key` it can be sent again without harm. What a program has sent by mail is refused.
    """
    subject = report.subject(gateway.site)
    if subject is None:
        check_known("place", report.place, (*gateway.site.locations, *gateway.site.devices))
        raise invalid(f"there is no place {report.place!r}")
    if (why := report.not_by_a_person) is not None:
        raise invalid(f"no person has written this: {why}")
    for photo in report.photos:
        if not await asyncio.to_thread(gateway.photos.claim, photo):
            raise invalid(f"there is no photo {photo}: send it to /photos first")
    reporter = Reporter(
        name=report.name, contact=None if report.contact is None else report.contact.way, language=report.language
    )
    numbers: list[int] = []
    action = TakeReport(
        key=report.key,
        subject=subject,
        text=report.text,
        photos=tuple(dict.fromkeys(report.photos)),
        reporter=reporter,
        answer=numbers.append,
        by=called(reporter, gateway.site.header.language),
    )
    await perform(gateway, action)
    return await asyncio.to_thread(_answer, gateway, numbers[0])


@router.get("/classify", responses=documented())
async def classify(gateway: Gateway, query: Annotated[ClassifyParameters, Query()]) -> ClassificationAnswer:
    """Say what a report with this text would be taken for. Nothing is opened."""
    found = gateway.configuration.reports.classify(query.text)
    return ClassificationAnswer(
        category=found.category,
        priority=priority_of(found),
        complaint=found.complaint,
        team=gateway.configuration.team_for(found.category),
        words=[*found.words],
    )


def _answer(gateway: Services, number: int) -> ReportAnswer:
    ticket = ticket_of(gateway, number)
    about = str(Subject(SubjectKind.TICKET, str(number)))
    return ReportAnswer(
        ticket=number,
        state=ticket.state,
        category=ticket.category,
        priority=Priority(ticket.priority),
        kind=ticket.kind,
        team=ticket.team,
        track=gateway.make_link(LinkPurpose.TRACK, about, None),
    )
