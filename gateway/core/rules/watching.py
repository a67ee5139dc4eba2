"""What the delays of evaluations need to know of whatever is watched: a device, or a group of them."""

from __future__ import annotations

from typing import Any, Protocol

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule
from gateway.core.telemetry.readings import Message, Reading


class Watching(Protocol):
    """The rules on one subject, and their evaluations."""

    subject: Subject
    evaluations: dict[str, Evaluation]
    """The current ones, by the key of their rule."""

    def find(self, rule_key: str) -> Rule | None:
        """The rule of this key, if it watches the subject."""

    def breaches(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the subject breaches the rule; None where that is unknown."""

    def clears(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the subject clears the rule; None where that is unknown."""

    def is_confirmed(self, evaluation: Evaluation, now: Micros) -> bool:
        """Whether a message that is evaluated after blindness lets time alone end what the running delay counts."""

    def reached(self, reading: Reading) -> Micros | None:
        """In blindness: the time that delays count up to this stamped reading; None where it counts for none."""

    def evidence(self, rule: Rule, reading: Reading, message: Message | None, number: int) -> Evidence:
        """The evidence of a reading; without a message time alone has decided."""

    def make(self, rule: Rule, evidence: Evidence) -> Evaluation:
        """A new evaluation."""

    def told(self, evaluation: Evaluation, now: Micros) -> dict[str, Any]:
        """The fields of the event that tells of an evaluation."""

    def restore(self, rule: Rule, record: EvaluationRecord, reached: Micros) -> Evaluation | None:
        """Restore a stored evaluation; None where it is over."""

    def is_active(self, rule: Rule) -> bool:
        """Whether the rule has been breached and not cleared."""

    def activate(self, rule: Rule, evidence: Evidence) -> Evaluation:
        """Begin an active evaluation in place of one that was lost."""
