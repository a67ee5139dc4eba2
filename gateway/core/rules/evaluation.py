"""The evaluation of one rule on one subject, from the first reading that breaches until its off-delay has ended."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule


class EvaluationRecord(msgspec.Struct, frozen=True):
    """An evaluation: a row of the store."""

    rule: str
    subject: Subject
    active: bool
    delay_since: Micros | None
    evidence: Evidence


@dataclass(slots=True)
class Evaluation:
    """The on-delay runs until the evaluation is active. Then the off-delay runs whenever the condition is cleared."""

    rule: Rule
    subject: Subject
    evidence: Evidence
    active: bool = False
    """Whether the condition has held for its on-delay."""
    delay_since: Micros | None = None
    """The start of the running delay; None when none runs."""
    unconfirmed_until: Micros = 0
    """After a restart, time alone ends no delay before this: the gateway received nothing while it was down."""

    @property
    def delay(self) -> Micros:
        """The length of the delay that runs, or would run next."""
        return self.rule.off_delay if self.active else self.rule.on_delay

    @property
    def due(self) -> Micros:
        """When time alone ends the running delay."""
        return max((self.delay_since or 0) + self.delay, self.unconfirmed_until)

    def record(self) -> EvaluationRecord:
        """The row to store."""
        return EvaluationRecord(self.rule.id, self.subject, self.active, self.delay_since, self.evidence)
