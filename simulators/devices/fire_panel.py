"""A fire alarm control panel, by the lamps of GB/T 26875.3: fire, fault, shielded, supervisory, started, in test."""

import random
from typing import ClassVar

from simulators.dynamics import lag
from simulators.metrics import Metrics
from simulators.model import Fault, Sensor

SECOND_DETECTOR = 25.0  # s until the fire reaches the next detector
CHARGED, EMPTY = 27.2, 21.0  # V of the two 12 V standby batteries


class FirePanelFault(Fault):
    FIRE = "fire", "A detector and then a second one report fire, and the panel starts what it drives."
    FALSE_ALARM = "false_alarm", "One detector alone reports fire, for as long as the fault lasts."
    POINT_FAULT = "point_fault", "A loop is cut, and its points do not answer: bus fault."
    POINTS_DISABLED = "points_disabled", "Works in a corridor: some points are shielded, and see no fire."
    MAINS_LOST = "mains_lost", "The mains is gone: the panel runs on its batteries, under 25 V within the hour."
    BATTERY_FAULT = "battery_fault", "The standby batteries are worn: fault, though the mains is there."
    TEST_RUN = "test_run", "The yearly function test: it is in test, and points report fire in turn."


class FirePanel(Sensor[FirePanelFault]):
    """Reports every 30 s, and at once when a lamp changes."""

    report_every: ClassVar[float] = 30.0
    urgent = ("fire", "fault", "shielded", "started", "test_running", "mains_fault", "backup_fault", "bus_fault")
    faults = FirePanelFault

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._burning = 0.0  # s
        self._voltage = CHARGED - rng.uniform(0.0, 0.2)

    def _look(self, now: float, dt: float) -> Metrics:
        burns = FirePanelFault.FIRE in self.active
        self._burning = self._burning + dt if burns else 0.0
        test = FirePanelFault.TEST_RUN in self.active
        tested_point = test and now % 30.0 < 10.0
        bus = FirePanelFault.POINT_FAULT in self.active
        mains = FirePanelFault.MAINS_LOST in self.active
        backup = FirePanelFault.BATTERY_FAULT in self.active
        self._voltage = lag(self._voltage, EMPTY if mains or backup else CHARGED, dt=dt, tau=1800.0)
        return {
            "fire": burns or FirePanelFault.FALSE_ALARM in self.active or tested_point,
            "fault": bus or mains or backup,
            "shielded": FirePanelFault.POINTS_DISABLED in self.active,
            "supervisory": False,
            "started": self._burning > SECOND_DETECTOR,
            "test_running": test,
            "mains_fault": mains,
            "backup_fault": backup,
            "bus_fault": bus,
            "voltage": round(self._voltage, 2),
        }
