"""Several readings in one message: in which order they happened, when, and which of them are the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gateway.core.devices.device import Device
from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.readings import PAST, RECEIVED, STAMPED

EARLIEST: Micros = 946_684_800_000_000
"""2000-01-01: no record of the past is older. Clocks that were never set begin in 1970, Go's empty time is year 1."""

LONGEST_BUFFER: Micros = 31 * DAY
"""How far apart the readings of one message may lie: a month is more than devices keep. Beyond, a stamp is nonsense."""

Believes = Callable[[Device, Micros], bool]


class Moment(msgspec.Struct, gc=False):
    """One reading of a message, and when it happened."""

    device: Device
    decoded: Decoded
    time: Micros | None
    """None: it is of the past, and has no time that could be believed."""
    origin: int
    """Whose the time is: `STAMPED`, `RECEIVED` or `PAST`."""


def placed(readings: Sequence[tuple[Device, Decoded]], received: Micros, believes: Believes) -> list[Moment]:
    """The readings in the order in which they happened.

    The clock of a device is judged by the newest of its stamps. When that is not believed, all are shifted so that the
    newest is the time received: their distances are right all the same. Readings without a stamp are of the present, in
    the order in which they stand. What is older than a clock may be off, and said anew by a later reading, is the past.
    """
    by_device: dict[str, list[tuple[Device, Decoded]]] = {}
    for device, decoded in readings:
        by_device.setdefault(device.spec.id, []).append((device, decoded))
    moments = [moment for group in by_device.values() for moment in _placed_of_one(group, received, believes)]
    return sorted(moments, key=_in_time)


def _placed_of_one(group: list[tuple[Device, Decoded]], received: Micros, believes: Believes) -> list[Moment]:
    device = group[0][0]
    stamps = [decoded.time for _, decoded in group if decoded.time is not None and not decoded.historical]
    newest = max(stamps, default=received)
    right = bool(stamps) and believes(device, newest)
    moments = []
    unstamped = 0
    for _, decoded in reversed(group):
        if decoded.historical:
            known = decoded.time is not None and EARLIEST <= decoded.time <= received + device.clock.ahead
            moments.append(Moment(device, decoded, decoded.time if known else None, PAST))
        elif decoded.time is not None and right and decoded.time >= EARLIEST:
            moments.append(Moment(device, decoded, decoded.time, STAMPED))
        elif decoded.time is not None and newest - decoded.time <= LONGEST_BUFFER:
            moments.append(Moment(device, decoded, decoded.time + received - newest, RECEIVED))
        else:  # a microsecond apart, so that none takes the place of another in the series
            moments.append(Moment(device, decoded, received - unstamped, RECEIVED))
            unstamped += 1
    moments.sort(key=_in_time)
    return _with_the_past_apart(moments, received - device.clock.behind)


def _with_the_past_apart(moments: list[Moment], before: Micros) -> list[Moment]:
    """Metric by metric: of an old reading, what a later one says anew is past, and the rest still stands."""
    apart: list[Moment] = []
    later: set[str] = set()
    for moment in reversed(moments):
        decoded = moment.decoded
        if moment.origin != PAST and moment.time is not None and moment.time < before:
            past = {name: value for name, value in decoded.values.items() if name in later}
            if past:
                present = {name: value for name, value in decoded.values.items() if name not in later}
                if present:
                    moment.decoded = msgspec.structs.replace(decoded, values=present)
                    rest = msgspec.structs.replace(decoded, values=past, rejected=[])
                    apart.append(moment)
                    apart.append(Moment(moment.device, rest, moment.time, PAST))
                    later |= present.keys()
                    continue
                moment.origin = PAST
        if moment.origin != PAST:
            later |= decoded.values.keys()
        apart.append(moment)
    apart.reverse()
    return apart


def _in_time(moment: Moment) -> Micros:
    return LATEST if moment.time is None else moment.time
