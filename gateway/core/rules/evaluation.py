"""One rule on one subject, while its condition is anything but plainly over."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule


class EvaluationRecord(msgspec.Struct, frozen=True):
    """An evaluation as it stands: a row of the store."""

    rule: str
    subject: Subject
    active: bool
    delay_since: Micros | None
    evidence: Evidence


@dataclass(slots=True)
class Evaluation:
    """While it is not active its on-delay runs; while it is, its off-delay may."""

    rule: Rule
    subject: Subject
    evidence: Evidence
    active: bool = False
    """Whether the condition has held for its on-delay, and its end is awaited."""
    delay_since: Micros | None = None
    """Since when the condition has pointed to the other side."""
    unconfirmed_until: Micros = 0
    """After a restart, time alone ends no delay before this: the gateway was blind in between."""

    @property
    def delay(self) -> Micros:
        """The delay that runs, or would."""
        return self.rule.off_delay if self.active else self.rule.on_delay

    @property
    def due(self) -> Micros:
        """When time alone ends the delay that runs."""
        return max((self.delay_since or 0) + self.delay, self.unconfirmed_until)

    def record(self) -> EvaluationRecord:
        """The row to store."""
        return EvaluationRecord(self.rule.id, self.subject, self.active, self.delay_since, self.evidence)
