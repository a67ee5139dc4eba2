"""Message bindings of profiles: which messages carry readings, and where in them each value is."""

from __future__ import annotations

from gateway.core.profiles.bindings.binding import Binding, Bits, Present
from gateway.core.profiles.bindings.frames import Channel, Match, Records
from gateway.core.profiles.bindings.notation import (
    COMMAND_PORTS,
    EVERYONE,
    FLOAT_SIZES,
    LAST_PORT,
    NUMBER_SIZES,
    Endian,
    Format,
    Hex,
    Scalar,
)
from gateway.core.profiles.bindings.sources import Source, TimeSource

__all__ = [
    "COMMAND_PORTS",
    "EVERYONE",
    "FLOAT_SIZES",
    "LAST_PORT",
    "NUMBER_SIZES",
    "Binding",
    "Bits",
    "Channel",
    "Endian",
    "Format",
    "Hex",
    "Match",
    "Present",
    "Records",
    "Scalar",
    "Source",
    "TimeSource",
]
