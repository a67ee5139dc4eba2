"""Severities of alarms and priorities of tickets."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """The severity of an alarm: critical is danger or loss now, warning wants work soon, info is for the record."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


def rank(severity: str) -> int:
    """The place of a severity in lists: 0 for the worst."""
    return [*Severity].index(Severity(severity))


class Priority(StrEnum):
    """The priority of a ticket: P1 is an emergency, P2 a fault, P3 and P4 wait for their turn."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
