"""Which order of messages shows that some have overtaken others."""

from __future__ import annotations

import pytest

from gateway.core.telemetry.readings import Message
from gateway.mqtt.overtaking import Overtaking

RETAINED = Message("x/LWT", b"Online", 0, retained=True)
RETAINED_AT_QOS_1 = Message("x/LWT", b"Online", 0, packet_id=1, retained=True)
AT_QOS_0 = Message("x/LWT", b"Online", 0)
QUEUED, OF_ANOTHER = Message("x/LWT", b"Offline", 0, packet_id=2), Message("y/LWT", b"Offline", 0, packet_id=3)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((RETAINED, QUEUED), True),
        ((RETAINED_AT_QOS_1, QUEUED), True),
        ((AT_QOS_0, QUEUED), True),
        ((QUEUED, RETAINED), False),
        ((RETAINED, OF_ANOTHER), False),
        ((QUEUED, QUEUED), False),
        ((AT_QOS_0, AT_QOS_0), False),
    ],
)
def test_a_queued_message_after_one_that_was_not_queued_was_overtaken(
    messages: tuple[Message, Message], expected: bool
) -> None:
    overtaking = Overtaking()
    for message in messages:
        overtaking.mark([message])
    assert overtaking.take() is expected


def test_what_came_with_an_earlier_backlog_overtakes_nothing_of_the_next() -> None:
    overtaking = Overtaking()
    overtaking.mark([RETAINED])
    assert not overtaking.take()
    overtaking.mark([QUEUED])
    assert not overtaking.take()
