"""The router: finds the route of a topic, by an exact topic of one device or by the patterns that match it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gateway.core.kernel.times import parse_device_time
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.topics import TopicPattern
from gateway.core.site.site import Site, SiteHeader
from gateway.core.telemetry.addresses import SPARKPLUG, address_of, deep_topics, names_of
from gateway.core.telemetry.decoding.compiled import (
    FragmentMapping,
    ParserKey,
    flat_decoder_of,
    is_flat,
    mapping_of,
    parser_key,
    parser_of,
    topics_of,
)
from gateway.core.telemetry.decoding.fields import FieldMapping
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.parsers import PayloadParser
from gateway.core.telemetry.readers import PatternReader
from gateway.core.telemetry.report_route import ReportRoute
from gateway.core.telemetry.routes import FlatRoute, PatternRoute, Route
from gateway.core.telemetry.senders import Sender

if TYPE_CHECKING:
    from gateway.core.telemetry.sparkplug.route import SparkplugRoute

_MOST_TOPICS = 50_000
"""How many topics with a pattern route are cached."""

_Readers = list[tuple[PatternReader, dict[str, str]]]
"""Readers of a topic, each with what the topic captures for it."""


class _DeepTopics:
    """Topics with an address of several levels, which the pattern of no reader matches, each with its readers."""

    def __init__(self) -> None:
        self._exact: dict[str, _Readers] = {}
        self._patterns: dict[str, tuple[re.Pattern[str], _Readers]] = {}
        """Topics that leave a level open."""

    def add(self, topic: TopicPattern, site: str, reader: PatternReader, captured: dict[str, str]) -> None:
        """Read messages on the topic, in which the device stands, by the reader too."""
        if topic.captures <= {"site"}:
            readers = self._exact.setdefault(topic.fill(site=site, device=""), [])
        else:
            _, readers = self._patterns.setdefault(topic.text, (topic.regex(site=site), []))
        if (reader, captured) not in readers:
            readers.append((reader, captured))

    def find(self, topic: str) -> _Readers:
        """The readers of a topic."""
        found = list(self._exact.get(topic, ()))
        for regex, readers in self._patterns.values():
            if match := regex.fullmatch(topic):
                found += [(reader, match.groupdict() | captured) for reader, captured in readers]
        return found


_BindingKey = tuple[str, str | None, int]
"""Profile, dialect and index of the binding."""


class Router:
    """Finds the route of a topic. Topics of native telemetry are computed beforehand, others are matched and cached."""

    def __init__(self, header: SiteHeader, senders: Mapping[str, Sender], *, reports_of: Site | None = None) -> None:
        """`reports_of` is the site, where reports of people are taken."""
        self.flat: dict[str, FlatRoute] = {}
        """The routes of native telemetry, by topic: the hot path looks here first."""
        self._matched: dict[str, Route] = {}
        self._readers: list[PatternReader] = []
        self._reports = None if reports_of is None else ReportRoute(reports_of)
        self._sparkplug = _sparkplug_of(senders)
        self._deep = _DeepTopics()
        _Builder(header, self.flat, self._readers, self._deep).build(senders.values())

    def find(self, topic: str) -> Route | None:
        """The route of the topic; None if no device of the site sends on it."""
        return self.flat.get(topic) or self._matched.get(topic) or self._match(topic)

    def reconnected(self) -> None:
        """Messages may have been lost: edge nodes of Sparkplug B must publish their births again."""
        if self._sparkplug is not None:
            self._sparkplug.reconnected()

    def _match(self, topic: str) -> Route | None:
        if self._sparkplug is not None and topic.startswith(SPARKPLUG):
            return self._sparkplug
        if self._reports is not None and topic == self._reports.topic:  # before patterns, which might match it
            return self._reports
        matched = [(each, match.groupdict()) for each in self._readers if (match := each.regex.fullmatch(topic))]
        matched += self._deep.find(topic)
        if not matched:
            return None
        if len(self._matched) >= _MOST_TOPICS:
            self._matched.clear()
        route = self._matched[topic] = PatternRoute(matched)
        return route


class _Builder:
    """Compiles bindings, each once, and builds the routes and readers of every sender."""

    def __init__(
        self, header: SiteHeader, flat: dict[str, FlatRoute], readers: list[PatternReader], deep: _DeepTopics
    ) -> None:
        self._site_id = header.id
        self._deep = deep
        self._zone = header.timezone
        self._flat = flat
        self._readers = readers
        self._by_pattern: dict[tuple[str, ParserKey], PatternReader] = {}
        self._listed: dict[str, set[str]] = {}
        """The addresses of devices by the topic on which they are named."""
        self._parsers: dict[ParserKey, PayloadParser] = {}
        self._mappings: dict[_BindingKey, FragmentMapping] = {}
        self._decoders: dict[_BindingKey, FlatDecoder] = {}

    def build(self, senders: Iterable[Sender]) -> None:
        """Fill the routes of native telemetry and the readers of all other messages."""
        flat: dict[str, list[tuple[Sender, Binding, _BindingKey]]] = {}
        for sender in senders:
            bindings = sender.bindings
            topics = [binding.topic for binding in bindings]
            for index, binding in enumerate(bindings):
                key = (sender.profile_name, sender.spec.dialect, index)
                if is_flat(binding) and topics.count(binding.topic) == 1 and not sender.computations:
                    flat.setdefault(self._flat_topic(sender, binding), []).append((sender, binding, key))
                elif binding.format != "sparkplug":
                    self._add_pattern(sender, binding, key)
        for topic, uses in flat.items():
            if len(uses) == 1 and not any(reader.regex.fullmatch(topic) for reader in self._readers):
                self._add_flat(topic, *uses[0])
            else:  # other bindings have the topic too
                for sender, binding, key in uses:
                    self._add_pattern(sender, binding, key)

    def _flat_topic(self, sender: Sender, binding: Binding) -> str:
        (topic,) = topics_of(binding)
        name, channel = address_of(sender.spec, "json"), ""
        if "channel" in topic.captures and "/" in name:
            name, _, channel = name.rpartition("/")
        return topic.fill(site=self._site_id, device=name, channel=channel or "0")

    def _add_flat(self, topic: str, sender: Sender, binding: Binding, key: _BindingKey) -> None:
        decoder = self._decoders.get(key)
        if decoder is None:
            decoder = self._decoders[key] = flat_decoder_of(sender.profile, binding, site_zone=self._zone)
        self._flat[topic] = FlatRoute(sender, decoder)

    def _add_pattern(self, sender: Sender, binding: Binding, key: _BindingKey) -> None:
        mapping = self._mappings.get(key)
        if mapping is None:
            mapping = self._mappings[key] = mapping_of(sender.profile, binding, site_zone=self._zone)
        for topic in topics_of(binding):
            reader, names = self._reader(topic, binding), names_of(sender.spec, binding)
            if binding.unlisted:
                reader.add_for_unlisted(names, sender, mapping)
            else:
                reader.add(names, sender, mapping)
        for topic, deep, captured in deep_topics(sender.spec, binding):
            self._deep.add(deep, self._site_id, self._reader(topic, binding), captured)

    def _reader(self, topic: TopicPattern, binding: Binding) -> PatternReader:
        key = parser_key(binding)
        reader = self._by_pattern.get((topic.text, key))
        if reader is None:
            parser = self._parsers.get(key) or self._parsers.setdefault(key, parser_of(binding))
            listed = self._listed.setdefault(topic.text, set())
            reader = self._by_pattern[topic.text, key] = PatternReader(topic.regex(site=self._site_id), parser, listed)
            self._readers.append(reader)
        return reader


def _sparkplug_of(senders: Mapping[str, Sender]) -> SparkplugRoute | None:
    directory: dict[str, list[tuple[Sender, list[FieldMapping]]]] = {}
    for sender in senders.values():
        bindings = [each for each in sender.bindings if each.format == "sparkplug"]
        if bindings:
            mappings = [FieldMapping(sender.profile, each, parse_device_time) for each in bindings]
            directory.setdefault(address_of(sender.spec, "sparkplug"), []).append((sender, mappings))
    if not directory:
        return None
    from gateway.core.telemetry.sparkplug.route import SparkplugRoute

    return SparkplugRoute(directory)
