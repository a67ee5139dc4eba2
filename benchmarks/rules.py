"""What rules cost that do not concern a reading: `python -m benchmarks.rules`.

Two sites of 10,000 devices in turn: one with the five rules of the pumps that send, one with 1,000 rules, of which 100
look at windows. Then the alarm latency of the second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import gateway, mosquitto, peak_mb, print_latency, throughput, write_site

DEVICES, RULES, WINDOWS = 10_000, 1_000, 100
_OF_A_PROFILE = 5
"""Rules of each further profile."""
_PROFILE = """profile: bench_{number}
title: {{en: Further device}}
metrics:
  value: {{type: float, range: [0, 1000]}}
  running: {{type: bool}}
messages:
  - {{topic: "site/{{site}}/bench_{number}/{{device}}/telemetry", time: ts}}
"""
_DERIVED = (
    {"mean": "value", "over": "10m"},
    {"max": "value", "over": "1h"},
    {"rate": "value", "over": "10m"},
    {"rising": "running", "over": "1h"},
    {"percentile": "value", "percent": 95, "over": "10m"},
)


def main() -> int:
    """Measure pair by pair, and print the median ratio and the latency."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--messages", type=int, default=100_000)
    options = parser.parse_args()
    ratios = []
    for pair in range(options.pairs):
        order = (False, True) if pair % 2 else (True, False)
        found = {many: _measure(options.messages, many=many) for many in order}
        (few_us, few_mb), (many_us, many_mb) = found[False], found[True]
        ratios.append(many_us / few_us)
        print(
            f"pair {pair + 1}: {few_us:.1f} µs with 5 rules, {many_us:.1f} µs with {RULES:,}, ratio {ratios[-1]:.3f}; "
            f"{few_mb:.0f} MB, {many_mb:.0f} MB",
            flush=True,
        )
    print(f"median of {options.pairs} ratios: {statistics.median(ratios):.3f}")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        site = write_rules(directory, many=True)
        with mosquitto(directory) as port, gateway(directory / "data", site, port):
            print_latency(port)
    return 0


def _measure(messages: int, *, many: bool) -> tuple[float, float]:
    """CPU (µs a message) until committed, and the peak memory (MB)."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        site, data = write_rules(directory, many=many), directory / "data"
        with mosquitto(directory) as port, gateway(data, site, port) as (process, http):
            _, cost, _ = throughput(process, http, data, port, messages)
            return cost, peak_mb(process)


def write_rules(directory: Path, *, many: bool) -> Path:
    """The site of the benchmark with further devices, up to 10,000; with `many`, under further rules of their own."""
    file = write_site(directory)
    site = json.loads(file.read_text())
    profiles = (RULES - len(site["rules"])) // _OF_A_PROFILE
    for number in range(profiles):
        (directory / f"bench_{number}.yaml").write_text(_PROFILE.format(number=number))
        site["include"].append(f"bench_{number}.yaml")
    further = range(DEVICES - len(site["devices"]))
    site["devices"] += [{"id": f"d{each:05d}", "profile": f"bench_{each % profiles}"} for each in further]
    if many:
        site["rules"] += [_rule(number, index) for number in range(profiles) for index in range(_OF_A_PROFILE)]
    file.write_text(json.dumps(site))
    return file


def _rule(number: int, index: int) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": f"bench-{number}-{index}",
        "applies_to": {"profile": f"bench_{number}"},
        "when": f"value > {900 + index}",
        "severity": "warning",
        "title": {"en": "Limit"},
    }
    if number * _OF_A_PROFILE + index < WINDOWS:
        rule |= {"let": {"derived": _DERIVED[index % len(_DERIVED)]}, "when": "derived > 900"}
    return rule


if __name__ == "__main__":
    sys.exit(main())
