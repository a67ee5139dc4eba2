"""What the engine does with parts: events up, requests down, one heap of timers, and their changes."""

from __future__ import annotations

from typing import ClassVar

import pytest

from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import SECOND, Micros
from tests.unit.core.sites import at, site

LOG = list[str]


class Rung(Event, frozen=True, kw_only=True):
    """Somebody is at the door."""

    guest: str


class Opened(Event, frozen=True, kw_only=True):
    """The door is open."""


class Ring(Action, frozen=True, kw_only=True):
    """Ring the bell."""


class OpenDoor(Request, frozen=True, kw_only=True):
    """Open the door."""


class Door(Part):
    """Rings, and is opened by whoever hears it."""

    name: ClassVar[str] = "door"
    actions: ClassVar[tuple[type[Action], ...]] = (Ring,)
    requests: ClassVar[tuple[type[Request], ...]] = (OpenDoor,)

    def __init__(self, seam: Seam, log: LOG) -> None:
        self._seam = seam
        self._log = log
        self.is_open = False
        self._changed = False
        self._guest = ""

    def restore(self, rows: bool, now: Micros) -> None:
        self.is_open = rows

    def act(self, action: Action, now: Micros) -> None:
        if action.by == "nobody":
            raise GatewayError("nobody cannot ring")
        self._log.append("door rings")
        self._guest = action.by
        for guest in action.by.split(" and "):
            self._seam.emit(Rung(guest=guest))
        self._seam.wake("close", now + SECOND)

    def serve(self, request: Request) -> None:
        self._log.append("door opens")
        self.is_open = self._changed = True
        self._seam.emit(Opened())

    def tick(self, key: str, now: Micros) -> None:
        self._log.append(f"door: {key}")
        if self._guest == "a bug":
            raise ZeroDivisionError
        self.is_open, self._changed = False, True

    def finish(self) -> bool | None:
        changed, self._changed = self._changed, False
        return self.is_open if changed else None


class Doorman(Part):
    """Asks the door below to open, and has what it asked for at once."""

    name: ClassVar[str] = "doorman"

    def __init__(self, seam: Seam, door: Door, log: LOG) -> None:
        self._seam = seam
        self._door = door
        self._log = log

    def on(self, event: Event) -> None:
        self._log.append(f"doorman hears {type(event).__name__}")
        if isinstance(event, Rung):
            self._seam.ask(OpenDoor())
            assert self._door.is_open
            self._seam.publish("hall/guest", event.guest.encode())


class Porch(Part):
    """Hears last."""

    name: ClassVar[str] = "porch"

    def __init__(self, log: LOG) -> None:
        self._log = log

    def on(self, event: Event) -> None:
        self._log.append(f"porch hears {type(event).__name__}")


class House:
    """An engine with these three above its own."""

    def __init__(self, checkpoint: Checkpoint | None = None) -> None:
        self.log: LOG = []
        doors: list[Door] = []

        def door(_files: object, seam: Seam) -> Door:
            doors.append(Door(seam, self.log))
            return doors[0]

        self.engine = Engine(
            site(),
            {
                "door": door,
                "doorman": lambda _files, seam: Doorman(seam, doors[0], self.log),
                "porch": lambda _files, _seam: Porch(self.log),
            },
            checkpoint or Checkpoint(),
        )
        self.door = doors[0]
        self.log.clear()  # they have heard that the gateway starts blind

    def ring(self, by: str) -> Changes:
        return self.engine.act(Ring(by=by), at(0))


def test_events_are_delivered_one_by_one_from_the_lowest_part_up_within_the_step() -> None:
    house = House()
    house.ring("Li Wei")
    assert house.log == [
        "door rings",
        "doorman hears Rung",
        "door opens",
        "porch hears Rung",
        "doorman hears Opened",
        "porch hears Opened",
    ]


def test_what_an_event_causes_is_delivered_before_what_was_waiting() -> None:
    house = House()
    house.ring("Li Wei and Wang Fang")
    heard = [line for line in house.log if line.startswith("porch")]
    assert heard == ["porch hears Rung", "porch hears Opened", "porch hears Rung", "porch hears Opened"]


def test_a_step_holds_what_each_part_has_changed_and_the_next_begins_empty() -> None:
    house = House()
    changes = house.ring("Li Wei")
    assert changes.parts == {"door": True}
    assert [(each.number, each.topic, each.payload) for each in changes.publications] == [(1, "hall/guest", b"Li Wei")]
    assert changes.counters == {"publication": 2}
    assert house.engine.tick(at(0)).is_empty


def test_tick_is_called_with_the_key_of_each_timer_that_is_due() -> None:
    house = House()
    house.ring("Li Wei")
    assert house.engine.next_due() == at(1)
    assert house.engine.tick(at(0.9)).is_empty
    assert house.engine.tick(at(1)).parts == {"door": False}
    assert house.engine.next_due() is None


def test_an_action_that_cannot_be_done_changes_nothing() -> None:
    house = House()
    with pytest.raises(GatewayError, match="nobody cannot ring"):
        house.ring("nobody")
    assert (house.log, house.engine.tick(at(1)).is_empty) == ([], True)


def test_a_part_is_restored_from_the_rows_under_its_name_and_counters_continue() -> None:
    house = House(Checkpoint({"publication": 7}, {"door": True}))
    assert house.door.is_open
    assert "door" not in house.engine.beginning.parts
    assert house.ring("Li Wei").publications[0].number == 7


def test_a_step_that_fails_half_way_leaves_nothing_to_commit_and_ends_the_engine() -> None:
    house = House()
    house.ring("a bug")
    with pytest.raises(ZeroDivisionError):
        house.engine.tick(at(1))
    with pytest.raises(RuntimeError, match="failed half-way"):
        house.engine.tick(at(2))
    with pytest.raises(RuntimeError, match="failed half-way"):
        house.ring("Li Wei")
