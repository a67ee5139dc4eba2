"""The clock: the only module that reads the time of day. All others are given a `Clock`, or `now`."""

from __future__ import annotations

import asyncio
import ctypes
import time
from dataclasses import dataclass, field

from gateway.core.kernel.times import HOUR, MINUTE, SECOND, Micros, Now, isoformat

EARLIEST: Micros = 1_735_689_600 * SECOND
"""2025-01-01: before this release, so a clock that shows less is wrong."""

_BEHIND: Micros = MINUTE
"""A clock that was slow or fast by so much, and corrected while the gateway was stopped, is no doubt."""
_DOUBTED_FOR: Micros = HOUR
"""Then the machine's clock is believed, if it may be right at all: the stored times may be those that were wrong."""
_ASK_KERNEL_EVERY_S = 1.0
_TIMEX_BYTES = 256
"""The kernel's struct timex has 208; all 0 means that nothing is to be set."""
_NOT_SYNCHRONISED = 5


@dataclass(slots=True)
class Clock:
    """The wall clock; at another speed than 1, one that starts with it and runs faster, for the demo and tests.

    A machine whose clock has no battery starts in the past. After `begin` this clock then counts on from the latest
    time that is known to have been, until the machine's is set right.
    """

    speed: float = 1.0
    _start: tuple[Micros, float] = field(default_factory=lambda: (time.time_ns() // 1_000, time.monotonic()))
    _seen: tuple[Micros, float] | None = None
    _is_reckoned: bool = False
    """Whether it runs by the steady clock, from `_start`."""
    _shown: Micros = 0
    """What the machine's clock showed at `_start`."""
    _asked_kernel_at: float = float("-inf")
    doubt: str = ""
    """A sentence while the time is not known; else empty."""

    def __post_init__(self) -> None:
        self._is_reckoned = self.speed != 1.0

    def begin(self, latest: Micros) -> None:
        """Doubt the machine's clock if it shows a time before `latest`, the latest stored by earlier runs (or 0).

        A clock that a time server keeps right is not doubted: what was stored came from a wrong one.
        """
        shown, after = self.now(), max(latest, EARLIEST)
        if self.speed != 1.0 or shown >= after - _BEHIND or is_synchronised():
            return
        self._start = self._seen = after, time.monotonic()
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
        return wall + round((time.monotonic() - monotonic) * self.speed * SECOND)

    def moment(self) -> Now:
        """The same time of day, with the steady instant that belongs to it."""
        return Now(round(time.monotonic() * self.speed * SECOND), self.now())

    def set_by(self) -> Micros:
        """By how much the clock was set since the last call; 0 for less than a second, as when NTP slews it.

        The doubt ends here when the machine's clock is set, or past the reckoned time, when a time server keeps it
        right, and after an hour; but never while it shows a time that cannot be.
        """
        if self.doubt and self._is_right_again():
            self._is_reckoned, self.doubt = False, ""
        wall, monotonic = self.now(), time.monotonic()
        before, self._seen = self._seen, (wall, monotonic)
        if before is None:
            return 0
        step = wall - before[0] - round((monotonic - before[1]) * self.speed * SECOND)
        return step if abs(step) >= SECOND * max(1.0, self.speed) else 0

    def _is_right_again(self) -> bool:
        shows, elapsed = time.time_ns() // 1_000, round((time.monotonic() - self._start[1]) * SECOND)
        was_set = abs(shows - self._shown - elapsed) >= SECOND
        if shows >= self.now() or (shows >= EARLIEST and (was_set or elapsed >= _DOUBTED_FOR)):
            return True
        if time.monotonic() - self._asked_kernel_at < _ASK_KERNEL_EVERY_S:
            return False
        self._asked_kernel_at = time.monotonic()
        return is_synchronised()

    async def sleep(self, duration: Micros) -> None:
        """Wait for `duration` of this clock's time; not at all when it is 0 or less."""
        await asyncio.sleep(max(0.0, duration / SECOND / self.speed))


def is_synchronised() -> bool:
    """Whether the kernel says that a time server keeps its clock right; False also where it cannot be asked."""
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):  # not Linux
        return False
    return 0 <= state < _NOT_SYNCHRONISED
