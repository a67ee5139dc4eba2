"""Why the built-in alarm `silent` of a device came or did not come, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.api.reasons import span
from gateway.core.devices.presence_view import PresenceView
from gateway.core.devices.watched import Presence
from gateway.core.kernel.times import Micros, written_duration


def of_presence(
    device: str, presence: PresenceView, *, every: Micros | None, received: Micros, parents: Sequence[str], now: Micros
) -> Iterator[str]:
    """What there is to say.

    Args:
        every: how often the device sends at least; None where nobody says so.
        received: when it was last heard, since the gateway started; 0 if it was not.
        parents: what powers and carries it.
    """
    if every is None:
        yield f"Nothing says how often {device} sends, so it is never silent: write expect_every in the site file."
        return
    since = f" for {span(now - presence.silent_since)}" if presence.silent_since is not None else ""
    match presence.state:
        case Presence.SILENT:
            yield f"{device} is silent{since}: it is expected every {written_duration(every)}, and three were missed."
        case Presence.WAITING:
            left = "" if presence.waits_until is None else f", for {span(presence.waits_until - now)} at most"
            yield f"{device} was not heard{since}, and is expected every {written_duration(every)}."
            yield f"It waits for a word of {', '.join(presence.waits_for)}{left}: a failure there would explain it."
        case Presence.UNREACHABLE:
            yield f"{device} was not heard{since}, and neither was what it depends on: {', '.join(parents)}."
        case _:
            heard = f"was heard {span(now - received)} ago" if received else "was not heard since the gateway started"
            often = written_duration(every)
            yield f"{device} {heard}, and is expected every {often}: it is silent when it misses three."
            yield "Only time in which the gateway hears counts, and messages by which a bridge says `online` do not."
