"""Actions of people on tickets: open one, and each step and entry of one."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Self

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from gateway.api.operators import Line, Operator, PersonName
from gateway.api.problems import check_known, documented
from gateway.api.services import Gateway, Services
from gateway.api.ticket_acting import act_on_ticket, perform, ticket_of
from gateway.api.ticket_answers import TicketAnswer, answer_for
from gateway.api.tickets import DEFAULT_TEAM, Number, known_teams
from gateway.core.kernel.names import Name
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language, is_one_line
from gateway.core.kernel.times import Duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.people import ContactWay
from gateway.core.work.actions import (
    AcceptTicket,
    AddPhoto,
    AddWork,
    ArriveTicket,
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
    TicketAction,
)
from gateway.core.work.entries import BEST, LONGEST_WORK
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.tickets import CauseCode, Reporter

router = APIRouter(prefix="/tickets", tags=["tickets"])

LONGEST_DESCRIPTION = 4_000
"""Characters of what a person writes who reports something."""
_MOST_PARTS = 100


def _readable(text: str) -> str:
    if not all(is_one_line(line.replace("\t", " ")) for line in text.split("\n")):
        raise ValueError("write plain text, without control characters")
    return text


def _example(**body: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra={"example": body})


Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_DESCRIPTION),
    AfterValidator(_readable),
]
"""What a person has seen, in one or several lines."""


class ReporterBody(BaseModel):
    """Who has reported it."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    contact: ContactWay | None = Field(None, description="How to reach that person: one of email, phone and so on.")
    language: Language | None = Field(None, description="In which language to tell that person; null: in the site's.")
    is_colleague: bool = Field(False, description="Whether that person is of the staff, and may see all entries.")

    def reporter(self) -> Reporter:
        """As the core knows it."""
        way = None if self.contact is None else self.contact.way
        return Reporter(name=self.name, contact=way, language=self.language, is_colleague=self.is_colleague)


class Opening(BaseModel):
    """What a person reports that needs work."""

    model_config = _example(
        device="pump-b1-1",
        category="pump",
        priority="P3",
        title="The pump is louder than before",
        description="Since Monday, at night most of all.",
        reporter={"name": "Ms Zhao", "contact": {"phone": "+86 21 5555 0199"}},
        by="Li Wei",
    )

    device: str | None = Field(None, description="Id of the device that it is about.")
    location: str | None = Field(None, description="In place of a device: id of the location.")
    category: Name = Field(description="What it is about, such as pump.")
    priority: Priority = Field(Priority.P3, description="P1 is an emergency, P2 a fault, P3 and P4 wait.")
    kind: WorkKind = Field(WorkKind.FAULT, description="What is asked for: each kind has clocks of its own.")
    team: str | None = Field(
        None, description="Who does it; that of the category in the site's rules unless given, else engineering."
    )
    title: Line = Field(description="What is amiss, in one line.")
    description: Description | None = Field(None, description="More of it, in several lines if need be.")
    reporter: ReporterBody | None = Field(None, description="Who has told it; the one who opens it unless given.")
    by: PersonName = Field(description="Who opens it: a name that colleagues know.")

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if (self.device is None) == (self.location is None):
            raise ValueError("say what it is about: give either `device` or `location`")
        return self


class Saying(BaseModel):
    """The person who acts, and why."""

    model_config = _example(by="Li Wei", note="I am at the other building until noon.")

    by: PersonName = Field(description="A name that colleagues know.")
    note: Line = Field(description="What colleagues should know, in one line. It stays in the ticket's history.")


class Assigning(Operator):
    """Who is asked to do it."""

    model_config = _example(to="tech-1", by="Li Wei")

    to: PersonName = Field(
        description="The id or the name of a person of the site; anybody else, such as a contractor, may be named and "
        "is told nothing."
    )


class HandingOver(Saying):
    """Who goes on with it, and what is left to do."""

    model_config = _example(to="tech-2", by="Li Wei", note="The seal is out, the new one is on the bench.")

    to: PersonName = Field(description="As of assign.")


class Arriving(Operator):
    """Who is on site."""

    model_config = _example(by="Li Wei", out_of_service_for="2h")

    out_of_service_for: Duration | None = Field(
        None,
        description="So long its device is under maintenance at most, such as 2h: its alarms are recorded and not "
        "told, but those of life safety. That ends with the work. Null: it stays in service.",
    )


class Holding(Operator):
    """Why the work waits."""

    model_config = _example(by="Li Wei", reason="parts", note="The seal comes on Tuesday.")

    reason: HoldReason


class Finishing(Operator):
    """Who says that it is done."""

    model_config = _example(by="Li Wei")

    despite: Line | None = Field(
        None,
        description="Why it is done though one of its alarms stands, or its device has not been heard since the work "
        "began; required then.",
    )


class Resolving(Finishing):
    """What was done."""

    model_config = _example(by="Li Wei", note="Seal replaced, pump runs dry no more.", cause="wear")

    note: Line = Field(description="What was done, in one line.")
    cause: CauseCode | None = Field(None, description="What was found to be the cause.")


class Merging(Operator):
    """The same work as that of another ticket."""

    model_config = _example(by="Li Wei", into=5)

    into: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] = Field(description="The number of that ticket.")


class Remark(Saying):
    """What a person says about it."""

    model_config = _example(by="Li Wei", note="The seal comes on Tuesday.", public=True)

    public: bool = Field(False, description="Whether who reported it sees it.")


class Photo(Operator):
    """A photo of it."""

    model_config = _example(by="Li Wei", photo="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")

    photo: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] = Field(
        description="Its SHA-256 hash, under which it is stored."
    )
    public: bool = Field(False, description="Whether who reported it sees it.")


class Part(BaseModel):
    """A part that was used."""

    model_config = ConfigDict(extra="forbid")

    part: Line = Field(description="What it is called.")
    count: float = Field(gt=0, le=1_000_000, allow_inf_nan=False, description="How many, or how much of it.")


class Work(Operator):
    """What the work took."""

    model_config = _example(by="Li Wei", minutes=45, parts=[{"part": "Shaft seal 40 mm", "count": 1}])

    minutes: Annotated[int, Field(strict=True, ge=0, le=LONGEST_WORK)] = Field(0, description="How long, in minutes.")
    parts: list[Part] = Field([], max_length=_MOST_PARTS)


class Rating(Operator):
    """How well it was done."""

    model_config = _example(by="Ms Zhao", rating=5)

    rating: Annotated[int, Field(strict=True, ge=1, le=BEST)] = Field(description="From 1 to 5, the best.")


class Urgency(Saying):
    """How urgent it is after all, and why."""

    model_config = _example(by="Li Wei", priority="P2", note="Water reaches the lift shaft.")

    priority: Priority


@router.post("", responses=documented(409, 500))
async def open_ticket(gateway: Gateway, opening: Opening) -> TicketAnswer:
    """Open a ticket about a device or a location. The answer comes once this is on disk."""
    check_known("device", opening.device, gateway.site.devices)
    check_known("location", opening.location, gateway.site.locations)
    check_known("team", opening.team, known_teams(gateway))
    reporter = Reporter(name=opening.by, is_colleague=True) if opening.reporter is None else opening.reporter.reporter()
    about = (
        Subject.of_device(opening.device)
        if opening.device is not None
        else Subject(SubjectKind.LOCATION, opening.location or "")
    )
    opened: list[int] = []
    action = OpenTicket(
        by=opening.by,
        subject=about,
        category=opening.category,
        priority=opening.priority,
        kind=opening.kind,
        team=opening.team or _team_for(opening.category, gateway),
        title=opening.title,
        description=opening.description,
        reporter=reporter,
        answer=opened.append,
    )
    await perform(gateway, action)
    return await asyncio.to_thread(lambda: answer_for(ticket_of(gateway, opened[0]), gateway))


@router.post("/{number}/accept", responses=documented(404, 409, 500))
async def accept_ticket(gateway: Gateway, number: Number, body: Operator) -> TicketAnswer:
    """Say that you will do it, whether you were asked or not."""
    return await _answer(gateway, AcceptTicket(**_common(number, body)))


@router.post("/{number}/decline", responses=documented(404, 409, 500))
async def decline_ticket(gateway: Gateway, number: Number, body: Saying) -> TicketAnswer:
    """Say that you cannot do it, and why: the ticket is new again."""
    return await _answer(gateway, DeclineTicket(**_common(number, body)))


@router.post("/{number}/assign", responses=documented(404, 409, 500))
async def assign_ticket(gateway: Gateway, number: Number, body: Assigning) -> TicketAnswer:
    """Ask somebody to do it, or somebody else in place of the one who was asked.

    Anybody may be named, such as a contractor; `assignee_known` says whether the site's files have that person, as
    only such a one is told by the gateway.
    """
    return await _answer(gateway, AssignTicket(**_common(number, body), to=body.to))


@router.post("/{number}/hand-over", responses=documented(404, 409, 500))
async def hand_over_ticket(gateway: Gateway, number: Number, body: HandingOver) -> TicketAnswer:
    """Ask somebody to go on with what has begun. `assignee_known` is as of assign."""
    return await _answer(gateway, HandOverTicket(**_common(number, body), to=body.to))


@router.post("/{number}/arrive", responses=documented(404, 409, 500))
async def arrive_at_ticket(gateway: Gateway, number: Number, body: Arriving) -> TicketAnswer:
    """Say that you are on site and begin; the device may be taken out of service with it."""
    return await _answer(gateway, ArriveTicket(**_common(number, body), out_of_service_for=body.out_of_service_for))


@router.post("/{number}/hold", responses=documented(404, 409, 500))
async def hold_ticket(gateway: Gateway, number: Number, body: Holding) -> TicketAnswer:
    """Say that the work waits, and for what: clocks pause that the reason pauses."""
    return await _answer(gateway, HoldTicket(**_common(number, body), reason=body.reason))


@router.post("/{number}/resume", responses=documented(404, 409, 500))
async def resume_ticket(gateway: Gateway, number: Number, body: Operator) -> TicketAnswer:
    """Go on with work that was on hold, in the state in which it was."""
    return await _answer(gateway, ResumeTicket(**_common(number, body)))


@router.post("/{number}/resolve", responses=documented(404, 409, 500))
async def resolve_ticket(gateway: Gateway, number: Number, body: Resolving) -> TicketAnswer:
    """Say that the work is done. It needs `despite` while an alarm stands, or the device was not heard since."""
    return await _answer(gateway, ResolveTicket(**_common(number, body), despite=body.despite, cause=body.cause))


@router.post("/{number}/confirm", responses=documented(404, 409, 500))
async def confirm_ticket(gateway: Gateway, number: Number, body: Finishing) -> TicketAnswer:
    """Agree that it is done, as the one who reported it or the duty room."""
    return await _answer(gateway, ConfirmTicket(**_common(number, body), despite=body.despite))


@router.post("/{number}/close", responses=documented(404, 409, 500))
async def close_ticket(gateway: Gateway, number: Number, body: Finishing) -> TicketAnswer:
    """Close it: nothing is left to do."""
    return await _answer(gateway, CloseTicket(**_common(number, body), despite=body.despite))


@router.post("/{number}/reopen", responses=documented(404, 409, 500))
async def reopen_ticket(gateway: Gateway, number: Number, body: Saying) -> TicketAnswer:
    """Say that it is not done, and why. Its clocks begin anew."""
    return await _answer(gateway, ReopenTicket(**_common(number, body)))


@router.post("/{number}/cancel", responses=documented(404, 409, 500))
async def cancel_ticket(gateway: Gateway, number: Number, body: Saying) -> TicketAnswer:
    """Say that there is no work to do, and why."""
    return await _answer(gateway, CancelTicket(**_common(number, body)))


@router.post("/{number}/merge", responses=documented(404, 409, 500))
async def merge_ticket(gateway: Gateway, number: Number, body: Merging) -> TicketAnswer:
    """Say that it is the same work as that of another ticket: its alarms and its entries go there."""
    return await _answer(gateway, MergeTicket(**_common(number, body), into=body.into))


@router.post("/{number}/comment", responses=documented(404, 500))
async def comment_on_ticket(gateway: Gateway, number: Number, body: Remark) -> TicketAnswer:
    """Say something about it, also when it has ended."""
    return await _answer(gateway, CommentTicket(**_common(number, body), is_public=body.public))


@router.post("/{number}/photo", responses=documented(404, 500))
async def add_photo(gateway: Gateway, number: Number, body: Photo) -> TicketAnswer:
    """Add a photo that is stored already."""
    return await _answer(gateway, AddPhoto(**_common(number, body), photo=body.photo, is_public=body.public))


@router.post("/{number}/work", responses=documented(404, 500))
async def add_work(gateway: Gateway, number: Number, body: Work) -> TicketAnswer:
    """Say how long it took, and which parts were used; each entry adds to those before."""
    parts = tuple((each.part, each.count) for each in body.parts)
    return await _answer(gateway, AddWork(**_common(number, body), minutes=body.minutes, parts=parts))


@router.post("/{number}/rate", responses=documented(404, 409, 500))
async def rate_ticket(gateway: Gateway, number: Number, body: Rating) -> TicketAnswer:
    """Say how well it was done. The latest rating counts."""
    return await _answer(gateway, RateTicket(**_common(number, body), rating=body.rating))


@router.post("/{number}/priority", responses=documented(404, 409, 500))
async def change_priority(gateway: Gateway, number: Number, body: Urgency) -> TicketAnswer:
    """Say that it is more or less urgent: its clocks have other targets, and what has counted stays."""
    return await _answer(gateway, ChangePriority(**_common(number, body), priority=body.priority))


def _common(number: int, body: Operator | Saying) -> dict[str, Any]:
    return {"ticket": number, "by": body.by, "note": body.note}


async def _answer(gateway: Services, action: TicketAction) -> TicketAnswer:
    ticket = await act_on_ticket(gateway, action)
    return await asyncio.to_thread(answer_for, ticket, gateway)


def _team_for(category: str, gateway: Services) -> str:
    """Who does what the site's rules ask for in this category."""
    templates = (rule.spec.ticket for rule in gateway.configuration.every_rule)
    return next((each.team for each in templates if each is not None and each.category == category), DEFAULT_TEAM)
