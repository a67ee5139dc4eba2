"""Compares this checkout with another one: `python -m benchmarks.paired ../before --pairs 12`.

Machines vary, and by more than most changes matter; so both run in turn, and what counts is the median of the ratios of
the pairs. The other checkout needs its own `.venv` (`make .venv/.installed` there).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import gateway, mosquitto, peak_mb, throughput, write_site

HERE = Path(__file__).parent.parent


def main() -> int:
    """Measure pair by pair, and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paired", description=__doc__.split("\n")[0])
    parser.add_argument("before", type=Path, help="the other checkout")
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--messages", type=int, default=100_000)
    options = parser.parse_args()
    before = options.before.resolve()
    if not _python(before).exists():
        print(f"{before} has no .venv: run make .venv/.installed there", file=sys.stderr)
        return 1
    ratios, later_ratios, sizes = [], [], []
    for pair in range(options.pairs):
        order = (before, HERE) if pair % 2 else (HERE, before)
        found = {checkout: _measure(checkout, options.messages) for checkout in order}
        cost, later, size = found[HERE]
        cost_before, later_before, size_before = found[before]
        ratios.append(cost / cost_before)
        later_ratios.append(later / later_before)
        sizes.append(size - size_before)
        print(
            f"pair {pair + 1}: cpu_us {cost_before:.1f} before, {cost:.1f} here, ratio {ratios[-1]:.3f}; with the "
            f"series written {later_ratios[-1]:.3f}; {size_before:.0f} MB before, {size:.0f} MB here",
            flush=True,
        )
    print(
        f"median of {options.pairs} ratios: cpu_us {statistics.median(ratios):.3f}, "
        f"with the series written {statistics.median(later_ratios):.3f}, rss_mb {statistics.median(sizes):+.1f}"
    )
    return 0


def _measure(checkout: Path, messages: int) -> tuple[float, float, float]:
    """CPU (µs a message) until committed, and until the series are written as well; and the peak memory (MB)."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        site, data = write_site(directory), directory / "data"
        with mosquitto(directory) as port:
            started = gateway(data, site, port, checkout=checkout, python=str(_python(checkout)))
            with started as (process, http):
                _, cost, later = throughput(process, http, data, port, messages)
                return cost, later, peak_mb(process)


def _python(checkout: Path) -> Path:
    return checkout / ".venv" / "bin" / "python"


if __name__ == "__main__":
    sys.exit(main())
