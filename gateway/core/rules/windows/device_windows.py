"""All windows of one device: what enters them, and at which time they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.core.devices.device import Device
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.floors import Floor
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.kinds import StoredWindow, StoredWindows, stored_window, window_of
from gateway.core.rules.windows.looks import Looks
from gateway.core.rules.windows.readers import Readers
from gateway.core.rules.windows.sample_windows import RateWindow
from gateway.core.rules.windows.stamp_order import StampOrder
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
        *("_by_derivation", "_device", "_heard_since", "_last", "_order", "_readers", "_restored", "_windows"),
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
        self._order = StampOrder()
        self._heard_since: Micros | None = None
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
            reached = self.reached, self.received
            is_late = self._order.is_late(time, received, values, reached=reached, move=self.move)
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

    def reach(self, floors: Iterable[Floor]) -> bool:
        """Whether a value may have reached one of these."""
        return any(self._by_derivation[derivation].most >= least for derivation, least in floors)

    def derived(self, let: Mapping[str, Derivation], now: Micros) -> dict[str, Derived]:
        """The values of derivations when it is now by the gateway's clock, by name, without those that are unknown."""
        self.looked_at = max(self.looked_at, now)
        at, facts = self.at(now), self._device.facts
        found: dict[str, Derived] = {}
        for name, each in let.items():
            window = self._by_derivation[each.key]
            if not window.is_timed:  # it is as it was with the latest reading: silence is no measurement
                derived = window.derived(self.reached or at)
            elif window.goes_on is not None and window.goes_on(facts) is None:
                continue  # the state with which it goes on has become unknown, as a metric is stale
            else:
                derived = window.derived(at)
            if derived is not None:
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
        self._order.move(by, since)
        if self._heard_since is not None and self._heard_since >= since:
            self._heard_since += by

    def clock_set(self, by: Micros, since: Micros) -> None:
        """The gateway's clock was set: what it has told since then is later by so much. The device's stamps stay."""
        if self.reached and self.reached in self._order.stamped.values():
            self.looks.forget()
            for window in self._windows:
                window.begin += by if window.begin >= since else 0
        else:
            self.move(by, since)
        self.received += by if self.received and self.received >= since else 0
        self.looked_at += by if self.looked_at and self.looked_at >= since else 0
        self._order.clock_set(by, since)
        self.is_changed = True

    def stored(self, position: int) -> StoredWindows:
        """The row to store, when message `position` is the next."""
        self.is_changed = self.has_new = False
        return StoredWindows(
            self.id,
            position,
            self.reached,
            self.received,
            self._order.pace,
            self._heard_since,
            dict(self._order.stamped),
            None if self._last is None else self.evidence(0),
            tuple(map(stored_window, self._windows)),
        )

    def restore(self, row: StoredWindows | None) -> None:
        """Restore what is still declared; what is new begins with what the device said last."""
        stored: dict[str, StoredWindow] = {}
        if row is not None:
            self.reached, self.received, self._order.pace = row.reached, row.received, row.pace
            self._heard_since, self._order.stamped, self._last = row.heard_since, dict(row.stamped), row.last
            stored = {each.key: each for each in row.windows}
        for window in self._windows:
            found = stored.get(window.key)
            if found is not None and window.restore(found.content):
                window.begin = found.begin
                self._restored.append(window)
            else:
                window.begin_with(self._device.facts, self._device.times)
                self.has_new = True

    def _tell_heard(self) -> None:
        for window in self._windows:
            if isinstance(window, RateWindow):
                window.heard_since = self._heard_since


def _without_message(reading: Reading) -> Evidence:
    """The evidence of a reading of which the journal has not kept the message."""
    return Evidence(0, "", "", reading.received, reading.time, reading.values)
