"""Recognises what the broker sends again: messages that an earlier connection, or an earlier run, has read.

A message without the DUP flag is never a repetition here. One that says again what its device said last, with the
same stamp, is recognised by the device's latest values (`gateway.core.devices`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from zlib import crc32

from gateway.core.telemetry.readings import Message

Digest = tuple[int, int]
"""The identity of a message on its way from the broker, the same in every run: its content as 64 bits, and its packet
identifier."""

_PACKETS = 2**16
_LENGTH_BITS = 32


class RecentMessages:
    """The digest and the number of the latest message with each packet identifier.

    A broker reuses an identifier only after the message before was acknowledged, so one of each is enough: a megabyte
    for all 65,535.
    """

    def __init__(self) -> None:
        self._contents = array("Q", bytes(8 * _PACKETS))
        """By packet identifier; 0 where no message is known."""
        self._numbers = array("Q", bytes(8 * _PACKETS))
        """By packet identifier; 0 for messages of an earlier run."""
        self._first = 0
        """The number of the first message that the broker may send again."""

    def restore(self, digests: Iterable[Digest]) -> None:
        """Add the digests of an earlier run, oldest first."""
        for content, packet_id in digests:
            self._contents[packet_id] = content

    def forget_before(self, number: int) -> int:
        """The broker sends no message again that was read before the one with this number, nor of an earlier run.

        Returns the number of the first that it may send again, which is higher where that was known already.
        """
        self._first = max(self._first, number)
        return self._first

    def is_repeated(self, message: Message, number: int, new: list[int]) -> bool:
        """Whether the broker sends a message again that was read. Adds its digest here, and to `new` as two numbers.

        A repetition as well: until it is acknowledged itself, it may come once more.

        The content is a CRC and the payload's length. That tells any two contents of one length apart that differ
        within 32 neighbouring bits, and others but for one in four billion. It takes a third of the time of a
        cryptographic hash.
        """
        packet_id, payload = message.packet_id, message.payload
        if not packet_id:
            return False  # at QoS 0 nothing is sent again
        content = crc32(message.topic.encode() + payload) << _LENGTH_BITS | len(payload)
        contents, numbers = self._contents, self._numbers
        is_known = message.redelivered and contents[packet_id] == content and numbers[packet_id] >= self._first
        contents[packet_id], numbers[packet_id] = content, number
        new += content, packet_id
        return is_known
