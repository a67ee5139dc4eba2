"""Groups of devices at the API: their state, their members, and why an alarm came or did not come."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.api.house import House

PUMPS = "group:profile=pump"


async def test_a_group_is_listed_with_what_is_known_of_its_members(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    (group,) = (await overseer.get("/groups")).json()["groups"]
    assert (group["rule"], group["subject"], group["state"]) == ("both-low", PUMPS, "degraded")
    assert group["levels"][0]["when"] == {
        "text": "at least all devices with pressure < 0.2",
        "with_values": "at least all devices (1) with pressure < 0.2",
        "holds": None,
    }
    assert group["members"] == [
        {
            "device": "pump-1",
            "device_name": "Pump 1",
            "counts": True,
            "values": {"devices": True},
            "unknown_because": None,
            "ended": {},
        },
        {
            "device": "pump-2",
            "device_name": "pump-2",
            "counts": False,
            "values": {"devices": None},
            "unknown_because": "never_reported",
            "ended": {},
        },
    ]


async def test_why_a_group_has_no_alarm_is_said(grouped_house: House, overseer: httpx.AsyncClient) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    answer = (await overseer.get(f"/rules/both-low/groups/{PUMPS}")).json()
    assert answer["sentences"] == [
        "No alarm stands.",
        "The group is degraded: it is not breached as far as is known. 1 of 2 members count: pump-1.",
        "Its condition is unknown, so that nothing changes: at least all devices (1) with pressure < 0.2",
        "1 of 2 members is unknown (never reported): pump-2.",
        "There was no earlier alarm.",
    ]
    assert (answer["alarm"], answer["latest_alarm"], answer["blind_since"]) == (None, None, None)


async def test_an_alarm_and_ticket_of_a_group_name_its_members_and_place(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    grouped_house.later(1)
    grouped_house.say("pump-2", pressure=0.15)
    (alarm,) = (await overseer.get("/alarms", params={"subject": PUMPS})).json()["alarms"]
    assert {name: alarm[name] for name in ("device", "subject", "members", "location", "detail", "values")} == {
        "device": None,
        "subject": PUMPS,
        "members": ["pump-1", "pump-2"],
        "location": None,
        "detail": "2 of 2: Pump 1 (pump-1), pump-2",
        "values": {"devices": 2},
    }
    (ticket,) = (await overseer.get("/tickets")).json()["tickets"]
    assert (ticket["device"], ticket["subject"], ticket["location"]) == (None, PUMPS, None)
    answer = (await overseer.get(f"/rules/both-low/groups/{PUMPS}")).json()
    assert answer["state"] == "breached"
    assert answer["alarm"]["number"] == 1
    assert answer["sentences"][0] == "Alarm 1 stands, raised 0 s ago: nobody has acknowledged it."


async def test_alarms_at_a_location_include_those_of_groups_with_members_there(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    grouped_house.say("pump-2", pressure=0.15)
    found = (await overseer.get("/alarms", params={"location": "b1.pumps"})).json()["alarms"]
    assert [alarm["subject"] for alarm in found] == [PUMPS]
    assert (await overseer.get("/alarms", params={"location": "garden"})).json()["alarms"] == []


async def test_a_rule_is_shelved_on_one_group(grouped_house: House, overseer: httpx.AsyncClient) -> None:
    terms = {"by": "Li Wei", "reason": "drill", "for": "1h", "rule": "both-low", "subject": PUMPS}
    shelf = (await overseer.post("/shelves", json=terms)).json()
    assert (shelf["rule"], shelf["device"], shelf["subject"]) == ("both-low", None, PUMPS)
    grouped_house.say("pump-1", pressure=0.15)
    grouped_house.say("pump-2", pressure=0.15)
    (alarm,) = (await overseer.get("/alarms")).json()["alarms"]
    assert alarm["state"] == "suppressed"
    listed = (await overseer.get("/shelves", params={"subject": PUMPS})).json()["shelves"]
    assert [each["number"] for each in listed] == [1]


async def test_groups_are_found_by_rule_subject_and_state(grouped_house: House, overseer: httpx.AsyncClient) -> None:
    for query, count in (
        ({"rule": "both-low"}, 1),
        ({"rule": "dry-run"}, 0),
        ({"subject": PUMPS}, 1),
        ({"state": "degraded"}, 1),
        ({"state": "normal"}, 0),
    ):
        assert len((await overseer.get("/groups", params=query)).json()["groups"]) == count, query


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/groups?rule=nope", 422, "there is no rule 'nope' here"),
        ("/groups?subject=zone:nope", 404, "no rule has a group 'zone:nope'"),
        ("/groups?subject=nope", 422, "'nope' is no subject: write kind:id, such as zone:east"),
        ("/rules/dry-run/groups/zone:east", 404, "the site has no rule 'dry-run' with a group 'zone:east'"),
        ("/rules/nope/groups/group:profile=pump", 404, "the site has no rule 'nope'"),
        ("/alarms?device=pump-1&subject=zone:east", 422, "give device or subject, not both"),
        ("/alarms?subject=zone:east", 404, "no rule has a group 'zone:east'"),
    ],
)
async def test_a_mistake_is_answered_with_a_sentence(
    overseer: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    response = await overseer.get(path)
    assert response.status_code == status
    assert said in response.json()["detail"]


async def test_a_rule_of_groups_does_not_watch_a_device_by_itself(overseer: httpx.AsyncClient) -> None:
    answer = (await overseer.get("/rules/both-low/devices/pump-1")).json()
    assert answer["verdict"] == "not_watched"
    assert answer["sentences"] == [
        "The rule both-low does not watch pump-1: it is for groups of devices, by their subject: /api/v1/groups lists"
        " them."
    ]


async def test_looking_changes_nothing(grouped_house: House, overseer: httpx.AsyncClient) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    first = (await overseer.get("/groups")).json()
    assert (await overseer.get("/groups")).json() == first
