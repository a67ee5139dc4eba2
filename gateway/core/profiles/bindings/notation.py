"""The notation of values in a message binding: paths, hex, zones, one or a list of several."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.core.profiles.element_paths import captures_of
from gateway.core.profiles.paths import check_paths, parse_path

Scalar = bool | int | float | str
Format = Literal["json", "plain", "bytes", "lorawan", "sparkplug"]
Endian = Literal["little", "big", "ABCD", "CDAB", "BADC", "DCBA"]
"""A byte order: `ABCD` is big, `DCBA` little. Modbus devices also send the words of 16 bits in the other order, CDAB,
or the bytes in each word, BADC."""
ByteType = Literal[
    "u8", "i8", "u16", "i16", "u24", "i24", "u32", "i32", "u64", "i64", "f32", "f64", "bcd", "hex", "text"
]

NUMBER_SIZES = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u24": 3, "i24": 3, "u32": 4, "i32": 4, "u64": 8, "i64": 8}
FLOAT_SIZES = {"f32": 4, "f64": 8}
EVERYONE = ("*",)
"""In place of the path to a device or a channel: the message concerns all devices with the binding, or all channels of
its device."""

COMMAND_PORTS = (0, 224)
"""The fPorts that LoRaWAN itself uses: for MAC commands, and for its certification protocol."""

LAST_PORT = 255

_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_PREFIX = re.compile(r"(?:[0-9a-f]{2}|\?\?)+")


def _path(text: str) -> str:
    parse_path(text)
    return text


def _one_or_all(paths: tuple[str, ...]) -> tuple[str, ...]:
    if paths != EVERYONE:
        check_paths(paths)
    return paths


def _paths(text: str) -> str:
    if "site" in captures_of(text):
        raise ValueError("{site} is a capture of topics, not of keys: call it otherwise, such as {device} or {channel}")
    return text


def _hex(text: str) -> str:
    plain = text.lower().replace(" ", "")
    if not _HEX.fullmatch(plain):
        raise ValueError(f"{text!r} is not hex: write two digits a byte, such as 0175")
    return plain


def hex_prefix(text: str) -> str:
    """The prefix in lower case and without blanks. Raises ValueError if the text is not one."""
    plain = text.lower().replace(" ", "")
    if not _PREFIX.fullmatch(plain):
        raise ValueError(f"{text!r} is not hex: write two digits a byte, or ?? for any byte, such as ????01")
    return plain


def known_zone(text: str) -> str:
    if text == "site":
        return text
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:  # a KeyError is what ZoneInfoNotFoundError is
        raise ValueError(f"{text!r} is not a time zone: write site, UTC or a name such as Asia/Shanghai") from error
    return text


def _port(number: int) -> int:
    if number in COMMAND_PORTS:
        raise ValueError(f"port {number} is for commands of LoRaWAN and never has readings: write that of the device")
    if not 0 < number <= LAST_PORT:
        raise ValueError(f"port {number} is none of LoRaWAN: write a number from 1 to {LAST_PORT}")
    return number


def are_bits(bits: tuple[int, int]) -> bool:
    first, count = bits
    return first >= 0 and 1 <= count <= 64 - first


def _bit_range(bits: tuple[int, int]) -> tuple[int, int]:
    if not are_bits(bits):
        raise ValueError(f"{list(bits)} is not a first bit (from 0) and a count: write the lowest four as [0, 4]")
    return bits


def as_list(value: object) -> object:
    return [value] if isinstance(value, str | int | float) else value


# For JSON Schema: what a file may have where the model has a tuple.
TEXTS = str | Annotated[list[str], Field(min_length=1)]
SCALARS = Scalar | Annotated[list[Scalar], Field(min_length=1)]

Port = Annotated[
    int,
    AfterValidator(_port),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LAST_PORT, "not": {"enum": list(COMMAND_PORTS)}}),
]
"""The fPort of uplinks with readings."""

PORTS = Port | Annotated[list[Port], Field(min_length=1)]

BitRange = Annotated[tuple[int, int], AfterValidator(_bit_range)]
"""The first bit of a whole number, 0 the lowest, and a count."""

Path = Annotated[str, AfterValidator(_path)]
"""The path of a value in a JSON message."""

FirstOf = Annotated[
    tuple[Path, ...],
    BeforeValidator(as_list, json_schema_input_type=TEXTS),
    Field(min_length=1),
]
"""A path or a list of paths. The first that leads to a value other than null counts."""

Paths = Annotated[str, AfterValidator(_paths)]
"""The path of several elements in a JSON message."""

Hex = Annotated[
    str, AfterValidator(_hex), WithJsonSchema({"type": "string", "pattern": "^ *([0-9a-fA-F] *[0-9a-fA-F] *)+$"})
]
"""Bytes, two hexadecimal digits each; lower-case once read."""

OneOrAll = Annotated[
    tuple[str, ...],
    AfterValidator(_one_or_all),
    BeforeValidator(as_list, json_schema_input_type=TEXTS),
    Field(min_length=1),
]
"""Where a message names its device or channel; `*` if it concerns all of them."""

OneOrMore = Annotated[
    tuple[Scalar, ...],
    BeforeValidator(as_list, json_schema_input_type=SCALARS),
    Field(min_length=1),
]
"""A scalar or a list of scalars."""
