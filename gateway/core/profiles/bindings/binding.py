"""A message binding: which messages carry readings, and where in them each value is."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.spec import Spec
from gateway.core.profiles.bindings.checks import check_bytes, check_source
from gateway.core.profiles.bindings.formats import WITHOUT_TOPIC, add_format_rules, check_keys
from gateway.core.profiles.bindings.frames import Channel, Match, Records
from gateway.core.profiles.bindings.notation import (
    EVERYONE,
    PORTS,
    BitRange,
    Endian,
    Format,
    Hex,
    OneOrAll,
    OneOrMore,
    Path,
    Paths,
    Port,
    as_list,
    hex_prefix,
)
from gateway.core.profiles.bindings.sources import Source, TimeSource
from gateway.core.profiles.element_paths import captures_of
from gateway.core.profiles.topics import TopicPattern


class Present(Spec):
    """A test whether a path leads to a value."""

    present: bool
    """`true`: only messages with a value there; `false`: only those without."""


class Bits(Spec):
    """A test of some bits of a whole number."""

    bits: BitRange
    """First bit and count."""
    equals: int
    """These bits as a whole number."""


Expected = Present | Bits | OneOrMore


class Binding(Spec):
    """Which messages carry this profile's readings, and where in them the values are."""

    model_config = ConfigDict(json_schema_extra=add_format_rules)

    topic: str | None = Field(default=None, examples=["site/{site}/pump/{device}/telemetry"])
    """With `{site}`, `{device}` and `{channel}`; any other name in braces matches any text within a level."""
    format: Format = "json"
    """The format of a message: a JSON document, one bare value as text, bytes, an uplink of LoRaWAN, or Sparkplug B."""
    when: dict[Path, Expected] = Field(default={}, examples=[{"method": "NotifyStatus"}])
    """Only messages with these values at these paths."""
    ignore: bool = False
    """Such messages are known and ignored."""
    time: TimeSource | None = None
    """Where the time stamp is; without it a reading has the time at which it was received."""
    readings: Paths | None = Field(default=None, examples=["data[]"])
    """Where one message has several readings: `data[]`, or `params.switch:{channel}`. Paths then start there."""
    device: OneOrAll | None = None
    """Where a message names its device, when its topic does not; `*` if it concerns all devices with this binding."""
    channel: OneOrAll | None = None
    """Where a message names the channel of its device. The device's address is then `address/channel`. `*` if it
    concerns all channels of its device, as a presence does."""
    unlisted: bool = False
    """For messages that name a channel that no device of the site has: they are then of the device itself."""
    values: dict[str, Source] | None = Field(default=None, examples=[{"level": "data.level"}])
    """Each metric, and where its value is. If left out, every metric is under the key of its own name."""
    encoding: Literal["binary", "hex", "base64", "registers"] = "binary"
    """How bytes are encoded: as they are, as text, or as a list of whole numbers of 16 bits."""
    data: Path | None = None
    """Where in a JSON message the bytes are, as text or a list; other paths then refer to that message."""
    endian: Endian = "big"
    """The byte order of numbers: `big`, `little`, or with words of 16 bits in another order, `CDAB` or `BADC`."""
    port: (
        Annotated[
            tuple[Port, ...],
            BeforeValidator(as_list, json_schema_input_type=PORTS),
            Field(min_length=1),
        ]
        | None
    ) = None
    """Only uplinks on this fPort, or on one of these."""
    length: (
        Annotated[
            tuple[int, ...],
            BeforeValidator(
                as_list, json_schema_input_type=int | Annotated[list[int], Field(min_length=1, max_length=2)]
            ),
            Field(min_length=1, max_length=2),
        ]
        | None
    ) = Field(default=None, examples=[[5, 35]])
    """Only messages of this length in bytes, or between a least and a greatest length."""
    starts_with: (
        Annotated[
            str,
            AfterValidator(hex_prefix),
            WithJsonSchema({"type": "string", "pattern": "^ *(([0-9a-fA-F] *[0-9a-fA-F]|[?] *[?]) *)+$"}),
        ]
        | None
    ) = Field(default=None, examples=["????01"])
    """Only messages that begin with these bytes, in hex; `??` is any byte."""
    matches: tuple[Match, ...] = Field(default=(), examples=[[{"at": 6, "type": "u8", "equals": 1}]])
    """Only messages in whose bytes all of these tests hold."""
    channels: dict[Hex, Channel] = Field(default={}, examples=[{"0175": {"values": {"battery": {"type": "u8"}}}}])
    """In a message of tags and values: what follows each tag, in hex."""
    channel_length: Literal["u8", "u16"] | None = None
    """The type of the length that follows each tag, if there is one."""
    records: Records | None = None
    """Records of one length that follow each other to the end of the message: each is a reading."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self._check_keys()
        self._check_topic()
        if self.ignore and (self.values or self.channels or self.records):
            has = "values" if self.values else "channels" if self.channels else "records"
            raise Mistake(f"a message that is ignored has no `{has}`: remove them, or `ignore`", has)
        if self.device == EVERYONE and self.readings is not None:
            sentence = "`device` cannot be all of them where `readings` are many: one message would be too much"
            raise Mistake(sentence, "device")
        if self.format == "plain" and self.device not in (None, EVERYONE):
            sentence = '`device` of a plain message is in its topic, as {device}, or "*" for all: there are no paths'
            raise Mistake(sentence, "device")
        if self.format == "plain" and self.channel not in (None, EVERYONE):
            sentence = '`channel` of a plain message is in its topic, as {channel}, or "*" for all: there are no paths'
            raise Mistake(sentence, "channel")
        if self.format == "plain" and not self.ignore and not self.values:
            sentence = "a plain message is one bare value: name its metric under `values`, as in {level: {}}"
            raise Mistake(sentence, "values")
        if self.is_bytes:
            check_bytes(self)
        else:
            for name, source in (self.values or {}).items():
                check_source(self.format, name, source)
        return self

    @property
    def is_catch_all(self) -> bool:
        """Whether every message on its topic fits, so that a later binding gets none."""
        conditions = self.when or self.port or self.length or self.starts_with or self.matches
        return not conditions and (self.ignore or (self.values is None and not self.is_bytes))

    @property
    def is_bytes(self) -> bool:
        """Whether its values are read from bytes."""
        return self.format in ("bytes", "lorawan")

    @property
    def is_stamped_by_server(self) -> bool:
        """Whether a server, and not the device, puts the time stamp on. In LoRaWAN the network server does."""
        return self.format == "lorawan" or (self.time is not None and self.time.by == "server")

    def _check_keys(self) -> None:
        check_keys(self.model_fields_set, self.format)
        if (
            self.format == "bytes"
            and self.data is None
            and (mixed := self.model_fields_set & {"device", "channel", "time", "when"})
        ):
            sentence = f"`{min(mixed)}` leads into JSON, and bytes alone have none: remove it, or add `data`"
            raise Mistake(sentence, min(mixed))
        if self.data is not None and self.encoding == "binary":
            sentence = "`data` are bytes written in JSON: say how, by encoding: hex, base64 or registers"
            raise Mistake(sentence, "data")
        if self.data is None and self.encoding == "registers":
            sentence = "`registers` are a list in JSON: say where it stands, by data: PATH"
            raise Mistake(sentence, "encoding")
        if self.channel_length is not None and not self.channels:
            sentence = "`channel_length` is for `channels`, and there are none: add some, or remove it"
            raise Mistake(sentence, "channel_length")

    def _check_topic(self) -> None:
        if self.format in WITHOUT_TOPIC:
            if self.topic is not None:
                sentence = f"`topic` is given by the specification of the format {self.format}: remove it"
                raise Mistake(sentence, "topic")
            return
        if self.topic is None:
            sentence = "a message needs its `topic`: write one, such as site/{site}/pump/{device}/telemetry"
            raise Mistake(sentence, "topic")
        try:
            captures = TopicPattern(self.topic).captures
        except ValueError as error:
            raise Mistake(f"topic: {error}", "topic", of_key=False) from error
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
                sentence = f"`{ways[0]}` names the {name}, and so does `{ways[1]}`: keep one"
                raise Mistake(sentence, ways[0])
            if name == "channel" and not ways and self.unlisted:
                sentence = "`unlisted` is about channels, and no message names one: say where it stands (channel: PATH)"
                raise Mistake(sentence, "unlisted")
            if name == "device" and not ways:
                sentence = "topic: it names no device: put {device} into it, or say where it stands (device: PATH)"
                raise Mistake(sentence, "topic", of_key=False)

    def metrics(self) -> set[str]:
        """The metrics that it names; none if each metric is under the key of its own name."""
        parts = [*self.channels.values(), *([self.records] if self.records else [])]
        return {*(self.values or ()), *(name for part in parts for name in part.values)}
