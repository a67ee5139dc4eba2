"""What takes as long in a full store as in an empty one: medians with few rows and with many."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from gateway import parts
from gateway.store.database import Database, open_database

AT_ONCE = 5_000
"""Rows that are written in one commit."""
Measured = Mapping[str, tuple[Callable[[], object], int]]
"""What is measured, by its name, and how often."""


def medians_ms(fill: Callable[[Database], None], measured: Callable[[Database], Measured]) -> dict[str, float]:
    """The median of each in milliseconds, in a store that is filled first."""
    with tempfile.TemporaryDirectory() as name:
        database = open_database(Path(name), parts.migrations())
        try:
            fill(database)
            return {what: _median_ms(do, times) for what, (do, times) in measured(database).items()}
        finally:
            database.close()


def print_sizes(rows: str, few: int, many: int, before: Mapping[str, float], after: Mapping[str, float]) -> None:
    """A table of the medians with `few` and with `many` of these rows, and their ratio."""
    print(f"| ms | {few:,} {rows} | {many:,} {rows} | ratio |\n|---|---|---|---|")
    for what, taken in before.items():
        print(f"| {what} | {taken:.2f} | {after[what]:.2f} | {after[what] / taken:.2f} |")


def _median_ms(do: Callable[[], object], times: int) -> float:
    do()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        do()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)
