"""Whether the gateway hears its devices, and what it has missed."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from gateway.clock import Clock
from gateway.core.kernel.times import SECOND, Micros, Now

log = structlog.get_logger()


class Hearing:
    """The gateway hears while it is subscribed, reads, and has read what the broker kept for it; else it is blind."""

    def __init__(
        self,
        clock: Clock,
        *,
        heard_until: Micros | None,
        blind: Callable[[Now], None],
        hearing: Callable[[Now], None],
        session_lost: Callable[[Now], None],
    ) -> None:
        """A gateway that starts is blind; nobody is told of that. `Link` says what the arguments are."""
        self._clock = clock
        self._blind = blind
        self._hearing = hearing
        self._session_lost = session_lost
        self._heard_until = heard_until
        self._has_session = heard_until is not None
        self._blind_since: Now | None = None
        self.is_on = False
        self.first_at: Now | None = None
        """When the gateway heard first in this run."""
        self.lost_session: tuple[Now, Now] | None = None
        """Between which moments the broker kept nothing, the last time that it had lost the session."""

    def begin(self, how: str) -> None:
        """What the broker kept has been read. Does nothing while the gateway hears."""
        if self.is_on:
            return
        self.is_on = True
        now = self._clock.moment()
        self.first_at = self.first_at or now
        since = self._blind_since
        log.info("hears the devices", because=how, blind_for_s=_seconds(since, now) if since else None)
        self._hearing(now)

    def end(self, since: Now, why: str, *, intended: bool = False) -> None:
        """Nothing was read from `since` on. Does nothing while the gateway is blind."""
        if not self.is_on:
            return
        self.is_on = False
        self._blind_since = since
        if intended:
            log.info("stops listening", because=why)
        else:
            log.warning("hears no device", because=why, for_s=_seconds(since, self._clock.moment()))
        self._blind(since)

    def connect(self, *, session_present: bool) -> None:
        """The broker has accepted the connection, and says whether it has kept the session."""
        if session_present or not self._has_session:
            return
        self._has_session = False
        now = self._clock.moment()
        since = self._blind_since or self._end_of_earlier_run(now)
        self.lost_session = since, now
        log.warning("the broker has lost the session: what devices sent since then is gone", gap_s=_seconds(since, now))
        self._session_lost(since)

    def subscribe(self) -> None:
        """The broker has granted the subscription: it keeps a session from now on."""
        self._has_session = True

    def _end_of_earlier_run(self, now: Now) -> Now:
        wall = now.wall if self._heard_until is None else min(self._heard_until, now.wall)
        return Now(now.steady - (now.wall - wall), wall)


def _seconds(since: Now, until: Now) -> float:
    return round((until.steady - since.steady) / SECOND, 1)
