"""What becomes of a job, as the SLA clocks tell it and as a plain computation does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.kernel.times import Micros


class Status(StrEnum):
    """How a job stands to its target."""

    MET = "met"
    """Closed within it."""
    BREACHED = "breached"
    """Closed after it."""
    OVERDUE = "overdue"
    """Still open at the end of the file, after it."""
    OPEN = "open"
    """Still open at the end of the file, within it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a job."""

    status: Status
    counted: Micros
    """How much time has counted until it was closed, or until the end of the file."""
    breached_at: Micros | None
    """When the target ran out."""
