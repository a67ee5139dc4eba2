"""How a connection of the client ends: as with paho's own."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.unit.mqtt.both_ends import Ours, Plain, every_version
from tests.unit.mqtt.packets import CLAIM, DISCONNECT, puback, publications, publish, stream


@every_version
def test_a_connection_that_is_lost_in_a_packet_is_told_once_and_after_the_messages_before(version: str) -> None:
    five = version == "5"
    data = stream(five)
    with Ours(version) as whole:
        whole.accept()
        whole.feed(data)
        expected = whole.told
    for place in range(0, len(data), 13):
        with Ours(version) as ours, Plain(version) as plain:
            for ends in (ours, plain):
                ends.accept()
                ends.feed(data[:place])
                ends.hang_up()
                ends.read()
            assert ours.told == plain.told
            assert ours.told[:-1] == expected[: len(ours.told) - 1]
            assert [what for what, *_ in ours.told].count("disconnect") == 1
            assert not ours.is_open


def test_messages_that_come_with_the_end_of_the_connection_are_told_before_it(ours: Ours) -> None:
    ours.send(stream(False) + b"\x30")
    ours.hang_up()
    assert [what for what, *_ in ours.told].count("message") == 8
    assert ours.told[-1][0] == "disconnect"


@every_version
@pytest.mark.parametrize("part", [b"", b"\x30", b"\x32\x80"])
def test_a_connection_that_is_reset_is_told_once(version: str, part: bytes) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            ends.feed(publications(ends.five)[0] + part)
            ends.reset()
        assert ours.told == plain.told
        assert [what for what, *_ in ours.told] == ["connect", "message", "disconnect"]


def test_disconnecting_is_told_once_and_sends_what_is_queued(ours: Ours) -> None:
    ours.client.acknowledge([1, 2])
    ours.client.disconnect()
    ours.write()
    assert ours.rest() == puback(1) + puback(2) + DISCONNECT
    assert ours.told[1:] == [("disconnect", "Normal disconnection")]


def test_an_abandoned_connection_is_closed_without_a_word(ours: Ours) -> None:
    closed: list[object] = []
    ours.client.on_socket_close = lambda _client, _data, sock: closed.append(sock)
    sock = ours.client.socket()
    ours.client.acknowledge([1])
    ours.client.abandon()
    assert not ours.is_open
    assert closed == [sock]
    assert ours.rest() == b""
    assert ours.told == [("connect", False, "Success")]
    ours.client.abandon()
    assert len(closed) == 1


def test_a_claim_of_256_mib_takes_no_memory_and_only_what_comes_is_kept(ours: Ours) -> None:
    before, piece = publish("before"), b"\x00\x01a" + b"x" * 40_000
    tracemalloc.start()
    try:
        ours.feed(before + CLAIM + piece)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        for _ in range(25):
            ours.feed(piece)
        assert 1 << 20 < tracemalloc.get_traced_memory()[1] < 5 << 20
    finally:
        tracemalloc.stop()
    assert [told[0] for told in ours.messages] == ["before"]
    assert ours.is_open
    ours.hang_up()
    assert [what for what, *_ in ours.told] == ["connect", "message", "disconnect"]
