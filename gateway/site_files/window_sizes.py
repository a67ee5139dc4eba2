"""What the windows of a site's rules take in memory."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.configuration import Configuration

_KB = 1_000


def window_sizes(configuration: Configuration) -> Iterator[str]:
    """One line for each derived value of a rule: the most readings it keeps of a device, and what they take."""
    devices = configuration.site.devices.values()
    for rule in configuration.rules:
        watched = sum(rule.watches(device) for device in devices)
        of = "of 1 device" if watched == 1 else f"of each of {watched} devices"
        for name, each in rule.let.items():
            readings = f"{each.capacity:,} readings" if each.over else "the latest reading"
            size = -(-each.most_bytes // _KB)
            yield f"{rule.id}: {name} keeps at most {readings} {of}, {size:,} kB"
