"""Events of groups."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule
from gateway.core.telemetry.readings import Message, Reading


class GroupMoved(Event, frozen=True, kw_only=True):
    """Time, silence, or the return of a member may have changed what is known of a group."""

    rule: str
    """The id of the rule whose group it is."""
    subject: Subject
    time: Micros
    """The present; 0 where values have become too old, which makes nothing true."""
    reading: Reading | None = None
    """Of the member that is heard again."""
    message: Message | None = None
    number: int = 0
    """The message's number in the journal; 0 without one."""


class MembersJoined(Event, frozen=True, kw_only=True):
    """While a rule is breached on a group, further members count towards that, or the same again."""

    rule: Rule
    subject: Subject
    time: Micros
    evidence: Evidence
    """The message and reading of the member that counts from now on."""
    members: tuple[str, ...]
    """All members that count now."""
    detail: str
    """The same for people."""
