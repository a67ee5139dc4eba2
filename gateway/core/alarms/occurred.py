"""How often an alarm has occurred of late."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros


class Occurred(msgspec.Struct, frozen=True, gc=False):
    """The latest occurrences of a rule on a subject, and whether its alarm chatters."""

    times: tuple[Micros, ...]
    """Of the latest occurrences that were not held back, no more than chattering needs, the earliest first."""
    changed_at: Micros | None = None
    """While the alarm chatters: when it last came or went. None while it does not chatter."""
    is_better: bool = False
    """While it chatters: whether its end, or that of its worst level, is held back."""
    better_by: int | None = None
    """The audit record of what led to that; None where it is unknown."""

    def moved(self, by: Micros) -> Occurred:
        """With times by a clock that was set."""
        changed_at = None if self.changed_at is None else self.changed_at + by
        return msgspec.structs.replace(self, times=tuple(time + by for time in self.times), changed_at=changed_at)
