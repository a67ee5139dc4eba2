"""What is news of the members of a group while its alarm stands, collected until the end of the engine's step."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.rules.groups.events import MembersCleared, MembersJoined
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.telemetry.readings import RECEIVED, Message, Reading

TOLD_ONE_BY_ONE = 20
"""While no more members count than a sentence names, each that joins is told at once."""
TOLD_AT_MOST_EVERY: Micros = 10 * SECOND
"""Beyond that: a power cut makes hundreds of members silent within seconds, and nobody reads as many pages. It is short
beside the minutes in which somebody comes, and the list shows all members in any case."""


def by_time(now: Micros) -> Reading:
    """In place of the reading of a member where time alone has passed."""
    return Reading("", "", now, now, {}, RECEIVED)


class News:
    """Which members of one group have joined what people were told of, and which would be news if they came back.

    Everything follows from what was before a change and what is afterwards, so that a restart forgets nothing.
    """

    __slots__ = ("_collect", "_joined", "_read", "_tell", "_told_at", "group")

    def __init__(self, group: GroupWatch, tell: Callable[[Event], None], collect: Callable[[News], None]) -> None:
        """
        Args:
            tell: emits an event.
            collect: has `take` called at the end of the step, or when it is due.
        """
        self.group = group
        self._tell, self._collect = tell, collect
        self._joined: set[str] | None = set()
        """Those that have joined; None for any that counts."""
        self._read: tuple[Reading, Message | None, int] | None = None
        """The latest reading with which one has joined."""
        self._told_at: Micros | None = None
        """When people were last told; None where that was before the latest blindness."""

    def follow(
        self,
        was_sure: bool | None,
        reading: Reading,
        message: Message | None = None,
        number: int = 0,
        *,
        changed: str | None = None,
        has_joined: bool = False,
    ) -> None:
        """Something has changed of the group.

        Args:
            was_sure: what the group's `is_sure` was before.
            changed: the member of which something has changed; None where time has passed.
            has_joined: whether its condition holds that did not before.
        """
        group = self.group
        if was_sure is None or (rule := group.standing()) is None:
            return
        is_sure = group.is_sure()
        if is_sure:
            is_count = group.is_count(rule)
            if has_joined or not (was_sure and is_count):  # another value may be what makes the rule breached now
                self._add(changed if was_sure and is_count else None, reading, message, number)
        elif group.is_count(rule):
            among = group.members if was_sure or changed is None else (changed,)
            self._clear(group.cleared(rule, among))
        elif was_sure and message is not None and changed is not None:
            self._clear(frozenset({changed}))

    def begin(self, now: Micros) -> None:
        """The gateway hears: an edit of the site's files may have added members that count, and what was collected in
        blindness is told."""
        self._told_at = None
        if self.group.is_sure():
            self._add(None, by_time(now), None, 0)

    def forget_when(self) -> None:
        """The gateway becomes blind, or its clock was set."""
        self._told_at = None

    def due(self, *, is_blind: bool) -> Micros | None:
        """When to tell what is collected; None where there is nothing, or only the next hearing tells it."""
        if self._read is None:
            return None
        if self.group.crowd() <= TOLD_ONE_BY_ONE:
            return 0
        if is_blind:
            return None
        return 0 if self._told_at is None else self._told_at + TOLD_AT_MOST_EVERY

    def take(self) -> MembersJoined | None:
        """What has joined until now; None where no alarm stands any more."""
        joined, read, rule = self._joined, self._read, self.group.standing()
        self._joined, self._read = set(), None
        if rule is None or read is None:
            return None
        now = self._told_at = read[0].received
        return MembersJoined(
            rule=rule,
            subject=self.group.subject,
            time=now,
            evidence=self.group.evidence(rule, *read),
            members=None if joined is None else frozenset(joined),
            is_count=self.group.is_count(rule),
        )

    @property
    def heard_at(self) -> Micros:
        """When the latest of what is collected was heard."""
        return self._read[0].received if self._read is not None else 0

    def _add(self, member: str | None, reading: Reading, message: Message | None, number: int) -> None:
        self._read = reading, message, number
        if member is None:
            self._joined = None
        elif self._joined is not None:
            self._joined.add(member)
        self._collect(self)

    def _clear(self, members: frozenset[str]) -> None:
        rule = self.group.standing()
        if members and rule is not None:
            self._tell(MembersCleared(rule=rule, subject=self.group.subject, members=members))
