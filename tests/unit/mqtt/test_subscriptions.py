"""Which filters are in the session, and which must leave it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from gateway.core.telemetry.readings import Message
from gateway.errors import BrokerError, StoreError
from gateway.mqtt.subscriptions import Subscriptions

GRANTED = ReasonCode(PacketTypes.SUBACK, "Granted QoS 1")
REFUSED = ReasonCode(PacketTypes.SUBACK, "Not authorized")
GONE = ReasonCode(PacketTypes.UNSUBACK, "Success")
NEVER_THERE = ReasonCode(PacketTypes.UNSUBACK, "No subscription found")
KEPT = ReasonCode(PacketTypes.UNSUBACK, "Not authorized")


class Disk:
    """What was saved; `full` while it cannot be."""

    def __init__(self) -> None:
        self.saved: list[list[str]] = []
        self.full = False

    async def save(self, filters: Sequence[str]) -> None:
        if self.full:
            raise StoreError("the disk is full")
        self.saved.append([*filters])


@pytest.fixture
def disk() -> Disk:
    return Disk()


def subscriptions(disk: Disk, *wanted: str, earlier: Sequence[str] = ()) -> Subscriptions:
    return Subscriptions(wanted, own_topic="fence", earlier=earlier, save=disk.save)


def test_what_nobody_wants_any_more_is_to_leave_the_session(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", "tele/#", earlier=["b/+", "a/+", "site/#", "fence"])
    assert found.unwanted == ("a/+", "b/+")
    found.release([])  # MQTT 3.1.1
    assert not found.unwanted


def test_what_the_broker_keeps_is_tried_again_on_the_next_connection(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", earlier=["a", "b", "c"])
    found.release([GONE, KEPT, NEVER_THERE])
    assert found.unwanted == ("b",)


def test_a_new_session_has_nothing_to_leave(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", earlier=["a"])
    found.begin_session()
    assert found.unwanted == ()


async def test_what_may_be_in_the_session_is_saved_when_it_changes(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", earlier=["a"])
    await found.save(again=True)
    found.release([])
    await found.save(again=False)
    await found.save(again=True)
    assert disk.saved == [["a", "fence", "site/#"], ["fence", "site/#"]]
    assert subscriptions(disk, "site/#", earlier=disk.saved[-1]).unwanted == ()


async def test_what_could_not_be_saved_is_tried_again_with_the_next_connection_and_not_before(disk: Disk) -> None:
    found, disk.full = subscriptions(disk, "site/#"), True
    with pytest.raises(StoreError):
        await found.save(again=True)
    await found.save(again=False)
    disk.full = False
    await found.save(again=False)
    assert disk.saved == []
    await found.save(again=True)
    assert disk.saved == [["fence", "site/#"]]


def test_refused_filters_are_named_unless_it_is_the_own_topic(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", "tele/#")
    found.grant([GRANTED, GRANTED, REFUSED])
    assert found.problem == ""
    found.grant([GRANTED, REFUSED, GRANTED])
    assert found.problem == "the broker refuses the subscription to tele/#: check its access list"
    with pytest.raises(BrokerError, match="site/#, tele/#"):
        found.grant([REFUSED, REFUSED, GRANTED])


def heard(*topics: str) -> list[Message]:
    return [Message(topic, b"", 0) for topic in topics]


def test_a_filter_is_unheard_until_a_message_matches_it(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", "tele/+/STATE", "$share/group/zigbee2mqtt/+")
    found.mark(heard("site/s1/x", "tele/a/LWT", "site/s1/x"))
    assert found.unheard == ["tele/+/STATE", "$share/group/zigbee2mqtt/+"]
    found.mark(heard("tele/a/LWT", "tele/a/STATE"))
    assert found.unheard == ["$share/group/zigbee2mqtt/+"]
    found.mark(heard("zigbee2mqtt/lamp"))
    assert found.unheard == []


def test_a_message_that_two_filters_match_is_heard_by_both(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", "site/s1/+")
    found.mark(heard("site/s1/x"))
    assert found.unheard == []


def test_a_filter_that_the_broker_refuses_is_a_problem_and_not_also_unheard(disk: Disk) -> None:
    found = subscriptions(disk, "site/#", "tele/#")
    found.grant([GRANTED, REFUSED])
    assert found.unheard == ["site/#"]


def test_a_flood_of_topics_takes_no_memory_for_ever(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.subscriptions._MOST_TOPICS", 10)
    found = subscriptions(disk, "tele/#")
    for number in range(100):
        found.mark(heard(f"site/{number}"))
    assert len(found._topics) <= 11
    found.mark(heard("tele/a"))
    assert found.unheard == []


def test_a_shared_subscription_is_heard_by_the_topics_that_it_shares(disk: Disk) -> None:
    found = subscriptions(disk, "$share/gateways/site/#", "$share/incomplete")
    found.mark([Message("site/s1/pump/p1", b"", 0)])
    assert found.unheard == ["$share/incomplete"]
