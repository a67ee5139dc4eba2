"""Which stamps are believed, and whether they are of the past."""

from __future__ import annotations

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.times import MINUTE, SECOND, Micros
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.readings import PAST, RECEIVED, STALE, STAMPED
from gateway.core.telemetry.senders import Sender

EARLIEST: Micros = 946_684_800_000_000
"""2000-01-01, the earliest believed time. Clocks that were never set start in 1970; Go's zero time is in the year 1."""

_JITTER: Micros = SECOND * 3 // 2
"""How much longer one message may be on its way than another. A clock of whole seconds takes most of it."""
_LONGEST_JITTER: Micros = MINUTE
_DRIFT = 10_000
"""A clock gains or loses less than one part in so many."""


class Stamps:
    """Compares stamps with the time received and, while the gateway is blind, with the time since when it is."""

    def __init__(self, blindness: Blindness) -> None:
        self._blindness = blindness

    def believes(self, stamp: Micros, received: Micros, sender: Sender) -> bool:
        """Whether the stamp is used rather than the time received.

        What the broker kept while the gateway was blind comes late, but its stamps are right.
        """
        if received - sender.behind <= stamp <= received + sender.ahead:
            return True
        since = self._blindness.since
        return bool(since) and since is not None and since - sender.behind <= stamp < received

    def origin_of(self, sender: Sender, decoded: Decoded, received: Micros) -> int:
        """The origin of a reading's time: `STAMPED`, `STALE`, `PAST` or `RECEIVED`.

        A stamp that a server puts on says when that server heard the device. One that is too old is stale, unless the
        server's clock is slow: its stamps have then advanced as fast as the time received since the message before.
        While the gateway is blind a stale reading is only of the past: the time received says nothing of the pace.
        """
        stamp = decoded.time
        if stamp is None:
            return RECEIVED
        if self.believes(stamp, received, sender):
            return STAMPED
        if decoded.by_server and EARLIEST <= stamp < received and not self._is_of_slow_clock(sender, stamp, received):
            return STALE if self._blindness.since is None else PAST
        return RECEIVED

    def place_retained(
        self, sender: Sender, decoded: Decoded, time: Micros | None, origin: int, received: Micros
    ) -> tuple[Micros | None, int]:
        """The time and origin of a retained state: what it says without a stamp is so now, an old stamp is the past."""
        if origin == STAMPED and time is not None:
            return time, STAMPED if self._is_of_blindness(sender, time) else PAST
        if origin != PAST and decoded.time is not None and EARLIEST <= decoded.time < received:
            return decoded.time, PAST
        return time, origin

    def _is_of_blindness(self, sender: Sender, stamp: Micros) -> bool:
        """Whether a retained state is of the present blindness, even if its device's clock is slow within bounds.

        How slow it is, the message before shows. What was said before blindness has been heard, and is no later.
        """
        since = self._blindness.since
        if since is None:
            return False
        if stamp >= since:
            return True
        before, received_before = sender.latest.pace
        return before < stamp and received_before > 0 and stamp + received_before - before >= since

    def _is_of_slow_clock(self, sender: Sender, stamp: Micros, received: Micros) -> bool:
        before, received_before = sender.latest.pace
        if not received_before or stamp <= before:
            return False
        elapsed = received - received_before
        # By how much longer than the one before the message was on its way, if only the clock is slow.
        delay = (received - stamp) - (received_before - before)
        since = self._blindness.since
        if since is not None and received_before < since:
            return -_JITTER <= delay <= received - since  # so long, the broker may have kept it
        jitter = max(_JITTER, min(elapsed // 10, _LONGEST_JITTER), elapsed // _DRIFT)
        return elapsed >= SECOND // 2 and abs(delay) <= jitter
