"""A passenger lift: calls, doors, a car that accelerates and brakes, and four faults.

Codes of service mode, car status, direction and fault are those of GB/T 24476.
"""

import math
import random
from enum import Enum, auto
from typing import ClassVar

from simulators.metrics import Metrics
from simulators.model import DeviceModel, Fault

FLOOR_HEIGHT = 3.0  # m
UNLOCKING_ZONE = 0.25  # m either side of a landing
ACCELERATION = 0.8  # m/s2, braking in service likewise
EMERGENCY_BRAKING = 3.0  # m/s2
OVERSPEED_RATIO = 1.3
EVACUATION_RATIO = 0.3  # of the rated speed, on emergency power
DOOR_SECONDS = 2.0
DWELL_SECONDS = 4.0
MEAN_IDLE_SECONDS = 45.0
SUBSTEP = 0.1  # s, of the integration

MODE_NORMAL, MODE_EMERGENCY_POWER = 1, 5
DOOR_CLOSE_FAULT, STOPPED_OUTSIDE_UNLOCKING_ZONE = 2, 4


class ElevatorFault(Fault):
    ENTRAPMENT = (
        "entrapment",
        "The car stops between floors with a passenger in it (fault code 4) until the fault ends.",
    )
    DOOR_FAULT = "door_fault", "At its next stop the door opens and does not close again (fault code 2)."
    OVERSPEED = "overspeed", "The drive loses its speed control: long runs at 1.3 times the rated speed."
    MAINS_LOST = "mains_lost", "On emergency power the car creeps to the next floor, lets people out and parks."


class Phase(Enum):
    IDLE = auto()
    TRAVELLING = auto()
    TRAPPED = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSING = auto()


class Elevator(DeviceModel[ElevatorFault]):
    """One car, one passenger at a time: called to a floor, boarded, taken to another. Reports every second."""

    period: ClassVar[float] = 1.0
    longest_step: ClassVar[float] = 1.0
    faults = ElevatorFault

    def __init__(self, rng: random.Random, *, floors: int = 12, rated_speed: float = 1.75) -> None:
        """`floors`: landings, counted from 1; `rated_speed` in m/s."""
        super().__init__(rng)
        self._floors = floors
        self._rated_speed = rated_speed
        self._phase = Phase.IDLE
        self._left = rng.uniform(5.0, MEAN_IDLE_SECONDS)  # s that the phase still lasts
        self._position = rng.randrange(floors) * FLOOR_HEIGHT  # m above the lowest landing
        self._speed = 0.0  # m/s
        self._target = self._position
        self._pick_up: float | None = None  # where a passenger waits, m
        self._destination = 0.0  # where they want to go, m
        self._aboard = False
        self._run_count = rng.randrange(20_000, 400_000)
        self._run_seconds = self._run_count * 14.0

    def _advance(self, now: float, dt: float) -> Metrics:
        for _ in range(round(dt / SUBSTEP)):
            self._substep()
        moving = self._speed > 0.0
        return {
            "service_mode": MODE_EMERGENCY_POWER if self._mains_lost else MODE_NORMAL,
            "car_status": int(moving),
            "direction": (1 if self._target > self._position else 2) if moving else 0,
            "floor": round(self._position / FLOOR_HEIGHT) + 1,
            "door_zone": self._off_landing <= UNLOCKING_ZONE,
            "door_closed": self._phase in (Phase.IDLE, Phase.TRAVELLING, Phase.TRAPPED),
            "passenger_present": self._aboard,
            "speed": round(self._speed, 3),
            "mains_present": not self._mains_lost,
            "fault_code": self._fault_code(),
            "run_count": self._run_count,
            "run_hours": round(self._run_seconds / 3600.0, 3),
        }

    @property
    def is_busy(self) -> bool:
        return self._phase is not Phase.IDLE

    def _pass_over(self, seconds: float) -> None:
        """While it is idle, the next call comes nearer."""
        if self._phase is Phase.IDLE:
            self._left -= seconds * self.use

    def _substep(self) -> None:
        self._left -= SUBSTEP
        match self._phase:
            case Phase.IDLE:
                self._wait_for_call()
            case Phase.TRAVELLING:
                self._travel()
            case Phase.TRAPPED:
                self._brake()
            case Phase.OPENING if self._left <= 0.0:
                self._exchange_passengers()
                self._enter(Phase.OPEN, DWELL_SECONDS)
            case Phase.OPEN if self._left <= 0.0 and ElevatorFault.DOOR_FAULT not in self.active:
                self._enter(Phase.CLOSING, DOOR_SECONDS)
            case Phase.CLOSING if ElevatorFault.DOOR_FAULT in self.active:
                self._enter(Phase.OPEN, 0.0)
            case Phase.CLOSING if self._left <= 0.0:
                self._depart()

    def _wait_for_call(self) -> None:
        """Take the next call; a fault that needs a trip to show itself brings a passenger at once."""
        if self._mains_lost or (self._left > 0.0 and not self._provoked):
            return
        here = round(self._position / FLOOR_HEIGHT)
        origin = here if self._provoked else self._rng.choice((0, self._rng.randrange(self._floors)))
        self._pick_up = origin * FLOOR_HEIGHT
        if origin == here:
            self._enter(Phase.OPENING, DOOR_SECONDS)
        else:
            self._start_run(self._pick_up)

    def _exchange_passengers(self) -> None:
        """Doors open: whoever is aboard leaves, whoever waits here gets in."""
        self._aboard = False
        if self._pick_up == self._position and not self._mains_lost:
            self._aboard = True
            self._destination = self._choose_destination()
        self._pick_up = None

    def _choose_destination(self) -> float:
        here, top = round(self._position / FLOOR_HEIGHT), self._floors - 1
        if self._provoked:
            return FLOOR_HEIGHT * (top if here <= top / 2 else 0)
        others = [floor for floor in range(self._floors) if floor != here]
        return FLOOR_HEIGHT * (0 if here and self._rng.random() < 0.7 else self._rng.choice(others))

    def _depart(self) -> None:
        if not self._aboard:
            self._enter(Phase.IDLE, self._rng.expovariate(1.0 / MEAN_IDLE_SECONDS))
        elif self._mains_lost:
            self._enter(Phase.OPENING, DOOR_SECONDS)
        else:
            self._start_run(self._destination)

    def _start_run(self, target: float) -> None:
        self._target = target
        self._run_count += 1
        self._enter(Phase.TRAVELLING, 0.0)

    def _travel(self) -> None:
        trapping = ElevatorFault.ENTRAPMENT in self.active
        if trapping and self._aboard and self._off_landing > FLOOR_HEIGHT / 3:
            self._enter(Phase.TRAPPED, 0.0)
            return
        if self._mains_lost or (trapping and not self._aboard):
            self._stop_at_next_landing()
        remaining = abs(self._target - self._position)
        braking_curve = math.sqrt(2.0 * ACCELERATION * remaining)
        change = ACCELERATION * SUBSTEP
        self._speed = min(braking_curve, max(self._speed - change, min(self._speed_limit, self._speed + change)))
        self._move(min(remaining, self._speed * SUBSTEP))
        if abs(self._target - self._position) < 0.01:
            self._position, self._speed = self._target, 0.0
            self._enter(Phase.OPENING, DOOR_SECONDS)

    def _stop_at_next_landing(self) -> None:
        """Shorten the run to the first landing ahead that the car can still brake for."""
        reach = self._speed**2 / (2.0 * ACCELERATION) + 0.05
        if self._target > self._position:
            landing = math.ceil((self._position + reach) / FLOOR_HEIGHT) * FLOOR_HEIGHT
            landing = min(landing, self._target)
        else:
            landing = math.floor((self._position - reach) / FLOOR_HEIGHT) * FLOOR_HEIGHT
            landing = max(landing, self._target)
        self._target = landing
        if self._pick_up is not None:
            self._pick_up = landing

    def _brake(self) -> None:
        """Stopped by the safety circuit; once the fault is over the run goes on to its landing."""
        self._speed = max(0.0, self._speed - EMERGENCY_BRAKING * SUBSTEP)
        self._move(self._speed * SUBSTEP)
        if ElevatorFault.ENTRAPMENT not in self.active:
            self._enter(Phase.TRAVELLING, 0.0)

    def _move(self, distance: float) -> None:
        self._position += math.copysign(distance, self._target - self._position)
        self._run_seconds += SUBSTEP

    def _enter(self, phase: Phase, seconds: float) -> None:
        self._phase = phase
        self._left = seconds

    def _fault_code(self) -> int:
        if self._phase is Phase.OPEN and self._left <= 0.0 and ElevatorFault.DOOR_FAULT in self.active:
            return DOOR_CLOSE_FAULT
        trapped = self._phase is Phase.TRAPPED and self._speed == 0.0
        return STOPPED_OUTSIDE_UNLOCKING_ZONE if trapped else 0

    @property
    def _speed_limit(self) -> float:
        if self._mains_lost:
            return self._rated_speed * EVACUATION_RATIO
        return self._rated_speed * (OVERSPEED_RATIO if ElevatorFault.OVERSPEED in self.active else 1.0)

    @property
    def _off_landing(self) -> float:
        """The distance to the nearest landing (m)."""
        return abs(self._position - round(self._position / FLOOR_HEIGHT) * FLOOR_HEIGHT)

    @property
    def _mains_lost(self) -> bool:
        return ElevatorFault.MAINS_LOST in self.active

    @property
    def _provoked(self) -> bool:
        return bool(self.active - {ElevatorFault.MAINS_LOST})
