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


class SetActive(Request, frozen=True, kw_only=True):
    """The active hours of a rule begin or end. Nothing is evaluated outside them.

    Where they begin while the condition holds, the on-delay begins. Where they end, all its evaluations end.
    """

    rule: str
    is_active: bool
    time: Micros
    begun_before: Micros | None = None
    """Where they have ended meanwhile and begun again: when they ended. Only older evaluations end."""
