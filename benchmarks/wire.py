"""Just enough MQTT 3.1.1 on a plain socket to load a broker harder than any Python client can.

Packets are encoded before the clock starts, and acknowledgements are read and written in bulk, so that the load costs
next to nothing beside what it measures.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Sequence

_WINDOW = 20_000
_CHUNK = 128
_ACKNOWLEDGED_AT_ONCE = 250


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _length(size: int) -> bytes:
    encoded = bytearray()
    while True:
        size, digit = divmod(size, 128)
        encoded.append(digit | 0x80 if size else digit)
        if not size:
            return bytes(encoded)


def publish_packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """A PUBLISH at QoS 1."""
    body = _string(topic) + struct.pack("!H", packet_id) + payload
    return b"\x32" + _length(len(body)) + body


def connect(port: int, client_id: str) -> socket.socket:
    """A connection with a clean session."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = _string("MQTT") + b"\x04\x02" + struct.pack("!H", 0) + _string(client_id)
    sock.sendall(b"\x10" + _length(len(body)) + body)
    if sock.recv(4) != b"\x20\x02\x00\x00":
        raise ConnectionError("the broker refused the connection")
    return sock


def publish_all(sock: socket.socket, packets: Sequence[bytes], rate: float = 0.0) -> float:
    """Publish at most `rate` packets a second (0: as fast as the broker takes them).

    Returns:
        The seconds until the last one was acknowledged.
    """
    sock.setblocking(False)
    begun = time.perf_counter()
    sent = acknowledged = 0  # packets
    rest, answers = b"", 0
    while acknowledged < len(packets):
        allowed = min(len(packets), acknowledged + _WINDOW)
        if rate:
            allowed = min(allowed, int((time.perf_counter() - begun) * rate) + 1)
        wants_to_send = bool(rest) or sent < allowed
        readable, writable, _ = select.select([sock], [sock] if wants_to_send else [], [], 0.001)
        if writable:
            if not rest:
                upto = min(allowed, sent + _CHUNK)
                rest, sent = b"".join(packets[sent:upto]), upto
            rest = rest[sock.send(rest) :]
        if readable:
            data = sock.recv(1 << 16)
            if not data:
                raise ConnectionError("the broker closed the connection")
            answers += len(data)
            acknowledged = answers // 4  # a PUBACK has four bytes
    return time.perf_counter() - begun


def discard(sock: socket.socket, topic_filter: str, count: int) -> float:
    """Subscribe, acknowledge and throw away `count` messages, many at once: each write wakes the broker up.

    Returns:
        The seconds from the first message to the last.
    """
    body = struct.pack("!H", 1) + _string(topic_filter) + b"\x01"
    sock.sendall(b"\x82" + _length(len(body)) + body)
    print("subscribed", flush=True)
    buffer, received, begun = b"", 0, 0.0
    acknowledgements: list[bytes] = []
    while received < count:
        data = sock.recv(1 << 18)
        if not data:
            raise ConnectionError("the broker closed the connection")
        begun = begun or time.perf_counter()
        buffer += data
        position, size, before = 0, len(buffer), len(acknowledgements)
        while position + 4 < size:
            length, start = buffer[position + 1], position + 2
            if length > 127:  # no packet of the benchmark has a length of three digits
                length, start = length & 127 | buffer[start] << 7, start + 1
            end = start + length
            if end > size:
                break
            if buffer[position] & 0xF0 == 0x30:
                identifier = start + 2 + (buffer[start] << 8 | buffer[start + 1])
                acknowledgements.append(buffer[identifier : identifier + 2])
            position = end
        buffer = buffer[position:]
        received += len(acknowledgements) - before
        if len(acknowledgements) >= _ACKNOWLEDGED_AT_ONCE or not select.select([sock], [], [], 0)[0]:
            sock.sendall(b"".join([b"\x40\x02" + each for each in acknowledgements]))
            acknowledgements.clear()
    return time.perf_counter() - begun
