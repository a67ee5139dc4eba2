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
    "absence": None,
}
BOB = {
    "id": "bob",
    "name": "bob",
    "teams": ["engineering", "security"],
    "skills": ["pump"],
    "contact": [{"kind": "email", "address": "bob@example.org"}],
    "absence": None,
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


async def test_somebody_who_is_away_is_shown_so_and_the_substitute_is_on_duty(browser: httpx.AsyncClient) -> None:
    going = {"until": "2026-01-02T08:00:00+08:00", "substitute": "ann", "note": "Flu", "by": "Li Wei"}
    answer = (await browser.post("/people/bob/absence", json=going)).json()
    absence = {
        "since": "2026-01-01T12:00:00.000Z",
        "until": "2026-01-02T00:00:00.000Z",
        "substitute": "ann",
        "note": "Flu",
        "by": "Li Wei",
    }
    assert answer == BOB | {"absence": absence}
    assert (await browser.get("/people")).json() == {"people": [ANN, answer]}
    found = (await browser.get("/people/on-duty")).json()["teams"]
    assert [each["people"] for each in found] == [[ANN], [ANN]]
    for at, on_duty in (("2026-01-01T11:00:00Z", ANN), ("2026-01-02T12:00:00Z", answer), ("-1d", answer)):
        found = (await browser.get("/people/on-duty", params={"team": "engineering", "at": at})).json()["teams"]
        assert [each["people"] for each in found] == [[on_duty]], at


async def test_somebody_comes_back_by_word_or_by_time(browser: httpx.AsyncClient, house: House) -> None:
    await browser.post("/people/bob/absence", json={"by": "Li Wei"})
    back = await browser.delete("/people/bob/absence", params={"by": "Li Wei"})
    assert (back.status_code, back.json()) == (200, BOB)
    again = await browser.delete("/people/bob/absence", params={"by": "Li Wei"})
    assert (again.status_code, again.json()["detail"]) == (409, "bob is not away")
    await browser.post("/people/bob/absence", json={"until": "2026-01-01T13:00:00Z", "by": "Li Wei"})
    house.later(3600)
    assert (await browser.get("/people")).json() == {"people": [ANN, BOB]}


@pytest.mark.parametrize(
    ("person", "body", "status", "says"),
    [
        ("eve", {}, 404, "there is no person 'eve'; /api/v1/people lists them"),
        ("bob", {"substitute": "eve"}, 422, "there is no substitute 'eve' here; known: ann, bob"),
        ("bob", {"substitute": "bob"}, 422, "substitute: bob cannot stand in for bob: name somebody else"),
        ("bob", {"until": "2026-01-01T12:00:00Z"}, 422, "until: it is over already"),
        ("bob", {"until": "2026-01-02"}, 422, "until: write a time with its offset"),
        ("bob", {"until": "9999-01-01T00:00:00Z"}, 422, "until: it is too far away"),
        ("bob", {"untill": "2026-01-02T12:00:00Z"}, 422, "untill: "),
    ],
)
async def test_an_absence_that_makes_no_sense_is_refused(
    browser: httpx.AsyncClient, person: str, body: dict[str, str], status: int, says: str
) -> None:
    answer = await browser.post(f"/people/{person}/absence", json=body | {"by": "Li Wei"})
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(says)
