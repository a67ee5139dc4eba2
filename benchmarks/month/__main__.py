"""A simulated month in minutes: `python -m benchmarks.month`.

300 devices of all shipped profiles run in virtual time through the engine of production, with the shipped rules and a
store on disk. The simulators' faults are the truth that alarms are compared with. The report is measured against
ISA-18.2; the exit code is 1 where a target is missed: at most 6 alarms an operator-hour, no fault missed, and for 30
days at most 3 minutes.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.month.place import devices_of
from benchmarks.month.report import MOST_AN_HOUR, Judgement, Load, judge, lingering, load_of
from benchmarks.month.running import Month
from benchmarks.month.schedule import AFTERMATH_S, DAY, Fault, schedule_of
from benchmarks.month.told import Told

MOST_SECONDS, MOST_SECONDS_A_DAY = 30.0, 6.0
"""6 s a day are 3 minutes for 30 days; to load the site and compile its rules takes its time as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A month that is over, and how it is judged."""

    days: int
    devices: int
    seconds: float
    cpu_seconds: float
    """Of the engine's process: what it would take if no other program used the machine, about."""
    messages: int
    faults: Sequence[Fault]
    load: Load
    judgements: Sequence[Judgement]
    unexplained: Sequence[Told]
    lingering: Sequence[tuple[Told, float]]
    """Alarms that stood long after their fault, and for how many seconds."""

    @property
    def missed(self) -> list[Judgement]:
        """Of which nobody was told."""
        return [each for each in self.judgements if each.told is None]

    @property
    def is_good(self) -> bool:
        """Whether no target is missed."""
        is_fast = self.seconds <= max(MOST_SECONDS, MOST_SECONDS_A_DAY * self.days)
        return is_fast and not self.missed and self.load.an_hour <= MOST_AN_HOUR


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.month", description=__doc__.split("\n")[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--devices", type=int, default=300, help="about so many; at least one of each profile")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same month")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="write the faults, and which rules may tell of them")
    options = parser.parse_args(arguments)
    result = run(days=options.days, devices=options.devices, seed=options.seed)
    if options.truth:
        options.truth.write_text(json.dumps([dataclasses.asdict(fault) for fault in result.faults], indent=1))
    if options.json:
        print(json.dumps(_as_json(result)))
    else:
        _print(result)
    return 0 if result.is_good else 1


def run(*, days: int, devices: int, seed: int) -> Result:
    """Let so many days pass; the same arguments give the same alarms."""
    site = devices_of(devices)
    schedule = schedule_of(site, days=days, seed=seed)
    begun, cpu_begun = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as name:
        month = Month(site, schedule, Path(name), days=days, seed=seed, progress=_progress(begun))
        gc.collect()
        gc.freeze()
        month.run()
    seconds = time.perf_counter() - begun
    print(file=sys.stderr)
    judgements, unexplained = judge(schedule.faults, month.screen.told)
    return Result(
        days=days,
        devices=len(site),
        seconds=seconds,
        cpu_seconds=time.process_time() - cpu_begun,
        messages=month.messages,
        faults=schedule.faults,
        load=load_of(month.screen, days),
        judgements=judgements,
        unexplained=unexplained,
        lingering=lingering(schedule.faults, month.screen.stood),
    )


def _progress(begun: float) -> Callable[[float], None]:
    def show(share: float) -> None:
        print(f"\r{share:6.1%} of the month, {time.perf_counter() - begun:.0f} s", end="", file=sys.stderr, flush=True)

    return show


def _as_json(result: Result) -> dict[str, object]:
    return {
        "messages": result.messages,
        "seconds": round(result.seconds, 1),
        "cpu_seconds": round(result.cpu_seconds, 1),
        "load": dataclasses.asdict(result.load),
        "faults": [
            {
                **dataclasses.asdict(each.fault),
                "told": None if each.told is None else each.told.rule,
                "delay_s": None if each.delay is None else round(each.delay, 1),
            }
            for each in result.judgements
        ],
        "lingering": [{**dataclasses.asdict(told), "for_s": round(seconds)} for told, seconds in result.lingering],
        "false_alarms": [dataclasses.asdict(each) for each in result.unexplained],
    }


def _print(result: Result) -> None:
    print(
        f"{result.days} days of {result.devices} devices in {result.seconds:.0f} s, {result.cpu_seconds:.0f} s of CPU "
        f"in the engine's process: {result.messages:,} messages\n"
    )
    print(_table(_measures(result.load)))
    print("\nThe ten alarms that were told most often:\n")
    print(_table([("rule and subject", "told"), *((name, str(count)) for name, count in result.load.commonest)]))
    print(f"\nFaults that must be told: {len(result.judgements)}, missed {len(result.missed)}\n")
    print(_table(_delays(result.judgements)))
    for each in result.missed:
        fault = each.fault
        print(f"MISSED {_when(fault.begin)} to {_when(fault.end)} {fault.device} {fault.kind} ({fault.because})")
    print(f"\nAlarms that stood more than an hour after their fault: {len(result.lingering)}")
    if result.lingering:
        print("\n" + _table(_lingering(result.lingering)))
    print(f"\nFalse alarms, which no fault explains: {len(result.unexplained)}")
    if result.unexplained:
        print("\n" + _table(_origins(result)))


def _measures(load: Load) -> list[tuple[str, ...]]:
    critical, warning, info = (load.severities[each] for each in ("critical", "warning", "info"))
    return [
        ("measure", "here", "ISA-18.2"),
        ("alarms an operator-hour, average", f"{load.an_hour:.2f}", "about 6, at most 12"),
        ("alarms in the worst hour", str(load.worst_hour), ""),
        ("alarms a day, average", f"{load.a_day:.1f}", "150, at most 300"),
        ("alarms on the worst day", str(load.worst_day), ""),
        ("floods: more than 10 in 10 min", str(load.floods), ""),
        ("time in floods", f"{load.flood_share:.2%}", "under 1 %"),
        ("chattering alarms: 3 in 60 s", str(load.chattering), "0"),
        ("stale alarms, over 24 h, a day", f"{load.stale_a_day:.2f}", "fewer than 5"),
        ("info / warning / critical", f"{info:.0%} / {warning:.0%} / {critical:.0%}", "80 % / 15 % / 5 %"),
        ("share of the ten commonest", f"{load.commonest_share:.0%}", "at most 5 %"),
    ]


def _delays(judgements: Sequence[Judgement]) -> list[tuple[str, ...]]:
    """For each kind of fault: how many, how many were found, and the median and the longest delay."""
    kinds: dict[str, list[Judgement]] = defaultdict(list)
    for each in judgements:
        kinds[each.fault.device.rpartition("-")[0] or each.fault.device].append(each)
    rows: list[tuple[str, ...]] = [("fault", "times", "found", "delay, median", "longest")]
    for name, of_device in sorted(kinds.items()):
        for kind in sorted({each.fault.kind for each in of_device}):
            those = [each for each in of_device if each.fault.kind == kind]
            delays = [each.delay for each in those if each.delay is not None]
            median, longest = (f"{statistics.median(delays):.0f} s", f"{max(delays):.0f} s") if delays else ("", "")
            rows.append((f"{name} {kind}", str(len(those)), str(len(delays)), median, longest))
    return rows


def _lingering(stood: Sequence[tuple[Told, float]]) -> list[tuple[str, ...]]:
    """Their rules, and for how long each stood at most."""
    rules: dict[str, list[float]] = defaultdict(list)
    for told, seconds in stood:
        rules[told.rule].append(seconds)
    rows = sorted(rules.items(), key=lambda item: -max(item[1]))
    return [("rule", "times", "longest"), *((rule, str(len(each)), f"{max(each) / 3600:.1f} h") for rule, each in rows)]


def _origins(result: Result) -> list[tuple[str, ...]]:
    """The rules of false alarms, with the first of each and what was the matter with its device."""
    rules: dict[str, list[Told]] = defaultdict(list)
    for each in result.unexplained:
        rules[each.rule].append(each)
    rows: list[tuple[str, ...]] = [("rule", "times", "first", "subject", "at that time on the device")]
    for rule, those in sorted(rules.items(), key=lambda item: -len(item[1])):
        first = those[0]
        near = [
            f"{fault.kind} ({fault.because})"
            for fault in result.faults
            if fault.begin <= first.at <= fault.end + AFTERMATH_S and first.subject == f"device:{fault.device}"
        ]
        rows.append((rule, str(len(those)), _when(first.at), first.subject, ", ".join(near)))
    return rows


def _when(at: float) -> str:
    day, rest = divmod(int(at), int(DAY))
    return f"day {day + 1} {rest // 3600:02d}:{rest // 60 % 60:02d}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


if __name__ == "__main__":
    sys.exit(main())
