"""A message about many things names what matters most."""

from __future__ import annotations

import pytest

from gateway.core.kernel.texts import Language
from gateway.core.notices.composing import compose
from gateway.core.notices.notice import Item


def _items(count: int, *, fire_at: int | None = None) -> tuple[Item, ...]:
    titles = ["Fire" if index == fire_at else f"Pump {index}" for index in range(count)]
    return tuple(Item(each, "", facts={"life_safety": str(each == "Fire").lower()}) for each in titles)


@pytest.mark.parametrize(("language", "title"), [("en", "Fire, and 39 more"), ("zh", "Fire，另有 39 条")])
def test_life_safety_comes_first_however_many_alarms_came_before(language: Language, title: str) -> None:
    said, body = compose(_items(40, fire_at=39), language)
    assert (said, body.splitlines()[0]) == (title, "Fire")


def test_all_else_stands_in_its_order() -> None:
    title, body = compose(_items(3), "en")
    assert (title, body) == ("Pump 0, and 2 more", "Pump 0\nPump 1\nPump 2")


def test_of_more_than_a_message_lists_the_latest_are_named_too() -> None:
    """What came before may be reminders of what everybody knows."""
    title, body = compose(_items(40), "en")
    lines = body.splitlines()
    assert title == "Pump 0, and 39 more"
    assert lines == ["Pump 0", *(f"Pump {index}" for index in range(21, 40)), "and 20 more"]


def test_a_life_safety_alarm_is_named_in_a_list_that_is_cut() -> None:
    lines = compose(_items(40, fire_at=10), "en")[1].splitlines()
    assert (lines[0], lines[-2:]) == ("Fire", ["Pump 39", "and 20 more"])


def test_all_life_safety_alarms_that_there_is_room_for_are_named() -> None:
    items = tuple(Item(f"Fire {index}", "", facts={"life_safety": "true"}) for index in range(30))
    lines = compose((*_items(5), *items), "en")[1].splitlines()
    assert lines == ["Fire 0", *(f"Fire {index}" for index in range(11, 30)), "and 15 more"]
