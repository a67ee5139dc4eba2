"""The contents of one message, which several parsers read."""

from __future__ import annotations

import pytest

from gateway.core.telemetry.decoding.messages import Contents
from gateway.core.telemetry.quarantine import Rejected


def test_json_is_parsed_once() -> None:
    contents = Contents(b'{"a": [1, 2]}')

    assert contents.json() == {"a": [1, 2]}
    assert contents.json() is contents.json()


def test_null_is_a_document_too() -> None:
    assert Contents(b"null").json() is None


def test_what_is_no_json_is_rejected_each_time() -> None:
    contents = Contents(b"{")

    assert isinstance(contents.json(), Rejected)
    assert contents.json() is contents.json()


@pytest.mark.parametrize(
    ("payload", "said"), [(b'{"a": 1, "b": 2}', "keys: ['a', 'b']"), (b"[1, 2]", "the message is [1, 2]")]
)
def test_all_parsers_that_find_no_reading_reject_a_message_alike(payload: bytes, said: str) -> None:
    contents = Contents(payload)

    assert contents.without_readings().detail.endswith(said)
    assert contents.without_readings() is contents.without_readings()
