"""Absences: who of the people on duty is away, and who stands in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from gateway.core.kernel.times import Micros


class Absence(msgspec.Struct, frozen=True, gc=False):
    """A person is away: a row of the store."""

    person: str
    """By id."""
    since: Micros
    until: Micros | None
    """The first moment at which the person is back, by the wall clock; None where nobody knows."""
    substitute: str | None
    """Who stands in, by id; None where nobody does."""
    note: str | None
    by: str
    """Who has said so."""
    event: int
    """Its audit record."""

    def lasts(self, at: Micros | None) -> bool:
        """Whether it has not ended by then. None where the time is not known: then it lasts."""
        return at is None or self.until is None or at < self.until


def present(
    order: Iterable[str], absences: Mapping[str, Absence], people: Collection[str], at: Micros | None
) -> tuple[str, ...]:
    """Those of `order` who are there, each once, with substitutes in the places of those who are away.

    The substitute of a substitute who is away stands in, and so on along the chain. A chain that returns to somebody
    of it, or ends at somebody who is not among the site's people any more, leaves the place empty.

    Args:
        absences: by person.
        people: the ids of the site's people.
        at: as of `Absence.lasts`.
    """
    there = (_there(person, absences, people, at) for person in order)
    return tuple(dict.fromkeys(person for person in there if person is not None))


def _there(person: str, absences: Mapping[str, Absence], people: Collection[str], at: Micros | None) -> str | None:
    found: str | None = person
    passed: set[str] = set()
    while found is not None and (absence := absences.get(found)) is not None and absence.lasts(at):
        if found in passed:
            return None
        passed.add(found)
        found = absence.substitute
    return found if found in people else None
