"""Why work waits."""

from __future__ import annotations

from enum import StrEnum


class HoldReason(StrEnum):
    """What the work waits for."""

    PARTS = "parts"
    ACCESS = "access"
    CONTRACTOR = "contractor"
    REPORTER = "reporter"
    WEATHER = "weather"
    OTHER = "other"
