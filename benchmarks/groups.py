"""What rules over groups cost: `python -m benchmarks.groups`.

First in one process and one thread: µs of CPU that the engine takes for a reading of 5,000 pumps that are the members
of 50 groups, against the same without groups; and for each function, of a member of one group of 5,000. With `--pairs`,
two gateways in turn, one with the groups. With `--instructions` no time is taken, but instructions are counted, which
vary far less: of the engine, and of whole gateways from MQTT to the disk.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import callgrind, instructions
from benchmarks.__main__ import gateway, mosquitto, publish, throughput, write_site
from benchmarks.load import payloads
from gateway import parts
from gateway.core.engine import Engine
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration

GROUPS = 50
_DEVICES = 5_000
_STEP = 200
_COUNTED = 3
"""Gateways of each kind, as two counts of a gateway differ by a percent: it takes its messages in other batches."""
_AT_LEAST: Mapping[str, object] = {"at_least": {"devices": 3, "when": "running && pressure < 0.1", "within": "60s"}}
_FUNCTIONS: Mapping[str, Mapping[str, object]] = {
    "at_least": _AT_LEAST,
    "count": {"let": {"x": {"count": "vibration > 9"}}, "when": "x > 1000"},
    "share": {"let": {"x": {"share": "vibration > 9"}}, "when": "x > 0.5"},
    "sum": {"let": {"x": {"sum": "vibration"}}, "when": "x > 1e9"},
    "mean": {"let": {"x": {"mean": "vibration"}}, "when": "x > 1e9"},
    "max": {"let": {"x": {"max": "vibration"}}, "when": "x > 1e9"},
    "spread": {"let": {"x": {"spread": "vibration"}}, "when": "x > 1e9"},
}


def main() -> int:
    """Measure, and print what each costs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.groups", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of the engine alone")
    parser.add_argument("--pairs", type=int, default=0, help="of gateways; needs Mosquitto")
    parser.add_argument("--messages", type=int, default=100_000, help="to each gateway")
    parser.add_argument("--instructions", type=int, default=0, metavar="MESSAGES", help="count; needs valgrind as well")
    options = parser.parse_args()
    if options.instructions:
        _print_instructions(options.instructions)
        return 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        none = _Bench(write_groups(directory / "none", {}))
        of_zones = _Bench(write_groups(directory / "groups", _AT_LEAST))
        print(f"{GROUPS} groups: {_compare(none, of_zones, options.rounds)}")
        print("| function, one group of 5,000 | µs a reading more |\n|---|---|")
        for function, rule in _FUNCTIONS.items():
            bench = _Bench(write_groups(directory / function, rule, group_by="profile"))
            more = statistics.median(bench.cost() - none.cost() for _ in range(options.rounds))
            print(f"| {function} | {more:.2f} |", flush=True)
    ratios = []
    for pair in range(options.pairs):
        order = (False, True) if pair % 2 else (True, False)
        found = {grouped: _measure(options.messages, _AT_LEAST if grouped else {}) for grouped in order}
        ratios.append(found[True] / found[False])
        print(f"pair {pair + 1}: {found[False]:.1f} µs without groups, {found[True]:.1f} with, {ratios[-1]:.3f}")
    if ratios:
        print(f"median of {options.pairs} ratios: {statistics.median(ratios):.3f}")
    return 0


class _Bench:
    """An engine that reads further messages of the same devices in each round."""

    def __init__(self, site: Path) -> None:
        self._engine = Engine(load_configuration(site), parts.makers(), now=time.time_ns() // 1000)
        self._engine.set_hearing(time.time_ns() // 1000)
        self._number = 0
        self.cost()

    def cost(self) -> float:
        """CPU of this thread (µs) for each message of a round. All are new: time passes with their stamps."""
        made = [*payloads(2 * _DEVICES, _DEVICES, self._number)]
        now = time.time_ns() // 1000 + self._number // _DEVICES * 1_000_000
        messages = [
            Message(topic, payload, now + index // _DEVICES * 1_000_000, (self._number + index) % 60_000 + 1)
            for index, (topic, payload) in enumerate(made)
        ]
        self._number += len(messages)
        begun = time.thread_time()
        self._step(messages)
        return (time.thread_time() - begun) / len(messages) * 1e6

    def _step(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), _STEP):
            self._engine.step(messages[start : start + _STEP])


def _compare(none: _Bench, grouped: _Bench, rounds: int) -> str:
    pairs = [(none.cost(), grouped.cost()) for _ in range(rounds)]
    without, with_ = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(after / before for before, after in pairs)
    return f"the engine takes {without:.2f} µs a reading without, {with_:.2f} with, ratio {ratio:.3f}"


def _measure(messages: int, rule: Mapping[str, object]) -> float:
    """CPU (µs a message) until committed."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        site, data = write_groups(directory, rule), directory / "data"
        with mosquitto(directory) as port, gateway(data, site, port) as (process, http):
            return throughput(process, http, data, port, messages)[1]


def _print_instructions(messages: int) -> None:
    """Instructions a message with and without groups, of so many messages."""
    callgrind.check()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        without, with_ = write_groups(directory / "none", {}), write_groups(directory / "groups", _AT_LEAST)
        print(f"| instructions a message | without groups | with {GROUPS} | ratio |\n|---|---|---|---|")
        before, after = instructions.count(without, messages), instructions.count(with_, messages)
        print(f"| the engine | {before:,} | {after:,} | {after / before:.3f} |", flush=True)
        pairs = [(_count(without, messages), _count(with_, messages)) for _ in range(_COUNTED)]
        before, after = (int(statistics.median(each)) for each in zip(*pairs, strict=True))
        print(f"| the gateway | {before:,} | {after:,} | {after / before:.3f} |")


def _count(site: Path, messages: int) -> int:
    """Instructions that a whole gateway takes for a message, until it is committed and in the series: how far the
    series are when the last message is committed is chance."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        data, out = directory / "data", directory / "callgrind"
        with mosquitto(directory) as port:
            started = gateway(data, site, port, settings=callgrind.HASHES, prefix=callgrind.prefix(out))
            with started as (process, _):
                publish(data, port, _DEVICES)  # the first message of each device takes another way
                callgrind.count(process.pid, "on")
                publish(data, port, messages)
                callgrind.count(process.pid, "off")
        return callgrind.counted(out) // messages


def write_groups(directory: Path, rule: Mapping[str, object], *, group_by: str = "zone") -> Path:
    """The site of the benchmark with its devices in 50 zones, under this rule as well if there is one."""
    directory.mkdir(exist_ok=True)
    file = write_site(directory)
    site = json.loads(file.read_text())
    site["locations"] = [{"id": f"l{each}", "zone": f"z{each}"} for each in range(GROUPS)]
    for number, device in enumerate(site["devices"]):
        device["location"] = f"l{number % GROUPS}"
    if rule:
        further = {"id": "bench-group", "severity": "warning", "title": {"en": "Group"}, "group_by": group_by}
        site["rules"].append({**further, "applies_to": {"profile": "bench_pump"}, **rule})
    file.write_text(json.dumps(site))
    return file


if __name__ == "__main__":
    sys.exit(main())
