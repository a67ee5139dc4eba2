"""When the client pings, and when it ends a silent connection: paho's keep-alive, though paho reads few packets."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gateway.mqtt import client as client_module
from tests.unit.mqtt.both_ends import KEEPALIVE_S, PINGREQ, BothEnds, Ours, Plain
from tests.unit.mqtt.packets import CLAIM, PINGRESP, publish


class Clock:
    """The time of paho's keep-alive, set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("paho.mqtt.client.time_func", clock)
    monkeypatch.setattr(client_module, "time", SimpleNamespace(monotonic=clock))
    return clock


def pass_seconds(ends: BothEnds, clock: Clock, seconds: int) -> None:
    """Let them pass, and watch over the connection each second."""
    for _ in range(seconds):
        clock.now += 1
        ends.client.loop_misc()
        ends.write()


@pytest.mark.parametrize("kind", [Ours, Plain])
def test_a_silent_connection_is_pinged_after_the_keep_alive(kind: type[BothEnds], clock: Clock) -> None:
    with kind() as ends:
        ends.accept()
        for _ in range(3):
            pass_seconds(ends, clock, KEEPALIVE_S - 1)
            assert not ends.has_sent_more()
            pass_seconds(ends, clock, 1)
            assert ends.next_packet() == PINGREQ
            ends.feed(PINGRESP)
        assert ends.is_open


def test_pings_of_the_keep_alive_are_counted(clock: Clock, ours: Ours) -> None:
    pass_seconds(ours, clock, KEEPALIVE_S + 5)
    ours.feed(PINGRESP)
    assert (ours.client.pings, ours.client.pongs) == (1, 1)


@pytest.mark.parametrize("kind", [Ours, Plain])
def test_a_connection_from_which_nothing_comes_is_ended(kind: type[BothEnds], clock: Clock) -> None:
    with kind() as ends:
        ends.accept()
        pass_seconds(ends, clock, 2 * KEEPALIVE_S - 1)
        assert [ends.is_open, *ends.told] == [True, ("connect", False, "Success")]
        pass_seconds(ends, clock, 1)
        assert not ends.is_open
        assert {*ends.told[1:]} == {("disconnect", "Keep alive timeout")}  # paho tells it twice


@pytest.mark.parametrize("kind", [Ours, Plain])
def test_messages_keep_a_connection_whose_ping_is_not_answered_yet(kind: type[BothEnds], clock: Clock) -> None:
    with kind() as ends:
        ends.accept()
        for _ in range(5 * KEEPALIVE_S):
            pass_seconds(ends, clock, 1)
            ends.feed(publish())
        assert ends.is_open
        assert ends.next_packet() == PINGREQ
        if isinstance(ends, Ours):
            assert ends.read_by_paho == 0


@pytest.mark.parametrize("kind", [Ours, Plain])
def test_parts_of_a_long_message_keep_a_connection_too(kind: type[BothEnds], clock: Clock) -> None:
    with kind() as ends:
        ends.accept()
        ends.feed(CLAIM)
        for _ in range(5 * KEEPALIVE_S):
            pass_seconds(ends, clock, 1)
            ends.feed(b"x" * 10)
        assert ends.is_open
