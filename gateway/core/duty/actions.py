"""Actions of people on duty, what other parts ask of it, and what is told to the parts above."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.times import Micros


class GoAbsent(Action, frozen=True, kw_only=True):
    """A person is away from now on. Said again of somebody who is away, it replaces what was said before."""

    person: str
    """The id, or the name in the site's files."""
    until: Micros | None = None
    """The first moment at which the person is back, by the wall clock; None where nobody knows."""
    substitute: str | None = None
    """Who stands in: the id, or the name in the site's files."""
    note: str | None = None


class ComeBack(Action, frozen=True, kw_only=True):
    """A person who was away is back."""

    person: str
    """The id, or the name in the site's files."""
    note: str | None = None


class AskOnDuty(Request, frozen=True, kw_only=True):
    """Who of a team is on duty."""

    team: str
    at: Micros
    answer: Callable[[Sequence[str]], None]
    """Called before the request returns, with their ids in the order in which they are told: those who are on duty by
    the roster and not away, substitutes in their places. Of a team without a roster, and of any team while the time is
    not known, all members are on duty: rather one person too many than none."""


class AskPresent(Request, frozen=True, kw_only=True):
    """Who of these people is there, whether on duty or not."""

    people: Sequence[str]
    """By id."""
    at: Micros
    answer: Callable[[Sequence[str]], None]
    """Called before the request returns, with their ids in this order, substitutes in the places of those who are
    away."""


class DutyChanged(Event, frozen=True, kw_only=True):
    """A person is away, or back; not where it is said again, to the same time and with the same substitute."""

    person: str
    is_absent: bool
    absence: int
    """The audit record of the absence."""
    time: Micros
