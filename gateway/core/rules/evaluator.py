"""The part that evaluates rules: conditions, on-delays and off-delays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.events import ValuesAged, ValuesRevived
from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import Blindness, HearsAgain
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.beginnings import Beginnings
from gateway.core.rules.delays import Delays
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord, Key
from gateway.core.rules.events import OUTSIDE_HOURS, Cleared, StillActive
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.explanation import Explanation, explain
from gateway.core.rules.groups.events import GroupMoved
from gateway.core.rules.groups.group_view import GroupView, view_of
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.judging import Judge
from gateway.core.rules.requests import KeepActive, SetActive
from gateway.core.rules.rule import Rule
from gateway.core.rules.watch import Watch
from gateway.core.rules.watches import Subjects, watches_of
from gateway.core.rules.windows.events import WindowsMoved
from gateway.core.rules.windows.part import Windows
from gateway.core.site.site import Site
from gateway.core.telemetry.events import ValuesRejected
from gateway.core.telemetry.readings import RECEIVED, Message, Reading


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
        windows: Windows,
        groups: Groups,
        troubles: Mapping[str, Rule] | None = None,
    ) -> None:
        """
        Args:
            windows: from which rules derive values.
            groups: of which rules watch the members together.
            troubles: the built-in rule `trouble` of each device with life-safety metrics.
        """
        self._devices = devices
        self.life_safety = {device: rule.metrics for device, rule in (troubles or {}).items()}
        """The life-safety metrics of each device that has some."""
        self._seam = seam
        self._blindness = blindness
        self._delays = Delays(devices, blindness, windows, seam)
        self._inactive: set[str] = set()
        """The rules that are outside their active hours, by id."""
        self._has_heard = False
        self._groups = groups
        self._watches = watches_of(site, rules, troubles or {}, devices, windows, groups=groups)
        self._subjects = Subjects(self._watches, groups.watches)
        self._judge = Judge(self._delays, self._inactive)
        self._beginnings = Beginnings(self._subjects, devices, self._delays, self._inactive)

    def restore(self, rows: Sequence[EvaluationRecord], now: Micros) -> None:
        """Restore the evaluations; delete those whose rule or device is no longer in the site's files."""
        reached = max(self._blindness.reached, self._blindness.since or 0)
        for record in rows:
            found = self._subjects.find(record.subject, record.rule)
            if found is None:
                self._delays.changed[record.rule, record.subject] = None
                continue
            watch, rule = found
            evaluation = watch.restore(rule, record, reached)
            if evaluation is None:
                self._delays.changed[record.rule, record.subject] = None
                if record.active:
                    self._seam.emit(Cleared(rule=rule, subject=watch.subject, time=now))
            elif evaluation.active:
                self._seam.emit(StillActive(**watch.told(evaluation, now)))

    def serve(self, request: Request) -> None:
        """Keep an evaluation active whose alarm is raised, also where the store has lost it. Follow active hours."""
        if isinstance(request, SetActive):
            self._set_active(request)
            return
        if not isinstance(request, KeepActive):
            raise TypeError(f"{type(request).__name__} is no request to the evaluator")
        found, now = self._subjects.find_raised(request.subject, request.rule, request.severity), request.time
        if found is None or found[0].is_active(found[1]):
            return
        watch, rule = found
        if isinstance(watch, Watch) and rule is watch.trouble and not watch.rejected:  # nobody knows what was rejected
            self._seam.emit(Cleared(rule=rule, subject=watch.subject, time=now))
        else:
            self._delays.has_begun(watch.activate(rule, request.evidence or Evidence.lost(now)), now)

    def evaluate(self, reading: Reading, message: Message, number: int) -> None:
        """Evaluate the device's rules with a fresh reading of message `number`, which its facts already include."""
        watch = self._watches.get(reading.device)
        if watch is None:
            return
        values, facts, evaluations = reading.values, watch.facts, watch.evaluations
        for rule in watch.concerned() if evaluations else watch.guards.possible(watch.rules, facts):
            if rule.metrics.isdisjoint(values):
                continue
            if (evaluation := evaluations.get(rule.key)) is not None:
                self._delays.go_on(watch, evaluation, reading, message, number)
            elif (
                rule.when(facts) if rule.is_plain else watch.is_breached(rule, reading.received)
            ) and rule.id not in self._inactive:
                self._judge.begin(watch, rule, reading, message, number)
        if watch.calm:
            for metric, low, high, waiting in watch.calm:
                if waiting or self._blindness.since is not None or not low <= facts[metric] <= high:
                    for follower in watch.followers:
                        follower.evaluate(self._judge, reading, message, number)
                    break
        if watch.rejected and watch.accept(reading, number):
            self._evaluate_trouble(watch, reading, message, number)

    def on(self, event: Event) -> None:
        """Evaluate the rule `trouble` with rejected values, unless newer ones are known; others by time alone."""
        match event:
            case ValuesRejected(reading=reading, message=message, number=number):
                watch = self._watches[reading.device]
                if watch.reject(reading, self._devices.reject(reading), number):
                    self._evaluate_trouble(watch, reading, message, number)
            case WindowsMoved():
                self._evaluate_by_time(self._watches[event.device], event.time)
            case GroupMoved():
                self._evaluate_group(event)
            case ValuesAged() if watched := self._watches.get(event.device):
                for watch, evaluation in watched.clearing_no_longer(event.metrics):
                    self._delays.cancel(watch, evaluation)
            case ValuesRevived() if watched := self._watches.get(event.reading.device):
                for watch, evaluation in [*watched.standing_on(event.metrics)]:
                    self._delays.go_on(watch, evaluation, event.reading, event.message, event.number)
                self._beginnings.of_revived(watched, event)
            case HearsAgain() if not self._has_heard:
                self._has_heard = True
                self._beginnings.of_run(event.time)

    def explain(self, rule: str, device: str) -> tuple[Explanation, ...]:
        """How each level of the rule stands on the device at present; none where it does not watch it."""
        watch, outside, since = self._watches.get(device), rule in self._inactive, self._blindness.since
        return explain(watch, rule, self._devices[device], since, is_outside_hours=outside) if watch else ()

    def groups(self, rule: str | None = None, subject: Subject | None = None) -> list[GroupView]:
        """How the groups of this rule, or with this subject, stand at present; all of them unless said."""
        return [
            view_of(self._groups, group, self._blindness.since, is_outside_hours=group.rule_id in self._inactive)
            for group in self._groups.watches.values()
            if rule in (None, group.rule_id) and subject in (None, group.subject)
        ]

    def rejects(self, device: str, metrics: Iterable[str]) -> bool:
        """Whether the latest word of a device on one of these metrics was rejected."""
        watch = self._watches.get(device)
        return watch is not None and any(name in watch.rejected for name in metrics)

    def tick(self, key: tuple[Subject, str], now: Micros) -> None:
        """End a delay that is due."""
        watch = self._subjects.of(*key)
        evaluation = watch.evaluations.get(key[1]) if watch is not None else None
        if watch is not None and evaluation is not None and evaluation.elapsed is not None:
            self._delays.end(watch, evaluation, now)

    def set_blind(self, since: Micros) -> None:
        """The gateway cannot hear: from `since` on no delay counts time."""
        for evaluation in self._subjects.delayed():
            evaluation.suspend(since)
            self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
        for evaluation in self._subjects.all_evaluations():
            evaluation.stamped_at, evaluation.is_confirmed = None, False

    def set_hearing(self, now: Micros) -> None:
        """The gateway hears again: delays count time from now on."""
        for evaluation in self._subjects.delayed():
            evaluation.counted_to = now
            evaluation.unconfirmed_until = 0 if evaluation.is_confirmed else now + evaluation.grace
            self._delays.resume(evaluation)

    def clock_set(self, by: Micros) -> None:
        """Move the start of each delay along, so that the delay keeps its length."""
        for evaluation in self._subjects.delayed():
            evaluation.counted_to += by
            evaluation.unconfirmed_until += by if evaluation.unconfirmed_until else 0
            self._delays.resume(evaluation)

    def finish(self) -> dict[Key, EvaluationRecord | None] | None:
        """The evaluations that have changed in this step, by rule and subject; a value of None deletes one."""
        changed, self._delays.changed = self._delays.changed, {}
        return changed or None

    def _set_active(self, request: SetActive) -> None:
        if request.is_active:
            self._inactive.discard(request.rule)
            self._beginnings.of_hours(request.rule, request.time)
            return
        self._inactive.add(request.rule)
        for watch, evaluation in self._subjects.evaluations_of(request.rule, request.begun_before):
            self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
            self._delays.remove(watch, evaluation)
            if evaluation.active:
                rule, subject = evaluation.rule, evaluation.subject
                self._seam.emit(Cleared(rule=rule, subject=subject, time=request.time, why=OUTSIDE_HOURS))

    def _evaluate_by_time(self, watch: Watch, now: Micros) -> None:
        """Evaluate the rules of which time alone may have moved what they derive."""
        reading = Reading(watch.subject.id, "", now, now, {}, RECEIVED)
        for rule in watch.concerned():
            if rule.compared:
                self._judge.evaluate(watch, rule, reading, None, 0)

    def _evaluate_group(self, moved: GroupMoved) -> None:
        """Evaluate a rule on a group of which something else than the reading of a member has changed."""
        group = self._groups.watches[moved.rule, moved.subject]
        if moved.has_aged:
            group.cancel_unsure(self._judge, moved.reading.received)
        else:
            group.evaluate(self._judge, moved.reading, moved.message, moved.number)
        self._groups.follow(moved)

    def _evaluate_trouble(self, watch: Watch, reading: Reading, message: Message, number: int) -> None:
        """Evaluate the rule `trouble` after the rejected metrics have changed."""
        rule = watch.needed_trouble
        evaluation = watch.evaluations.get(rule.key)
        if evaluation is None:
            evidence = Evidence.of(message, msgspec.structs.replace(reading, values={}), number)
            evaluation = Evaluation(rule, watch.subject, evidence, rejected=watch.rejected)
            watch.evaluations[rule.key] = evaluation
            self._delays.begin(watch, evaluation, reading)
            return
        self._delays.go_on(watch, evaluation, reading, message, number)
        if rule.key in watch.evaluations:
            self._delays.record(evaluation)
