"""A group that a rule watches: what is known of its members, and the evaluations of the rule on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.groups.conclusions import AsOf, Conclusions
from gateway.core.rules.groups.group_clock import GroupClock
from gateway.core.rules.groups.keeper import Keeper
from gateway.core.rules.groups.requests import Counted
from gateway.core.rules.groups.stretch import Key, Stretch
from gateway.core.rules.groups.tallies import CountTally, Tally, ValueTally
from gateway.core.rules.judging import Judge
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.window import Derived
from gateway.core.telemetry.readings import Message, Reading


class GroupWatch:
    """One rule on one group, with all its levels."""

    __slots__ = (
        "_conclusions",
        "_describe",
        "_keeper",
        "_then",
        "clock",
        "evaluations",
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
        self._then: Micros | None = None
        """The past time for which the group is judged just now."""
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

    @property
    def counts(self) -> list[CountTally]:
        """What counts members."""
        return [tally for tally in self.tallies.values() if isinstance(tally, CountTally)]

    def metrics_of(self, rule: Rule) -> frozenset[str]:
        """The metrics whose values the rule compares."""
        read = (self.tallies[name] for name in rule.when.names & self.tallies.keys())
        return frozenset(each.function.metric for each in read if isinstance(each, ValueTally))

    def find(self, rule_key: str) -> Rule | None:
        """The rule, or the level of it that has this key."""
        return next((rule for rule in self.rules if rule.key == rule_key), None)

    def _as_of(self, now: Micros) -> AsOf:
        return AsOf(self.clock.at(now)) if self._then is None else AsOf(self._then, is_past=True)

    def derived(self, names: Iterable[str], now: Micros) -> dict[str, Derived]:
        """What these functions are as people see them, without what is unknown."""
        return self._conclusions.shown(names, self._as_of(now))

    def breaches(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the group breaches the rule; None where that depends on what is unknown."""
        return self._conclusions.breaches(rule, self._as_of(now))

    def clears(self, rule: Rule, now: Micros) -> bool | None:
        """Whether the group clears the rule; None where that depends on what is unknown."""
        return self._conclusions.clears(rule, self._as_of(now))

    def counted(self, rule: Rule, now: Micros) -> tuple[str, ...]:
        """The members that make the rule breached, in the order of the site's files."""
        found = self._conclusions.counted(rule, self._as_of(now))
        return tuple(member for member in self.members if member in found)

    def reached(self, reading: Reading) -> Micros | None:
        """In blindness: how far the group is by the stamps of its members."""
        return self.clock.at(reading.received)

    def is_confirmed(self, evaluation: Evaluation, now: Micros) -> bool:
        """Whether after blindness nobody is waited for any more: a member has spoken that still counts, or, before an
        alarm ends, each member that may count."""
        if evaluation.active:
            return self._keeper.has_spoken(self.members)
        return any(self._keeper.has_spoken((member,)) for member in self.counted(evaluation.rule, now))

    def evidence(self, rule: Rule, reading: Reading, message: Message | None, number: int) -> Evidence:
        """The message of the member, if there is one, with what the rule derives."""
        if message is None:
            return self.latest(rule, reading.received)
        values = self._conclusions.values(rule, self._as_of(reading.received))
        return Evidence.of(message, msgspec.structs.replace(reading, values=values), number)

    def latest(self, rule: Rule, now: Micros) -> Evidence:
        """What the rule derives, without a message."""
        return Evidence.latest(self._conclusions.values(rule, self._as_of(now)), now, now)

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
        evaluation = self.evaluations[rule.key] = self.make(rule, self.latest(rule, now))
        evaluation.elapsed, evaluation.counted_to = 0, now
        return evaluation

    def told(self, evaluation: Evaluation, now: Micros) -> dict[str, Any]:
        """The fields of the event that tells of it, with the members that count."""
        members = self.counted(evaluation.rule, now)
        return evaluation.told(now) | {"members": members, "detail": self._describe(members, len(self.members))}

    def evaluate(self, judge: Judge, reading: Reading, message: Message | None, number: int) -> None:
        """Evaluate each level at present with a reading of a member; without a message, by time alone."""
        for rule in self.rules:
            judge.evaluate(self, rule, reading, message, number)
        self.cancel_unsure(judge, reading.received)

    def evaluate_then(self, judge: Judge, time: Micros, reading: Reading, message: Message, number: int) -> None:
        """A member has told late that it counts from this time on: tell if the rule was breached then, together with
        those that counted then or began to while this one would.

        Only the present begins delays and ends an alarm, so that a rule with an on-delay is not told so, and what is
        over is over at once.
        """
        moments = sorted({time, *(begin for tally in self.counts for begin in tally.begins_after(time))})
        for rule in self.rules:
            if rule.on_delay or rule.key in self.evaluations or rule.id in judge.inactive:
                continue
            for self._then in moments:
                if self.breaches(rule, reading.received):
                    evaluation = self.make(rule, self.evidence(rule, reading, message, number))
                    self.evaluations[rule.key] = evaluation
                    judge.delays.end(self, evaluation, reading.received)
                    break
            self._then = None
            if rule.key in self.evaluations:
                judge.evaluate(self, rule, reading, message, number)

    def cancel_unsure(self, judge: Judge, now: Micros) -> None:
        """Nobody knows some of the members any more: no delay leads to the end of an alarm by what was known."""
        for evaluation in [*self.evaluations.values()]:
            is_ending = evaluation.active and evaluation.elapsed is not None
            if is_ending and self.clears(evaluation.rule, now) is not True:
                judge.delays.cancel(self, evaluation)

    def wake(self) -> None:
        """Look again when a member no longer counts by time alone."""
        self._keeper.wake(self.rule_id, self.subject)

    def keep(self, key: Key, stretch: Stretch | None) -> None:
        """Store in which stretch the condition of a member has held; None forgets it."""
        self._keeper.keep(key, stretch)

    def next_end(self) -> Micros | None:
        """When, by the gateway's clock, a member no longer counts by time alone; None where there is none."""
        at = self.clock.reached
        found = [each for tally in self.counts if tally.function.within and (each := tally.next_end(at)) is not None]
        return min(found) + self.clock.lag if found else None

    def unknown(self) -> tuple[str, ...]:
        """The members of which something is unknown that the rule reads."""
        found = {member for tally in self.tallies.values() for member in tally.unknown()}
        return tuple(member for member in self.members if member in found)

    def standing(self) -> Rule | None:
        """The level whose members are told: the worst that is active, of these one of which more members are news."""
        active = [rule for rule in self.rules if self.is_active(rule)]
        return next((rule for rule in active if self._conclusions.towards(rule)), active[0] if active else None)

    def is_sure(self) -> bool | None:
        """Whether an active level was certainly breached when the group was judged last; None where none is active."""
        as_of = AsOf(self.clock.latest)
        active = [rule for rule in self.rules if self.is_active(rule)]
        return any(self._conclusions.breaches(rule, as_of) is True for rule in active) if active else None

    def name_members(self) -> Counted | None:
        """Which members count at present; None where no level is active."""
        if (rule := self.standing()) is None:
            return None
        is_sure = self.is_sure() is True
        members = self.counted(rule, self.clock.latest) if is_sure or self.is_count(rule) else ()
        return Counted(members, self._describe(members, len(self.members)), is_sure)

    def is_count(self, rule: Rule) -> bool:
        """Whether more members lead towards the breach, so that each is news."""
        return bool(self._conclusions.towards(rule))

    def crowd(self) -> int:
        """How many members count at present, at most of all functions."""
        at = self.clock.latest
        return max((tally.least(at) for tally in self.counts), default=0)

    def cleared(self, rule: Rule, among: Iterable[str]) -> frozenset[str]:
        """Those members that certainly do not count at present."""
        at, tallies = self.clock.latest, [self.tallies[name] for name in self._conclusions.towards(rule)]
        counts = [tally for tally in tallies if isinstance(tally, CountTally)]
        return frozenset(member for member in among if all(tally.is_clear(member, at) for tally in counts))
