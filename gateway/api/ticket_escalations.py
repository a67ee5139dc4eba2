"""Acknowledges that a ticket is overdue."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from gateway.api.operators import Operator
from gateway.api.problems import documented
from gateway.api.services import Gateway
from gateway.api.ticket_acting import perform, ticket_of
from gateway.api.ticket_answers import TicketAnswer, answer_for
from gateway.api.tickets import Number
from gateway.core.work.actions import AcknowledgeTicket

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.post("/{number}/acknowledge", responses=documented(404, 409, 500))
async def acknowledge_ticket(gateway: Gateway, number: Number, body: Operator) -> TicketAnswer:
    """Say that you know that it is overdue: nobody else is told of that until its next target runs out."""
    await asyncio.to_thread(ticket_of, gateway, number)
    await perform(gateway, AcknowledgeTicket(ticket=number, by=body.by, note=body.note))
    return await asyncio.to_thread(lambda: answer_for(ticket_of(gateway, number), gateway))
