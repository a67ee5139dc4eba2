"""What an earlier run has left to the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state in which an earlier run ended, as the store kept it."""

    counters: Mapping[str, int] = field(default_factory=dict)
    """The next number of each counter, by its name."""
    rows: Mapping[str, Any] = field(default_factory=dict)
    """Each part's rows, by its name."""
