"""Contents of messages, and the readings decoded from them."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.paths import entered
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.damaged import parse_damaged
from gateway.core.telemetry.quarantine import Reason, Rejected

_parse = msgspec.json.Decoder().decode
_UNPARSED: Final = object()


class Decoded(msgspec.Struct, gc=False):
    """One reading of a message: values by metric, and the metrics that were rejected."""

    values: dict[str, Value]
    rejected: list[Rejected]
    time: Micros | None = None
    """The time stamp; None if there is none, or if it is unreadable."""
    timed: bool = False
    """Whether such messages carry a time stamp."""
    by_server: bool = False
    """Whether a server puts the stamp on, and not the device: it then says when that server heard the device."""
    historical: bool = False
    """Whether the device marks it as a record of the past: stored, but not evaluated."""
    age: Micros = 0
    """Of a record of the past without a time of its own: how much older it is than its message."""
    unread: frozenset[str] = frozenset()
    """Metrics that may stand in a part of the message that cannot be read."""


def parse_json(payload: bytes | str) -> Json:
    """The parsed document, or Rejected. Never raises.

    NaN, 1e999, control characters and other encodings are not JSON, but devices send them. Only the value is rejected
    then, not its message.
    """
    try:
        return _parse(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        return parse_damaged(payload)
    except (ValueError, RecursionError) as error:
        return Rejected(Reason.MALFORMED, f"the payload is not JSON: {error}")


class Contents:
    """The payload of one message, for all its parsers: its JSON is parsed once, and rejected with one sentence."""

    __slots__ = ("_json", "_without_readings", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._json: Json = _UNPARSED
        self._without_readings: Rejected | None = None

    def json(self) -> Json:
        """The parsed document, or Rejected. Nobody changes it. Of a text that is JSON it is what stands in it."""
        if self._json is _UNPARSED:
            self._json = entered(parse_json(self.payload))
        return self._json

    def without_readings(self) -> Rejected:
        """The rejection of a document in which no reading is where a parser looks for some."""
        if self._without_readings is None:
            document = self.json()
            what = f"keys: {shown(list(document))}" if type(document) is dict else f"the message is {shown(document)}"
            detail = f"no reading is where `readings` looks for some; {what}"
            self._without_readings = Rejected(Reason.UNKNOWN_MESSAGE, detail)
        return self._without_readings
