"""Decoded readings of messages."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Json, Value
from gateway.core.telemetry.decoding.damaged import parse_damaged
from gateway.core.telemetry.quarantine import Reason, Rejected

_parse = msgspec.json.Decoder().decode


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
