"""Performs actions of people for the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.core.kernel.events import Action
from gateway.errors import StoreError

DURABLE_WITHIN_S = 10.0
"""A person waits no longer than this for an action to be on disk."""

Act = Callable[[Action], Awaitable[None]]
"""Performs a person's action, durable when it returns."""


async def perform(act: Act, action: Action) -> None:
    """Perform an action.

    Raises:
        GatewayError: it cannot be done; nothing has changed.
        StoreError: it is done, and not on disk yet.
    """
    try:
        async with asyncio.timeout(DURABLE_WITHIN_S):
            await act(action)
    except TimeoutError as error:
        raise StoreError("done, but not on disk yet, so a crash would undo it") from error
