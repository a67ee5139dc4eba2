"""Tickets at the API: lists, one with its history, and how many there are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.core.kernel.times import MINUTE
from gateway.core.work.actions import (
    AcceptTicket,
    AddPhoto,
    AddWork,
    AssignTicket,
    CancelTicket,
    CommentTicket,
    HoldTicket,
    MergeTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.holds import HoldReason
from tests.unit.api.house import House

ANN = "Ann"


async def numbers(browser: httpx.AsyncClient, **query: str | int) -> list[int]:
    """The numbers of the tickets of a list."""
    response = await browser.get("/tickets", params=query)
    assert response.status_code == 200, response.text
    return [ticket["number"] for ticket in response.json()["tickets"]]


async def shown(browser: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """One ticket."""
    answer: dict[str, Any] = (await browser.get(f"/tickets/{number}")).json()
    return answer


async def report(browser: httpx.AsyncClient, **body: object) -> int:
    """Open a ticket of a person; its number."""
    given = {"location": "b1", "category": "cleaning", "title": "Oil on the floor", "by": ANN}
    response = await browser.post("/tickets", json=given | body)
    assert response.status_code == 200, response.text
    return int(response.json()["number"])


async def test_an_alarm_opens_a_ticket_with_clocks_and_guidance(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    ticket = await shown(browser, 1)
    (opened,) = ticket.pop("steps")
    assert (opened["kind"], opened["subject"], opened["data"]["step"]) == ("ticket", "1", "open")
    assert [ticket.pop(name) for name in ("contact", "work", "photos", "merged")] == [
        None,
        {"minutes": 0, "parts": []},
        [],
        [],
    ]
    assert (await browser.get("/tickets")).json() == {"tickets": [ticket], "next_before": None, "next_after": None}
    clocks = ticket.pop("clocks")
    assert ticket == {
        "number": 1,
        "source": "alarm",
        "alarm": 1,
        "alarms": [1],
        "alarm_stands": True,
        "device": "pump-1",
        "device_name": "Pump 1",
        "subject": "device:pump-1",
        "subject_name": "Pump 1",
        "location": "b1.pumps",
        "location_name": "Pump room",
        "state": "new",
        "next_steps": ["assign", "accept", "hold", "cancel", "merge"],
        "kind": "fault",
        "category": "pump",
        "priority": "P1",
        "team": "engineering",
        "title": "Running dry",
        "description": None,
        "guidance": "Stop the pump.",
        "faults": ["dry-run/device:pump-1"],
        "reporter": None,
        "assignee": None,
        "assignee_name": None,
        "assignee_known": None,
        "why_assigned": None,
        "opened_at": "2026-01-01T12:00:01.000Z",
        "raised_at": "2026-01-01T12:00:01.000Z",
        "raised_count": 1,
        "next_clock": "respond",
        "next_due": "2026-01-01T12:05:01.000Z",
        "overdue": False,
        "respond_by": "2026-01-01T12:05:01.000Z",
        "on_site_by": "2026-01-01T12:30:01.000Z",
        "resolve_by": "2026-01-02T12:00:01.000Z",
        "hold_reason": None,
        "maintenance": None,
        "reopened_count": 0,
        "on_site_at": None,
        "resolved_at": None,
        "ended_at": None,
        "cause_code": None,
        "outcome": None,
        "minutes": 0,
        "rating": None,
        "parent": None,
        "merged_into": None,
    }
    assert clocks[0] == {
        "clock": "respond",
        "state": "running",
        "target_s": 300.0,
        "left_s": 300.0,
        "calendar": None,
        "began_at": "2026-01-01T12:00:01.000Z",
        "due_at": "2026-01-01T12:05:01.000Z",
        "met_at": None,
        "warned_at": None,
        "breached_at": None,
    }
    assert [clock["clock"] for clock in clocks] == ["respond", "on_site", "resolve"]


async def test_each_clock_says_how_it_stands_to_the_second(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.later(60)
    await house.act(AcceptTicket(ticket=1, by=ANN))
    house.later(30 * 60)
    await house.act(HoldTicket(ticket=1, by=ANN, reason=HoldReason.PARTS))
    house.later(3600)
    respond, on_site, resolve = (await shown(browser, 1))["clocks"]
    assert (respond["state"], respond["met_at"], respond["left_s"]) == ("met", "2026-01-01T12:01:01.000Z", 240.0)
    assert respond["due_at"] == "2026-01-01T12:05:01.000Z"
    assert (on_site["state"], on_site["breached_at"]) == ("breached", "2026-01-01T12:30:01.000Z")
    assert on_site["left_s"] == -3660.0
    assert (resolve["state"], resolve["due_at"], resolve["left_s"]) == ("paused", None, 24 * 3600 - 31 * 60)
    held = await shown(browser, 1)
    assert (held["respond_by"], held["resolve_by"], held["hold_reason"]) == ("2026-01-01T12:05:01.000Z", None, "parts")
    assert (held["next_clock"], held["overdue"]) == ("on_site", True)
    await house.act(ResumeTicket(ticket=1, by=ANN))
    assert (await shown(browser, 1))["resolve_by"] == "2026-01-02T13:00:01.000Z"
    house.recover()
    await house.act(CancelTicket(ticket=1, by=ANN, note="A test"))
    assert [clock["state"] for clock in (await shown(browser, 1))["clocks"]] == ["met", "stopped", "stopped"]


async def test_a_clock_is_breached_at_its_very_moment_before_any_timer_has_told_it(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    house.now += 5 * MINUTE
    (respond, *_) = (await shown(browser, 1))["clocks"]
    assert (respond["state"], respond["left_s"], respond["breached_at"]) == (
        "breached",
        0.0,
        "2026-01-01T12:05:01.000Z",
    )


async def test_while_the_time_is_not_known_no_clock_is_said_to_be_over(
    unsure_house: House, visitor: httpx.AsyncClient
) -> None:
    unsure_house.run_dry()
    unsure_house.later(3600)
    assert {clock["state"] for clock in (await shown(visitor, 1))["clocks"]} == {"running"}


async def test_an_alarm_raised_again_leaves_the_clocks_and_stands_in_the_history(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    house.recover()
    assert (await shown(browser, 1))["alarm_stands"] is False
    house.later(3600)
    house.run_dry()
    ticket = await shown(browser, 1)
    steps = [step["data"]["step"] for step in ticket["steps"]]
    assert [step for step in steps if step not in ("clock warned", "clock breached", "told")] == [
        "open",
        "alarm returned",
        "alarm raised",
    ]
    assert (ticket["alarm_stands"], ticket["raised_count"], ticket["raised_at"]) == (
        True,
        2,
        "2026-01-01T13:00:03.000Z",
    )
    assert ticket["respond_by"] == "2026-01-01T12:05:01.000Z"


async def test_tickets_are_found_by_what_they_are(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.run_dry("pump-2")
    await report(browser, reporter={"name": "Ms Zhao", "contact": {"phone": "+86 21 5555 0199"}})
    await report(browser, location="garden", priority="P2", team="security", category="lights")
    await house.act(AssignTicket(ticket=4, by=ANN, to="Bob"))
    await house.act(CancelTicket(ticket=2, by=ANN, note="A test"))
    for query, found in (
        ({}, [4, 3, 1]),
        ({"state": "open"}, [4, 3, 1]),
        ({"state": "all"}, [4, 3, 2, 1]),
        ({"state": "cancelled"}, [2]),
        ({"state": "assigned"}, [4]),
        ({"priority": "P1", "state": "all"}, [2, 1]),
        ({"team": "engineering"}, [3, 1]),
        ({"assignee": "bob"}, [4]),
        ({"assignee": "BOB"}, [4]),
        ({"assignee": "Ann"}, []),
        ({"category": "lights"}, [4]),
        ({"device": "pump-2", "state": "all"}, [2]),
        ({"location": "b1", "state": "all"}, [3, 2, 1]),
        ({"location": "b1.pumps"}, [1]),
        ({"source": "person"}, [4, 3]),
        ({"alarm": "2", "state": "all"}, [2]),
        ({"limit": "1"}, [4]),
        ({"before": "4"}, [3, 1]),
        ({"overdue": "true"}, []),
    ):
        assert await numbers(browser, **query) == found, query


async def test_a_name_or_category_that_no_ticket_ever_had_is_no_empty_list(
    house: House, browser: httpx.AsyncClient
) -> None:
    number = await report(browser, category="lights")
    await house.act(AssignTicket(ticket=number, by=ANN, to="Fitters"))
    await house.act(CancelTicket(ticket=number, by=ANN, note="A test"))
    for query, said in (
        ({"assignee": "An"}, "there is no assignee 'An' here; known: Ann, Fitters, bob"),
        ({"category": "pmp"}, "there is no category 'pmp' here; known: access, cleaning, climate"),
    ):
        response = await browser.get("/tickets", params=query)
        assert response.status_code == 422
        assert response.json()["detail"].startswith(said)
    for query in ({"assignee": "Ann"}, {"assignee": "Fitters"}, {"category": "lights"}, {"category": "water"}):
        assert await numbers(browser, **query) == [], query


async def test_tickets_of_groups_with_a_device_are_found_by_it_and_by_its_place(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", running=False, pressure=0.15)
    grouped_house.say("pump-2", running=False, pressure=0.15)
    assert await numbers(overseer) == [1]
    assert (await shown(overseer, 1))["subject"].startswith("group:")
    assert await numbers(overseer, device="pump-2") == await numbers(overseer, location="b1.pumps") == [1]
    assert await numbers(overseer, device="gate") == await numbers(overseer, location="garden") == []


async def test_the_ticket_of_an_alarm_that_joined_another_is_found_by_either(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    await house.act(MergeTicket(ticket=1, by=ANN, into=await report(browser, device="pump-1", location=None)))
    assert await numbers(browser, alarm=1) == [2]
    assert await numbers(browser, alarm=1, state="all") == [2, 1]
    merged, into = await shown(browser, 1), await shown(browser, 2)
    assert (merged["alarms"], into["alarms"], into["alarm_stands"]) == ([], [1], True)


async def test_tickets_by_due_time_begin_with_what_is_over_and_end_with_what_has_no_clock(
    house: House, browser: httpx.AsyncClient
) -> None:
    await report(browser, priority="P4")
    await report(browser, priority="P3")
    house.run_dry()
    await report(browser, priority="P2")
    await house.act(AcceptTicket(ticket=2, by=ANN))
    await house.act(ResolveTicket(ticket=2, by=ANN, note="Mopped"))
    house.later(20 * 60)
    assert await numbers(browser, order="due") == [3, 4, 1, 2]
    assert await numbers(browser, order="due", overdue="true") == [3, 4]


async def test_pages_by_due_time_show_each_ticket_once(house: House, browser: httpx.AsyncClient) -> None:
    opened = [await report(browser, priority=priority) for priority in ("P3", "P1", "P3", "P4", "P1", "P3")]
    for number in opened[:1] + opened[3:4]:
        await house.act(AcceptTicket(ticket=number, by=ANN))
        await house.act(ResolveTicket(ticket=number, by=ANN, note="Mopped"))
    seen: list[int] = []
    query = {"order": "due", "limit": "2"}
    while True:
        page = (await browser.get("/tickets", params=query)).json()
        seen += [ticket["number"] for ticket in page["tickets"]]
        assert page["next_before"] is None
        if page["next_after"] is None:
            break
        query |= {"after": page["next_after"]}
    assert seen == [2, 5, 3, 6, 1, 4]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"team": "gardeners"}, "there is no team 'gardeners' here; known: engineering, security"),
        ({"device": "pump-9"}, "there is no device 'pump-9' here; known: gate, pump-1, pump-2"),
        ({"location": "attic"}, "there is no location 'attic' here; known: b1, b1.pumps, garden"),
        ({"priority": "P9"}, "priority: Input should be 'P1', 'P2', 'P3' or 'P4'"),
        (
            {"order": "due", "state": "all"},
            "order: due is for open tickets, as no clock of the others runs; leave state out",
        ),
        ({"order": "due", "state": "closed"}, "order: due is for open tickets, as no clock of the others runs"),
        ({"order": "due", "before": "3"}, "before: lists by order=due go on with after"),
        ({"order": "due", "after": "3"}, "after: '3' is not what a page ends with: write its `next_after`"),
        ({"after": "-.3"}, "after: it is for order=due"),
    ],
)
async def test_a_wrong_query_is_rejected_with_what_is_right(
    browser: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    response = await browser.get("/tickets", params=query)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(said)


async def test_a_ticket_that_never_was_is_not_found(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/tickets/9")
    assert (response.status_code, response.json()) == (404, {"detail": "there is no ticket 9"})


async def test_a_ticket_of_a_plan_about_a_place_has_neither_alarm_nor_device(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    house.add_planned_ticket()
    ticket = await shown(browser, 2)
    assert (ticket["source"], ticket["alarm"], ticket["device"], ticket["subject"]) == (
        "plan",
        None,
        None,
        "location:b1",
    )


async def test_a_ticket_keeps_every_entry_of_those_that_were_merged_into_it(
    house: House, browser: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await report(browser)
    photo = "ab" * 32
    await house.act(CommentTicket(ticket=1, by=ANN, note="By the lift"))
    await house.act(AddPhoto(ticket=1, by=ANN, photo=photo, is_public=True))
    await house.act(AddWork(ticket=1, by=ANN, minutes=10, parts=(("Sand", 2.0),)))
    await house.act(AddWork(ticket=2, by=ANN, minutes=5))
    await house.act(MergeTicket(ticket=1, by=ANN, into=2))
    await house.act(MergeTicket(ticket=2, by=ANN, into=3))
    await house.act(AddWork(ticket=3, by=ANN, minutes=20, parts=(("Rag", 1.0), ("Sand", 0.5))))
    ticket = await shown(browser, 3)
    assert ticket["merged"] == [1, 2]
    assert ticket["minutes"] == 20
    assert ticket["work"] == {
        "minutes": 35,
        "parts": [{"part": "Rag", "count": 1.0}, {"part": "Sand", "count": 2.5}],
    }
    assert [(each["photo"], each["ticket"], each["by"], each["public"]) for each in ticket["photos"]] == [
        (photo, 1, ANN, True)
    ]
    told = [(step["subject"], step["data"]["step"]) for step in ticket["steps"]]
    assert ("1", "comment") in told
    assert ("2", "merged") in told
    assert [step["number"] for step in ticket["steps"]] == sorted(step["number"] for step in ticket["steps"])
    assert (await shown(browser, 1))["merged_into"] == 2


async def test_the_address_of_who_reported_it_is_told_of_one_ticket_and_not_in_lists(
    browser: httpx.AsyncClient,
) -> None:
    way = {"phone": "+86 21 5555 0199"}
    await report(browser, reporter={"name": "Ms Zhao", "contact": way, "language": "zh"})
    listed = (await browser.get("/tickets")).text
    assert way["phone"] not in listed
    one = await shown(browser, 1)
    assert one["contact"] == way["phone"]
    assert one["reporter"] == {
        "name": "Ms Zhao",
        "contact_kind": "phone",
        "language": "zh",
        "is_colleague": False,
    }


async def test_the_summary_counts_what_is_open(house: House, browser: httpx.AsyncClient) -> None:
    empty = (await browser.get("/tickets/summary")).json()
    assert (empty["open"], empty["overdue"], empty["teams"]) == (0, 0, {})
    house.run_dry()
    await report(browser, priority="P2")
    await report(browser, priority="P4")
    await report(browser, priority="P3", team="security")
    await house.act(AssignTicket(ticket=2, by=ANN, to="bob"))
    await house.act(CancelTicket(ticket=3, by=ANN, note="Dry already"))
    house.later(10 * 60)
    summary = (await browser.get("/tickets/summary")).json()
    assert summary["open"] == 3
    assert summary["states"] == {
        "new": 2,
        "assigned": 1,
        "accepted": 0,
        "on_site": 0,
        "on_hold": 0,
        "resolved": 0,
        "confirmed": 0,
    }
    assert summary["priorities"] == {"P1": 1, "P2": 1, "P3": 1, "P4": 0}
    assert summary["teams"] == {"engineering": 2, "security": 1}
    assert (summary["overdue"], summary["due_within_hour"], summary["unassigned"]) == (1, 2, 2)
    assert summary["overdue"] == len(await numbers(browser, overdue="true"))
