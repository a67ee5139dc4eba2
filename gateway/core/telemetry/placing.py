"""Several readings in one message: in which order they happened, when, and which of them are the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.readings import PAST, RECEIVED, STAMPED
from gateway.core.telemetry.senders import Sender

EARLIEST: Micros = 946_684_800_000_000
"""2000-01-01: no record of the past is older. Clocks that were never set begin in 1970, Go's empty time is year 1."""

LONGEST_BUFFER: Micros = 31 * DAY
"""How far apart the readings of one message may lie: a month is more than devices keep. Beyond, a stamp is nonsense."""

Believes = Callable[[Sender, Micros], bool]


class Placed(msgspec.Struct, gc=False):
    """One reading of a message, and when it happened."""

    sender: Sender
    decoded: Decoded
    time: Micros | None
    """None: it is of the past, and has no time that could be believed."""
    origin: int
    """Whose the time is: `STAMPED`, `RECEIVED` or `PAST`."""


def place(readings: Sequence[tuple[Sender, Decoded]], received: Micros, believes: Believes) -> list[Placed]:
    """The readings in the order in which they happened.

    The clock of a device is judged by the newest of its stamps. When that is not believed, all are shifted so that the
    newest is the time received: their distances are right all the same. Readings without a stamp are of the present, in
    the order in which they stand. What is older than a clock may be off, and said anew by a later reading, is the past.
    """
    by_device: dict[str, list[tuple[Sender, Decoded]]] = {}
    for sender, decoded in readings:
        by_device.setdefault(sender.id, []).append((sender, decoded))
    placed = [each for group in by_device.values() for each in _place_of_one_device(group, received, believes)]
    return sorted(placed, key=_in_time)


def _place_of_one_device(group: list[tuple[Sender, Decoded]], received: Micros, believes: Believes) -> list[Placed]:
    sender = group[0][0]
    stamps = [decoded.time for _, decoded in group if decoded.time is not None and not decoded.historical]
    newest = max(stamps, default=received)
    right = bool(stamps) and believes(sender, newest)
    placed = []
    unstamped = 0
    for _, decoded in reversed(group):
        if decoded.historical:
            known = decoded.time is not None and EARLIEST <= decoded.time <= received + sender.tolerance.ahead
            placed.append(Placed(sender, decoded, decoded.time if known else None, PAST))
        elif decoded.time is not None and right and decoded.time >= EARLIEST:
            placed.append(Placed(sender, decoded, decoded.time, STAMPED))
        elif decoded.time is not None and newest - decoded.time <= LONGEST_BUFFER:
            placed.append(Placed(sender, decoded, decoded.time + received - newest, RECEIVED))
        else:  # a microsecond apart, so that none takes the place of another in the series
            placed.append(Placed(sender, decoded, received - unstamped, RECEIVED))
            unstamped += 1
    placed.sort(key=_in_time)
    return _with_the_past_apart(placed, received - sender.tolerance.behind)


def _with_the_past_apart(placed: list[Placed], before: Micros) -> list[Placed]:
    """Metric by metric: of an old reading, what a later one says anew is past, and the rest still stands."""
    apart: list[Placed] = []
    later: set[str] = set()
    for each in reversed(placed):
        decoded = each.decoded
        if each.origin != PAST and each.time is not None and each.time < before:
            past = {name: value for name, value in decoded.values.items() if name in later}
            if past:
                present = {name: value for name, value in decoded.values.items() if name not in later}
                if present:
                    each.decoded = msgspec.structs.replace(decoded, values=present)
                    rest = msgspec.structs.replace(decoded, values=past, rejected=[])
                    apart.append(each)
                    apart.append(Placed(each.sender, rest, each.time, PAST))
                    later |= present.keys()
                    continue
                each.origin = PAST
        if each.origin != PAST:
            later |= decoded.values.keys()
        apart.append(each)
    apart.reverse()
    return apart


def _in_time(placed: Placed) -> Micros:
    return LATEST if placed.time is None else placed.time
