"""Profiles of one message binding, and what becomes of a payload there."""

from __future__ import annotations

import json
from typing import Any

from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.compiled import mapping_of, parser_of
from gateway.core.telemetry.decoding.messages import Contents, Decoded
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.quarantine import Rejected

TOPIC = "probe/{device}"
METRICS: dict[str, dict[str, Any]] = {
    "on": {"type": "bool"},
    "off": {"type": "bool"},
    "level": {"type": "float", "unit": "m", "range": [-1000, 1000]},
    "free": {"type": "float"},
    "signal": {"type": "float", "unit": "%", "range": [0, 100]},
    "warmth": {"type": "float", "unit": "°C", "range": [-100, 200]},
    "count": {"type": "int"},
    "few": {"type": "int", "range": [0, 10]},
    "mode": {"type": "enum", "values": {0: "stopped", 1: "normal", 2: "away"}},
    "note": {"type": "string"},
    "items": {"type": "list"},
    "uid": {"type": "tag"},
}
"""One metric of each kind, and a few with units."""


def payload_of(message: object) -> bytes:
    """Bytes as they are, a text in UTF-8, anything else as JSON."""
    if isinstance(message, bytes):
        return message
    return message.encode() if isinstance(message, str) else json.dumps(message).encode()


def profile_of(*bindings: dict[str, Any]) -> Profile:
    """The profile with these message bindings; their topic is TOPIC unless they say otherwise."""
    messages = [
        binding if "topic" in binding or is_given(binding) else {"topic": TOPIC, **binding} for binding in bindings
    ]
    return Profile.model_validate(
        {"profile": "probe", "title": {"en": "Probe"}, "metrics": METRICS, "messages": messages}
    )


def is_given(binding: dict[str, Any]) -> bool:
    """Whether a specification, and not the binding, says the topic."""
    return binding.get("format") in ("lorawan", "sparkplug")


class Probe:
    """One message binding."""

    def __init__(self, *, zone: str = "Asia/Shanghai", **binding: Any) -> None:  # noqa: ANN401
        profile = profile_of(binding)
        self.binding: Binding = profile.messages[0]
        self._parser = parser_of(self.binding)
        self._mapping = mapping_of(profile, self.binding, site_zone=zone)

    def parse(self, message: object) -> list[Fragment]:
        """The fragments of the message."""
        fragments = self._parser.parse(Contents(payload_of(message)))
        assert not isinstance(fragments, Rejected), fragments
        return fragments

    def decode(self, message: object) -> list[list[Decoded] | Rejected | None] | Rejected:
        """The result of each fragment of the message."""
        fragments = self._parser.parse(Contents(payload_of(message)))
        return (
            fragments if isinstance(fragments, Rejected) else [self._mapping.decode(fragment) for fragment in fragments]
        )

    def fragment(self, message: object) -> list[Decoded] | Rejected | None:
        """The result of a message with one fragment."""
        decoded_fragments = self.decode(message)
        if isinstance(decoded_fragments, Rejected):
            return decoded_fragments
        (fragment,) = decoded_fragments
        return fragment

    def reading(self, message: object) -> Decoded:
        """The one reading of the message."""
        fragment = self.fragment(message)
        assert isinstance(fragment, list), fragment
        (decoded,) = fragment
        return decoded

    def values(self, message: object) -> dict[str, Value]:
        """The values of the one reading, none of which is rejected."""
        decoded = self.reading(message)
        assert decoded.rejected == []
        return decoded.values

    def rejected(self, message: object) -> Rejected:
        """Why the one metric, or the whole message, is not stored."""
        fragment = self.fragment(message)
        if isinstance(fragment, Rejected):
            return fragment
        assert fragment is not None
        (decoded,) = fragment
        assert decoded.values == {}
        (rejected,) = decoded.rejected
        return rejected
