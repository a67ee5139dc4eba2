"""How a connection of the client ends, and on which packets: as with paho's own."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.unit.mqtt.both_ends import VERSIONS, BothEnds, Ours, Plain, Told, every_version
from tests.unit.mqtt.packets import (
    CLAIM,
    DISCONNECT,
    FIVE_DIGITS,
    connack,
    packet,
    puback,
    publications,
    publish,
    stream,
)

OF_BOTH_VERSIONS = {
    "a length of five digits": FIVE_DIGITS,
    "an unknown packet": packet(0x10, b"\x00"),
    "a PINGRESP with a body": packet(0xD0, b"\x00"),
    "a second CONNACK that refuses": connack(code=5),
    "a PINGREQ": packet(0xC0),
}
STRANGE = {
    ("3.1.1", "an empty topic"): publish(""),
    ("3.1.1", "packet identifier 0"): publish(qos=1, packet_id=0),
    ("3.1.1", "a topic that is not UTF-8"): publish(b"a\xff", qos=1),
    ("3.1.1", "QoS 3"): publish(qos=3),
    ("3.1.1", "DISCONNECT"): packet(0xE0),
    ("5", "an empty topic"): publish("", properties=b"\x23\x00\x01"),
    ("5", "packet identifier 0"): publish(qos=1, packet_id=0, properties=b""),
    ("5", "a topic that is not UTF-8"): publish(b"a\xff", qos=1, properties=b""),
    ("5", "DISCONNECT"): packet(0xE0),
    ("5", "DISCONNECT with a reason"): packet(0xE0, b"\x8b\x00"),
    **{(version, what): data for version in VERSIONS for what, data in OF_BOTH_VERSIONS.items()},
}
MALFORMED = {
    ("3.1.1", "an empty packet"): packet(0x30),
    ("3.1.1", "a topic longer than the packet"): packet(0x30, b"\x00\x05abcd"),
    ("3.1.1", "half a packet identifier"): packet(0x32, b"\x00\x04abcd\x01"),
    ("5", "no properties"): packet(0x30, b"\x00\x04abcd"),
    ("5", "a length of properties of five digits"): packet(0x30, b"\x00\x04abcd\x80\x80\x80\x80\x01xyz"),
    ("5", "an unknown property longer than the packet"): packet(0x30, b"\x00\x04abcd\x7f\xff\xffx"),
}


def tell_what_comes_with(ends: BothEnds, strange: bytes) -> tuple[list[Told], bytes]:
    """What it tells and sends when there are messages before it, and behind it."""
    ends.accept()
    ends.feed(b"".join(publications(ends.five)) + strange + b"".join(publications(ends.five)))
    ends.read()
    return ends.told, ends.rest()


@pytest.mark.parametrize(
    ("version", "strange"), [(key[0], data) for key, data in STRANGE.items()], ids=map(" ".join, STRANGE)
)
def test_whatever_else_comes_is_treated_as_paho_does(version: str, strange: bytes) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        assert tell_what_comes_with(ours, strange) == tell_what_comes_with(plain, strange)
        assert ours.messages[:4] == plain.messages[:4]
        assert sum(what == "disconnect" for what, *_ in ours.told) == 1


@pytest.mark.parametrize(
    ("version", "malformed"), [(key[0], data) for key, data in MALFORMED.items()], ids=map(" ".join, MALFORMED)
)
def test_a_malformed_message_ends_the_connection_after_those_before_it(version: str, malformed: bytes) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        told, sent = tell_what_comes_with(ours, malformed)
        assert [what for what, *_ in told] == ["connect", *["message"] * 4, "disconnect"]
        assert (told, sent) == tell_what_comes_with(plain, malformed)


@every_version
def test_it_reads_nothing_after_the_end(version: str) -> None:
    with Ours(version) as ours:
        ours.accept()
        ours.feed(FIVE_DIGITS + b"".join(publications(ours.five)))
        told = [*ours.told]
        assert told[-1][0] == "disconnect"
        for _ in range(3):
            assert not ours.client.has_unread()
            assert not ours.client.read()
        assert ours.told == told


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
