"""The devices that are expected to send, their states, and when to look at which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.core.devices.dependence import Dependence
from gateway.core.devices.due import Due
from gateway.core.devices.hearing import BEGINNING, Position
from gateway.core.devices.latest import Devices
from gateway.core.devices.watched import MISSED, Presence, Watched, WatchedRecord
from gateway.core.kernel.times import Micros
from gateway.core.site.topology import Topology


class Roster:
    """Moves devices from state to state: each move is recorded, and the device looked at again when that is due."""

    def __init__(self, topology: Topology, devices: Devices) -> None:
        self._devices = devices
        every = {each.spec.id: interval for each in devices if (interval := each.profile.expect_every_of(each.spec))}
        self.dependence = Dependence(topology, every)
        self._watched = {
            device: Watched(device, interval, tuple(self.dependence.parents_of(device)), 0, BEGINNING)
            for device, interval in every.items()
        }
        self._new = set(self._watched)
        """The devices that no earlier run has watched."""
        self.due = Due[str]()
        self._fallen: set[str] = set()
        """The devices that have become silent in this step: at its end it is clear whether people know of them."""
        self._changed: dict[str, WatchedRecord | None] = {}

    def __iter__(self) -> Iterator[Watched]:
        return iter(self._watched.values())

    def find(self, device: str) -> Watched | None:
        """The device of this id; None where nobody expects it to send."""
        return self._watched.get(device)

    def restore(self, rows: Sequence[WatchedRecord]) -> None:
        """Restore the states of the devices that are still expected to send."""
        for record in rows:
            watched = self._watched.get(record.device)
            if watched is None:
                self._changed[record.device] = None
            else:
                watched.restore(record)
                self._new.discard(record.device)

    def enrol_new(self, now: Micros) -> None:
        """Count the silence of devices that no earlier run has watched from now on; the gateway is blind."""
        hearing = self._devices.hearing
        for device in sorted(self._new):
            watched = self._watched[device]
            # The blindness that ends next is no gap in its silence: nothing was expected before.
            watched.counts_from = Position(hearing.at(now).heard, hearing.gaps + 1)
            watched.since = self._devices[device].received or now
            self._record(watched)
        self._new.clear()

    def parents_of(self, watched: Watched) -> list[Watched]:
        """The nearest of what it depends on that is expected to send."""
        return [self._watched[parent] for parent in watched.parents]

    def last_sign(self, watched: Watched) -> Micros:
        """From which hearing time on the silence of a device counts."""
        return self.start_of(watched).heard

    def misses(self, watched: Watched, reached: Micros) -> bool:
        """Whether a message of the device is missing at a hearing time."""
        return reached - self.last_sign(watched) > watched.every

    def due_of(self, watched: Watched) -> Micros:
        """From which hearing time on the silence of a device is long enough."""
        return watched.due(self._heard(watched), self._devices.hearing.gaps)

    def watch(self, watched: Watched, reached: Micros) -> None:
        """Look at a device that is not silent when it may be: after gaps that is later, unless it is heard after them.

        Args:
            reached: a hearing time until which its words are known.
        """
        self.due.put(watched.device, min(self.due_of(watched), reached + MISSED * watched.every))

    def enter(self, watched: Watched, state: Presence, *, asked: Micros | None = None) -> None:
        """Let a device enter a state; it waits for its parents if that is the state, and no longer otherwise."""
        watched.begin(state)
        watched.asked = asked
        self.due.drop(watched.device)
        self._record(watched)
        self.attend(watched)
        if state is Presence.HEARD:
            self.watch(watched, self.last_sign(watched))
        elif state is Presence.WAITING:
            self.due.put(watched.device, watched.waits_until)

    def wait_anew(self, watched: Watched, position: Position) -> None:
        """Count the silence of a device from this position on."""
        watched.counts_from = position
        self.enter(watched, Presence.HEARD)

    def start_of(self, watched: Watched) -> Position:
        """From where in hearing time on the silence of a device counts: in general, its last word."""
        return watched.start(self._heard(watched))

    def connect(self, watched: Watched, position: Position) -> None:
        """Something that cut the device off is over: the time from then on until now does not count.

        The time before goes on to count, and as after a blind gap the device has a turn more, three times at most. If
        all began anew each time, a parent that comes and goes would hide a dead device for ever. Where something else
        cuts it off, that does from now on.
        """
        is_cut_off = self.dependence.is_cut_off(watched.device)
        since, watched.cut_off_since = watched.cut_off_since, position if is_cut_off else None
        if since is None:
            return
        if self.misses(watched, position.heard):
            start = self.start_of(watched)
            lost = max(since, start)
            heard, gaps = max(position.heard - lost.heard, 0), max(position.gaps - lost.gaps, 0)
            watched.counts_from = Position(start.heard + heard, start.gaps + gaps - 1)
        self._record(watched)

    def cut_off(self, watched: Watched, since: Position) -> None:
        """A device cannot be heard from then on, or from earlier where something else cuts it off already."""
        if watched.cut_off_since is None:
            watched.cut_off_since = since
            self._record(watched)

    def begin_turn(self, watched: Watched, reached: Micros) -> None:
        """Give a device that waits its turn to be heard."""
        watched.turn_until = reached + watched.turn
        self._record(watched)

    def look_again(self, watched: Watched, reached: Micros) -> None:
        """Look at a device that waits when something may be over: its turn, or its wait."""
        is_open = self.is_open(watched, reached)
        self.due.put(watched.device, reached + 1 if is_open else watched.look_again_at(reached))

    def fall_silent(self, watched: Watched, reached: Micros) -> None:
        """A device becomes silent. What waits for it is looked at in the next sweep: perhaps in vain."""
        self._fallen.add(watched.device)
        for child in self.dependence.waiting_for(watched.device):
            self.due.put(child, reached + 1)
        self.enter(watched, Presence.SILENT)

    def is_open(self, watched: Watched, reached: Micros) -> bool:
        """Whether something on which a device depends is just being judged: it has become silent, or will be looked at
        in the same sweep.
        """
        return any(
            each.device in self._fallen or (each.state is Presence.HEARD and self.due_of(each) <= reached)
            for device in self.dependence.ancestors_of(watched.device)
            if (each := self._watched.get(device)) is not None
        )

    def attend(self, watched: Watched) -> None:
        """Learn of the next words of the device, and of its parents, as long as somebody waits for them."""
        for parent in watched.parents:
            if watched.state is Presence.WAITING:
                self.dependence.wait(watched.device, parent)
            else:
                self.dependence.stop_waiting(watched.device, parent)
            self._attend(self._watched[parent])
        self._attend(watched)

    def finish(self) -> dict[str, WatchedRecord | None] | None:
        """The devices whose state has changed since the last call; None if none has."""
        self._fallen.clear()
        changed, self._changed = self._changed, {}
        return changed or None

    def _heard(self, watched: Watched) -> Position | None:
        return self._devices[watched.device].heard(self._devices.hearing)

    def _attend(self, watched: Watched) -> None:
        is_here = watched.state is Presence.HEARD and not self._devices[watched.device].aged
        is_waited_for = bool(self.dependence.waiting_for(watched.device))
        self._devices.attend(watched.device, is_awaited=not is_here or is_waited_for)

    def _record(self, watched: Watched) -> None:
        self._changed[watched.device] = watched.record()
