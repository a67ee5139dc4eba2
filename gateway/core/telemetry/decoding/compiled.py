"""Compiles a message binding to the parser of its messages and the mapping that reads their fragments."""

from __future__ import annotations

from typing import Protocol

from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.paths import parse_path
from gateway.core.profiles.profile import Profile
from gateway.core.profiles.topics import TopicPattern
from gateway.core.telemetry.decoding.fields import FieldMapping
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.frames import FrameMapping
from gateway.core.telemetry.decoding.lorawan import TOPICS, LorawanParser
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import BytesParser, Fragment, JsonParser, PayloadParser, PlainParser
from gateway.core.telemetry.decoding.times import StampReader, stamp_reader
from gateway.core.telemetry.quarantine import Rejected

ParserKey = tuple[object, ...]
"""Bindings with the same key share a parser."""


class FragmentMapping(Protocol):
    """Decodes the readings in one fragment of a message. Never raises."""

    ignores: bool
    """Whether fragments that fit are ignored."""
    takes_all: bool
    """Whether no later binding gets a fragment that fits, not even one without values."""
    metrics: frozenset[str]
    """The metrics that such messages carry."""

    def decode(self, fragment: Fragment) -> list[Decoded] | Rejected | None:
        """The readings; an empty list if the fragment fits but has none, None if it does not fit."""

    def cuts(self, fragment: Fragment) -> bool | None:
        """Whether the fragment ends before such a message does; None if it is for other mappings only."""

    def score(self, fragment: Fragment) -> float:
        """How well a fragment of an unknown device fits the mapping; greater is better."""


def parser_key(binding: Binding) -> ParserKey:
    """The key of the binding's parser."""
    return (binding.format, binding.encoding, binding.readings, binding.device, binding.channel, binding.data)


def parser_of(binding: Binding) -> PayloadParser:
    """The parser of the binding's messages."""
    match binding.format:
        case "plain":
            return PlainParser(binding)
        case "bytes":
            return BytesParser(binding)
        case "lorawan":
            return LorawanParser()
        case "json" | "sparkplug":  # the session of a Sparkplug node parses its payloads
            return JsonParser(binding)


def mapping_of(profile: Profile, binding: Binding, *, site_zone: str) -> FragmentMapping:
    """The mapping of the binding's fragments.

    Raises:
        ValueError: a source cannot give its metric.
    """
    kind = FrameMapping if binding.is_bytes else FieldMapping
    return kind(profile, binding, _stamp_reader(binding, site_zone))


def topics_of(binding: Binding) -> list[TopicPattern]:
    """The topics of its messages; none for Sparkplug, whose topics name the type of a message too."""
    if binding.format == "lorawan":
        return [TopicPattern(topic) for topic in TOPICS]
    return [] if binding.topic is None else [TopicPattern(binding.topic)]


def is_flat(binding: Binding) -> bool:
    """Whether its messages are native telemetry: one flat object, each metric under its name, one topic per device."""
    if binding.format != "json" or binding.topic is None or not TopicPattern(binding.topic).is_exact:
        return False
    if binding.values is not None or binding.when or binding.ignore or binding.readings or binding.channel:
        return False
    return binding.time is None or _key(binding.time.path) is not None


def flat_decoder_of(profile: Profile, binding: Binding, *, site_zone: str) -> FlatDecoder:
    """The decoder of a flat binding."""
    key = None if binding.time is None else _key(binding.time.path)
    read_stamp = _stamp_reader(binding, site_zone)
    return FlatDecoder(profile, key, read_stamp, by_server=binding.is_stamped_by_server)


def _key(paths: tuple[str, ...]) -> str | None:
    """The key, if there is one path and it is a single key."""
    if len(paths) > 1:
        return None
    _, segments = parse_path(paths[0])
    return segments[0] if len(segments) == 1 and isinstance(segments[0], str) else None


def _stamp_reader(binding: Binding, site_zone: str) -> StampReader:
    return stamp_reader(binding.time.zone if binding.time else None, site_zone=site_zone)
