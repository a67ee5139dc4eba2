"""Notices over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.core.notices.requests import NoticeNotSent, NoticeSent
from gateway.core.notices.ways import ALL_CHANNELS
from tests.unit.api.house import House


@pytest.fixture
def telling_house(tmp_path: Path) -> Iterator[House]:
    """A house whose gateway has every channel."""
    with closing(House(tmp_path, channels=ALL_CHANNELS)) as house:
        yield house


@pytest.fixture
async def reader(telling_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks its API."""
    transport = httpx.ASGITransport(telling_house.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1") as client:
        yield client


async def found(reader: httpx.AsyncClient, **wanted: str) -> list[dict[str, Any]]:
    answer = await reader.get("/notices", params=wanted)
    assert answer.status_code == 200, answer.text
    notices: list[dict[str, Any]] = answer.json()["notices"]
    return notices


async def test_who_is_told_of_an_alarm_is_listed_and_shown(telling_house: House, reader: httpx.AsyncClient) -> None:
    telling_house.run_dry()
    notices = await found(reader, alarm="1")
    assert {each["state"] for each in notices} == {"sending"}
    first = notices[-1]
    assert (first["about"], first["alarms"], first["title"]) == ("alarm:1", [1], "[critical] Running dry: Pump 1")
    await telling_house.act(NoticeSent(number=first["number"], by="the gateway"))
    shown = (await reader.get(f"/notices/{first['number']}")).json()
    assert (shown["state"], shown["attempts"], shown["ended_at"]) == ("delivered", 1, "2026-01-01T12:00:01.000Z")
    assert await found(reader, state="delivered") == [shown]
    assert await found(reader, person=first["person"], state="waiting") == []


async def test_notices_to_a_person_are_found_by_the_name_as_well(
    telling_house: House, reader: httpx.AsyncClient
) -> None:
    telling_house.run_dry()
    (first, *_) = await found(reader)
    assert first["person"] == "bob"
    assert first in await found(reader, person="BOB")
    assert await found(reader, person="Ann", ticket="99") == []
    refused = await reader.get("/notices", params={"person": "Anm"})
    assert (refused.status_code, refused.json()["detail"]) == (422, "there is no person 'Anm' here; known: ann, bob")


async def test_the_chain_of_an_alarm_shows_who_was_told(telling_house: House, reader: httpx.AsyncClient) -> None:
    telling_house.run_dry()
    number = (await found(reader))[-1]["number"]
    await telling_house.act(NoticeSent(number=number, by="the gateway"))
    chain = (await reader.get("/alarms/1")).json()["chain"]
    raised = next(each["number"] for each in chain if each["kind"] == "alarm")
    of_notice = [each for each in chain if each["kind"] == "notice" and each["subject"] == str(number)]
    assert [each["data"]["step"] for each in of_notice] == ["told", "delivered"]
    assert [each["cause"] for each in of_notice] == [raised, of_notice[0]["number"]]


async def test_a_failure_says_why(telling_house: House, reader: httpx.AsyncClient) -> None:
    telling_house.run_dry()
    number = (await found(reader))[-1]["number"]
    await telling_house.act(NoticeNotSent(number=number, reason="HTTP 410", is_final=True, by="the gateway"))
    (failed,) = await found(reader, state="failed")
    assert failed["error"] == "HTTP 410"


async def test_a_list_comes_in_pages(telling_house: House, reader: httpx.AsyncClient) -> None:
    for index in range(3):
        await reader.post(
            "/notices/test", json={"channel": "email", "address": f"a{index}@example.org", "by": "Li Wei"}
        )
    first = (await reader.get("/notices?limit=2")).json()
    second = (await reader.get(f"/notices?limit=2&before={first['next_before']}")).json()
    assert [each["number"] for each in first["notices"] + second["notices"]] == [3, 2, 1]
    assert second["next_before"] is None


async def test_a_test_goes_to_each_way_of_a_person_and_is_answered_with_the_notices(reader: httpx.AsyncClient) -> None:
    answer = (await reader.post("/notices/test", json={"person": "ann", "by": "Li Wei"})).json()
    assert [(each["person"], each["kind"], each["state"]) for each in answer["notices"]] == [("ann", "test", "sending")]
    siren = (await reader.post("/notices/test", json={"channel": "siren", "by": "Li Wei"})).json()
    assert [each["channel"] for each in siren["notices"]] == ["siren"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"by": "Li Wei"}, "say where it goes: a person, or a channel and an address"),
        (
            {"by": "Li Wei", "person": "ann", "channel": "sms"},
            "say where it goes: a person, or a channel and an address",
        ),
        ({"by": "Li Wei", "person": "nobody"}, "there is no person 'nobody' here"),
        ({"by": "Li Wei", "channel": "email", "address": "x"}, "address: 'x' is no address for email"),
        ({"by": "Li Wei", "channel": "sms"}, "address: None is no address for sms"),
        ({"person": "ann"}, "by: Field required"),
        ({"person": "ann", "by": "Li Wei", "sound_for": "5s"}, "sound_for: is for the siren alone"),
        ({"channel": "siren", "by": "Li Wei", "sound_for": "2m"}, "sound_for: a siren is tested for 1s to 1m"),
    ],
)
async def test_a_test_that_goes_nowhere_is_refused(reader: httpx.AsyncClient, body: dict[str, str], said: str) -> None:
    answer = await reader.post("/notices/test", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)


async def test_a_test_of_the_siren_is_ended_once(telling_house: House, reader: httpx.AsyncClient) -> None:
    body = {"channel": "siren", "by": "Li Wei", "sound_for": "30s"}
    (siren,) = (await reader.post("/notices/test", json=body)).json()["notices"]
    await telling_house.act(NoticeSent(number=siren["number"], by="the gateway"))
    for _ in range(2):
        answer = (await reader.post(f"/notices/{siren['number']}/end", json={"by": "Li Wei"})).json()
        assert [(each["kind"], each["state"]) for each in answer["notices"]] == [("siren off", "sending")]
    assert len(await found(reader)) == 2


async def test_what_is_no_test_of_the_siren_cannot_be_ended(reader: httpx.AsyncClient) -> None:
    (mail,) = (await reader.post("/notices/test", json={"person": "ann", "by": "Li Wei"})).json()["notices"]
    answer = await reader.post(f"/notices/{mail['number']}/end", json={"by": "Li Wei"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "notice 1 is no test of the siren")
    assert (await reader.post("/notices/7/end", json={"by": "Li Wei"})).status_code == 404


async def test_a_person_without_a_way_that_the_gateway_has_is_said(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/notices/test", json={"person": "ann", "by": "Li Wei"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "ann cannot be reached: the site's files give no way that the gateway has",
    )


async def test_a_notice_that_there_is_not_is_not_found(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/notices/7")).status_code == 404
    assert (await browser.get("/notices?state=lost")).status_code == 422
