"""Who of a team is there, and until when: what work asks duty and the rosters."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.duty.attendance import Attendance
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import DAY, Micros
from gateway.core.notices.requests import AskReachable
from gateway.core.site.site import Site

_LOOK_AGAIN: Micros = 28 * DAY
"""A roster says what changes within four weeks; after these it is asked again."""
_MOST_CHANGES = 20


class Staff:
    """The people of the site at work."""

    def __init__(self, site: Site, seam: Seam) -> None:
        self._site = site
        self._attendance = Attendance(seam)
        self._seam = seam

    def on_duty(self, team: str, at: Micros) -> tuple[str, ...]:
        """Their ids, in the order in which they are told."""
        return self._attendance.on_duty(team, at)

    def present(self, people: Iterable[str], at: Micros) -> tuple[str, ...]:
        """Who of these people is there, with substitutes in the places of those who are away."""
        return self._attendance.present(people, at)

    def reachable(self, people: Iterable[str]) -> tuple[str, ...]:
        """Who of these people can be told something, as of `AskReachable`."""
        found: list[str] = []
        self._seam.ask(AskReachable(people=tuple(people), answer=found.extend))
        return tuple(found)

    def next_change(self, team: str, now: Micros) -> Micros | None:
        """When others are on duty by the roster, or when to ask again; None for a team without one."""
        roster = self._site.rosters.get(team)
        return None if roster is None else roster.next_change(now) or now + _LOOK_AGAIN

    def until(self, team: str, person: str, now: Micros) -> Micros | None:
        """Until when somebody is on duty by the roster; None where it does not say."""
        roster = self._site.rosters.get(team)
        if roster is None or person not in roster.on_duty(now):
            return None
        at: Micros | None = now
        for _ in range(_MOST_CHANGES):
            at = roster.next_change(at) if at is not None else None
            if at is not None and person not in roster.on_duty(at):
                return at
        return None

    def known(self, person: str | None) -> str | None:
        """The person, where the site's files have such an id; else None."""
        return person if person in self._site.people else None
