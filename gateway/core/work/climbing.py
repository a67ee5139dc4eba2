"""How far the chains of breached targets have gone: what escalation keeps of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.work.clocks import ClockKind
from gateway.core.work.escalation import Escalated

Key = tuple[int, ClockKind]
"""The number of the ticket, and its clock."""


class Climb(msgspec.Struct, frozen=True, gc=False):
    """How far the chain of one breached target has gone: a row of the store."""

    ticket: int
    clock: ClockKind
    level: int
    at: Micros
    repeated: int = 0
    hopes: tuple[str, ...] = ()
    """Who of those who were told last may still be reached, by id."""
    told: int = 0
    """The audit record of what was told last; 0 where that was nothing, or where all that can be done was done."""

    @property
    def key(self) -> Key:
        """Of which target."""
        return self.ticket, self.clock

    @property
    def is_in_vain(self) -> bool:
        """Whether people were told and none of them can be reached."""
        return bool(self.told) and not self.hopes

    @property
    def escalated(self) -> Escalated:
        """As the chain reckons with it."""
        return Escalated(self.level, self.at, self.repeated)


class Climbs:
    """The chains that go on, by ticket and clock."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._climbs: dict[Key, Climb] = {}
        self._of_ticket: dict[int, set[ClockKind]] = {}
        self._changed: dict[Key, Climb | None] = {}
        self._trusts_time = True
        self._in_doubt: set[Key] = set()
        """What was decided while the time was not known."""

    def __iter__(self) -> Iterator[Climb]:
        return iter([*self._climbs.values()])

    def restore(self, rows: Sequence[Climb]) -> None:
        """Go on with those of an earlier run."""
        for climb in rows:
            self._put(climb, has_changed=False)

    def find(self, key: Key) -> Climb | None:
        """The chain of this target, if it goes on."""
        return self._climbs.get(key)

    def of(self, ticket: int) -> list[Climb]:
        """Those of a ticket."""
        return [self._climbs[ticket, kind] for kind in sorted(self._of_ticket.get(ticket, ()))]

    def keep(self, climb: Climb) -> None:
        """Keep what was decided."""
        if not self._trusts_time:
            self._in_doubt.add(climb.key)
        self._put(climb)

    def waits_for_time(self, climb: Climb) -> bool:
        """Whether the breach was found while the time is not known, and nobody was told of it: it may be none."""
        return climb.level < 0 and climb.key in self._in_doubt

    def drop(self, climb: Climb) -> None:
        """It goes on no more."""
        del self._climbs[climb.key]
        self._of_ticket[climb.ticket].discard(climb.clock)
        if not self._of_ticket[climb.ticket]:
            del self._of_ticket[climb.ticket]
        self._changed[climb.key] = None
        self._in_doubt.discard(climb.key)
        self._seam.let_sleep(climb.key)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same."""
        for climb in self:
            self._put(msgspec.structs.replace(climb, at=climb.at + by))
            self._seam.wake(climb.key, 0)  # its timer is set anew with the next tick

    def doubt(self) -> None:
        """The time is not known."""
        self._trusts_time = False

    def correct(self, event: ClockCorrected) -> None:
        """Times that were right before keep what they were."""
        for climb in self:
            if event.by and climb.key not in self._in_doubt:
                self._put(msgspec.structs.replace(climb, at=climb.at - event.by))
            self._seam.wake(climb.key, 0)
        if event.is_certain:
            self._trusts_time = True
            self._in_doubt.clear()

    def finish(self) -> Mapping[Key, Climb | None] | None:
        """What has changed in this step; None for those that go on no more."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def _put(self, climb: Climb, *, has_changed: bool = True) -> None:
        self._climbs[climb.key] = climb
        self._of_ticket.setdefault(climb.ticket, set()).add(climb.clock)
        if has_changed:
            self._changed[climb.key] = climb
