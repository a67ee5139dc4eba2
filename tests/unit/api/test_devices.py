"""Devices as the API shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from gateway.api.devices import DeviceAnswer, StandingAlarm, ValueAnswer
from gateway.core.devices.device_view import DeviceView
from tests.unit.api.house import House


async def ids(browser: httpx.AsyncClient, **query: str) -> list[str]:
    """The devices that a query finds."""
    response = await browser.get("/devices", params=query)
    assert response.status_code == 200, response.text
    return [device["id"] for device in response.json()["devices"]]


async def test_a_device_shows_its_latest_values_with_unit_and_time(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", running=True, pressure=0.5)
    house.later(1)
    house.say("pump-1", pressure=0.6)
    assert (await browser.get("/devices/pump-1")).json() == {
        "id": "pump-1",
        "name": "Pump 1",
        "profile": "pump",
        "location": "b1.pumps",
        "location_name": "Pump room",
        "role": None,
        "criticality": "normal",
        "last_received": "2026-01-01T12:00:01.000Z",
        "presence": "unwatched",
        "silent_since": None,
        "newest": "2026-01-01T12:00:01.000Z",
        "values": {
            "running": {"value": True, "unit": "", "time": "2026-01-01T12:00:00.000Z", "stale": False},
            "pressure": {"value": 0.6, "unit": "MPa", "time": "2026-01-01T12:00:01.000Z", "stale": False},
        },
        "alarms": [],
        "group_alarms": [],
    }


async def test_a_device_that_never_spoke_has_no_values_and_no_times(browser: httpx.AsyncClient) -> None:
    device = (await browser.get("/devices/pump-2")).json()
    assert (device["values"], device["newest"], device["last_received"]) == ({}, None, None)
    assert (device["name"], device["location"], device["location_name"]) == ("pump-2", "b1", "b1")


async def test_values_are_in_the_order_of_the_profile(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", pressure=0.5)
    house.say("pump-1", running=True)
    assert [*(await browser.get("/devices/pump-1")).json()["values"]] == ["running", "pressure"]


async def test_a_device_shows_its_standing_alarms_but_no_pending_ones(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()  # also below the limit of slow-leak, whose delay of ten minutes has just begun
    assert (await browser.get("/devices/pump-1")).json()["alarms"] == [
        {
            "number": 1,
            "rule": "dry-run",
            "state": "unacknowledged",
            "severity": "critical",
            "title": "Running dry",
            "metrics": ["running", "pressure"],
            "stale": False,
        }
    ]
    house.later(601)
    rules = [alarm["rule"] for alarm in (await browser.get("/devices/pump-1")).json()["alarms"]]
    assert rules == ["slow-leak", "dry-run"]


async def test_answers_are_as_documented(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    device = (await browser.get("/devices")).json()["devices"][0]
    assert device.keys() == DeviceAnswer.model_fields.keys()
    assert device["values"]["pressure"].keys() == ValueAnswer.model_fields.keys()
    assert device["alarms"][0].keys() == StandingAlarm.model_fields.keys()


async def test_devices_are_found_by_profile_and_by_place_with_what_is_inside(browser: httpx.AsyncClient) -> None:
    assert await ids(browser) == ["pump-1", "pump-2", "gate"]
    assert await ids(browser, profile="reader") == ["gate"]
    assert await ids(browser, location="b1") == ["pump-1", "pump-2"]
    assert await ids(browser, location="b1.pumps", profile="pump") == ["pump-1"]
    assert await ids(browser, location="garden") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"profile": "lift"}, "there is no profile 'lift' here; known: pump, reader"),
        ({"location": "b2"}, "there is no location 'b2' here; known: b1, b1.pumps, garden"),
        ({"place": "b1"}, "there is no parameter 'place'; there are profile, location, silent"),
    ],
)
async def test_a_query_that_cannot_be_right_is_rejected_with_what_is(
    browser: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    response = await browser.get("/devices", params=query)
    assert (response.status_code, response.json()) == (422, {"detail": said})


async def test_an_unknown_device_is_not_found(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/devices/pump-9")
    assert response.status_code == 404
    assert response.json()["detail"] == "the site has no device 'pump-9'; /api/v1/devices lists them"


async def test_an_alarm_is_shown_before_it_is_on_disk_and_when_the_store_cannot_be_read(
    house: House, browser: httpx.AsyncClient
) -> None:
    with house.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alarms")
    house.disk_is_full = True
    house.run_dry()
    listed = (await browser.get("/devices")).json()["devices"][0]
    assert [alarm["rule"] for alarm in listed["alarms"]] == ["dry-run"]
    assert (await browser.get("/devices/pump-1")).json() == {**listed, "group_alarms": []}


async def test_other_tasks_have_their_turn_after_each_slice_of_the_devices(
    house: House, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.api.devices.AT_ONCE", 1)
    turn, looked_at = 0, []
    find = house.engine.devices.find

    def finding(device: str) -> DeviceView | None:
        looked_at.append(turn)
        return find(device)

    async def others() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(house.engine.devices, "find", finding)
    task = asyncio.create_task(others())
    assert await ids(browser) == ["pump-1", "pump-2", "gate"]
    task.cancel()
    assert len(looked_at) == len(set(looked_at)) == 3


async def test_a_silent_device_says_since_when_and_its_values_and_alarms_are_stale(
    watched_house: House, watcher: httpx.AsyncClient
) -> None:
    watched_house.run_dry()
    watched_house.later(91)
    device = (await watcher.get("/devices/pump-1")).json()
    assert (device["presence"], device["silent_since"]) == ("silent", "2026-01-01T12:00:01.000Z")
    assert [value["stale"] for value in device["values"].values()] == [True, True]
    assert [(alarm["rule"], alarm["stale"]) for alarm in device["alarms"]] == [("silent", False), ("dry-run", True)]
    alarms = (await watcher.get("/alarms")).json()["alarms"]
    assert [(alarm["rule"], alarm["stale"]) for alarm in alarms] == [("dry-run", True), ("silent", False)]
    watched_house.recover()
    device = (await watcher.get("/devices/pump-1")).json()
    assert (device["presence"], device["silent_since"]) == ("heard", None)
    assert [value["stale"] for value in device["values"].values()] == [False, False]


async def test_devices_that_are_not_heard_are_found(watched_house: House, watcher: httpx.AsyncClient) -> None:
    assert await ids(watcher, silent="true") == ["pump-1", "pump-2"], "they were never heard"
    watched_house.say("pump-1", running=True)
    assert await ids(watcher, silent="true") == ["pump-2"]
    watched_house.later(91)
    assert await ids(watcher, silent="true") == ["pump-1", "pump-2"]
    assert await ids(watcher, silent="true", profile="reader") == []


async def test_the_alarm_of_a_silent_device_has_guidance_and_is_found_by_its_rule(
    watched_house: House, watcher: httpx.AsyncClient
) -> None:
    assert (await watcher.get("/alarms", params={"rule": "silent"})).json()["alarms"] == []
    watched_house.later(90)
    (alarm,) = (await watcher.get("/alarms", params={"rule": "silent"})).json()["alarms"]
    assert (alarm["device"], alarm["severity"], alarm["title"]) == ("pump-1", "warning", "The device is silent")
    details = (await watcher.get(f"/alarms/{alarm['number']}")).json()
    assert details["guidance"].startswith("Nothing that happens at this device is noticed")
    assert details["detail"] == "never heard since it was added 2026-01-01T12:00:00.000Z; expected every 30s"


@pytest.fixture
def powered_house(tmp_path: Path) -> Iterator[House]:
    """A house whose first pump is powered by the second, which sends rarely."""
    every = {"pump-1": "30s", "pump-2": "1h"}
    with closing(House(tmp_path, expect_every=every, powered_by={"pump-1": "pump-2"})) as house:
        yield house


async def test_a_device_that_waits_for_what_powers_it_is_shown_so_and_why_says_for_what_and_how_long(
    powered_house: House,
) -> None:
    powered_house.say("pump-1", running=True)
    powered_house.say("pump-2", running=True)
    powered_house.later(120)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(powered_house.api), base_url="http://127.0.0.1:8080/api/v1"
    ) as browser:
        device = (await browser.get("/devices/pump-1")).json()
        why = (await browser.get("/rules/silent/devices/pump-1")).json()
        assert (device["presence"], device["alarms"]) == ("waiting", [])
        assert await ids(browser, silent="true") == ["pump-1"]
        assert why["verdict"] == "unknown"
        assert why["sentences"][1:3] == [
            "pump-1 was not heard for 2 min, and is expected every 30s.",
            "It waits for a word of pump-2, for 4 min at most: a failure there would explain it.",
        ]
        powered_house.later(271)
        why = (await browser.get("/rules/silent/devices/pump-1")).json()
        assert why["verdict"] == "raised"
