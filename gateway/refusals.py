"""What the store refuses for good or has lost, as entries of the quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.times import Micros
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Quarantine, Reason, RejectedKind
from gateway.store.writer import Refusal


def quarantined(refusals: Sequence[Refusal], now: Micros) -> Changes:
    """Changes that quarantine the refused pieces.

    Args:
        now: the time of all pieces but readings.
    """
    quarantine = Quarantine()
    for refusal in refusals:
        detail = _clean(f"{refusal.part}: {refusal.reason}")
        for topic, payload, time in _entries(refusal, now):
            quarantine.add(RejectedKind(_clean(topic), Reason.REFUSED_BY_STORE, ""), detail, payload, time)
    return Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})


def entry(topic: str, reason: Reason, detail: str, payload: bytes, now: Micros) -> Changes:
    """Changes that put one thing into the quarantine."""
    quarantine = Quarantine()
    quarantine.add(RejectedKind(_clean(topic), reason, ""), _clean(detail), payload, now)
    return Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})


def _entries(refusal: Refusal, now: Micros) -> Iterator[tuple[str, bytes, Micros]]:
    """What is lost with a piece, under the name of its device or part or, of an MQTT event, its topic; and its time."""
    piece = refusal.piece
    if isinstance(piece, Batch) and piece.readings:
        for reading in piece.readings:
            yield f"{reading.profile}/{reading.device}", _encoded(msgspec.structs.asdict(reading)), reading.received
    elif isinstance(piece, Publication):
        yield piece.topic, piece.payload, now
    else:
        yield f"store/{refusal.part}", _encoded(piece), now


def _encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        return repr(value).encode("utf-8", "backslashreplace")


def _clean(text: str) -> str:
    """The text as every store can hold it."""
    return text.encode("utf-8", "backslashreplace").decode()
