"""The clock: the only module that reads the time of day. All others are given a `Clock`, or `now`."""

from __future__ import annotations

import asyncio
import ctypes
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros, Now, isoformat

EARLIEST: Micros = 1_735_689_600 * SECOND
"""2025-01-01: before this release, so a clock that shows less is wrong."""

_BEHIND: Micros = MINUTE
"""A clock that was slow or fast by so much, and corrected while the gateway was stopped, is no doubt."""
_DOUBTED_FOR: Micros = HOUR
"""Then the machine's clock is believed, if it may be right at all: the stored times may be those that were wrong."""
_UNVOUCHED_FOR: Micros = DAY
"""Then nobody is expected to set the machine's clock any more."""
_BATTERY_CLOCKS = Path("/sys/class/rtc")
_ASK_KERNEL_EVERY_S = 1.0
_STEADY: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_TIMEX_BYTES = 256
"""The kernel's struct timex has 208; all 0 means that nothing is to be set."""
_NOT_SYNCHRONISED = 5


def steady_s() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps, where it has one that does."""
    return time.clock_gettime(_STEADY)


@dataclass(slots=True)
class Clock:
    """The wall clock; at another speed than 1, one that starts with it and runs faster, for the demo and tests.

    A machine whose clock has no battery starts in the past. After `begin` this clock then counts on from the latest
    time that is known to have been, until the machine's is set right.
    """

    speed: float = 1.0
    _start: tuple[Micros, float] = field(default_factory=lambda: (time.time_ns() // 1_000, steady_s()))
    _seen: tuple[Micros, float] | None = None
    _is_reckoned: bool = False
    """Whether it runs by the steady clock, from `_start`."""
    _shown: Micros = 0
    """What the machine's clock showed at `_start`."""
    _unvouched_since: float | None = None
    """Since when nobody vouches for the machine's clock, or has set it without vouching for it; by the steady clock."""
    _asked_kernel_at: float = float("-inf")
    _kernel_vouches: bool = False
    doubt: str = ""
    """A sentence while the time is known to be wrong; else empty."""

    @property
    def is_certain(self) -> bool:
        """Whether the clock is not expected to be set right any more."""
        return not self.doubt and self._unvouched_since is None

    def __post_init__(self) -> None:
        self._is_reckoned = self.speed != 1.0

    def begin(self, latest: Micros, *, is_vouched_for: bool = False) -> None:
        """Doubt the machine's clock if it shows a time before `latest`, the latest stored by earlier runs (or 0).

        A clock that a time server keeps right is not doubted: what was stored came from a wrong one. Where there is no
        server yet, and no clock with a battery that shows the same, a machine often starts at its last shutdown, which
        looks right: nothing is said, but the clock may still be set.

        Args:
            latest: in microseconds since the epoch.
            is_vouched_for: whether the operator says that something keeps it right of which the kernel tells nothing.
                Then a time that looks right is right. One that is past is doubted all the same.
        """
        shown, after = self.now(), max(latest, EARLIEST)
        if self.speed != 1.0 or self._is_vouched_for():
            return
        self._seen = shown, steady_s()
        if not (is_vouched_for or is_kept_by_battery(shown)):
            self._unvouched_since = steady_s()
        if shown >= after - _BEHIND:
            return
        self._start = self._seen = after, steady_s()
        self._is_reckoned, self._shown = True, shown
        self.doubt = (
            f"the clock showed {isoformat(shown)} at the start, which is past: until it is set, as by a time server, "
            f"times and deadlines are reckoned from {isoformat(after)}, and too early"
        )

    def now(self) -> Micros:
        """Microseconds since the epoch, UTC."""
        if not self._is_reckoned:
            return time.time_ns() // 1_000
        wall, monotonic = self._start
        return wall + round((steady_s() - monotonic) * self.speed * SECOND)

    def moment(self) -> Now:
        """The same time of day, with the steady instant that belongs to it."""
        return Now(round(steady_s() * self.speed * SECOND), self.now())

    def set_by(self) -> Micros:
        """By how much the clock was set since the last call; 0 for less than a second, as when NTP slews it.

        The doubt ends here when the machine's clock is set, or past the reckoned time, when a time server keeps it
        right, and after an hour; but never while it shows a time that cannot be.
        """
        if self.doubt and self._is_right_again():
            self._is_reckoned, self.doubt = False, ""
        wall, monotonic = self.now(), steady_s()
        before, self._seen = self._seen, (wall, monotonic)
        step = 0 if before is None else wall - before[0] - round((monotonic - before[1]) * self.speed * SECOND)
        if abs(step) < SECOND * max(1.0, self.speed):
            step = 0
        if self._unvouched_since is not None and (step or monotonic - self._asked_kernel_at >= _ASK_KERNEL_EVERY_S):
            if step:
                self._unvouched_since = monotonic
            if self._is_vouched_for() or (monotonic - self._unvouched_since) * SECOND >= _UNVOUCHED_FOR:
                self._unvouched_since = None
        return step

    def _is_right_again(self) -> bool:
        shows, elapsed = time.time_ns() // 1_000, round((steady_s() - self._start[1]) * SECOND)
        was_set = abs(shows - self._shown - elapsed) >= SECOND
        if shows >= self.now() or (shows >= EARLIEST and (was_set or elapsed >= _DOUBTED_FOR)):
            return True
        return self._is_vouched_for()

    def _is_vouched_for(self) -> bool:
        """Whether a time server keeps the machine's clock right, as the kernel said at most a second ago."""
        if steady_s() - self._asked_kernel_at >= _ASK_KERNEL_EVERY_S:
            self._asked_kernel_at, self._kernel_vouches = steady_s(), is_synchronised()
        return self._kernel_vouches

    async def sleep(self, duration: Micros) -> None:
        """Wait for `duration` of this clock's time; not at all when it is 0 or less."""
        await asyncio.sleep(max(0.0, duration / SECOND / self.speed))


def is_kept_by_battery(shown: Micros, clocks: Path = _BATTERY_CLOCKS) -> bool:
    """Whether the machine has a clock with a battery that shows this time."""
    for clock in clocks.glob("*/since_epoch"):
        try:
            seconds = int(clock.read_text())
        except (OSError, ValueError):  # it has never been set
            continue
        if abs(seconds * SECOND - shown) < _BEHIND:
            return True
    return False


def is_synchronised() -> bool:
    """Whether the kernel says that a time server keeps its clock right; False also where it cannot be asked."""
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):  # not Linux
        return False
    return 0 <= state < _NOT_SYNCHRONISED
