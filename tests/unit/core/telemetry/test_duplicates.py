"""Recognising what the broker sends again."""

from __future__ import annotations

import itertools

from gateway.core.telemetry.duplicates import Digest, RecentMessages
from gateway.core.telemetry.readings import Message

FIRST, SECOND = Message("t", b"1", 0, 7), Message("t", b"2", 0, 7)
OTHER = Message("t", b"1", 0, 8)


def again(message: Message) -> Message:
    return Message(message.topic, message.payload, 1, message.packet_id, 2, redelivered=True)


def digest_of(message: Message) -> Digest:
    new: list[int] = []
    RecentMessages().is_repeated(message, 1, new)
    content, packet_id = new
    return content, packet_id


def test_the_digest_depends_on_topic_payload_and_packet() -> None:
    contents = [("a", b"b"), ("ab", b""), ("a", b"c")]
    digests = {digest_of(Message(*each, 0, packet)) for each, packet in itertools.product(contents, (1, 65_535))}
    assert len(digests) == 6
    assert all(content < 2**64 and packet_id < 2**16 for content, packet_id in digests)


def test_the_digest_is_the_same_in_every_run() -> None:
    assert digest_of(Message("t", b"p", 0, 1)) == (0x5A8FDF31_00000001, 1)


def test_only_a_message_with_the_dup_flag_is_a_repetition() -> None:
    recent = RecentMessages()
    new: list[int] = []
    assert not recent.is_repeated(FIRST, 1, new)
    assert not recent.is_repeated(FIRST, 2, new)
    assert recent.is_repeated(again(FIRST), 3, new)
    assert new == [*digest_of(FIRST)] * 3


def test_under_a_packet_identifier_only_the_latest_message_is_recognised() -> None:
    recent = RecentMessages()
    recent.restore([digest_of(FIRST), digest_of(SECOND)])
    assert recent.is_repeated(again(SECOND), 1, [])
    assert not recent.is_repeated(again(FIRST), 2, [])


def test_a_message_that_was_never_read_is_new_also_with_the_dup_flag() -> None:
    assert not RecentMessages().is_repeated(again(FIRST), 1, [])


def test_what_the_broker_cannot_send_again_is_forgotten_and_nothing_after_it() -> None:
    recent = RecentMessages()
    recent.restore([digest_of(other) for other in (FIRST, OTHER)])
    assert not recent.is_repeated(FIRST, 1, [])
    recent.forget_before(2)
    assert not recent.is_repeated(again(OTHER), 2, [])
    assert not recent.is_repeated(again(FIRST), 3, [])
    recent.forget_before(3)
    assert recent.is_repeated(again(FIRST), 4, [])


def test_a_repetition_may_come_once_more_until_it_is_acknowledged_itself() -> None:
    recent = RecentMessages()
    recent.is_repeated(FIRST, 1, [])
    assert recent.is_repeated(again(FIRST), 2, [])
    recent.forget_before(2)
    assert recent.is_repeated(again(FIRST), 3, [])
