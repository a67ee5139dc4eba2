"""Tag scans at the API."""

from __future__ import annotations

import httpx

from tests.unit.api.house import House


async def test_scans_are_listed_newest_first_and_found_by_reader_and_tag(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.say("gate", profile="reader", tag="04:a2:b3:c4")
    house.later(60)
    house.say("gate", profile="reader", tag="04FFFFFF")
    page = (await browser.get("/scans")).json()
    assert [(scan["number"], scan["uid"], scan["time"]) for scan in page["scans"]] == [
        (2, "04FFFFFF", "2026-01-01T12:01:00.000Z"),
        (1, "04A2B3C4", "2026-01-01T12:00:00.000Z"),
    ]
    assert [(scan["device"], scan["device_name"]) for scan in page["scans"]] == [("gate", "gate")] * 2
    by_tag = (await browser.get("/scans", params={"uid": "04-a2-b3-c4", "device": "gate"})).json()
    assert [scan["number"] for scan in by_tag["scans"]] == [1]
    first = (await browser.get("/scans", params={"limit": 1})).json()
    assert first["next_before"] == 2


async def test_what_is_no_tag_and_who_is_no_reader_is_rejected(browser: httpx.AsyncClient) -> None:
    no_tag = await browser.get("/scans", params={"uid": "hello"})
    assert no_tag.status_code == 422
    assert no_tag.json()["detail"].startswith("uid: 'hello' is not a tag UID")
    assert (await browser.get("/scans", params={"device": "door"})).status_code == 422
