"""What becomes of a message binding: the form that opens its messages, and the mapping that reads their fragments."""

from __future__ import annotations

from typing import Protocol

from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.paths import parse_path
from gateway.core.profiles.profile import Profile
from gateway.core.profiles.topics import TopicPattern
from gateway.core.telemetry.decoding.fields import FieldMapping
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.forms import BytesForm, Form, Fragment, JsonForm, PlainForm
from gateway.core.telemetry.decoding.frames import FrameMapping
from gateway.core.telemetry.decoding.lorawan import TOPICS, LorawanForm
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.times import StampReader, stamp_reader
from gateway.core.telemetry.quarantine import Rejected

FormKey = tuple[object, ...]
"""Bindings with the same key open messages in the same way."""


class FragmentMapping(Protocol):
    """Gives the readings in one fragment of a message. Never raises."""

    ignores: bool
    """Whether what fits is known to be of no use, and for no other binding."""

    def decode(self, fragment: Fragment) -> list[Decoded] | Rejected | None:
        """None when the fragment is not for it, an empty list when there is nothing of use in it."""

    def evidence(self, fragment: Fragment) -> float:
        """How likely it is that a fragment is meant for it, where nobody knows the device: greater is likelier."""


def form_key(binding: Binding) -> FormKey:
    """What tells forms apart."""
    return (binding.format, binding.readings, binding.device, binding.channel, binding.encoding, binding.data)


def form_of(binding: Binding) -> Form:
    """Opens the messages of the binding."""
    match binding.format:
        case "plain":
            return PlainForm(binding)
        case "bytes":
            return BytesForm(binding)
        case "lorawan":
            return LorawanForm()
        case "json" | "sparkplug":  # what is on the wire for Sparkplug is opened by its session
            return JsonForm(binding)


def mapping_of(profile: Profile, binding: Binding, *, site_zone: str) -> FragmentMapping:
    """Reads the fragments of the binding's messages.

    Raises:
        ValueError: a source cannot give its metric.
    """
    kind = FrameMapping if binding.is_bytes else FieldMapping
    return kind(profile, binding, _stamp_reader(binding, site_zone))


def topics_of(binding: Binding) -> list[TopicPattern]:
    """Where its messages are published; none for Sparkplug, whose topics name messages besides devices."""
    if binding.format == "lorawan":
        return [TopicPattern(topic) for topic in TOPICS]
    return [] if binding.topic is None else [TopicPattern(binding.topic)]


def is_flat(binding: Binding) -> bool:
    """Whether its messages are native telemetry: one flat object, each metric under its name, on a topic of its own."""
    if binding.format != "json" or binding.topic is None or not TopicPattern(binding.topic).is_exact:
        return False
    if binding.values is not None or binding.when or binding.ignore or binding.readings or binding.channel:
        return False
    return binding.time is None or _key(binding.time.path) is not None


def flat_decoder_of(profile: Profile, binding: Binding, *, site_zone: str) -> FlatDecoder:
    """Reads such messages in one go."""
    key = None if binding.time is None else _key(binding.time.path)
    return FlatDecoder(profile, key, _stamp_reader(binding, site_zone))


def _key(paths: tuple[str, ...]) -> str | None:
    """The key that a single path of one step is."""
    if len(paths) > 1:
        return None
    _, steps = parse_path(paths[0])
    return steps[0] if len(steps) == 1 and isinstance(steps[0], str) else None


def _stamp_reader(binding: Binding, site_zone: str) -> StampReader:
    return stamp_reader(binding.time.zone if binding.time else None, site_zone=site_zone)
