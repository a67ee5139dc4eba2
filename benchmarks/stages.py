"""What each stage of the way from the socket to the disk costs: `python -m benchmarks.stages`.

One process and one thread, without a broker: µs of CPU a message, the median of the rounds. With threads that take
turns, and caches that they empty for each other, the whole costs more than the sum of the stages.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.__main__ import DEVICES, write_site
from benchmarks.load import payloads
from benchmarks.wire import publish_packet
from gateway import parts
from gateway.core.alarms.blindness_watch import BLIND_FOR
from gateway.core.engine import Engine
from gateway.core.kernel.times import MILLISECOND, Micros
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import senders_of
from gateway.mqtt.packets import take_messages
from gateway.series.embedded import EmbeddedSeries
from gateway.series.line_protocol import format_lines
from gateway.site_files import load_configuration
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import connect, open_database
from gateway.store.telemetry.journal import Journal
from gateway.store.writer import Writer

STAGES = {
    "read": "take messages out of what was read",
    "decode": "of the engine: find the device, decode and check the values",
    "engine": "the engine: decode, recognise repetitions, latest values, rules",
    "commit": "commit 1,000 messages at once",
    "journal": "read readings back, where the forwarder lags behind",
    "embedded": "write them to the embedded series",
    "lines": "format them for InfluxDB",
}
_READ_BYTES, _STEP, _GROUP, _STRETCH = 1 << 16, 200, 1_000, 2_000


class Stopwatch:
    """CPU of this thread, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add what this takes to a stage."""
        begun = time.thread_time()
        yield
        self.seconds[stage] += time.thread_time() - begun


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__.split("\n")[0])
    parser.add_argument("--messages", type=int, default=50_000, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rounds = [*_rounds(Path(name), options.messages, options.rounds)]
    print("| stage | µs a message |\n|---|---|")
    for stage, what in STAGES.items():
        cost = statistics.median(seconds[stage] for seconds in rounds) / options.messages * 1e6
        print(f"| {what} | {cost:.1f} |")
    return 0


def _rounds(directory: Path, messages: int, rounds: int) -> Iterator[dict[str, float]]:
    configuration = load_configuration(write_site(directory))
    database = open_database(directory, parts.migrations())
    writer, journal = Writer(connect(directory), parts.tables()), Journal(database)
    series = EmbeddedSeries(directory)
    now: Micros = time.time_ns() // 1000
    makers = parts.makers(blind_for=BLIND_FOR)
    engine = Engine(configuration, makers, load_checkpoint(database, parts.tables()), now=now)
    writer.commit([engine.beginning, engine.set_hearing(now)])
    router = Router(configuration.site.header, senders_of(configuration.site, configuration.profiles))
    gc.collect()
    gc.freeze()
    position = 0
    for number in range(rounds):
        watch = Stopwatch()
        received = _read(watch, messages, number)
        with watch.timing("decode"):
            for message in received:
                route = router.find(message.topic)
                assert route is not None
                route.read(message)
        _commit(watch, engine, writer, received)
        position = _forward(watch, journal, series, position)
        yield watch.seconds


def _read(watch: Stopwatch, messages: int, number: int) -> list[Message]:
    """As they come from a broker."""
    rounds_ms = number * messages // DEVICES * 1000  # later than all stamps of the round before
    now: Micros = time.time_ns() // 1000
    packets = b"".join(
        publish_packet(
            topic, b'{"ts":%d%s' % (now // MILLISECOND - 60_000 + rounds_ms + index // DEVICES * 1000, rest), 1
        )
        for index, (topic, payload) in enumerate(payloads(messages, DEVICES))
        if (rest := payload[payload.index(b",") :])
    )
    received: list[Message] = []
    rest = b""
    for start in range(0, len(packets), _READ_BYTES):
        data = rest + packets[start : start + _READ_BYTES]
        with watch.timing("read"):
            upto = take_messages(
                data, 0, received, five=False, without="own", received=now + len(received), connection=1, steady=1
            )
        rest = data[upto:]
    assert len(received) == messages
    return received


def _commit(watch: Stopwatch, engine: Engine, writer: Writer, received: list[Message]) -> None:
    for start in range(0, len(received), _GROUP):
        steps = range(start, start + _GROUP, _STEP)
        with watch.timing("engine"):
            group = [engine.step(received[step : step + _STEP]) for step in steps]
        with watch.timing("commit"):
            writer.commit(group)


def _forward(watch: Stopwatch, journal: Journal, series: EmbeddedSeries, position: int) -> int:
    """Write the series from this position on; returns where the next round begins."""
    while True:
        with watch.timing("journal"):
            stretch = journal.read(position, most=_STRETCH)
        if stretch is None:
            return position
        with watch.timing("embedded"):
            series.write(stretch.readings)
        with watch.timing("lines"):
            format_lines(stretch.readings)
        position = stretch.end


if __name__ == "__main__":
    sys.exit(main())
