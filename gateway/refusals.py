"""What the store refuses for good or has lost, as entries of the quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Quarantine, Reason, RejectedKind
from gateway.core.telemetry.readings import Message
from gateway.store.writer import Refusal


def quarantined(refusals: Sequence[Refusal], changes: Changes, messages: Sequence[Message], now: Micros) -> Changes:
    """Changes that quarantine the refused pieces, each with the message that led to it where that can be found.

    Args:
        changes: what the pieces are part of.
        messages: the batch that led to the changes; empty when it was none, or is no longer known.
        now: the time of pieces without a message.
    """
    batch = changes.parts.get(Intake.name)
    first = batch.first_message if isinstance(batch, Batch) else 0
    numbered = dict(enumerate(messages, first))
    quarantine = Quarantine()
    for refusal in refusals:
        detail = _clean(f"{refusal.part}: {refusal.reason}")
        for topic, payload, time in _entries(refusal, numbered, now):
            quarantine.add(RejectedKind(_clean(topic), Reason.REFUSED_BY_STORE, ""), detail, payload, time)
    return Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})


def entry(topic: str, reason: Reason, detail: str, payload: bytes, now: Micros) -> Changes:
    """Changes that put one thing into the quarantine."""
    quarantine = Quarantine()
    quarantine.add(RejectedKind(_clean(topic), reason, ""), _clean(detail), payload, now)
    return Changes({Intake.name: Batch(0, Counts(), rejections=quarantine.drain())})


def _entries(refusal: Refusal, messages: Mapping[int, Message], now: Micros) -> Iterator[tuple[str, bytes, Micros]]:
    """Topic, payload and time of what is lost with a piece."""
    piece = refusal.piece
    readings = piece.readings if isinstance(piece, Batch) else []
    for reading in readings:
        found = next((each for each in messages.values() if each.received == reading.received), None)
        if found is not None:
            yield found.topic, found.payload, found.received
        else:
            yield f"{reading.profile}/{reading.device}", _encoded(reading.values), reading.received
    if not readings:
        found = messages.get(_number_of(piece))
        if found is None and len(messages) == 1:
            (found,) = messages.values()
        if found is not None:
            yield found.topic, found.payload, found.received
        else:
            yield f"store/{refusal.part}", _encoded(piece), now


def _number_of(piece: object) -> int:
    """The number of the message that a piece names as its evidence; 0 where it names none."""
    items = list(piece.values()) if isinstance(piece, Mapping) else piece
    item = items[0] if isinstance(items, list) and items else items
    evidence = getattr(item, "evidence", None)
    return evidence.message if isinstance(evidence, Evidence) else 0


def _encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        return repr(value).encode("utf-8", "backslashreplace")


def _clean(text: str) -> str:
    """The text as every store can hold it."""
    return text.encode("utf-8", "backslashreplace").decode()
