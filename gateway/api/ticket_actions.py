"""Actions of people on tickets: open one, and each step and entry of one."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from gateway.api.operators import Operator
from gateway.api.problems import check_known, documented, invalid
from gateway.api.services import Gateway, Services
from gateway.api.ticket_acting import act_on_ticket, perform, ticket_of
from gateway.api.ticket_answers import TicketAnswer, answer_for
from gateway.api.ticket_bodies import (
    Arriving,
    Assigning,
    Attaching,
    Finishing,
    HandingOver,
    Holding,
    Merging,
    Opening,
    Photo,
    Rating,
    Remark,
    Resolving,
    Saying,
    Urgency,
    Work,
)
from gateway.api.tickets import Number, known_teams
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.work.actions import (
    AcceptTicket,
    AddChecklist,
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
from gateway.core.work.tickets import Reporter

router = APIRouter(prefix="/tickets", tags=["tickets"])


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
        team=opening.team or gateway.configuration.team_for(opening.category),
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
    """Add a photo that is kept already: `POST /photos` keeps it, and says its hash."""
    if not await asyncio.to_thread(gateway.photos.claim, body.photo):
        raise invalid("photo: there is no photo with this hash; send it to /api/v1/photos first")
    return await _answer(gateway, AddPhoto(**_common(number, body), photo=body.photo, is_public=body.public))


@router.post("/{number}/checklist", responses=documented(404, 409, 500))
async def attach_checklist(gateway: Gateway, number: Number, body: Attaching) -> TicketAnswer:
    """Have a checklist answered with the work. While the same one is open there, nothing changes."""
    check_known("checklist", body.checklist, gateway.configuration.checklists)
    return await _answer(gateway, AddChecklist(**_common(number, body), checklist=body.checklist))


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
