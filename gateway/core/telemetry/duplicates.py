"""Recognises what the broker sends again: messages that an earlier connection, or an earlier run, has read.

A message without the DUP flag is never a repetition here. One that says again what its device said last, with the
same stamp, is recognised by the device's latest values (`gateway.core.devices`).
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from gateway.core.telemetry.readings import Message

_PACKET_BITS = 16
_LENGTH_BITS = 32
DIGEST_BYTES = 10
"""Four of the checksum, four of the payload's length, two of the packet identifier."""


def digest_of(message: Message) -> int:
    """The identity of a message on its way from the broker: content and packet identifier, the same in every run.

    A CRC tells any two contents of one length apart that differ within 32 neighbouring bits, and others but for one in
    four billion. It takes a third of the time of a cryptographic hash.
    """
    checksum = crc32(message.topic.encode() + message.payload)
    return (checksum << _LENGTH_BITS | len(message.payload)) << _PACKET_BITS | message.packet_id


class RecentMessages:
    """The digest and the number of the latest message with each packet identifier.

    A broker reuses an identifier only after the message before was acknowledged, so one of each is enough: a megabyte
    for all 65,535.
    """

    def __init__(self) -> None:
        self._contents = memoryview(bytearray(8 * 2**_PACKET_BITS)).cast("Q")
        """Checksum and length, by packet identifier; 0 where no message is known."""
        self._numbers = memoryview(bytearray(8 * 2**_PACKET_BITS)).cast("Q")
        """By packet identifier; 0 for messages of an earlier run."""
        self._first = 0
        """The number of the first message that the broker may send again."""

    def restore(self, digests: Iterable[int]) -> None:
        """Add the digests of an earlier run, oldest first."""
        for digest in digests:
            self._contents[digest % 2**_PACKET_BITS] = digest >> _PACKET_BITS

    def forget_before(self, number: int) -> int:
        """The broker sends no message again that was read before the one with this number, nor of an earlier run.

        Returns the number of the first that it may send again, which is higher where that was known already.
        """
        self._first = max(self._first, number)
        return self._first

    def is_repeated(self, message: Message, number: int, new: list[int]) -> bool:
        """Whether the broker sends a message again that was read. Its digest is added here and to `new`.

        A repetition as well: until it is acknowledged itself, it may come once more.
        """
        packet_id = message.packet_id
        if not packet_id:
            return False  # at QoS 0 nothing is sent again
        digest, contents, numbers = digest_of(message), self._contents, self._numbers
        content = digest >> _PACKET_BITS
        is_known = message.redelivered and contents[packet_id] == content and numbers[packet_id] >= self._first
        contents[packet_id], numbers[packet_id] = content, number
        new.append(digest)
        return is_known
