"""The latest stretch of time in which the condition of a member held: what a restart must know of it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.core.kernel.times import Micros

Key = tuple[str, str, str]
"""Of a stretch: the id of the rule, the name of the function in it, and the device."""


class Word(NamedTuple):
    """When something was said."""

    time: Micros
    """When the device sent it, as far as that is known."""
    heard: Micros
    """When the gateway received it, by its own clock."""
    is_stamped: bool
    """Whether the device's clock has told the time."""


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """A row of the store, under its key."""

    began: Micros
    """When the condition began to hold: when the device sent that, as far as it is known."""
    ended: Micros | None
    """The same of its end; None while it holds. An event has both at once."""
    heard: Micros
    """When the gateway was told the later of both, by its own clock."""
    is_stamped: bool
    """Whether the device's clock has told that."""

    @classmethod
    def begin(cls, word: Word) -> Stretch:
        """The condition holds from then on."""
        return cls(word.time, None, word.heard, word.is_stamped)

    def end(self, word: Word) -> Stretch:
        """It holds no longer: not before it began, where the device's clock was set back meanwhile."""
        return Stretch(self.began, max(self.began, word.time), word.heard, word.is_stamped)

    def after_clock_set(self, by: Micros, since: Micros) -> Stretch:
        """The same when the gateway's clock was set by so much.

        Times that it has told from `since` on move along. What a device's clock has told stays, unless it would have
        been sent after it was heard: then that clock was as wrong as the gateway's.
        """
        latest = self.began if self.ended is None else self.ended
        moves = latest > self.heard + by if self.is_stamped else latest >= since
        shift = by if moves else 0
        return Stretch(
            self.began + shift,
            None if self.ended is None else self.ended + shift,
            self.heard + (by if self.heard >= since else 0),
            self.is_stamped,
        )
