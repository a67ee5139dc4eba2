"""The quarantine, at the API."""

from __future__ import annotations

import httpx

from tests.unit.api.house import House


async def test_rejections_are_counted_by_kind_with_the_latest_to_look_at(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.say("pump-1", running=True, pressure=99)
    house.later(1)
    house.say("pump-1", running=True, pressure=98.5)
    house.later(1)
    house.send("site/house/pump/pump-7", b"\xff\x00")
    answer = (await browser.get("/rejects")).json()
    assert (answer["total"], answer["kinds"]) == (3, 2)
    newest, oldest = answer["rejects"]
    assert (newest["reason"], newest["metric"], newest["payload"]) == ("unknown device", "", "�\x00")
    assert newest["detail"] == "the site's files have no pump named 'pump-7': add it to devices"
    assert (oldest["reason"], oldest["metric"], oldest["count"]) == ("out of range", "pressure", 2)
    assert (oldest["first"], oldest["last"]) == ("2026-01-01T12:00:00.000Z", "2026-01-01T12:00:01.000Z")
    assert oldest["detail"] == "pressure is 98.5 MPa, outside 0 … 2.5 MPa"


async def test_the_total_counts_what_the_list_leaves_out(house: House, browser: httpx.AsyncClient) -> None:
    for number in range(3):
        house.send(f"site/house/pump/stranger-{number}", b"{}")
    house.send("site/house/pump/pump-1", b"no json")
    answer = (await browser.get("/rejects", params={"reason": "unknown device", "limit": 2})).json()
    assert (answer["total"], answer["kinds"], len(answer["rejects"])) == (3, 3, 2)


async def test_an_unknown_reason_is_rejected_with_the_known_ones(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/rejects", params={"reason": "bad"})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("reason: Input should be 'unknown topic', 'unknown device'")
