"""What parts tell each other within one step, and what of it goes into the audit trail."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros


class AuditRecord(msgspec.Struct, frozen=True):
    """One link of the causal chain; `cause` is the number of the record before it."""

    number: int
    time: Micros
    kind: str
    """What happened to: `message`, `reading`, `alarm`, `ticket`."""
    subject: str
    cause: int | None
    by: str | None
    """The person who did it; None where the gateway did."""
    data: dict[str, object]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has happened in a part. Parts above it may react."""

    audit: AuditRecord | None = None
    """How it is written down; None where it is not."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a part asks of one below it."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What a person does."""

    by: str
    """A name that colleagues know."""
