"""What stands, in short."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx

from gateway.core.alarms.suppression import Suppress, SuppressionKind
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


async def test_a_summary_counts_what_may_have_one_cause_by_the_device_on_which_it_depends(tmp_path: Path) -> None:
    with closing(House(tmp_path, powered_by={"pump-1": "gate", "pump-2": "gate"})) as house:
        house.run_dry("pump-1")
        house.say("pump-1", pressure=2.4)
        assert (await _causes(house)) == [("gate", "critical", 2, 1, 0, [1, 2])]
        house.run_dry("pump-2")
        assert (await _causes(house)) == [("gate", "critical", 3, 2, 0, [3, 1, 2])]


async def test_what_is_suppressed_because_of_an_alarm_is_counted_to_the_device_of_that_one(
    house: House,
) -> None:
    house.run_dry("pump-1")
    house.suppress(
        Suppress(
            source="inhibition:dry-run/pump-1/overpressure",
            kind=SuppressionKind.INHIBITED,
            devices=frozenset({"pump-2"}),
            rules=frozenset({"overpressure"}),
            subject=None,
            why="Running dry (pump-1, alarm 1)",
            until=None,
            by=None,
            time=house.now,
            cause=None,
        )
    )
    house.say("pump-2", pressure=2.4)
    assert (await _causes(house)) == [("pump-1", "critical", 1, 1, 1, [1])]


async def _causes(house: House) -> list[tuple[object, ...]]:
    transport = httpx.ASGITransport(house.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1") as browser:
        causes = (await browser.get("/alarms/summary")).json()["causes"]
    names = ("device", "severity", "alarms", "unacknowledged", "suppressed", "numbers")
    return [tuple(cause[name] for name in names) for cause in causes]
