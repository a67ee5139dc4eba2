"""The formats of messages, and which keys of a binding go with each."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from gateway.core.kernel.mistakes import Mistake
from gateway.core.profiles.bindings.notation import Format

_BYTES_KEYS = {"endian", "length", "starts_with", "matches", "channels", "channel_length", "records"}
_KEYS: dict[Format, set[str]] = {
    "json": {"readings", "device", "channel", "time", "when", "unlisted"},
    "plain": {"device", "channel"},
    "bytes": {*_BYTES_KEYS, "encoding", "data", "device", "channel", "time", "when"},
    "lorawan": {*_BYTES_KEYS, "port", "when"},
    "sparkplug": set(),
}
"""The keys that only some formats have."""
_ALL_KEYS: set[str] = set().union(*_KEYS.values())
WITHOUT_TOPIC = ("lorawan", "sparkplug")
"""Formats whose specification gives the topics."""


def check_keys(keys: AbstractSet[str], form: Format) -> None:
    """Raise Mistake, with a hint, if one of the keys does not go with the format."""
    if wrong := sorted(keys & (_ALL_KEYS - _KEYS[form])):
        formats = " and ".join(name for name, known in _KEYS.items() if wrong[0] in known)
        else_ = "" if "format" in keys else ", or say the format"
        sentence = f"`{wrong[0]}` is for the format {formats}, not for {form}: remove it{else_}"
        raise Mistake(sentence, wrong[0])


def add_format_rules(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema of a binding which keys go with which format."""
    schema["allOf"] = []
    for form, keys in _KEYS.items():
        then: dict[str, Any] = {"properties": dict.fromkeys(sorted(_ALL_KEYS - keys), False)}
        if form in WITHOUT_TOPIC:
            then["properties"]["topic"] = {"type": "null"}
        else:
            then["required"] = ["topic"]
        given = {"properties": {"format": {"const": form}}, **({} if form == "json" else {"required": ["format"]})}
        schema["allOf"].append({"if": given, "then": then})
