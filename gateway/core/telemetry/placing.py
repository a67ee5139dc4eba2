"""Placing in time: the order and times of the readings in one message, and which of them are of the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.readings import OF_EARLIER, PAST, RECEIVED
from gateway.core.telemetry.senders import Sender
from gateway.core.telemetry.stamps import EARLIEST

LONGEST_BUFFER: Micros = 31 * DAY
"""How far apart the stamps of one message may be: devices buffer less than a month. Beyond, a stamp is ignored."""

OriginOf = Callable[[Sender, Decoded, Micros], int]
"""The origin of the newest stamped reading of a message, which was received then."""


class Placed(msgspec.Struct, gc=False):
    """One reading of a message, with its time."""

    sender: Sender
    decoded: Decoded
    time: Micros | None
    """None for a record of the past without a believable time."""
    origin: int
    """`STAMPED`, `RECEIVED`, `PAST` or `STALE`."""


def place(readings: Sequence[tuple[Sender, Decoded]], received: Micros, origin_of: OriginOf) -> list[Placed]:
    """The readings in the order of their times; those of one time in the order in which the message has them.

    The newest stamp of a device decides whether its clock is right. If that stamp is not believed, all are shifted so
    that the newest is the time received; their distances are right all the same. Readings without a stamp are of the
    present and keep their order. A value that is older than the clock's tolerance, and has a newer one in the same
    message, is of the past. So is all that a server stamped, if its newest stamp is stale.
    """
    by_device: dict[str, list[tuple[Sender, Decoded]]] = {}
    for sender, decoded in readings:
        by_device.setdefault(sender.id, []).append((sender, decoded))
    placed = [each for group in by_device.values() for each in _place_device(group, received, origin_of)]
    return sorted(placed, key=_by_time)


def _place_device(group: list[tuple[Sender, Decoded]], received: Micros, origin_of: OriginOf) -> list[Placed]:
    sender = group[0][0]
    newest, origin = received, RECEIVED
    stamped = [decoded for _, decoded in group if decoded.time is not None and not decoded.historical]
    if stamped:
        latest = max(stamped, key=_stamp)
        newest, origin = _stamp(latest), origin_of(sender, latest, received)
    placed = []
    unstamped = 0
    for _, decoded in reversed(group):
        if decoded.historical:
            time = decoded.time
            if decoded.age:
                time = (received if origin == RECEIVED else newest) - decoded.age
            possible = time is not None and EARLIEST <= time <= received + sender.ahead
            placed.append(Placed(sender, decoded, time if possible else None, PAST))
        elif decoded.time is not None and origin != RECEIVED and decoded.time >= EARLIEST:
            placed.append(Placed(sender, decoded, decoded.time, origin))
        elif decoded.time is not None and newest - decoded.time <= LONGEST_BUFFER:
            placed.append(Placed(sender, decoded, decoded.time + received - newest, RECEIVED))
        else:  # a microsecond apart, so that none overwrites another in the series
            placed.append(Placed(sender, decoded, received - unstamped, RECEIVED))
            unstamped += 1
    placed.reverse()  # of equal times the last said counts
    placed.sort(key=_by_time)
    return _split_past(placed, received - sender.behind)


def _split_past(placed: list[Placed], before: Micros) -> list[Placed]:
    """Split each reading older than `before`: metrics that a later reading has too are of the past, the rest is not."""
    split: list[Placed] = []
    later: set[str] = set()
    for each in reversed(placed):
        decoded = each.decoded
        if each.origin not in OF_EARLIER and each.time is not None and each.time < before:
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
        if each.origin not in OF_EARLIER:
            later |= decoded.values.keys()
        split.append(each)
    split.reverse()
    return split


def _stamp(decoded: Decoded) -> Micros:
    return 0 if decoded.time is None else decoded.time


def _by_time(placed: Placed) -> Micros:
    return LATEST if placed.time is None else placed.time
