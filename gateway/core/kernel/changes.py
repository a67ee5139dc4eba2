"""The result of one step of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec


class Publication(msgspec.Struct, frozen=True, gc=False):
    """An MQTT event for other systems, to be published at least once."""

    number: int
    topic: str
    payload: bytes


@dataclass(slots=True)
class Changes:
    """What one step has changed. The store writes it in one transaction; nothing modifies it after the step."""

    parts: dict[str, Any] = field(default_factory=dict)
    """Each part's changes by its name, in a type of the part's own. A part without changes is missing."""
    publications: list[Publication] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    """The next number of each counter that has moved, by its name."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.parts or self.publications or self.counters)
