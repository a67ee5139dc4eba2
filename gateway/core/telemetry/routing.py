"""Finds where topics lead: to one device by its exact topic, or to whoever listens to a pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gateway.core.kernel.times import parse_device_time
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.topics import TopicPattern
from gateway.core.site.site import SiteHeader
from gateway.core.telemetry.addresses import SPARKPLUG, address_of, deep_topics
from gateway.core.telemetry.decoding.compiled import (
    FormKey,
    FragmentMapping,
    flat_decoder_of,
    form_key,
    form_of,
    is_flat,
    mapping_of,
    topics_of,
)
from gateway.core.telemetry.decoding.fields import FieldMapping
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.forms import Form
from gateway.core.telemetry.routes import FlatRoute, Listener, PatternRoute, Route
from gateway.core.telemetry.senders import Sender

if TYPE_CHECKING:
    from gateway.core.telemetry.sparkplug.route import SparkplugRoute

_MOST_TOPICS = 50_000
"""Topics that patterns have led somewhere, kept to find them at once."""

Exact = dict[str, list[tuple[Listener, dict[str, str]]]]
"""Listeners by a topic that their patterns do not match, and what it captures."""

_BindingKey = tuple[str, str | None, int]
"""Profile, dialect and the binding's place."""


class Router:
    """Finds where a topic leads. Exact topics of native telemetry are known beforehand, others once seen."""

    def __init__(self, header: SiteHeader, senders: Mapping[str, Sender]) -> None:
        self._flat: dict[str, Route] = {}
        self._seen: dict[str, Route] = {}
        self._listeners: list[Listener] = []
        self._sparkplug = _sparkplug_of(senders)
        self._exact: Exact = {}
        _Builder(header, self._flat, self._listeners, self._exact).build(senders.values())

    def find(self, topic: str) -> Route | None:
        """Where the topic leads; None when no device of the site is heard on it."""
        return self._flat.get(topic) or self._seen.get(topic) or self._look(topic)

    def reconnected(self) -> None:
        """Messages may have been lost: edge nodes of Sparkplug B must say again what their aliases mean."""
        if self._sparkplug is not None:
            self._sparkplug.reconnected()

    def _look(self, topic: str) -> Route | None:
        if self._sparkplug is not None and topic.startswith(SPARKPLUG):
            return self._sparkplug
        heard = [(each, match.groupdict()) for each in self._listeners if (match := each.regex.fullmatch(topic))]
        heard += self._exact.get(topic, ())
        if not heard:
            return None
        if len(self._seen) >= _MOST_TOPICS:
            self._seen.clear()
        route = self._seen[topic] = PatternRoute(heard)
        return route


class _Builder:
    """Compiles bindings, each once, and tells every device where it is heard."""

    def __init__(self, header: SiteHeader, flat: dict[str, Route], listeners: list[Listener], exact: Exact) -> None:
        self._site_id = header.id
        self._exact = exact
        self._zone = header.timezone
        self._flat = flat
        self._listeners = listeners
        self._by_topic: dict[tuple[str, FormKey], Listener] = {}
        self._forms: dict[FormKey, Form] = {}
        self._mappings: dict[_BindingKey, FragmentMapping] = {}
        self._decoders: dict[_BindingKey, FlatDecoder] = {}

    def build(self, senders: Iterable[Sender]) -> None:
        """Fill the routes of native telemetry and the listeners."""
        flat: dict[str, list[tuple[Sender, Binding, _BindingKey]]] = {}
        for sender in senders:
            bindings = sender.bindings
            topics = [binding.topic for binding in bindings]
            for index, binding in enumerate(bindings):
                key = (sender.profile_name, sender.spec.dialect, index)
                if is_flat(binding) and topics.count(binding.topic) == 1:
                    flat.setdefault(self._flat_topic(sender, binding), []).append((sender, binding, key))
                elif binding.format != "sparkplug":
                    self._add_listener(sender, binding, key)
        for topic, heard in flat.items():
            if len(heard) == 1 and not any(listener.regex.fullmatch(topic) for listener in self._listeners):
                self._add_flat(topic, *heard[0])
            else:  # others hear the topic too
                for sender, binding, key in heard:
                    self._add_listener(sender, binding, key)

    def _flat_topic(self, sender: Sender, binding: Binding) -> str:
        (topic,) = topics_of(binding)
        name, channel = address_of(sender.spec, "json"), ""
        if "channel" in topic.captures:
            name, _, channel = name.partition("/")
        return topic.fill(site=self._site_id, device=name, channel=channel or "0")

    def _add_flat(self, topic: str, sender: Sender, binding: Binding, key: _BindingKey) -> None:
        decoder = self._decoders.get(key)
        if decoder is None:
            decoder = self._decoders[key] = flat_decoder_of(sender.profile, binding, site_zone=self._zone)
        self._flat[topic] = FlatRoute(sender, decoder)

    def _add_listener(self, sender: Sender, binding: Binding, key: _BindingKey) -> None:
        mapping = self._mappings.get(key)
        if mapping is None:
            mapping = self._mappings[key] = mapping_of(sender.profile, binding, site_zone=self._zone)
        address = address_of(sender.spec, binding.format)
        for topic in topics_of(binding):
            self._listener(topic, binding).add(address, sender, mapping)
        for exact, topic in deep_topics(self._site_id, sender.spec, binding).items():
            listener = self._listener(topic, binding)
            heard = self._exact.setdefault(exact, [])
            if all(known is not listener for known, _ in heard):
                heard.append((listener, {"device": address}))

    def _listener(self, topic: TopicPattern, binding: Binding) -> Listener:
        key = form_key(binding)
        listener = self._by_topic.get((topic.text, key))
        if listener is None:
            form = self._forms.get(key) or self._forms.setdefault(key, form_of(binding))
            listener = self._by_topic[topic.text, key] = Listener(topic.regex(site=self._site_id), form)
            self._listeners.append(listener)
        return listener


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
