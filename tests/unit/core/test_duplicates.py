"""Recognising repeated messages."""

from __future__ import annotations

from gateway.core.duplicates import DIGEST_BYTES, RecentMessages, digest_of


def test_the_digest_tells_topic_payload_and_packet_apart() -> None:
    digests = {
        digest_of("a", b"b", None),
        digest_of("ab", b"", None),
        digest_of("a", b"c", None),
        digest_of("a", b"b", 1),
        digest_of("a", b"b", 2),
    }
    assert len(digests) == 5
    assert {len(digest) for digest in digests} == {DIGEST_BYTES}


def test_the_digest_is_the_same_in_every_run() -> None:
    assert digest_of("site/s1/pump/p1", b"{}", 7).hex() == digest_of("site/s1/pump/p1", b"{}", 7).hex()
    assert digest_of("t", b"p", None).hex() == "f3c30a3d8bad0aa0"


def test_as_many_messages_as_its_capacity_are_always_recognised_and_never_more_than_twice() -> None:
    recent = RecentMessages(100)
    digests = [index.to_bytes(8) for index in range(1000)]
    for index, digest in enumerate(digests):
        recent.add(digest)
        assert all(known in recent for known in digests[max(0, index - 99) : index + 1])
        assert not any(old in recent for old in digests[: max(0, index - 199)])
