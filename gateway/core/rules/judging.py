"""Evaluates one rule on one subject with a reading: the step that device rules and group rules have in common."""

from __future__ import annotations

from collections.abc import Collection

from gateway.core.rules.delays import Delays
from gateway.core.rules.rule import Rule
from gateway.core.rules.watching import Watching
from gateway.core.telemetry.readings import Message, Reading


class Judge:
    """Goes on with the evaluation of a rule, or begins one."""

    def __init__(self, delays: Delays, inactive: Collection[str]) -> None:
        """`inactive` are the rules outside their active hours; the evaluator updates this very collection."""
        self.delays = delays
        self.inactive = inactive

    def evaluate(self, watch: Watching, rule: Rule, reading: Reading, message: Message | None, number: int) -> None:
        """Evaluate a rule of the subject with a reading that may have changed it; without a message, by time alone."""
        evaluation = watch.evaluations.get(rule.key)
        if evaluation is not None:
            self.delays.go_on(watch, evaluation, reading, message, number)
        elif rule.id not in self.inactive and watch.breaches(rule, reading.received):
            self.begin(watch, rule, reading, message, number)

    def begin(self, watch: Watching, rule: Rule, reading: Reading, message: Message | None, number: int) -> None:
        """Begin the evaluation of a rule that is breached."""
        evidence = watch.evidence(rule, reading, message, number)
        evaluation = watch.evaluations[rule.key] = watch.make(rule, evidence)
        self.delays.begin(watch, evaluation, reading)
