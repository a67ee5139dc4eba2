"""What the evaluator knows of one device: its rules, their evaluations, and which of its values are rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.core.devices.device import Device
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.expressions import Facts
from gateway.core.rules.following import RESTLESS, Calm, Following
from gateway.core.rules.guards import Guards
from gateway.core.rules.judging import Judge
from gateway.core.rules.rule import Rule
from gateway.core.rules.trouble import REJECTED, RejectedValue
from gateway.core.rules.windows.part import Windows
from gateway.core.rules.windows.window import Derived
from gateway.core.telemetry.readings import STAMPED, Message, Reading


@dataclass(frozen=True, slots=True)
class Follower:
    """A rule of one device that reads another by its role."""

    watch: Watch
    rule: Rule
    metrics: frozenset[str]
    """What it reads of the other device."""
    calm: Calm = RESTLESS

    def evaluate(self, judge: Judge, reading: Reading, message: Message, number: int) -> None:
        """Evaluate the rule with a reading of the other device."""
        if not self.metrics.isdisjoint(reading.values):
            judge.evaluate(self.watch, self.rule, reading, message, number)


@dataclass(slots=True)
class Watch:
    """The rules on one device."""

    facts: Mapping[str, Value]
    """The device's facts; the devices part updates this very mapping."""
    subject: Subject
    rules: tuple[Rule, ...]
    guards: Guards
    trouble: Rule | None
    """The built-in rule `trouble`, if it has life-safety metrics."""
    windows: Windows
    """From which rules derive values; one object for all devices."""
    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    """The current evaluations, by the rule's key."""
    settle: Micros = 0
    """By how much the on-delays of rules with `device_down` are longer: people are told of what it depends on first.
    Not of those of life safety."""
    rejected: dict[str, RejectedValue] = field(default_factory=dict)
    """The life-safety metrics of which the latest word was rejected. While there are some, `trouble` is evaluated."""
    neighbours: Mapping[str, Device] = field(default_factory=dict)
    """The other devices of its place that its rules read, by role."""
    readers: list[Follower] = field(default_factory=list)
    """The rules of devices that read this one by its role."""
    followers: list[Following] = field(default_factory=list)
    """These, and the groups of which it is a member."""
    calm: Calm = ()
    """When none of them needs a reading."""

    def find(self, rule_key: str) -> Rule | None:
        """The rule of this key, if it watches the device."""
        if self.trouble is not None and rule_key == self.trouble.key:
            return self.trouble
        return next((rule for rule in self.rules if rule.key == rule_key), None)

    def concerned(self) -> list[Rule]:
        """The rules that may be breached, or are evaluated, in their order."""
        keys = {*self.evaluations, *(rule.key for rule in self.guards.possible(self.rules, self.facts))}
        return [rule for rule in self.rules if rule.key in keys]

    def breaches(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the device breaches the rule; None where that is unknown."""
        return rule.when(self._facts_of(rule)) if rule.is_plain else self._judge(rule, rule.when, now)

    def is_breached(self, rule: Rule, now: Micros) -> bool:
        """Whether the device certainly breaches the rule; what this derives is not looked at where it is too little."""
        floors = self.guards.floors.get(rule.key)
        may_hold = floors is None or self.windows.of(self.subject.id).reach(floors)
        return may_hold and self.breaches(rule, now) is True

    def clears(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the device clears the rule; None where that is unknown."""
        return rule.clears(self._facts_of(rule)) if rule.is_plain else self._judge(rule, rule.clears, now)

    def elsewhere(self, rule: Rule) -> dict[str, Value]:
        """What the rule reads of other devices of the place, without what is unknown."""
        found = ((name, read.metric, self.neighbours.get(read.role)) for name, read in rule.elsewhere.items())
        return {name: other.facts[metric] for name, metric, other in found if other and metric in other.facts}

    def derived(self, rule: Rule, now: Micros) -> dict[str, Derived]:
        """What the rule derives, without what is unknown."""
        return self.windows.of(self.subject.id).derived(rule.let, now) if rule.let else {}

    def looked_at(self, rule: Rule) -> Micros:
        """When what the rule derives was looked at last: to look at a later time would let readings leave."""
        return self.windows.of(self.subject.id).looked_at if rule.let else 0

    def is_confirmed(self, evaluation: Evaluation, now: Micros) -> bool:
        """The message is a word of the device."""
        return True

    def reached(self, reading: Reading) -> Micros | None:
        """The stamps of two devices, whose clocks differ, say nothing of the time between them."""
        return reading.time if reading.device == self.subject.device else None

    def evidence(self, rule: Rule, reading: Reading, message: Message | None, number: int) -> Evidence:
        """The evidence of a reading, or of one of another device that the rule reads; without a message time alone has
        decided, and it is that of the latest one."""
        if rule.is_plain:
            return Evidence.lost(reading.received) if message is None else Evidence.of(message, reading, number)
        now = reading.received
        if message is not None:
            evidence = Evidence.of(message, reading, number)
        else:
            evidence = self.windows.of(self.subject.id).evidence(now)
        values = evidence.values if reading.device == self.subject.id else {}
        read = {name: self.facts[name] for name in sorted(rule.metrics & rule.names) if name in self.facts}
        derived = {name: each.value for name, each in self.derived(rule, now).items()}
        return msgspec.structs.replace(evidence, values=values | read | self.elsewhere(rule) | derived)

    def _facts_of(self, rule: Rule) -> Facts:
        return self.facts if rule is not self.trouble else {REJECTED: bool(self.rejected)}

    def _judge(self, rule: Rule, test: Callable[[Facts], bool | None], now: Micros) -> bool | None:
        """The verdict on what is derived. Of a value that is not certain, both ends must have the same."""
        facts = {**self.facts, **self.elsewhere(rule)} if rule.elsewhere else {**self.facts}
        uncertain: dict[str, Value] = {}
        for name, each in self.derived(rule, now).items():
            facts[name] = each.low
            if each.high != each.low:
                uncertain[name] = each.high
        verdict = test(facts)
        return verdict if not uncertain or test(facts | uncertain) is verdict else None

    def make(self, rule: Rule, evidence: Evidence) -> Evaluation:
        """A new evaluation of a rule on the device."""
        waits = rule.spec.device_down and not rule.spec.life_safety
        return Evaluation(rule, self.subject, evidence, settle=self.settle if waits else 0)

    def restore(self, rule: Rule, record: EvaluationRecord, reached: Micros) -> Evaluation | None:
        """Restore a stored evaluation; None where it is over, as no rule reads the rejected metrics any more."""
        evaluation = self.make(rule, record.evidence)
        evaluation.active, evaluation.clearing = record.active, record.clearing
        if rule is self.trouble:
            self.rejected |= {name: value for name, value in record.rejected.items() if name in rule.metrics}
            evaluation.rejected = self.rejected
            if record.rejected and not self.rejected:
                return None
        evaluation.restore(record, reached)
        self.evaluations[rule.key] = evaluation
        return evaluation

    def told(self, evaluation: Evaluation, now: Micros) -> dict[str, Any]:
        """The fields of the event that tells of an evaluation."""
        return evaluation.told(now)

    def is_active(self, rule: Rule) -> bool:
        """Whether the rule has been breached and not cleared."""
        evaluation = self.evaluations.get(rule.key)
        return evaluation is not None and evaluation.active

    @property
    def needed_trouble(self) -> Rule:
        """The built-in rule `trouble`; raises LookupError where the device has no life-safety metrics."""
        if self.trouble is None:
            raise LookupError(f"{self.subject} has no life-safety metrics")
        return self.trouble

    def standing_on(self, metrics: frozenset[str]) -> Iterator[tuple[Watch, Evaluation]]:
        """The active evaluations of rules that read one of these metrics of the device, its own and its readers'."""
        for each in self.evaluations.values():
            if each.active and not each.rule.metrics.isdisjoint(metrics):
                yield self, each
        for follower in self.readers:
            evaluation = follower.watch.evaluations.get(follower.rule.key)
            if evaluation is not None and evaluation.active and not follower.metrics.isdisjoint(metrics):
                yield follower.watch, evaluation

    def clearing_no_longer(self, metrics: frozenset[str]) -> list[tuple[Watch, Evaluation]]:
        """Those whose off-delay runs though nobody knows any more that they clear: these metrics are too old.

        An on-delay goes on: it leads to people being told.
        """
        return [
            (watch, each)
            for watch, each in self.standing_on(metrics)
            if each.elapsed is not None and watch.clears(each.rule, watch.looked_at(each.rule)) is not True
        ]

    def activate(self, rule: Rule, evidence: Evidence) -> Evaluation:
        """Begin an active evaluation in place of one that was lost."""
        evaluation = self.evaluations[rule.key] = self.make(rule, evidence)
        evaluation.active = True
        evaluation.rejected = self.rejected if rule is self.trouble else {}
        return evaluation

    def read_by(self, rule: Rule, now: Micros) -> dict[str, Value]:
        """What its condition reads at present, without what is unknown."""
        values = {name: self.facts[name] for name in sorted(rule.when.metrics) if name in self.facts}
        derived = {name: each.value for name, each in self.derived(rule, now).items()}
        return values | self.elsewhere(rule) | derived

    def begin(self, rule: Rule, times: Mapping[str, Micros], now: Micros) -> Evaluation:
        """Begin an evaluation, with its on-delay, of a rule that is breached by the latest values.

        Args:
            times: the event times of the device's latest values.
        """
        values = self.read_by(rule, self.looked_at(rule))
        time = max((times[name] for name in rule.when.metrics if name in values and name in times), default=now)
        evaluation = self.make(rule, Evidence.latest(values, time, now))
        evaluation.elapsed, evaluation.counted_to = 0, now
        self.evaluations[rule.key] = evaluation
        return evaluation

    def reject(self, reading: Reading, sentences: Mapping[str, Value], number: int) -> bool:
        """Take rejected values of a reading as the latest word on their metrics; returns whether there are any."""
        stamp = reading.time if reading.origin == STAMPED else None
        for name, sentence in sentences.items():
            self.rejected[name] = RejectedValue(number, stamp, str(sentence))
        return bool(sentences)

    def accept(self, reading: Reading, number: int) -> bool:
        """Take good values of rejected metrics as their latest word; returns whether there are any.

        Args:
            number: the message's. What it says of a metric last was rejected if the metric is rejected by this message.
        """
        good = [
            name
            for name, value in self.rejected.items()
            if name in reading.values and value.message != number and not value.is_newer_than(reading)
        ]
        for name in good:
            del self.rejected[name]
        return bool(good)
