"""Tickets at the API."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.api.house import House


async def test_an_alarm_opens_a_ticket_with_deadlines_and_guidance(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    ticket = (await browser.get("/tickets/1")).json()
    (opened,) = ticket.pop("steps")
    assert (opened["kind"], opened["subject"], opened["data"]["step"]) == ("ticket", "1", "open")
    assert ticket == {
        "number": 1,
        "source": "alarm",
        "alarm": 1,
        "device": "pump-1",
        "device_name": "Pump 1",
        "subject": "device:pump-1",
        "subject_name": "Pump 1",
        "location": "b1.pumps",
        "state": "open",
        "category": "pump",
        "priority": "P1",
        "team": "engineering",
        "title": "Running dry",
        "guidance": "Stop the pump.",
        "opened_at": "2026-01-01T12:00:01.000Z",
        "raised_at": "2026-01-01T12:00:01.000Z",
        "raised_count": 1,
        "respond_by": "2026-01-01T12:05:01.000Z",
        "on_site_by": "2026-01-01T12:30:01.000Z",
        "resolve_by": "2026-01-02T12:00:01.000Z",
    }
    assert (await browser.get("/tickets")).json() == {"tickets": [ticket], "next_before": None}


async def test_a_ticket_is_due_anew_when_its_alarm_is_raised_again(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.recover()
    house.later(3600)
    house.run_dry()
    steps = (await browser.get("/tickets/1")).json()["steps"]
    assert [step["data"]["step"] for step in steps] == ["open", "raised again"]
    (ticket,) = (await browser.get("/tickets")).json()["tickets"]
    assert (ticket["opened_at"], ticket["raised_at"], ticket["raised_count"]) == (
        "2026-01-01T12:00:01.000Z",
        "2026-01-01T13:00:03.000Z",
        2,
    )
    assert (ticket["respond_by"], ticket["resolve_by"]) == ("2026-01-01T13:05:03.000Z", "2026-01-02T13:00:03.000Z")


async def test_tickets_are_found_by_state_priority_and_team(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.run_dry("pump-2")
    for query, found in (
        ({"state": "open", "priority": "P1", "team": "engineering"}, [2, 1]),
        ({"priority": "P2"}, []),
        ({"limit": "1"}, [2]),
        ({"before": "2"}, [1]),
    ):
        page = (await browser.get("/tickets", params=query)).json()
        assert [ticket["number"] for ticket in page["tickets"]] == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"team": "gardeners"}, "there is no team 'gardeners' here; known: engineering"),
        ({"priority": "P9"}, "priority: Input should be 'P1', 'P2', 'P3' or 'P4'"),
        ({"state": "closed"}, "state: Input should be 'open'"),
    ],
)
async def test_a_wrong_query_is_rejected_with_what_is_right(
    browser: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    response = await browser.get("/tickets", params=query)
    assert (response.status_code, response.json()["detail"]) == (422, said)


async def test_a_ticket_that_never_was_is_not_found(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/tickets/9")
    assert (response.status_code, response.json()) == (404, {"detail": "there is no ticket 9"})


async def test_a_ticket_of_a_plan_about_a_place_has_neither_alarm_nor_device(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    house.add_planned_ticket()
    ticket = (await browser.get("/tickets/2")).json()
    assert (ticket["source"], ticket["alarm"], ticket["device"], ticket["subject"]) == (
        "plan",
        None,
        None,
        "location:b1",
    )
