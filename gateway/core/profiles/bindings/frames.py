"""Bytes in a binding: tests of numbers in them, and channels after tags."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Duration
from gateway.core.profiles.bindings.notation import NUMBER_SIZES, ByteType, Endian, OneOrMore, are_bits
from gateway.core.profiles.bindings.sources import Source, check_top_bit

_TIME_KEYS = {"at", "type", "endian", "scale", "offset"}


class Match(Spec):
    """A test whether a number in the bytes is one of these. A message that ends before it does not fit."""

    at: int
    """Offset in bytes, from 0; below 0 from the end."""
    type: ByteType
    """Its type, a whole number such as `u8`."""
    endian: Endian | None = None
    """Its byte order, if it differs from that of the message."""
    bits: tuple[int, int] | None = Field(default=None, examples=[[0, 4]])
    """First bit and count: only these bits of the number."""
    equals: OneOrMore
    """The number, or a list of numbers."""

    @model_validator(mode="after")
    def _is_number(self) -> Self:
        if self.type not in NUMBER_SIZES:
            raise Mistake(f"type: {self.type!r} is no whole number: compare a u8, a u16 or such", "type", of_key=False)
        if self.bits is not None:
            if not are_bits(self.bits):
                sentence = f"bits: {list(self.bits)} is not a first bit (from 0) and a count: write [0, 4]"
                raise Mistake(sentence, "bits")
            check_top_bit("bits", sum(self.bits) - 1, self.type)
        return self

    def source(self) -> Source:
        """The source of the number."""
        return Source(at=self.at, type=self.type, endian=self.endian, bits=self.bits)


class _Part(Spec):
    """A part of a frame with values of its own."""

    values: dict[str, Source] = Field(default={}, examples=[{"temperature": {"type": "i16", "scale": 0.1}}])
    """Each metric, and where in the part it is; `at` is 0 unless given."""
    length: int | None = Field(default=None, ge=0, le=256)
    """Its length in bytes; unless given, it ends with its last value."""
    time: Source | None = None
    """Seconds since 1970; the values are then a separate reading of the past."""

    @property
    def width(self) -> int:
        """Its length in bytes."""
        if self.length is not None:
            return self.length
        sources = [*self.values.values(), *([self.time] if self.time else [])]
        return max((source.width + (source.at or 0) for source in sources), default=0)

    def check_sources(self, what: str) -> None:
        """Raise Mistake unless all its values lie within it; `what` is what people call such a part."""
        sources: list[tuple[tuple[str, ...], Source]] = [
            (("values", name), source) for name, source in self.values.items()
        ]
        sources += [(("time",), self.time)] if self.time else []
        for at, source in sources:
            if source.type is None and source.const is None:
                raise Mistake(f"{at[-1]}: a value of a {what} needs a `type`, such as u8", *at, "type")
            if (source.at or 0) < 0 or (source.at or 0) + source.width > self.width:
                sentence = f"it lies outside the {self.width} bytes of its {what}: correct `at`, or `length`"
                raise Mistake(f"{at[-1]}: {sentence}", *at, "at")
        if self.time is not None and (others := self.time.model_fields_set - _TIME_KEYS):
            sentence = f"the `time` of a {what} is a number of seconds since 1970: remove `{min(others)}`"
            raise Mistake(sentence, "time")


class Channel(_Part):
    """In a message of tags and values: what follows one tag."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self.check_sources("channel")
        if not self.width and not self.values:
            given = [key for key in ("values", "length") if key in self.model_fields_set]
            raise Mistake("a channel needs `values`, or its `length` in bytes: write one of them", *given[:1])
        return self


class Records(_Part):
    """Records of one length that follow each other to the end of a message, such as the log of a device."""

    at: int = Field(default=0, ge=0)
    """Offset in bytes of the first record."""
    every: Duration | None = None
    """Where the records have no time: how long they are apart. One of them has the time of the message."""
    newest: Literal["first", "last"] | None = None
    """With `every`: which record has the time of the message. The others are of the past."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self.check_sources("record")
        if not self.values or not self.width:
            raise Mistake("records need `values`: write what stands in each", "values")
        if (self.time is None) is (self.every is None):
            sentence = "records need a `time` of their own, or say how long they are apart (every: 10m)"
            raise Mistake(sentence, "time" if self.time else "values")
        if (self.every is None) is not (self.newest is None):
            key = "every" if self.every else "newest"
            sentence = "`every` and `newest` belong together: which record, first or last, has the time of the message"
            raise Mistake(sentence, key)
        return self
