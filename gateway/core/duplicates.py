"""Recognises a message that was already taken, also after a restart."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

DIGEST_BYTES = 8


def digest_of(topic: str, payload: bytes, packet_id: int | None) -> bytes:
    """The identity of a message.

    A message with the device's own time stamp is the same wherever it comes from again, so it has no `packet_id`.
    Without a stamp two equal messages are two readings, unless the broker redelivers the very same packet.
    """
    prefix = topic if packet_id is None else f"{topic}\0{packet_id}"
    return blake2b(prefix.encode() + b"\0" + payload, digest_size=DIGEST_BYTES).digest()


class RecentMessages:
    """The digests of the latest messages: between one and two times `capacity` of them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._current: set[bytes] = set()
        self._previous: set[bytes] = set()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._current or digest in self._previous

    def add(self, digest: bytes) -> None:
        """Remember one more, and forget the oldest when there are too many."""
        self._current.add(digest)
        if len(self._current) >= self._capacity:
            self._previous, self._current = self._current, set()

    def restore(self, digests: Iterable[bytes]) -> None:
        """Remember those of an earlier run, oldest first."""
        for digest in digests:
            self.add(digest)
