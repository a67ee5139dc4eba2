"""Deletes the photos that nothing refers to: a form that was never sent, an answer that was never given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from gateway.core.kernel.times import DAY, SECOND, Micros
from gateway.errors import StoreError
from gateway.photos.photo_store import PhotoStore

log = structlog.get_logger()

UNUSED_FOR = 7 * DAY
"""A phone without a network sends its photos and, some days later, the answer that they belong to."""
FIRST_AFTER_S, EVERY_S = 600.0, 6 * 3600.0


class UnusedPhotos:
    """Finds them now and then. A photo that was once referred to is never deleted."""

    def __init__(
        self,
        photos: PhotoStore,
        used: Callable[[int], tuple[set[str], int]],
        *,
        knows_time: Callable[[], bool],
        now: Callable[[], Micros],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            used: called in a thread with the number of an audit record; the hashes in those after it, and the number
                of the latest.
            knows_time: while the machine's clock is not believed, the ages of files mean nothing, and all are kept.
        """
        self._photos = photos
        self._find_used = used
        self._knows_time = knows_time
        self._now = now
        self._sleep = sleep
        self._used: set[str] = set()
        self._seen = 0
        """The latest audit record that was looked at."""

    async def run(self) -> None:
        """Look now and then until cancelled; while the store fails, say so once."""
        failing, wait = False, FIRST_AFTER_S
        while True:
            await self._sleep(wait)
            wait = EVERY_S
            try:
                await self.delete()
            except StoreError as error:
                if not failing:
                    log.warning("cannot look for photos that nothing refers to", error=str(error))
                failing = True
            else:
                failing = False

    async def delete(self) -> int:
        """Delete those that nothing has referred to for so long; returns how many.

        Raises:
            StoreError: the audit trail cannot be read, or a file not be deleted.
        """
        if not self._knows_time():
            return 0
        before = (self._now() - UNUSED_FOR) / SECOND
        old = await asyncio.to_thread(self._photos.older_than, before)
        if not old - self._used:
            return 0
        used, self._seen = await asyncio.to_thread(self._find_used, self._seen)
        self._used |= used
        gone = [name for name in sorted(old - self._used) if await self._photos.delete(name, before)]
        if gone:
            log.info("deleted photos that nothing refers to", photos=len(gone))
        return len(gone)
