"""Maintenance over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.api.house import House

START: dict[str, Any] = {"devices": ["pump-1"], "for": "2h", "reason": "New bearing", "by": "Li Wei"}
BEGUN = {
    "number": 1,
    "devices": ["pump-1"],
    "reason": "New bearing",
    "by": "Li Wei",
    "started_at": "2026-01-01T12:00:00.000Z",
    "ends_at": "2026-01-01T14:00:00.000Z",
    "ended_at": None,
    "ended_by": None,
    "still_told": [],
}


async def test_a_person_begins_and_ends_it(browser: httpx.AsyncClient, house: House) -> None:
    assert (await browser.post("/maintenance", json=START)).json() == BEGUN
    house.run_dry()
    (alarm,) = (await browser.get("/alarms")).json()["alarms"]
    assert (alarm["state"], alarm["ticket"]) == ("suppressed", None)
    assert [reason["why"] for reason in alarm["suppressed_by"]] == ["New bearing"]
    house.later(59)
    ended = (await browser.post("/maintenance/1/end", json={"by": "Wang Fang"})).json()
    at = "2026-01-01T12:01:00.000Z"
    assert ended == BEGUN | {"ends_at": at, "ended_at": at, "ended_by": "Wang Fang"}
    (alarm,) = (await browser.get("/alarms")).json()["alarms"]
    assert (alarm["state"], alarm["ticket"]) == ("unacknowledged", 1)
    chain = (await browser.get("/alarms/1")).json()["chain"]
    steps = [(each["kind"], each["data"]["step"]) for each in chain if each["kind"] == "maintenance"]
    assert steps == [("maintenance", "start"), ("maintenance", "end")]


async def test_what_lasts_is_listed_and_what_is_over_where_asked(browser: httpx.AsyncClient, house: House) -> None:
    for _ in range(3):
        await browser.post("/maintenance", json=START)
        house.later(1)
    await browser.post("/maintenance/2/end", json={"by": "Wang Fang"})
    lasting = (await browser.get("/maintenance")).json()
    assert [each["number"] for each in lasting["maintenance"]] == [3, 1]
    assert lasting["next_before"] is None
    page = (await browser.get("/maintenance", params={"ended": "true", "limit": "2"})).json()
    assert ([each["number"] for each in page["maintenance"]], page["next_before"]) == ([3, 2], 2)


@pytest.mark.parametrize(
    ("scope", "devices"),
    [
        ({"location": "b1"}, ["pump-1", "pump-2"]),
        ({"location": "b1", "profile": "pump"}, ["pump-1", "pump-2"]),
        ({"profile": "reader"}, ["gate"]),
    ],
)
async def test_a_location_or_profile_stands_for_its_devices(
    browser: httpx.AsyncClient, scope: dict[str, str], devices: list[str]
) -> None:
    body = {key: value for key, value in START.items() if key != "devices"} | scope
    assert (await browser.post("/maintenance", json=body)).json()["devices"] == devices


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"devices": ["pump-9"]}, 422, "there is no device 'pump-9' here; known: gate, pump-1, pump-2"),
        ({"devices": []}, 422, "say what is worked on: devices, location or profile"),
        ({"profile": "pump"}, 422, "devices stand alone: list the devices, or say location and profile"),
        ({"devices": [], "location": "garden"}, 422, "there is no such device at this location"),
        ({"for": "2"}, 422, "for: '2' is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d"),
        ({"for": "0s"}, 422, "for: say a time above zero, such as 2h"),
        ({"for": "-2h"}, 422, "for: say a time above zero, such as 2h"),
        ({"for": "31d"}, 422, "for: a maintenance lasts for at most 30d; plan a longer one in the site's files"),
        ({"reason": "a\nb"}, 422, "reason: write it in one line, without control characters"),
        ({"by": " "}, 422, "by: String should have at least 1 character"),
    ],
)
async def test_a_wrong_request_says_what_is_right_and_begins_nothing(
    browser: httpx.AsyncClient, change: dict[str, Any], status: int, detail: str
) -> None:
    answer = await browser.post("/maintenance", json=START | change)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert (await browser.get("/maintenance")).json()["maintenance"] == []


async def test_what_has_ended_or_never_began_cannot_be_ended(browser: httpx.AsyncClient) -> None:
    missing = await browser.post("/maintenance/1/end", json={"by": "Li Wei"})
    assert (missing.status_code, missing.json()["detail"]) == (404, "there is no maintenance 1")
    await browser.post("/maintenance", json=START)
    await browser.post("/maintenance/1/end", json={"by": "Li Wei"})
    again = await browser.post("/maintenance/1/end", json={"by": "Li Wei"})
    assert again.status_code == 409
    assert again.json()["detail"] == "maintenance 1 does not last: it has ended, or never began"


async def test_planned_windows_are_listed_as_they_take_place_next(browser: httpx.AsyncClient, house: House) -> None:
    house.later(24 * 3600)  # the reader at the gate is cleaned every evening
    (planned,) = (await browser.get("/maintenance")).json()["planned"]
    assert planned == {
        "devices": ["gate"],
        "reason": "Cleaning",
        "takes_place": False,
        "awaits_time": False,
        "begins_at": "2026-01-02T13:00:00.000Z",
        "ends_at": "2026-01-02T13:30:00.000Z",
        "still_told": [],
    }


async def test_a_planned_window_awaits_a_gateway_that_is_not_sure_of_the_time(
    unsure_house: House, visitor: httpx.AsyncClient
) -> None:
    unsure_house.later(3600)  # its hours have come, by the clock

    (planned,) = (await visitor.get("/maintenance")).json()["planned"]
    assert (planned["takes_place"], planned["awaits_time"]) == (False, True)

    unsure_house.engine.clock_set(0)
    (planned,) = (await visitor.get("/maintenance")).json()["planned"]
    assert (planned["takes_place"], planned["awaits_time"]) == (True, False)
