"""The paho client of one connection, and how to reach the broker."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.core.kernel.times import Now

_CONNECT_WITHIN_S = 5.0
_MOST_UNDER_WAY = 100
"""Publications that may wait for the broker's acknowledgement."""
_PUBACK = bytes([paho.PUBACK, 2])
_READ_BYTES = 1 << 16
_SESSION_S = 7 * 24 * 3600
"""How long an MQTT 5 broker keeps the session of a gateway that is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """How to reach the broker, and as whom."""

    host: str
    port: int
    client_id: str
    version: str = "3.1.1"
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 30


@dataclass(frozen=True, slots=True)
class Status:
    """The retained topic that says whether the gateway is online; `offline` is also its last will."""

    topic: str
    online: bytes = b'{"state":"online"}'
    offline: bytes = b'{"state":"offline"}'


class Client(paho.Client):
    """paho reads a packet in four system calls. This one reads all there is in one, and hands it out in parts.

    It also counts pings: the answer to one proves that everything the broker had sent before has been read.
    """

    moment: Callable[[], Now]
    """The clock by which `heard_at` is told. Set it and `receive` before connecting."""
    receive: Callable[[paho.MQTTMessage], None]
    """Called with each message, in place of `on_message`: paho looks for callbacks of single filters first, of which
    there are none, and that takes a tenth of the gateway's time."""
    heard_at: Now | None = None
    """When something was last read from the socket."""
    pings = 0
    """Sent on this connection."""
    pongs = 0
    """Answers received on this connection. They come in the order of the pings."""

    _unread = memoryview(b"")

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._unread:
            received: bytes = super()._sock_recv(_READ_BYTES)
            if received:
                self.heard_at = self.moment()
            if len(received) <= bufsize:
                return received
            self._unread = memoryview(received)
        part, self._unread = self._unread[:bufsize], self._unread[bufsize:]
        return bytes(part)

    def _send_pingreq(self) -> MQTTErrorCode:
        code = super()._send_pingreq()
        self.pings += code == MQTTErrorCode.MQTT_ERR_SUCCESS
        return code

    def _handle_pingresp(self) -> MQTTErrorCode:
        code = super()._handle_pingresp()
        self.pongs += 1
        return code

    def _handle_on_message(self, message: paho.MQTTMessage) -> None:
        self.receive(message)

    def has_unread(self) -> bool:
        """Whether a part of what was read from the socket, or decrypted by it, is still to be handed out."""
        sock = self.socket()
        return bool(self._unread) or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)

    def ping(self) -> int:
        """Queue a ping at once, whatever the keep-alive says. Returns its number: `pongs` reaches it."""
        self._send_pingreq()
        return self.pings

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Queue the acknowledgements of these messages as one write: each system call lets another thread run."""
        packets = b"".join([_PUBACK + packet_id.to_bytes(2) for packet_id in packet_ids])
        self._packet_queue(paho.PUBACK, packets, 0, 1)

    def open(self, broker: Broker, opened: Future[None]) -> None:
        """Connect, for a thread: `opened` is done with the attempt, also where nobody waits for the thread any more."""
        properties = None
        if broker.version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_S
        try:
            self.connect(
                broker.host,
                broker.port,
                broker.keepalive_s,
                clean_start=False if properties else paho.MQTT_CLEAN_START_FIRST_ONLY,
                properties=properties,
            )
        finally:
            opened.set_result(None)

    def abandon(self) -> None:
        """Close the socket without a word to the broker, if there is one."""
        self._sock_close()


def make_client(broker: Broker, status: Status) -> Client:
    """A client for one connection, with a persistent session, acknowledgements by hand and the last will set."""
    five = broker.version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        clean_session=None if five else False,
        protocol=paho.MQTTv5 if five else paho.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = _CONNECT_WITHIN_S
    client.max_inflight_messages_set(_MOST_UNDER_WAY)
    client.will_set(status.topic, status.offline, qos=1, retain=True)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        context = ssl.create_default_context(cafile=str(broker.ca_file) if broker.ca_file else None)
        if broker.cert_file and broker.key_file:
            context.load_cert_chain(broker.cert_file, broker.key_file)
        client.tls_set_context(context)
    return client
