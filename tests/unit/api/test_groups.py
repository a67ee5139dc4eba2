"""Groups of devices at the API: their state, their members, and why an alarm came or did not come."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
import pytest

from gateway.api.devices import DeviceDetails
from tests.unit.api.house import BOTH_LOW, House

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
        "The rule both-low does not watch pump-1: it is for groups of devices, by their subject, and pump-1 is a member"
        f" of {PUMPS}."
    ]


async def test_why_of_a_device_names_the_alarm_of_its_group_and_whether_it_counts(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    grouped_house.later(1)
    grouped_house.say("pump-2", pressure=0.15)
    stands = f"{PUMPS}, on which alarm 1 stands (unacknowledged): No pump delivers."
    see = f"See facility-gateway why both-low {PUMPS}."
    for rule in ("dry-run", "both-low", "silent"):
        answer = (await overseer.get(f"/rules/{rule}/devices/pump-2")).json()
        assert answer["sentences"][-1] == f"pump-2 counts in {stands} {see}", rule
    grouped_house.say("pump-2", pressure=0.5)
    grouped_house.later(61)
    grouped_house.say("pump-2", pressure=0.5)
    answer = (await overseer.get("/rules/dry-run/devices/pump-2")).json()
    ended = stands.replace("unacknowledged", "returned")
    assert answer["sentences"][-1] == f"pump-2 does not count at present, and is a member of {ended} {see}"


async def test_a_device_is_shown_with_the_alarms_of_its_groups(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    assert (await overseer.get("/devices/pump-1")).json()["group_alarms"] == []
    grouped_house.say("pump-2", pressure=0.15)
    device = (await overseer.get("/devices/pump-1")).json()
    assert device.keys() == DeviceDetails.model_fields.keys()
    assert device["alarms"] == []
    assert device["group_alarms"] == [
        {
            "number": 1,
            "rule": "both-low",
            "subject": PUMPS,
            "subject_name": PUMPS,
            "state": "unacknowledged",
            "severity": "critical",
            "title": "No pump delivers",
            "counts": True,
        }
    ]
    assert (await overseer.get("/devices/gate")).json()["group_alarms"] == []


async def test_the_alarms_of_its_groups_are_shown_while_the_store_cannot_be_read(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    with grouped_house.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alarms")
    grouped_house.disk_is_full = True
    grouped_house.say("pump-1", pressure=0.15)
    grouped_house.say("pump-2", pressure=0.15)
    (alarm,) = (await overseer.get("/devices/pump-1")).json()["group_alarms"]
    assert (alarm["rule"], alarm["subject"], alarm["counts"]) == ("both-low", PUMPS, True)


async def test_alarms_of_a_device_include_those_of_groups_with_it(
    grouped_house: House, overseer: httpx.AsyncClient
) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    grouped_house.say("pump-2", pressure=0.15)

    async def subjects(**query: str) -> list[str]:
        found = (await overseer.get("/alarms", params=query)).json()["alarms"]
        return [alarm["subject"] for alarm in found]

    assert await subjects(device="pump-2") == [PUMPS]
    assert await subjects(device="gate") == []
    assert await subjects(subject="device:pump-2") == []
    assert await subjects(device="pump-2", rule="dry-run") == []
    grouped_house.run_dry("pump-2")
    assert sorted(await subjects(device="pump-2")) == ["device:pump-2", PUMPS]
    assert await subjects(device="pump-1") == [PUMPS]


async def test_an_alarm_of_another_rule_on_the_same_group_is_none_of_a_device_that_it_leaves_out(
    tmp_path: Path,
) -> None:
    first_low = {**BOTH_LOW, "id": "first-low", "applies_to": {"profile": "pump", "devices": ["pump-1"]}}
    with closing(House(tmp_path, more_rules=[BOTH_LOW, first_low])) as house:
        house.say("pump-1", pressure=0.15)
        transport = httpx.ASGITransport(house.api)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1") as client:
            found = (await client.get("/alarms", params={"device": "pump-1"})).json()["alarms"]
            assert [(alarm["rule"], alarm["subject"]) for alarm in found] == [("first-low", PUMPS)]
            assert (await client.get("/alarms", params={"device": "pump-2"})).json()["alarms"] == []
            why = (await client.get("/rules/first-low/devices/pump-2")).json()
    assert why["sentences"] == [
        "The rule first-low does not watch pump-2: it is for groups of devices, by their subject, and pump-2 is a"
        " member of none."
    ]


async def test_looking_changes_nothing(grouped_house: House, overseer: httpx.AsyncClient) -> None:
    grouped_house.say("pump-1", pressure=0.15)
    first = (await overseer.get("/groups")).json()
    assert (await overseer.get("/groups")).json() == first
