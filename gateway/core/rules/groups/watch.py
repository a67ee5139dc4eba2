"""A group that a rule watches: what is known of its members, and the evaluations of the rule on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.events import Event
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.groups.conclusions import Conclusions
from gateway.core.rules.groups.ended import Ended
from gateway.core.rules.groups.events import MembersJoined
from gateway.core.rules.groups.group_clock import GroupClock
from gateway.core.rules.groups.tallies import CountTally, Tally, ValueTally
from gateway.core.rules.judging import Judge
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.window import Derived
from gateway.core.telemetry.readings import Message, Reading


class Keeper(Protocol):
    """What a group needs of the part to which it belongs."""

    def keep(self, ended: Ended) -> None:
        """Store until when the condition of a member has held."""

    def wake(self, group: GroupWatch) -> None:
        """Look at the group again when a member no longer counts."""

    def tell(self, event: Event) -> None:
        """Emit an event."""


class GroupWatch:
    """One rule on one group, with all its levels."""

    __slots__ = (
        "_conclusions",
        "_describe",
        "_keeper",
        "clock",
        "evaluations",
        "joined",
        "rules",
        "subject",
        "tallies",
    )

    def __init__(
        self,
        rules: Sequence[Rule],
        subject: Subject,
        tallies: Mapping[str, Tally],
        blindness: Blindness,
        keeper: Keeper,
        describe: Callable[[Sequence[str], int], str],
    ) -> None:
        """
        Args:
            rules: the rule, or each of its levels, the most severe first.
            tallies: what is kept of the members, by the name of the function in the rule.
            describe: says which members count, of how many.
        """
        self.rules, self.subject, self.tallies = tuple(rules), subject, tallies
        self.evaluations: dict[str, Evaluation] = {}
        self.clock = GroupClock(blindness)
        self.joined: tuple[Micros, Micros] | None = None
        """When a member that begins to count was heard, and when it sent that, if that was earlier."""
        self._keeper, self._describe = keeper, describe
        self._conclusions = Conclusions(rules, tallies)

    @property
    def rule_id(self) -> str:
        """The id of the rule."""
        return self.rules[0].id

    @property
    def members(self) -> tuple[str, ...]:
        """All members, in the order of the site's files."""
        tally = next(iter(self.tallies.values()))
        return tuple(tally.verdicts if isinstance(tally, CountTally) else tally.values)

    def metrics_of(self, rule: Rule) -> frozenset[str]:
        """The metrics whose values the rule compares."""
        read = (self.tallies[name] for name in rule.when.names & self.tallies.keys())
        return frozenset(each.function.metric for each in read if isinstance(each, ValueTally))

    def find(self, rule_key: str) -> Rule | None:
        """The rule, or the level of it that has this key."""
        return next((rule for rule in self.rules if rule.key == rule_key), None)

    def at(self, now: Micros) -> Micros:
        """The time for which the group is judged: of a member that begins to count, when it sent that."""
        time = self.clock.at(now)
        return min(time, self.joined[1]) if self.joined is not None and self.joins(now) else time

    def joins(self, now: Micros) -> bool:
        """Whether a member begins to count that was heard just now, and has sent that earlier."""
        return self.joined is not None and self.joined[0] == now

    def derived(self, names: Iterable[str], now: Micros) -> dict[str, Derived]:
        """What these functions are, without what is unknown."""
        at, joins, tallies = self.at(now), self.joins(now), self.tallies
        found: dict[str, Derived] = {}
        for name in names:
            each = tallies[name].derived(at, joins=joins)
            if each is not None:
                found[name] = each
        return found

    def breaches(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the group breaches the rule; None where that depends on what is unknown."""
        return self._conclusions.breaches(rule, self.derived(self._conclusions.read_by_when(rule), now))

    def clears(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the group clears the rule; None where that depends on what is unknown."""
        return self._conclusions.clears(rule, self.derived(self._conclusions.read_by_clears(rule), now))

    def evidence(self, rule: Rule, reading: Reading, message: Message | None, number: int) -> Evidence:
        """The message of the member, if there is one, with what the rule derives."""
        values = self._values(rule, reading.received)
        if message is None:
            return Evidence.latest(values, reading.received, reading.received)
        return Evidence.of(message, msgspec.structs.replace(reading, values=values), number)

    def make(self, rule: Rule, evidence: Evidence) -> Evaluation:
        """A new evaluation of a rule on the group."""
        return Evaluation(rule, self.subject, evidence)

    def restore(self, rule: Rule, record: EvaluationRecord, reached: Micros) -> Evaluation | None:
        """Restore a stored evaluation."""
        evaluation = self.evaluations[rule.key] = self.make(rule, record.evidence)
        evaluation.active, evaluation.clearing = record.active, record.clearing
        evaluation.restore(record, reached)
        return evaluation

    def is_active(self, rule: Rule) -> bool:
        """Whether the rule has been breached and not cleared."""
        evaluation = self.evaluations.get(rule.key)
        return evaluation is not None and evaluation.active

    def activate(self, rule: Rule, evidence: Evidence) -> Evaluation:
        """Begin an active evaluation in place of one that was lost."""
        evaluation = self.evaluations[rule.key] = self.make(rule, evidence)
        evaluation.active = True
        return evaluation

    def begin(self, rule: Rule, now: Micros) -> Evaluation:
        """Begin an evaluation, with its on-delay, of a rule that is breached by what is known."""
        evaluation = self.evaluations[rule.key] = self.make(rule, Evidence.latest(self._values(rule, now), now, now))
        evaluation.elapsed, evaluation.counted_to = 0, now
        return evaluation

    def told(self, evaluation: Evaluation, now: Micros) -> dict[str, Any]:
        """The fields of the event that tells of it, with the members that count."""
        members = self.counted(evaluation.rule, now)
        return evaluation.told(now) | {"members": members, "detail": self._describe(members, len(self.members))}

    def counted(self, rule: Rule, now: Micros) -> tuple[str, ...]:
        """The members that make the rule breached: those for which its conditions hold, or whose values it compares.

        Of a count that is breached by being low they are all members.
        """
        at, joins, found = self.at(now), self.joins(now), set[str]()
        for name in self._conclusions.deciding(rule, self.derived(self._conclusions.read_by_when(rule), now)):
            tally = self.tallies[name]
            if isinstance(tally, ValueTally):
                found |= {*tally.concerned()}
            else:
                found |= {
                    *(tally.counted(at, joins=joins) if name in self._conclusions.towards(rule) else tally.verdicts)
                }
        return tuple(member for member in self.members if member in found)

    def evaluate(
        self, judge: Judge, reading: Reading, message: Message | None, number: int, *, has_joined: bool = False
    ) -> None:
        """Evaluate each level with a reading of a member, which may count that did not before (`has_joined`); without a
        message, by time alone."""
        for rule in self.rules:
            judge.evaluate(self, rule, reading, message, number)
        self.cancel_unsure(judge, reading.received)
        if has_joined:
            self.tell_of_joined(reading.received, reading, message, number)

    def cancel_unsure(self, judge: Judge, now: Micros) -> None:
        """Nobody knows some of the members any more: no delay leads to the end of an alarm by what was known."""
        for evaluation in [*self.evaluations.values()]:
            is_ending = evaluation.active and evaluation.elapsed is not None
            if is_ending and self.clears(evaluation.rule, now) is not True:
                judge.delays.cancel(self, evaluation)

    def wake(self) -> None:
        """Look again when a member no longer counts by time alone."""
        self._keeper.wake(self)

    def keep(self, ended: Ended) -> None:
        """Store until when the condition of a member has held."""
        self._keeper.keep(ended)

    def next_end(self) -> Micros | None:
        """When, by the gateway's clock, a member no longer counts by time alone; None where there is none."""
        at = self.clock.reached
        counts = (tally for tally in self.tallies.values() if isinstance(tally, CountTally) and tally.function.within)
        found = [each for tally in counts if (each := tally.next_end(at)) is not None]
        return min(found) + self.clock.lag if found else None

    def unknown(self) -> tuple[str, ...]:
        """The members of which something is unknown that the rule reads."""
        found = {member for tally in self.tallies.values() for member in tally.unknown()}
        return tuple(member for member in self.members if member in found)

    def tell_of_joined(
        self, now: Micros, reading: Reading | None = None, message: Message | None = None, number: int = 0
    ) -> None:
        """While an alarm may stand, tell which members count: some may be news."""
        rule = next((each for each in self.rules if self._conclusions.towards(each) and self.is_active(each)), None)
        if rule is None:
            return
        members = self.counted(rule, now)
        if reading is not None:
            evidence = self.evidence(rule, reading, message, number)
        else:
            evidence = Evidence.latest(self._values(rule, now), now, now)
        self._keeper.tell(
            MembersJoined(
                rule=rule,
                subject=self.subject,
                time=now,
                evidence=evidence,
                members=members,
                detail=self._describe(members, len(self.members)),
            )
        )

    def _values(self, rule: Rule, now: Micros) -> dict[str, Value]:
        return {name: each.value for name, each in self.derived(sorted(rule.names), now).items()}
