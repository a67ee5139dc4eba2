"""Readings as lines of InfluxDB's line protocol, times in microseconds.

Formatted by hand: the client's `Point` costs ten times as much. Measurement, tag and field names need no escaping,
because profiles and sites allow only names without special characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Reading

_encode = msgspec.json.Encoder().encode
_SAME_IN_JSON = frozenset((float, bool))
"""Types whose values JSON and the line protocol write alike. An integer needs its `i`, a text has other escapes."""
_FROM_JSON = bytes.maketrans(b":", b"=")


def format_lines(readings: Iterable[Reading]) -> bytes:
    """One line for each reading that has values: `PROFILE,device=ID metric=value,… time`."""
    lines: list[str] = []
    for reading in readings:
        if not _SAME_IN_JSON.issuperset(map(type, reading.values.values())):
            lines.extend(_lines_by_field(reading))
        elif reading.values:
            # Most readings are such: `{"flow":1.5,"running":true}` becomes `flow=1.5,running=true`. The encoder takes
            # half the time of a loop over the fields. It writes 1e300 where Python writes 1e+300.
            fields = _encode(reading.values)[1:-1].translate(_FROM_JSON, b'"').decode()
            lines.append(f"{reading.profile},device={reading.device} {fields} {reading.time}")
    return "\n".join(lines).encode()


def _lines_by_field(reading: Reading) -> Iterator[str]:
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
        yield _line(reading, fields)
    for field in breaking:
        yield _line(reading, [field])


def _string(name: str, value: Value, fields: list[str], breaking: list[str]) -> None:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    # InfluxDB accepts a line break within quotes, VictoriaMetrics drops the whole line. So such a text gets a line of
    # its own, which InfluxDB merges with the others of that time; no number is lost either way.
    (breaking if "\n" in text else fields).append(f'{name}="{text}"')


def _line(reading: Reading, fields: Sequence[str]) -> str:
    return f"{reading.profile},device={reading.device} {','.join(fields)} {reading.time}"
