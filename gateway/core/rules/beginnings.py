"""Evaluations that begin by what is known already, and not with a reading that breaches.

The latest values may breach a rule that was never evaluated with them: its active hours begin, it is new or edited
since the last run, or the values were too old for a while. A value that is sent on change alone may not come again for
days, so nobody waits for it.

Where the rule was evaluated with the reading that told these values, nothing begins: it has its evaluation already.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from gateway.core.devices.device import Device
from gateway.core.devices.events import ValuesRevived
from gateway.core.devices.latest import Devices
from gateway.core.kernel.times import Micros
from gateway.core.rules.delays import Delays
from gateway.core.rules.evaluation import CONFIRM_WITHIN
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.rule import Rule
from gateway.core.rules.watch import Watch
from gateway.core.rules.watches import Subjects


class Beginnings:
    """Begins the evaluations of rules without one, wherever known values breach them."""

    def __init__(self, subjects: Subjects, devices: Devices, delays: Delays, inactive: Collection[str]) -> None:
        """
        Args:
            inactive: the rules that are outside their active hours; the evaluator updates this very collection.
        """
        self._subjects, self._devices, self._delays, self._inactive = subjects, devices, delays, inactive

    def of_hours(self, rule_id: str, now: Micros) -> None:
        """The active hours of a rule begin; they are no blindness, so its on-delay runs from now on."""
        for watch in self._subjects.devices.values():
            for rule in watch.rules:
                if rule.id == rule_id and self._is_breached(watch, rule, watch.looked_at(rule)):
                    self._begin(watch, rule, now, turn=0)
        for group in self._subjects.groups.values():
            if group.rule_id == rule_id:
                self._begin_on(group, now, turn=0)

    def of_run(self, now: Micros) -> None:
        """The gateway hears for the first time in this run: on-delays run from now on, and each device has its turn.

        What rules derive is left out: what time alone may move is looked at soon in any case, and a mean is judged with
        the readings of its metrics alone. One that a late reading or time has moved breaches nothing.
        """
        for watch in self._subjects.devices.values():
            for rule in watch.guards.possible(watch.rules, watch.facts):  # nearly always none
                if not rule.let and rule.id not in self._inactive and self._is_breached(watch, rule, now):
                    self._begin(watch, rule, now, turn=CONFIRM_WITHIN)
        for group in self._subjects.groups.values():
            if group.rule_id not in self._inactive:
                self._begin_on(group, now, turn=CONFIRM_WITHIN)

    def of_revived(self, watched: Watch, event: ValuesRevived) -> None:
        """Values of a device are believed again: on-delays run from the message with which it was heard."""
        reading = event.reading
        own = [(watched, rule, rule.metrics) for rule in watched.rules]
        for watch, rule, metrics in [*own, *((each.watch, each.rule, each.metrics) for each in watched.readers)]:
            if metrics.isdisjoint(event.metrics) or rule.id in self._inactive:
                continue
            if self._is_breached(watch, rule, reading.received):
                evidence = watch.evidence(rule, reading, event.message, event.number)
                read = watch.read_by(rule, reading.received)
                evidence = msgspec.structs.replace(evidence, values=evidence.values | read)
                evaluation = watch.evaluations[rule.key] = watch.make(rule, evidence)
                self._delays.begin(watch, evaluation, reading)

    def _begin_on(self, group: GroupWatch, now: Micros, *, turn: Micros) -> None:
        for rule in group.rules:
            if rule.key not in group.evaluations and group.breaches(rule, now) is True and self._is_told(group, rule):
                evaluation = group.begin(rule, now)
                evaluation.unconfirmed_until = now + turn if turn else 0
                self._delays.resume(evaluation)

    def _is_told(self, group: GroupWatch, rule: Rule) -> bool:
        """Whether a member has reported one of the values that a rule compares, if it compares any: defaults alone
        page nobody."""
        metrics = group.metrics_of(rule)
        return not metrics or any(not metrics.isdisjoint(self._devices[member].times) for member in group.members)

    def _begin(self, watch: Watch, rule: Rule, now: Micros, *, turn: Micros) -> None:
        evaluation = watch.begin(rule, self._devices[watch.subject.id].times, now)
        evaluation.unconfirmed_until = now + turn if turn else 0
        self._delays.resume(evaluation)

    def _is_breached(self, watch: Watch, rule: Rule, now: Micros) -> bool:
        """Whether known values breach a rule that has no evaluation.

        One that reads an event waits for the next: what happened before is no news. One of which nothing was ever
        reported waits for the first word: defaults and attributes alone page nobody.
        """
        device = self._devices[watch.subject.id]
        if rule.key in watch.evaluations or any(device.profile.metrics[name].is_event for name in rule.when.metrics):
            return False
        return _is_reported(rule, watch, device) and watch.breaches(rule, now) is True


def _is_reported(rule: Rule, watch: Watch, device: Device) -> bool:
    """Whether a reading has told the present value of a metric that the rule reads."""
    others = ((watch.neighbours.get(read.role), read.metric) for read in rule.elsewhere.values())
    read = [*((device, name) for name in rule.metrics), *others]
    return any(found is not None and metric in found.times and metric not in found.earlier for found, metric in read)
