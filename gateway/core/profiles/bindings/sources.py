"""Sources: where a value is in a message, and how it becomes a value of its metric."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.spec import Spec
from gateway.core.profiles.bindings.notation import (
    FLOAT_SIZES,
    NUMBER_SIZES,
    TEXTS,
    ByteType,
    Endian,
    FirstOf,
    OneOrMore,
    Scalar,
    are_bits,
    as_list,
    known_zone,
)

_SIZED = ("bcd", "hex", "text")


def check_top_bit(key: str, top: int, number: str | None) -> None:
    """Raise Mistake if the bits under this key reach beyond a whole number of that type."""
    if number in NUMBER_SIZES and top >= 8 * NUMBER_SIZES[number]:
        raise Mistake(f"`{key}` reaches bit {top}, and {number} ends at {8 * NUMBER_SIZES[number] - 1}", key)


def _or_path(schema: dict[str, Any]) -> None:
    """In JSON Schema: allow a path or a list of paths in place of the mapping."""
    mapping = {key: schema.pop(key) for key in list(schema) if key != "description"}
    schema["anyOf"] = [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}, mapping]


class Source(Spec):
    """Where a metric's value is in a message, and how it becomes a value of the metric.

    A text or a list alone is the path.
    """

    model_config = ConfigDict(json_schema_extra=_or_path)

    path: (
        Annotated[tuple[str, ...], BeforeValidator(as_list, json_schema_input_type=TEXTS), Field(min_length=1)] | None
    ) = None
    """Its path in JSON, such as `data.items[0].value`. Of several the first that leads to a value counts.

    For Sparkplug: the metric's name there.
    """
    at: int | None = None
    """Offset in bytes, from 0; below 0 from the end."""
    type: ByteType | None = None
    """The type of the bytes: `u16` a whole number of 16 bits, `i16` one with a sign, `f32` a floating-point number."""
    size: int | None = Field(default=None, ge=1, le=256)
    """Length in bytes; for bcd, hex and text."""
    endian: Endian | None = None
    """The byte order, if it differs from that of the message."""
    bit: int | None = Field(default=None, ge=0, le=63)
    """One bit of a whole number, 0 the lowest: true or false."""
    bits: tuple[int, int] | None = Field(default=None, examples=[[0, 4]])
    """First bit and count: these bits as a whole number."""
    scale: float | None = None
    """The value is what is sent × `scale` + `offset`."""
    offset: float | None = None
    """The value is what is sent × `scale` + `offset`."""
    unit: str | None = None
    """The unit that is sent, if it differs from the metric's. With a unit, texts such as `3.384 V` are numbers too."""
    map: dict[Scalar, Scalar | None] | None = Field(default=None, min_length=1, examples=[{"ON": True, "OFF": False}])
    """The value for each that is sent, null where it says nothing. Anything else is rejected, unless there is an
    `otherwise`."""
    otherwise: Scalar | None = None
    """The value for everything that is not in `map`."""
    equals: OneOrMore | None = None
    """True if this, or one of these, is sent; false for anything else."""
    contains: OneOrMore | None = None
    """True if one of these is a word of the text (between blanks or commas) or an item of the list."""
    sum: bool = False
    """The numbers of a list added up; a number alone is itself."""
    words: tuple[Scalar, ...] = Field(default=(), examples=[["OL", "OB", "LB"]])
    """All words that the text of a `contains` may have. A text with none of them is rejected: it may say anything."""
    any: bool = False
    """Of several paths each counts, not the first: true if the value at any of them is."""
    range: tuple[float, float] | None = Field(default=None, examples=[[0, 511]])
    """Both ends included: a number that is sent must lie in it. It comes before `bit`, `scale` and the like."""
    scale_by: Source | None = None
    """Where the message itself has a factor of the value."""
    decimal: bool | Literal["number"] = False
    """For a tag: its UID is sent as a decimal number; `number`: as one in JSON, while a text is hex."""
    const: Scalar | None = None
    """This value, whatever the message says."""
    absent: Scalar | None = None
    """The value if the path leads to nothing, for senders that leave out what is zero or false."""
    empty: tuple[Scalar, ...] = Field(default=(), examples=[["", "(null)"]])
    """What the sender says for "no value"."""
    optional: bool = False
    """For bytes: a message may end before it."""

    @model_validator(mode="before")
    @classmethod
    def _text_is_path(cls, given: object) -> object:
        return {"path": given} if isinstance(given, str | list) else given

    @field_validator("scale", "offset", mode="before")
    @classmethod
    def _is_no_attribute(cls, given: object) -> object:
        if isinstance(given, str):
            raise ValueError(
                f"{given!r} is not a number: write one; an attribute belongs into `computed` of the metric"
            )
        return given

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.bits is not None and not are_bits(self.bits):
            raise Mistake(
                f"bits: {list(self.bits)} is not a first bit (from 0) and a count: write the lowest four as [0, 4]",
                "bits",
            )
        top = self.bits[0] + self.bits[1] - 1 if self.bits is not None else self.bit
        if top is not None:
            check_top_bit("bits" if self.bit is None else "bit", top, self.type)
        if self.bit is not None and self.bits is not None:
            raise Mistake("a source has `bit` or `bits`, not both: remove one", "bit")
        picks = [name for name in ("map", "equals", "contains") if getattr(self, name) is not None]
        if len(picks) > 1:
            raise Mistake(f"a source has `{picks[0]}` or `{picks[1]}`, not both: remove one", picks[0])
        if self.words and self.contains is None:
            raise Mistake("`words` are those that a `contains` looks for, and there is none: add it", "words")
        if self.range is not None and not self.range[0] < self.range[1]:
            sentence = f"range: {list(self.range)} does not rise: write [lowest, highest]"
            raise Mistake(sentence, "range", of_key=False)
        if self.range is not None and self.sum:
            raise Mistake("`range` is of one number, and `sum` is of a list: remove one", "range")
        if self.any and len(self.path or ()) < 2:
            raise Mistake("`any` is for several paths: write a list of them under `path`", "any")
        if self.otherwise is not None and self.map is None:
            raise Mistake(
                "`otherwise` is for what a `map` does not name, and there is no `map`: add one, or remove it",
                "otherwise",
            )
        if self.const is not None and (others := self.model_fields_set - {"const"}):
            sentence = f"`const` is the value whatever the message says: remove `{min(others)}`, or `const`"
            raise Mistake(sentence, "const")
        computed = self.model_fields_set & {"scale", "offset", "scale_by", *(("unit",) if self.unit else ())}
        if picks and computed:
            gives = "the value itself" if picks[0] == "map" else "true or false"
            raise Mistake(
                f"`{min(computed)}` is for numbers as they are sent, and `{picks[0]}` gives {gives}: remove one",
                min(computed),
            )
        if self.scale_by is not None and (self.scale_by.path is None) is not (self.path is None):
            raise Mistake(
                "`scale_by` must stand where the value does: write both with a `path`, or both with a `type`",
                "scale_by",
            )
        if self.size is not None and self.type not in _SIZED:
            raise Mistake(
                f"`size` is for bcd, hex and text, {self.type} has its own: remove it"
                if self.type
                else "`size` needs a `type`: bcd, hex or text",
                "size",
            )
        if self.type in _SIZED and self.size is None:
            raise Mistake(f"`type` {self.type} needs a `size`: write the number of its bytes", "type")
        if self.path is not None and (self.type is not None or self.at is not None):
            beside = "type" if self.type is not None else "at"
            sentence = f"a source has a `path` (in JSON) or a `{beside}` (in bytes), not both: remove one"
            raise Mistake(sentence, "path")
        if self.type is None and self.at is not None:
            raise Mistake("`at` needs a `type`, such as u8 or i16", "at")
        return self

    @property
    def width(self) -> int:
        """Its length in bytes; 0 if it is not in the bytes."""
        if self.type is None:
            return 0
        return self.size or NUMBER_SIZES.get(self.type) or FLOAT_SIZES[self.type]


class TimeSource(Spec):
    """Where the time stamp is. A text or a list alone is the path, and the stamp is then the device's own."""

    model_config = ConfigDict(json_schema_extra=_or_path)

    path: FirstOf
    """Its path in the message. Of several the first that leads to a value counts."""
    zone: Annotated[str, AfterValidator(known_zone)] | None = None
    """The zone of a time without an offset: `site`, `UTC` or a name. If left out, such a time is unreadable."""
    by: Literal["device", "server"] = "device"
    """Who puts the stamp on: the `device`, which says when it measured, or a `server`, which says when it heard it.

    A bridge, a receiver, a network server and a platform are servers: a stamp such as zigbee2mqtt's `last_seen` is none
    of the device's. What reads the values itself, such as a controller that polls its pumps, counts as the device.
    """

    @model_validator(mode="before")
    @classmethod
    def _text_is_path(cls, given: object) -> object:
        return {"path": given} if isinstance(given, str | list) else given
