"""The devices of a fleet, stepped through model time in order. Pure: a fleet and a seed give one telemetry."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.catalogue import DeviceClass, Model
from simulators.devices.elevator import Elevator
from simulators.devices.nfc_reader import NfcReader
from simulators.fleet import DeviceSpec, Fleet, RoundSpec
from simulators.guard import Guard, Stop
from simulators.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class FaultChange:
    """A fault that begins or ends at a moment of model time (s)."""

    at: float
    device: str
    fault: str
    begins: bool


def fault_changes(fleet: Fleet) -> list[FaultChange]:
    """Every begin and end that a fleet schedules, in order; at the same moment ends come first."""
    changes = [
        change
        for device in fleet.devices
        for fault in device.faults
        for change in (
            FaultChange(fault.at, device.id, fault.name, True),
            FaultChange(fault.until, device.id, fault.name, False),
        )
    ]
    return sorted(changes, key=lambda change: (change.at, change.begins))


def build_model(device: DeviceSpec, *, seed: int) -> Model:
    """The model of a device, with its own randomness: it does not depend on the other devices of the fleet."""
    rng = _rng(seed, device.id)
    if device.device_class is DeviceClass.ELEVATOR:
        return Elevator(rng, floors=device.floors, rated_speed=device.rated_speed)
    return device.device_class.model(rng)


class Simulation:
    """All devices and guards of a fleet."""

    def __init__(self, fleet: Fleet, *, seed: int = 0) -> None:
        self._specs = fleet.all_devices
        self._models = {spec.id: build_model(spec, seed=seed) for spec in self._specs}
        self._changes = fault_changes(fleet)
        self._guards = [self._guard(walk, seed) for walk in fleet.rounds]
        self._seed = seed

    def begin(self, device: str, fault: str) -> None:
        """Start a fault now, beside those scheduled; a `ValueError` if there is no such device or fault."""
        self._model(device).begin(fault)

    def end(self, device: str, fault: str) -> None:
        """End a fault now."""
        self._model(device).end(fault)

    def telemetry(self) -> Iterator[Telemetry]:
        """The telemetry of the fleet, in order of model time, without end. To be iterated once.

        The devices' steps are spread over their periods, so that they do not all report at the same moment.
        """
        due = [
            (_rng(self._seed, f"phase of {spec.id}").uniform(0.0, min(1.0, self._models[spec.id].period)), index)
            for index, spec in enumerate(self._specs)
        ]
        due += [(guard.due, len(self._specs) + index) for index, guard in enumerate(self._guards)]
        heapq.heapify(due)
        changes = iter(self._changes)
        change = next(changes, None)
        while due:
            now, index = due[0]
            while change is not None and change.at <= now:
                (self.begin if change.begins else self.end)(change.device, change.fault)
                change = next(changes, None)
            if index < len(self._specs):
                spec = self._specs[index]
                model = self._models[spec.id]
                metrics = model.step(now)
                if metrics is not None:
                    yield Telemetry(now, spec.id, spec.device_class, metrics)
                heapq.heapreplace(due, (now + model.period, index))
            else:
                guard = self._guards[index - len(self._specs)]
                scan = guard.arrive(now)
                if scan is not None:
                    reader = guard.readers[scan.reader]
                    yield Telemetry(now, scan.reader, DeviceClass.NFC_READER, reader.scan(scan.uid))
                heapq.heapreplace(due, (guard.due, index))

    def _guard(self, walk: RoundSpec, seed: int) -> Guard:
        return Guard(
            _rng(seed, f"round {walk.name}"),
            stops=[Stop(point.reader, point.uid, point.after) for point in walk.points],
            every=walk.every,
            start=walk.start,
            readers={id_: model for id_, model in self._models.items() if isinstance(model, NfcReader)},
        )

    def _model(self, device: str) -> Model:
        if device not in self._models:
            raise ValueError(f"no device {device!r} in this fleet")
        return self._models[device]


def _rng(seed: int, name: str) -> random.Random:
    return random.Random(f"{seed}/{name}")
