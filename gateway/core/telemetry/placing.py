"""Placing in time: the order and times of the readings in one message, and which of them are of the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.readings import PAST, RECEIVED, STAMPED
from gateway.core.telemetry.senders import Sender

EARLIEST: Micros = 946_684_800_000_000
"""2000-01-01, the earliest believed time. Clocks that were never set start in 1970; Go's zero time is in the year 1."""

LONGEST_BUFFER: Micros = 31 * DAY
"""How far apart the stamps of one message may be: devices buffer less than a month. Beyond, a stamp is ignored."""

Believes = Callable[[Sender, Micros], bool]


class Placed(msgspec.Struct, gc=False):
    """One reading of a message, with its time."""

    sender: Sender
    decoded: Decoded
    time: Micros | None
    """None for a record of the past without a believable time."""
    origin: int
    """`STAMPED`, `RECEIVED` or `PAST`."""


def place(readings: Sequence[tuple[Sender, Decoded]], received: Micros, believes: Believes) -> list[Placed]:
    """The readings in the order of their times.

    The newest stamp of a device decides whether its clock is right. If that stamp is not believed, all are shifted so
    that the newest is the time received; their distances are right all the same. Readings without a stamp are of the
    present and keep their order. A value that is older than the clock's tolerance, and has a newer one in the same
    message, is of the past.
    """
    by_device: dict[str, list[tuple[Sender, Decoded]]] = {}
    for sender, decoded in readings:
        by_device.setdefault(sender.id, []).append((sender, decoded))
    placed = [each for group in by_device.values() for each in _place_device(group, received, believes)]
    return sorted(placed, key=_by_time)


def _place_device(group: list[tuple[Sender, Decoded]], received: Micros, believes: Believes) -> list[Placed]:
    sender = group[0][0]
    stamps = [decoded.time for _, decoded in group if decoded.time is not None and not decoded.historical]
    newest = max(stamps, default=received)
    believed = bool(stamps) and believes(sender, newest)
    placed = []
    unstamped = 0
    for _, decoded in reversed(group):
        if decoded.historical:
            possible = decoded.time is not None and EARLIEST <= decoded.time <= received + sender.tolerance.ahead
            placed.append(Placed(sender, decoded, decoded.time if possible else None, PAST))
        elif decoded.time is not None and believed and decoded.time >= EARLIEST:
            placed.append(Placed(sender, decoded, decoded.time, STAMPED))
        elif decoded.time is not None and newest - decoded.time <= LONGEST_BUFFER:
            placed.append(Placed(sender, decoded, decoded.time + received - newest, RECEIVED))
        else:  # a microsecond apart, so that none overwrites another in the series
            placed.append(Placed(sender, decoded, received - unstamped, RECEIVED))
            unstamped += 1
    placed.sort(key=_by_time)
    return _split_past(placed, received - sender.tolerance.behind)


def _split_past(placed: list[Placed], before: Micros) -> list[Placed]:
    """Split each reading older than `before`: metrics that a later reading has too are of the past, the rest is not."""
    split: list[Placed] = []
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
                    split.append(each)
                    split.append(Placed(each.sender, rest, each.time, PAST))
                    later |= present.keys()
                    continue
                each.origin = PAST
        if each.origin != PAST:
            later |= decoded.values.keys()
        split.append(each)
    split.reverse()
    return split


def _by_time(placed: Placed) -> Micros:
    return LATEST if placed.time is None else placed.time
