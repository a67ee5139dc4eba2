"""Readings as lines of InfluxDB's line protocol, times in microseconds.

Formatted by hand: the client's `Point` costs ten times as much. Measurement, tag and field names need no escaping,
because profiles and sites allow only names without special characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Reading


def format_lines(readings: Iterable[Reading]) -> bytes:
    """One line for each reading that has values: `PROFILE,device=ID metric=value,… time`."""
    lines: list[str] = []
    for reading in readings:
        fields: list[str] = []
        breaking: list[str] = []
        for name, value in reading.values.items():
            kind = type(value)
            if kind is float:
                fields.append(f"{name}={value!r}")
            elif kind is bool:
                fields.append(f"{name}=true" if value else f"{name}=false")
            elif kind is int:
                fields.append(f"{name}={value}i")
            else:
                _string(name, value, fields, breaking)
        if fields:
            lines.append(_line(reading, fields))
        lines.extend(_line(reading, [field]) for field in breaking)
    return "\n".join(lines).encode()


def _string(name: str, value: Value, fields: list[str], breaking: list[str]) -> None:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    # InfluxDB accepts a line break within quotes, VictoriaMetrics drops the whole line. So such a text gets a line of
    # its own, which InfluxDB merges with the others of that time; no number is lost either way.
    (breaking if "\n" in text else fields).append(f'{name}="{text}"')


def _line(reading: Reading, fields: Sequence[str]) -> str:
    return f"{reading.profile},device={reading.device} {','.join(fields)} {reading.time}"
