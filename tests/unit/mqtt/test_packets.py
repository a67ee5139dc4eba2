"""Which messages are taken out of what was read, and where taking them stops."""

from __future__ import annotations

import pytest

from gateway.core.telemetry.readings import Message
from gateway.mqtt.packets import take_messages
from tests.unit.mqtt.packets import (
    CLAIM,
    FIVE_DIGITS,
    PINGRESP,
    connack,
    packet,
    puback,
    publish,
    pubrel,
    suback,
    user_property,
)

OWN = "gateway/s1/fence/g"
AT = 1_700_000_000_000_000


def take(data: bytes, start: int = 0, *, five: bool = False) -> tuple[list[Message], int]:
    """The messages, and where the first packet begins that was left."""
    messages: list[Message] = []
    end = take_messages(data, start, messages, five=five, without=OWN, received=AT, connection=3, steady=7)
    return messages, end


def properties(five: bool) -> bytes | None:
    """No properties, as each version says it."""
    return b"" if five else None


@pytest.mark.parametrize("five", [False, True])
@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("dup", [False, True])
@pytest.mark.parametrize("retain", [False, True])
def test_a_message_has_what_its_packet_says(five: bool, qos: int, dup: bool, retain: bool) -> None:
    data = publish("a/é", b"12", qos=qos, packet_id=0xABCD, dup=dup, retain=retain, properties=properties(five))
    packet_id = 0xABCD if qos else 0
    assert take(data, five=five) == ([Message("a/é", b"12", AT, packet_id, 3, dup, retain, 7)], len(data))


@pytest.mark.parametrize("five", [False, True])
@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("size", [0, 1, 90, 117, 118, 128, 16_370, 16_384, 2_097_140, 2_097_152, 5 << 20])
def test_a_payload_may_have_any_size(five: bool, qos: int, size: int) -> None:
    payload = b"\xf0" * size
    data = publish("site/x", payload, qos=qos, properties=properties(five)) + publish("y", properties=properties(five))
    messages, end = take(data, five=five)
    assert [(message.topic, message.payload) for message in messages] == [("site/x", payload), ("y", b"1")]
    assert end == len(data)


@pytest.mark.parametrize(
    "body",
    [127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152],
)
def test_a_length_has_up_to_four_digits(body: int) -> None:
    data = publish("a", b"x" * (body - 3))
    (message,), end = take(data)
    assert (len(message.payload), end) == (body - 3, len(data))


def test_a_length_may_have_more_digits_than_it_needs() -> None:
    for digits in (b"\x84\x00", b"\x84\x80\x00", b"\x84\x80\x80\x00"):
        (message,), end = take(b"\x30" + digits + b"\x00\x01aX")
        assert (message.topic, message.payload, end) == ("a", b"X", 5 + len(digits))


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("size", [0, 5, 127, 128, 129, 300, 16_383, 16_384])
def test_the_properties_of_a_message_are_skipped(qos: int, size: int) -> None:
    data = publish("a", b"payload", qos=qos, properties=user_property(size) if size else b"")
    (message,), end = take(data, five=True)
    assert (message.payload, message.packet_id, end) == (b"payload", qos, len(data))


def test_properties_are_not_checked() -> None:
    (message,), _ = take(publish("a", b"payload", properties=b"\xff\xff\xff"), five=True)
    assert message.payload == b"payload"


@pytest.mark.parametrize("five", [False, True])
def test_a_message_of_one_character_and_nothing_else_is_taken(five: bool) -> None:
    (message,), _ = take(publish("a", b"", properties=properties(five)), five=five)
    assert (message.topic, message.payload) == ("a", b"")


@pytest.mark.parametrize("five", [False, True])
def test_what_ends_with_its_properties_has_no_payload(five: bool) -> None:
    (message,), _ = take(publish("a", b"", qos=1, properties=user_property(130) if five else None), five=five)
    assert (message.packet_id, message.payload) == (1, b"")


def test_each_message_is_received_a_microsecond_after_the_one_before() -> None:
    messages, _ = take(publish() + publish(qos=1) + publish("other"))
    assert [message.received for message in messages] == [AT, AT + 1, AT + 2]
    assert {message.steady for message in messages} == {7}


def test_messages_are_appended_to_those_that_are_there() -> None:
    messages = [Message("before", b"", 0)]
    take_messages(publish(), 0, messages, five=False, without=OWN, received=AT, connection=3, steady=7)
    assert [message.topic for message in messages] == ["before", "site/s1/x"]


def test_it_begins_where_it_is_told() -> None:
    before, data = publish("before"), publish("after")
    (message,), end = take(before + data, len(before))
    assert (message.topic, end) == ("after", len(before + data))
    assert take(before + data, len(before + data)) == ([], len(before + data))


def test_of_nothing_nothing_is_taken() -> None:
    assert take(b"") == ([], 0)


LEFT = {
    "QoS 2": publish(qos=2),
    "QoS 3": publish(qos=3),
    "packet identifier 0": publish(qos=1, packet_id=0),
    "CONNACK": connack(),
    "PUBACK": puback(1),
    "PUBREL": pubrel(1),
    "SUBACK": suback(1, 1, 1, 1),
    "PINGRESP": PINGRESP,
    "an unknown packet": packet(0xF0, b"\x00\x01a"),
    "an empty topic": publish(""),
    "a topic that is not UTF-8": publish(b"a\xff"),
    "a surrogate in a topic": publish(b"a\xed\xa0\x80"),
    "a topic longer than the packet": packet(0x30, b"\x00\x05abcd"),
    "a topic as long as the packet identifier would have to be": packet(0x32, b"\x00\x04abcd"),
    "half a packet identifier": packet(0x32, b"\x00\x04abcd\x01"),
    "half the length of a topic": packet(0x30, b"\x00"),
    "an empty packet": packet(0x30),
    "the own topic": publish(OWN),
    "the own topic at QoS 1": publish(OWN, qos=1),
    "no topic after a length of four digits": b"\x30\x80\x80\x80\x00",
    "a length of five digits": FIVE_DIGITS + b"\x00\x01a",
    "a length of five digits of a short message": b"\x30\x84\x80\x80\x80\x00\x00\x01aX",
    "a claim of 256 MiB": CLAIM + b"\x00\x01a",
}


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT.keys())
def test_it_stops_at_whatever_is_left_to_others(left: bytes) -> None:
    before = publish("before") + publish("at QoS 1", qos=1)
    for after in (publish("after"), b""):
        messages, end = take(before + left + after)
        assert ([message.topic for message in messages], end) == (["before", "at QoS 1"], len(before))


LEFT_OF_FIVE = {
    "QoS 2": publish(qos=2, properties=b""),
    "packet identifier 0": publish(qos=1, packet_id=0, properties=b""),
    "an alias in place of the topic": publish("", properties=b"\x23\x00\x01"),
    "the own topic": publish(OWN, properties=b""),
    "no length of properties": packet(0x30, b"\x00\x04abcd"),
    "no length of properties after the packet identifier": packet(0x32, b"\x00\x04abcd\x00\x01"),
    "properties longer than the packet": packet(0x30, b"\x00\x04abcd\x04xyz"),
    "properties much longer than the packet": packet(0x30, b"\x00\x04abcd\xff\xff\xff\x7fxyz"),
    "half the length of properties": packet(0x30, b"\x00\x04abcd\x80"),
    "half the length of properties after the packet identifier": packet(0x32, b"\x00\x04abcd\x00\x01\x80\x80"),
    "a length of properties of five digits": packet(0x30, b"\x00\x04abcd\x80\x80\x80\x80\x01xyz"),
    "a length of five digits of short properties": packet(0x30, b"\x00\x04abcd\x80\x80\x80\x80\x00xyz"),
    "a topic longer than the packet": packet(0x30, b"\x00\x05abcd"),
    "a topic that is not UTF-8": publish(b"\xff", properties=b""),
}


@pytest.mark.parametrize("left", LEFT_OF_FIVE.values(), ids=LEFT_OF_FIVE.keys())
def test_it_stops_at_whatever_is_left_to_others_in_mqtt_5(left: bytes) -> None:
    before = publish("before", properties=b"") + publish("at QoS 1", qos=1, properties=user_property(200))
    for after in (publish("after", properties=b""), b""):
        messages, end = take(before + left + after, five=True)
        assert ([message.topic for message in messages], end) == (["before", "at QoS 1"], len(before))


@pytest.mark.parametrize("five", [False, True])
@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("size", [1, 200, 20_000])
def test_a_packet_that_is_not_whole_is_left_wherever_it_is_cut(five: bool, qos: int, size: int) -> None:
    before = publish("before", properties=properties(five))
    cut = publish("cut", b"x" * size, qos=qos, properties=user_property(150) if five else None)
    places = range(len(cut)) if size < 1000 else [*range(200), len(cut) - 2, len(cut) - 1]
    for place in places:
        messages, end = take(before + cut[:place], five=five)
        assert ([message.topic for message in messages], end) == (["before"], len(before)), place
    messages, end = take(before + cut, five=five)
    assert ([message.topic for message in messages], end) == (["before", "cut"], len(before + cut))
