"""Recognises duplicates: messages that were read before, also by an earlier run."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from gateway.core.telemetry.readings import Message

_HASH_BYTES = 8
_PACKET_BYTES = 2
DIGEST_BYTES = _HASH_BYTES + _PACKET_BYTES
_NO_PACKET = bytes(_PACKET_BYTES)


def hash_of(topic: str, payload: bytes) -> bytes:
    """The hash of a message's content, the same in every run."""
    return blake2b(topic.encode() + b"\0" + payload, digest_size=_HASH_BYTES).digest()


def digest_of(hashed: bytes, packet_id: int = 0) -> bytes:
    """The identity of a message.

    A message with a believed stamp is a duplicate of any equal one: `packet_id` is 0. Without such a stamp two equal
    messages are two readings, unless the broker redelivers the same packet.
    """
    return hashed + packet_id.to_bytes(_PACKET_BYTES)


class RecentMessages:
    """The digests of the latest messages.

    It holds between one and two times `capacity` stamped messages, and of the others the latest with each packet
    identifier: a broker reuses an identifier only after the message before was acknowledged.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._current: set[bytes] = set()
        self._previous: set[bytes] = set()
        self._packets: dict[bytes, bytes] = {}

    def __contains__(self, digest: bytes) -> bool:
        packet = digest[_HASH_BYTES:]
        if packet == _NO_PACKET:
            return digest in self._current or digest in self._previous
        return self._packets.get(packet) == digest

    def add(self, digest: bytes) -> None:
        """Add a digest; drop the oldest when there are too many."""
        packet = digest[_HASH_BYTES:]
        if packet != _NO_PACKET:
            self._packets[packet] = digest
            return
        self._current.add(digest)
        if len(self._current) >= self._capacity:
            self._previous, self._current = self._current, set()

    def restore(self, digests: Iterable[bytes]) -> None:
        """Add the digests of an earlier run, oldest first."""
        for digest in digests:
            self.add(digest)

    def is_repeated(self, message: Message, new: list[bytes], believed: bool) -> bool:
        """Whether the message is a duplicate. If not, its digest is added here and to `new`.

        Args:
            believed: whether it has a believed stamp.
        """
        hashed = hash_of(message.topic, message.payload)
        if believed and not message.redelivered:  # the hot path
            digest = hashed + _NO_PACKET
            if digest in self._current or digest in self._previous:
                return True
            self.add(digest)
            new.append(digest)
            return False
        digest = digest_of(hashed, 0 if believed else message.packet_id)
        # The stamp of a redelivered message may have been believed the first time and not now, or the reverse.
        other = digest_of(hashed, message.packet_id if believed else 0)
        if message.redelivered and (digest in self or other in self):
            return True
        if believed or message.packet_id:
            self.add(digest)
            new.append(digest)
        return False
