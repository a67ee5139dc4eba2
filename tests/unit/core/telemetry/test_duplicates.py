"""Recognising repeated messages."""

from __future__ import annotations

from gateway.core.telemetry.duplicates import DIGEST_BYTES, RecentMessages, digest_of, hash_of


def test_the_digest_depends_on_topic_payload_and_packet() -> None:
    hashes = [hash_of("a", b"b"), hash_of("ab", b""), hash_of("a", b"c")]
    digests = {digest_of(hashed, packet) for hashed in hashes for packet in (0, 1, 65_535)}
    assert len(digests) == 9
    assert {len(digest) for digest in digests} == {DIGEST_BYTES}


def test_the_hash_is_the_same_in_every_run() -> None:
    assert hash_of("t", b"p").hex() == "f3c30a3d8bad0aa0"


def test_as_many_stamped_messages_as_its_capacity_are_recognised_and_never_more_than_twice() -> None:
    recent = RecentMessages(100)
    digests = [digest_of(index.to_bytes(8)) for index in range(1000)]
    for index, digest in enumerate(digests):
        recent.add(digest)
        assert all(known in recent for known in digests[max(0, index - 99) : index + 1])
        assert not any(old in recent for old in digests[: max(0, index - 199)])


def test_under_a_packet_identifier_only_the_latest_message_is_recognised() -> None:
    recent = RecentMessages(100)
    first, second = digest_of(b"12345678", 7), digest_of(b"abcdefgh", 7)
    recent.add(first)
    assert first in recent
    recent.add(second)
    assert (first in recent, second in recent) == (False, True)
