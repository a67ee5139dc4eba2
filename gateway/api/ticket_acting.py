"""Performs the actions of people on tickets, and says what became of them or why they cannot be done."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import HTTPException

from gateway.api.acting import act
from gateway.api.problems import not_found
from gateway.api.services import Services
from gateway.core.kernel.events import Action
from gateway.core.work.actions import TicketAction
from gateway.core.work.tickets import Ticket
from gateway.errors import IllegalTransition, TicketRefused, UnknownTicket
from gateway.store.work.queries import find_ticket


async def act_on_ticket(gateway: Services, action: TicketAction) -> Ticket:
    """Perform an action on one ticket; returns the ticket after it, as it is on disk.

    Raises:
        HTTPException: it cannot be done; the detail says why.
        StoreError: it is done, and not on disk yet.
    """
    number = action.ticket
    try:
        try:
            await perform(gateway, action)
        except UnknownTicket:  # it has ended long ago, and is in the store alone
            over = await asyncio.to_thread(ticket_of, gateway, number)
            await perform(gateway, msgspec.structs.replace(action, over=over))
    except IllegalTransition as error:
        raise HTTPException(409, str(error)) from error
    return await asyncio.to_thread(ticket_of, gateway, number)


async def perform(gateway: Services, action: Action) -> None:
    """Perform an action about tickets. Raises as `act`."""
    try:
        await act(gateway, action)
    except TicketRefused as error:
        raise HTTPException(409, str(error)) from error


def ticket_of(gateway: Services, number: int) -> Ticket:
    """The ticket of this number, as it is on disk; raises a 404 where there is none."""
    ticket = find_ticket(gateway.database, number)
    if ticket is None:
        raise not_found(f"there is no ticket {number}")
    return ticket
