"""Message bindings of profiles: which messages carry readings, and where in them each value stands."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from gateway.core.paths import captures_of, parse_path
from gateway.core.topics import TopicPattern

Scalar = bool | int | float | str
Format = Literal["json", "plain", "bytes", "lorawan", "sparkplug"]
Endian = Literal["little", "big"]
ByteType = Literal[
    "u8", "i8", "u16", "i16", "u24", "i24", "u32", "i32", "u64", "i64", "f32", "f64", "bcd", "hex", "text"
]

NUMBER_SIZES = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u24": 3, "i24": 3, "u32": 4, "i32": 4, "u64": 8, "i64": 8}
FLOAT_SIZES = {"f32": 4, "f64": 8}
_OF_A_TIME = {"at", "type", "endian", "scale", "offset"}
_SIZED = ("bcd", "hex", "text")
EVERYONE = ("*",)
"""In the place of the path to a device: the message concerns every device that speaks so."""

_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_PREFIX = re.compile(r"(?:[0-9a-f]{2}|\?\?)+")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _or_path(schema: dict[str, Any]) -> None:
    """In JSON Schema: that a path, or a list of some, may stand in place of the mapping."""
    mapping = {key: schema.pop(key) for key in list(schema) if key != "description"}
    schema["anyOf"] = [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}, mapping]


def _path(text: str) -> str:
    parse_path(text)
    return text


def _device(paths: tuple[str, ...]) -> tuple[str, ...]:
    if paths != EVERYONE:
        for path in paths:
            parse_path(path)
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


def _prefix(text: str) -> str:
    plain = text.lower().replace(" ", "")
    if not _PREFIX.fullmatch(plain):
        raise ValueError(f"{text!r} is not hex: write two digits a byte, or ?? for any byte, such as ????01")
    return plain


def _zone(text: str) -> str:
    if text == "site":
        return text
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:  # a KeyError is what ZoneInfoNotFoundError is
        raise ValueError(f"{text!r} is not a time zone: write site, UTC or a name such as Asia/Shanghai") from error
    return text


def _are_bits(bits: tuple[int, int]) -> bool:
    first, count = bits
    return first >= 0 and 1 <= count <= 64 - first


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | int | float) else value


def _check_paths(name: str, source: Source) -> None:
    for path in source.path or ():
        try:
            parse_path(path)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error


# What may stand in a file where the model has a tuple, for JSON Schema.
_TEXTS = str | Annotated[list[str], Field(min_length=1)]
_INTS = int | Annotated[list[int], Field(min_length=1)]
_SCALARS = Scalar | Annotated[list[Scalar], Field(min_length=1)]

Path = Annotated[str, AfterValidator(_path)]
"""Where a value stands in a JSON message."""

FirstOf = Annotated[
    tuple[Path, ...],
    BeforeValidator(_as_list, json_schema_input_type=_TEXTS),
    Field(min_length=1),
]
"""A path, or a list of some, of which the first that leads to something counts; null is nothing."""

Paths = Annotated[str, AfterValidator(_paths)]
"""Where several elements stand in a JSON message."""

Hex = Annotated[
    str, AfterValidator(_hex), WithJsonSchema({"type": "string", "pattern": "^ *([0-9a-fA-F] *[0-9a-fA-F] *)+$"})
]
"""Bytes, two hexadecimal digits each; lower-case once read."""

Devices = Annotated[
    tuple[str, ...],
    AfterValidator(_device),
    BeforeValidator(_as_list, json_schema_input_type=_TEXTS),
    Field(min_length=1),
]
"""Where a message names its device, or `*` where it concerns every device that speaks so."""

OneOrMore = Annotated[
    tuple[Scalar, ...],
    BeforeValidator(_as_list, json_schema_input_type=_SCALARS),
    Field(min_length=1),
]
"""A scalar, or a list of some."""


class Source(_Model):
    """Where a metric's value stands in a message, and what makes it one of the metric.

    A text or a list alone is the path.
    """

    model_config = ConfigDict(json_schema_extra=_or_path)

    path: (
        Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=_TEXTS), Field(min_length=1)] | None
    ) = None
    """Where in JSON it stands, such as `data.items[0].value`. Of several the first that leads to something counts.

    For Sparkplug: the metric's name there.
    """
    at: int | None = None
    """Offset in bytes, from 0; below 0 from the end."""
    type: ByteType | None = None
    """How bytes are a value: `u16` a whole number of 16 bits, `i16` one with a sign, `f32` a floating-point number."""
    size: int | None = Field(default=None, ge=1, le=256)
    """Bytes; for bcd, hex and text."""
    endian: Endian | None = None
    """Which end of a number comes first, where it is not as in the rest of the message."""
    bit: int | None = Field(default=None, ge=0, le=63)
    """This bit of a whole number alone, 0 the lowest: true or false."""
    bits: tuple[int, int] | None = Field(default=None, examples=[[0, 4]])
    """First bit and count: the whole number that they make."""
    scale: float | None = None
    """The value is what is sent × `scale` + `offset`."""
    offset: float | None = None
    """The value is what is sent × `scale` + `offset`."""
    unit: str | None = None
    """Of what is sent, where it is not the metric's. With a unit, texts such as `3.384 V` are numbers too."""
    map: dict[Scalar, Scalar] | None = Field(default=None, min_length=1, examples=[{"ON": True, "OFF": False}])
    """The value of each that is sent. What is not in it is kept aside, unless there is an `otherwise`."""
    otherwise: Scalar | None = None
    """The value of everything that is not in `map`."""
    equals: OneOrMore | None = None
    """True where this, or one of these, is sent; false where anything else is."""
    contains: OneOrMore | None = None
    """True where one of these is a word of the text (between blanks or commas) or an item of the list."""
    join: str | None = None
    """The items of a list as one text, with this between them."""
    sum: bool = False
    """The numbers of a list added up; a number alone is itself."""
    scale_by: Source | None = None
    """Where the message itself holds a factor of the value."""
    decimal: bool = False
    """For a tag: its UID is sent as a decimal number."""
    const: Scalar | None = None
    """This value, whatever the message says."""
    absent: Scalar | None = None
    """The value where nothing stands at the path, for senders that leave out what is zero or false."""
    empty: tuple[Scalar, ...] = Field(default=(), examples=[["", "(null)"]])
    """What the sender says for "no value"."""
    optional: bool = False
    """For bytes: a message may end before it."""

    @model_validator(mode="before")
    @classmethod
    def _text_is_path(cls, given: Any) -> Any:  # noqa: ANN401 — whatever the file holds
        return {"path": given} if isinstance(given, str | list) else given

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.bits is not None and not _are_bits(self.bits):
            raise ValueError(
                f"bits: {list(self.bits)} is not a first bit (from 0) and a count: write the lowest four as [0, 4]"
            )
        if self.bit is not None and self.bits is not None:
            raise ValueError("a source has `bit` or `bits`, not both: remove one")
        picks = [name for name in ("map", "equals", "contains") if getattr(self, name) is not None]
        if len(picks) > 1:
            raise ValueError(f"a source has `{picks[0]}` or `{picks[1]}`, not both: remove one")
        if self.otherwise is not None and self.map is None:
            raise ValueError(
                "`otherwise` is for what a `map` does not name, and there is no `map`: add one, or remove it"
            )
        if self.const is not None and (others := self.model_fields_set - {"const"}):
            raise ValueError(f"`const` is the value whatever the message says: remove `{min(others)}`, or `const`")
        scaled = self.model_fields_set & {"scale", "offset", "scale_by"}
        if picks and picks[0] != "map" and scaled:
            raise ValueError(f"`{min(scaled)}` is for numbers, and `{picks[0]}` gives true or false: remove one")
        if self.scale_by is not None and (self.scale_by.path is None) is not (self.path is None):
            raise ValueError(
                "`scale_by` must stand where the value does: write both with a `path`, or both with a `type`"
            )
        if self.size is not None and self.type not in _SIZED:
            raise ValueError(
                f"`size` is for bcd, hex and text, {self.type} has its own: remove it"
                if self.type
                else "`size` needs a `type`: bcd, hex or text"
            )
        if self.type in _SIZED and self.size is None:
            raise ValueError(f"`type` {self.type} needs a `size`: write the number of its bytes")
        if self.path is not None and (self.type is not None or self.at is not None):
            beside = "type" if self.type is not None else "at"
            raise ValueError(f"a source has a `path` (in JSON) or a `{beside}` (in bytes), not both: remove one")
        if self.type is None and self.at is not None:
            raise ValueError("`at` needs a `type`, such as u8 or i16")
        return self

    @property
    def width(self) -> int:
        """How many bytes it takes; 0 where it is not in the bytes."""
        if self.type is None:
            return 0
        return self.size or NUMBER_SIZES.get(self.type) or FLOAT_SIZES[self.type]


class TimeSource(_Model):
    """Where the device's own time stands. A text alone, or a list of some, is the path."""

    model_config = ConfigDict(json_schema_extra=_or_path)

    path: FirstOf
    """Where it stands in the message. Of several paths the first that leads to something counts."""
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    """In which zone a time without an offset is: `site`, `UTC` or a name. Without it such a time is unreadable."""

    @model_validator(mode="before")
    @classmethod
    def _text_is_path(cls, given: Any) -> Any:  # noqa: ANN401
        return {"path": given} if isinstance(given, str | list) else given


class Present(_Model):
    """Asks whether anything stands at a path."""

    present: bool
    """`true`: only messages that have something there; `false`: only those that have nothing."""


Condition = Present | OneOrMore


class Match(_Model):
    """Asks whether a number in the bytes is one of these. A message that ends before it does not fit."""

    at: int
    """Offset in bytes, from 0; below 0 from the end."""
    type: ByteType
    """Which whole number it is, such as `u8`."""
    endian: Endian | None = None
    """Which end of it comes first, where that is not as in the rest of the message."""
    bits: tuple[int, int] | None = Field(default=None, examples=[[0, 4]])
    """First bit and count: of the number only these."""
    equals: OneOrMore
    """The number, or a list of some."""

    @model_validator(mode="after")
    def _is_number(self) -> Self:
        if self.type not in NUMBER_SIZES:
            raise ValueError(f"type: {self.type!r} is no whole number: compare a u8, a u16 or such")
        if self.bits is not None and not _are_bits(self.bits):
            raise ValueError(f"bits: {list(self.bits)} is not a first bit (from 0) and a count: write [0, 4]")
        return self

    def source(self) -> Source:
        """Where the number stands."""
        return Source(at=self.at, type=self.type, endian=self.endian, bits=self.bits)


class Channel(_Model):
    """What follows one tag of a message made of tags and values."""

    values: dict[str, Source] = Field(default={}, examples=[{"temperature": {"type": "i16", "scale": 0.1}}])
    """Each metric, and where in the channel it stands; `at` is 0 unless given."""
    length: int | None = Field(default=None, ge=0, le=256)
    """Bytes; unless given, as far as its values reach."""
    time: Source | None = None
    """Seconds since 1970; the values are then a reading of their own."""

    @property
    def width(self) -> int:
        """How many bytes follow the tag."""
        if self.length is not None:
            return self.length
        sources = [*self.values.values(), *([self.time] if self.time else [])]
        return max((source.width + (source.at or 0) for source in sources), default=0)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        sources = {**self.values, **({"time": self.time} if self.time else {})}
        for name, source in sources.items():
            if source.type is None and source.const is None:
                raise ValueError(f"{name}: a value of a channel needs a `type`, such as u8")
            if (source.at or 0) < 0 or (source.at or 0) + source.width > self.width:
                raise ValueError(
                    f"{name}: it lies outside the {self.width} bytes of its channel: correct `at`, or `length`"
                )
        if self.time is not None and (others := self.time.model_fields_set - _OF_A_TIME):
            raise ValueError(f"the `time` of a channel is a number of seconds since 1970: remove `{min(others)}`")
        if not self.width and not self.values:
            raise ValueError("a channel needs `values`, or its `length` in bytes: write one of them")
        return self


_OF_BYTES = {"endian", "length", "starts_with", "matches", "channels", "channel_length"}
_OF_FORMAT: dict[Format, set[str]] = {
    "json": {"readings", "device", "channel", "time", "when"},
    "plain": {"device"},
    "bytes": {*_OF_BYTES, "encoding", "data", "device", "channel", "time", "when"},
    "lorawan": {*_OF_BYTES, "port", "when"},
    "sparkplug": set(),
}
"""Keys of a binding that not every format has."""
_OF_SOME_FORMATS: set[str] = set().union(*_OF_FORMAT.values())


def _by_format(schema: dict[str, Any]) -> None:
    """In JSON Schema: which keys go with which format."""
    schema["allOf"] = []
    for form, keys in _OF_FORMAT.items():
        then: dict[str, Any] = {"properties": dict.fromkeys(sorted(_OF_SOME_FORMATS - keys), False)}
        if form in ("lorawan", "sparkplug"):
            then["properties"]["topic"] = {"type": "null"}
        else:
            then["required"] = ["topic"]
        given = {"properties": {"format": {"const": form}}, **({} if form == "json" else {"required": ["format"]})}
        schema["allOf"].append({"if": given, "then": then})


class Binding(_Model):
    """Which messages carry this profile's readings, and where in them the values stand."""

    model_config = ConfigDict(json_schema_extra=_by_format)

    topic: str | None = Field(default=None, examples=["site/{site}/pump/{device}/telemetry"])
    """With `{site}`, `{device}` and `{channel}`; any other name in braces takes any text of a level."""
    format: Format = "json"
    """What a message is: a JSON document, one bare value as text, bytes, an uplink of LoRaWAN, or Sparkplug B."""
    when: dict[Path, Condition] = Field(default={}, examples=[{"method": "NotifyStatus"}])
    """Only messages with these values at these paths."""
    ignore: bool = False
    """Such messages are known, and hold nothing of use."""
    time: TimeSource | None = None
    """Where the device's time stamp stands; without it a reading has the time at which it was received."""
    readings: Paths | None = Field(default=None, examples=["data[]"])
    """Where several readings stand in one message: `data[]`, or `params.switch:{channel}`. Paths then start there."""
    device: Devices | None = None
    """Where a message names its device, when its topic does not; `*` where it concerns every device that speaks so."""
    channel: FirstOf | None = None
    """Where a message names the channel of its device. The device's address is then `address/channel`."""
    values: dict[str, Source] | None = Field(default=None, examples=[{"level": "data.level"}])
    """Each metric, and where its value stands. Left out: every metric stands under the key of its own name."""
    encoding: Literal["binary", "hex", "base64"] = "binary"
    """How bytes are written: as they are, or as text."""
    data: Path | None = None
    """Where in a JSON message the bytes stand as text; other paths then refer to that message."""
    endian: Endian = "big"
    """Which end of numbers comes first."""
    port: (
        Annotated[
            tuple[int, ...],
            BeforeValidator(_as_list, json_schema_input_type=_INTS),
            Field(min_length=1),
        ]
        | None
    ) = None
    """Only uplinks on this fPort, or on one of these."""
    length: (
        Annotated[
            tuple[int, ...],
            BeforeValidator(
                _as_list, json_schema_input_type=int | Annotated[list[int], Field(min_length=1, max_length=2)]
            ),
            Field(min_length=1, max_length=2),
        ]
        | None
    ) = Field(default=None, examples=[[5, 35]])
    """Only messages of so many bytes, or of so many at least and at most."""
    starts_with: (
        Annotated[
            str,
            AfterValidator(_prefix),
            WithJsonSchema({"type": "string", "pattern": "^ *(([0-9a-fA-F] *[0-9a-fA-F]|[?] *[?]) *)+$"}),
        ]
        | None
    ) = Field(default=None, examples=["????01"])
    """Only messages that begin with these bytes, in hex; `??` is any byte."""
    matches: tuple[Match, ...] = Field(default=(), examples=[[{"at": 6, "type": "u8", "equals": 1}]])
    """Only messages in whose bytes all of these are so."""
    channels: dict[Hex, Channel] = Field(default={}, examples=[{"0175": {"values": {"battery": {"type": "u8"}}}}])
    """What follows each tag, in hex, of a message made of tags and values."""
    channel_length: Literal["u8", "u16"] | None = None
    """How the length stands behind each tag, where it does."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self._check_keys()
        self._check_topic()
        if self.ignore and (self.values or self.channels):
            has = "values" if self.values else "channels"
            raise ValueError(f"a message that is ignored has no `{has}`: remove them, or `ignore`")
        if self.format == "plain" and self.device not in (None, EVERYONE):
            raise ValueError(
                '`device` of a plain message is in its topic, as {device}, or "*" for all: there are no paths'
            )
        if self.format == "plain" and not self.ignore and not self.values:
            raise ValueError("a plain message is one bare value: name its metric under `values`, as in {level: {}}")
        if self.is_bytes:
            self._check_bytes()
        else:
            for name, source in (self.values or {}).items():
                if source.type is not None:
                    raise ValueError(
                        f"{name}: `type` is for the formats bytes and lorawan, this is {self.format}: remove it"
                    )
                if self.format == "plain" and source.path is not None:
                    raise ValueError(
                        f"{name}: a plain message is one bare value without a `path` in it: write {{}}, or format: json"
                    )
                if self.format == "json":
                    _check_paths(name, source)
                    if source.sum and source.join:
                        raise ValueError(f"{name}: `sum` adds a list up, and `join` makes it a text: remove one")
                    if source.path is None and source.const is None:
                        raise ValueError(f"{name}: a source needs a `path`, or a `const`: write where its value stands")
        return self

    @property
    def takes_all(self) -> bool:
        """Whether no message on its topic is left to a later binding."""
        conditions = self.when or self.port or self.length or self.starts_with or self.matches
        return not conditions and (self.ignore or (self.values is None and not self.is_bytes))

    @property
    def is_bytes(self) -> bool:
        """Whether values stand at offsets of bytes."""
        return self.format in ("bytes", "lorawan")

    def _check_keys(self) -> None:
        if wrong := sorted(self.model_fields_set & (_OF_SOME_FORMATS - _OF_FORMAT[self.format])):
            fitting = [name for name, keys in _OF_FORMAT.items() if wrong[0] in keys]
            formats = " and ".join(fitting)
            else_ = "" if "format" in self.model_fields_set else ", or say the format"
            raise ValueError(f"`{wrong[0]}` is for the format {formats}, not for {self.format}: remove it{else_}")
        if (
            self.format == "bytes"
            and self.data is None
            and (mixed := self.model_fields_set & {"device", "channel", "time", "when"})
        ):
            raise ValueError(f"`{min(mixed)}` leads into JSON, and bytes alone have none: remove it, or add `data`")
        if self.data is not None and self.encoding == "binary":
            raise ValueError("`data` are bytes written as text: say how, by encoding: hex or encoding: base64")
        if self.channel_length is not None and not self.channels:
            raise ValueError("`channel_length` is for `channels`, and there are none: add some, or remove it")

    def _check_topic(self) -> None:
        if self.format in ("lorawan", "sparkplug"):
            if self.topic is not None:
                raise ValueError(f"`topic` is given by the specification of the format {self.format}: remove it")
            return
        if self.topic is None:
            raise ValueError("a message needs its `topic`: write one, such as site/{site}/pump/{device}/telemetry")
        try:
            captures = TopicPattern(self.topic).captures
        except ValueError as error:
            raise ValueError(f"topic: {error}") from error
        in_keys = captures_of(self.readings) if self.readings else frozenset()
        for name, given in (("device", self.device), ("channel", self.channel)):
            ways = [
                key
                for key, named in (
                    (name, given is not None),
                    ("readings", name in in_keys),
                    ("topic", name in captures),
                )
                if named
            ]
            if len(ways) > 1:
                raise ValueError(f"`{ways[0]}` names the {name}, and so does `{ways[1]}`: keep one")
            if name == "device" and not ways:
                raise ValueError(
                    "topic: it names no device: put {device} into it, or say where it stands (device: PATH)"
                )

    def _check_bytes(self) -> None:
        if len({len(tag) for tag in self.channels}) > 1:
            raise ValueError("the tags of `channels` are not all as long: write each with as many bytes")
        if self.length is not None and (min(self.length) < 0 or list(self.length) != sorted(self.length)):
            raise ValueError(
                f"length: {list(self.length)} does not rise from 0: write the bytes as 5, or [least, most]"
            )
        if not (self.values or self.channels or self.ignore):
            raise ValueError("bytes need `values` (at offsets) or `channels` (by tags): write what stands in them")
        for name, source in (self.values or {}).items():
            if source.type is None and source.const is None and source.path is None:
                raise ValueError(f"{name}: a source needs `at` and `type`, as in {{at: 0, type: u8}}")
            if source.type is not None and source.at is None:
                raise ValueError(f"{name}: `type` needs an `at` beside it: write the offset in bytes, from 0")
            if source.path is not None and self.format == "bytes" and self.data is None:
                raise ValueError(
                    f"{name}: bytes alone have no `path`: write at and type, or say where the bytes are (data: PATH)"
                )

    def metrics(self) -> set[str]:
        """The metrics that it names; none where each metric has the key of its name."""
        return {*(self.values or ()), *(name for channel in self.channels.values() for name in channel.values)}
