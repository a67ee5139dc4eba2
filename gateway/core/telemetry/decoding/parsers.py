"""Parsers of payloads: they split a message into fragments, each about one device at one time."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from typing import Protocol

import msgspec

from gateway.core.kernel.values import Json
from gateway.core.profiles.bindings import EVERYONE, Binding
from gateway.core.profiles.element_paths import EMPTY, compile_paths
from gateway.core.profiles.paths import MISSING, Find, compile_first, compile_path, entered
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.messages import Contents, parse_json
from gateway.core.telemetry.decoding.texts import cleaned
from gateway.core.telemetry.quarantine import Reason, Rejected

MOST_READINGS = 2_000
"""The limit for one message. Ten lifts send a hundred; a hostile message of brackets alone would have 60,000."""


class Fragment(msgspec.Struct, gc=False):
    """The part of a message about one device at one time."""

    body: Json
    """An element of a JSON message, a plain text, the metrics of a Sparkplug message, or the JSON around bytes."""
    root: Json = None
    """The whole JSON message."""
    data: bytes = b""
    """The bytes, if values are read from bytes."""
    device: str | None = None
    """What the message itself calls the device; None if only the topic names it."""
    channel: str | None = None
    for_all: bool = False
    """Whether it concerns all devices with the binding."""

    def describe(self) -> str:
        """A short description for error sentences."""
        port = f"port {shown(self.body['port'])}, " if type(self.body) is dict and "port" in self.body else ""
        if self.data or port:
            return f"{port}{len(self.data)} bytes {shown(self.data.hex())}"
        return f"keys {shown(list(self.body))}" if type(self.body) is dict else shown(self.body)


class PayloadParser(Protocol):
    """Parses the messages of one format. Never raises."""

    def parse(self, contents: Contents) -> list[Fragment] | Rejected:
        """The fragments of a message; an empty list if it is valid but has none."""


class PlainParser:
    """One bare value, as text, which may be JSON for sources with a path."""

    def __init__(self, binding: Binding) -> None:
        self._for_all = binding.device == EVERYONE

    def parse(self, contents: Contents) -> list[Fragment] | Rejected:
        """One fragment with the text, and what stands in it as JSON."""
        try:
            text = cleaned(contents.payload.decode("utf-8-sig"))
        except UnicodeDecodeError:
            text = None
        if text is None:
            return Rejected(Reason.MALFORMED, f"the payload is not UTF-8 text: {shown(contents.payload)}")
        body = _unquoted(text)
        return [Fragment(body, entered(body), for_all=self._for_all)]


def _unquoted(text: str) -> str:
    """The text; of a text that is written as in JSON, what stands between the quotation marks."""
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return text
    inner = parse_json(text)
    return (cleaned(inner) or text) if type(inner) is str else text


class JsonParser:
    """A JSON document: one fragment, or one for each element to which `readings` leads."""

    def __init__(self, binding: Binding) -> None:
        self._elements = None if binding.readings is None else compile_paths(binding.readings)
        self._device = _compile(binding.device)
        self._channel = _compile(binding.channel)
        self._for_all = binding.device == EVERYONE

    def parse(self, contents: Contents) -> list[Fragment] | Rejected:
        """The fragments, each with the device and channel that the element or its key names."""
        root = contents.json()
        if type(root) is Rejected:
            return root
        if self._elements is None:
            if type(root) is not dict and self._device is None:
                return Rejected(Reason.MALFORMED, "the payload is JSON, but not an object: {…} with keys and values")
            if self._device is None and self._channel is None:
                return [Fragment(root, root, b"", None, None, self._for_all)]
            return [self._fragment(root, root, {})]
        found = self._elements(root)
        if len(found) > MOST_READINGS:
            return Rejected(Reason.OVERSIZED, f"more than {MOST_READINGS} readings are in it")
        if not found:
            return contents.without_readings()
        return [self._fragment(entered(element), root, captured) for element, captured in found if element is not EMPTY]

    def _fragment(self, element: Json, root: Json, captured: dict[str, str]) -> Fragment:
        device = _clean_name(captured.get("device")) or _name(self._device, element, root)
        channel = _clean_name(captured.get("channel")) or _name(self._channel, element, root)
        return Fragment(element, root, b"", device, channel, self._for_all)


class BytesParser:
    """Bytes, binary or encoded as text, alone or at a path of a JSON document."""

    def __init__(self, binding: Binding) -> None:
        self._encoding = binding.encoding
        self._data = None if binding.data is None else compile_path(binding.data)
        self._device = _compile(binding.device)
        self._channel = _compile(binding.channel)
        self._for_all = binding.device == EVERYONE

    def parse(self, contents: Contents) -> list[Fragment] | Rejected:
        """One fragment with the bytes and the JSON around them."""
        if self._data is None:
            data = decode_text(contents.payload, self._encoding)
            return data if isinstance(data, Rejected) else [Fragment({}, {}, data)]
        root = contents.json()
        if type(root) is Rejected:
            return root
        text = self._data(root, root)
        if text is MISSING or text is None:
            what = list(root) if type(root) is dict else root
            return Rejected(Reason.UNKNOWN_MESSAGE, f"no bytes are where `data` looks for them: {shown(what)}")
        data = bytes_of_registers(text) if self._encoding == "registers" else decode_text(text, self._encoding)
        device, channel = _name(self._device, root, root), _name(self._channel, root, root)
        if isinstance(data, Rejected):
            return data if channel else msgspec.structs.replace(data, device=device)
        return [Fragment(root, root, data, device, channel, self._for_all)]


def _compile(paths: tuple[str, ...] | None) -> Find | None:
    return None if paths is None or paths == EVERYONE else compile_first(paths)


def _name(find: Find | None, element: Json, root: Json) -> str | None:
    """The device or channel at the path: a text or a number, such as 1.5. Empty if there is none."""
    if find is None:
        return None
    value = find(element, root)
    if type(value) is float and math.isfinite(value):
        value = int(value) if value.is_integer() else str(value)
    return _clean_name(str(value)) if type(value) in (str, int) else ""


def _clean_name(name: str | None) -> str | None:
    """The name of a device, cleaned as texts are. One that cannot be read stays, so that its rejection shows it."""
    return name and (cleaned(name) or name)


_PADDING = b"\0 \t\r\n"


def _from_hex(text: bytes) -> bytes:
    return bytes.fromhex(text.strip(_PADDING).decode("ascii"))


def _from_base64(text: bytes) -> bytes:
    return base64.b64decode(text.strip(_PADDING), validate=True)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {"binary": bytes, "hex": _from_hex, "base64": _from_base64}


def decode_text(text: object, encoding: str) -> bytes | Rejected:
    """Decode bytes that are encoded as text."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if not isinstance(raw, bytes):
        return Rejected(Reason.MALFORMED, f"{shown(text)} is where the bytes should be, as {encoding} text")
    try:
        return _DECODERS[encoding](raw)
    except (binascii.Error, ValueError):
        return Rejected(Reason.MALFORMED, f"{shown(text)} is not {encoding}")


def bytes_of_registers(registers: object) -> bytes | Rejected:
    """The bytes of registers of 16 bits, as Modbus has them: a list of whole numbers, from -32768 to 65535."""
    if type(registers) is not list or not all(type(each) is int and -(2**15) <= each < 2**16 for each in registers):
        return Rejected(Reason.MALFORMED, f"{shown(registers)} is where the registers should be: numbers of 16 bits")
    return b"".join((each % 2**16).to_bytes(2, "big") for each in registers)
