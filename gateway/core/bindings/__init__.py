"""Message bindings of profiles: which messages carry readings, and where in them each value stands."""

from __future__ import annotations

from gateway.core.bindings.binding import Binding, Present
from gateway.core.bindings.frames import Channel, Match
from gateway.core.bindings.notation import EVERYONE, FLOAT_SIZES, NUMBER_SIZES, Endian, Format, Hex, Scalar
from gateway.core.bindings.sources import Source, TimeSource

__all__ = [
    "EVERYONE",
    "FLOAT_SIZES",
    "NUMBER_SIZES",
    "Binding",
    "Channel",
    "Endian",
    "Format",
    "Hex",
    "Match",
    "Present",
    "Scalar",
    "Source",
    "TimeSource",
]
