"""Tidies the store while the gateway runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from gateway.errors import StoreError

log = structlog.get_logger()

_EVERY_S = 1.0


async def keep_house(tidy: Callable[[], Awaitable[bool]]) -> None:
    """Tidy once a second until cancelled; while the store fails, say so once.

    Args:
        tidy: does a part of it, so that commits come in between, and returns whether something is left to do.
    """
    failing = False
    while True:
        try:
            while await tidy():
                pass
        except StoreError as error:
            if not failing:
                log.warning("cannot tidy the store", error=str(error))
            failing = True
        else:
            failing = False
        await asyncio.sleep(_EVERY_S)
