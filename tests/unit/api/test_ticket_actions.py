"""What people do with tickets at the API."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from gateway.core.kernel.times import DAY
from tests.unit.api.house import House
from tests.unit.api.test_tickets import report
from tests.unit.photos.pictures import phone_photo

ANN = {"by": "Ann"}


async def post(browser: httpx.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    """The ticket after an action that is done."""
    response = await browser.post(f"/tickets/{path}", json=ANN | body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def refused(browser: httpx.AsyncClient, path: str, **body: object) -> tuple[int, str]:
    """Status and sentence of an action that is not done."""
    response = await browser.post(f"/tickets/{path}", json=ANN | body)
    assert response.status_code >= 400, response.text
    return response.status_code, response.json()["detail"]


async def test_a_ticket_goes_from_a_dry_run_to_a_closed_and_rated_one(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    accepted = await post(browser, "1/accept")
    assert (accepted["state"], accepted["assignee"], accepted["assignee_name"]) == ("accepted", "ann", "Ann")
    assert accepted["next_steps"] == ["hand-over", "arrive", "hold", "resolve", "cancel", "merge"]
    on_site = await post(browser, "1/arrive", out_of_service_for="2h")
    assert (on_site["state"], on_site["maintenance"]) == ("on_site", 1)
    held = await post(browser, "1/hold", reason="parts", note="The seal comes at noon")
    assert (held["state"], held["hold_reason"]) == ("on_hold", "parts")
    assert (await post(browser, "1/resume"))["state"] == "on_site"
    worked = await post(browser, "1/work", minutes=40, parts=[{"part": "Seal", "count": 1}])
    assert worked["minutes"] == 40
    house.recover()
    resolved = await post(browser, "1/resolve", note="Seal replaced", cause="wear")
    assert (resolved["state"], resolved["outcome"], resolved["cause_code"], resolved["maintenance"]) == (
        "resolved",
        "Seal replaced",
        "wear",
        None,
    )
    assert (await post(browser, "1/confirm"))["state"] == "confirmed"
    assert (await post(browser, "1/rate", rating=5, note="Quick"))["rating"] == 5
    closed = await post(browser, "1/close")
    assert (closed["state"], closed["next_steps"], closed["next_due"]) == ("closed", ["reopen"], None)
    steps = (await browser.get("/tickets/1")).json()["steps"]
    assert [step["data"]["step"] for step in steps if step["by"]] == [
        "accept",
        "arrive",
        "hold",
        "resume",
        "work",
        "resolve",
        "confirm",
        "rating",
        "close",
    ]


async def test_a_person_reports_something_about_a_device_or_a_place(browser: httpx.AsyncClient) -> None:
    body = {
        "device": "pump-1",
        "category": "pump",
        "title": "Louder than before",
        "description": "Since Monday,\nat night most of all.",
        "reporter": {"name": "Ms Zhao", "contact": {"email": "zhao@example.org"}},
    }
    response = await browser.post("/tickets", json=ANN | body)
    assert response.status_code == 200
    ticket = response.json()
    assert (ticket["number"], ticket["source"], ticket["state"], ticket["priority"]) == (1, "person", "new", "P3")
    assert (ticket["team"], ticket["location"], ticket["description"]) == (
        "engineering",
        "b1.pumps",
        "Since Monday,\nat night most of all.",
    )
    assert (ticket["alarms"], ticket["alarm_stands"], ticket["raised_at"]) == ([], False, None)
    number = await report(browser, location="garden", category="lights", team="security")
    own = (await browser.get(f"/tickets/{number}")).json()
    assert (own["team"], own["subject"]) == ("security", "location:garden")
    assert (own["reporter"]["name"], own["reporter"]["is_colleague"]) == ("Ann", True)
    assert own["steps"][0]["by"] == "Ann"


async def test_two_reports_at_once_are_each_answered_with_their_own_number(browser: httpx.AsyncClient) -> None:
    titles = [f"Lamp {each} is dark" for each in range(8)]
    opened = await asyncio.gather(
        *(
            browser.post("/tickets", json=ANN | {"location": "b1", "category": "lights", "title": title})
            for title in titles
        )
    )
    assert [each.json()["title"] for each in opened] == titles
    assert len({each.json()["number"] for each in opened}) == 8


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "say what it is about: give either `device` or `location`"),
        ({"device": "gate", "location": "b1"}, "say what it is about: give either `device` or `location`"),
        ({"device": "pump-9"}, "there is no device 'pump-9' here; known: gate, pump-1, pump-2"),
        ({"location": "attic"}, "there is no location 'attic' here; known: b1, b1.pumps, garden"),
        ({"location": "b1", "team": "gardeners"}, "there is no team 'gardeners' here; known: engineering, security"),
        ({"location": "b1", "title": "two\nlines"}, "title: write it in one line, without control characters"),
        ({"location": "b1", "description": "a\x00b"}, "description: write plain text, without control characters"),
        ({"location": "b1", "category": "Lights!"}, "category: 'Lights!' is not a name"),
        ({"location": "b1", "reporter": {"contact": {"phone": "no"}}}, "reporter.contact.phone: 'no' is no telephone"),
        ({"location": "b1", "state": "closed"}, "state: Extra inputs are not permitted"),
    ],
)
async def test_a_report_that_lacks_something_is_refused_with_what_is_right(
    browser: httpx.AsyncClient, body: dict[str, object], said: str
) -> None:
    given = {"category": "lights", "title": "A lamp is dark"} | ANN | body
    response = await browser.post("/tickets", json=given)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(said)
    assert (await browser.get("/tickets", params={"state": "all"})).json()["tickets"] == []


async def test_a_step_that_is_not_possible_is_answered_with_those_that_are(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    assert await refused(browser, "1/arrive") == (
        409,
        "ticket 1 is new: it can be assigned, accepted, put on hold, cancelled or merged",
    )
    await post(browser, "1/hold", reason="access")
    assert await refused(browser, "1/resolve", note="Done", despite="It is") == (
        409,
        "ticket 1 is on hold: it can be resumed, cancelled or merged",
    )
    await post(browser, "1/cancel", note="A test")
    assert await refused(browser, "1/resume") == (409, "ticket 1 is cancelled: no step is left")
    into = await report(browser)
    other = await report(browser)
    await post(browser, f"{other}/merge", into=into)
    assert await refused(browser, f"{other}/accept") == (
        409,
        f"ticket {other} is merged into ticket {into}: no step is left",
    )


async def test_what_is_done_twice_is_refused_the_second_time(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    await post(browser, "1/accept")
    status, said = await refused(browser, "1/accept")
    assert (status, said[:24]) == (409, "ticket 1 is accepted: it")


async def test_nobody_finishes_while_an_alarm_stands_without_saying_why(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    await post(browser, "1/accept")
    assert await refused(browser, "1/resolve", note="Done") == (
        409,
        "ticket 1: its alarm still stands; say in `despite` why it is done all the same",
    )
    done = await post(browser, "1/resolve", note="Done", despite="The sensor is broken")
    assert (done["state"], done["alarm_stands"]) == ("resolved", True)
    assert (await refused(browser, "1/close"))[0] == 409
    assert (await post(browser, "1/close", despite="The sensor is ordered"))["state"] == "closed"


async def test_a_step_that_is_not_possible_asks_for_no_reason_while_an_alarm_stands(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    await post(browser, "1/accept")
    for step in ("confirm", "close"):
        status, said = await refused(browser, f"1/{step}")
        assert (status, said[:24]) == (409, "ticket 1 is accepted: it")


async def test_no_work_is_done_on_what_is_cancelled_or_merged(browser: httpx.AsyncClient) -> None:
    number, other, into = [await report(browser) for _ in range(3)]
    cancelled = await post(browser, f"{number}/cancel", note="A test")
    merged = await post(browser, f"{other}/merge", into=into)
    for ended in (cancelled, merged):
        assert ended["resolved_at"] is None
        assert ended["ended_at"] is not None


async def test_a_ticket_that_has_ended_long_ago_takes_comments_and_ratings_and_is_reopened(
    house: House, browser: httpx.AsyncClient
) -> None:
    number = await report(browser)
    await post(browser, f"{number}/accept")
    await post(browser, f"{number}/resolve", note="Mopped")
    await post(browser, f"{number}/close")
    house.later(40 * DAY / 1_000_000)
    assert (await post(browser, f"{number}/comment", note="It was the lift's oil"))["state"] == "closed"
    assert (await post(browser, f"{number}/rate", rating=3))["rating"] == 3
    assert (await refused(browser, f"{number}/accept")) == (409, f"ticket {number} is closed: it can be reopened")
    house.later(40 * DAY / 1_000_000)
    reopened = await post(browser, f"{number}/reopen", note="It is there again")
    assert (reopened["state"], reopened["reopened_count"], reopened["ended_at"]) == ("assigned", 1, None)
    assert [clock["state"] for clock in reopened["clocks"]] == ["running"] * 3
    assert (await post(browser, f"{number}/accept"))["state"] == "accepted"


async def test_a_contractor_may_be_named_and_the_answer_says_that_nobody_knows_him(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    known = await post(browser, "1/assign", to="Bob")
    assert (known["assignee"], known["assignee_known"], known["why_assigned"]) == ("bob", True, "asked by Ann")
    outside = await post(browser, "1/assign", to="Lift company", note="On contract")
    assert (outside["assignee"], outside["assignee_name"], outside["assignee_known"]) == (
        "Lift company",
        "Lift company",
        False,
    )
    assert (await post(browser, "1/decline", note="They do lifts only"))["assignee_known"] is None


async def test_a_ticket_is_handed_over_merged_and_made_more_urgent(browser: httpx.AsyncClient) -> None:
    number, other = await report(browser), await report(browser, priority="P2")
    await post(browser, f"{number}/accept")
    handed = await post(browser, f"{number}/hand-over", to="bob", note="The floor is half done")
    assert (handed["state"], handed["assignee"]) == ("assigned", "bob")
    urgent = await post(browser, f"{number}/priority", priority="P1", note="It reaches the lift")
    assert (urgent["priority"], urgent["clocks"][2]["target_s"]) == ("P1", 24 * 3600)
    assert await refused(browser, f"{number}/priority", priority="P1", note="Again") == (
        409,
        f"ticket {number} is P1 already",
    )
    merged = await post(browser, f"{other}/merge", into=number)
    assert (merged["state"], merged["merged_into"], merged["next_steps"]) == ("merged", number, [])
    assert await refused(browser, f"{number}/merge", into=number) == (
        422,
        f"ticket {number} cannot be merged into itself",
    )
    assert await refused(browser, f"{number}/merge", into=99) == (
        409,
        f"ticket {number} cannot be merged into ticket 99: there is none, or it has ended",
    )
    assert await refused(browser, f"{number}/merge", into=other) == (
        409,
        f"ticket {number} cannot be merged into ticket {other}, which is merged: merge into one with work to do",
    )


@pytest.mark.parametrize(
    ("action", "body", "said"),
    [
        ("decline", {}, "note: Field required"),
        ("resolve", {}, "note: Field required"),
        ("reopen", {}, "note: Field required"),
        ("cancel", {}, "note: Field required"),
        ("comment", {}, "note: Field required"),
        ("hand-over", {"to": "bob"}, "note: Field required"),
        ("assign", {}, "to: Field required"),
        ("hold", {"reason": "lunch"}, "reason: Input should be 'parts', 'access', 'contractor', 'reporter'"),
        ("resolve", {"note": "Done", "cause": "gremlins"}, "cause: Input should be 'wear'"),
        ("merge", {"into": "2"}, "into: Input should be a valid integer"),
        ("rate", {"rating": 6}, "rating: Input should be less than or equal to 5"),
        ("work", {}, "say how many minutes it took, or which parts were used"),
        ("work", {"minutes": -5}, "minutes: Input should be greater than or equal to 0"),
        ("work", {"parts": [{"part": "Seal", "count": 0}]}, "parts.0.count: Input should be greater than 0"),
        ("photo", {"photo": "../etc/passwd"}, "photo: String should match pattern"),
        ("arrive", {"out_of_service_for": "soon"}, "out_of_service_for: "),
        ("priority", {"priority": "P0", "note": "!"}, "priority: Input should be 'P1', 'P2', 'P3' or 'P4'"),
        ("accept", {"note": "a\u202eb"}, "note: write it in one line, without control characters"),
        ("accept", {"despite": "x"}, "despite: Extra inputs are not permitted"),
    ],
)
async def test_a_body_that_lacks_something_is_refused_with_what_is_right(
    house: House, browser: httpx.AsyncClient, action: str, body: dict[str, object], said: str
) -> None:
    house.run_dry()
    status, detail = await refused(browser, f"1/{action}", **body)
    assert (status, detail[: len(said)]) == (422, said)
    assert (await browser.get("/tickets/1")).json()["state"] == "new"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("accept", {}),
        ("comment", {"note": "Hello"}),
        ("merge", {"into": 1}),
        ("rate", {"rating": 1}),
        ("reopen", {"note": "Again"}),
    ],
)
async def test_a_ticket_that_never_was_takes_no_action(
    browser: httpx.AsyncClient, action: str, body: dict[str, object]
) -> None:
    assert await refused(browser, f"9/{action}", **body) == (404, "there is no ticket 9")


async def test_only_what_is_done_is_rated(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    assert await refused(browser, "1/rate", rating=4) == (
        409,
        "ticket 1 is not done yet: it can be rated when it is",
    )


async def test_a_device_is_put_out_of_service_for_a_time_that_makes_sense_and_a_place_is_not(
    house: House, browser: httpx.AsyncClient
) -> None:
    number = await report(browser)
    await post(browser, f"{number}/accept")
    status, said = await refused(browser, f"{number}/arrive", out_of_service_for="2h")
    assert (status, said[:35]) == (422, "ticket 1 is about no single device:")
    assert (await post(browser, f"{number}/arrive"))["state"] == "on_site"


async def test_what_is_done_and_not_on_disk_in_time_is_said_so(
    house: House, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_action: object) -> None:
        await asyncio.Event().wait()

    house.run_dry()
    monkeypatch.setattr("gateway.api.acting.DURABLE_WITHIN_S", 0.05)
    object.__setattr__(house.services, "act", hang)
    status, said = await refused(browser, "1/accept")
    assert (status, said[:54]) == (503, "done, but not on disk yet, so a crash would undo it: c")


async def test_many_tickets_are_closed_and_each_result_is_told(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    done = [await report(browser) for _ in range(3)]
    for number in done:
        await post(browser, f"{number}/accept")
        await post(browser, f"{number}/resolve", note="Mopped")
    await post(browser, "1/accept")
    await post(browser, "1/resolve", note="Valve opened", despite="The sensor is on order")
    answer = await post(browser, "actions", action="close", tickets=[*done, 1, 99, done[0]], note="All clean")
    assert answer["done"] == 3
    assert [(each["number"], each["status"]) for each in answer["results"]] == [
        *((number, 200) for number in done),
        (1, 409),
        (99, 404),
    ]
    assert [each["ticket"]["state"] for each in answer["results"][:3]] == ["closed"] * 3
    assert answer["results"][3]["error"].startswith("ticket 1: its alarm still stands")
    assert answer["results"][4] == {"number": 99, "ticket": None, "status": 404, "error": "there is no ticket 99"}


async def test_a_bulk_action_that_is_sent_twice_is_done_once(browser: httpx.AsyncClient) -> None:
    some = [await report(browser) for _ in range(3)]
    for action in ({"action": "assign", "to": "bob"}, {"action": "cancel", "note": "A test"}):
        first = await post(browser, "actions", tickets=some, **action)
        assert first["done"] == 3
        again = await post(browser, "actions", tickets=some, **action)
        assert [each["status"] for each in again["results"]] == [409] * 3


async def test_many_tickets_are_assigned_cancelled_or_commented(browser: httpx.AsyncClient) -> None:
    some = [await report(browser) for _ in range(45)]
    assigned = await post(browser, "actions", action="assign", tickets=some, to="bob")
    assert {each["ticket"]["assignee"] for each in assigned["results"]} == {"bob"}
    said = await post(browser, "actions", action="comment", tickets=some[:2], note="After lunch", public=True)
    assert said["done"] == 2
    cancelled = await post(browser, "actions", action="cancel", tickets=some, note="A test")
    assert cancelled["done"] == 45
    assert (await browser.get("/tickets/summary")).json()["open"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"action": "cancel", "tickets": [1]}, "to cancel tickets, give a `note`"),
        ({"action": "comment", "tickets": [1]}, "to comment tickets, give a `note`"),
        ({"action": "assign", "tickets": [1]}, "`to` says to whom tickets are assigned, and is for assign only"),
        ({"action": "close", "tickets": [1], "to": "bob"}, "`to` says to whom tickets are assigned"),
        ({"action": "cancel", "tickets": [1], "note": "x", "despite": "y"}, "`despite` is for close only"),
        ({"action": "close", "tickets": [1], "public": True}, "`public` is for comment only"),
        ({"action": "resolve", "tickets": [1]}, "action: Input should be 'assign', 'cancel', 'close' or 'comment'"),
        ({"action": "close", "tickets": []}, "tickets: List should have at least 1 item"),
    ],
)
async def test_a_bulk_action_that_makes_no_sense_is_refused(
    browser: httpx.AsyncClient, body: dict[str, object], said: str
) -> None:
    status, detail = await refused(browser, "actions", **body)
    assert (status, detail[: len(said)]) == (422, said)


async def test_only_a_photo_that_is_kept_is_added(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    assert await refused(browser, "1/photo", photo="ab" * 32) == (
        422,
        "photo: there is no photo with this hash; send it to /api/v1/photos first",
    )
    kept = (await browser.post("/photos", content=phone_photo())).json()["hash"]
    await post(browser, "1/photo", photo=kept, note="The old seal", public=True)
    (photo,) = (await browser.get("/tickets/1")).json()["photos"]
    assert (photo["photo"], photo["note"], photo["public"]) == (kept, "The old seal", True)


async def test_a_checklist_is_attached_once_and_holds_the_end_of_the_work(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    assert await refused(browser, "1/checklist", checklist="roof") == (
        422,
        "there is no checklist 'roof' here; known: pump-weekly",
    )
    await post(browser, "1/accept")
    for _ in range(2):
        await post(browser, "1/checklist", checklist="pump-weekly")
    (run,) = (await browser.get("/checklist-runs", params={"about": "ticket:1"})).json()["checklist_runs"]
    assert run["state"] == "open"
    house.recover()
    status, detail = await refused(browser, "1/resolve", note="Valve opened")
    assert (status, "its checklist 'Weekly check' is not complete" in detail) == (409, True)
