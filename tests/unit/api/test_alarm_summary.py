"""What stands, in short."""

from __future__ import annotations

import httpx

from tests.unit.api.house import House


async def test_a_summary_groups_what_stands_by_rule_and_place_and_says_what_is_put_aside(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    house.say("pump-2", pressure=2.4)  # a warning; and its dry run returns
    shelving = {"by": "Li Wei", "reason": "known", "for": "1h"}
    await browser.post("/alarms/1/shelve", json=shelving)
    await browser.post("/out-of-service", json={"by": "Li Wei", "reason": "broken", "device": "gate"})
    summary = (await browser.get("/alarms/summary")).json()
    assert summary["flood"] == {"active": False, "since": None, "raises": 3}
    assert summary["states"] == {
        "unacknowledged": 1,
        "acknowledged": 0,
        "returned": 1,
        "latched": 0,
        "suppressed": 1,
    }
    assert (summary["shelves"], summary["out_of_service"], summary["life_safety"]) == (1, 1, [])
    groups = [
        (each["rule"], each["location_name"], each["alarms"], each["unacknowledged"], each["suppressed"])
        for each in summary["groups"]
    ]
    assert groups == [
        ("dry-run", "b1", 1, 0, 0),
        ("overpressure", "b1", 1, 1, 0),
        ("dry-run", "Pump room", 0, 0, 1),
    ]
    assert [each["numbers"] for each in summary["groups"]] == [[2], [3], [1]]


async def test_a_summary_of_nothing_is_empty(browser: httpx.AsyncClient) -> None:
    summary = (await browser.get("/alarms/summary")).json()
    assert (summary["flood"]["active"], summary["groups"], summary["shelves"]) == (False, [], 0)


async def test_a_summary_tells_of_a_flood(house: House, browser: httpx.AsyncClient) -> None:
    for _ in range(6):
        house.run_dry("pump-1")
        house.say("pump-1", pressure=2.4)
        await browser.post("/alarms/actions", json={"action": "acknowledge", "filter": {"device": "pump-1"}, "by": "x"})
        house.later(40)
        house.recover("pump-1")
        await browser.post("/alarms/actions", json={"action": "reset", "filter": {"device": "pump-1"}, "by": "x"})
    flood = (await browser.get("/alarms/summary")).json()["flood"]
    assert (flood["active"], flood["raises"]) == (True, 12)
    house.later(600)
    flood = (await browser.get("/alarms/summary")).json()["flood"]
    assert (flood["active"], flood["raises"]) == (False, 0)
