"""Who is asked to do a ticket, and who comes next: what dispatch keeps of each ticket with work to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from gateway.core.kernel.times import Micros


class Phase(StrEnum):
    """How far dispatch is with a ticket."""

    TO_ASK = "to_ask"
    """The next is to be asked."""
    ASKED = "asked"
    """Somebody is asked."""
    NOBODY = "nobody"
    """Nobody is left to ask, until others are on duty."""
    HELD = "held"
    """Somebody has accepted it, or a person has asked somebody: dispatch leaves it alone."""


class Ask(msgspec.Struct, frozen=True, gc=False):
    """How far dispatch is with a ticket: a row of the store."""

    ticket: int
    phase: Phase
    person: str | None = None
    """Who has it or is asked to, where that is a person of the site's files; by id."""
    since: Micros = 0
    """Since when that person is asked."""
    until: Micros | None = None
    """When the next is asked, or others are on duty. Of an `ASKED` one None while its time is not known: it begins
    when dispatch next looks."""
    asked: tuple[str, ...] = ()
    """Who was asked in this round, in order: nobody is asked again before all others were. Twice at the end where that
    person was reminded, as nobody else was there."""

    @property
    def is_reminded(self) -> bool:
        """Whether who was asked last was asked once more, as nobody else was there."""
        return len(self.asked) > 1 and self.asked[-1] == self.asked[-2]


class DispatchChanges(msgspec.Struct, frozen=True, gc=False):
    """What has changed in a step."""

    asks: Mapping[int, Ask | None]
    """By ticket; None where there is no work to do any more."""
    turns: Mapping[str, int]
    """When people were last asked, by id: a number that rises with each time."""


class DispatchRows(msgspec.Struct, frozen=True, gc=False):
    """What an earlier run has left."""

    asks: Sequence[Ask] = ()
    turns: Mapping[str, int] = {}
