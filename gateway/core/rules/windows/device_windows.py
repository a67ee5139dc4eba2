"""All windows of one device: what enters them, and at which time they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.core.devices.device import LATE_AFTER, PACE_TOLERANCE, Device
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.kinds import StoredWindow, StoredWindows, stored_window, window_of
from gateway.core.rules.windows.let import LASTING
from gateway.core.rules.windows.looks import Looks
from gateway.core.rules.windows.readers import Readers
from gateway.core.rules.windows.sample_windows import RateWindow
from gateway.core.rules.windows.thresholds import Thresholds
from gateway.core.rules.windows.window import Derived, Window
from gateway.core.telemetry.readings import OF_EARLIER, STALE, STAMPED, Message, Reading

_NO_THRESHOLDS: Mapping[str, Thresholds] = {}


class DeviceWindows:
    """The windows of one device, each once, however many rules declare it.

    They stand at the time that its latest reading has reached, and go on from there with the gateway's clock: the feed
    of a device that lags is judged with its own lag. A stamp in the future counts as the time received.
    """

    __slots__ = (
        *("_by_derivation", "_device", "_heard_since", "_last", "_pace", "_readers", "_restored", "_stamped"),
        "_windows",
        *("has_new", "id", "is_changed", "looked_at", "looks", "reached", "received"),
    )

    def __init__(
        self,
        derivations: Iterable[Derivation],
        device: Device,
        begin: Micros,
        gaps: Gaps,
        thresholds: Mapping[str, Thresholds] = _NO_THRESHOLDS,
    ) -> None:
        """`thresholds` of the derivations, by their key; without some, any change of a value may matter."""
        self.id = device.spec.id
        self._device = device
        attributes = device.profile.attributes_of(device.spec.attributes)
        by_key: dict[str, Window] = {}
        self._by_derivation: dict[str, Window] = {}
        """By the keys of derivations."""
        for each in derivations:
            key = each.key_on(attributes)
            window = by_key.get(key) or by_key.setdefault(key, window_of(each, key, begin, gaps, device.facts))
            self._by_derivation[each.key] = window
        self._windows = tuple(by_key.values())
        self._readers = Readers(self._windows)
        self.looks = Looks(self._windows, thresholds)
        self._restored: list[Window] = []
        """Those that go on from an earlier run."""
        self.reached: Micros = 0
        """The time of the latest reading; 0 before the first."""
        self.received: Micros = 0
        """When that was received."""
        self.looked_at: Micros = 0
        """When values were derived last, by the gateway's clock."""
        self._pace = (0, 0)
        """Stamp and time received of the latest stamped message."""
        self._heard_since: Micros | None = None
        self._stamped: dict[str, Micros] = {}
        """The latest stamp of each metric whose latest value was stamped."""
        self._last: Evidence | tuple[Message, Reading, int] | None = None
        self.is_changed = False
        """Whether something is not saved."""
        self.has_new = False
        """Whether a window has begun in this run, so that it must be saved now: a restart goes on with it."""

    def __iter__(self) -> Iterator[Window]:
        return iter(self._windows)

    @property
    def size(self) -> int:
        """Samples in all."""
        return sum(window.size for window in self._windows)

    @property
    def lost(self) -> int:
        """Samples of this run that left early, as there was no room."""
        return sum(window.lost for window in self._windows)

    def at(self, now: Micros) -> Micros:
        """The time by the feed of the device, when it is now by the gateway's clock."""
        return self.reached + max(0, now - self.received) if self.reached else now

    def read(self, reading: Reading, message: Message | None = None, number: int = 0) -> None:
        """Read a reading: also one that is late, or of the past, if it is within the window.

        Args:
            message: None where the journal has the reading alone: windows that are new do not read it.
        """
        origin, received, values = reading.origin, reading.received, reading.values
        if origin == STALE:
            return
        self.is_changed = True
        time, is_late = min(reading.time, received), origin in OF_EARLIER
        if origin == STAMPED:
            is_late = self._order(time, received, values)
        if self._heard_since is None and not is_late:
            self._heard_since = time
            self._tell_heard()
        if time >= self.reached and not is_late:
            self.reached, self.received = time, received
        if not is_late:
            self._last = (message, reading, number) if message is not None else _without_message(reading)
        latest = self.reached or received
        for window in self._readers.of(values):
            if is_late and window.derivation.over and time <= latest - window.derivation.over:
                continue
            if message is not None or window in self._restored:
                window.read(time, values, is_late=is_late)

    def derived(self, let: Mapping[str, Derivation], now: Micros) -> dict[str, Derived]:
        """The values of derivations when it is now by the gateway's clock, by name, without those that are unknown."""
        at = self.at(now)
        self.looked_at = max(self.looked_at, now)
        found: dict[str, Derived] = {}
        for name, each in let.items():
            if (derived := self._derived(each, at)) is not None:
                found[name] = derived
        return found

    def next_look(self, now: Micros, *, is_look: bool = False) -> Micros | None:
        """When to look at them next, after a reading or a look; None while time changes no verdict."""
        self.looked_at = max(self.looked_at, now)
        return self.looks.next(now, self.at(now), is_look=is_look)

    def evidence(self, now: Micros) -> Evidence:
        """The latest reading, where time alone has decided."""
        if self._last is None:
            return Evidence.lost(now)
        if isinstance(self._last, tuple):
            message, reading, number = self._last
            self._last = Evidence.of(message, reading, number)
        return self._last

    def move(self, by: Micros, since: Micros) -> None:
        """Move the times from `since` on."""
        self.is_changed = True
        self.looks.forget()
        for window in self._windows:
            window.move(by, since)
        self.reached += by if self.reached and self.reached >= since else 0
        self._stamped = {name: time + by if time >= since else time for name, time in self._stamped.items()}
        if self._heard_since is not None and self._heard_since >= since:
            self._heard_since += by

    def clock_set(self, by: Micros, since: Micros) -> None:
        """The gateway's clock was set: what it has told since then is later by so much. The device's stamps stay."""
        if self.reached and self.reached in self._stamped.values():
            self.looks.forget()
            for window in self._windows:
                window.begin += by if window.begin >= since else 0
        else:
            self.move(by, since)
        self.received += by if self.received and self.received >= since else 0
        self.looked_at += by if self.looked_at and self.looked_at >= since else 0
        stamp, received = self._pace
        self._pace = stamp, received + by if received and received >= since else received
        self.is_changed = True

    def stored(self, position: int) -> StoredWindows:
        """The row to store, when message `position` is the next."""
        self.is_changed = self.has_new = False
        return StoredWindows(
            self.id,
            position,
            self.reached,
            self.received,
            self._pace,
            self._heard_since,
            dict(self._stamped),
            None if self._last is None else self.evidence(0),
            tuple(map(stored_window, self._windows)),
        )

    def restore(self, row: StoredWindows | None) -> None:
        """Restore what is still declared; what is new begins with what the device said last."""
        stored: dict[str, StoredWindow] = {}
        if row is not None:
            self.reached, self.received, self._pace = row.reached, row.received, row.pace
            self._heard_since, self._stamped, self._last = row.heard_since, dict(row.stamped), row.last
            stored = {each.key: each for each in row.windows}
        for window in self._windows:
            found = stored.get(window.key)
            if found is not None and window.restore(found.content):
                window.begin = found.begin
                self._restored.append(window)
            else:
                window.begin_with(self._device.facts, self._device.times)
                self.has_new = True

    def _derived(self, derivation: Derivation, at: Micros) -> Derived | None:
        """A value; None where it is unknown, or goes on with a state that has become unknown, as a metric is stale.

        What time does not move is as it was with the latest reading: silence is no measurement.
        """
        if not derivation.is_timed:
            return self._by_derivation[derivation.key].derived(self.reached or at)
        condition = derivation.condition
        if condition is not None and derivation.function in LASTING and condition(self._device.facts) is None:
            return None
        return self._by_derivation[derivation.key].derived(at)

    def _order(self, time: Micros, received: Micros, values: Mapping[str, Value]) -> bool:
        """Whether a stamped reading is late. Where the device's clock was set back, what was said before moves along.

        It is late if each of its metrics has a later stamp. Its clock was set back if the stamp is close to the time
        received, or goes on as fast as that since the message before (as `Device` finds it).
        """
        stamped, (pace, received_before) = self._stamped, self._pace
        self._pace = time, received
        if time >= self.reached:  # no stamp is later than that
            stamped.update(dict.fromkeys(values, time))
            return False
        latest = [stamped[name] for name in values if name in stamped]
        if latest and max(latest) > time:
            elapsed, by_stamps = received - received_before, time - pace
            was_set_back = received - time <= LATE_AFTER or (
                elapsed >= PACE_TOLERANCE and abs(elapsed - by_stamps) <= max(PACE_TOLERANCE, elapsed // 10)
            )
            if was_set_back:
                step = (received - time) - (self.received - self.reached)
                if step > 0:
                    self.move(-step, 0)
            elif len(latest) == len(values) and min(latest) > time:
                return True
        for name in values:
            stamped[name] = max(time, stamped.get(name, 0))
        return False

    def _tell_heard(self) -> None:
        for window in self._windows:
            if isinstance(window, RateWindow):
                window.heard_since = self._heard_since


def _without_message(reading: Reading) -> Evidence:
    """The evidence of a reading of which the journal has not kept the message."""
    return Evidence(0, "", "", reading.received, reading.time, reading.values)
