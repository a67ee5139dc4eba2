"""What people put aside, over the API; and actions on many alarms at once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from gateway.api import acting
from tests.unit.api.house import House

LI_WEI = {"by": "Li Wei"}
KNOWN = {"by": "Li Wei", "reason": "known", "for": "2h"}


async def states(browser: httpx.AsyncClient) -> dict[int, str]:
    """The state of each alarm, by its number."""
    answer = (await browser.get("/alarms", params={"state": "all"})).json()
    return {alarm["number"]: alarm["state"] for alarm in answer["alarms"]}


async def test_an_alarm_is_shelved_until_its_end(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    response = await browser.post("/alarms/1/shelve", json=KNOWN)
    assert response.status_code == 200
    assert response.json()["state"] == "suppressed"
    assert response.json()["suppressed_by"] == [
        {
            "kind": "shelved",
            "why": "known",
            "until": "2026-01-01T14:00:01.000Z",
            "by": "Li Wei",
            "source": "shelf:1",
        }
    ]
    assert [each["number"] for each in (await browser.get("/alarms?state=suppressed")).json()["alarms"]] == [1]
    chain = (await browser.get("/alarms/1")).json()["chain"]
    assert [event["kind"] for event in chain][-2:] == ["shelf", "alarm"]
    house.later(2 * 3600)
    alarm = (await browser.get("/alarms/1")).json()
    assert (alarm["state"], alarm["raised_count"], alarm["suppressed_by"]) == ("unacknowledged", 1, [])
    assert (await browser.get("/alarms/1")).json()["ticket"] == 1


async def test_an_alarm_is_unshelved_by_its_number(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    await browser.post("/alarms/1/shelve", json=KNOWN | {"one_shot": True})
    response = await browser.post("/alarms/1/unshelve", json=LI_WEI | {"note": "done"})
    assert (response.status_code, response.json()["state"]) == (200, "unacknowledged")
    again = await browser.post("/alarms/1/unshelve", json=LI_WEI)
    assert (again.status_code, again.json()["detail"]) == (409, "alarm 1 is not shelved")
    shelf = (await browser.get("/shelves/1")).json()
    assert (shelf["ended_by"], shelf["ended_because"], shelf["one_shot"]) == ("Li Wei", "done", True)


async def test_a_suppressed_alarm_is_not_acknowledged(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    await browser.post("/alarms/1/shelve", json=KNOWN)
    response = await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    assert (response.status_code, "is suppressed" in response.json()["detail"]) == (409, True)


async def test_a_rule_is_shelved_listed_and_put_back(house: House, browser: httpx.AsyncClient) -> None:
    body = {**LI_WEI, "reason": "test", "until": "2026-01-01T21:00:00+08:00", "rule": "dry-run", "device": "pump-1"}
    response = await browser.post("/shelves", json=body)
    assert response.status_code == 200
    shelf = response.json()
    assert shelf == {
        "number": 1,
        "kind": "shelved",
        "rule": "dry-run",
        "device": "pump-1",
        "device_name": "Pump 1",
        "subject": "device:pump-1",
        "alarm": None,
        "since": "2026-01-01T12:00:00.000Z",
        "until": "2026-01-01T13:00:00.000Z",
        "one_shot": False,
        "life_safety": False,
        "still_told": [],
        "replaces": None,
        "reason": "test",
        "by": "Li Wei",
        "confirmed_by": None,
        "ended_at": None,
        "ended_by": None,
        "ended_because": None,
    }
    assert shelf.pop("replaces") is None
    assert (await browser.get("/shelves")).json() == {"shelves": [shelf], "next_before": None}
    house.run_dry()
    assert await states(browser) == {1: "suppressed"}
    response = await browser.delete("/shelves/1", params={"by": "Wang Fang", "note": "done"})
    ended = response.json()
    assert (ended["ended_by"], ended["ended_because"]) == ("Wang Fang", "done")
    assert await states(browser) == {1: "unacknowledged"}
    assert (await browser.get("/shelves")).json()["shelves"] == []
    assert (await browser.get("/shelves?state=all&kind=shelved&rule=dry-run")).json()["shelves"] == [ended]
    again = await browser.delete("/shelves/1", params={"by": "Wang Fang"})
    assert (again.status_code, "it has ended" in again.json()["detail"]) == (409, True)


async def test_a_rule_is_shelved_on_all_its_devices(house: House, browser: httpx.AsyncClient) -> None:
    await browser.post("/shelves", json=KNOWN | {"rule": "dry-run", "device": "pump-1"})
    shelf = (await browser.post("/shelves", json=KNOWN | {"rule": "dry-run"})).json()
    assert (shelf["number"], shelf["device"], shelf["subject"]) == (2, None, None)


async def test_a_device_is_out_of_service_until_it_is_put_back(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    body = {**LI_WEI, "reason": "broken", "device": "pump-1"}
    shelf = (await browser.post("/out-of-service", json=body)).json()
    assert (shelf["kind"], shelf["until"], shelf["rule"]) == ("out_of_service", None, None)
    assert await states(browser) == {1: "suppressed"}
    house.later(300)
    assert (await browser.delete("/shelves/1", params=LI_WEI)).status_code == 200
    assert await states(browser) == {1: "unacknowledged"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("POST", "/alarms/9/shelve", KNOWN, 404, "there is no alarm 9"),
        ("POST", "/alarms/1/shelve", LI_WEI, 422, "reason: Field required"),
        ("POST", "/alarms/1/shelve", {**LI_WEI, "reason": "known"}, 422, "a shelf needs an end"),
        ("POST", "/alarms/1/shelve", KNOWN | {"for": "25h"}, 422, "longer than the 24 h"),
        ("POST", "/alarms/1/shelve", KNOWN | {"for": "soon"}, 422, "'soon' is not a duration"),
        ("POST", "/alarms/1/shelve", {**LI_WEI, "reason": "x", "until": "2026-01-01T20:00"}, 422, "with its offset"),
        ("POST", "/alarms/1/shelve", KNOWN | {"confirmed_by": "LI WEI"}, 422, "the same as `by`"),
        ("POST", "/alarms/1/comment", LI_WEI, 422, "note: Field required"),
        ("POST", "/shelves", KNOWN | {"rule": "dry-run", "device": "pump-9"}, 422, "there is no device 'pump-9' here"),
        ("POST", "/shelves", KNOWN | {"rule": "dry"}, 422, "there is no rule 'dry' here"),
        ("POST", "/shelves", KNOWN | {"rule": "dry-run", "device": "gate"}, 422, "no alarms of the rule 'dry-run'"),
        ("POST", "/shelves", KNOWN | {"rule": "dry-run", "one_shot": True}, 422, "needs a device"),
        ("POST", "/out-of-service", {**LI_WEI, "reason": "x", "device": "p"}, 422, "there is no device 'p' here"),
        ("GET", "/shelves?kind=lost", None, 422, "kind: "),
        ("GET", "/shelves/9", None, 404, "there is no shelf 9"),
        ("DELETE", "/shelves/9?by=Li", None, 404, "there is no shelf 9"),
        ("DELETE", "/shelves/9", None, 422, "by: Field required"),
    ],
)
async def test_a_wrong_request_is_refused_with_what_is_right(
    house: House,
    browser: httpx.AsyncClient,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    status: int,
    detail: str,
) -> None:
    house.run_dry()
    response = await browser.request(method, path, json=body)
    assert (response.status_code, detail in response.json()["detail"]) == (status, True), response.text


async def test_a_comment_stands_in_the_chain_and_the_alarm_stays_as_it_is(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    alarm = (await browser.post("/alarms/1/comment", json=LI_WEI | {"note": "the part comes on Monday"})).json()
    assert alarm["state"] == "unacknowledged"
    await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    steps = [each for each in (await browser.get("/alarms/1")).json()["chain"] if each["kind"] == "alarm"]
    assert [(step["data"]["step"], step["by"], step["data"].get("note")) for step in steps] == [
        ("raise", None, None),
        ("comment", "Li Wei", "the part comes on Monday"),
        ("acknowledge", "Li Wei", None),
    ]
    assert steps[2]["cause"] == steps[1]["number"]


async def test_an_alarm_that_is_over_can_be_commented_and_each_comment_stands_in_its_own_chain(
    house: House, browser: httpx.AsyncClient
) -> None:
    for _ in range(2):
        house.run_dry()
        await browser.post("/alarms/actions", json={"action": "acknowledge", "filter": {"device": "pump-1"}, **LI_WEI})
        house.recover()
    for note in ("it was the valve", "the valve is new"):
        answer = await browser.post("/alarms/1/comment", json=LI_WEI | {"note": note})
        assert (answer.status_code, answer.json()["state"]) == (200, "normal")
    many = {"action": "comment", "alarms": [1, 2, 9], "note": "all of them", **LI_WEI}
    results = (await browser.post("/alarms/actions", json=many)).json()["results"]
    assert [(each["number"], each["status"]) for each in results] == [(1, 200), (2, 200), (9, 404)]
    first, second = [(await browser.get(f"/alarms/{number}")).json()["chain"] for number in (1, 2)]
    said = [event["data"]["note"] for event in first if event["kind"] == "comment"]
    assert said == ["it was the valve", "the valve is new", "all of them"]
    assert [event["data"]["note"] for event in second if event["kind"] == "comment"] == ["all of them"]
    numbers = {event["number"]: event["data"].get("step") for event in first}
    assert {numbers[event["cause"]] for event in first if event["kind"] == "comment"} == {"return"}
    assert (await browser.post("/alarms/9/comment", json=LI_WEI | {"note": "?"})).status_code == 404
    assert (await browser.post("/alarms/1/acknowledge", json=LI_WEI)).status_code == 409


async def test_many_alarms_are_acknowledged_by_their_numbers_and_each_result_is_told(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    await browser.post("/alarms/2/acknowledge", json=LI_WEI)
    body = {"action": "acknowledge", "alarms": [1, 2, 9, 1], **LI_WEI, "note": "seen"}
    answer = (await browser.post("/alarms/actions", json=body)).json()
    results = [(each["number"], each["status"], each["error"]) for each in answer["results"]]
    assert results == [
        (1, 200, None),
        (2, 409, "alarm 2 is acknowledged by Li Wei: it cannot be acknowledged again"),
        (9, 404, "there is no alarm 9"),
    ]
    assert (answer["done"], answer["more"], answer["results"][0]["alarm"]["state"]) == (1, False, "acknowledged")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"device": "pump-1"}, [1]),
        ({"location": "b1"}, [2, 1]),
        ({"location": "b1.pumps"}, [1]),
        ({"location": "garden"}, []),
        ({"rule": "dry-run", "severity": "critical"}, [2, 1]),
        ({"severity": "info"}, []),
    ],
)
async def test_many_alarms_are_shelved_by_a_filter(
    house: House, browser: httpx.AsyncClient, wanted: dict[str, str], found: list[int]
) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    body = {"action": "shelve", "filter": wanted, **LI_WEI, "note": "known", "for": "1h", "one_shot": True}
    answer = (await browser.post("/alarms/actions", json=body)).json()
    assert [(each["number"], each["status"]) for each in answer["results"]] == [(number, 200) for number in found]
    stored = await states(browser)
    assert all(stored[number] == "suppressed" for number in found)
    undo = {"action": "unshelve", "filter": wanted, **LI_WEI}
    assert (await browser.post("/alarms/actions", json=undo)).json()["done"] == len(found)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"action": "acknowledge"}, "give either `alarms`"),
        ({"action": "acknowledge", "alarms": [1], "filter": {"device": "pump-1"}}, "give either `alarms`"),
        ({"action": "acknowledge", "filter": {}}, "an empty filter means all alarms"),
        ({"action": "acknowledge", "filter": {"location": "b9"}}, "there is no location 'b9' here; known: b1"),
        ({"action": "acknowledge", "filter": {"device": "pump-3"}}, "there is no device 'pump-3' here; known: gate"),
        ({"action": "acknowledge", "filter": {"rule": "dry-rum"}}, "there is no rule 'dry-rum' here; known: dry-run"),
        ({"action": "acknowledge", "alarms": [True]}, "alarms.0: Input should be a valid integer"),
        ({"action": "acknowledge", "alarms": ["1"]}, "alarms.0: Input should be a valid integer"),
        ({"action": "shelve", "alarms": [1], "note": "x", "until": 1796030000}, "until: write a time with its offset"),
        ({"action": "comment", "alarms": [1]}, "to comment alarms, give a `note`"),
        ({"action": "shelve", "alarms": [1], "for": "1h"}, "to shelve alarms, give a `note`"),
        ({"action": "reset", "alarms": [1], "for": "1h"}, "are for shelving only"),
        ({"action": "mend", "alarms": [1]}, "action: "),
    ],
)
async def test_a_wrong_action_on_many_is_refused_as_a_whole(
    house: House, browser: httpx.AsyncClient, body: dict[str, Any], detail: str
) -> None:
    response = await browser.post("/alarms/actions", json=LI_WEI | body)
    assert (response.status_code, detail in response.json()["detail"]) == (422, True), response.text


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("acknowledge", {}),
        ("shelve", {"by": "Ann", "note": "known", "for": "1h", "confirmed_by": "bob"}),
        ("comment", {"note": "a drill"}),
    ],
)
async def test_a_filter_leaves_life_safety_alarms_out_and_names_each(
    dangerous_house: House, guard: httpx.AsyncClient, action: str, more: dict[str, str]
) -> None:
    dangerous_house.say("pump-1", pressure=2.4)
    alarms = (await guard.get("/alarms")).json()["alarms"]
    (danger,) = [alarm["number"] for alarm in alarms if alarm["life_safety"]]
    (other,) = [alarm["number"] for alarm in alarms if not alarm["life_safety"]]
    before = (await guard.get(f"/alarms/{danger}")).json()
    body = {"action": action, "filter": {"location": "b1"}, **LI_WEI, **more}
    answer = (await guard.post("/alarms/actions", json=body)).json()
    assert [(each["number"], each["status"], each["error"]) for each in answer["results"]] == [
        (danger, 422, f"alarm {danger} is life safety: give its number"),
        (other, 200, None),
    ]
    assert (answer["done"], answer["more"]) == (1, False)
    assert (await guard.get(f"/alarms/{danger}")).json() == before
    by_number = {key: value for key, value in body.items() if key != "filter"} | {"alarms": [danger]}
    assert (await guard.post("/alarms/actions", json=by_number)).json()["done"] == 1


@pytest.mark.parametrize("given", [1796030000, "1796030000", "2026-12-01T18:00", "soon", True])
async def test_the_end_of_a_shelf_is_a_time_with_an_offset_and_nothing_else(
    house: House, browser: httpx.AsyncClient, given: object
) -> None:
    house.run_dry("pump-1")
    body = {"by": "Li Wei", "reason": "known", "until": given}
    answer = await browser.post("/alarms/1/shelve", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "until: write a time with its offset, such as 2026-01-31T16:00:00+08:00 or 2026-01-31T08:00:00Z",
    )


async def test_a_body_that_is_no_text_is_a_422_that_says_so(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/alarms/actions", content=b"\xff", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("the body is not UTF-8 text: send a JSON object in UTF-8")


async def test_a_device_out_of_service_names_the_life_safety_rules_that_are_still_told(
    dangerous_house: House, guard: httpx.AsyncClient
) -> None:
    body = {"device": "pump-1", "by": "Li Wei", "reason": "broken", "for": "2h"}
    answer = (await guard.post("/out-of-service", json=body)).json()
    assert (answer["still_told"], answer["replaces"]) == (["burst"], None)
    two = body | {"by": "Ann", "confirmed_by": "bob", "for": "1h"}
    answer = (await guard.post("/out-of-service", json=two)).json()
    assert (answer["still_told"], answer["replaces"]) == ([], 1)
    shelves = (await guard.get("/shelves?state=all")).json()["shelves"]
    assert [(each["number"], each["still_told"], each["ended_because"]) for each in shelves] == [
        (2, [], None),
        (1, ["burst"], "replaced by shelf 2"),
    ]


async def test_actions_that_are_not_on_disk_yet_are_told_as_such(
    house: House, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_action: object) -> None:
        await asyncio.Event().wait()

    house.run_dry()
    monkeypatch.setattr(acting, "DURABLE_WITHIN_S", 0.0)
    object.__setattr__(house.services, "act", hang)
    answer = (await browser.post("/alarms/actions", json={"action": "acknowledge", "alarms": [1], **LI_WEI})).json()
    assert [(each["status"], "not on disk yet" in each["error"]) for each in answer["results"]] == [(503, True)]


async def test_alarms_are_listed_by_location(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    for location, found in (("b1", [2, 1]), ("b1.pumps", [1]), ("garden", [])):
        answer = (await browser.get("/alarms", params={"location": location})).json()
        assert [alarm["number"] for alarm in answer["alarms"]] == found
    assert (await browser.get("/alarms?location=b9")).status_code == 422
