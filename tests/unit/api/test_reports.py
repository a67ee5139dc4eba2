"""Reports at the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.store.work.queries import find_ticket
from tests.unit.api.house import House
from tests.unit.photos.pictures import phone_photo


async def post(browser: httpx.AsyncClient, **body: object) -> tuple[int, dict[str, Any]]:
    answer = await browser.post("/reports", json={"place": "b1.pumps", "text": "Water leaks"} | body)
    return answer.status_code, answer.json()


async def test_a_report_opens_a_ticket_by_its_words(house: House, browser: httpx.AsyncClient) -> None:
    status, answer = await post(browser, name="Ms Zhao", contact={"email": "zhao@example.org"})
    assert status == 200
    assert answer == {
        "ticket": 1,
        "state": "new",
        "category": "water",
        "priority": "P2",
        "kind": "fault",
        "team": "engineering",
        "track": None,
    }
    ticket = find_ticket(house.database, 1)
    assert ticket is not None
    assert ticket.reporter is not None
    assert (str(ticket.subject), ticket.reporter.name) == ("location:b1.pumps", "Ms Zhao")
    shown = (await browser.get("/tickets/1")).json()
    assert shown["steps"][0]["by"] == "Ms Zhao (reporter)"


async def test_with_pages_the_answer_has_the_link_by_which_it_is_tracked(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.services = replace(
        house.services, make_link=lambda purpose, about, person: f"https://x/{purpose}/{about}/{person}"
    )
    _, answer = await post(browser)
    assert answer["track"] == "https://x/track/ticket:1/None"


async def test_the_same_key_again_is_the_same_ticket(browser: httpx.AsyncClient) -> None:
    first, again = await post(browser, key="desk-1"), await post(browser, key="desk-1")
    assert first == again
    assert (await post(browser, key="desk-2"))[1]["ticket"] == 2


async def test_photos_that_are_stored_are_added_and_others_refused(browser: httpx.AsyncClient) -> None:
    photo = (await browser.post("/photos", content=phone_photo())).json()["hash"]
    await post(browser, photos=[photo, photo])
    shown = (await browser.get("/tickets/1")).json()
    assert [(each["photo"], each["public"]) for each in shown["photos"]] == [(photo, True)]
    status, answer = await post(browser, photos=["0" * 64])
    assert (status, answer["detail"]) == (422, f"there is no photo {'0' * 64}: send it to /photos first")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"place": "b2"}, "there is no place 'b2' here; known: b1, b1.pumps, garden, gate, pump-1, pump-2"),
        ({"text": " "}, "text: write what is wrong in 1 to 4000 characters"),
        ({"contact": {"mqtt": "x"}}, "contact: who reports something is told by email or phone"),
        ({"headers": {"Auto-Submitted": "auto-replied"}}, "no person has written this: it was sent by a program"),
        ({"key": "a b"}, "key: 'a b' is not an id"),
    ],
)
async def test_what_is_wrong_is_said_and_opens_nothing(
    browser: httpx.AsyncClient, body: dict[str, object], sentence: str
) -> None:
    status, answer = await post(browser, **body)
    assert status == 422
    assert sentence in answer["detail"]
    assert (await browser.get("/tickets?state=all")).json()["tickets"] == []


async def test_the_words_of_a_report_can_be_tried_without_opening_anything(browser: httpx.AsyncClient) -> None:
    found = (await browser.get("/reports/classify", params={"text": "People are trapped in the lift"})).json()
    assert found == {
        "category": "elevator",
        "priority": "P1",
        "complaint": None,
        "team": "engineering",
        "words": ["trapped"],
    }
    complaint = (await browser.get("/reports/classify", params={"text": "I want compensation"})).json()
    assert (complaint["complaint"], complaint["priority"]) == ("complex", "P4")
    assert (await browser.get("/tickets?state=all")).json()["tickets"] == []
