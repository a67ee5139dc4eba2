"""Recognises what the broker sends again: messages that an earlier connection, or an earlier run, has read.

A message without the DUP flag is never a repetition here. One that says again what its device said last, with the
same stamp, is recognised by the device's latest values (`gateway.core.devices`).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from gateway.core.telemetry.readings import Message

_HASH_BYTES = 8
_PACKET_BYTES = 2
DIGEST_BYTES = _HASH_BYTES + _PACKET_BYTES


def digest_of(message: Message) -> bytes:
    """The identity of a message on its way from the broker: content and packet identifier, the same in every run."""
    hashed = blake2b(message.topic.encode() + b"\0" + message.payload, digest_size=_HASH_BYTES).digest()
    return hashed + message.packet_id.to_bytes(_PACKET_BYTES)


class RecentMessages:
    """The digest of the latest message with each packet identifier.

    A broker reuses an identifier only after the message before was acknowledged, so at most 65,535 digests are held.
    """

    def __init__(self) -> None:
        self._by_packet: dict[bytes, bytes] = {}

    def restore(self, digests: Iterable[bytes]) -> None:
        """Add the digests of an earlier run, oldest first."""
        for digest in digests:
            self._by_packet[digest[_HASH_BYTES:]] = digest

    def is_repeated(self, message: Message, new: list[bytes]) -> bool:
        """Whether the broker sends a message again that was read. If not, its digest is added here and to `new`."""
        if not message.packet_id:
            return False  # at QoS 0 nothing is sent again
        digest = digest_of(message)
        packet = digest[_HASH_BYTES:]
        if message.redelivered and self._by_packet.get(packet) == digest:
            return True
        self._by_packet[packet] = digest
        new.append(digest)
        return False
