"""The client of the gateway against paho's own: the same bytes come in, the same is told and the same goes out.

When a new version of paho changes what the client relies on, a test of these fails.
"""

from __future__ import annotations

import struct

import pytest

from tests.unit.mqtt.both_ends import KEEPALIVE_S, OWN, PINGREQ, STATUS, Ours, Plain, every_version
from tests.unit.mqtt.packets import (
    DISCONNECT,
    PINGRESP,
    connack,
    packet,
    puback,
    publications,
    publish,
    pubrel,
    stream,
    suback,
    unsuback,
)


@every_version
def test_it_connects_as_paho_does(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        connect = ours.accept()
        assert connect == plain.accept()
        assert (ours.told, ours.is_open) == ([("connect", False, "Success")], True)
        assert ours.told == plain.told


def test_connect_has_the_keep_alive_and_the_last_will_and_keeps_the_session() -> None:
    with Ours() as ours:
        connect = ours.accept()
    name, level, flags, keepalive = struct.unpack(">6sBBH", connect[:10])
    assert (name, level, keepalive) == (b"\x00\x04MQTT", 4, KEEPALIVE_S)
    assert flags == 0b00101100  # retained will at QoS 1, no clean session
    strings = [b"gateway-test", STATUS.topic.encode(), STATUS.offline]
    assert connect[10:] == b"".join(struct.pack(">H", len(string)) + string for string in strings)


def test_connect_of_mqtt_5_keeps_the_session_for_a_week() -> None:
    with Ours("5") as ours:
        connect = ours.accept()
    assert connect[7] == 0b00101100
    assert b"\x11" + struct.pack(">I", 7 * 24 * 3600) in connect


@every_version
@pytest.mark.parametrize("session_present", [False, True])
def test_it_tells_whether_the_broker_has_kept_the_session(version: str, session_present: bool) -> None:
    with Ours(version) as ours:
        ours.accept(session_present=session_present)
        assert ours.told == [("connect", session_present, "Success")]


@every_version
def test_messages_that_come_with_the_answer_to_connect_are_told_after_it(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.next_packet()
            ends.feed(connack(session_present=True, five=ends.five) + stream(ends.five))
        assert ours.told[0] == ("connect", True, "Success")
        assert ours.told == plain.told
        assert ours.read_by_paho == 0


@pytest.mark.parametrize(("version", "code"), [("3.1.1", 5), ("3.1.1", 2), ("3.1.1", 1), ("5", 0x87), ("5", 0x95)])
def test_a_refusal_ends_the_connection(version: str, code: int) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.next_packet()
            ends.feed(connack(code=code, five=ends.five))
            ends.rest()
        assert [what for what, *_ in ours.told][-1] == "disconnect"
        assert ours.told == plain.told


@every_version
def test_subscribing_is_answered_with_a_reason_for_each_filter(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            ends.client.subscribe([("site/#", 1), ("tele/#", 1)])
            ends.client.unsubscribe(["a/#", "b/#"])
            ends.write()
            first, subscribe = ends.next_packet()
            (packet_id,) = struct.unpack(">H", subscribe[:2])
            assert (first, ends.next_packet()[0]) == (0x82, 0xA2)
            ends.feed(suback(packet_id, 1, 0x80, five=ends.five) + publish(properties=b"" if ends.five else None))
            ends.feed(unsuback(packet_id + 1, 0, 0x11, five=ends.five))
        assert ours.told[1] == ("subscribe", 1, ["Granted QoS 1", "Unspecified error"])
        assert [what for what, *_ in ours.told] == ["connect", "subscribe", "message", "unsubscribe"]
        assert ours.told == plain.told


@every_version
def test_messages_are_those_that_paho_reads(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            ends.feed(stream(ends.five))
        assert ours.messages[:4] == ours.messages[4:]
        assert ours.messages[2] == ("é", b"\x00" * 200, 65535, True, False)
        assert ours.told == plain.told
        assert ours.rest() == plain.rest() == DISCONNECT


@every_version
def test_whole_messages_are_never_read_by_paho_one_by_one(version: str) -> None:
    """paho reads as many packets at once as publications are under way."""
    with Ours(version) as ours:
        ours.accept()
        for _ in range(100):
            ours.client.publish("own", b"1", qos=1)
        ours.write()
        mids = [struct.unpack(">H", ours.next_packet()[1][5:7])[0] for _ in range(100)]
        for mid in mids:
            ours.feed(stream(ours.five) + puback(mid) + b"".join(publications(ours.five)))
        assert len(ours.messages) == 1200
        assert [told[1] for told in ours.told if told[0] == "publish"] == mids
        assert ours.read_by_paho == 0


@every_version
def test_own_publications_are_acknowledged_among_messages(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            for number in range(150):  # of which 100 may be under way
                ends.client.publish("own", bytes([number]), qos=1)
            ends.write()
            for mid in range(1, 151):
                ends.feed(puback(mid) + publications(ends.five)[1] + puback(mid))
        assert [told for told in ours.told if told[0] == "publish"] == [
            ("publish", mid, "Success") for mid in range(1, 151)
        ]
        assert ours.told == plain.told
        assert ours.rest() == plain.rest()


@every_version
def test_a_stream_may_be_cut_anywhere(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        data = stream(ours.five)
        for ends in (ours, plain):
            ends.accept()
        plain.feed(data)
        expected = plain.told[1:]
        for place in range(1, len(data)):
            del ours.told[:]
            ours.feed(data[:place])
            ours.feed(data[place:])
            assert ours.told == expected, place
        assert ours.read_by_paho < len(data)
        assert ours.rest() == plain.rest() == DISCONNECT


@every_version
def test_a_stream_may_come_byte_by_byte(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            for byte in stream(ends.five):
                ends.feed(bytes([byte]))
        assert ours.told == plain.told
        assert ours.read_by_paho == len(ours.messages)


@every_version
@pytest.mark.parametrize("size", [65_536 - 25, 65_536, 100_000, 3 << 20])
def test_a_message_may_be_longer_than_what_is_read_at_once(version: str, size: int) -> None:
    properties = b"" if version == "5" else None
    with Ours(version) as ours:
        ours.accept()
        before, after = publish("before", properties=properties), publish("after", properties=properties)
        ours.feed(before + publish("long", b"x" * size, qos=1, properties=properties) + after)
        assert [(told[0], len(bytes(told[1]))) for told in ours.messages if isinstance(told[1], bytes)] == [
            ("before", 1),
            ("long", size),
            ("after", 1),
        ]


def test_a_message_to_oneself_is_told_in_its_place(ours: Ours) -> None:
    ours.feed(publish("a") + publish(OWN, b"probe", qos=1) + publish("b"))
    assert [told[:2] for told in ours.told[1:]] == [("message", "a"), ("own", b"probe"), ("message", "b")]


def test_what_was_read_is_dated_by_the_clock(ours: Ours) -> None:
    heard_at = ours.client.heard_at
    assert heard_at is not None
    ours.read()
    assert ours.client.heard_at is heard_at
    ours.feed(publish())
    later = ours.client.heard_at
    assert later is not None
    assert later.steady > heard_at.steady
    ours.hang_up()
    assert ours.client.heard_at is later


def test_where_nothing_has_come_there_is_nothing_to_read(ours: Ours) -> None:
    assert not ours.client.read()
    ours.feed(publish() + b"\x30")
    assert not ours.client.read()
    assert (len(ours.messages), ours.is_open) == (1, True)


@every_version
def test_a_message_at_qos_2_comes_once_the_broker_has_released_it(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            parts = publications(ends.five)
            properties = b"" if ends.five else None
            exactly_once = publish("x", b"exactly once", qos=2, packet_id=7, properties=properties)
            ends.feed(parts[0] + exactly_once + parts[1] + exactly_once + parts[2] + pubrel(7) + parts[3] + pubrel(7))
        assert [told[0] for told in ours.messages] == ["a", "site/s1/pump/p1/pressure", "é", "x", "retained"]
        assert ours.told == plain.told
        assert ours.read_by_paho == 1
        assert ours.rest() == plain.rest() == packet(0x50, b"\x00\x07") * 2 + DISCONNECT


def test_many_acknowledgements_are_one_write_in_the_order_given(ours: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    send = ours.client._sock_send

    def remember(data: bytes) -> int:
        sent.append(bytes(data))
        return send(data)

    monkeypatch.setattr(ours.client, "_sock_send", remember)
    packet_ids = [65535, 1, 256, *range(2, 200)]
    ours.acknowledge(packet_ids)
    expected = b"".join(map(puback, packet_ids))
    assert sent == [expected]
    assert ours.rest() == expected + DISCONNECT


@every_version
def test_messages_are_acknowledged_in_the_bytes_that_paho_sends(version: str) -> None:
    with Ours(version) as ours, Plain(version) as plain:
        for ends in (ours, plain):
            ends.accept()
            ends.feed(stream(ends.five))
            ends.acknowledge([1, 65535, 1, 65535])
        assert ours.rest() == plain.rest() == (puback(1) + puback(65535)) * 2 + DISCONNECT


def test_acknowledgements_that_the_socket_does_not_accept_at_once_are_written_later(
    ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = ours.client._sock_send
    monkeypatch.setattr(ours.client, "_sock_send", lambda data: send(data[:3]))
    ours.acknowledge([1, 2, 3])
    assert ours.rest() == puback(1) + puback(2) + puback(3) + DISCONNECT


@every_version
def test_pings_and_their_answers_are_counted(version: str) -> None:
    with Ours(version) as ours:
        ours.accept()
        client = ours.client
        assert (client.pings, client.pongs) == (0, 0)
        assert [client.ping(), client.ping()] == [1, 2]
        ours.write()
        assert [ours.next_packet(), ours.next_packet()] == [PINGREQ] * 2
        ours.feed(publications(ours.five)[0] + PINGRESP)
        assert (client.pings, client.pongs) == (2, 1)
        ours.feed(PINGRESP)
        assert (client.pings, client.pongs) == (2, 2)


def test_a_ping_is_answered_after_the_messages_before_it(ours: Ours) -> None:
    ours.send(publish("a") + PINGRESP + publish("b"))
    assert ours.client.read()
    assert ([told[0] for told in ours.messages], ours.client.pongs) == (["a"], 1)
    assert not ours.client.read()
    assert [told[0] for told in ours.messages] == ["a", "b"]
