"""What goes wrong in the month, and when: the truth that alarms are compared with. One seed gives one schedule."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from benchmarks.month.kinds import KINDS, Kind
from benchmarks.month.place import Device

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
FAULTS_A_DAY: Final = 8.0
"""Of 300 devices: more than a well-kept building has, so that each kind comes about twice a month."""
AFTERMATH_S: Final = 30 * MINUTE
"""So long after a fault an alarm may still be due to it: it is told when a delay ends, or comes again."""
_BETWEEN_S: Final = 2 * HOUR
"""The least between two faults of one device."""
_LOST_A_DAY, _GAPS_A_DAY, _LOOSE_A_DAY = 1.0, 4.0, 0.25
_LOOSE: Final = (
    ("access_door", "tamper", "door-tamper"),
    ("hydrant_pressure", "water_drawn", "hydrant-opened"),
    ("water_leak", "leak", "water-leak*"),
)
"""Loose contacts and limits where a value comes and goes: class, fault, and the rule that tells of it."""
_WORKS: Final = (
    ("booster_pump", "dry_run", 30.0),
    ("distribution_panel", "door_open", 90.0),
    ("generator", "overheat", 30.0),
    ("sump_pump", "pump_fails", 40.0),
    ("battery_ups", "mains_lost", 25.0),
)
"""What happens to a device while people work on it in a planned maintenance; the last number is minutes."""
_STORM: Final = (("sump_pump", "heavy_rain"), ("flood_sensor", "flood"))
_BLACKOUT: Final = (
    ("generator", "mains_lost"),
    ("battery_ups", "mains_lost"),
    ("elevator", "mains_lost"),
    ("fire_panel", "mains_lost"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that went wrong, or was done, on one device or on the gateway."""

    device: str
    """Its id, or `gateway`."""
    kind: str
    begin: float
    """In seconds from the start of the month, as the end."""
    end: float
    told_by: tuple[str, ...] = ()
    """One of these rules must tell of it; where there is none, nobody needs to be told."""
    also: tuple[str, ...] = ()
    """These may tell of it as well."""
    because: str = "fault"
    """`fault`, `maintenance`, `test`, `storm` …: what it belongs to."""

    def explains(self, rule: str, subject: str, at: float) -> bool:
        """Whether an alarm of this rule that was told at `at` may be due to it. An alarm of a group may be to any."""
        if not self.begin <= at <= self.end + AFTERMATH_S:
            return False
        kind, _, name = subject.partition(":")
        if (kind == "device" and name != self.device) or (kind == "gateway" and self.device != kind):
            return False
        return any(fnmatchcase(rule, pattern) for pattern in (*self.told_by, *self.also))

    def is_found_by(self, rule: str, subject: str, at: float) -> bool:
        """Whether this alarm tells of it."""
        return any(fnmatchcase(rule, pattern) for pattern in self.told_by) and self.explains(rule, subject, at)


@dataclass(frozen=True, slots=True)
class Gap:
    """The gateway hears nothing; the broker keeps what is sent."""

    begin: float
    end: float
    restarts: bool
    """Whether the gateway itself was away; else the broker was out of reach."""


@dataclass(slots=True)
class Schedule:
    """All that happens beside the usual."""

    faults: list[Fault] = field(default_factory=list)
    acts: dict[str, list[tuple[str, float, float]]] = field(default_factory=lambda: defaultdict(list))
    """For each device what its simulator does: fault, begin, end."""
    lost: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """For each device when its messages do not arrive."""
    gaps: list[Gap] = field(default_factory=list)
    maintenance: list[tuple[str, float, float]] = field(default_factory=list)
    """Planned: profile, begin, end."""
    out_of_service: list[tuple[str, float, float]] = field(default_factory=list)
    """Devices that two people take out of service: begin, end."""


def schedule_of(devices: Sequence[Device], *, days: int, seed: int) -> Schedule:
    """What happens in so many days."""
    return _Planner(devices, days, random.Random(f"schedule {seed}")).plan()


class _Planner:
    def __init__(self, devices: Sequence[Device], days: int, rng: random.Random) -> None:
        self._rng = rng
        self._days = days
        self._share = len(devices) / 300
        self._native = [device for device in devices if device.dialect is None]
        self._by_class: dict[str, list[Device]] = defaultdict(list)
        self._behind: dict[str, list[str]] = defaultdict(list)
        for device in self._native:
            self._by_class[device.device_class].append(device)
        for device in devices:
            if device.reports_via:
                self._behind[device.reports_via].append(device.id)
        self._taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._schedule = Schedule()

    def plan(self) -> Schedule:
        """First what has its fixed time, then what comes at random."""
        self._interrupt_gateway()
        self._works()
        self._incident(0.21, _STORM, "storm", minutes=45.0, of_each=3)
        self._incident(0.45, _BLACKOUT, "blackout", minutes=40.0, of_each=6)
        self._tests()
        self._loose_contacts()
        self._losses()
        for kind in self._kinds():
            self._random_fault(kind)
        self._schedule.faults.sort(key=lambda fault: (fault.begin, fault.device, fault.kind))
        return self._schedule

    def _interrupt_gateway(self) -> None:
        until = self._days * DAY
        for share, seconds, restarts in ((0.13, 45.0, True), (0.37, 20 * MINUTE, False), (0.61, 90.0, True)):
            begin = round(until * share) + 0.5
            self._schedule.gaps.append(Gap(begin, begin + seconds, restarts))
        outage = self._schedule.gaps[1]
        self._schedule.faults.append(
            Fault(
                device="gateway",
                kind="broker_outage",
                begin=outage.begin,
                end=outage.end,
                told_by=("gateway-blind",),
                because="broker",
            )
        )

    def _works(self) -> None:
        """A planned maintenance of the devices of one class each week, from nine in the morning of its first day on."""
        for week in range((self._days + 6) // 7):
            kind, fault, minutes = _WORKS[week % len(_WORKS)]
            begin = week * 7 * DAY + 9 * HOUR
            self._schedule.maintenance.append((kind, begin, begin + 3 * HOUR))
            for number, device in enumerate(self._by_class[kind][:2]):
                at = begin + (15 + 3 * number) * MINUTE
                self._add(
                    device, Fault(device=device.id, kind=fault, begin=at, end=at + minutes * MINUTE), "maintenance"
                )
                self._taken[device.id].append((begin, begin + 5 * HOUR))

    def _tests(self) -> None:
        """Each week a contractor tests five detectors with smoke, out of service, and three by their button."""
        for week in range((self._days + 6) // 7):
            begin = week * 7 * DAY + 14 * HOUR
            detectors = [
                each for each in self._by_class["smoke_detector"] if self._is_free(each.id, begin, begin + HOUR)
            ]
            for number, device in enumerate(self._rng.sample(detectors, min(8, len(detectors)))):
                if number < 5:
                    self._schedule.out_of_service.append((device.id, begin, begin + 2 * HOUR))
                    at, fault, lasts = begin + (5 + 8 * number) * MINUTE, "fast_fire", 2 * MINUTE
                else:
                    at, fault, lasts = begin + (60 + 2 * number) * MINUTE, "self_test", MINUTE
                self._add(device, Fault(device=device.id, kind=fault, begin=at, end=at + lasts), "test")

    def _incident(
        self, share: float, what: Sequence[tuple[str, str]], because: str, *, minutes: float, of_each: int
    ) -> None:
        """Several devices at once, in the afternoon of one day; in a month only, as it would be most of a day."""
        if self._days < 7:
            return
        begin = int(self._days * share) * DAY + 15 * HOUR
        for kind, fault in what:
            known = next(each for each in KINDS if (each.device_class, each.fault) == (kind, fault))
            for device in self._by_class[kind][:of_each]:
                at = begin + self._rng.uniform(0.0, 20.0)
                self._add(device, _fault(known, device, at, at + minutes * MINUTE), because)

    def _loose_contacts(self) -> None:
        for _ in range(max(1, round(self._days * _LOOSE_A_DAY))):
            kind, fault, rule = self._rng.choice(_LOOSE)
            times: list[tuple[float, float]] = []
            at = 0.0
            for _ in range(self._rng.randint(8, 20)):
                lasts = self._rng.uniform(40.0, 90.0)
                times.append((at, at + lasts))
                at += lasts + self._rng.uniform(40.0, 200.0)
            if found := self._place(kind, at):
                device, begin = found
                self._note(
                    Fault(device=device.id, kind=fault, begin=begin, end=begin + at, told_by=(rule,)), "loose contact"
                )
                self._schedule.acts[device.id] += [(fault, begin + first, begin + last) for first, last in times]

    def _losses(self) -> None:
        """Devices that are cut off: for hours, which must be told, or for minutes, which must not."""
        for number in range(round(self._days * (_LOST_A_DAY + _GAPS_A_DAY))):
            is_long = number < self._days * _LOST_A_DAY
            lasts = self._rng.uniform(60.0, 180.0) * MINUTE if is_long else self._rng.uniform(1.0, 9.0) * MINUTE
            kind = self._rng.choice(self._native).device_class
            if kind in ("edge_box", "distribution_panel"):
                continue  # what they carry or power is to be told under them, if it were silent as well
            if found := self._place(kind, lasts):
                device, begin = found
                told_by = ("silent",) if is_long else ()
                self._note(
                    Fault(device=device.id, kind="cut_off", begin=begin, end=begin + lasts, told_by=told_by), "radio"
                )
                self._schedule.lost[device.id].append((begin, begin + lasts))

    def _kinds(self) -> Iterator[Kind]:
        """Each in turn, in a random order."""
        left = max(4, round(self._days * FAULTS_A_DAY * self._share))
        while left > 0:
            kinds = [kind for kind in KINDS if kind.lasts[0] * MINUTE <= 0.4 * self._days * DAY]
            self._rng.shuffle(kinds)
            yield from kinds[:left]
            left -= len(kinds)

    def _random_fault(self, kind: Kind) -> None:
        shortest, longest = kind.lasts
        lasts = self._rng.uniform(shortest, min(longest, 0.4 * self._days * DAY / MINUTE)) * MINUTE
        if found := self._place(kind.device_class, lasts):
            device, begin = found
            self._add(device, _fault(kind, device, begin, begin + lasts), "fault")
            if kind.fault == "silent":
                for behind in self._behind[device.id]:
                    self._schedule.lost[behind].append((begin, begin + lasts))
                    self._taken[behind].append((begin, begin + lasts))

    def _place(self, kind: str, lasts: float) -> tuple[Device, float] | None:
        """A device of this class, and a time at which it and what it carries have nothing else."""
        for _ in range(200):
            begin = self._rng.uniform(2 * HOUR, self._days * DAY - lasts - HOUR)
            device = self._rng.choice(self._by_class[kind])
            affected = (device.id, *(self._behind[device.id] if kind == "edge_box" else ()))
            if all(self._is_free(each, begin, begin + lasts) for each in affected):
                return device, begin
        return None

    def _is_free(self, device: str, begin: float, end: float) -> bool:
        return all(
            end + _BETWEEN_S < other_begin or other_end + _BETWEEN_S < begin
            for other_begin, other_end in self._taken[device]
        )

    def _add(self, device: Device, fault: Fault, because: str) -> None:
        self._note(fault, because)
        self._schedule.acts[device.id].append((fault.kind, fault.begin, fault.end))

    def _note(self, fault: Fault, because: str) -> None:
        self._schedule.faults.append(
            Fault(
                device=fault.device,
                kind=fault.kind,
                begin=fault.begin,
                end=fault.end,
                told_by=fault.told_by,
                also=fault.also,
                because=because,
            )
        )
        self._taken[fault.device].append((fault.begin, fault.end))


def _fault(kind: Kind, device: Device, begin: float, end: float) -> Fault:
    return Fault(device=device.id, kind=kind.fault, begin=begin, end=end, told_by=kind.told_by, also=kind.also)
