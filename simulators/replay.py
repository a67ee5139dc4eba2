"""Replays a recording over MQTT at its own pace, or faster, and counts its rows by outcome."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from simulators.broker import Broker
from simulators.clock import wall_clock
from simulators.publisher import OnPublished, transmit
from simulators.recording import Recording, Skipped
from simulators.telemetry import Telemetry
from simulators.uplink import Publication


@dataclass(slots=True)
class Tally:
    """The outcome of the rows so far."""

    rows: int = 0
    published: int = 0
    """Messages the broker has acknowledged; a row gives one for each device."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows left out, by reason."""
    unreadable: Counter[str] = field(default_factory=Counter)
    """Cells left out because they hold no number, by `device.metric`."""
    elapsed: float = 0.0
    """Seconds of the recording, up to the last row read."""


def recorded(recording: Recording, tally: Tally, *, limit: int | None = None) -> Iterator[Telemetry]:
    """The recording's rows as telemetry, at most `limit` rows of it, counted in `tally` as they are read."""
    for row in islice(recording.rows(), limit):
        tally.rows += 1
        if isinstance(row, Skipped):
            tally.skipped[row.reason] += 1
            continue
        tally.unreadable.update(row.unreadable)
        tally.elapsed = row.elapsed
        for device, metrics in row.metrics.items():
            yield Telemetry(row.elapsed, device, recording.classes[device], metrics)


async def replay(
    recording: Recording,
    *,
    broker: Broker,
    site: str,
    speed: float = 1.0,
    limit: int | None = None,
    clock: Callable[[], float] = wall_clock,
    tally: Tally | None = None,
    on_published: OnPublished | None = None,
) -> Tally:
    """Publish a recording `speed` times as fast as it was made; for `clock` and errors see `transmit`.

    A row that is not after the one before it is published at once. `tally` may be given to be read meanwhile.
    """
    counts = tally or Tally()

    def count(publication: Publication) -> None:
        counts.published += 1
        if on_published is not None:
            on_published(publication)

    telemetry = recorded(recording, counts, limit=limit)
    await transmit(telemetry, broker=broker, site=site, speed=speed, clock=clock, on_published=count)
    return counts
