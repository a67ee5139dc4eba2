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
_PACKET_IDS = 2 ** (8 * _PACKET_BYTES)
DIGEST_BYTES = _HASH_BYTES + _PACKET_BYTES


def digest_of(message: Message) -> bytes:
    """The identity of a message on its way from the broker: content and packet identifier, the same in every run."""
    hashed = blake2b(message.topic.encode() + b"\0" + message.payload, digest_size=_HASH_BYTES).digest()
    return hashed + message.packet_id.to_bytes(_PACKET_BYTES)


class RecentMessages:
    """The hash and the number of the latest message with each packet identifier.

    A broker reuses an identifier only after the message before was acknowledged, so one of each is enough: a megabyte
    for all 65,535.
    """

    def __init__(self) -> None:
        self._hashes = bytearray(_HASH_BYTES * _PACKET_IDS)
        """By packet identifier; zeros where no message is known."""
        self._numbers = memoryview(bytearray(8 * _PACKET_IDS)).cast("Q")
        """By packet identifier; 0 for messages of an earlier run."""
        self._first = 0
        """The number of the first message that the broker may send again."""

    def restore(self, digests: Iterable[bytes]) -> None:
        """Add the digests of an earlier run, oldest first."""
        for digest in digests:
            self._hashes[_place(int.from_bytes(digest[_HASH_BYTES:]))] = digest[:_HASH_BYTES]

    def forget_before(self, number: int) -> int:
        """The broker sends no message again that was read before the one with this number, nor of an earlier run.

        Returns the number of the first that it may send again, which is higher where that was known already.
        """
        self._first = max(self._first, number)
        return self._first

    def is_repeated(self, message: Message, number: int, new: list[bytes]) -> bool:
        """Whether the broker sends a message again that was read. Its digest is added here and to `new`.

        A repetition as well: until it is acknowledged itself, it may come once more.
        """
        packet_id = message.packet_id
        if not packet_id:
            return False  # at QoS 0 nothing is sent again
        digest, place = digest_of(message), _place(packet_id)
        hashed = digest[:_HASH_BYTES]
        is_known = message.redelivered and self._hashes[place] == hashed and self._numbers[packet_id] >= self._first
        self._hashes[place], self._numbers[packet_id] = hashed, number
        new.append(digest)
        return is_known


def _place(packet_id: int) -> slice:
    """Where the hash of the latest message with this packet identifier is."""
    return slice(packet_id * _HASH_BYTES, (packet_id + 1) * _HASH_BYTES)
