"""The order of a device's stamped readings: which are late, and when its clock was set back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.devices.device import LATE_AFTER, PACE_TOLERANCE
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


class StampOrder:
    """The latest stamps of one device."""

    __slots__ = ("pace", "stamped")

    def __init__(self) -> None:
        self.pace = (0, 0)
        """Stamp and time received of the latest stamped message."""
        self.stamped: dict[str, Micros] = {}
        """The latest stamp of each metric whose latest value was stamped."""

    def is_late(
        self,
        time: Micros,
        received: Micros,
        values: Mapping[str, Value],
        *,
        reached: tuple[Micros, Micros],
        move: Callable[[Micros, Micros], None],
    ) -> bool:
        """Whether a reading is late. Where the device's clock was set back, what was said before moves along.

        It is late if each of its metrics has a later stamp. Its clock was set back if the stamp is close to the time
        received, or goes on as fast as that since the message before (as `Device` finds it).

        Args:
            reached: the time of the latest reading, and when that was received.
            move: moves all times of the device's windows by so much, from a time on.
        """
        stamped, (pace, received_before) = self.stamped, self.pace
        self.pace = time, received
        if time >= reached[0]:  # no stamp is later than that
            for name in values:
                stamped[name] = time
            return False
        latest = [stamped[name] for name in values if name in stamped]
        if latest and max(latest) > time:
            elapsed, by_stamps = received - received_before, time - pace
            was_set_back = received - time <= LATE_AFTER or (
                elapsed >= PACE_TOLERANCE and abs(elapsed - by_stamps) <= max(PACE_TOLERANCE, elapsed // 10)
            )
            if was_set_back:
                step = (received - time) - (reached[1] - reached[0])
                if step > 0:
                    move(-step, 0)
            elif len(latest) == len(values) and min(latest) > time:
                return True
        stamped = self.stamped
        for name in values:
            stamped[name] = max(time, stamped.get(name, 0))
        return False

    def move(self, by: Micros, since: Micros) -> None:
        """Move the stamps from `since` on."""
        self.stamped = {name: time + by if time >= since else time for name, time in self.stamped.items()}

    def clock_set(self, by: Micros, since: Micros) -> None:
        """The gateway's clock was set: what it has told since then is later by so much."""
        stamp, received = self.pace
        self.pace = stamp, received + by if received and received >= since else received
