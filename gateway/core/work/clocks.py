"""SLA clocks: how much time counts against a target, with pauses, and when the target runs out.

A clock is a value. It runs from `since` on, or stands still where that is None: it is paused, was met, or was stopped
because nothing is due any more (only the ticket's state tells a pause from a stop). The wall clock is never read, and
nothing is stored twice: what has counted until now is reckoned from `since` by the hours that count.

A target that is met in its very last microsecond is met. A step that comes later than the due moment finds the clock
breached, also where no timer has told it: each function that stops a clock sets `breached_at` first. A caller
compares before and after, so no breach is lost between a due moment and a pause.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.site.working_time import Hours

WARN_SHARE = 0.8
"""People are warned once so much of the target has counted, unless the service level says otherwise."""


class ClockKind(StrEnum):
    """What a clock waits for, in the order in which it comes."""

    RESPOND = "respond"
    """Somebody accepts the ticket, or is there."""
    ON_SITE = "on_site"
    """Somebody is there."""
    RESOLVE = "resolve"
    """The work is done."""


class Clock(msgspec.Struct, frozen=True, gc=False):
    """One clock of a ticket."""

    kind: ClockKind
    target: Micros
    """So much counted time."""
    calendar: str | None
    """Whose hours count, by id; every hour where this is None."""
    began_at: Micros
    counted: Micros
    """What had counted by `since`, or until the clock stood still."""
    since: Micros | None
    """It runs since then; None while it stands still."""
    met_at: Micros | None = None
    """When it was met, within its target or not."""
    warned_at: Micros | None = None
    """The moment at which the share of the target had counted of which people are warned, once that is known."""
    breached_at: Micros | None = None
    """The moment at which the target ran out, once that is known."""

    @property
    def runs(self) -> bool:
        """Whether time counts."""
        return self.since is not None


def begin(kind: ClockKind, target: Micros, calendar: str | None, at: Micros) -> Clock:
    """A clock that begins at a moment."""
    return Clock(kind, target, calendar, began_at=at, counted=0, since=at)


def counted_at(clock: Clock, now: Micros, hours: Hours) -> Micros:
    """What has counted until now. Of a clock that stands still, until it did; before `since` it is what it was then."""
    return clock.counted if clock.since is None else clock.counted + hours.counted(clock.since, now)


def due_at(clock: Clock, hours: Hours) -> Micros | None:
    """When the target runs out, or did.

    None while the clock stands still before that: resume a paused clock to see when it would be due
    (`due_at(resume(clock, now), hours)`). None as well where its hours never give so much time.
    """
    if clock.breached_at is not None or clock.since is None:
        return clock.breached_at
    return hours.after(clock.since, clock.target - clock.counted)


def warn_at(clock: Clock, hours: Hours, share: float = WARN_SHARE) -> Micros | None:
    """When people are to be warned, or were; None as of `due_at`."""
    if clock.warned_at is not None or clock.since is None:
        return clock.warned_at
    return hours.after(clock.since, round(clock.target * share) - clock.counted)


def next_due(clock: Clock, hours: Hours, share: float = WARN_SHARE) -> Micros | None:
    """When `told` would change the clock next; None where nothing is left to tell, or the clock stands still."""
    if clock.since is None or clock.breached_at is not None:
        return None
    return due_at(clock, hours) if clock.warned_at is not None else warn_at(clock, hours, share)


def told(clock: Clock, now: Micros, hours: Hours, share: float = WARN_SHARE) -> Clock:
    """The clock with what has come by now noted: `warned_at` and `breached_at`, by their exact moments.

    Both may be new at once, after a time in which nobody could tell: the breach is what people must hear. After a
    breach there is nothing to warn of.
    """
    if clock.since is None or clock.breached_at is not None:
        return clock
    warned, due = warn_at(clock, hours, share), due_at(clock, hours)
    if clock.warned_at is None and warned is not None and warned <= now:
        clock = msgspec.structs.replace(clock, warned_at=warned)
    if due is not None and due <= now:
        clock = msgspec.structs.replace(clock, breached_at=due)
    return clock


def pause(clock: Clock, now: Micros, hours: Hours) -> Clock:
    """Time no longer counts. A clock that stands still stays as it is."""
    if clock.since is None:
        return clock
    due = due_at(clock, hours)
    is_over = clock.breached_at is not None or (due is not None and due < now)
    counted = counted_at(clock, now, hours)
    return msgspec.structs.replace(clock, counted=counted, since=None, breached_at=due if is_over else None)


def resume(clock: Clock, now: Micros) -> Clock:
    """Time counts again; a clock that runs or was met stays as it is."""
    if clock.runs or clock.met_at is not None:
        return clock
    return msgspec.structs.replace(clock, since=now)


def meet(clock: Clock, now: Micros, hours: Hours) -> Clock:
    """What the clock waits for has happened. The first time counts."""
    if clock.met_at is not None:
        return clock
    return msgspec.structs.replace(pause(clock, now, hours), met_at=now)


def retarget(clock: Clock, target: Micros, calendar: str | None, now: Micros, hours: Hours) -> Clock:
    """Another target, by the hours of another calendar from now on: what has counted and a pause stay.

    Where the new target has counted already, it runs out now, or once the clock goes on. Where it has not, a warning or
    a breach of the old target is none of the new one. A clock that was met keeps the target by which it was.

    Args:
        hours: of the calendar until now.
    """
    if clock.met_at is not None or (target, calendar) == (clock.target, clock.calendar):
        return clock
    still = pause(clock, now, hours)
    stays = still.counted >= target
    return msgspec.structs.replace(
        still,
        target=target,
        calendar=calendar,
        since=now if clock.runs else None,
        warned_at=still.warned_at if stays else None,
        breached_at=still.breached_at if stays else None,
    )
