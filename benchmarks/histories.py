"""How fast tests of rules run: a series of a million values through decoding and the shipped rules of a pump.

python -m benchmarks.histories
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from gateway.authoring.histories.grounds import read_grounds
from gateway.authoring.histories.reading import read_histories
from gateway.authoring.histories.running import run_history
from gateway.site_files.documents import read_document

_MILLION = 1_000_000
_AIM = 100_000
"""Readings a second for a rule with a limit."""
_TESTS = {
    "one device, equal values": ("p1", "60"),
    "one device, each value another": ("p1", "60..70"),
    "ten devices, equal values": (" ".join(f"p{number}" for number in range(10)), "60"),
}


def _test(devices: list[str], value: str) -> str:
    """A file with a test of a million values in all."""
    each = _MILLION // len(devices)
    series = "\n".join(f"      {device}.bearing_temperature: {value} x{each}" for device in devices)
    return f"""\
tests:
  - name: a bearing that stays cool
    rules: [pump-bearing-hot]
    devices: {{{", ".join(f"{device}: booster_pump" for device in devices)}}}
    series:
{series}
    expect:
      - {{at: 5s, alarms: []}}
      - {{at: {each - 1}s, alarms: []}}
"""


def main() -> None:
    """Print the readings a second of each test."""
    grounds = read_grounds(None, None)
    with tempfile.TemporaryDirectory() as home:
        for name, (devices, value) in _TESTS.items():
            file = Path(home) / "test.yaml"
            file.write_text(_test(devices.split(), value), encoding="utf-8")
            document, _ = read_document(file)
            assert document is not None
            (history,) = read_histories(document, grounds).histories
            since, cpu_since = time.perf_counter(), time.process_time()
            outcome = run_history(history)
            took, cpu = time.perf_counter() - since, time.process_time() - cpu_since
            assert outcome.has_passed, outcome.problems
            rate = f"{outcome.messages / took:>9,.0f}/s, {outcome.messages / cpu:>9,.0f} a second of CPU"
            print(f"{name:<32}{rate}  (aim {_AIM:,})")


if __name__ == "__main__":
    main()
