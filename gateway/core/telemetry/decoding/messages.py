"""What a message becomes: decoded readings, or the reason why not."""

from __future__ import annotations

import json

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Json, Value
from gateway.core.telemetry.quarantine import Reason, Rejected

_parse = msgspec.json.Decoder().decode


class Decoded(msgspec.Struct, gc=False):
    """One reading of a message: values by metric, and the metrics that were kept aside."""

    values: dict[str, Value]
    rejected: list[Rejected]
    time: Micros | None = None
    """The device's own time; None where it has none, or none that can be read."""
    timed: bool = False
    """Whether such messages carry the device's own time."""
    historical: bool = False
    """The device says itself that this is not the present: stored, but no alarm looks at it."""


def parse_json(payload: bytes | str) -> Json:
    """The document, or Rejected. Never raises.

    NaN, Infinity and 1e999 are no JSON, but devices send them: the metric is kept aside then, not its message.
    """
    try:
        return _parse(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as error:
        return Rejected(Reason.MALFORMED, f"the payload is not JSON: {error}")
