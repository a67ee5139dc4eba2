"""What a step of intake gives to the store, and what the store gives back to the next run."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.duplicates import Digest
from gateway.core.telemetry.quarantine import RejectedKind, Rejection
from gateway.core.telemetry.readings import Reading

RECENT_MESSAGES = 20_000
"""The number of latest messages whose digests a restart restores. A broker sends again what was in flight when a
connection ended: `deploy/mosquitto` allows 1,000."""


class IntakeRows(msgspec.Struct, frozen=True):
    """What an earlier run has stored."""

    reached: Micros = 0
    """Until when it heard its devices, 0 if it never did. From then on the gateway was blind."""
    digests: Iterable[Digest] = ()
    """The digests of its latest messages, as far as the broker may send them again, oldest first."""
    latest: Micros = 0
    """The latest time in the journal: later than `reached` where the clock was set back."""


class Batch(msgspec.Struct):
    """The result of a batch of messages."""

    first_message: int
    """The number of the first message; the others follow."""
    counts: Counts
    reached: Micros = 0
    """Until when the gateway has heard its devices; 0 if unchanged. While it is blind: since when."""
    readings: list[Reading] = []
    digests: list[int] = []
    """The content and the packet identifier of one message after the other."""
    recent_from: int = 0
    """The number of the first message that the broker may send again: earlier digests are void. 0 if unchanged."""
    rejections: dict[RejectedKind, Rejection] = {}


NO_BATCH = Batch(0, Counts())
"""Between two steps. Nothing is added to it."""
