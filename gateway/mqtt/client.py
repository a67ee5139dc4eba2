"""The paho client of one connection, and how to reach the broker."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

_CONNECT_WITHIN_S = 5.0
_MOST_UNDER_WAY = 100
"""Publications that may wait for the broker's acknowledgement."""
_READ_BYTES = 1 << 16


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
    """paho reads a packet in four system calls. This one reads all there is in one, and hands it out in parts."""

    _unread = memoryview(b"")

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._unread:
            received: bytes = super()._sock_recv(_READ_BYTES)
            if len(received) <= bufsize:
                return received
            self._unread = memoryview(received)
        part, self._unread = self._unread[:bufsize], self._unread[bufsize:]
        return bytes(part)

    def has_unread(self) -> bool:
        """Whether a part of what was read from the socket, or decrypted by it, is still to be handed out."""
        sock = self.socket()
        return bool(self._unread) or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)


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
