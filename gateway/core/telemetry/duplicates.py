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
    """The hash of the latest message with each packet identifier.

    A broker reuses an identifier only after the message before was acknowledged, so one hash of each is enough: half a
    megabyte for all 65,535.
    """

    def __init__(self) -> None:
        self._hashes = bytearray(_HASH_BYTES * 2 ** (8 * _PACKET_BYTES))
        """By packet identifier; zeros where no message is known."""

    def restore(self, digests: Iterable[bytes]) -> None:
        """Add the digests of an earlier run, oldest first."""
        for digest in digests:
            self._hashes[_place(int.from_bytes(digest[_HASH_BYTES:]))] = digest[:_HASH_BYTES]

    def forget(self) -> None:
        """The broker has a new session: its identifiers begin anew, and nothing of the one before comes again."""
        self._hashes[:] = bytes(len(self._hashes))

    def is_repeated(self, message: Message, new: list[bytes]) -> bool:
        """Whether the broker sends a message again that was read. If not, its digest is added here and to `new`."""
        if not message.packet_id:
            return False  # at QoS 0 nothing is sent again
        digest, place = digest_of(message), _place(message.packet_id)
        hashed = digest[:_HASH_BYTES]
        if message.redelivered and self._hashes[place] == hashed:
            return True
        self._hashes[place] = hashed
        new.append(digest)
        return False


def _place(packet_id: int) -> slice:
    """Where the hash of the latest message with this packet identifier is."""
    return slice(packet_id * _HASH_BYTES, (packet_id + 1) * _HASH_BYTES)
