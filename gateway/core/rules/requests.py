"""Requests to the evaluator."""

from __future__ import annotations

from gateway.core.kernel.events import Request
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence


class KeepActive(Request, frozen=True, kw_only=True):
    """An alarm is raised, so its rule has been breached, even if the store has lost the evaluation."""

    rule: str
    """Its id."""
    subject: Subject
    severity: str
    """Of the alarm, which tells the level of a rule with several."""
    evidence: Evidence | None
    """None where the store has lost that as well."""
    time: Micros
    """The present."""
