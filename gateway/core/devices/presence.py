"""The part that knows which devices are silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from gateway.core.devices.ages import Ages
from gateway.core.devices.events import DeviceHeard, SilenceBegan, SilenceEnded
from gateway.core.devices.latest import Devices
from gateway.core.devices.presence_view import PresenceView, view_of
from gateway.core.devices.requests import AskHeard, Heard, KeepSilent, SetDown
from gateway.core.devices.roster import Roster
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


class Presences(Part):
    """Finds devices that are silent for too long, by hearing time.

    A device sends at least as often as its site, dialect or profile says. It is looked at when that may be over, not
    with each message. While what powers or carries it is silent or down, and people know of that, it is unreachable.
    """

    name: ClassVar[str] = "presence"
    requests: ClassVar[tuple[type[Request], ...]] = (SetDown, KeepSilent, AskHeard)

    def __init__(self, site: Site, devices: Devices, seam: Seam) -> None:
        self._seam = seam
        self._devices = devices
        self._hearing = devices.hearing
        self._roster = Roster(site.topology, devices)
        self._dependence = self._roster.dependence
        self._ages = Ages(devices)
        self._swept: Micros = 0
        self._has_begun = False

    def restore(self, rows: Sequence[WatchedRecord], now: Micros) -> None:
        """Restore the states of the devices that are still expected to send."""
        self._roster.restore(rows)

    def find(self, device: str) -> PresenceView:
        """Whether the device is heard."""
        return view_of(self._roster.find(device), self._devices[device], self._hearing)

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
        """Know what is down, and what is silent as its alarm is raised; say when a device was last heard."""
        match request:
            case AskHeard() if (device := self._devices.find(request.device)) is not None:
                request.answer(Heard(device.received, self._roster.find(request.device) is not None))
            case SetDown():
                if self._dependence.set_down(request.device, request.source, is_down=request.is_down):
                    (self._lose if request.is_down else self._return)(request.device, request.time)
            case KeepSilent() if (watched := self._roster.find(request.device)) is not None:
                watched.begin(Presence.SILENT)  # nothing else is restored yet: `_begin` comes afterwards

    def tick(self, key: str, now: Micros) -> None:
        """Look at the devices that may be silent for too long by now."""
        reached, checked, fallen = self._hearing.at(now).heard, 0, 0
        while (device := self._roster.due.pop(reached)) is not None:
            watched = self._roster.find(device)
            if watched is not None:
                fallen += self._check(watched, reached, now)
            checked += 1
            if checked >= MOST_CHECKED or fallen >= MOST_FALLEN:
                self._seam.wake(_SWEEP, now)
                return
        self._ages.sweep(reached)
        self._swept = now
        self._wake()

    def clock_set(self, by: Micros) -> None:
        """The timer moves with the clock, as hearing time does."""
        self._swept += by if self._swept else 0
        self._wake()

    def finish(self) -> Mapping[str, WatchedRecord | None] | None:
        """The devices whose state has changed in this step, by id; None deletes one."""
        return self._roster.finish()

    def _begin(self, now: Micros) -> None:
        """Everything is restored: go on with what was silent, and enrol what is new."""
        self._has_begun = True
        self._roster.enrol_new(now)
        self._ages.begin(self._hearing.at(now).heard)
        for watched in self._roster:
            if watched.state is Presence.HEARD:
                self._roster.watch(watched, self._roster.last_sign(watched))
                continue
            self._devices.age(watched.device)
            self._roster.attend(watched)
            if watched.state is Presence.WAITING:
                self._roster.look_again(watched, self._hearing.at(now).heard)
            elif watched.state is Presence.SILENT:
                self._tell(watched, now)

    def _go_on(self, now: Micros) -> None:
        """The gateway hears again: a message may have been lost meanwhile, and the site's files may have changed."""
        position = self._hearing.at(now)
        for watched in self._roster:
            if watched.cut_off_since is not None and not self._dependence.is_cut_off(watched.device):
                self._roster.connect(watched, position)  # what had cut it off is gone from the site's files
            if watched.state is Presence.UNREACHABLE and not self._dependence.is_cut_off(watched.device):
                self._roster.wait_anew(watched, position)
            elif watched.state is Presence.WAITING:
                if self._roster.due_of(watched) > position.heard:
                    self._roster.enter(watched, Presence.HEARD)
                else:
                    self._reconsider(watched, now)
        self._wake()

    def _hear(self, event: DeviceHeard) -> None:
        device, now = event.reading.device, event.reading.received
        watched = self._roster.find(device)
        if watched is None:
            return
        was_silent = watched.state is Presence.SILENT
        if watched.state is Presence.HEARD:
            self._roster.attend(watched)
        else:
            self._roster.enter(watched, Presence.HEARD)
        if was_silent:
            reading, message, number = event.reading, event.message, event.number
            self._seam.emit(SilenceEnded(device=device, reading=reading, message=message, number=number))
        for child in self._dependence.waiting_for(device):
            if (waiting := self._roster.find(child)) is not None:
                self._reconsider(waiting, now)
        self._wake()

    def _check(self, watched: Watched, reached: Micros, now: Micros) -> bool:
        """Look at a device whose silence, or whose turn, may be over. Returns whether it has become silent."""
        if watched.state is Presence.WAITING:
            return self._reconsider(watched, now)
        due = self._roster.due_of(watched)
        if due > reached:
            self._roster.watch(watched, reached)
            return False
        watched.since = self._devices[watched.device].received or watched.since
        self._devices.age(watched.device)
        if not watched.parents and not self._dependence.is_cut_off(watched.device):
            self._fall_silent(watched, now)
            return True
        self._roster.enter(watched, Presence.WAITING, asked=due)
        return self._reconsider(watched, now)

    def _reconsider(self, watched: Watched, now: Micros) -> bool:
        """Look at a device that waits. Returns whether it has become silent.

        What it depends on was perhaps off, and has just come back: then the device has its turn to be heard, too. When
        that is over, and nothing that it depends on has missed a message again, the device itself is silent. It is so
        as well where that stays open for too long, and behind a silence of which people were not told.
        """
        if self._dependence.is_cut_off(watched.device):
            self._roster.enter(watched, Presence.UNREACHABLE)
            return False
        if not self._hearing.is_on:
            return False  # its own word may be on its way
        reached = self._hearing.at(now).heard
        if self._waits_on(watched, reached):
            self._roster.look_again(watched, reached)
            return False
        self._fall_silent(watched, now)
        return True

    def _waits_on(self, watched: Watched, reached: Micros) -> bool:
        """Whether it is still open why a device is silent."""
        if self._roster.is_open(watched, reached) or reached < (watched.turn_until or 0):
            return True
        parents = [parent for parent in self._roster.parents_of(watched) if parent.state is not Presence.SILENT]
        if not parents or reached >= watched.waits_until:
            return False
        if watched.turn_until is not None:
            return any(self._roster.misses(parent, reached) for parent in parents)
        if all(self._roster.last_sign(parent) >= (watched.asked or 0) for parent in parents):
            self._roster.begin_turn(watched, reached)
        return True

    def _fall_silent(self, watched: Watched, now: Micros) -> None:
        """The device is silent. Once people are told, `SetDown` says so; if not, what waits for it waits in vain.

        That is looked at afterwards, in the next sweep.
        """
        self._roster.fall_silent(watched, self._hearing.at(now).heard)
        self._tell(watched, now)

    def _tell(self, watched: Watched, now: Micros) -> None:
        is_new = not self._devices[watched.device].received
        since, every = watched.since, watched.every
        self._seam.emit(SilenceBegan(device=watched.device, since=since, is_new=is_new, every=every, time=now))

    def _lose(self, parent: str, now: Micros) -> None:
        """A device is down, as people know: what depends on it cannot be heard. What they know to be silent stays so.

        One that is silent has been away since its last word.
        """
        itself, since = self._roster.find(parent), self._hearing.at(now)
        if itself is not None and itself.state is Presence.SILENT:
            since = self._roster.start_of(itself)
        for device in self._dependence.descendants_of(parent):
            watched = self._roster.find(device)
            if watched is None:
                continue
            self._roster.cut_off(watched, since)
            if watched.state is Presence.WAITING:
                self._roster.enter(watched, Presence.UNREACHABLE)

    def _return(self, parent: str, now: Micros) -> None:
        """A device is no longer down: what depends on it has perhaps just been switched on, too."""
        position = self._hearing.at(now)
        for device in self._dependence.descendants_of(parent):
            watched = self._roster.find(device)
            if watched is None:
                continue
            self._roster.connect(watched, position)
            if watched.state is Presence.UNREACHABLE and watched.cut_off_since is None:
                self._roster.enter(watched, Presence.HEARD)
        self._wake()

    def _wake(self) -> None:
        due = [each for each in (self._roster.due.earliest(), self._ages.earliest()) if each is not None]
        if self._hearing.is_on and due:
            self._seam.wake(_SWEEP, max(self._hearing.time_of(min(due)), self._swept + SWEEP_AT_MOST_EVERY))
