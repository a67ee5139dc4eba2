"""The part that knows which devices are silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.dependence import Dependence
from gateway.core.devices.due import Due
from gateway.core.devices.events import DeviceHeard, SilenceBegan, SilenceEnded
from gateway.core.devices.hearing import BEGINNING, Position
from gateway.core.devices.latest import Devices
from gateway.core.devices.requests import KeepSilent, SetDown
from gateway.core.devices.watched import Presence, Watched, WatchedRecord
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.site.site import Site

SWEEP_AT_MOST_EVERY: Micros = 5 * SECOND
"""Between two looks at what is due: before each, the broker is asked whether all was received."""
MOST_CHECKED = 1000
"""Devices that one sweep looks at, some 2 ms."""
MOST_FALLEN = 12
"""Devices whose silence one sweep tells of, for the same reason."""
_SWEEP = "sweep"


class PresenceView(msgspec.Struct, frozen=True, gc=False):
    """Whether a device is heard: a copy."""

    state: Presence
    silent_since: Micros | None
    """When one that is silent or unreachable was last heard, or first known; None otherwise."""


_UNWATCHED = PresenceView(Presence.UNWATCHED, None)


class Presences(Part):
    """Finds devices that are silent for too long, by hearing time.

    A device sends at least as often as its site, dialect or profile says. It is looked at when that may be over, not
    with each message. While what powers or carries it is silent or down, it is unreachable.
    """

    name: ClassVar[str] = "presence"
    requests: ClassVar[tuple[type[Request], ...]] = (SetDown, KeepSilent)

    def __init__(self, site: Site, devices: Devices, seam: Seam) -> None:
        self._seam = seam
        self._devices = devices
        every = {each.spec.id: interval for each in devices if (interval := each.profile.expect_every_of(each.spec))}
        self._dependence = Dependence(site.topology, every)
        self._watched = {
            device: Watched(device, interval, tuple(self._dependence.parents_of(device)), 0, BEGINNING)
            for device, interval in every.items()
        }
        self._due = Due()
        self._swept: Micros = 0
        self._changed: dict[str, WatchedRecord | None] = {}
        self._new = set(self._watched)
        """The devices that no earlier run has watched."""
        self._has_begun = False

    def restore(self, rows: Sequence[WatchedRecord], now: Micros) -> None:
        """Restore the states of the devices that are still watched."""
        for record in rows:
            watched = self._watched.get(record.device)
            if watched is None:
                self._changed[record.device] = None
            else:
                watched.restore(record)
                self._new.discard(record.device)

    def find(self, device: str) -> PresenceView:
        """Whether the device is heard."""
        watched = self._watched.get(device)
        if watched is None:
            return _UNWATCHED
        if watched.state in (Presence.SILENT, Presence.UNREACHABLE):
            return PresenceView(watched.state, watched.since)
        return PresenceView(Presence.HEARD if self._devices[device].received else Presence.NEVER_HEARD, None)

    def on(self, event: Event) -> None:
        """Count only while the gateway hears, and end silence with the next word of a device."""
        match event:
            case DeviceHeard():
                self._hear(event)
            case BecameBlind():
                if not self._has_begun:
                    self._begin(event.noticed)
                self._seam.let_sleep(_SWEEP)
            case HearsAgain():
                self._go_on(event.time)

    def serve(self, request: Request) -> None:
        """Know what is down, and what is silent as its alarm is raised."""
        match request:
            case SetDown(is_down=True):
                self._dependence.set_down(request.device, is_down=True)
                self._lose(request.device)
            case SetDown():
                self._dependence.set_down(request.device, is_down=False)
                self._return(request.device, request.time)
            case KeepSilent() if (watched := self._watched.get(request.device)) is not None:
                watched.begin(Presence.SILENT)

    def tick(self, key: str, now: Micros) -> None:
        """Look at the devices that may be silent for too long by now."""
        reached, checked, fallen = self._devices.hearing.at(now).heard, 0, 0
        while (device := self._due.pop(reached)) is not None:
            checked += 1
            fallen += self._check(self._watched[device], reached, now)
            if checked >= MOST_CHECKED or fallen >= MOST_FALLEN:
                self._seam.wake(_SWEEP, now)
                return
        self._swept = now
        self._wake()

    def clock_set(self, by: Micros) -> None:
        """The timer moves with the clock, as hearing time does."""
        self._swept += by if self._swept else 0
        self._wake()

    def finish(self) -> Mapping[str, WatchedRecord | None] | None:
        """The devices whose state has changed in this step, by id; None deletes one."""
        changed, self._changed = self._changed, {}
        return changed or None

    def _begin(self, now: Micros) -> None:
        """Everything is restored: go on with what was silent, and enrol what is new."""
        self._has_begun = True
        hearing = self._devices.hearing
        for watched in self._watched.values():
            if watched.device in self._new:
                # The blindness that ends next is no gap in its silence: nothing was expected before.
                watched.counts_from = Position(hearing.at(now).heard, hearing.gaps + 1)
                watched.since = self._devices[watched.device].received or now
                self._record(watched)
            if watched.state is Presence.HEARD:
                self._due.put(watched.device, watched.due(self._heard(watched), hearing.gaps))
                continue
            self._devices.age(watched.device)
            self._attend(watched.device)
            if watched.state is Presence.SILENT:
                self._dependence.set_silent(watched.device, is_silent=True)
                self._tell(watched, now)
            elif watched.state is Presence.WAITING:
                self._await_parents(watched)

    def _go_on(self, now: Micros) -> None:
        """The gateway hears again: a message may have been lost meanwhile, and the site's files may have changed."""
        gaps = self._devices.hearing.gaps
        for watched in self._watched.values():
            if watched.state is Presence.UNREACHABLE and not self._dependence.is_cut_off(watched.device):
                self._wait_anew(watched, now)
            elif watched.state is Presence.WAITING:
                if watched.due(self._heard(watched), gaps) > self._devices.hearing.at(now).heard:
                    self._leave(watched)
                    self._due.put(watched.device, watched.due(self._heard(watched), gaps))
                else:
                    self._reconsider(watched, now)
        self._wake()

    def _hear(self, event: DeviceHeard) -> None:
        device, now = event.reading.device, event.reading.received
        watched = self._watched[device]
        before = watched.state
        if before is not Presence.HEARD:
            self._leave(watched)
            self._due.put(watched.device, watched.due(self._heard(watched), self._devices.hearing.gaps))
        if before is Presence.SILENT:
            self._seam.emit(
                SilenceEnded(device=device, reading=event.reading, message=event.message, number=event.number)
            )
            self._return(device, now)
        for child in self._dependence.waiting_for(device):
            self._reconsider(self._watched[child], now)
        self._attend(device)
        self._wake()

    def _check(self, watched: Watched, reached: Micros, now: Micros) -> bool:
        """Look at a device whose silence, or whose turn, may be over. Returns whether it has become silent."""
        if watched.state is Presence.WAITING:
            return self._reconsider(watched, now)
        due = watched.due(self._heard(watched), self._devices.hearing.gaps)
        if due > reached:
            self._due.put(watched.device, due)
            return False
        watched.since = self._devices[watched.device].received or watched.since
        self._devices.age(watched.device)
        if self._dependence.is_cut_off(watched.device):
            self._enter(watched, Presence.UNREACHABLE)
            return False
        if not watched.parents:
            self._fall_silent(watched, now)
            return True
        self._enter(watched, Presence.WAITING, asked=due)
        self._await_parents(watched)
        return self._reconsider(watched, now)

    def _reconsider(self, watched: Watched, now: Micros) -> bool:
        """Look at a device that waits. Returns whether it has become silent.

        What it depends on was perhaps off, and has just come back: then the device has its turn to be heard, too. Only
        when that is over, and all that it depends on was heard in it, is the device itself silent.
        """
        if self._dependence.is_cut_off(watched.device):
            self._stop_waiting(watched)
            self._enter(watched, Presence.UNREACHABLE)
            return False
        reached = self._devices.hearing.at(now).heard
        since = (watched.asked or 0) if watched.turn_until is None else watched.turn_until - watched.turn
        if not self._devices.hearing.is_on:
            return False  # its own word may be on its way
        if not all(self._was_heard_since(parent, since) for parent in watched.parents):
            return False
        if watched.turn_until is None:
            watched.turn_until = reached + watched.turn
            self._record(watched)
        if reached < watched.turn_until:
            self._due.put(watched.device, watched.turn_until)
            return False
        self._stop_waiting(watched)
        self._fall_silent(watched, now)
        return True

    def _was_heard_since(self, device: str, since: Micros) -> bool:
        heard = self._devices[device].heard(self._devices.hearing)
        return heard is not None and heard.heard >= since

    def _fall_silent(self, watched: Watched, now: Micros) -> None:
        self._enter(watched, Presence.SILENT)
        self._dependence.set_silent(watched.device, is_silent=True)
        self._tell(watched, now)
        self._lose(watched.device)

    def _lose(self, parent: str) -> None:
        """A device is silent or down: those that wait for it cannot be heard. Those that people know of stay silent."""
        for device in self._dependence.descendants_of(parent):
            watched = self._watched.get(device)
            if watched is not None and watched.state is Presence.WAITING:
                self._stop_waiting(watched)
                self._enter(watched, Presence.UNREACHABLE)

    def _return(self, parent: str, now: Micros) -> None:
        """A device is heard again, or no longer down: what depends on it has perhaps just been switched on, too."""
        reached = self._devices.hearing.at(now).heard
        for device in self._dependence.descendants_of(parent):
            watched = self._watched.get(device)
            if watched is None or self._dependence.is_cut_off(device):
                continue
            if watched.state is Presence.UNREACHABLE:
                self._wait_anew(watched, now)
            elif watched.state is Presence.HEARD:
                counted = max(self._heard(watched) or watched.counts_from, watched.counts_from)
                if reached - counted.heard > watched.every:  # it has missed a message
                    self._wait_anew(watched, now)

    def _wait_anew(self, watched: Watched, now: Micros) -> None:
        watched.begin(Presence.HEARD)
        watched.counts_from = self._devices.hearing.at(now)
        self._record(watched)
        self._due.put(watched.device, watched.due(self._heard(watched), self._devices.hearing.gaps))

    def _enter(self, watched: Watched, state: Presence, *, asked: Micros | None = None) -> None:
        watched.begin(state)
        watched.asked = asked
        self._due.drop(watched.device)
        self._record(watched)
        self._attend(watched.device)

    def _leave(self, watched: Watched) -> None:
        self._stop_waiting(watched)
        self._dependence.set_silent(watched.device, is_silent=False)
        watched.begin(Presence.HEARD)
        self._record(watched)

    def _await_parents(self, watched: Watched) -> None:
        for parent in watched.parents:
            self._dependence.wait(watched.device, parent)
            self._attend(parent)

    def _stop_waiting(self, watched: Watched) -> None:
        for parent in watched.parents:
            self._dependence.stop_waiting(watched.device, parent)
            self._attend(parent)

    def _attend(self, device: str) -> None:
        is_here = self._watched[device].state is Presence.HEARD and not self._devices[device].aged
        self._devices.attend(device, is_awaited=not is_here or bool(self._dependence.waiting_for(device)))

    def _tell(self, watched: Watched, now: Micros) -> None:
        is_new = not self._devices[watched.device].received
        since, every = watched.since, watched.every
        self._seam.emit(SilenceBegan(device=watched.device, since=since, is_new=is_new, every=every, time=now))

    def _heard(self, watched: Watched) -> Position | None:
        return self._devices[watched.device].heard(self._devices.hearing)

    def _record(self, watched: Watched) -> None:
        self._changed[watched.device] = watched.record()

    def _wake(self) -> None:
        hearing, due = self._devices.hearing, self._due.earliest()
        if hearing.is_on and due is not None:
            self._seam.wake(_SWEEP, max(hearing.time_of(due), self._swept + SWEEP_AT_MOST_EVERY))
