"""What one step of the engine has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec


class Publication(msgspec.Struct, frozen=True):
    """An MQTT event for other systems, to be published at least once."""

    number: int
    topic: str
    payload: bytes


@dataclass(slots=True)
class Changes:
    """Made by the engine, written by the store in one transaction, and never changed in between."""

    parts: dict[str, Any] = field(default_factory=dict)
    """By the name of a part, what it has changed, in a type of its own. A part that has changed nothing is missing."""
    publications: list[Publication] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    """By name, the next number of each counter that has moved."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.parts or self.publications or self.counters)
