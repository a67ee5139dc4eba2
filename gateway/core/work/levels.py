"""Service levels: how soon a ticket must be responded to, attended on site and resolved, and whose hours count.

Each value of a ticket comes from the first level that matches it and gives this value; the site's own levels stand
before those that ship. What no level gives comes from the deadlines of its priority. A ring then makes `respond` and
`on_site` of emergencies and faults shorter, never longer, unless the level that gives them names rings itself. At last
nothing is due later than what comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.core.kernel.times import MINUTE, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.calendars import Calendar
from gateway.core.site.distance import Ring
from gateway.core.work.clocks import WARN_SHARE, ClockKind
from gateway.core.work.holds import PAUSES, PAUSES_OF_EMERGENCIES, Pauses
from gateway.core.work.level_spec import ALWAYS, NO_TARGET, RingSpec, ServiceLevelSpec, WorkKind
from gateway.core.work.sla import DEFAULT_SLA, Deadlines

RINGED = frozenset({Priority.P1, Priority.P2})
"""Priorities for which the distance counts: emergencies and faults. P3 and P4 wait for their turn."""

SHIPPED_LEVELS: tuple[ServiceLevelSpec, ...] = tuple(
    ServiceLevelSpec.model_validate(each)
    for each in (
        # The owner's service rules: complaints that are urgent, general, and complex with a first plan in 24 h. What
        # is an emergency is one, whoever complains of it.
        {"kind": "complaint", "priority": "P2", "respond": "1h", "on_site": NO_TARGET, "resolve": "12h"},
        {"kind": "complaint", "priority": "P3", "respond": "24h", "on_site": NO_TARGET, "resolve": "48h"},
        {"kind": "complaint", "priority": "P4", "respond": "24h", "on_site": NO_TARGET, "resolve": "7d"},
    )
)

RINGS: Mapping[Ring, RingSpec] = {
    # The owner's service rules. "At once" within 50 m is taken for a minute: the time to read a message and answer it.
    Ring.NEAR: RingSpec.model_construct(respond=MINUTE, on_site=5 * MINUTE),
    Ring.MIDDLE: RingSpec.model_construct(respond=15 * MINUTE, on_site=30 * MINUTE),
    Ring.FAR: RingSpec.model_construct(respond=60 * MINUTE, on_site=60 * MINUTE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A ticket as far as its service level is concerned."""

    category: str
    priority: Priority
    kind: WorkKind = WorkKind.FAULT
    ring: Ring | None = None
    """None where nobody knows how far it is."""


class Level(NamedTuple):
    """What holds for one ticket."""

    targets: Mapping[ClockKind, Micros]
    """How much time may count on each of its clocks, in their order; it has no other clock."""
    calendar: str | None
    """Whose hours count, by id; every hour where this is None."""
    warn_share: float
    """People are warned once this share of a target has counted."""
    pauses: Pauses
    """Which clocks a hold pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevels:
    """The service levels of a site."""

    by_priority: Mapping[Priority, Deadlines] = field(default_factory=lambda: DEFAULT_SLA)
    levels: Sequence[ServiceLevelSpec] = SHIPPED_LEVELS
    """The site's own, then those that ship."""
    rings: Mapping[Ring, RingSpec] = field(default_factory=lambda: RINGS)
    holds: Pauses = field(default_factory=lambda: PAUSES)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Those of the site, by id."""

    def of(self, work: Work, opened_at: Micros) -> Level:
        """What holds for a ticket that was opened then."""
        return self.of_hours(work, lambda calendar: self.calendars[calendar].is_active(opened_at))

    def of_hours(self, work: Work, holds: Callable[[str], bool]) -> Level:
        """What holds for a ticket.

        Args:
            holds: whether a calendar held when it was opened, by its id.
        """
        targets: dict[ClockKind, Micros] = {}
        latest: Micros | None = None
        for kind in reversed(ClockKind):
            target = self._target(kind, work, self.giver(kind.value, work, holds))
            if target is not None:
                # Who is there has responded, and what is resolved needs nobody any more: none is due after the next.
                latest = targets[kind] = target if latest is None else min(target, latest)
        calendar = self.giver("calendar", work, holds)
        warns = self.giver("warn_at", work, holds)
        is_emergency = work.priority is Priority.P1
        pauses = {why: kinds & PAUSES_OF_EMERGENCIES if is_emergency else kinds for why, kinds in self.holds.items()}
        return Level(
            targets={kind: targets[kind] for kind in ClockKind if kind in targets},
            calendar=None if calendar is None or calendar.calendar == ALWAYS else calendar.calendar,
            warn_share=WARN_SHARE if warns is None or warns.warn_at is None else warns.warn_at,
            pauses=pauses,
        )

    def may_time(self, kind: ClockKind, work: Work) -> bool:
        """Whether a ticket may have this clock, at one time or another."""
        for each in self.levels:
            if kind.value in each.gives and is_for(each, work):
                if getattr(each, kind.value) != NO_TARGET:
                    return True
                if each.during is None:
                    return False
        return True  # by its priority

    def giver(self, key: str, work: Work, holds: Callable[[str], bool]) -> ServiceLevelSpec | None:
        """The level that gives a ticket this value; None where none does."""
        giving = (each for each in self.levels if key in each.gives and is_for(each, work))
        return next((each for each in giving if each.during is None or holds(each.during)), None)

    def _target(self, kind: ClockKind, work: Work, giver: ServiceLevelSpec | None) -> Micros | None:
        given: Micros | str = getattr(self.by_priority[work.priority] if giver is None else giver, kind.value)
        if isinstance(given, str):
            return None
        if work.ring is None or kind is ClockKind.RESOLVE or not counts_distance(work):
            return given
        of_ring: Micros | None = getattr(self.rings[work.ring], kind.value)
        return given if of_ring is None or (giver is not None and giver.ring) else min(given, of_ring)


def counts_distance(work: Work) -> bool:
    """Whether a ring makes its targets shorter: those of emergencies, and of faults that do not wait for their turn."""
    return work.priority in RINGED and (work.kind is WorkKind.FAULT or work.priority is Priority.P1)


def is_for(level: ServiceLevelSpec, work: Work) -> bool:
    """Whether a level matches a ticket, whenever that was opened."""
    return (
        (level.category is None or work.category in level.category)
        and (level.priority is None or work.priority in level.priority)
        and (level.kind is None or work.kind is level.kind)
        and (level.ring is None or work.ring in level.ring)
    )
