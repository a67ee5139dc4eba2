"""The devices of a fleet, stepped through model time in order. Pure: a fleet and a seed give one telemetry."""

import heapq
import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from simulators.catalogue import DeviceClass, Model
from simulators.devices.elevator import Elevator
from simulators.devices.nfc_reader import NfcReader
from simulators.fleet import DeviceSpec, Fleet, RoundSpec
from simulators.guard import Guard, Stop
from simulators.metrics import Value
from simulators.telemetry import Telemetry

WATCHED = 3600.0
"""s from the begin of a fault: what it does to a device has shown by then."""
SETTLING = 900.0
"""s from its end."""


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


@dataclass(slots=True)
class _Device:
    """A device that is stepped."""

    spec: DeviceSpec
    model: Model
    due: float
    """The model time (s) of its next step."""
    watched_until: float = -math.inf
    """Until when it is stepped at its period, as a fault has begun or ended (s of model time)."""
    told: tuple[Value, ...] = ()
    """While it has something under way, its states when it last reported: all that is no measured value."""


class Simulation:
    """All devices and guards of a fleet."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        seed: int = 0,
        calm_every: float | None = None,
        use: Callable[[float], float] = lambda _now: 1.0,
    ) -> None:
        """
        Args:
            calm_every: how often a device is stepped, in seconds, while no fault has begun within the last hour or
                ended within the last quarter of one, so that months pass in minutes. What it has under way then, such
                as a trip, is stepped at its period, and reported where a state changes. All is stepped and reported at
                its period unless this is given.
            use: how much people use the building at a moment of model time (s), from 0 to 1.
        """
        self._calm_every = calm_every
        self._use = use
        self._devices = [self._device(spec, seed) for spec in fleet.all_devices]
        self._by_id = {device.spec.id: device for device in self._devices}
        self._changes = fault_changes(fleet)
        self._guards = [self._guard(walk, seed) for walk in fleet.rounds]

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
        due = [(device.due, index) for index, device in enumerate(self._devices)]
        due += [(guard.due, len(self._devices) + index) for index, guard in enumerate(self._guards)]
        heapq.heapify(due)
        numbers = {device.spec.id: index for index, device in enumerate(self._devices)}
        changes = iter(self._changes)
        change = next(changes, None)
        while due:
            now, index = due[0]
            if change is not None and change.at <= now:
                (self.begin if change.begins else self.end)(change.device, change.fault)
                if self._watch(self._by_id[change.device], change):
                    heapq.heappush(due, (change.at, numbers[change.device]))
                change = next(changes, None)
            elif index < len(self._devices):
                device = self._devices[index]
                if device.due != now:
                    heapq.heappop(due)  # it was woken by a fault before
                    continue
                yield from self._step(device, now)
                heapq.heapreplace(due, (device.due, index))
            else:
                guard = self._guards[index - len(self._devices)]
                scan = guard.arrive(now)
                if scan is not None:
                    reader = guard.readers[scan.reader]
                    yield Telemetry(now, scan.reader, DeviceClass.NFC_READER, reader.scan(scan.uid))
                heapq.heapreplace(due, (guard.due, index))

    def _step(self, device: _Device, now: float) -> Iterable[Telemetry]:
        model = device.model
        model.use = self._use(now)
        metrics = model.step(now)
        device.due = now + model.period
        if self._calm_every is not None and now >= device.watched_until:
            if not model.is_busy:
                device.due = now + self._calm_every
            elif metrics is not None:
                states = tuple([value for value in metrics.values() if not isinstance(value, float)])
                if states == device.told:
                    return ()
                device.told = states
        if metrics is None:
            return ()
        return (Telemetry(now, device.spec.id, device.spec.device_class, metrics),)

    def _watch(self, device: _Device, change: FaultChange) -> bool:
        """Step the device at its period from a fault's begin or end on; returns whether its next step is now."""
        if self._calm_every is None:
            return False
        device.watched_until = change.at + (WATCHED if change.begins else SETTLING)
        if device.due <= change.at:
            return False
        device.due = change.at
        return True

    def _device(self, spec: DeviceSpec, seed: int) -> _Device:
        model = build_model(spec, seed=seed)
        spread = min(1.0, model.period) if self._calm_every is None else self._calm_every
        return _Device(spec, model, _rng(seed, f"phase of {spec.id}").uniform(0.0, spread))

    def _guard(self, walk: RoundSpec, seed: int) -> Guard:
        return Guard(
            _rng(seed, f"round {walk.name}"),
            stops=[Stop(point.reader, point.uid, point.after) for point in walk.points],
            every=walk.every,
            start=walk.start,
            readers={id_: each.model for id_, each in self._by_id.items() if isinstance(each.model, NfcReader)},
        )

    def _model(self, device: str) -> Model:
        if device not in self._by_id:
            raise ValueError(f"no device {device!r} in this fleet")
        return self._by_id[device].model


def _rng(seed: int, name: str) -> random.Random:
    return random.Random(f"{seed}/{name}")
