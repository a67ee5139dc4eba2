"""Both ends of one connection: a client, and the socket on which a test plays the broker.

`Ours` has the client of the gateway. `Plain` has the client of paho as it is, with the same settings: what it does with
the same bytes is what ours must do.
"""

from __future__ import annotations

import fcntl
import select
import socket
import ssl
import struct
import termios
from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.core.kernel.times import Now
from gateway.mqtt.broker import Broker, Status, make_client, open_connection
from gateway.mqtt.client import Client
from gateway.mqtt.inbox import Inbox
from tests.servers import wait_until
from tests.unit.mqtt.packets import connack

HOST = "127.0.0.1"
KEEPALIVE_S = 30
OWN = "gateway/s1/fence/g"
STATUS = Status("gateway/s1/status")

PINGREQ = (0xC0, b"")
"""As `next_packet` returns it."""
VERSIONS = ["3.1.1", "5"]
every_version = pytest.mark.parametrize("version", VERSIONS)

_WITHIN_S = 5.0
_AT_ONCE = 1 << 15
"""Bytes that the kernel holds for a socket in any case."""
_MOST_READS = 100_000
"""A client that has not read everything by then never will."""

Told = tuple[object, ...]
"""Something that a client has told: what, and its details."""


class BothEnds(ABC):
    """A client that has sent CONNECT, and its broker."""

    def __init__(
        self, version: str = "3.1.1", *, tls: ssl.SSLContext | None = None, ca_file: Path | None = None
    ) -> None:
        """`tls` is the broker's; the client trusts `ca_file`."""
        self.five = version == "5"
        self.told: list[Told] = []
        """In order: the messages, and the calls of every callback."""
        with socket.create_server((HOST, 0)) as server, ThreadPoolExecutor(1) as pool:
            server.settimeout(_WITHIN_S)
            accepting = pool.submit(_accept, server, tls)
            self._connect(
                Broker(
                    host=HOST,
                    port=server.getsockname()[1],
                    client_id="gateway-test",
                    version=version,
                    tls=tls is not None,
                    ca_file=ca_file,
                    keepalive_s=KEEPALIVE_S,
                )
            )
            self.broker = accepting.result(_WITHIN_S)
        self.write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sock = self.client.socket()
        if sock is not None:
            sock.close()
        self.broker.close()

    @property
    @abstractmethod
    def client(self) -> paho.Client:
        """The client's end."""

    @abstractmethod
    def _connect(self, broker: Broker) -> None:
        """Make the client, listen to it and connect."""

    @abstractmethod
    def _read(self) -> None:
        """Read what the client reads when its socket is readable."""

    @abstractmethod
    def acknowledge(self, packet_ids: list[int]) -> None:
        """Acknowledge these messages of QoS 1."""

    @property
    def messages(self) -> list[Told]:
        """The messages among what was told: topic, payload, packet identifier, DUP and RETAIN."""
        return [tuple(details) for what, *details in self.told if what == "message"]

    @property
    def is_open(self) -> bool:
        """Whether the client has a socket."""
        return self.client.socket() is not None

    def accept(self, *, session_present: bool = False) -> bytes:
        """Read CONNECT, and answer that the client is welcome. Returns the body of CONNECT."""
        first, connect = self.next_packet()
        assert first == 0x10
        self.feed(connack(session_present=session_present, five=self.five))
        return connect

    def send(self, data: bytes) -> None:
        """Send this, and wait until the client's socket has it. Not with TLS."""
        file = self._file
        there = _unread_bytes(file)
        self.broker.sendall(data)
        wait_until(lambda: _unread_bytes(file) == there + len(data), what="the client's socket to have it", poll=0)

    def read(self) -> None:
        """Read as long as the socket is readable, and write what is to be written."""
        for _ in range(_MOST_READS):
            if not self.is_open or not select.select([self._file], [], [], 0)[0]:
                break
            self._read()
        else:
            raise AssertionError("it reads without an end")
        self.write()

    def feed(self, data: bytes) -> None:
        """Send this in parts, each of which the client reads. A client that has closed gets no more of it."""
        for start in range(0, len(data), _AT_ONCE):
            if not self.is_open:
                break
            self.send(data[start : start + _AT_ONCE])
            self.read()

    def write(self) -> None:
        """Write what is to be written."""
        while self.is_open and self.client.want_write():
            self.client.loop_write()

    def hang_up(self) -> None:
        """End the connection at the broker's end, and let the client read that."""
        self.broker.shutdown(socket.SHUT_WR)
        self.read_to_the_end()

    def reset(self) -> None:
        """End the connection at the broker's end as if it had crashed, and let the client read that."""
        self.broker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.broker.close()
        self.read_to_the_end()

    def read_to_the_end(self) -> None:
        """Read until the client has closed."""

        def is_closed() -> bool:
            self.read()
            return not self.is_open

        wait_until(is_closed, within=_WITHIN_S, what="the end of the connection")

    def next_packet(self) -> tuple[int, bytes]:
        """The next packet that the client has sent: its first byte, and what follows its length."""
        (first,), size, place = self._receive(1), 0, 0
        while True:
            (digit,) = self._receive(1)
            size |= (digit & 0x7F) << place
            place += 7
            if digit < 0x80:
                return first, self._receive(size)

    def has_sent_more(self) -> bool:
        """Whether the client has sent something that was not received yet."""
        return bool(select.select([self.broker], [], [], 0)[0])

    def rest(self) -> bytes:
        """All that the client sends until it closes. It disconnects if it is connected."""
        if self.is_open:
            self.client.disconnect()
            self.write()
        data = b""
        try:
            while part := self.broker.recv(_AT_ONCE):
                data += part
        except ConnectionResetError:
            pass  # it has closed without having read everything
        return data

    @property
    def _file(self) -> int:
        sock = self.client.socket()
        assert sock is not None, "the client has closed"
        return sock.fileno()

    def _receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.broker.recv(size - len(data))
            assert part, "the client has closed"
            data += part
        return data

    def _listen(self) -> None:
        """Set the callbacks that both clients have."""
        client, told = self.client, self.told

        def on_connect(_c: object, _d: object, flags: paho.ConnectFlags, reason: ReasonCode, _p: object) -> None:
            told.append(("connect", flags.session_present, str(reason)))

        def on_disconnect(_c: object, _d: object, _flags: object, reason: ReasonCode, _p: object) -> None:
            told.append(("disconnect", str(reason)))

        def on_subscribe(_c: object, _d: object, mid: int, reasons: list[ReasonCode], _p: object) -> None:
            told.append(("subscribe", mid, [*map(str, reasons)]))

        def on_unsubscribe(_c: object, _d: object, mid: int, reasons: list[ReasonCode], _p: object) -> None:
            told.append(("unsubscribe", mid, [*map(str, reasons)]))

        def on_publish(_c: object, _d: object, mid: int, reason: ReasonCode, _p: object) -> None:
            told.append(("publish", mid, str(reason)))

        client.on_connect = on_connect
        client.on_disconnect = on_disconnect
        client.on_subscribe = on_subscribe
        client.on_unsubscribe = on_unsubscribe
        client.on_publish = on_publish
        client.on_socket_register_write = lambda *_: None  # else it writes at once


class Plain(BothEnds):
    """The client is paho's own."""

    @property
    def client(self) -> paho.Client:
        return self._client

    def acknowledge(self, packet_ids: list[int]) -> None:
        for packet_id in packet_ids:
            self._client.ack(packet_id, 1)
        self.write()

    def _connect(self, broker: Broker) -> None:
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=None if self.five else False,
            protocol=paho.MQTTv5 if self.five else paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.max_inflight_messages_set(100)
        client.will_set(STATUS.topic, STATUS.offline, qos=1, retain=True)
        client.on_message = self._receive_message
        self._listen()
        properties = None
        if self.five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 7 * 24 * 3600
        clean_start = False if self.five else paho.MQTT_CLEAN_START_FIRST_ONLY
        client.connect(broker.host, broker.port, broker.keepalive_s, clean_start=clean_start, properties=properties)

    def _read(self) -> None:
        self._client.loop_read()

    def _receive_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        packet_id = message.mid if message.qos else 0
        self.told.append(("message", topic, bytes(message.payload), packet_id, message.dup, message.retain))


class Ours(BothEnds):
    """The client is the gateway's."""

    @property
    def client(self) -> Client:
        return self._client

    def acknowledge(self, packet_ids: list[int]) -> None:
        if packet_ids:
            self._client.acknowledge(packet_ids)
        self.write()

    @property
    def read_by_paho(self) -> int:
        """How many messages were read by paho, in place of being taken out of what was read."""
        return self._inbox.received

    def _connect(self, broker: Broker) -> None:
        self._inbox = _Inbox(self.told, five=self.five)
        self._client = client = make_client(broker, STATUS)
        client.moment = _Clock().moment
        client.inbox = self._inbox
        self._listen()
        open_connection(client, broker, Future())

    def _read(self) -> None:
        for _ in range(_MOST_READS):
            if not self._client.read():
                return
        raise AssertionError("it reads without an end")


class _Inbox:
    """The inbox of the gateway; it tells of each message at once."""

    def __init__(self, told: list[Told], *, five: bool) -> None:
        self._told = told
        self._inbox = Inbox(1, five=five, own_topic=OWN, receive_own=self._tell_own, after=0)
        self.received = 0

    def take(self, data: bytes, start: int, now: Now) -> int:
        end = self._inbox.take(data, start, now)
        self._tell()
        return end

    def receive(self, message: paho.MQTTMessage, now: Now) -> None:
        self.received += 1
        self._inbox.receive(message, now)
        self._tell()

    def _tell(self) -> None:
        messages, self._inbox.messages = self._inbox.messages, []
        for message in messages:
            flags = message.redelivered, message.retained
            self._told.append(("message", message.topic, message.payload, message.packet_id, *flags))

    def _tell_own(self, payload: bytes) -> None:
        self._told.append(("own", payload))


class _Clock:
    """It goes on by a millisecond whenever it is asked."""

    def __init__(self) -> None:
        self._now = 0

    def moment(self) -> Now:
        self._now += 1000
        return Now(self._now, 1_700_000_000_000_000 + self._now)


def _accept(server: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    sock, _ = server.accept()
    sock.settimeout(_WITHIN_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls.wrap_socket(sock, server_side=True) if tls else sock


def _unread_bytes(file: int) -> int:
    size: int
    (size,) = struct.unpack("i", fcntl.ioctl(file, termios.FIONREAD, b"\0" * 4))
    return size
