"""The paho client of one connection. All that reaches into paho's insides is here.

paho's own way in costs more than all the rest of the gateway: four system calls a packet, three copies, and a search
for callbacks. So this client reads what there is in one call and takes whole messages out of it; paho reads every other
packet, and messages of which a part has not come yet. What it relies on, `tests/unit/mqtt/test_client*.py` test; a new
minor version of paho is allowed in pyproject.toml once these tests pass with it.
"""

from __future__ import annotations

import ssl
import struct
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode

from gateway.core.kernel.times import Now

_READ_BYTES = 1 << 16
_PUBACK = paho.PUBACK << 24 | 2 << 16
"""The first two of its four bytes. The others are the packet identifier."""


class Inbox(Protocol):
    """Takes the messages that come. Each was read from the socket at the moment that is given with it."""

    def take(self, data: bytes, start: int, now: Now) -> int:
        """Take the messages at the beginning of `data[start:]`; returns where what it leaves begins."""

    def receive(self, message: paho.MQTTMessage, now: Now) -> None:
        """Take a message that `take` has left."""


class Client(paho.Client):
    """Reads all there is at once, and acknowledges many messages at once.

    It also counts pings: the answer to one proves that everything the broker had sent before has been read.
    """

    moment: Callable[[], Now]
    """The clock by which `heard_at` is told. Set it and `inbox` before connecting."""
    inbox: Inbox
    """Gets the messages, in place of `on_message`."""
    heard_at: Now | None = None
    """When something was last read from the socket."""
    pings = 0
    """Sent on this connection."""
    pongs = 0
    """Answers received on this connection. They come in the order of the pings."""

    _data = b""
    """What was last read from the socket."""
    _at = 0
    """Where in it that begins which is neither taken nor handed to paho."""

    def read(self) -> bool:
        """Take messages out of what was read, or read from the socket if nothing is left of the last time.

        What follows them is another packet, or a part of one, and paho reads it. Returns whether there may be more.
        Once the connection has ended there is nothing more, whatever came behind the packet that ended it.
        """
        if self.socket() is None:
            return False
        if not self._in_packet["command"]:  # else paho waits for the rest of a packet
            if not self._is_left and not self._fill():
                return False
            self._at = self.inbox.take(self._data, self._at, self._read_at)
        if self._is_left or self._in_packet["command"] or not self._data:
            self._read_packet()
        return self.has_unread()

    def has_unread(self) -> bool:
        """Whether a part of what was read from the socket, or decrypted by it, is still to be handed out."""
        sock = self.socket()
        return sock is not None and (self._is_left or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0))

    def ping(self) -> int:
        """Queue a ping at once, whatever the keep-alive says. Returns its number: `pongs` reaches it."""
        self._send_pingreq()
        return self.pings

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Queue the acknowledgements of these messages as one write: each system call lets another thread run."""
        packets = struct.pack(f">{len(packet_ids)}I", *map(_PUBACK.__or__, packet_ids))
        self._packet_queue(paho.PUBACK, packets, 0, 1)

    def abandon(self) -> None:
        """Close the socket without a word to the broker, if there is one."""
        self._sock_close()

    @property
    def _read_at(self) -> Now:
        return self.heard_at or self.moment()

    @property
    def _is_left(self) -> bool:
        return self._at < len(self._data)

    def _fill(self) -> bool:
        """Read from the socket. Returns False if nothing has come; without data, the connection has ended."""
        try:
            self._data, self._at = super()._sock_recv(_READ_BYTES), 0
        except BlockingIOError:
            return False
        except OSError:
            self._data, self._at = b"", 0  # paho tries again, and ends the connection
        if self._data:
            self.heard_at = self.moment()
            self._last_bytes_received = time.monotonic()  # else the keep-alive ends a connection that only hears
        return True

    def _read_packet(self) -> None:
        """As `loop_read`, but one packet: that one reads as many as there are publications under way."""
        code = self._packet_read()
        if code > 0:
            self._loop_rc_handle(code)

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._is_left and not self._fill():
            raise BlockingIOError
        part = self._data[self._at : self._at + bufsize]
        self._at += len(part)
        return part

    def _send_pingreq(self) -> MQTTErrorCode:
        code = super()._send_pingreq()
        self.pings += code == MQTTErrorCode.MQTT_ERR_SUCCESS
        return code

    def _handle_pingresp(self) -> MQTTErrorCode:
        code = super()._handle_pingresp()
        self.pongs += 1
        return code

    def _handle_on_message(self, message: paho.MQTTMessage) -> None:
        self.inbox.receive(message, self._read_at)
