"""Which people a step of a route tells, and by which ways."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from gateway.core.duty.attendance import Attendance
from gateway.core.kernel.part import Seam
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros
from gateway.core.notices.requests import AskReachable
from gateway.core.notices.routes import Recipient
from gateway.core.notices.ways import Channel, Way, proven_ways, ways_of, ways_to
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import Site


class Recipients:
    """The people of a site, as messages reach them by the channels that the gateway has."""

    def __init__(self, site: Site, available: Collection[Channel], seam: Seam) -> None:
        self._site = site
        self._attendance = Attendance(seam)
        self._available = frozenset(available)
        self._reaches_anybody = any(self.reach(person) for person in site.people)

    @property
    def has_siren(self) -> bool:
        """Whether the gateway has a siren."""
        return Channel.SIREN in self._available

    def of(self, tell: Sequence[Recipient], team: str | None, at: Micros, *, on_duty: bool = True) -> list[str]:
        """The ids of those who are told, each once, in order; only of people who can be reached.

        Args:
            tell: who is named; unless anybody is, the team is told, or everybody where there is none.
            on_duty: False tells all members of a team, and those who are named, whoever is on duty or away. Else those
                who are away are told nothing, and their substitutes are told in their place.
        """
        named = tell or ([Recipient(team=team)] if team is not None else [])
        found: list[str] = []
        for each in named:
            if each.person is not None:
                found += self._attendance.present([each.person], at) if on_duty else [each.person]
            elif each.team is not None:
                found += self._attendance.on_duty(each.team, at) if on_duty else self._members(each.team)
        if not named:
            found = [*self._site.people]
        return [person for person in dict.fromkeys(found) if self.reach(person)]

    def reach(self, person: str) -> bool:
        """Whether there is a way to this person."""
        return bool(self.ways(person, may_ring=True))

    def answer(self, request: AskReachable, failing: Collection[str]) -> None:
        """Say who can be told something.

        Args:
            failing: whom messages do not reach at present.
        """
        there = [each for each in request.people if self.reach(each) or not self._reaches_anybody]
        request.answer([each for each in there if each not in failing])

    def ways(self, person: str, *, may_ring: bool) -> list[Way]:
        """The ways to this person, in the order of the site's files; none to somebody who is not of the site."""
        spec = self._site.people.get(person)
        return [] if spec is None else ways_of(spec.contact, self._available, may_ring=may_ring)

    def texts(self, person: str) -> list[Way]:
        """Those that do not ring."""
        return [way for way in self.ways(person, may_ring=False) if way.channel is not Channel.VOICE]

    def proven(self, person: PersonSpec) -> list[Way]:
        """One way to each address of this person."""
        return proven_ways(person.contact, self._available)

    def outside(self, kind: str, address: str) -> list[Way]:
        """The ways to an address of somebody outside: nobody is called there."""
        return [way for way in ways_to(kind, address, self._available) if way.channel is not Channel.VOICE]

    def lanes(self, person: str, channels: Sequence[Channel], *, may_ring: bool) -> list[list[Way]]:
        """The ways to tell a person at the same time, each with those that come after it where it fails.

        By each of the channels that lead to the person; where none does, or none is named, by the first way.
        """
        every = self.ways(person, may_ring=may_ring or Channel.VOICE in channels)
        firsts = [way for channel in dict.fromkeys(channels) for way in every if way.channel is channel]
        first_of_each = list({way.channel: way for way in reversed(firsts)}.values())[::-1]
        rest = [way for way in every if way not in first_of_each]
        return [[first, *rest] for first in first_of_each] or ([every] if every else [])

    def language(self, person: str | None) -> Language:
        """The language of a person, or of the site."""
        spec = self._site.people.get(person or "")
        return (spec.language if spec is not None else None) or self._site.header.language

    def people(self) -> Iterable[PersonSpec]:
        """Everybody, in the order of the site's files."""
        return self._site.people.values()

    def _members(self, team: str) -> list[str]:
        return [person.id for person in self._site.members_of(team)]
