"""Drives the engine of production through the month: messages, gaps, restarts, people, and a store on disk."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks.month.place import START, ZONE, Device, site_of
from benchmarks.month.schedule import DAY, HOUR, MINUTE, Gap, Schedule
from benchmarks.month.sending import Sent, sent_beside
from benchmarks.month.told import Screen
from gateway import parts
from gateway.core.alarms.actions import Acknowledge, Reset
from gateway.core.alarms.shelf import TakeOutOfService
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros, from_datetime
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import connect, open_database
from gateway.store.writer import Writer

START_MICROS: Final = from_datetime(START)
_AT_ONCE_S: Final = 5.0
"""Messages of so many seconds are one batch: an alarm comes so much late at most."""
_KEEP_HOUSE_EVERY_S: Final = 6 * HOUR
"""The gateway does so each minute. Here the store is needed for restarts, and all is saved before one."""
_ACKNOWLEDGED_AFTER_S, _RESET_AFTER_S = 3 * MINUTE, 10 * MINUTE
"""A choice: an operator looks at an alarm within minutes."""
_ON_THE_WAY: Final = 50 * MILLISECOND
"""From a device to the gateway."""


class Month:
    """A site in virtual time."""

    def __init__(
        self,
        devices: Sequence[Device],
        schedule: Schedule,
        directory: Path,
        *,
        days: int,
        seed: int,
        progress: Callable[[float], None] = lambda _share: None,
    ) -> None:
        """
        Args:
            directory: where the site's file and the store are written.
            progress: called each six simulated hours with the share that is done.
        """
        self._devices, self._schedule, self._days, self._seed = devices, schedule, days, seed
        self._progress = progress
        self._configuration = _configuration(devices, schedule, directory)
        self._database = open_database(directory, parts.migrations())
        self._writer = Writer(connect(directory), parts.tables())
        self._uncommitted: list[Changes] = []
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = 0
        self._is_away = False
        self._reached = 0.0
        self.screen = Screen(START_MICROS)
        self.messages = 0
        self._engine = self._start(0.0)
        self._hear(0.0)

    def run(self) -> None:
        """Let all days pass."""
        until = self._days * DAY
        for gap in self._schedule.gaps:
            self._at(gap.begin, self._begin_gap(gap))
        for device, begin, end in self._schedule.out_of_service:
            self._at(begin, self._take_out_of_service(device, end - begin))
        self._at(_KEEP_HOUSE_EVERY_S, self._keep_house)
        with sent_beside(self._devices, self._schedule, days=self._days, seed=self._seed) as sent:
            self._receive(sent)
        self._pass(until)
        self._commit()
        self.screen.end(until)
        self._database.close()

    def _receive(self, sent: Iterator[Sent]) -> None:
        batch: list[Message] = []
        limit = 0.0
        for at, message in self._arriving(sent):
            if at >= limit:
                self._step(batch)
                batch = []
                self._pass(at)
                self._reached = at
                limit = min(at + _AT_ONCE_S, self._next_due())
            batch.append(message)
        self._step(batch)

    def _arriving(self, sent: Iterator[Sent]) -> Iterator[tuple[float, Message]]:
        """The messages in the order in which the broker delivers them: after a gap, those that it has kept."""
        gaps = iter([*self._schedule.gaps, Gap(math.inf, math.inf, restarts=False)])
        gap = next(gaps)
        for at, topic, payload in sent:
            while at >= gap.end:
                gap = next(gaps)
            arrives = gap.end if at >= gap.begin else at
            yield arrives, Message(topic, payload, START_MICROS + round(arrives * SECOND) + _ON_THE_WAY)

    def _pass(self, until: float) -> None:
        """Let time pass: do what is due by then, in its order."""
        while True:
            act_at = self._due[0][0] if self._due else math.inf
            tick_at = self._tick_at()
            if min(act_at, tick_at) > until:
                break
            if tick_at <= act_at:
                self._changed(self._engine.tick(_micros(max(tick_at, self._reached))))
            else:
                _, _, act = heapq.heappop(self._due)
                act(act_at)

    def _next_due(self) -> float:
        return min(self._tick_at(), self._due[0][0] if self._due else math.inf)

    def _tick_at(self) -> float:
        due = None if self._is_away else self._engine.next_due()
        return math.inf if due is None else (due - START_MICROS) / SECOND

    def _at(self, at: float, act: Callable[[float], None]) -> None:
        self._numbers += 1
        heapq.heappush(self._due, (at, self._numbers, act))

    def _step(self, batch: list[Message]) -> None:
        if batch:
            self.messages += len(batch)
            self._changed(self._engine.step(batch))

    def _changed(self, changes: Changes) -> None:
        if changes.is_empty:
            return
        self._uncommitted.append(changes)
        if not changes.publications:
            return
        for event in self.screen.show(changes.publications):
            if event.step in ("raise", "return") and event.state in ("unacknowledged", "returned"):
                self._at(event.at + _ACKNOWLEDGED_AFTER_S, self._acknowledge(event.alarm))
            elif event.state == "latched":
                self._at(event.at + _RESET_AFTER_S, self._reset(event.alarm))

    def _acknowledge(self, alarm: int) -> Callable[[float], None]:
        return self._act(
            lambda: (
                Acknowledge(alarm=alarm, by="Operator")
                if self.screen.states.get(alarm) in ("unacknowledged", "returned")
                else None
            )
        )

    def _reset(self, alarm: int) -> Callable[[float], None]:
        return self._act(
            lambda: Reset(alarm=alarm, by="Operator") if self.screen.states.get(alarm) == "latched" else None
        )

    def _take_out_of_service(self, device: str, seconds: float) -> Callable[[float], None]:
        return self._act(
            lambda: TakeOutOfService(
                device=device,
                duration=round(seconds * SECOND),
                why="Test with smoke",
                by="Contractor",
                confirmed_by="Operator",
            )
        )

    def _act(self, action: Callable[[], Action | None]) -> Callable[[float], None]:
        """A person does it when its time has come, or as soon as the gateway is there again; None is nothing."""

        def act(at: float) -> None:
            if self._is_away:
                self._at(at + MINUTE, act)
            elif (wanted := action()) is not None:
                self._changed(self._engine.act(wanted, _micros(at)))

        return act

    def _begin_gap(self, gap: Gap) -> Callable[[float], None]:
        def begin(at: float) -> None:
            if gap.restarts:
                self._commit()
                self._is_away = True
                self._at(gap.end, self._restart)
            else:
                self._changed(self._engine.set_blind(_micros(at)))
            self._at(gap.end + 1.0, self._hear)

        return begin

    def _restart(self, at: float) -> None:
        self._engine, self._is_away = self._start(at), False

    def _start(self, at: float) -> Engine:
        checkpoint = load_checkpoint(self._database, parts.tables())
        engine = Engine(self._configuration, parts.makers(), checkpoint, now=_micros(at))
        self._changed(engine.beginning)
        return engine

    def _hear(self, at: float) -> None:
        self._changed(self._engine.set_hearing(_micros(at)))

    def _keep_house(self, at: float) -> None:
        """Save the latest values and commit, as the gateway does, if more often."""
        self._at(at + _KEEP_HOUSE_EVERY_S, self._keep_house)
        self._progress(at / (self._days * DAY))
        if self._is_away:
            return
        self._changed(self._engine.snapshot(_micros(at)))
        while self._engine.has_unsaved:
            self._changed(self._engine.snapshot(_micros(at)))
        self._commit()

    def _commit(self) -> None:
        self._writer.commit(self._uncommitted)
        self._uncommitted = []


def _micros(at: float) -> Micros:
    return START_MICROS + round(at * SECOND)


def _configuration(devices: Sequence[Device], schedule: Schedule, directory: Path) -> Configuration:
    maintenance: list[dict[str, object]] = [
        {"profiles": [profile], "from": _local(begin), "to": _local(end), "reason": {"en": "Planned work"}}
        for profile, begin, end in schedule.maintenance
    ]
    file = directory / "site.yaml"
    file.write_text(json.dumps(site_of(devices, maintenance=maintenance)))
    return load_configuration(file)


def _local(at: float) -> str:
    """As the site's files write it."""
    return f"{START.astimezone(ZONE) + timedelta(seconds=at):%Y-%m-%dT%H:%M}"
