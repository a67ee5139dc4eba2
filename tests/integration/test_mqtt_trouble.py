"""The link to a broker that misbehaves: bursts around a pause, a connection that nobody reads from."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from paho.mqtt.enums import MQTTErrorCode

from gateway.clock import Clock
from gateway.core.kernel.times import Now
from gateway.core.telemetry.readings import Message
from gateway.mqtt import Broker, Link, Status, connection
from tests.servers import eventually

PING = b"ping"


@contextlib.asynccontextmanager
async def broker_that(
    does: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
    *,
    grants: bytes = b"\x01",
    cuts_at: bytes | None = None,
    pings: int = 0,
    keeps_session: bool = False,
    packets: list[bytes] | None = None,
) -> AsyncIterator[int]:
    """A broker, by its port, that grants everything and then does as it is told.

    Args:
        grants: its answer to each filter that is subscribed to; 0x80 refuses.
        cuts_at: it closes the connection at a packet that has this in it.
        pings: how many of them it answers.
        keeps_session: it says that it has a session of this client.
        packets: what it has read, without their headers.
    """
    writers: list[asyncio.StreamWriter] = []

    async def packet(reader: asyncio.StreamReader) -> bytes:
        kind, length, shift = await reader.readexactly(1), 0, 0
        while True:
            (digit,) = await reader.readexactly(1)
            length |= (digit & 0x7F) << shift
            shift += 7
            if digit < 0x80:
                break
        body = await reader.readexactly(length)
        if cuts_at is not None and cuts_at in body:
            raise ConnectionError
        if packets is not None:
            packets.append(body)
        return PING if kind == b"\xc0" else body

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await packet(reader)
            writer.write(bytes([0x20, 2, keeps_session, 0]))
            subscription = await packet(reader)
            writer.write(bytes([0x90, 2 + len(grants)]) + subscription[:2] + grants)
            await packet(reader)  # the status, once it knows that it is online
            does(reader, writer)
            answered = 0
            while answered < pings:
                if await packet(reader) is PING:
                    answered += 1
                    writer.write(b"\xd0\x00")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listener, limit=4096)
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def publication(number: int) -> bytes:
    body = struct.pack("!H", 6) + b"site/x" + b"%04d" % number
    return bytes([0x30, len(body)]) + body


def burst(count: int) -> bytes:
    """So many messages."""
    return b"".join(publication(number % 10_000) for number in range(count))


@contextlib.asynccontextmanager
async def hearing_link(
    received: Callable[[list[Message]], int | None],
) -> AsyncIterator[tuple[Link, asyncio.StreamWriter]]:
    """A link that hears, and what writes to it from the broker."""
    writers: list[asyncio.StreamWriter] = []
    hears: list[Now] = []
    async with broker_that(lambda _, writer: writers.append(writer), pings=1_000) as port:
        link = link_to(port, received, hearing=hears.append)
        async with running(link):
            await eventually(lambda: hears)
            yield link, writers[0]


async def no_disk(_filters: Sequence[str]) -> None:
    """Nothing is kept from run to run."""


def link_to(
    port: int,
    received: Callable[[list[Message]], int | None],
    *,
    keepalive_s: int = 30,
    subscribe: Sequence[str] = ("site/#",),
    blind: Callable[[Now], None] = lambda _: None,
    hearing: Callable[[Now], None] = lambda _: None,
    earlier_filters: Sequence[str] = (),
    save_filters: Callable[[Sequence[str]], Awaitable[None]] = no_disk,
) -> Link:
    return Link(
        Broker(host="127.0.0.1", port=port, client_id="g", keepalive_s=keepalive_s),
        subscribe=subscribe,
        status=Status("gateway/s/status"),
        fence="gateway/s/fence/g",
        clock=Clock(),
        heard_until=None,
        received=lambda messages: received(messages) or len(messages),
        reconnected=lambda: None,
        blind=blind,
        hearing=hearing,
        session_lost=lambda _: None,
        settled=lambda _: None,
        earlier_filters=earlier_filters,
        save_filters=save_filters,
    )


@contextlib.asynccontextmanager
async def running(link: Link) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(link.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_what_was_read_before_a_pause_is_handed_out_after_it() -> None:
    heard: list[Message] = []

    def received(messages: list[Message]) -> None:
        heard.extend(messages)
        if len(heard) == 400:
            link.pause()

    async with broker_that(lambda _, writer: writer.write(b"".join(map(publication, range(800))))) as port:
        link = link_to(port, received)
        async with running(link):
            await eventually(lambda: len(heard) == 400)
            link.resume()
            await eventually(lambda: len(heard) == 800)


async def test_in_a_flood_no_turn_of_the_loop_hands_out_more_than_two_batches() -> None:
    heard: list[Message] = []
    async with hearing_link(heard.extend) as (_, writer):
        writer.write(burst(50_000))
        most = before = 0
        while len(heard) < 50_000:
            await asyncio.sleep(0)
            most, before = max(most, len(heard) - before), len(heard)
    assert most <= 2 * connection._HANDED_OUT_AT_ONCE  # one that the socket called for, and one that read on


async def test_what_was_read_before_a_connection_was_lost_is_handed_out() -> None:
    heard: list[Message] = []
    first = asyncio.Event()

    def receive(messages: list[Message]) -> None:
        heard.extend(messages)
        first.set()

    async with hearing_link(receive) as (link, writer):
        writer.write(burst(5_000))
        await first.wait()
        present = link._present
        assert present is not None
        read = present.unacknowledged
        assert read > len(heard)
        present.client._sock_close()  # as it does when it cannot write
        present.client._do_on_disconnect(packet_from_broker=False, v1_rc=MQTTErrorCode.MQTT_ERR_CONN_LOST)
        await eventually(lambda: len(heard) == read)


async def test_what_is_not_taken_at_once_comes_again_before_the_gateway_is_said_to_hear() -> None:
    heard: list[bytes] = []
    turns: list[int] = []
    heard_at_beginning: list[int] = []
    turn = 0
    fence = b"\x00\x11gateway/s/fence/g"
    packets: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    def received(messages: list[Message]) -> int:
        heard.extend(message.payload for message in messages[:3])
        turns.append(turn)
        return len(messages[:3])

    def sent_fences() -> list[bytes]:
        return [packet[len(fence) + 2 :] for packet in packets if packet.startswith(fence + b"\x00")]

    async with broker_that(lambda _, writer: writers.append(writer), pings=100, packets=packets) as port:
        link = link_to(port, received, hearing=lambda _: heard_at_beginning.append(len(heard)))
        async with running(link):
            await eventually(lambda: len(sent_fences()) > 0)
            body = fence + sent_fences()[-1]
            writers[0].write(b"".join(map(publication, range(100))) + bytes([0x30, len(body)]) + body)
            while not heard_at_beginning:
                turn += 1
                await asyncio.sleep(0)
    assert heard == [b"%04d" % number for number in range(100)]
    assert heard_at_beginning == [100]
    assert len(turns) == len(set(turns)) == 34, "other tasks had their turn between any two"


async def test_a_pause_outlives_the_loss_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.link.FIRST_RETRY_S", 0.0)
    heard: list[Message] = []
    connections: list[asyncio.StreamWriter] = []

    def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.write(b"".join(map(publication, range(100))))

    async with broker_that(flood) as port:
        link = link_to(port, heard.extend, keepalive_s=1)
        async with running(link):
            await eventually(lambda: len(heard) == 100)
            link.pause()
            connections[0].transport.abort()
            await eventually(lambda: not link.online, what="the loss to be noticed")
            for _ in range(100):  # turns of the loop in which it would connect again
                await asyncio.sleep(0)
            assert link.connection == 1
            link.resume()
            await eventually(lambda: len(heard) == 200)
            assert link.connection == 2


async def test_the_link_ends_at_once_though_the_broker_reads_nothing() -> None:
    async with broker_that(lambda reader, _: reader._transport.pause_reading()) as port:  # type: ignore[attr-defined]
        link = link_to(port, lambda _: None)
        async with running(link) as task:
            await eventually(lambda: link.online)
            for _ in range(100):
                link.publish("gateway/s/alarms/x", b"x" * 60_000)
            begun = time.monotonic()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert time.monotonic() - begun < 1


async def test_one_refused_subscription_does_not_stop_the_others_and_is_reported() -> None:
    heard: list[Message] = []

    def publish_one(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(publication(1))

    async with broker_that(publish_one, grants=b"\x01\x80") as port:
        link = link_to(port, heard.extend, subscribe=("site/#", "zigbee2mqtt/+"))
        running = asyncio.create_task(link.run())
        try:
            await eventually(lambda: heard)
            assert link.online
            assert link.problem == "the broker refuses the subscription to zigbee2mqtt/+: check its access list"
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def test_a_broker_that_cuts_whoever_sends_to_himself_is_heard_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.link.FIRST_RETRY_S", 0.0)
    async with broker_that(lambda _reader, _writer: None, cuts_at=b"gateway/s/fence", pings=100) as port:
        link = link_to(port, lambda _: None)
        async with running(link):
            await eventually(lambda: link.hearing, what="it to hear")
            assert link.connection == 2


async def test_messages_that_keep_coming_confirm_the_link_though_no_answer_does() -> None:
    heard: list[Message] = []
    connections: list[asyncio.StreamWriter] = []
    async with broker_that(lambda _, writer: connections.append(writer), pings=2) as port:
        link = link_to(port, heard.extend)
        async with running(link):
            await eventually(lambda: link.hearing, what="it to hear")
            confirming = asyncio.create_task(link.confirm(0.3))
            connections[0].write(publication(1))
            assert await confirming
            assert heard
            assert not await link.confirm(0.1)
            assert not link.hearing


async def test_what_came_while_the_process_stood_still_confirms_the_link() -> None:
    blind: list[Now] = []
    async with broker_that(lambda _reader, _writer: None, pings=3) as port:
        link = link_to(port, lambda _: None, blind=blind.append)
        async with running(link):
            await eventually(lambda: link.hearing, what="it to hear")
            confirming = asyncio.create_task(link.confirm(0.2))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            time.sleep(0.5)  # noqa: ASYNC251 - the process stands still
            assert await confirming
            assert blind == []


async def test_a_broker_that_never_answers_an_unsubscription_is_heard_and_asked_again() -> None:
    saved: list[list[str]] = []
    asked: list[bytes] = []

    async def save(filters: Sequence[str]) -> None:
        saved.append([*filters])

    async with broker_that(lambda _reader, _writer: None, pings=100, keeps_session=True, packets=asked) as port:
        link = link_to(port, lambda _: None, earlier_filters=["a/#"], save_filters=save)
        async with running(link):
            await eventually(lambda: link.hearing, what="it to hear")
            assert link.online
        assert saved == [["a/#", "gateway/s/fence/g", "site/#"]]
        async with running(link):
            await eventually(lambda: sum(b"a/#" in packet for packet in asked) == 2, what="it to ask again")


async def test_a_store_that_hangs_does_not_keep_the_gateway_from_hearing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.link._SAVE_WITHIN_S", 0.1)

    async def hang(_filters: Sequence[str]) -> None:
        await asyncio.Event().wait()

    async with broker_that(lambda _reader, _writer: None, pings=100) as port:
        link = link_to(port, lambda _: None, save_filters=hang)
        async with running(link):
            await eventually(lambda: link.hearing, what="it to hear")
