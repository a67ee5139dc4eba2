"""A door with a card reader and a lock: people come and go, and now and then one who may not."""

import random
from typing import ClassVar

from simulators.devices import battery
from simulators.metrics import Metrics
from simulators.model import Fault, Sensor

MEAN_BETWEEN = 90.0  # s between two people
UNLOCKED_SECONDS = 6.0
OPEN_SECONDS = 4.0
HELD_AFTER = 30.0  # s that a door may stand open
CARDS = {"04A1B2C3D4E580": "Li Wei", "04A1B2C3D4E581": "Zhang Min", "04A1B2C3D4E582": "Chen Jing"}
UNKNOWN_UID = "0499887766554433"


class AccessDoorFault(Fault):
    FORCED = "forced", "The door is opened though it is locked: forced until it is shut again."
    HELD_OPEN = "held_open", "Somebody wedges the door: held open from 30 seconds on."
    UNKNOWN_CARD = "unknown_card", "A card that nobody knows is tried every 10 seconds, and refused."
    TAMPER = battery.TAMPER


class AccessDoor(Sensor[AccessDoorFault]):
    """Reports every minute, at once when lock or door changes, and each card that is held to it."""

    report_every: ClassVar[float] = 60.0
    urgent = ("uid", "open", "locked", "forced", "held_open", "tamper")
    faults = AccessDoorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._next_visit = rng.expovariate(1.0 / MEAN_BETWEEN)  # model time, s
        self._unlocked_until = -1.0
        self._battery = battery.Battery(rng)  # of the contact
        self._open_for = 0.0  # s
        self._tried_at = -60.0

    @property
    def is_busy(self) -> bool:
        return self._stepped_at is not None and self._stepped_at < self._unlocked_until + self.period

    def _look(self, now: float, dt: float) -> Metrics:
        scan = self._visit(now)
        self._battery.step(dt, failing=False)
        forced = AccessDoorFault.FORCED in self.active
        wedged = AccessDoorFault.HELD_OPEN in self.active
        left = self._unlocked_until - now
        walked_through = 1.0 < UNLOCKED_SECONDS - left < 1.0 + OPEN_SECONDS
        open_ = forced or wedged or (left > 0.0 and walked_through)
        self._open_for = self._open_for + dt if open_ else 0.0
        return {
            "open": open_,
            "locked": left <= 0.0,
            "forced": forced,
            "held_open": self._open_for >= HELD_AFTER,
            "tamper": AccessDoorFault.TAMPER in self.active,
            "battery": self._battery.level,
            **scan,
        }

    def _visit(self, now: float) -> Metrics:
        """The card held to the reader at this moment, if any."""
        if AccessDoorFault.UNKNOWN_CARD in self.active and now - self._tried_at >= 10.0:
            self._tried_at = now
            return {"uid": UNKNOWN_UID, "last_event": "denied"}
        if now < self._next_visit:
            return {}
        self._next_visit = now + 2.0 * UNLOCKED_SECONDS + self._rng.expovariate(self.use / MEAN_BETWEEN)
        self._unlocked_until = now + UNLOCKED_SECONDS
        uid = self._rng.choice(list(CARDS))
        return {"uid": uid, "user": CARDS[uid], "last_event": "granted"}
