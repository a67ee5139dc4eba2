"""Events, requests and actions that parts exchange within one step, and the audit records that events carry."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros


class AuditRecord(msgspec.Struct, frozen=True, gc=False):
    """One link of the causal chain."""

    number: int
    time: Micros
    kind: str
    """The kind of thing it is about: `message`, `reading`, `alarm`, `comment` (on an alarm that is over), `shelf`,
    `maintenance`, `flood`, `checklist`, `ticket`, `duty`, `notice` or `session`."""
    subject: str
    cause: int | None
    """The number of the record that caused this one."""
    by: str | None
    """The person who acted; None for the gateway itself."""
    data: dict[str, object]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in a part. Parts above it may react."""

    audit: AuditRecord | None = None
    """The record for the audit trail; None where the event is not audited."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a part to one below it."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An action of a person."""

    by: str
    """The person's name, as colleagues know it."""
