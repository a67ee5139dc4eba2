"""Counts the instructions that the engine takes for a message: `python -m benchmarks.instructions [OTHER_CHECKOUT]`.

Times vary on a machine that others use, by more than most changes matter. Callgrind counts the same whoever else runs:
two counts differ by some 0.2 %, as addresses do. It counts the readings of 5,000 pumps with their five rules, alone and
where 1,000 rules, of which 100 look at windows, watch other devices. It does not see what waits for memory.

It needs `valgrind` on PATH (apt-get install valgrind).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import callgrind
from benchmarks.paired import HERE
from benchmarks.rules import RULES, write_rules

_STEPS = """
import os, subprocess, sys, time
from pathlib import Path
from benchmarks.load import payloads
from gateway import parts
from gateway.collector import Collector
from gateway.core.engine import Engine
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import open_database

def count(state):  # the other checkout may not have `benchmarks.callgrind`
    command = ["callgrind_control", f"--instr={state}", str(os.getpid())]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def step(messages):
    for start in range(0, len(messages), 200):
        engine.step(messages[start : start + 200])

site, data, number = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
database = open_database(data, parts.migrations())
now = time.time_ns() // 1000
checkpoint = load_checkpoint(database, parts.tables())
engine = Engine(load_configuration(site), parts.makers(blind_for=60_000_000), checkpoint, now=now)
engine.set_hearing(now)
made = [*payloads(5_000 + number, 5_000)]
now = time.time_ns() // 1000  # their stamps are of the last minute
sent = [Message(topic, payload, now + index, index % 60_000 + 1) for index, (topic, payload) in enumerate(made)]
Collector(lambda: False).begin()
step(sent[:5_000])
count("on")
step(sent[5_000:])
count("off")
"""


def main() -> int:
    """Count, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__.split("\n")[0])
    parser.add_argument("before", type=Path, nargs="?", help="another checkout to count as well")
    parser.add_argument("--messages", type=int, default=10_000)
    options = parser.parse_args()
    callgrind.check()
    print("| rules | instructions a message |\n|---|---|")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        print(f"| 5 | {count(write_rules(directory, many=False), options.messages):,} |", flush=True)
        print(f"| {RULES:,} | {count(write_rules(directory, many=True), options.messages):,} |", flush=True)
        if options.before is not None:
            site, before = write_rules(directory, many=False), options.before.resolve()
            print(f"| 5, before | {count(site, options.messages, before):,} |")
    return 0


def count(site: Path, messages: int, checkout: Path = HERE) -> int:
    """Instructions that the engine of a checkout takes for a message, of so many to this site."""
    with tempfile.TemporaryDirectory() as name:
        data, out = Path(name) / "data", Path(name) / "callgrind"
        data.mkdir()
        python = str(checkout / ".venv" / "bin" / "python")
        command = [*callgrind.prefix(out), python, "-c", _STEPS, str(site), str(data), str(messages)]
        environment = {**os.environ, **callgrind.HASHES, "PYTHONPATH": str(checkout)}
        process = subprocess.run(command, cwd=checkout, env=environment, check=False, capture_output=True, text=True)
        if process.returncode:
            raise SystemExit(f"the engine of {checkout} has failed: {process.stderr[-1000:]}")
        return callgrind.counted(out) // messages


if __name__ == "__main__":
    sys.exit(main())
