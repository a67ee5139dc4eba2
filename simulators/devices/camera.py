"""A camera whose recorder tracks objects: each has a new, some update and an end event."""

import random
from typing import ClassVar

from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

MEAN_BETWEEN = 180.0  # s between two passers-by
UPDATE_EVERY = 5.0  # s
HEARTBEAT = 60.0  # s
PASSING_SECONDS = 18.0


class CameraEventFault(Fault):
    INTRUSION = "intrusion", "A person stands in the zone forbidden until the fault ends."
    FIRE_LANE_BLOCKED = "fire_lane_blocked", "A car parks in the zone fire_lane: stationary, until the fault ends."
    SMOKE_SEEN = "smoke_seen", "The camera takes a plume in the zone garage for smoke."
    OFFLINE = "offline", "The picture is gone: online is false, no frames and no events."


# What each fault puts before the camera: its label and zone, and whether it stands.
_SCENES = {
    CameraEventFault.INTRUSION: ("person", "forbidden", False),
    CameraEventFault.FIRE_LANE_BLOCKED: ("car", "fire_lane", True),
    CameraEventFault.SMOKE_SEEN: ("smoke", "garage", False),
}


class CameraEvent(DeviceModel[CameraEventFault]):
    """Reports one object at a time, every 5 s while it is there; its own state every minute."""

    period: ClassVar[float] = 1.0
    faults = CameraEventFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._next_passer = rng.expovariate(1.0 / MEAN_BETWEEN)  # model time, s
        self._passing_until = -1.0
        self._scene: tuple[str, str, bool] | None = None  # label, zone, stationary
        self._number = rng.randrange(1, 1000)
        self._reported_at = 0.0
        self._beat = -HEARTBEAT
        self._score = 0.0

    @property
    def is_busy(self) -> bool:
        return self._scene is not None

    def _advance(self, now: float, dt: float) -> Metrics | None:
        online = CameraEventFault.OFFLINE not in self.active
        scene = self._seen(now) if online else None
        if scene != self._scene:
            return self._turn(now, scene)
        if scene is not None and now - self._reported_at >= UPDATE_EVERY:
            return self._event(now, "update")
        if now - self._beat >= HEARTBEAT:
            self._beat = now
            return {"online": online, "fps": round(self._rng.uniform(4.8, 5.2), 1) if online else 0.0}
        return None

    def _seen(self, now: float) -> tuple[str, str, bool] | None:
        for fault, scene in _SCENES.items():
            if fault in self.active:
                return scene
        if now >= self._next_passer:
            self._passing_until = now + PASSING_SECONDS
            self._next_passer = self._passing_until + 10.0 + self._rng.expovariate(self.use / MEAN_BETWEEN)
        return ("person", "entrance", False) if now < self._passing_until else None

    def _turn(self, now: float, scene: tuple[str, str, bool] | None) -> Metrics:
        """End the tracked object, or begin the next."""
        if self._scene is not None:
            end = self._event(now, "end")
            self._scene = None
            return end
        self._scene = scene
        self._number += 1
        self._score = self._rng.uniform(0.72, 0.85)
        return self._event(now, "new")

    def _event(self, now: float, event: str) -> Metrics:
        self._reported_at = now
        self._score = min(0.98, self._score + self._rng.uniform(0.0, 0.03))
        label, zone, stationary = self._scene or ("", "", False)
        return {
            "event": event,
            "event_id": str(self._number),
            "label": label,
            "zones": zone,
            "score": round(self._score, 3),
            "stationary": stationary,
        }
