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
    was_sure: bool | None
    """Whether an active rule was certainly breached before; None where none was active."""
    reading: Reading
    """Of the member that is heard again; else an empty one of the present."""
    message: Message | None = None
    """None where time alone has passed."""
    number: int = 0
    """The message's number in the journal; 0 without one."""
    changed: str | None = None
    """The member of which something has changed; None where time has passed."""
    has_joined: bool = False
    """Whether its condition holds that did not before."""
    has_aged: bool = False
    """Whether its values have become too old, which makes nothing true."""


class MembersJoined(Event, frozen=True, kw_only=True):
    """While a rule is certainly breached on a group, further members count towards that, or the same again. There is
    one such event in a step of the engine."""

    rule: Rule
    subject: Subject
    time: Micros
    evidence: Evidence
    """The latest message and reading of a member that counts from now on."""
    members: frozenset[str] | None
    """Those that have joined; None where any that counts may have: the rule is certainly breached again."""
    is_count: bool
    """Whether more members lead towards the breach, so that each is news."""


class MembersCleared(Event, frozen=True, kw_only=True):
    """A rule stands that is not certainly breached any more, and of these members it is certain that they are clear."""

    rule: Rule
    subject: Subject
    members: frozenset[str]
