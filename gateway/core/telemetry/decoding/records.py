"""Records of one length that follow each other to the end of the bytes of a message, such as a device's log."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.profiles.bindings import Endian, Records
from gateway.core.profiles.metric import Metric
from gateway.core.telemetry.decoding.byte_fields import byte_reader, read_fields
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import MOST_READINGS
from gateway.core.telemetry.quarantine import Reason, Rejected

SECONDS = Metric(type="float", unit="s")
"""The metric as which the time of a part is read."""


class RecordReader:
    """Reads the records of a message: each is a reading of the past, but the newest of those without a time."""

    def __init__(self, records: Records, metrics: Mapping[str, Metric], endian: Endian) -> None:
        """Raises ValueError when a source cannot give its metric."""
        self._at, self._width = records.at, records.width
        self._fields = [(name, byte_reader(name, metrics[name], each, endian)) for name, each in records.values.items()]
        self._read_time = None if records.time is None else byte_reader("time", SECONDS, records.time, endian)
        self._every, self._newest_is_last = records.every or 0, records.newest == "last"
        self.metrics = frozenset(records.values)
        """The metrics that a record carries."""

    def read(self, data: bytes, present: Decoded) -> list[Decoded]:
        """The readings of the past, oldest first. The values of the newest record without a time go into `present`."""
        count, rest = divmod(max(len(data) - self._at, 0), self._width)
        problem = None
        if count > MOST_READINGS:
            problem = Rejected(Reason.OVERSIZED, f"more than {MOST_READINGS} records are in it")
        elif rest or len(data) < self._at:
            detail = f"the {len(data)} bytes end within the record at byte {self._at + count * self._width}"
            problem = Rejected(Reason.MALFORMED, detail)
        if problem is not None:
            present.rejected.append(problem)
            if self._read_time is None:  # nobody knows which record is the newest
                present.unread = self.metrics
                return []
            if problem.reason is Reason.OVERSIZED:
                return []
        contents = [data[at : at + self._width] for at in range(self._at, len(data) - rest, self._width)][:count]
        return self._with_own_time(contents) if self._read_time is not None else self._apart(contents, present)

    def _with_own_time(self, contents: list[bytes]) -> list[Decoded]:
        """A record without a time was never written: logs are sent in whole pages."""
        past = []
        for content in contents:
            if (time := self._time_of(content)) is not None:
                past.append(Decoded({}, [], time, timed=True, historical=True))
                read_fields(self._fields, content, past[-1])
        return past

    def _time_of(self, content: bytes) -> Micros | None:
        seconds = None if self._read_time is None else self._read_time(content)
        return round(seconds * SECOND) if isinstance(seconds, float) and seconds > 0 else None

    def _apart(self, contents: list[bytes], present: Decoded) -> list[Decoded]:
        if self._newest_is_last:
            contents.reverse()
        if contents:
            read_fields(self._fields, contents[0], present)
        past: list[Decoded] = []
        for index, content in enumerate(contents[1:], start=1):
            past.append(Decoded({}, [], historical=True, age=index * self._every))
            read_fields(self._fields, content, past[-1])
        return past[::-1]
