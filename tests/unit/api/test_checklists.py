"""Checklists over the API."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

from tests.unit.api.house import House
from tests.unit.photos.pictures import phone_photo

NO_PHOTO = "0123456789abcdef" * 4
NOON = "2026-01-01T12:00:00.000Z"


async def answer(browser: httpx.AsyncClient, item: str, value: object = None, **more: object) -> httpx.Response:
    body: dict[str, Any] = {"item": item, "by": "Li Wei"} | ({} if value is None else {"value": value}) | more
    return await browser.post("/checklist-runs/1/answers", json=body)


async def answer_all(browser: httpx.AsyncClient, **changed: object) -> None:
    values: dict[str, object] = {"clean": "pass", "noise": 60, "pressure": 0.4, "seal": "dry", "signature": "Li Wei"}
    for item, value in (values | changed).items():
        assert (await answer(browser, item, value)).status_code == 200


async def test_the_definitions_say_what_each_item_asks(browser: httpx.AsyncClient) -> None:
    (definition,) = (await browser.get("/checklists")).json()["checklists"]
    items = definition.pop("items")
    assert definition == {"id": "pump-weekly", "title": "Weekly check", "profile": "pump"}
    assert [(each["id"], each["kind"], each["optional"]) for each in items] == [
        ("clean", "pass_fail", False),
        ("noise", "number", False),
        ("pressure", "reading", False),
        ("seal", "choice", False),
        ("panel", "photo", True),
        ("signature", "signature", False),
    ]
    clean, _, pressure, seal, *_ = items
    assert clean["corrective"] == {"category": "pump", "priority": "P3", "team": "engineering", "checklist": None}
    assert clean["options"] == [{"id": "pass", "text": "pass"}, {"id": "fail", "text": "fail"}]
    assert (clean["form"], pressure["form"]) == ("pass_fail", "number")
    assert clean["wanted"] == "write pass or fail"
    assert (pressure["metric"], pressure["unit"], pressure["min"], pressure["max_age_s"]) == (
        *("pressure", "MPa", 0.2, 900.0),
    )
    assert seal["options"] == [{"id": "dry", "text": "dry"}, {"id": "wet", "text": "It leaks"}]


async def test_one_in_use_is_answered_item_by_item_and_completed(browser: httpx.AsyncClient, house: House) -> None:
    house.attach()
    house.say("pump-1", running=True, pressure=0.15)
    house.later(60)
    taken = (await answer(browser, "pressure")).json()
    (pressure,) = (each["answer"] for each in taken["details"] if each["id"] == "pressure")
    assert pressure == {
        "revision": 1,
        "value": 0.15,
        "shown": "0.15 MPa",
        "failed": True,
        "not_applicable": False,
        "source": "telemetry",
        "measured_at": NOON,
        "note": None,
        "photo": None,
        "by": "Li Wei",
        "answered_at": "2026-01-01T12:01:00.000Z",
    }
    kept = (await browser.post("/photos", content=phone_photo())).json()["hash"]
    await answer(browser, "clean", "fail", note="Oil", photo=kept)
    await answer(browser, "seal", "dry")
    await answer(browser, "noise", 81)
    await answer(browser, "noise", 60, expects=1)
    early = await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"})
    assert (early.status_code, early.json()["detail"]) == (
        409,
        "these items are not answered yet: signature (Done by)",
    )
    await answer(browser, "signature", "Li Wei")
    run = (await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei", "note": "Done"})).json()
    details = run.pop("details")
    assert run == {
        "number": 1,
        "about": "ticket:12",
        "device": "pump-1",
        "checklist": "pump-weekly",
        "title": "Weekly check",
        "state": "complete",
        "attached_at": NOON,
        "ended_at": "2026-01-01T12:01:00.000Z",
        "completed_by": "Li Wei",
        "items": 6,
        "answered": 5,
        "failed": ["clean", "pressure"],
        "not_applicable": [],
        "unanswered": [],
        "sign_again": [],
    }
    (noise,) = (each for each in details if each["id"] == "noise")
    assert (noise["answer"]["value"], [each["value"] for each in noise["earlier"]]) == (60.0, [81.0])
    assert (await browser.get("/checklist-runs/1")).json() == run | {"details": details}


async def test_they_are_listed_by_what_they_are_about(browser: httpx.AsyncClient, house: House) -> None:
    for about in ("ticket:12", "ticket:13", "checkpoint:lobby"):
        house.attach(about)
    listed = (await browser.get("/checklist-runs", params={"limit": "2"})).json()
    assert ([each["about"] for each in listed["checklist_runs"]], listed["next_before"]) == (
        ["checkpoint:lobby", "ticket:13"],
        2,
    )
    (one,) = (await browser.get("/checklist-runs", params={"about": "ticket:12"})).json()["checklist_runs"]
    assert (one["number"], one["state"], one["answered"], one["unanswered"]) == (
        *(1, "open", 0, ["clean", "noise", "pressure", "seal", "signature"]),
    )
    assert (await browser.get("/checklist-runs", params={"about": "ticket:99"})).json()["checklist_runs"] == []
    wrong = await browser.get("/checklist-runs", params={"about": "12"})
    assert (wrong.status_code, wrong.json()["detail"]) == (422, "about: write kind:id, such as ticket:12")


async def test_two_people_who_answer_differently_see_the_conflict_and_a_replay_is_none(
    browser: httpx.AsyncClient, house: House
) -> None:
    house.attach()
    await answer(browser, "noise", 81)
    replayed = await answer(browser, "noise", 81.0)
    assert replayed.status_code == 200
    conflict = await answer(browser, "noise", 60, by="Wang Fang")
    assert (conflict.status_code, conflict.json()["detail"]) == (
        409,
        f"Li Wei has answered noise at {NOON}: 81 dB; to replace that, answer with `expects` 1",
    )
    corrected = (await answer(browser, "noise", 60, by="Wang Fang", expects=1)).json()
    assert corrected["failed"] == []
    late = (await answer(browser, "noise", 81)).json()
    (noise,) = (each for each in late["details"] if each["id"] == "noise")
    assert (noise["answer"]["value"], noise["answer"]["by"]) == (60.0, "Wang Fang")


async def test_a_reading_that_is_too_old_is_entered_by_hand(browser: httpx.AsyncClient, house: House) -> None:
    house.attach()
    house.say("pump-1", running=True, pressure=0.15)
    house.later(3600)
    refused = await answer(browser, "pressure")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "pressure: the latest pressure of pump-1 is 1h old, and may be 15m old; look at the instrument on site, and "
        "enter the value",
    )
    entered = (await answer(browser, "pressure", 0.3)).json()
    (pressure,) = (each["answer"] for each in entered["details"] if each["id"] == "pressure")
    assert (pressure["source"], pressure["measured_at"]) == ("person", None)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"item": "roof", "value": "x"}, "the checklist has no item 'roof'; it has clean, noise, pressure, seal, "),
        ({"item": "noise", "value": "60"}, "noise: '60' is no number: write a number in dB, such as 12.5"),
        ({"item": "noise", "value": [1]}, "value: write a text, a number, true or false"),
        ({"item": "clean", "value": True}, "clean: true does not answer it: write pass or fail"),
        ({"item": "panel"}, "panel: a photo answers it, and no value"),
        ({"item": "panel", "photo": "x.jpg"}, "photo: there is no photo with this hash; send it to"),
        ({"item": "panel", "photo": NO_PHOTO}, "photo: there is no photo with this hash; send it to /api/v1/photos"),
        ({"item": "clean", "value": "pass", "note": "a\nb"}, "note: write it in one line, without control characters"),
        ({"item": "clean", "value": "pass", "by": " "}, "by: String should have at least 1 character"),
        ({"item": "clean", "value": "pass", "expects": -1}, "expects: Input should be greater than or equal to 0"),
        ({"item": "clean", "value": "pass", "signed": True}, "signed: Extra inputs are not permitted"),
    ],
)
async def test_a_wrong_answer_says_what_is_right_and_changes_nothing(
    browser: httpx.AsyncClient, house: House, body: dict[str, Any], detail: str
) -> None:
    house.attach()
    refused = await browser.post("/checklist-runs/1/answers", json={"by": "Li Wei"} | body)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(detail)
    assert (await browser.get("/checklist-runs/1")).json()["answered"] == 0


async def test_what_is_sent_once_more_after_the_completion_is_answered_and_what_is_new_is_not(
    browser: httpx.AsyncClient, house: House
) -> None:
    house.attach()
    await answer_all(browser)
    await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"})
    assert (await answer(browser, "signature", " Li Wei ")).json()["state"] == "complete"
    assert (await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"})).status_code == 200
    for refused in (
        await answer(browser, "noise", 70, expects=1),
        await browser.post("/checklist-runs/1/complete", json={"by": "Wang Fang"}),
    ):
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith(f"Li Wei has completed checklist 1 at {NOON}")


async def test_one_that_was_withdrawn_cannot_be_answered(browser: httpx.AsyncClient, house: House) -> None:
    house.attach()
    house.withdraw()
    run = (await browser.get("/checklist-runs/1")).json()
    assert (run["state"], run["ended_at"], run["completed_by"]) == ("withdrawn", NOON, None)
    for refused in (
        await answer(browser, "clean", "pass"),
        await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"}),
    ):
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith(f"checklist 1 was withdrawn at {NOON}")


@pytest.mark.parametrize("path", ["answers", "complete"])
async def test_one_that_does_not_exist_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    body = {"by": "Li Wei"} | ({"item": "clean", "value": "pass"} if path == "answers" else {})
    for answer in (await browser.post(f"/checklist-runs/9/{path}", json=body), await browser.get("/checklist-runs/9")):
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is no checklist in use of the number 9")


async def test_until_its_end_is_on_disk_it_cannot_be_answered_either(browser: httpx.AsyncClient, house: House) -> None:
    house.attach()
    await answer_all(browser)
    house.disk_is_full = True
    await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"})
    refused = await answer(browser, "noise", 70, expects=1)
    assert (refused.status_code, refused.json()["detail"]) == (409, "no open checklist has the number 1")


async def test_a_photo_to_which_an_answer_refers_is_not_deleted_as_unused_at_that_moment(
    browser: httpx.AsyncClient, house: House
) -> None:
    house.attach()
    kept = (await browser.post("/photos", content=phone_photo())).json()["hash"]
    file = house.photos.find(kept)
    assert file is not None
    os.utime(file, (0, 0))
    assert kept in house.photos.older_than(1)
    assert (await answer(browser, "panel", photo=kept)).status_code == 200
    assert kept not in house.photos.older_than(1)


async def test_those_in_one_state_are_listed(browser: httpx.AsyncClient, house: House) -> None:
    for ticket in (12, 13, 14):
        house.attach(f"ticket:{ticket}")
    house.withdraw("ticket:13")
    await answer_all(browser)
    await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"})
    for state, number in (("open", 3), ("withdrawn", 2), ("complete", 1)):
        (run,) = (await browser.get(f"/checklist-runs?state={state}")).json()["checklist_runs"]
        assert (run["number"], run["state"]) == (number, state)
    assert (await browser.get("/checklist-runs?state=closed")).status_code == 422


async def test_a_value_of_another_kind_is_refused_with_what_it_may_be(browser: httpx.AsyncClient, house: House) -> None:
    house.attach()
    for value, sentence in (
        ([1], "value: write a text, a number, true or false"),
        ({"a": 1}, "value: write a text, a number, true or false"),
    ):
        refused = await answer(browser, "noise", value)
        assert (refused.status_code, refused.json()["detail"]) == (422, sentence)
    assert (await answer(browser, "clean", True)).json()["detail"] == (
        "clean: true does not answer it: write pass or fail"
    )


async def test_what_does_not_apply_is_said_with_its_reason_also_to_the_ticket(
    browser: httpx.AsyncClient, house: House
) -> None:
    house.attach()
    said: dict[str, Any] = {"not_applicable": True, "note": "The pump is removed"}
    await answer(browser, "noise", **said)
    run = (await answer(browser, "noise", **said)).json()
    (noise,) = (each["answer"] for each in run["details"] if each["id"] == "noise")
    assert (noise["value"], noise["shown"], noise["failed"], noise["not_applicable"]) == (None, "", False, True)
    assert (noise["note"], noise["revision"], noise["source"]) == ("The pump is removed", 1, "person")
    assert run["not_applicable"] == ["noise"]
    for item, value in {"clean": "pass", "pressure": 0.4, "seal": "dry", "signature": "Li Wei"}.items():
        await answer(browser, item, value)
    done = (await browser.post("/checklist-runs/1/complete", json={"by": "Li Wei"})).json()
    assert (done["state"], done["not_applicable"], done["failed"]) == ("complete", ["noise"], [])
    assert (await answer(browser, "noise", **said)).status_code == 200
    assert (await answer(browser, "noise", not_applicable=True, note="Other")).status_code == 409
