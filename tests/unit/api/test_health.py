"""Health for supervisors."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx

from gateway.api.unsure_time import time_warnings
from gateway.core.work.dispatch_spec import DispatchSpec
from tests.unit.api.house import House

HEALTH = "http://127.0.0.1:8080/healthz"
READY = "http://127.0.0.1:8080/readyz"


async def test_a_gateway_at_work_is_healthy_and_ready(browser: httpx.AsyncClient) -> None:
    for url in (HEALTH, READY):
        response = await browser.get(url)
        assert response.status_code == 200
        assert (response.json()["status"], response.json()["reasons"]) == ("ok", [])


async def test_without_its_broker_or_store_it_is_not_ready_but_alive(house: House, browser: httpx.AsyncClient) -> None:
    house.ill(broker_online=False, broker_problem="connection refused", store_problem="the disk is full")
    ready = await browser.get(READY)
    assert ready.status_code == 503
    assert ready.json()["reasons"] == [
        "the MQTT broker is out of reach: connection refused",
        "the store cannot be written: the disk is full",
    ]
    alive = await browser.get(HEALTH)
    assert (alive.status_code, alive.json()["status"]) == (200, "unready")


async def test_a_commit_that_hangs_makes_it_unready_after_five_seconds(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.ill(waited_s=4.9)
    assert (await browser.get(READY)).status_code == 200
    house.ill(waited_s=7.4)
    response = await browser.get(READY)
    assert (response.status_code, response.json()["uncommitted_s"]) == (503, 7.4)
    assert response.json()["reasons"] == ["a commit has hung for 7 s: check the disk of the data directory"]
    house.ill(store_problem="the disk is full")
    assert (await browser.get(READY)).json()["reasons"] == ["the store cannot be written: the disk is full"]


async def test_without_its_series_store_it_is_degraded_and_ready(house: House, browser: httpx.AsyncClient) -> None:
    house.ill(series_available=False, series_problem="connection refused", series_backlog=120)
    response = await browser.get(READY)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["series_backlog"]) == ("degraded", 120)
    assert response.json()["reasons"] == ["the series store is out of reach, its points wait: connection refused"]


async def test_a_warning_is_shown_and_changes_nothing_else(house: House, browser: httpx.AsyncClient) -> None:
    house.ill(warnings=["nothing was received from tele/#"])
    response = await browser.get(READY)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["reasons"]) == ("ok", [])
    assert response.json()["warnings"] == ["nothing was received from tele/#"]
    listed = await browser.get("http://127.0.0.1:8080/api/v1/devices")
    assert listed.json()["warnings"] == ["nothing was received from tele/#"]


async def test_the_disk_and_what_was_dropped_for_it_are_shown(house: House, browser: httpx.AsyncClient) -> None:
    house.ill(disk_free_bytes=5, reserve_bytes=0, journal_bytes=7, dropped_messages=8)
    answer = (await browser.get(READY)).json()
    assert answer["status"] == "ok"
    assert {
        name: answer[name] for name in ("disk_free_bytes", "reserve_bytes", "journal_bytes", "dropped_messages")
    } == {
        "disk_free_bytes": 5,
        "reserve_bytes": 0,
        "journal_bytes": 7,
        "dropped_messages": 8,
    }


async def test_a_task_that_dies_is_a_reason_and_no_lack_of_readiness(house: House, browser: httpx.AsyncClient) -> None:
    house.ill(failing_tasks=["the outbox fails and is restarted: KeyError: 'a'"])
    response = await browser.get(READY)
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["reasons"] == ["the outbox fails and is restarted: KeyError: 'a'"]


async def test_a_gateway_unsure_of_the_time_says_that_no_planned_maintenance_takes_place(
    unsure_house: House, visitor: httpx.AsyncClient
) -> None:
    expected = (
        "the gateway is not sure of the time, so no target of a ticket runs out, and no planned maintenance takes "
        "place: let the machine reach a time server (NTP), or set trust_clock where something else keeps its clock "
        "right; else this lasts for a day after each start"
    )
    for url in (HEALTH, READY):
        response = await visitor.get(url)
        assert (response.status_code, response.json()["status"]) == (200, "ok")
        assert response.json()["warnings"] == [expected]
    assert (await visitor.get("/devices")).json()["warnings"] == [expected]
    unsure_house.engine.clock_set(0)
    assert (await visitor.get(READY)).json()["warnings"] == []


def test_a_gateway_unsure_of_the_time_says_that_rosters_do_not_count(tmp_path: Path) -> None:
    for spec, is_said in (({}, True), ({"teams": {"engineering": "off"}}, False)):
        home = tmp_path / str(is_said)
        home.mkdir()
        with closing(House(home, knows_time=False, dispatch=DispatchSpec.model_validate(spec))) as house:
            (warning,) = time_warnings(house.services)
            assert ("anybody of a team is given its P1 and P2 tickets" in warning) == is_said
            house.engine.clock_set(0)
            assert [*time_warnings(house.services)] == []
