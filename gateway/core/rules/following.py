"""What goes on when a device says something, beside its own rules: rules of neighbours, and groups."""

from __future__ import annotations

from typing import Protocol

from gateway.core.rules.judging import Judge
from gateway.core.telemetry.readings import Message, Reading


class Following(Protocol):
    """What hangs in the list of a device."""

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics of the device on which it depends."""

    def evaluate(self, judge: Judge, reading: Reading, message: Message, number: int) -> None:
        """Evaluate what a reading with one of these metrics may have changed."""
