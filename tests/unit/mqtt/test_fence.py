"""When a fence counts as passed, and what replaces one that does not come back."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.mqtt.client import Client
from gateway.mqtt.fence import Fence


class Wire:
    """A client, as the fence sees it: what was published, and how many pings were answered."""

    def __init__(self) -> None:
        self.published: list[tuple[bytes, int]] = []
        self.pings = self.pongs = 0

    def publish(self, _topic: str, payload: bytes, *, qos: int) -> None:
        self.published.append((payload, qos))

    def ping(self) -> int:
        self.pings += 1
        return self.pings

    @property
    def fences(self) -> list[bytes]:
        return [payload for payload, qos in self.published if qos == 1]


class Bench:
    """A fence on a wire, at a time."""

    def __init__(self) -> None:
        self.fence = Fence("gateway/s/fence/g")
        self.wire = Wire()
        self.fence.begin_connection()
        self.fence.put_up(self.client, 0.0)

    @property
    def client(self) -> Client:
        return cast("Client", cast("Any", self.wire))

    def answer(self) -> None:
        self.wire.pongs = self.wire.pings

    def watch(self, now: float, *, moved_at: float = -1.0, unacknowledged: int = 0) -> str:
        return self.fence.watch(self.client, now, moved_at=moved_at, unacknowledged=unacknowledged)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_has_passed_when_it_comes_back(bench: Bench) -> None:
    assert not bench.fence.has_passed
    bench.fence.read(bench.wire.fences[0])
    assert bench.fence.has_passed


def test_one_of_an_earlier_time_says_nothing(bench: Bench) -> None:
    (earlier,) = bench.wire.fences
    bench.fence.take_down()
    bench.fence.put_up(bench.client, 5.0)
    bench.fence.read(earlier)
    assert not bench.fence.has_passed


def test_silence_after_an_answer_replaces_it(bench: Bench) -> None:
    assert bench.watch(3.0) == ""
    bench.answer()
    assert bench.watch(0.9) == ""
    assert "nothing for 1 s" in bench.watch(1.0)


def test_silence_says_nothing_while_messages_wait_for_their_acknowledgement(bench: Bench) -> None:
    bench.answer()
    assert bench.watch(3.0, unacknowledged=1) == ""


def test_after_a_burst_the_broker_is_asked_once_more(bench: Bench) -> None:
    bench.answer()
    assert bench.watch(3.5, moved_at=2.0) == ""
    assert bench.watch(4.6, moved_at=2.0) == ""  # no answer yet
    bench.answer()
    assert "nothing for 1 s" in bench.watch(4.6, moved_at=2.0)


def test_on_a_site_that_is_never_quiet_a_minute_replaces_one_that_the_broker_withholds(bench: Bench) -> None:
    for second in range(60):
        bench.answer()
        assert bench.watch(second, moved_at=second, unacknowledged=5) == ""
    bench.answer()
    assert "60 s have passed" in bench.watch(60.0, moved_at=60.0, unacknowledged=5)


def test_where_fences_come_back_a_long_backlog_is_read_to_its_end(bench: Bench) -> None:
    bench.fence.read(b"probe")
    for second in range(600):
        bench.answer()
        assert bench.watch(second, moved_at=second, unacknowledged=5) == ""
    assert len(bench.wire.fences) == 60  # sent again: a full queue may have dropped it
    bench.fence.read(bench.wire.fences[7])
    assert bench.fence.has_passed


def test_after_a_cut_connection_the_next_one_does_without_and_the_one_after_tries_again(bench: Bench) -> None:
    bench.fence.end_connection(bench.client)
    assert not bench.fence.is_allowed
    bench.wire = Wire()
    bench.fence.begin_connection()
    bench.fence.put_up(bench.client, 1.0)
    assert bench.wire.published == []
    bench.answer()
    assert "nothing for 1 s" in bench.watch(2.0)
    bench.fence.end_connection(bench.client)
    assert bench.fence.is_allowed


def test_a_connection_that_was_not_subscribed_says_nothing_of_the_fence() -> None:
    fence = Fence("gateway/s/fence/g")
    fence.end_connection(cast("Client", cast("Any", Wire())))
    assert fence.is_allowed
