"""Recognises readings that say once more what their device said last, by its latest values.

What the broker sends again is recognised before, by the message (`gateway.core.telemetry.duplicates`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.placing import Placed
from gateway.core.telemetry.readings import STAMPED
from gateway.core.telemetry.rejections import Rejections
from gateway.core.telemetry.senders import Sender


class Troubles(Protocol):
    """Knows which metrics the life safety depends on, and of which the latest word was rejected."""

    @property
    def life_safety(self) -> Mapping[str, frozenset[str]]:
        """The life-safety metrics of each device that has some."""

    def rejects(self, device: str, metrics: Iterable[str]) -> bool:
        """Whether the latest word of a device on one of these metrics was rejected."""


class Repetition:
    """Compares stamped readings with the latest word of their device: its latest values, or what was rejected since."""

    def __init__(self, troubles: Troubles, rejections: Rejections) -> None:
        self._rejects = troubles.rejects
        self._rejections = rejections

    def is_repeated(self, sender: Sender, stamp: Micros, decoded: Decoded) -> bool:
        """Whether a reading with a believed stamp says nothing that its device has not said last."""
        return (
            sender.latest.repeats(stamp, decoded.values)
            and not (decoded.rejected and self._rejections.matter(sender, decoded))
            and not self._rejects(sender.id, decoded.values)
        )

    def are_repeated(self, placed: Sequence[Placed]) -> bool:
        """Whether the newest readings of each device in a message, those with its newest stamp, are repetitions."""
        newest = {each.sender.id: each.time for each in placed if each.origin == STAMPED}
        return len(newest) == len({each.sender.id for each in placed}) and all(
            self.is_repeated(each.sender, each.time, each.decoded)
            for each in placed
            if each.origin == STAMPED and each.time is not None and each.time == newest[each.sender.id]
        )
