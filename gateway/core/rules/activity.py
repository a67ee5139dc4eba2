"""The part that knows when rules are active: a rule with `active` is evaluated in these hours alone.

When its hours begin while its condition holds, its on-delay runs from then. When they end, its evaluations end with
them: a delay that runs is forgotten, and an alarm that stands returns. Hours are wall time. While that is in doubt
every rule is active: rather an alarm at night than none by day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from gateway.core.kernel.blindness import BecameBlind
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.active_hours import compile_hours_of
from gateway.core.rules.requests import SetActive
from gateway.core.rules.rule import Rule
from gateway.core.site.calendars import Calendar
from gateway.core.site.site import Site


class Activity(Part):
    """Tells the evaluator when the active hours of a rule begin and end."""

    name: ClassVar[str] = "activity"

    def __init__(self, site: Site, rules: Iterable[Rule], seam: Seam) -> None:
        self._seam = seam
        self._hours: Mapping[str, Calendar] = {
            rule.id: compile_hours_of(rule.spec.active, site.zone, site.calendars)
            for rule in rules
            if rule.spec.active is not None
        }
        """By rule."""
        self._inactive: set[str] = set()
        """The rules that are not active, as the evaluator was told."""
        self._looked_at: dict[str, Micros] = {}
        """Until when the hours of each rule have been followed, by earlier runs as well, by the clock as it is set."""
        self._changed: dict[str, Micros | None] = {}
        self._began: Micros | None = None
        """When this run began, by its clock; None before."""
        self._not_followed: set[str] = set()
        """The rules whose hours this run has not followed yet: it does not trust its clock."""
        self._trusts_time = True

    def restore(self, rows: Mapping[str, Micros], now: Micros) -> None:
        """Know until when earlier runs have followed the hours of rules. They may have ended since."""
        self._looked_at = {rule: looked_at for rule, looked_at in rows.items() if rule in self._hours}
        self._changed = dict.fromkeys(rows.keys() - self._hours.keys())

    def finish(self) -> Mapping[str, Micros | None] | None:
        """Until when the hours of rules were followed, where that has changed; None deletes a row."""
        changed, self._changed = self._changed, {}
        return changed or None

    def on(self, event: Event) -> None:
        """Begin with the hours at the start; follow none while the time is in doubt."""
        if not self._hours:
            return
        match event:
            case BecameBlind() if self._began is None:
                self._began = event.noticed
                self._not_followed = set(self._hours)
                for rule in self._hours:
                    self._look(rule, event.noticed)
            case ClockDoubted():
                self._trusts_time = False
                for rule in sorted(self._inactive):
                    self._tell(rule, event.since, is_active=True)
                self._inactive.clear()
            case ClockCorrected():
                self._trusts_time = event.is_certain
                self._look_soon()

    def tick(self, key: str, now: Micros) -> None:
        """The hours of a rule begin or end, or the clock was set."""
        self._look(key, now)

    def clock_set(self, by: Micros) -> None:
        """Hours follow the clock; that it was set is no time in which they ended.

        What an earlier run has told by a clock that was right stays, where this run's was in the past.
        """
        for rule, looked_at in self._looked_at.items():
            if by < 0 or rule not in self._not_followed:
                self._looked_at[rule] = self._changed[rule] = looked_at + by
        if self._began is not None:
            self._began += min(0, by)
            self._look_soon()

    def _look_soon(self) -> None:
        """What the clock shows now comes with the next tick."""
        for rule in self._hours:
            self._seam.wake(rule, 0)

    def _look(self, rule: str, now: Micros) -> None:
        """Have the rule active or not as its hours say, and let what they have ended since the last look be ended."""
        hours = self._hours[rule]
        changes_at = hours.next_change(now)
        if changes_at is not None:
            self._seam.wake(rule, changes_at)
        if not self._trusts_time:
            return
        looked_at = self._looked_at.get(rule)
        self._looked_at[rule] = self._changed[rule] = now
        is_first = rule in self._not_followed
        self._not_followed.discard(rule)
        if not hours.is_active(now):
            if rule not in self._inactive:
                self._inactive.add(rule)
                self._tell(rule, now, is_active=False)
            return
        ended_at = hours.latest_end(now) if rule not in self._inactive else None
        if ended_at is not None and (looked_at is None or looked_at < ended_at):
            # The gateway was away in between. What this run began by a clock in doubt is not of before.
            before = self._began if is_first and looked_at is not None else ended_at
            self._tell(rule, now, is_active=False, begun_before=before)
        if rule in self._inactive or is_first or ended_at is not None:
            self._inactive.discard(rule)
            self._tell(rule, now, is_active=True)

    def _tell(self, rule: str, now: Micros, *, is_active: bool, begun_before: Micros | None = None) -> None:
        self._seam.ask(SetActive(rule=rule, is_active=is_active, time=now, begun_before=begun_before))
