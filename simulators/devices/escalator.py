"""An escalator: a step band, its handrail, and the safety devices that stop them.

Fault codes are those of GB/T 24476: 61 safety circuit, 62 overspeed, 63 reversal, 64 missing step.
"""

import random
from typing import ClassVar

from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

RATED_SPEED = 0.5  # m/s
UP = 1
MODE_STOPPED, MODE_NORMAL = 0, 1
UNTIL_BRAKED = 4.0  # s from a wrong movement to the brake
SLIPPING = 0.8  # of the step band's speed


class EscalatorFault(Fault):
    EMERGENCY_STOP = "emergency_stop", "Somebody hits the stop button: it stands (fault code 61) until it is reset."
    OVERSPEED = "overspeed", "The step band runs at 1.25 times its rated speed, then brakes to a halt (fault code 62)."
    REVERSAL = "reversal", "Going up, it slips back downwards with people on it, then brakes (fault code 63)."
    MISSING_STEP = "missing_step", "A step is missing: it stops before the gap comes up (fault code 64)."
    HANDRAIL_SLOW = "handrail_slow", "The right handrail slips and falls a fifth behind the steps; it keeps running."


# The code of each fault that stops it, and the speed it makes before the brake bites, in rated speeds.
_STOPS = {
    EscalatorFault.EMERGENCY_STOP: (61, 0.0),
    EscalatorFault.OVERSPEED: (62, 1.25),
    EscalatorFault.REVERSAL: (63, -0.4),
    EscalatorFault.MISSING_STEP: (64, 0.0),
}


class Escalator(DeviceModel[EscalatorFault]):
    """Runs upwards all day. Reports every second."""

    period: ClassVar[float] = 1.0
    faults = EscalatorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._drift = Wander(rng, spread=0.004, tau=60.0)
        self._speed = RATED_SPEED
        self._wrong_for = 0.0  # s that a fault which stops it has lasted
        self._run_seconds = rng.uniform(2000.0, 20_000.0) * 3600.0

    def _advance(self, now: float, dt: float) -> Metrics:
        stopping = next((fault for fault in _STOPS if fault in self.active), None)
        self._wrong_for = self._wrong_for + dt if stopping else 0.0
        code, wanted = _STOPS[stopping] if stopping else (0, 1.0)
        if stopping and self._wrong_for > UNTIL_BRAKED:
            wanted = 0.0
        self._speed = lag(self._speed, wanted * RATED_SPEED, dt=dt, tau=0.6)
        running = abs(self._speed) > 0.01
        speed = self._speed + self._drift.step(dt) if running else 0.0
        self._run_seconds += dt if running else 0.0
        handrail = 100.0 * abs(speed) / RATED_SPEED
        slip = SLIPPING if EscalatorFault.HANDRAIL_SLOW in self.active else 1.0
        return {
            "service_mode": MODE_STOPPED if stopping and not running else MODE_NORMAL,
            "running": running,
            "direction": (UP if speed > 0.0 else 2) if running else 0,
            "speed": round(abs(speed), 3),
            "handrail_left": round(handrail, 1),
            "handrail_right": round(handrail * slip, 1),
            "fault_code": code,
            "run_hours": round(self._run_seconds / 3600.0, 2),
        }
