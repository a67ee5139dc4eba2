"""The part that evaluates rules: conditions, on-delays and off-delays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.events import ValuesAged, ValuesRevived
from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord, Key
from gateway.core.rules.events import OUTSIDE_HOURS, Breached, Cleared, StillActive
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.explanation import Explanation, explain
from gateway.core.rules.requests import KeepActive, SetActive
from gateway.core.rules.rule import Rule
from gateway.core.rules.watch import (
    Watch,
    all_evaluations,
    begin_hours,
    delayed,
    evaluations_of,
    find,
    find_raised,
    watches_of,
)
from gateway.core.site.site import Site
from gateway.core.telemetry.events import ValuesRejected
from gateway.core.telemetry.readings import STAMPED, Message, Reading


class Evaluator(Part):
    """Evaluates the rules of a device with each fresh reading, and `trouble` with each rejected life-safety value."""

    name: ClassVar[str] = "rules"
    requests: ClassVar[tuple[type[Request], ...]] = (KeepActive, SetActive)

    def __init__(
        self,
        site: Site,
        rules: Sequence[Rule],
        devices: Devices,
        blindness: Blindness,
        seam: Seam,
        *,
        troubles: Mapping[str, Rule] | None = None,
    ) -> None:
        """`troubles` holds the built-in rule `trouble` of each device with life-safety metrics."""
        self._devices = devices
        self.life_safety = {device: rule.metrics for device, rule in (troubles or {}).items()}
        """The life-safety metrics of each device that has some."""
        self._seam = seam
        self._blindness = blindness
        self._changed: dict[Key, EvaluationRecord | None] = {}
        self._inactive: set[str] = set()
        """The rules that are outside their active hours, by id."""
        self._watches = watches_of(site, rules, troubles or {}, devices)

    def restore(self, rows: Sequence[EvaluationRecord], now: Micros) -> None:
        """Restore the evaluations; delete those whose rule or device is no longer in the site's files."""
        reached = max(self._blindness.reached, self._blindness.since or 0)
        for record in rows:
            found = find(self._watches, record.subject, record.rule)
            if found is None:
                self._changed[record.rule, record.subject] = None
                continue
            watch, rule = found
            evaluation = watch.restore(rule, record, reached)
            if evaluation is None:
                self._changed[record.rule, record.subject] = None
                if record.active:
                    self._seam.emit(Cleared(rule=rule, subject=watch.subject, time=now))
            elif evaluation.active:
                self._seam.emit(StillActive(**evaluation.told(now)))

    def serve(self, request: Request) -> None:
        """Keep an evaluation active whose alarm is raised, also where the store has lost it. Follow active hours."""
        if isinstance(request, SetActive):
            self._set_active(request)
            return
        if not isinstance(request, KeepActive):
            raise TypeError(f"{type(request).__name__} is no request to the evaluator")
        found = find_raised(self._watches, request.subject, request.rule, request.severity)
        if found is None or found[0].is_active(found[1]):
            return
        watch, rule = found
        if rule is watch.trouble and not watch.rejected:  # nobody knows what was rejected
            self._seam.emit(Cleared(rule=rule, subject=watch.subject, time=request.time))
        else:
            self._record(watch.activate(rule, request.evidence or Evidence.lost(request.time)))

    def evaluate(self, reading: Reading, message: Message, number: int) -> None:
        """Evaluate the device's rules with a fresh reading of message `number`, which its facts already include."""
        watch = self._watches.get(reading.device)
        if watch is None:
            return
        values, facts, evaluations = reading.values, watch.facts, watch.evaluations
        for rule in watch.rules if evaluations else watch.guards.possible(watch.rules, facts):  # nearly always none
            if rule.metrics.isdisjoint(values):
                continue
            evaluation = evaluations.get(rule.key)
            if evaluation is not None:
                self._continue(watch, evaluation, reading, message, number)
            elif rule.when(facts) and rule.id not in self._inactive:
                evidence = Evidence.of(message, reading, number)
                evaluation = evaluations[rule.key] = Evaluation(rule, watch.subject, evidence)
                self._begin_delay(watch, evaluation, reading)
        if watch.rejected and watch.accept(reading, number):
            self._evaluate_trouble(watch, reading, message, number)

    def on(self, event: Event) -> None:
        """Evaluate the rule `trouble` with rejected values, unless newer ones are known; know which values are old."""
        match event:
            case ValuesRejected(reading=reading, message=message, number=number):
                watch = self._watches[reading.device]
                if watch.reject(reading, self._devices.reject(reading), number):
                    self._evaluate_trouble(watch, reading, message, number)
            case ValuesAged() if watched := self._watches.get(event.device):
                for evaluation in watched.clearing_no_longer(event.metrics):
                    self._cancel_delay(watched, evaluation)
            case ValuesRevived() if watched := self._watches.get(event.reading.device):
                for evaluation in watched.standing_on(event.metrics):
                    self._continue(watched, evaluation, event.reading, event.message, event.number)

    def explain(self, rule: str, device: str) -> tuple[Explanation, ...]:
        """How each level of the rule stands on the device at present; none where it does not watch it."""
        watch = self._watches.get(device)
        return explain(watch, rule, self._devices[device], self._blindness.since) if watch else ()

    def rejects(self, device: str, metrics: Iterable[str]) -> bool:
        """Whether the latest word of a device on one of these metrics was rejected."""
        watch = self._watches.get(device)
        return watch is not None and any(name in watch.rejected for name in metrics)

    def tick(self, key: tuple[Subject, str], now: Micros) -> None:
        """End a delay that is due."""
        watch = self._watches[key[0].id]
        evaluation = watch.evaluations.get(key[1])
        if evaluation is not None and evaluation.elapsed is not None:
            self._switch(watch, evaluation, now)

    def set_blind(self, since: Micros) -> None:
        """The gateway cannot hear: from `since` on no delay counts time."""
        for evaluation in delayed(self._watches):
            evaluation.suspend(since)
            self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
        for evaluation in all_evaluations(self._watches):
            evaluation.stamped_at, evaluation.is_confirmed = None, False

    def set_hearing(self, now: Micros) -> None:
        """The gateway hears again: delays count time from now on."""
        for evaluation in delayed(self._watches):
            evaluation.counted_to = now
            evaluation.unconfirmed_until = 0 if evaluation.is_confirmed else now + evaluation.grace
            self._wake(evaluation)
            self._record(evaluation)

    def clock_set(self, by: Micros) -> None:
        """Move the start of each delay along, so that the delay keeps its length."""
        for evaluation in delayed(self._watches):
            evaluation.counted_to += by
            evaluation.unconfirmed_until += by if evaluation.unconfirmed_until else 0
            if self._blindness.since is None:
                self._wake(evaluation)
            self._record(evaluation)

    def finish(self) -> dict[Key, EvaluationRecord | None] | None:
        """The evaluations that have changed in this step, by rule and subject; a value of None deletes one."""
        changed, self._changed = self._changed, {}
        return changed or None

    def _set_active(self, request: SetActive) -> None:
        if request.is_active:
            self._inactive.discard(request.rule)
            for evaluation in begin_hours(self._watches, request.rule, self._devices, request.time):
                if self._blindness.since is None:
                    self._wake(evaluation)
                self._record(evaluation)
            return
        self._inactive.add(request.rule)
        for watch, evaluation in evaluations_of(self._watches, request.rule, request.begun_before):
            self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
            self._end(watch, evaluation)
            if evaluation.active:
                rule, subject = evaluation.rule, evaluation.subject
                self._seam.emit(Cleared(rule=rule, subject=subject, time=request.time, why=OUTSIDE_HOURS))

    def _evaluate_trouble(self, watch: Watch, reading: Reading, message: Message, number: int) -> None:
        """Evaluate the rule `trouble` after the rejected metrics have changed."""
        rule = watch.needed_trouble
        evaluation = watch.evaluations.get(rule.key)
        if evaluation is None:
            evidence = Evidence.of(message, msgspec.structs.replace(reading, values={}), number)
            evaluation = Evaluation(rule, watch.subject, evidence, rejected=watch.rejected)
            watch.evaluations[rule.key] = evaluation
            self._begin_delay(watch, evaluation, reading)
            return
        self._continue(watch, evaluation, reading, message, number)
        if rule.key in watch.evaluations:
            self._record(evaluation)

    def _continue(self, watch: Watch, evaluation: Evaluation, reading: Reading, message: Message, number: int) -> None:
        rule = evaluation.rule
        facts = watch.facts_of(rule)
        if not evaluation.is_confirmed:
            evaluation.confirm()
            if evaluation.elapsed is not None:
                self._record(evaluation)
                if self._blindness.since is None:
                    self._wake(evaluation)  # its timer was set for `unconfirmed_until`
        has_turned = rule.clears(facts) if evaluation.active else rule.when(facts)
        if has_turned:
            if evaluation.elapsed is None:
                evaluation.clearing = Evidence.of(message, reading, number) if evaluation.active else None
                self._begin_delay(watch, evaluation, reading)
                return
            self._count(evaluation, reading)
            if evaluation.is_over:
                self._switch(watch, evaluation, reading.received)
        elif has_turned is False and evaluation.elapsed is not None:
            self._cancel_delay(watch, evaluation)

    def _begin_delay(self, watch: Watch, evaluation: Evaluation, reading: Reading) -> None:
        evaluation.elapsed, evaluation.is_confirmed = 0, True
        evaluation.counted_to, evaluation.stamped_at = reading.received, None
        self._count(evaluation, reading)
        if not evaluation.delay:
            self._switch(watch, evaluation, reading.received)
            return
        if self._blindness.since is None:
            self._wake(evaluation)
        self._record(evaluation)

    def _count(self, evaluation: Evaluation, reading: Reading) -> None:
        """Count the time until this reading. In blindness only stamps say how much later it is than the one before."""
        if self._blindness.since is None:
            was_set_back = reading.received < evaluation.counted_to
            evaluation.count(reading.received)
            if was_set_back:  # the gateway's clock
                self._wake(evaluation)
        elif reading.origin == STAMPED and reading.time >= self._devices[reading.device].newest:
            evaluation.count_stamped(reading.time)
            self._record(evaluation)

    def _cancel_delay(self, watch: Watch, evaluation: Evaluation) -> None:
        evaluation.elapsed = evaluation.clearing = None
        self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
        if evaluation.active:
            self._record(evaluation)
        else:
            self._end(watch, evaluation)

    def _switch(self, watch: Watch, evaluation: Evaluation, now: Micros) -> None:
        """Apply the end of a delay: the condition is breached or cleared."""
        rule, subject = evaluation.rule, evaluation.subject
        evaluation.elapsed = None
        self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
        if evaluation.active:
            self._end(watch, evaluation)
            self._seam.emit(Cleared(rule=rule, subject=subject, time=now, evidence=evaluation.clearing))
        else:
            evaluation.active = True
            self._record(evaluation)
            self._seam.emit(Breached(**evaluation.told(now)))

    def _end(self, watch: Watch, evaluation: Evaluation) -> None:
        del watch.evaluations[evaluation.rule.key]
        self._changed[evaluation.key] = None

    def _record(self, evaluation: Evaluation) -> None:
        self._changed[evaluation.key] = evaluation.record(self._blindness.since)

    def _wake(self, evaluation: Evaluation) -> None:
        self._seam.wake((evaluation.subject, evaluation.rule.key), evaluation.due)
