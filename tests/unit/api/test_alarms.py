"""Alarms at the API: what stands, why, and taking them on."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from gateway import parts
from gateway.api import acting, create_api
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import SECOND
from gateway.errors import StoreRefused
from tests.unit.api.house import House

LI_WEI = {"by": "Li Wei"}


async def numbers(browser: httpx.AsyncClient, **query: str | int) -> list[int]:
    """The alarms that a query finds."""
    response = await browser.get("/alarms", params=query)
    assert response.status_code == 200, response.text
    return [alarm["number"] for alarm in response.json()["alarms"]]


async def test_a_raised_alarm_stands_with_the_values_that_raised_it(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    (alarm,) = (await browser.get("/alarms")).json()["alarms"]
    assert alarm == {
        "number": 1,
        "rule": "dry-run",
        "device": "pump-1",
        "device_name": "Pump 1",
        "subject": "device:pump-1",
        "subject_name": "Pump 1",
        "members": [],
        "location": "b1.pumps",
        "state": "unacknowledged",
        "severity": "critical",
        "life_safety": False,
        "title": "Running dry",
        "raised_at": "2026-01-01T12:00:01.000Z",
        "first_raised_at": "2026-01-01T12:00:01.000Z",
        "raised_count": 1,
        "chattering": False,
        "returned_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "closed_at": None,
        "ticket": 1,
        "values": {"running": True, "pressure": 0.01},
        "detail": None,
        "suppressed_by": [],
        "stale": False,
    }


async def test_an_operator_acknowledges_an_alarm_and_it_ends_when_its_cause_does(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    house.later(5)
    response = await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    assert response.status_code == 200
    taken_on = response.json()
    assert taken_on["state"] == "acknowledged"
    assert (taken_on["acknowledged_by"], taken_on["acknowledged_at"]) == ("Li Wei", "2026-01-01T12:00:06.000Z")
    house.recover()
    closed = (await browser.get("/alarms/1")).json()
    assert (closed["state"], closed["closed_at"]) == ("normal", "2026-01-01T12:00:07.000Z")
    assert await numbers(browser) == []


@pytest.mark.parametrize(
    "text",
    ["阀门已关\u3000等水管工", "4,5\u00a0bar", "on it 👨\u200d🔧", "می\u200cروم", "\U0001fae9 newer than this Python"],
)
async def test_any_letter_space_and_emoji_may_be_in_a_note_and_in_a_name(
    house: House, browser: httpx.AsyncClient, text: str
) -> None:
    house.run_dry()
    response = await browser.post("/alarms/1/acknowledge", json={"by": text, "note": text})
    assert (response.status_code, response.json().get("acknowledged_by")) == (200, text)


async def test_a_note_stays_with_the_step_in_the_chain(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", pressure=2.2)
    house.recover()
    acknowledged = await browser.post("/alarms/1/acknowledge", json=LI_WEI | {"note": " 阀门已关 "})
    assert acknowledged.json()["state"] == "latched"
    assert (await browser.post("/alarms/1/reset", json=LI_WEI | {"note": "tested"})).json()["state"] == "normal"
    chain = (await browser.get("/alarms/1")).json()["chain"]
    notes = {event["data"]["step"]: event["data"].get("note") for event in chain if event["kind"] == "alarm"}
    assert notes == {"raise": None, "return": None, "acknowledge": "阀门已关", "reset": "tested"}


async def test_what_cannot_be_done_is_a_conflict_that_says_why(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    again = await browser.post("/alarms/1/acknowledge", json={"by": "Wang Fang"})
    assert again.status_code == 409
    assert again.json()["detail"] == "alarm 1 is acknowledged by Li Wei: it cannot be acknowledged again"
    reset = await browser.post("/alarms/1/reset", json=LI_WEI)
    assert reset.status_code == 409
    assert reset.json()["detail"] == "alarm 1 is acknowledged by Li Wei: only one that is latched can be reset"
    house.recover()
    late = await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    assert late.status_code == 409
    assert late.json()["detail"] == "alarm 1 is back to normal since 2026-01-01T12:00:02.000Z: nothing is left to do"


@pytest.mark.parametrize("step", ["acknowledge", "reset"])
async def test_an_alarm_that_never_was_is_not_found(browser: httpx.AsyncClient, step: str) -> None:
    response = await browser.post(f"/alarms/99/{step}", json=LI_WEI)
    assert (response.status_code, response.json()) == (404, {"detail": "there is no alarm 99"})
    assert (await browser.get("/alarms/99")).status_code == 404


async def test_a_latched_alarm_waits_for_its_reset(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", pressure=2.2)
    house.recover()
    assert (await browser.post("/alarms/1/acknowledge", json=LI_WEI)).json()["state"] == "latched"
    assert await numbers(browser, state="latched") == [1]
    assert (await browser.post("/alarms/1/reset", json=LI_WEI)).json()["state"] == "normal"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "by: Field required"),
        ({"by": "   "}, "by: String should have at least 1 character"),
        ({"by": "x" * 65}, "by: String should have at most 64 characters"),
        ({"by": "a\x1b[2Jb"}, "by: write it in one line, without control characters"),
        ({"by": "a\x7fb"}, "by: write it in one line, without control characters"),
        ({"by": "a\x9bb"}, "by: write it in one line, without control characters"),
        ({"by": "Li\u202eX"}, "by: write it in one line, without control characters"),
        ({"by": "X\u2028Y"}, "by: write it in one line, without control characters"),
        ({"by": "Li Wei", "note": "a\u2029b"}, "note: write it in one line, without control characters"),
        ({"by": "Li Wei", "note": "a\u2066b"}, "note: write it in one line, without control characters"),
        ({"by": "Li Wei", "comment": "on my way"}, "comment: Extra inputs are not permitted"),
        ({"by": "Li Wei", "note": " "}, "note: String should have at least 1 character"),
        ({"by": "Li Wei", "note": "x" * 501}, "note: String should have at most 500 characters"),
        ({"by": "Li Wei", "note": "a\nb"}, "note: write it in one line, without control characters"),
        ("Li Wei", "the body must be a JSON object"),
    ],
)
async def test_whoever_acts_gives_a_name(
    house: House, browser: httpx.AsyncClient, body: dict[str, str] | str, said: str
) -> None:
    house.run_dry()
    response = await browser.post("/alarms/1/acknowledge", json=body)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(said)
    assert await numbers(browser, state="unacknowledged") == [1]


async def test_the_chain_leads_from_the_message_to_the_ticket(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.run_dry("pump-2")  # other alarms do not belong to it
    house.later(5)
    await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    story = (await browser.get("/alarms/1")).json()
    assert story["evidence"]["topic"] == "site/house/pump/pump-1"
    chain = story["chain"]
    message, reading, raised, ticket, acknowledged = chain
    assert [event["kind"] for event in chain] == ["message", "reading", "alarm", "ticket", "alarm"]
    assert message["data"]["payload"] == story["evidence"]["payload"]
    assert reading["data"]["values"] == {"running": True, "pressure": 0.01}
    assert (raised["data"]["step"], raised["data"]["when"]) == ("raise", "running && pressure < 0.1")
    assert (acknowledged["data"]["step"], acknowledged["by"]) == ("acknowledge", "Li Wei")
    assert message["cause"] is None
    assert reading["cause"] == message["number"]
    assert raised["cause"] == reading["number"]
    assert ticket["cause"] == acknowledged["cause"] == raised["number"]
    assert ticket["subject"] == "1"


async def test_the_chain_of_an_alarm_raised_twice_tells_both_causes(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.recover()
    house.run_dry()
    chain = (await browser.get("/alarms/1")).json()["chain"]
    assert [event["data"]["step"] for event in chain if event["kind"] == "alarm"] == ["raise", "return", "raise"]
    kinds = ["message", "reading", "alarm"]
    assert [event["kind"] for event in chain] == [*kinds, "ticket"] * 3
    causes = {event["number"]: event["cause"] for event in chain}
    assert causes == {1: None, 2: 1, 3: 2, 4: 3, 5: None, 6: 5, 7: 6, 8: 7, 9: None, 10: 9, 11: 10, 12: 11}


async def test_the_chain_is_whole_although_the_clock_was_set_back(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.now -= 3600 * SECOND
    house.recover()
    await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    house.run_dry()
    chain = (await browser.get("/alarms/1")).json()["chain"]
    steps = [event["data"]["step"] for event in chain if event["kind"] == "alarm"]
    assert steps == ["raise", "return", "acknowledge"]
    assert [event["data"]["alarm"] for event in chain if event["data"].get("step") == "alarm joined"] == [2]
    chain = (await browser.get("/alarms/2")).json()["chain"]
    assert [event["data"]["step"] for event in chain if event["kind"] == "alarm"] == ["raise"]


async def test_of_an_alarm_that_comes_and_goes_for_long_the_first_raise_and_the_latest_steps_are_told(
    house: House, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.audit.queries.MOST_STEPS", 2)
    for _ in range(4):
        house.run_dry()
        house.recover()
        house.later(60)
    chain = (await browser.get("/alarms/1")).json()["chain"]
    assert [event["data"]["step"] for event in chain if event["kind"] == "alarm"] == ["raise", "raise", "return"]
    assert [event["kind"] for event in chain].count("message") == 3
    assert [event["data"]["step"] for event in chain if event["kind"] == "ticket"] == [
        "open",
        "alarm raised",
        "alarm returned",
        "clock warned",
    ]


async def test_the_chain_leaves_out_earlier_occurrences(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    house.recover()
    house.run_dry()
    chain = (await browser.get("/alarms/2")).json()["chain"]
    assert [event["kind"] for event in chain] == ["message", "reading", "alarm", "ticket"]
    assert chain[2]["data"]["alarm"] == 2


async def test_alarms_are_found_by_state_device_rule_and_severity(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry("pump-1")  # 1
    house.run_dry("pump-2")  # 2
    house.say("pump-2", pressure=2.4)  # 3; and 2 returns
    await browser.post("/alarms/1/acknowledge", json=LI_WEI)
    await browser.post("/alarms/2/acknowledge", json=LI_WEI)
    assert await numbers(browser) == [1, 3], "the more urgent first"
    assert await numbers(browser, state="all") == [3, 2, 1], "the latest first"
    assert await numbers(browser, state="normal") == [2]
    assert await numbers(browser, state="acknowledged") == [1]
    assert await numbers(browser, state="all", device="pump-2", rule="dry-run") == [2]
    assert await numbers(browser, severity="warning") == [3]
    assert await numbers(browser, device="gate") == []


async def test_a_long_list_of_what_stands_comes_in_pages_by_urgency(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", pressure=2.4)  # 1, a warning
    house.run_dry("pump-1")  # 2, critical; and 1 returns
    house.say("pump-2", pressure=2.4)  # 3, a warning
    house.run_dry("pump-2")  # 4, critical; and 3 returns
    await browser.post("/alarms/4/shelve", json=LI_WEI | {"reason": "known", "for": "1h"})
    pages, query = [], {"limit": "1"}
    while "None" not in query.values():
        page = (await browser.get("/alarms", params=query)).json()
        assert page["next_before"] is None or page["next_before"] < 2**53
        pages += [alarm["number"] for alarm in page["alarms"]]
        query["before"] = str(page["next_before"])
    assert pages == [2, 3, 1, 4], "the latest raise first of one severity, and what is suppressed last"


async def test_a_long_list_comes_in_pages_newest_first(house: House, browser: httpx.AsyncClient) -> None:
    for _ in range(5):
        house.run_dry()
        house.recover()
        house.later(60)
        await browser.post(f"/alarms/{(await numbers(browser))[0]}/acknowledge", json=LI_WEI)
    pages, query = [], {"state": "all", "limit": "2"}
    while "None" not in query.values():
        page = (await browser.get("/alarms", params=query)).json()
        pages.append([alarm["number"] for alarm in page["alarms"]])
        query["before"] = str(page["next_before"])
    assert pages == [[5, 4], [3, 2], [1]]


async def test_an_alarm_raised_again_is_on_top_with_its_new_age(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry("pump-1")
    house.recover("pump-1")
    house.run_dry("pump-2")
    assert await numbers(browser) == [2, 1]
    house.later(60)
    house.run_dry("pump-1")
    first, second = (await browser.get("/alarms")).json()["alarms"]
    assert (first["number"], second["number"]) == (1, 2)
    assert (first["raised_at"], first["first_raised_at"]) == ("2026-01-01T12:01:04.000Z", "2026-01-01T12:00:01.000Z")
    assert first["returned_at"] is None


async def test_the_order_is_that_of_the_raises_although_the_clock_was_set_back(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry("pump-1")
    house.now -= 3600 * SECOND
    house.run_dry("pump-2")
    assert await numbers(browser) == [2, 1]


async def test_no_alarm_is_missing_or_doubled_when_one_is_raised_again_between_two_pages(
    house: House, browser: httpx.AsyncClient
) -> None:
    for _ in range(4):
        house.run_dry("pump-1")
        house.recover("pump-1")
        await browser.post(f"/alarms/{(await numbers(browser))[0]}/acknowledge", json=LI_WEI)
        house.later(60)  # else it chatters
    house.run_dry("pump-2")  # 5
    house.recover("pump-2")
    house.run_dry("pump-1")  # 6
    page = (await browser.get("/alarms", params={"state": "all", "limit": "2"})).json()
    assert [alarm["number"] for alarm in page["alarms"]] == [6, 5]
    house.run_dry("pump-2")
    assert await numbers(browser, state="all", limit=2, before=page["next_before"]) == [4, 3]
    assert await numbers(browser, state="all") == [5, 6, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"state": "open"}, "state: Input should be 'standing', 'all', 'unacknowledged'"),
        ({"severity": "fatal"}, "severity: Input should be 'critical', 'warning' or 'info'"),
        ({"limit": "1001"}, "limit: Input should be less than or equal to 1000"),
        ({"before": "99999999999999999999"}, "before: Input should be less than or equal to"),
        ({"device": "pump-9"}, "there is no device 'pump-9' here; known: gate, pump-1, pump-2"),
        ({"rule": "dry"}, "there is no rule 'dry' here; known: dry-run, overpressure, slow-leak"),
        (
            {"sate": "all"},
            "there is no parameter 'sate'; there are limit, before, state, device, subject, rule, location, severity",
        ),
    ],
)
async def test_a_wrong_query_is_rejected_with_what_is_right(
    browser: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    response = await browser.get("/alarms", params=query)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(said)


async def test_an_action_that_does_not_reach_the_disk_in_time_is_said_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_action: Action) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(acting, "DURABLE_WITHIN_S", 0.0)
    house.run_dry()
    house.ill(store_problem="the disk is full")
    transport = httpx.ASGITransport(create_api(replace(house.services, act=never), parts.routers()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        response = await browser.post("/api/v1/alarms/1/acknowledge", json=LI_WEI)
    assert response.status_code == 503
    assert response.json()["detail"] == "done, but not on disk yet, so a crash would undo it: the disk is full"


async def test_an_action_that_the_store_can_never_hold_is_said_so(house: House) -> None:
    async def refused(_action: Action) -> None:
        raise StoreRefused("the store cannot hold this: UNIQUE constraint failed: events.number")

    house.run_dry()
    transport = httpx.ASGITransport(create_api(replace(house.services, act=refused), parts.routers()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        response = await browser.post("/api/v1/alarms/1/acknowledge", json=LI_WEI)
    assert response.status_code == 500
    assert response.json()["detail"] == "the store cannot hold this: UNIQUE constraint failed: events.number"


async def test_a_store_that_cannot_be_read_is_said_so(house: House, browser: httpx.AsyncClient) -> None:
    with house.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alarms")
    response = await browser.get("/alarms")
    assert response.status_code == 503
    assert response.json()["detail"].startswith("cannot read the store: ")


async def test_an_alarm_about_the_gateway_has_a_detail_and_guidance_and_neither_device_nor_evidence(
    house: House, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get("/alarms?rule=series-away")).json()["alarms"] == []
    house.report(BuiltinRule.SERIES_AWAY, "InfluxDB does not answer")
    (alarm,) = (await browser.get("/alarms?rule=series-away")).json()["alarms"]
    assert (alarm["device"], alarm["subject"], alarm["values"]) == (None, "gateway:self", {})
    assert alarm["detail"] == "InfluxDB does not answer"
    story = (await browser.get("/alarms/1")).json()
    assert story["evidence"] is None
    assert story["guidance"].startswith("Alarms work")
    assert [(event["kind"], event["cause"]) for event in story["chain"]] == [("alarm", None)]
    acknowledged = (await browser.post("/alarms/1/acknowledge", json=LI_WEI)).json()
    assert acknowledged["state"] == "acknowledged"
    assert (await browser.get("/devices")).status_code == 200
