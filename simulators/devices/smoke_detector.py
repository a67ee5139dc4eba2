"""A battery smoke detector in a room that may smoulder, burn, gather dust, or have its detector tested.

Obscuration in dB/m is -10 log10(1 - obscuration per metre), so the alarm threshold of 5 %/m is 0.223 dB/m.
"""

import random
from typing import ClassVar

from simulators.devices import battery
from simulators.dynamics import Wander, lag
from simulators.metrics import Metrics
from simulators.model import Fault, Sensor

ALARM_AT = 0.223  # dB/m
ALARM_CLEARS_BELOW = 0.15  # dB/m
THICKEST = 2.0  # dB/m, a room one cannot see across
SMOULDERING_SECONDS = 210.0  # until the room's smoke reaches the threshold
FLAMING_SECONDS = 25.0
SELF_TEST_SECONDS = 10.0
DUST_SECONDS = 300.0  # from a clean chamber to a critical one
DUST_OBSCURATION = 0.1  # dB/m read in clean air by a critically dirty chamber


class SmokeDetectorFault(Fault):
    SLOW_FIRE = "slow_fire", "A smouldering fire: obscuration grows for minutes; smoke from 0.223 dB/m (5 %/m)."
    FAST_FIRE = "fast_fire", "A flaming fire: smoke within a minute, and the temperature climbs."
    BATTERY_LOW = battery.LOW
    CONTAMINATION = "contamination", "Dust takes the chamber from normal to critical in 5 minutes, then fault is set."
    SELF_TEST = "self_test", "Somebody presses the test button: test and smoke for 10 seconds. It is not a fire."
    HEAD_REMOVED = "head_removed", "The head is taken off its base: tamper and fault until it is put back."


class SmokeDetector(Sensor[SmokeDetectorFault]):
    """Looks every second; reports every 10 s, and at once when smoke, test or tamper changes."""

    report_every: ClassVar[float] = 10.0
    urgent = ("smoke", "test", "tamper")
    faults = SmokeDetectorFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._haze = Wander(rng, spread=0.004, tau=120.0)
        self._draught = Wander(rng, spread=0.6, tau=900.0)
        self._room_temperature = rng.uniform(19.0, 24.0)  # degC
        self._heat = 0.0  # K above the room
        self._battery = battery.Battery(rng)
        self._dust = 0.0  # 0 clean, 1 critical
        self._burning = 0.0  # s since ignition
        self._smoke_in_room = 0.0  # dB/m
        self._smoke_in_chamber = 0.0  # dB/m
        self._testing = 0.0  # s since the button was pressed
        self._alarm = False

    def _look(self, now: float, dt: float) -> Metrics:
        self._burn(dt)
        self._age(dt)
        self._testing = self._testing + dt if SmokeDetectorFault.SELF_TEST in self.active else 0.0
        obscuration = max(0.0, 0.012 + self._haze.step(dt)) + DUST_OBSCURATION * self._dust + self._smoke_in_chamber
        self._alarm = obscuration >= (ALARM_CLEARS_BELOW if self._alarm else ALARM_AT)
        temperature = self._room_temperature + self._draught.step(dt) + self._heat

        test = SmokeDetectorFault.SELF_TEST in self.active and self._testing <= SELF_TEST_SECONDS
        tamper = SmokeDetectorFault.HEAD_REMOVED in self.active
        smoke = (self._alarm or test) and not tamper
        return {
            "smoke": smoke,
            "test": test,
            "obscuration": round(obscuration, 4),
            "temperature": round(temperature, 1),
            "battery": self._battery.level,
            "contamination": self._contamination,
            "tamper": tamper,
            "fault": tamper or self._contamination == "critical",
        }

    def _burn(self, dt: float) -> None:
        """Smoke grows with the square of the time since ignition, and airs out within minutes of the end."""
        fast = SmokeDetectorFault.FAST_FIRE in self.active
        burning = fast or SmokeDetectorFault.SLOW_FIRE in self.active
        self._burning = self._burning + dt if burning else 0.0
        if burning:
            to_threshold = FLAMING_SECONDS if fast else SMOULDERING_SECONDS
            self._smoke_in_room = min(
                THICKEST, max(self._smoke_in_room, ALARM_AT * (self._burning / to_threshold) ** 2)
            )
        else:
            self._smoke_in_room = lag(self._smoke_in_room, 0.0, dt=dt, tau=40.0)
        self._smoke_in_chamber = lag(self._smoke_in_chamber, self._smoke_in_room, dt=dt, tau=8.0)
        hottest = 45.0 if fast else 4.0 if burning else 0.0
        self._heat = lag(self._heat, hottest, dt=dt, tau=60.0 if fast else 180.0)

    def _age(self, dt: float) -> None:
        """The battery empties slowly, or within minutes when it fails; dust settles only in a fault."""
        self._battery.step(dt, failing=SmokeDetectorFault.BATTERY_LOW in self.active)
        if SmokeDetectorFault.CONTAMINATION in self.active:
            self._dust = min(1.0, self._dust + dt / DUST_SECONDS)

    @property
    def _contamination(self) -> str:
        if self._dust >= 0.9:
            return "critical"
        if self._dust >= 0.55:
            return "medium"
        return "light" if self._dust >= 0.2 else "normal"

    def _repair(self, fault: SmokeDetectorFault) -> None:
        if fault is SmokeDetectorFault.BATTERY_LOW:
            self._battery.replace()
        elif fault is SmokeDetectorFault.CONTAMINATION:
            self._dust = 0.0
