"""The part that lets people put alarms aside: shelve them for a time, or take a device out of service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.events import AlarmMoved, AlarmStands
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.shelf import (
    LONGEST_SHELF,
    EndShelf,
    PutAside,
    Shelf,
    ShelveAlarm,
    ShelveRule,
    TakeOutOfService,
    UnshelveAlarm,
    replaced_by,
)
from gateway.core.alarms.shelf_terms import ShelfTerms, Terms
from gateway.core.alarms.suppression import Release, SuppressionKind
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import InvalidAction, UnknownAlarm, UnknownShelf
from gateway.core.kernel.events import Action, AuditRecord, Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.rules.groups.requests import SetOutOfService
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site


class Shelving(Part):
    """Holds the shelves that have not ended.

    A shelf lasts as long as it was given, by the steady clock: when the clock is set, its end moves along. One of an
    earlier run keeps its end while the time is not known: that end was told by a clock that was right.
    """

    name: ClassVar[str] = "shelving"
    actions: ClassVar[tuple[type[Action], ...]] = (ShelveAlarm, ShelveRule, TakeOutOfService, EndShelf, UnshelveAlarm)

    def __init__(self, site: Site, rules: Sequence[Rule], seam: Seam, longest: Micros = LONGEST_SHELF) -> None:
        """`longest` is for how long alarms may be shelved, and life-safety alarms be put aside at all."""
        self._terms = ShelfTerms(Definitions(site, rules), site.people, longest)
        self._seam = seam
        self._shelves: dict[int, Shelf] = {}
        self._standing: dict[int, AlarmRecord] = {}
        """The alarms that stand, by number."""
        self._in_doubt: set[int] | None = None
        """While the time is not known: the shelves whose times were told by this clock."""
        self._changed: dict[int, Shelf] = {}

    def restore(self, rows: Sequence[Shelf], now: Micros) -> None:
        """Restore the shelves; end those whose rule or device is no longer in the site's files."""
        for shelf in rows:
            self._shelves[shelf.number] = shelf
            if not self._terms.is_known(shelf.rule, shelf.subject):
                self._end(shelf, now, because="its rule or device is no longer in the site's files")
                continue
            self._suppress(shelf, now)
            if shelf.until is not None:
                self._seam.wake(shelf.number, shelf.until)

    def on(self, event: Event) -> None:
        """Follow which alarms stand, and end a shelf that lasts until its alarm returns."""
        match event:
            case AlarmStands():
                self._standing[event.alarm.number] = event.alarm
            case AlarmMoved():
                self._follow(event)
            case ClockDoubted():
                self._in_doubt = set()
            case ClockCorrected() if event.is_certain:
                self._in_doubt = None

    def act(self, action: Action, now: Micros) -> None:
        """Put alarms aside, or end that.

        Raises:
            InvalidAction: it cannot be done so; the text says what would be right.
            UnknownAlarm, UnknownShelf: there is nothing of this number, or not any more.
        """
        match action:
            case ShelveAlarm():
                alarm = self._standing_alarm(action.alarm)
                terms = self._terms.of_shelf(action, alarm.rule, alarm.subject, now)
                self._begin(action, terms, now, alarm=alarm)
            case ShelveRule():
                self._begin(action, self._terms.of_shelf(action, action.rule, action.subject, now), now)
            case TakeOutOfService():
                self._begin(action, self._terms.of_service(action, now), now)
            case EndShelf():
                shelf = self._shelves.get(action.shelf)
                if shelf is None:
                    raise UnknownShelf(f"no shelf has the number {action.shelf}: it has ended, or never was")
                self._end(shelf, now, because=action.note, by=action.by)
            case UnshelveAlarm():
                self._end(self._shelf_of(action.alarm), now, because=action.note, by=action.by)

    def tick(self, key: int, now: Micros) -> None:
        """A shelf has come to its end."""
        self._end(self._shelves[key], now, because="its time is over")

    def clock_set(self, by: Micros) -> None:
        """Move the ends along."""
        for shelf in [*self._shelves.values()]:
            is_doubted = self._in_doubt is not None and shelf.number in self._in_doubt
            if self._in_doubt is not None and not is_doubted:
                continue
            moved = msgspec.structs.replace(
                shelf,
                since=shelf.since + by if is_doubted else shelf.since,
                until=None if shelf.until is None else shelf.until + by,
            )
            self._keep(moved)
            self._seam.ask(moved.suppression(moved.since))  # only to show the end: nothing is told by it

    def finish(self) -> list[Shelf] | None:
        """The shelves that have begun, moved or ended in this step."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return [*changed.values()]

    def _follow(self, moved: AlarmMoved) -> None:
        alarm = moved.alarm
        if alarm.state is State.NORMAL:
            self._standing.pop(alarm.number, None)
        else:
            self._standing[alarm.number] = alarm
        for shelf in [*self._shelves.values()]:
            if not shelf.is_about(alarm.rule, alarm.subject):
                continue
            if shelf.one_shot and moved.step in (Step.RETURN, Step.REMOVE):
                self._end(shelf, moved.time, because="its alarm has returned", cause=alarm.event)
            elif moved.step is Step.SUPPRESS and shelf.is_exceeded_by(alarm.severity):
                self._end(shelf, moved.time, because="its alarm has become worse", cause=alarm.event)

    def _standing_alarm(self, number: int) -> AlarmRecord:
        if number not in self._standing:
            raise UnknownAlarm(f"no standing alarm has the number {number}: it is back to normal, or never was")
        return self._standing[number]

    def _shelf_of(self, number: int) -> Shelf:
        """The shelf of one alarm, and of no others."""
        alarm = self._standing_alarm(number)
        shelved = [
            shelf
            for shelf in self._shelves.values()
            if shelf.kind is SuppressionKind.SHELVED and shelf.is_about(alarm.rule, alarm.subject)
        ]
        for shelf in shelved:
            if shelf.subject is not None:
                return shelf
        if shelved:
            raise InvalidAction(
                f"alarm {number} is shelved with all alarms of its rule: end shelf {shelved[0].number} for all of them"
            )
        raise UnknownShelf(f"alarm {number} is not shelved")

    def _begin(self, action: PutAside, terms: Terms, now: Micros, *, alarm: AlarmRecord | None = None) -> None:
        """Put the alarms aside; what they were put aside by before ends, and they are not told in between."""
        scope = (terms.kind, terms.rule, terms.subject)
        before = [each for each in self._shelves.values() if (each.kind, each.rule, each.subject) == scope]
        shelf = Shelf(
            number=self._seam.counters.take("shelf"),
            kind=terms.kind,
            rule=terms.rule,
            subject=terms.subject,
            alarm=None if alarm is None else alarm.number,
            severity=None if alarm is None else alarm.severity,
            since=now,
            until=terms.until,
            one_shot=terms.one_shot,
            life_safety=terms.life_safety,
            why=action.why,
            by=action.by,
            confirmed_by=action.confirmed_by,
            event=0,
        )
        cause = None if alarm is None else alarm.event
        audit = self._record(shelf, terms.kind.value, now, by=action.by, note=action.why, cause=cause)
        shelf = msgspec.structs.replace(shelf, event=audit.number)
        self._keep(shelf)
        if self._in_doubt is not None:
            self._in_doubt.add(shelf.number)
        self._seam.emit(Event(audit=audit))
        self._suppress(shelf, now)
        for each in before:
            self._end(each, now, because=replaced_by(shelf.number), by=action.by)

    def _end(
        self, shelf: Shelf, now: Micros, *, because: str | None, by: str | None = None, cause: int | None = None
    ) -> None:
        audit = self._record(shelf, "end", now, by=by, note=because, cause=cause or shelf.event)
        del self._shelves[shelf.number]
        self._changed[shelf.number] = msgspec.structs.replace(shelf, ended_at=now, ended_by=by, ended_because=because)
        self._seam.let_sleep(shelf.number)
        self._seam.emit(Event(audit=audit))
        self._set_service(shelf, now, is_out=False)
        self._seam.ask(Release(source=shelf.source, time=now, cause=audit.number))

    def _suppress(self, shelf: Shelf, now: Micros) -> None:
        self._set_service(shelf, now, is_out=True)
        self._seam.ask(shelf.suppression(now))

    def _set_service(self, shelf: Shelf, now: Micros, *, is_out: bool) -> None:
        """Tell groups what two people have taken out of service, or put back. Without one rule on it the device goes
        on serving all others."""
        device = shelf.subject.device if shelf.subject is not None and shelf.rule is None else None
        if shelf.kind is SuppressionKind.OUT_OF_SERVICE and shelf.life_safety and device is not None:
            self._seam.ask(SetOutOfService(device=device, source=shelf.source, is_out=is_out, time=now))

    def _keep(self, shelf: Shelf) -> None:
        """The shelf holds until its end."""
        self._shelves[shelf.number] = self._changed[shelf.number] = shelf
        if shelf.until is not None:
            self._seam.wake(shelf.number, shelf.until)

    def _record(
        self, shelf: Shelf, step: str, time: Micros, *, by: str | None, note: str | None, cause: int | None = None
    ) -> AuditRecord:
        data: dict[str, object] = {
            "shelf": shelf.number,
            "step": step,
            "rule": shelf.rule,
            "about": None if shelf.subject is None else str(shelf.subject),
            "until": None if shelf.until is None else isoformat(shelf.until),
            "confirmed_by": shelf.confirmed_by,
        }
        if note is not None:
            data["note"] = note
        return self._seam.record("shelf", str(shelf.number), time, data, cause=cause, by=by)
