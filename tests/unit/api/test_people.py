"""The people of the site, and who is on duty."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.api.house import House

ANN = {
    "id": "ann",
    "name": "Ann",
    "teams": ["engineering"],
    "skills": [],
    "contact": [{"kind": "phone", "address": "+86 21 5555 0100"}],
}
BOB = {
    "id": "bob",
    "name": "bob",
    "teams": ["engineering", "security"],
    "skills": ["pump"],
    "contact": [{"kind": "email", "address": "bob@example.org"}],
}


async def test_people_are_listed_with_their_teams_and_how_to_reach_them(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/people")).json() == {"people": [ANN, BOB]}
    assert (await browser.get("/people", params={"team": "security"})).json() == {"people": [BOB]}


async def test_the_members_on_duty_are_told_and_until_when(browser: httpx.AsyncClient, house: House) -> None:
    found = (await browser.get("/people/on-duty")).json()  # 20:00 in the house's time zone
    assert found["at"] == "2026-01-01T12:00:00.000Z"
    until = "2026-01-02T00:00:00.000Z"
    assert found["teams"] == [
        {"team": "engineering", "has_roster": True, "people": [BOB], "until": until},
        {"team": "security", "has_roster": False, "people": [BOB], "until": None},
    ]
    house.later(-1)
    found = (await browser.get("/people/on-duty", params={"team": "engineering"})).json()
    assert [(each["people"], each["until"]) for each in found["teams"]] == [([ANN], "2026-01-01T12:00:00.000Z")]


async def test_duty_can_be_asked_for_another_time(browser: httpx.AsyncClient) -> None:
    for at, person in (("2026-01-03T09:00:00+08:00", ANN), ("-1h", ANN), ("2026-01-02T23:59:59Z", BOB)):
        found = (await browser.get("/people/on-duty", params={"team": "engineering", "at": at})).json()
        assert found["teams"][0]["people"] == [person]


@pytest.mark.parametrize(
    ("path", "parameters", "detail"),
    [
        ("/people", {"team": "sales"}, "there is no team 'sales' here; known: engineering, security"),
        ("/people/on-duty", {"team": "sales"}, "there is no team 'sales' here; known: engineering, security"),
        ("/people/on-duty", {"when": "now"}, "there is no parameter 'when'; there are team, at"),
        ("/people/on-duty", {"at": "9999-12-31T00:00:00Z"}, "at: '9999-12-31T00:00:00Z' is too far away"),
        ("/people/on-duty", {"at": "noon"}, "at: 'noon' is not a time: write ISO 8601 with an offset"),
    ],
)
async def test_a_wrong_request_is_answered_with_what_is_right(
    browser: httpx.AsyncClient, path: str, parameters: dict[str, str], detail: str
) -> None:
    answer = await browser.get(path, params=parameters)
    assert (answer.status_code, answer.json()["detail"][: len(detail)]) == (422, detail)
