"""Of which messages the broker is known to have the acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from gateway.mqtt.settling import Settling


class Line:
    """A connection whose pings are answered by hand."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.pings: list[asyncio.Future[None]] = []

    def ping(self) -> asyncio.Future[None]:
        self.pings.append(self._loop.create_future())
        return self.pings[-1]

    def close(self) -> None:
        self._loop.close()


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


@pytest.fixture
def settling(line: Line) -> Settling:
    settling = Settling()
    settling.watch(line, 0.5, hears=False)
    return settling


def test_what_an_earlier_run_has_read_is_settled_though_nothing_comes(settling: Settling, line: Line) -> None:
    settling.watch(line, 11, hears=True)
    line.pings[0].set_result(None)
    assert settling.watch(line, 12, hears=True) == 0
    assert settling.watch(line, 30, hears=True) is None
    assert len(line.pings) == 1


def test_what_was_acknowledged_before_a_ping_is_settled_by_its_answer(settling: Settling, line: Line) -> None:
    settling.acknowledge(3)
    assert settling.watch(line, 11, hears=True) is None
    settling.acknowledge(4)
    assert settling.watch(line, 11, hears=True) is None
    line.pings[0].set_result(None)
    assert settling.watch(line, 12, hears=True) == 3


def test_the_broker_is_asked_every_ten_seconds_and_only_when_there_is_something_new(
    settling: Settling, line: Line
) -> None:
    settling.acknowledge(1)
    for now in (1, 9, 10, 11, 12):
        settling.watch(line, now, hears=True)
    assert len(line.pings) == 1
    line.pings[0].set_result(None)
    assert settling.watch(line, 12, hears=True) == 1
    settling.watch(line, 30, hears=True)
    assert len(line.pings) == 1
    settling.acknowledge(1)
    settling.watch(line, 31, hears=True)
    assert len(line.pings) == 2


def test_while_the_gateway_is_blind_messages_of_earlier_connections_may_still_come_again(
    settling: Settling, line: Line
) -> None:
    settling.acknowledge(1)
    settling.watch(line, 20, hears=False)
    assert not line.pings
    settling.watch(line, 21, hears=True)
    assert line.pings


def test_a_ping_that_is_lost_with_its_connection_settles_nothing_and_the_next_connection_asks_again(
    settling: Settling, line: Line
) -> None:
    settling.acknowledge(1)
    settling.watch(line, 11, hears=True)
    line.pings[0].cancel()
    settling.end_connection()
    settling.watch(line, 20, hears=True)
    assert len(line.pings) == 1
    settling.watch(line, 21, hears=True)
    line.pings[1].set_result(None)
    assert settling.watch(line, 22, hears=True) == 1
