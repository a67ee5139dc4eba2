"""How a rule stands on a device, as the API says it."""

from __future__ import annotations

from typing import Any

import httpx

from gateway.api.rules import StandingAnswer
from gateway.core.alarms.suppression import Suppress, SuppressionKind
from gateway.core.kernel.times import SECOND
from tests.unit.api.house import NOON, House


async def standing(browser: httpx.AsyncClient, rule: str = "dry-run", device: str = "pump-1") -> dict[str, Any]:
    response = await browser.get(f"/rules/{rule}/devices/{device}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_condition_that_does_not_hold_is_shown_with_its_values(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.say("pump-1", running=True, pressure=0.5)
    house.later(90)

    answer = await standing(browser)

    assert answer["verdict"] == "false"
    assert answer["levels"][0]["when"] == {
        "text": "running && pressure < 0.1",
        "with_values": "running (true) && pressure (0.5 MPa) < 0.1",
        "holds": False,
    }
    assert answer["sentences"] == [
        "No alarm stands.",
        "Its condition does not hold: running (true) && pressure (0.5 MPa) < 0.1",
        "running is 90 s old.",
        "pressure is 90 s old.",
        "pump-1 was heard 90 s ago.",
        "There was no earlier alarm.",
    ]


async def test_an_unknown_metric_is_named(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", running=True)

    answer = await standing(browser)

    assert (answer["verdict"], answer["levels"][0]["when"]["holds"]) == ("unknown", None)
    assert answer["values"][1] == {
        "name": "pressure",
        "origin": "unknown",
        "value": None,
        "unit": "MPa",
        "time": None,
        "rejected": None,
        "is_certain": True,
        "device": None,
    }
    assert answer["sentences"][1:3] == [
        "Its condition is unknown, so that nothing changes: running (true) && pressure (unknown) < 0.1",
        "pump-1 has never reported pressure.",
    ]


async def test_a_device_that_never_spoke_is_said_to_be_unheard(browser: httpx.AsyncClient) -> None:
    answer = await standing(browser, device="pump-2")

    assert any("pump-2 was not heard since the gateway started" in each for each in answer["sentences"])
    assert answer["last_received"] is None


async def test_a_delay_that_runs_is_shown_with_what_is_left(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", running=False, pressure=0.2)
    house.later(240)

    answer = await standing(browser, "slow-leak")

    assert answer["verdict"] == "delayed"
    assert answer["levels"][0]["delay"] == {
        "ends_alarm": False,
        "since": "2026-01-01T12:00:00.000Z",
        "length_s": 600.0,
        "due": "2026-01-01T12:10:00.000Z",
    }
    assert (
        "4 min of the 10 min of `for` have passed: the alarm is raised in 6 min if nothing changes."
        in answer["sentences"]
    )


async def test_while_the_gateway_is_blind_it_says_so_and_no_delay_ends_by_time(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.say("pump-1", running=False, pressure=0.2)
    house.later(60)
    house.engine.set_blind(house.now)
    house.later(30)

    answer = await standing(browser, "slow-leak")

    assert answer["levels"][0]["delay"]["due"] is None
    assert answer["blind_since"] == "2026-01-01T12:01:00.000Z"
    assert "The gateway has heard nothing for 30 s: see /healthz." in answer["sentences"]
    assert any("time alone does not end it" in each for each in answer["sentences"])


async def test_an_alarm_that_stands_is_shown(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.later(180)

    answer = await standing(browser)

    assert (answer["verdict"], answer["alarm"]["number"]) == ("raised", 1)
    assert answer["sentences"][0] == "Alarm 1 stands, raised 3 min ago: nobody has acknowledged it."
    assert answer["sentences"][1].startswith("Its condition holds: ")


async def test_an_alarm_whose_condition_has_ended_waits_for_a_person(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    house.recover()

    answer = await standing(browser)

    assert answer["verdict"] == "ended"
    assert "its condition has ended, and nobody has acknowledged it" in answer["sentences"][0]


async def test_a_rule_outside_its_active_hours_says_so_though_its_condition_holds(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.set_active("dry-run", is_active=False)
    house.run_dry()

    answer = await standing(browser)

    assert (answer["verdict"], answer["levels"][0]["when"]["holds"]) == ("inactive", True)
    assert answer["sentences"][1] == "It is outside its active hours: nothing is evaluated until they begin."
    assert not any("It was not evaluated" in each for each in answer["sentences"])


async def test_an_alarm_that_ended_with_the_active_hours_is_not_said_to_have_a_condition_that_ended(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    house.recover()
    house.set_active("dry-run", is_active=False)
    house.run_dry()

    sentences = (await standing(browser))["sentences"]

    assert sentences[0].endswith("it has ended, with the active hours at the latest, and nobody has acknowledged it.")
    assert sentences[2].startswith("Its condition holds: ")


async def test_what_suppresses_an_alarm_is_said(house: House, browser: httpx.AsyncClient) -> None:
    house.suppress(
        Suppress(
            source="maintenance:1",
            kind=SuppressionKind.MAINTENANCE,
            devices=frozenset({"pump-1"}),
            rules=None,
            subject=None,
            why="yearly inspection",
            until=NOON + 3600 * SECOND,
            by=None,
            time=NOON,
            cause=None,
        )
    )
    house.run_dry()

    answer = await standing(browser)

    assert answer["verdict"] == "suppressed"
    assert answer["sentences"][:2] == [
        "Alarm 1 stands: people are not told of it.",
        "It is suppressed (maintenance, for 59 min more): yearly inspection",
    ]


async def test_an_alarm_that_is_not_on_disk_yet_is_told_all_the_same(house: House, browser: httpx.AsyncClient) -> None:
    house.disk_is_full = True
    house.run_dry()

    answer = await standing(browser)

    assert (answer["verdict"], answer["alarm"]) == ("raised", None)
    assert answer["sentences"][0] == "Alarm 1 stands: nobody has acknowledged it; it is not on disk yet."


async def test_the_latest_alarm_that_is_over_is_named(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    await browser.post("/alarms/1/acknowledge", json={"by": "Li Wei"})
    house.recover()
    house.later(7200)

    answer = await standing(browser)

    assert (answer["alarm"], answer["latest_alarm"]["number"]) == (None, 1)
    assert answer["sentences"][-1] == "The latest alarm was 1, over for 2 h."


async def test_a_rule_that_does_not_watch_the_device_says_why(browser: httpx.AsyncClient) -> None:
    answer = await standing(browser, device="gate")

    assert (answer["verdict"], answer["levels"]) == ("not_watched", [])
    assert answer["sentences"] == [
        "The rule dry-run does not watch gate: it is for devices of the profile pump, and gate is of reader."
    ]


async def test_a_rule_or_device_that_there_is_not_is_a_404_with_a_sentence(browser: httpx.AsyncClient) -> None:
    for rule, device, sentence in [
        ("dry-rum", "pump-1", "no rule 'dry-rum' watches a device of this site"),
        ("dry-run", "pump-9", "the site has no device 'pump-9'"),
    ]:
        response = await browser.get(f"/rules/{rule}/devices/{device}")
        assert response.status_code == 404
        assert sentence in response.json()["detail"]


async def test_looking_changes_nothing(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", running=True, pressure=0.2)
    before = house.engine.snapshot(house.now)
    await standing(browser, "slow-leak")
    after = house.engine.tick(house.now)

    assert not before.is_empty
    assert after.is_empty
    assert {rule.when.failures for rule in house.services.configuration.rules} == {0}


async def test_the_answer_is_as_documented(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()

    assert (await standing(browser)).keys() == StandingAnswer.model_fields.keys()
    example = StandingAnswer.model_json_schema()["example"]
    assert example.keys() == StandingAnswer.model_fields.keys()


async def test_why_a_device_is_silent_is_said_by_when_it_was_heard(
    watched_house: House, watcher: httpx.AsyncClient
) -> None:
    watched_house.say("pump-1", running=True)
    watched_house.later(20)
    answer = await standing(watcher, "silent")
    assert (answer["verdict"], answer["alarm"], answer["levels"]) == ("false", None, [])
    assert answer["sentences"] == [
        "No alarm stands.",
        "pump-1 was heard 20 s ago, and is expected every 30s: it is silent when it misses three.",
        "Only time in which the gateway hears counts, and messages by which a bridge says `online` do not.",
        "There was no earlier alarm.",
    ]
    watched_house.later(71)
    answer = await standing(watcher, "silent")
    assert (answer["verdict"], answer["alarm"]["rule"]) == ("raised", "silent")
    assert answer["sentences"][1] == "pump-1 is silent for 91 s: it is expected every 30s, and three were missed."
    watched_house.say("pump-1", running=True)
    assert (await standing(watcher, "silent"))["verdict"] == "ended", "nobody has acknowledged it"


async def test_a_device_of_which_nobody_says_how_often_it_sends_is_never_silent(
    house: House, browser: httpx.AsyncClient
) -> None:
    answer = await standing(browser, "silent")
    assert (answer["verdict"], answer["title"]) == ("not_watched", "The device is silent")
    assert answer["sentences"] == [
        "Nothing says how often pump-1 sends, so it is never silent: write expect_every in the site file."
    ]


async def test_why_says_of_trouble_that_no_life_safety_rule_reads_the_device(
    house: House, browser: httpx.AsyncClient
) -> None:
    answer = await standing(browser, "trouble")
    assert answer["sentences"] == [
        "The rule trouble does not watch pump-1: no life-safety rule reads a metric of pump-1."
    ]
