"""Performs the actions of people on alarms, and says what became of them or why they cannot be done."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import HTTPException

from gateway.api.problems import invalid, not_found
from gateway.api.services import Services
from gateway.core.alarms.actions import Acknowledge, Comment
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import isoformat
from gateway.errors import IllegalTransition, InvalidAction, StoreError, UnknownAlarm, UnknownShelf
from gateway.store.alarms.queries import find_alarm

DURABLE_WITHIN_S = 10.0
"""A person waits no longer than this for an action to be on disk."""


async def act_on_alarm(gateway: Services, number: int, action: Action) -> AlarmRecord:
    """Perform an action on one alarm; returns the alarm after it, as it is on disk.

    Raises:
        HTTPException: it cannot be done; the detail says why.
        StoreError: it is done, and not on disk yet.
    """
    try:
        await act(gateway, action)
    except UnknownAlarm as error:
        record = await asyncio.to_thread(alarm_of, gateway, number)
        if isinstance(action, Comment):
            await act(gateway, msgspec.structs.replace(action, over=record))
            return await asyncio.to_thread(alarm_of, gateway, number)  # what ended it is on disk by now
        since = f" since {isoformat(record.closed_at)}" if record.closed_at is not None else ""
        raise HTTPException(409, f"alarm {number} is back to normal{since}: nothing is left to do") from error
    except IllegalTransition as error:
        record = await asyncio.to_thread(alarm_of, gateway, number)
        raise HTTPException(409, _cannot(action, record)) from error
    return await asyncio.to_thread(alarm_of, gateway, number)


async def act(gateway: Services, action: Action) -> None:
    """Perform any action of a person.

    Raises:
        HTTPException: it cannot be done; the detail says why.
        UnknownAlarm, IllegalTransition: it is about an alarm whose state does not allow it.
        StoreError: it is done, and not on disk yet.
    """
    try:
        async with asyncio.timeout(DURABLE_WITHIN_S):
            await gateway.act(action)
    except InvalidAction as error:
        raise invalid(str(error)) from error
    except UnknownShelf as error:
        raise HTTPException(409, str(error)) from error
    except TimeoutError as error:
        problem = gateway.health().store_problem or "commits take long"
        raise StoreError(f"done, but not on disk yet, so a crash would undo it: {problem}") from error


def alarm_of(gateway: Services, number: int) -> AlarmRecord:
    """The alarm of this number, as it is on disk; raises a 404 where there is none."""
    record = find_alarm(gateway.database, number)
    if record is None:
        raise not_found(f"there is no alarm {number}")
    return record


def _cannot(action: Action, record: AlarmRecord) -> str:
    who = f" by {record.acknowledged_by}" if record.acknowledged_by and record.state is State.ACKNOWLEDGED else ""
    if record.state is State.SUPPRESSED:
        return f"alarm {record.number} is suppressed: people are told of it when that ends, and can act on it then"
    if isinstance(action, Acknowledge):
        return f"alarm {record.number} is {record.state}{who}: it cannot be acknowledged again"
    return f"alarm {record.number} is {record.state}{who}: only one that is latched can be reset"
