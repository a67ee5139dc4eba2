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
from gateway.core.notices.watch import Escalation, Told, Watch, WatchRecord
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
        self._troubles, self._seam, self._must_tell = troubles, seam, must_tell
        self._routes = {route.key: route for route in settings.routes}
        self._watches: dict[int, Watch] = {}
        self._standing: list[tuple[AlarmRecord, AlarmDefinition]] = []
        """Alarms of an earlier run, until it is known whether to trust the time."""
        self._stored: dict[int, WatchRecord] = {}
        self._windows: dict[str, Micros] = {}
        """Until when alarms of a route wait for others, after one was told."""
        self._changed: dict[int, WatchRecord | None] = {}
        self._changed_windows: dict[str, Micros] = {}
        self.trusts_time = True

    def restore(self, watches: Iterable[WatchRecord], windows: Mapping[str, Micros]) -> None:
        """Go on with what an earlier run has told, once all that stands is known."""
        self._stored = {each.alarm: each for each in watches}
        self._windows = {route: until for route, until in windows.items() if route in self._routes}

    def stands(self, alarm: AlarmRecord, definition: AlarmDefinition) -> None:
        """An alarm of an earlier run stands."""
        self._standing.append((alarm, definition))

    def begin(self, now: Micros) -> None:
        """All that stands is known: go on with it. A route that is new tells of what waits for somebody already."""
        standing, self._standing = self._standing, []
        for alarm, definition in standing:
            record = self._stored.pop(alarm.number, None) or WatchRecord(alarm.number, alarm.latest_raise)
            watch = self._watches.setdefault(alarm.number, Watch(record, alarm, definition))
            for gone in watch.escalations.keys() - self._routes.keys():
                del watch.escalations[gone]
                self._keep(watch)
            for escalation in watch.escalations.values():
                self._wake(watch, escalation)
            if alarm.state is State.UNACKNOWLEDGED:
                for route in self._matching(watch, alarm.raised_at):
                    if route.key not in watch.escalations:
                        self._tell(watch, route, now)
            if not (watch.told or watch.escalations):
                self._watches.pop(alarm.number, None)
        for number in self._stored:
            self._changed[number] = None
        self._stored = {}

    def raised(self, event: AlarmMoved) -> None:
        """Tell people of a raise, of further members, or of a level that has risen.

        A reminder is told where nobody is being told already: somebody had acknowledged the alarm, or put it aside.
        """
        alarm, now = event.alarm, event.time
        watch = self._watch(alarm) or Watch(WatchRecord(alarm.number, alarm.latest_raise), alarm, event.definition)
        self._watches[alarm.number] = watch
        watch.alarm, watch.definition = alarm, event.definition
        self._telling.withdraw_end(watch, now)
        if event.is_reminder and watch.escalations:
            return
        watch.raise_ = alarm.latest_raise if not event.is_reminder else alarm.event
        if event.is_further and watch.escalations:
            for each in watch.escalations.values():
                if (each.turn, each.step) != (0, 0):  # else it is told with the rest
                    first = self._routes[each.route].steps[0]
                    self._telling.tell(watch, first, NoticeKind.FURTHER, watch.key, now)
            self._keep(watch)
            return
        self._stop(watch, now, silences=False)
        for route in self._matching(watch, now):
            self._tell(watch, route, now)
        self._keep(watch)

    def fallen(self, alarm: AlarmRecord) -> None:
        """An alarm has a lower level: messages to come say it."""
        if (watch := self._watch(alarm)) is not None:
            watch.alarm = alarm

    def stopped(self, alarm: AlarmRecord, now: Micros) -> None:
        """Somebody has acknowledged the alarm or put it aside: nobody is told more."""
        if (watch := self._watch(alarm)) is not None:
            watch.alarm = alarm
            self._stop(watch, now)
            self._keep(watch)

    def over(self, event: AlarmMoved) -> None:
        """The alarm is over: those who know of it are told, once."""
        alarm, now = event.alarm, event.time
        if (watch := self._watch(alarm)) is None:
            return
        watch.alarm = alarm
        told = [*watch.told.values()]
        self._stop(watch, now)
        for each in told:
            self._telling.tell_end(watch, each, now, why=event.note, cause=alarm.event)
        watch.told.clear()
        self._keep(watch)

    def handed(self, notice: Notice) -> None:
        """A message is under way: who gets it knows of these alarms."""
        for number in notice.alarms if notice.kind in OF_RAISES else ():
            if (watch := self._watches.get(number)) is not None and notice.way not in watch.told:
                watch.told[notice.way] = Told(notice.person, notice.way, notice.urgency)
                self._keep(watch)

    def unreachable(self, notice: Notice, now: Micros) -> None:
        """Somebody cannot be told: where nobody else is left in the step, the next comes at once."""
        for watch in filter(None, map(self._watches.get, notice.alarms if notice.kind in OF_RAISES else ())):
            for each in watch.without_hope(notice.person or HOPE_IN_SIREN, now):
                self._put(watch, each)

    def step(self, number: int, route: str, now: Micros) -> None:
        """Nobody has acknowledged an alarm for the time of its next step."""
        watch = self._watches.get(number)
        each = watch.escalations.get(route) if watch is not None else None
        if watch is not None and each is not None and each.due is not None and each.due <= now:
            self._advance(watch, self._routes[route], each.turn, each.step, now)

    def tell_group(self, route: str, now: Micros) -> None:
        """The alarms of a route that waited for others are told together."""
        for watch in [*self._watches.values()]:
            each = watch.escalations.get(route)
            if each is not None and (each.turn, each.step) == (0, 0) and each.due is not None and each.due <= now:
                self._advance(watch, self._routes[route], 0, 0, now)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same."""
        self._windows = {route: until + by for route, until in self._windows.items()}
        self._changed_windows = {**self._windows}
        for watch in self._watches.values():
            for each in [*watch.escalations.values()]:
                self._put(watch, msgspec.structs.replace(each, due=None if each.due is None else each.due + by))

    def finish(self) -> tuple[dict[int, WatchRecord | None], dict[str, Micros]]:
        """The alarms that have changed in this step, None for one that is over; and until when routes collect."""
        found = self._changed, self._changed_windows
        self._changed, self._changed_windows = {}, {}
        return found

    def _watch(self, alarm: AlarmRecord) -> Watch | None:
        """What is known of this alarm, also where it is removed as an earlier run has left it."""
        record = self._stored.pop(alarm.number, None)
        if record is not None:
            self._watches[alarm.number] = Watch(record, alarm, None)
        return self._watches.get(alarm.number)

    def _matching(self, watch: Watch, at: Micros) -> list[Route]:
        trusts = self.trusts_time
        return self._settings.matching(watch.alarm, watch.definition, self._site, at, trusts_time=trusts)

    def _tell(self, watch: Watch, route: Route, now: Micros) -> None:
        """Tell of a raise by this route, or wait for others."""
        until = self._windows.get(route.key, 0)
        if urgency_of(watch.alarm) is not Urgency.WAKE and until > now:
            self._put(watch, Escalation(route.key, step=0, turn=0, due=until))
            return
        self._advance(watch, route, 0, 0, now)

    def _advance(self, watch: Watch, route: Route, turn: int, step: int, now: Micros) -> None:
        """Tell those of this step; where there is nobody, those of the next at once."""
        kind = NoticeKind.RAISED if (turn, step) == (0, 0) else NoticeKind.REMINDER
        last, first = len(route.steps) - 1, step
        while True:
            key = watch.key if (turn, step) == (0, 0) else f"{watch.key}/{route.key}/{turn}.{step}"
            hopes = self._telling.tell(watch, route.steps[step], kind, key, now)
            if hopes or step == last:
                break
            step += 1
        if not hopes and not first:
            hopes = self._telling.tell_anybody(watch, route, kind, f"{key}/anybody", now)
        if not hopes and not self._must_tell:
            return
        if not hopes and not first and watch.alarm.rule not in RULES:
            why = f"nobody can be told of alarm {watch.number} ({watch.alarm.title})"
            self._troubles.add(BuiltinRule.NOTICES_FAIL, f"alarm:{watch.number}", why, now, cause=watch.alarm.event)
        if (turn, first) == (0, 0):
            self._windows[route.key] = self._changed_windows[route.key] = now + route.spec.group
        pause = route.pause_after(step, urgency_of(watch.alarm))
        turn, step = (turn, step + 1) if step < last else (turn + 1, 0)
        due = None if pause is None else now + pause
        self._put(watch, Escalation(route.key, step=step, turn=turn, due=due, hopes=tuple(hopes)))

    def _stop(self, watch: Watch, now: Micros, *, silences: bool = True) -> None:
        """Tell nobody more of it; the siren is silent unless another alarm needs it."""
        for route in watch.escalations:
            self._seam.let_sleep(("alarm", watch.number, route))
        watch.escalations.clear()
        self._telling.withdraw(watch.number, now)
        if silences:
            self._telling.silence(watch, [each for each in self._watches.values() if each.escalations], now)
        self._troubles.drop(BuiltinRule.NOTICES_FAIL, f"alarm:{watch.number}", now)

    def _put(self, watch: Watch, escalation: Escalation) -> None:
        watch.escalations[escalation.route] = escalation
        self._wake(watch, escalation)
        self._keep(watch)

    def _wake(self, watch: Watch, escalation: Escalation) -> None:
        if escalation.due is None:
            return
        if (escalation.turn, escalation.step) == (0, 0):
            self._seam.wake(("group", escalation.route), escalation.due)
        else:
            self._seam.wake(("alarm", watch.number, escalation.route), escalation.due)

    def _keep(self, watch: Watch) -> None:
        """Store it; of an alarm that nobody knows of, nothing is kept."""
        if watch.told or watch.escalations:
            self._changed[watch.number] = watch.record()
        else:
            self._watches.pop(watch.number, None)
            self._changed[watch.number] = None
