"""The same action of a person on many tickets at once."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.api.operators import Line, PersonName
from gateway.api.problems import documented
from gateway.api.services import Gateway, Services
from gateway.api.ticket_acting import act_on_ticket
from gateway.api.ticket_answers import TicketAnswer, answers_for
from gateway.core.work.actions import AssignTicket, CancelTicket, CloseTicket, CommentTicket, TicketAction
from gateway.core.work.tickets import Ticket
from gateway.errors import StoreError

router = APIRouter(prefix="/tickets", tags=["tickets"])

MOST_AT_ONCE = 1000
"""Tickets on which one request acts."""
_AT_A_TIME = 40
"""Actions that are done before other tasks get their turn."""


class Act(StrEnum):
    """What is done with many tickets."""

    ASSIGN = "assign"
    CANCEL = "cancel"
    CLOSE = "close"
    COMMENT = "comment"


class BulkTicketAction(BaseModel):
    """What is done, with which tickets, and by whom."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"action": "close", "tickets": [7, 9], "by": "Li Wei", "note": "Checked."}},
    )

    action: Act
    tickets: list[Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]] = Field(
        min_length=1, max_length=MOST_AT_ONCE, description="Numbers of tickets."
    )
    by: PersonName = Field(description="A name that colleagues know.")
    note: Line | None = Field(None, description="What colleagues should know; to cancel or to comment it is required.")
    to: PersonName | None = Field(None, description="To assign: to whom.")
    despite: Line | None = Field(None, description="To close: why, though an alarm stands or a device is not heard.")
    public: bool = Field(False, description="To comment: whether who reported it sees it.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.action in (Act.CANCEL, Act.COMMENT) and self.note is None:
            raise ValueError(f"to {self.action} tickets, give a `note`")
        if (self.action is Act.ASSIGN) != (self.to is not None):
            raise ValueError("`to` says to whom tickets are assigned, and is for assign only")
        if self.despite is not None and self.action is not Act.CLOSE:
            raise ValueError("`despite` is for close only")
        if self.public and self.action is not Act.COMMENT:
            raise ValueError("`public` is for comment only")
        return self

    def on(self, number: int) -> TicketAction:
        """The action on one ticket."""
        match self.action:
            case Act.ASSIGN:
                return AssignTicket(ticket=number, by=self.by, note=self.note, to=self.to or "")
            case Act.CANCEL:
                return CancelTicket(ticket=number, by=self.by, note=self.note)
            case Act.CLOSE:
                return CloseTicket(ticket=number, by=self.by, note=self.note, despite=self.despite)
            case Act.COMMENT:
                return CommentTicket(ticket=number, by=self.by, note=self.note, is_public=self.public)


class BulkTicketResult(BaseModel):
    """What became of the action on one ticket."""

    number: int
    ticket: TicketAnswer | None = Field(description="After the action; null where it was not done.")
    status: int = Field(description="As the action on this ticket alone would be answered: 200, 404, 409, 422 or 503.")
    error: str | None = Field(description="Why it was not done; null where it was.")


class BulkTicketAnswer(BaseModel):
    """What became of the action on each ticket, in the order of the request."""

    results: list[BulkTicketResult]
    done: int = Field(description="On how many it was done.")


@router.post("/actions", responses=documented(500))
async def act_on_tickets(gateway: Gateway, bulk: BulkTicketAction) -> BulkTicketAnswer:
    """Do the same with many tickets. Each is done or refused by itself, and each result is told."""
    numbers = [*dict.fromkeys(bulk.tickets)]
    outcomes: list[Ticket | tuple[int, str]] = []
    for start in range(0, len(numbers), _AT_A_TIME):
        some = numbers[start : start + _AT_A_TIME]
        outcomes += await asyncio.gather(*(_outcome(gateway, bulk.on(number)) for number in some))
    done = [outcome for outcome in outcomes if isinstance(outcome, Ticket)]
    answers = await asyncio.to_thread(answers_for, done, gateway)
    by_number = {answer.number: answer for answer in answers}
    results = [_result(number, outcome, by_number) for number, outcome in zip(numbers, outcomes, strict=True)]
    return BulkTicketAnswer(results=results, done=len(done))


async def _outcome(gateway: Services, action: TicketAction) -> Ticket | tuple[int, str]:
    """The ticket after the action, or why it was not done."""
    try:
        return await act_on_ticket(gateway, action)
    except HTTPException as error:
        return error.status_code, str(error.detail)
    except StoreError as error:
        return 503, str(error)


def _result(number: int, outcome: Ticket | tuple[int, str], answers: dict[int, TicketAnswer]) -> BulkTicketResult:
    if isinstance(outcome, Ticket):
        return BulkTicketResult(number=number, ticket=answers[number], status=200, error=None)
    status, error = outcome
    return BulkTicketResult(number=number, ticket=None, status=status, error=error)
