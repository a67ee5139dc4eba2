"""What a message costs with 100, 1,000 and 10,000 devices: `python -m benchmarks.scaling`.

With `--chart` it also draws the figures as an SVG.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import gateway, mosquitto, peak_mb, throughput, write_site

DEVICES = (100, 1_000, 10_000)
Costs = dict[int, tuple[float, float]]
"""By number of devices: µs of CPU a message until committed, and with the series written."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _BASE = 640, 320, 56, 48, 270
_BAR, _COLOURS = 64, ("#1f5f8b", "#8fb8d0")
_LABELS = ("until committed", "with the series written")


def main() -> int:
    """Measure each number of devices in turn, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__.split("\n")[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="the medians of so many rounds are printed")
    parser.add_argument("--devices", type=int, nargs="+", default=DEVICES)
    parser.add_argument("--chart", type=Path, help="the SVG file to draw")
    options = parser.parse_args()
    found: dict[int, list[tuple[float, float, float]]] = {devices: [] for devices in options.devices}
    for _ in range(options.rounds):
        for devices in options.devices:
            found[devices].append(_measure(devices, options.messages))
    print("| devices | µs a message until committed | with the series written | MB |\n|---|---|---|---|")
    costs: Costs = {}
    for devices, rounds in found.items():
        committed, written, size = (statistics.median(column) for column in zip(*rounds, strict=True))
        costs[devices] = committed, written
        print(f"| {devices:,} | {committed:.1f} | {written:.1f} | {size:.0f} |")
    if options.chart:
        options.chart.write_text(draw(costs))
    return 0


def _measure(devices: int, messages: int) -> tuple[float, float, float]:
    """As `Costs`, and the peak memory (MB)."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        site, data = write_site(directory, devices), directory / "data"
        with mosquitto(directory) as port, gateway(data, site, port) as (process, http):
            _, committed, written = throughput(process, http, data, port, messages, devices=devices)
            return committed, written, peak_mb(process)


def draw(costs: Costs) -> str:
    """A bar chart: two bars for each number of devices, with their values."""
    most = max(written for _, written in costs.values())
    scale = (_BASE - _TOP - 24) / most
    marks = []
    step = (_WIDTH - _LEFT) / len(costs)
    for group, (devices, pair) in enumerate(costs.items()):
        middle = _LEFT + step * (group + 0.5)
        marks.append(_text(middle, _BASE + 22, f"{devices:,} devices"))
        for side, value in enumerate(pair):
            left, height = middle - _BAR + side * _BAR, value * scale
            marks.append(
                f'<rect x="{left + 2:.0f}" y="{_BASE - height:.0f}" width="{_BAR - 4}" height="{height:.0f}" '
                f'fill="{_COLOURS[side]}"/>'
            )
            marks.append(_text(left + _BAR / 2, _BASE - height - 6, f"{value:.1f}"))
    for side, label in enumerate(_LABELS):
        left = _LEFT + side * 180
        marks.append(f'<rect x="{left}" y="18" width="12" height="12" fill="{_COLOURS[side]}"/>')
        marks.append(_text(left + 18, 29, label, anchor="start"))
    marks.append(f'<line x1="{_LEFT}" y1="{_BASE}" x2="{_WIDTH - 8}" y2="{_BASE}" stroke="#444"/>')
    marks.append(_text(_LEFT, _HEIGHT - 8, "µs of CPU a message", anchor="start"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="13" role="img" aria-label="CPU a message by number of devices">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n' + "\n".join(marks) + "\n</svg>\n"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#222">{text}</text>'


if __name__ == "__main__":
    sys.exit(main())
