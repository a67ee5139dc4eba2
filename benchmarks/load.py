"""A process that publishes: `python -m benchmarks.load PORT COUNT DEVICES RATE`, or discards: `… PORT COUNT`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from benchmarks import wire

SITE = "bench"


def topic_of(device: int) -> str:
    """Where a device reports."""
    return f"site/{SITE}/pump/p{device:05d}/telemetry"


def payloads(count: int, devices: int, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Six metrics of each device in turn, well within their limits; a second between two of the same device. So many
    were made before, `start`."""
    first = int(time.time() * 1000) - 60_000
    for index in range(start, start + count):
        device, turn = index % devices, index // devices
        values = (
            f'"pressure":{0.4 + index % 100 * 0.001:.3f},"flow":{12 + index % 37 * 0.1:.2f},'
            f'"vibration":{1.2 + index % 11 * 0.05:.3f},"current":{7 + index % 13 * 0.1:.2f},'
            f'"temperature":{45 + index % 17 * 0.3:.1f},"running":true'
        )
        yield topic_of(device), f'{{"ts":{first + turn * 1000},{values}}}'.encode()


def main() -> None:
    """Publish or discard, and print the rate."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    if len(sys.argv) == 3:
        with wire.connect(port, "bench-discard") as sock:
            seconds = wire.discard(sock, f"site/{SITE}/#", count)
    else:
        devices, rate = int(sys.argv[3]), float(sys.argv[4])
        packets = [
            wire.publish_packet(topic, payload, index % 65_535 + 1)
            for index, (topic, payload) in enumerate(payloads(count, devices))
        ]
        with wire.connect(port, "bench-load") as sock:
            print("ready", flush=True)
            sys.stdin.readline()
            seconds = wire.publish_all(sock, packets, rate)
    print(f"{count / seconds:.0f}", flush=True)


if __name__ == "__main__":
    main()
