"""MQTT packets, as a broker sends them. With `five`, or with properties, they are of MQTT 5."""

from __future__ import annotations

import struct

PINGRESP = b"\xd0\x00"
DISCONNECT = b"\xe0\x00"
FIVE_DIGITS = b"\x30\x80\x80\x80\x80\x01"
"""The beginning of a PUBLISH whose length has a digit more than MQTT allows."""
CLAIM = b"\x30\xff\xff\xff\x7f"
"""The beginning of the longest PUBLISH: 256 MiB less one byte follow."""


def length(size: int) -> bytes:
    """A length: seven bits in each byte, the lowest first."""
    digits = bytearray()
    while True:
        size, digit = divmod(size, 128)
        digits.append(digit | 0x80 if size else digit)
        if not size:
            return bytes(digits)


def packet(first: int, *parts: bytes) -> bytes:
    """A packet of this first byte."""
    body = b"".join(parts)
    return bytes([first]) + length(len(body)) + body


def publish(
    topic: str | bytes = "site/s1/x",
    payload: bytes = b"1",
    *,
    qos: int = 0,
    packet_id: int = 1,
    dup: bool = False,
    retain: bool = False,
    properties: bytes | None = None,
) -> bytes:
    """A PUBLISH; the packet identifier is left out at QoS 0. `properties` come without their length."""
    encoded = topic.encode() if isinstance(topic, str) else topic
    return packet(
        0x30 | dup << 3 | qos << 1 | retain,
        struct.pack(">H", len(encoded)),
        encoded,
        struct.pack(">H", packet_id) if qos else b"",
        b"" if properties is None else length(len(properties)) + properties,
        payload,
    )


def user_property(size: int) -> bytes:
    """A property of so many bytes, at least five."""
    return b"\x26" + struct.pack(">H", 0) + struct.pack(">H", size - 5) + b"v" * (size - 5)


def connack(*, session_present: bool = False, code: int = 0, five: bool = False) -> bytes:
    """The answer to CONNECT."""
    return packet(0x20, bytes([session_present, code]), b"\x00" if five else b"")


def suback(packet_id: int, *codes: int, five: bool = False) -> bytes:
    """The answer to SUBSCRIBE: a code for each filter."""
    return packet(0x90, struct.pack(">H", packet_id), b"\x00" if five else b"", bytes(codes))


def unsuback(packet_id: int, *codes: int, five: bool = False) -> bytes:
    """The answer to UNSUBSCRIBE: in MQTT 5, a code for each filter."""
    return packet(0xB0, struct.pack(">H", packet_id), b"\x00" + bytes(codes) if five else b"")


def puback(packet_id: int) -> bytes:
    """The answer to a PUBLISH of QoS 1."""
    return packet(0x40, struct.pack(">H", packet_id))


def pubrel(packet_id: int) -> bytes:
    """The third of the four packets of a publication at QoS 2."""
    return packet(0x62, struct.pack(">H", packet_id))


def publications(five: bool) -> list[bytes]:
    """Messages of most kinds."""
    some, none = (user_property(200), b"") if five else (None, None)
    return [
        publish("a", b"", properties=none),
        publish("site/s1/pump/p1/pressure", b'{"value":4.5}', qos=1, packet_id=1, properties=none),
        publish("é", b"\x00" * 200, qos=1, packet_id=65535, dup=True, properties=some),
        publish("retained", b"2", retain=True, properties=some),
    ]


def stream(five: bool) -> bytes:
    """Messages of most kinds, and other packets between them."""
    others = [PINGRESP, suback(7, 1, 0x80, five=five), puback(900), unsuback(8, 0, five=five)]
    pairs = zip(publications(five), others, strict=True)
    return b"".join(part for pair in pairs for part in pair) + b"".join(publications(five))
