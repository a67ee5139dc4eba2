"""Tells people of alarms by the routes of the site, and the next ones while nobody acknowledges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.notices.alarm_telling import HOPE_IN_SIREN, AlarmTelling
from gateway.core.notices.notice import OF_RAISES, Notice, NoticeKind
from gateway.core.notices.requests import Urgency
from gateway.core.notices.routes import Route, urgency_of
from gateway.core.notices.settings import NoticeSettings
from gateway.core.notices.troubles import RULES, Troubles
from gateway.core.notices.watch import OF_ALARM, Escalation, Told, Watch, WatchRecord
from gateway.core.notices.watches import Watches
from gateway.core.notices.ways import SIREN
from gateway.core.site.site import Site


class Escalations:
    """The alarms that stand and of which people were told.

    Of one route, alarms that are neither critical nor about life safety are told together when they follow one another
    closely. Those that are never wait for that, and are told anew whatever was told before.
    """

    def __init__(
        self,
        settings: NoticeSettings,
        site: Site,
        telling: AlarmTelling,
        troubles: Troubles,
        seam: Seam,
        *,
        must_tell: bool,
    ) -> None:
        """`must_tell` says whether it is a failure that nobody of the site can be told of an alarm."""
        self._settings, self._site, self._telling = settings, site, telling
        self._troubles, self._must_tell = troubles, must_tell
        self._routes = {route.key: route for route in settings.routes}
        self._watches = Watches(seam)
        self._standing: list[tuple[AlarmRecord, AlarmDefinition]] = []
        """Alarms of an earlier run, until it is known whether to trust the time."""
        self._windows: dict[str, Micros] = {}
        """Until when alarms of a route wait for others, after one was told."""
        self._changed_windows: dict[str, Micros] = {}
        self.trusts_time = True

    def restore(self, watches: Iterable[WatchRecord], windows: Mapping[str, Micros]) -> None:
        """Go on with what an earlier run has told, once all that stands is known."""
        self._watches.restore(watches)
        self._windows = {route: until for route, until in windows.items() if route in self._routes}

    def stands(self, alarm: AlarmRecord, definition: AlarmDefinition) -> None:
        """An alarm of an earlier run stands."""
        self._standing.append((alarm, definition))

    def begin(self, now: Micros) -> None:
        """All that stands is known: go on with it.

        What waits for somebody already is told by a route that is new, and by one whose people have all left the site
        since, or were none.
        """
        standing, self._standing = self._standing, []
        untold = set(self._troubles.names(BuiltinRule.NOTICES_FAIL))
        for alarm, definition in standing:
            watch = self._watches.follow(alarm, definition)
            for gone in watch.escalations.keys() - self._routes.keys():
                del watch.escalations[gone]
                self._watches.keep(watch)
            for escalation in watch.escalations.values():
                self._watches.wake(watch, escalation)
            if alarm.state is State.UNACKNOWLEDGED:
                if not any(each.is_first for each in watch.escalations.values()):  # else it was an earlier raise
                    self._telling.remember(watch)
                for route in self._settings.matching(alarm, definition, self._site, watch.at):
                    each = watch.escalations.get(route.key)
                    if each is None or watch.trouble in untold or self._telling.has_lost(each.hopes):
                        self._tell(watch, route, now)
            self._watches.forget_unknown(watch)
        self._watches.begin()
        of_alarms = {each.trouble for each in self._watches.all() if each.escalations}
        for name in untold - of_alarms:
            if name.startswith(OF_ALARM):
                self._troubles.drop(BuiltinRule.NOTICES_FAIL, name, now)

    def raised(self, event: AlarmMoved) -> None:
        """Tell people of a raise, of further members, or of a level that has risen.

        A reminder is told where nobody is being told already: somebody had acknowledged the alarm, or put it aside.
        """
        alarm, now = event.alarm, event.time
        watch = self._watches.follow(alarm, event.definition)
        self._telling.withdraw_end(watch, now)
        if event.is_reminder and watch.escalations:
            return
        watch.raise_ = alarm.latest_raise if not event.is_reminder else alarm.event
        if event.is_further and watch.escalations:
            for each in watch.escalations.values():
                if not each.is_first:  # else it is told with the rest
                    self._tell_from(watch, self._routes[each.route], 0, NoticeKind.FURTHER, watch.key, now)
            self._watches.keep(watch)
            return
        watch.at = now if self.trusts_time else None
        self._stop(watch, now, silences=False)
        for route in self._settings.matching(alarm, event.definition, self._site, watch.at):
            self._tell(watch, route, now)
        self._watches.keep(watch)

    def fallen(self, alarm: AlarmRecord) -> None:
        """An alarm has a lower level: messages to come say it."""
        self._watches.find(alarm)

    def stopped(self, alarm: AlarmRecord, now: Micros) -> None:
        """Somebody has acknowledged the alarm or put it aside: nobody is told more."""
        if (watch := self._watches.find(alarm)) is not None:
            self._stop(watch, now)
            self._watches.keep(watch)

    def over(self, event: AlarmMoved) -> None:
        """The alarm is over: those who know of it are told, once."""
        alarm, now = event.alarm, event.time
        if (watch := self._watches.find(alarm)) is None:
            return
        told = [*watch.told.values()]
        self._stop(watch, now)
        for each in told:
            self._telling.tell_end(watch, each, now, why=event.note, cause=alarm.event)
        watch.told.clear()
        self._watches.keep(watch)

    def handed(self, notice: Notice) -> None:
        """A message is under way: who gets it knows of these alarms."""
        for watch in self._told_by(notice):
            if notice.way not in watch.told:
                watch.told[notice.way] = Told(notice.person, notice.way, notice.urgency)
                self._watches.keep(watch)

    def unreachable(self, notice: Notice, now: Micros) -> None:
        """Somebody cannot be told: where nobody else is left in the step, the next comes at once."""
        for watch in self._told_by(notice):
            for each in watch.without_hope(notice.person or HOPE_IN_SIREN, now):
                self._watches.put(watch, each)

    def step(self, number: int, route: str, now: Micros) -> None:
        """Nobody has acknowledged an alarm for the time of its next step."""
        watch = self._watches.get(number)
        each = watch.escalations.get(route) if watch is not None else None
        if watch is not None and each is not None and each.due is not None and each.due <= now:
            self._advance(watch, self._routes[route], each.turn, each.step, now)

    def tell_group(self, route: str, now: Micros) -> None:
        """The alarms of a route that waited for others are told together."""
        for watch in self._watches.all():
            each = watch.escalations.get(route)
            if each is not None and each.is_first and each.due is not None and each.due <= now:
                self._advance(watch, self._routes[route], 0, 0, now)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same."""
        self._windows = {route: until + by for route, until in self._windows.items()}
        self._changed_windows = {**self._windows}
        for watch in self._watches.all():
            for each in [*watch.escalations.values()]:
                due = None if each.due is None else each.due + by
                self._watches.put(watch, msgspec.structs.replace(each, due=due))

    def leave_siren(self) -> bool:
        """Whether an alarm needs the siren, of which it tells or is to tell: it sounds for that from now on."""
        waiting = self._telling.alarms_for_siren()
        for each in self._watches.all():
            if each.escalations and (SIREN in each.told or each.number in waiting):
                each.told[SIREN] = Told(None, SIREN, urgency_of(each.alarm))
                self._watches.keep(each)
                return True
        return False

    def finish(self) -> tuple[dict[int, WatchRecord | None], dict[str, Micros]]:
        """The alarms that have changed in this step, None for one that is over; and until when routes collect."""
        windows, self._changed_windows = self._changed_windows, {}
        return self._watches.finish(), windows

    def _told_by(self, notice: Notice) -> list[Watch]:
        """The alarms of which a message tells people that they stand."""
        numbers = notice.alarms if notice.kind in OF_RAISES else ()
        return [watch for number in numbers if (watch := self._watches.get(number)) is not None]

    def _tell(self, watch: Watch, route: Route, now: Micros) -> None:
        """Tell of a raise by this route, or wait for others."""
        until = self._windows.get(route.key, 0)
        if urgency_of(watch.alarm) is not Urgency.WAKE and until > now:
            self._watches.put(watch, Escalation(route.key, step=0, turn=0, due=until))
            return
        self._advance(watch, route, 0, 0, now)

    def _tell_from(
        self, watch: Watch, route: Route, step: int, kind: NoticeKind, key: str, now: Micros
    ) -> tuple[list[str], int]:
        """Tell those of this step; where there is nobody, those of the next. Returns who may be reached, and at which
        step."""
        last = len(route.steps) - 1
        while not (hopes := self._telling.tell(watch, route.steps[step], kind, key, now)) and step < last:
            step += 1
        return hopes, step

    def _advance(self, watch: Watch, route: Route, turn: int, first: int, now: Micros) -> None:
        """Tell those of this step; where there is nobody, those of the next at once."""
        is_raise = (turn, first) == (0, 0)
        kind = NoticeKind.RAISED if is_raise else NoticeKind.REMINDER
        key = watch.key if is_raise else f"{watch.key}/{route.key}/{turn}.{first}"
        hopes, step = self._tell_from(watch, route, first, kind, key, now)
        if not hopes and not first:
            hopes = self._telling.tell_anybody(watch, route, kind, f"{key}/anybody", now)
        if hopes:
            self._troubles.drop(BuiltinRule.NOTICES_FAIL, watch.trouble, now)
        elif not self._must_tell:
            return
        elif not first and watch.alarm.rule not in RULES:
            why = f"nobody can be told of alarm {watch.number} ({watch.alarm.title})"
            self._troubles.add(BuiltinRule.NOTICES_FAIL, watch.trouble, why, now, cause=watch.alarm.event)
        if is_raise:
            self._windows[route.key] = self._changed_windows[route.key] = now + route.spec.group
        pause = route.pause_after(step, urgency_of(watch.alarm))
        turn, step = (turn, step + 1) if step + 1 < len(route.steps) else (turn + 1, 0)
        due = None if pause is None else now + pause
        self._watches.put(watch, Escalation(route.key, step=step, turn=turn, due=due, hopes=tuple(hopes)))

    def _stop(self, watch: Watch, now: Micros, *, silences: bool = True) -> None:
        """Tell nobody more of it; the siren is silent unless another alarm needs it."""
        self._watches.end_escalations(watch)
        self._telling.withdraw(watch.number, now)
        if silences and watch.told.pop(SIREN, None) is not None and not self.leave_siren():
            self._telling.silence(watch, now)
        self._troubles.drop(BuiltinRule.NOTICES_FAIL, watch.trouble, now)
