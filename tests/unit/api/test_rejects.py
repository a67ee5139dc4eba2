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


async def test_the_messages_themselves_are_listed_newest_first_and_shown_whole(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.say("pump-1", running=True, pressure=99)
    house.later(1)
    payload = b"\xff" * 5000
    house.send("site/house/pump/pump-2", payload)
    answer = (await browser.get("/rejects/messages")).json()
    assert answer["next_before"] is None
    newest, oldest = answer["messages"]
    assert (newest["number"], newest["topic"], newest["size"]) == (2, "site/house/pump/pump-2", 5000)
    assert (newest["received"], len(newest["payload"])) == ("2026-01-01T12:00:01.000Z", 4096)
    assert (oldest["reason"], oldest["metric"]) == ("out of range", "pressure")
    assert len((await browser.get("/rejects/messages/2")).json()["payload"]) == 5000
    raw = await browser.get("/rejects/messages/2/payload")
    assert (raw.content, raw.headers["content-type"]) == (payload, "application/octet-stream")


async def test_messages_are_filtered_and_paged(house: House, browser: httpx.AsyncClient) -> None:
    for number in range(3):
        house.later(1)
        house.send("site/house/pump/pump-1", b"no json %d" % number)
    house.send("site/house/pump/stranger", b"{}")
    query: dict[str, str | int] = {"topic": "site/house/pump/pump-1", "reason": "malformed", "limit": 2}
    answer = (await browser.get("/rejects/messages", params=query)).json()
    assert [each["payload"] for each in answer["messages"]] == ["no json 2", "no json 1"]
    rest = (await browser.get("/rejects/messages", params={**query, "before": answer["next_before"]})).json()
    assert [each["payload"] for each in rest["messages"]] == ["no json 0"]


async def test_a_message_that_is_not_there_is_said_so(browser: httpx.AsyncClient) -> None:
    for path in ("/rejects/messages/7", "/rejects/messages/7/payload"):
        response = await browser.get(path)
        assert response.status_code == 404
        assert response.json()["detail"].startswith("no message in quarantine has the number 7")
