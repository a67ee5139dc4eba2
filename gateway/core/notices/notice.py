"""A notice: one message to one address."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import HOUR, MINUTE, SECOND, Micros
from gateway.core.notices.requests import Urgency
from gateway.core.notices.ways import Channel, Way

FIRST_RETRY: Micros = 5 * SECOND
LONGEST_RETRY: Micros = 5 * MINUTE
"""The pause before another attempt begins with the first and doubles up to the longest."""
GIVE_UP_AFTER: Mapping[Urgency, Micros] = {Urgency.WAKE: MINUTE, Urgency.PROMPT: HOUR, Urgency.QUIET: HOUR}
"""So long is one way tried before the next one is."""
MOST_ITEMS = 500
"""Things that one notice says: of a flood beyond it, the rest is in the next."""
SIREN_NAME = "the siren"
LAST_WAY_FOR: Micros = 24 * HOUR
"""So long is a way tried that has none behind it."""


class NoticeState(StrEnum):
    """What has become of a notice."""

    WAITING = "waiting"
    """For its time, for those before it, or for another attempt."""
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up."""
    WITHDRAWN = "withdrawn"
    """Nobody need know it any more."""


class NoticeKind(StrEnum):
    """The kinds of notices that this part tells apart. Other parts name kinds of their own in `Tell`."""

    RAISED = "alarm raised"
    FURTHER = "alarm further"
    REMINDER = "alarm reminder"
    OVER = "alarm over"
    SIREN_OFF = "siren off"
    TICKET_EVENT = "ticket event"
    """A step of a ticket, for another system: sent whatever becomes of the ticket, until it arrives."""
    PROOF = "proof"
    TEST = "test"


OF_RAISES = frozenset({NoticeKind.RAISED, NoticeKind.FURTHER, NoticeKind.REMINDER})
"""What nobody need be told any more once somebody has acknowledged the alarm, or it is over."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """One thing that a notice says."""

    title: str
    body: str
    alarm: int | None = None
    """The alarm that it is about."""
    facts: dict[str, str] = {}
    """What machines read of it, by name."""


class Notice(msgspec.Struct, frozen=True, gc=False):
    """One message to one address: a row of the store."""

    number: int
    """Unique in the life of the store: the receiver knows a message that comes twice by it."""
    key: str
    """What it says: the same is told once to the same person by the same way."""
    about: Subject
    kind: str
    person: str | None
    """The id of the person; None for the siren and for somebody outside."""
    way: Way
    further: tuple[Way, ...]
    """Where it goes when this way fails."""
    urgency: Urgency
    language: Language
    items: tuple[Item, ...]
    title: str
    body: str
    links: tuple[LinkPurpose, ...]
    since: Micros
    """When it was decided."""
    earliest: Micros
    """When it may be sent, but for quiet hours."""
    event: int
    """The audit record of its latest step."""
    due: Micros | None = None
    """When it may be sent, for the first time or again; None until the time is trusted."""
    give_up_at: Micros | None = None
    """When this way is given up; None while that does not count yet."""
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    error: str = ""
    """Why the last attempt has failed."""
    is_overdue: bool = False
    """Whether its last way has failed for so long that people were told; it is tried further."""
    is_staff: bool = True
    """Whether it goes to the people of the site: whose quiet hours count."""
    obsolete: tuple[int, ...] = ()
    """While it is under way: the alarms of which nobody need be told any more. If it fails, it says them no longer."""
    is_stopped: bool = False
    """Whether it is under way, and not to be tried again."""
    ended_at: Micros | None = None
    """When it was delivered, given up or withdrawn."""

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state in (NoticeState.WAITING, NoticeState.SENDING)

    @property
    def must_arrive(self) -> bool:
        """Whether it is told by its last way without an end: without it another system would keep what is not true."""
        return self.kind == NoticeKind.TICKET_EVENT and not self.further

    @property
    def is_new(self) -> bool:
        """Whether it waits to be sent for the first time."""
        return self.state is NoticeState.WAITING and not self.attempts

    @property
    def alarms(self) -> tuple[int, ...]:
        """The numbers of the alarms that it is about."""
        return tuple(item.alarm for item in self.items if item.alarm is not None)

    @property
    def reader(self) -> str | None:
        """Whom people have to tell in another way where it does not arrive; None for somebody outside."""
        return SIREN_NAME if self.way.channel is Channel.SIREN else self.person

    @property
    def told_key(self) -> str:
        """What it says to whom: its stable id, by which a receiver knows it when it comes twice."""
        return told_key(self.key, self.person)

    def retry_in(self) -> Micros:
        """The pause after the attempts so far."""
        return min(FIRST_RETRY << min(self.attempts - 1, 16), LONGEST_RETRY)


def told_key(key: str, person: str | None) -> str:
    """What is said to whom."""
    return f"{key}/{person}" if person is not None else key


class Follower(Protocol):
    """What follows from the fate of notices."""

    def handed(self, notice: Notice) -> None:
        """It is being sent, and may arrive from now on."""

    def delivered(self, notice: Notice, now: Micros) -> None:
        """It has arrived."""

    def unreachable(self, notice: Notice, now: Micros) -> None:
        """It has arrived by no way, and may never."""
