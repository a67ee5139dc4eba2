"""Rule tests: what passes, and what fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.authoring.histories.files import DRY, said


def test_alarms_tickets_and_events_are_as_the_test_says(tmp_path: Path) -> None:
    test = DRY + (
        "    lasts: 1m\n"
        "    expect:\n"
        "      - {at: 14s, alarms: [], tickets: [], events: []}\n"
        "      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged], tickets: [P1 pump-dry-run/p1]}\n"
        "      - {at: 59s, events: [pump-dry-run/p1 raised]}\n"
        "      - {at: 60s, alarms: [pump-dry-run/p1 returned], events: [pump-dry-run/p1 returned]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize(
    ("expected", "what"),
    [
        ("{at: 14s, alarms: [pump-dry-run/p1 unacknowledged]}", "pump-dry-run/p1 unacknowledged is missing"),
        ("{at: 15s, alarms: []}", "pump-dry-run/p1 unacknowledged is not expected"),
        ("{at: 15s, alarms: [pump-dry-run/p1 acknowledged]}", "pump-dry-run/p1 acknowledged is missing and pump"),
        ("{at: 15s, tickets: []}", "P1 pump-dry-run/p1 is not expected"),
        ("{at: 14s, tickets: [P1 pump-dry-run/p1]}", "P1 pump-dry-run/p1 is missing"),
        ("{at: 15s, tickets: [P2 pump-dry-run/p1]}", "P2 pump-dry-run/p1 is missing and P1 pump-dry-run/p1 is not"),
        ("{at: 15s, events: []}", "pump-dry-run/p1 raised is not expected"),
        ("{at: 14s, events: [pump-dry-run/p1 raised]}", "pump-dry-run/p1 raised is missing"),
        ("{at: 15s, events: [pump-dry-run/p1 raised, pump-dry-run/p1 raised]}", "pump-dry-run/p1 raised is missing"),
    ],
)
def test_a_wrong_expectation_fails_where_it_stands(expected: str, what: str, tmp_path: Path) -> None:
    (problem,) = said(tmp_path, f"{DRY}    expect:\n      - {expected}\n")

    assert problem.startswith("t.yaml:10:")
    assert what in problem


def test_only_the_rules_under_test_are_compared(tmp_path: Path) -> None:
    test = """\
tests:
  - name: dry, and faulty
    devices: {p1: booster_pump}
    series: {p1.running: true x20, p1.inlet_pressure: 0.01 x20, p1.vibration: 9 x20}
    RULES
    expect: [{at: 19s, alarms: [pump-dry-run/p1 unacknowledged], tickets: [P1 pump-dry-run/p1]}]
"""

    assert said(tmp_path, test.replace("RULES", "rules: [pump-dry-run]")) == []
    (alarms, tickets) = said(tmp_path, test.replace("RULES", "source: none"))
    assert "pump-vibration-high/p1 suppressed, pump-vibration-trip/p1 unacknowledged are not expected" in alarms
    assert "P2 pump-vibration-trip/p1 is not expected" in tickets


def test_the_level_of_an_alarm_stands_behind_its_state(tmp_path: Path) -> None:
    test = """\
tests:
  - name: it shakes more and more
    devices: {p1: booster_pump}
    site:
      rules:
        - id: shakes
          applies_to: {profile: booster_pump}
          levels: [{severity: warning, when: vibration > 4}, {severity: critical, when: vibration > 7}]
          title: {en: Shakes}
    series: {p1.vibration: "1 x2, 5 x2, 8 x2, 5 x2, 1"}
    expect:
      - {at: 2s, alarms: [shakes/p1 unacknowledged warning]}
      - {at: 4s, alarms: [shakes/p1 unacknowledged critical], events: [shakes/p1 raised warning, FIRST]}
      - {at: 8s, alarms: [shakes/p1 returned warning], events: [shakes/p1 fell warning, shakes/p1 returned warning]}
"""

    found = said(tmp_path, test.replace("FIRST", "shakes/p1 raised critical").replace("{at: 2s", "{at: 3s"))
    assert [each for each in found if "shakes" in each and "at 8s" not in each and "silent" not in each] == []
    (wrong, *_) = said(tmp_path, test.replace("FIRST", "shakes/p1 raised"))
    assert "'shakes/p1 raised' does not say which level" in wrong


def test_events_of_one_moment_are_expected_in_any_order_and_others_in_theirs(tmp_path: Path) -> None:
    test = """\
tests:
  - name: two pumps
    rules: [pump-dry-run]
    devices: {p1: booster_pump, p2: booster_pump}
    series:
      p1.running: true x20
      p1.inlet_pressure: 0.01 x20
      p2.running: true x20
      p2.inlet_pressure: DELAY 0.01 x20
    expect: [{at: 19s, events: [pump-dry-run/p2 raised, pump-dry-run/p1 raised]}]
"""

    assert said(tmp_path, test.replace("DELAY", "")) == []
    (problem,) = said(tmp_path, test.replace("DELAY", "0.2 x3,"))
    assert "told in another order" in problem


def test_a_person_acts_on_alarms(tmp_path: Path) -> None:
    test = DRY + (
        "    do:\n"
        "      - {at: 16s, acknowledge: pump-dry-run/p1, by: guard, note: on my way}\n"
        "      - {at: 17s, comment: pump-dry-run/p1, note: valve is stuck}\n"
        "      - {at: 18s, shelve: pump-dry-run/p1, for: 5s, reason: valve is being changed}\n"
        "      - {at: 20s, unshelve: pump-dry-run/p1}\n"
        "      - {at: 21s, out_of_service: pump-dry-run/p1, reason: no motor}\n"
        "      - {at: 23s, in_service: pump-dry-run/p1}\n"
        "      - {at: 24s, maintenance: p1, for: 1h, reason: inspection}\n"
        "      - {at: 25s, end_maintenance: p1}\n"
        "      - {at: 25s, reset: pump-dry-run/p1, refused: true}\n"
        "    expect:\n"
        "      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
        "      - {at: 17s, alarms: [pump-dry-run/p1 acknowledged]}\n"
        "      - {at: 19s, alarms: [pump-dry-run/p1 suppressed]}\n"
        "      - {at: 20s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
        "      - {at: 22s, alarms: [pump-dry-run/p1 suppressed]}\n"
        "      - {at: 26s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
    )

    assert said(tmp_path, test) == []


def test_a_shelf_of_a_rule_on_which_no_alarm_stands_holds_back_the_next(tmp_path: Path) -> None:
    test = DRY + (
        "    do:\n"
        "      - {at: 1s, shelve: pump-dry-run/p1, for: 15s, reason: test of the valve}\n"
        "    expect:\n"
        "      - {at: 15s, alarms: [pump-dry-run/p1 suppressed]}\n"
        "      - {at: 16s, alarms: [pump-dry-run/p1 unacknowledged]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        ("{at: 3s, acknowledge: pump-dry-run/p1}", "acknowledge is refused at 3s: there was no alarm pump-dry-run/p1"),
        ("{at: 16s, reset: pump-dry-run/p1}", "reset is refused at 16s: an alarm that is unacknowledged cannot reset"),
        ("{at: 16s, unshelve: pump-dry-run/p1}", "unshelve is refused at 16s: alarm 1 is not shelved"),
        ("{at: 16s, in_service: p1}", "in_service is refused at 16s: p1 is not out of service"),
        ("{at: 16s, end_maintenance: p1}", "end_maintenance is refused at 16s: nobody works on p1"),
        ("{at: 16s, acknowledge: pump-dry-run/p1, refused: true}", "was to be refused at 16s, but it is done"),
        ("{at: 16s, shelve: pump-dry-run/p1, for: 90d, reason: never}", "shelve is refused at 16s: "),
    ],
)
def test_what_the_gateway_refuses_fails_unless_it_must_refuse_it(deed: str, what: str, tmp_path: Path) -> None:
    test = f"{DRY}    do: [{deed}]\n    expect: [{{at: 14s, alarms: []}}]\n"

    (problem,) = said(tmp_path, test)

    assert what in problem
    assert problem.startswith("t.yaml:9:10: dry: ")


SMOKE = """\
tests:
  - name: smoke
    rules: [smoke-fire]
    devices: {smoke-1: {profile: smoke_detector, dialect: zigbee2mqtt}}
    messages:
      - {at: 1s, topic: zigbee2mqtt/smoke-1, json: {smoke: false, battery: 90}}
      - {at: 3s, topic: zigbee2mqtt/smoke-1, json: {smoke: true, battery: 90}, again: 2}
    expect:
      - {at: 1s, alarms: []}
      - {at: 3s, alarms: [smoke-fire/smoke-1 unacknowledged], events: [smoke-fire/smoke-1 raised]}
"""


def test_payloads_are_sent_as_devices_send_them_and_again_by_the_broker(tmp_path: Path) -> None:
    assert said(tmp_path, SMOKE) == []


def test_a_device_with_a_dialect_has_series_as_well(tmp_path: Path) -> None:
    test = """\
tests:
  - name: smoke in the native format
    rules: [smoke-fire]
    devices: {smoke-1: {profile: smoke_detector, dialect: zigbee2mqtt}}
    series: {smoke-1.smoke: "false x3, true"}
    expect: [{at: 2s, alarms: []}, {at: 3s, alarms: [smoke-fire/smoke-1 unacknowledged]}]
"""

    assert said(tmp_path, test) == []


def test_a_value_that_is_rejected_fails_unless_the_test_says_so(tmp_path: Path) -> None:
    test = """\
tests:
  - name: garbage
    rules: [pump-bearing-hot]
    devices: {p1: booster_pump}
    rejected: REJECTED
    series: {p1.bearing_temperature: "20 x5, 9999"}
    expect: [{at: 5s, alarms: []}]
"""

    assert said(tmp_path, test.replace("REJECTED", "true")) == []
    (problem,) = said(tmp_path, test.replace("REJECTED", "false"))
    assert problem.startswith("t.yaml:6:")
    assert "p1.bearing_temperature: bearing_temperature is 9999 °C, outside -40 … 250 °C; write what the" in problem
    (problem,) = said(tmp_path, test.replace("REJECTED", "true").replace("9999", "30"))
    assert "something was to be rejected, but everything was accepted" in problem


def test_a_message_that_is_rejected_is_told_with_its_topic(tmp_path: Path) -> None:
    (problem,) = said(
        tmp_path,
        SMOKE.replace("smoke: false, battery: 90", "smoke: maybe, battery: 90").replace(
            "      - {at: 1s, alarms: []}\n", ""
        ),
    )

    assert problem.startswith("t.yaml:2:5: smoke: smoke is rejected at 1s, on zigbee2mqtt/smoke-1: ")


@pytest.mark.parametrize(
    ("tickets", "what"),
    [
        ("P1, P2", ""),
        ("P2, P1 pump-dry-run/p1", ""),
        ("P1", "P2 pump-vibration-trip/p1 is not expected"),
        ("P1, P1, P2", "P1 is missing"),
        ("P1, P2 pump-dry-run/p1", "P2 pump-dry-run/p1 is missing and P2 pump-vibration-trip/p1 is not expected"),
    ],
)
def test_a_priority_alone_stands_for_any_ticket_that_has_it(tickets: str, what: str, tmp_path: Path) -> None:
    test = f"""\
tests:
  - name: dry and shaking
    rules: [pump-dry-run, pump-vibration-trip]
    devices: {{p1: booster_pump}}
    series: {{p1.running: true x20, p1.inlet_pressure: 0.01 x20, p1.vibration: 9 x20}}
    expect: [{{at: 19s, tickets: [{tickets}]}}]
"""

    found = said(tmp_path, test)

    assert len(found) == bool(what)
    assert what in "".join(found)


def test_an_alarm_that_joins_the_work_on_its_device_opens_no_ticket_of_its_own(tmp_path: Path) -> None:
    test = """\
tests:
  - name: dry, then shaking
    rules: [pump-dry-run, pump-vibration-trip]
    devices: {p1: booster_pump}
    series: {p1.running: true x40, p1.inlet_pressure: 0.01 x40, p1.vibration: "1 x10, 9 x30"}
    expect:
      - at: 39s
        alarms: [pump-dry-run/p1 unacknowledged, pump-vibration-trip/p1 unacknowledged]
        tickets: [P1 pump-dry-run/p1]
"""

    assert said(tmp_path, test) == []


def test_a_message_on_a_topic_that_no_device_has_is_rejected(tmp_path: Path) -> None:
    (problem, *_) = said(
        tmp_path, SMOKE.replace("zigbee2mqtt/smoke-1, json: {smoke: true", "zigbee2mqtt/x, json: {a: true")
    )

    assert "at 3s, alarms: smoke-fire/smoke-1 unacknowledged is missing" in problem


def test_silence_is_a_matter_of_virtual_time(tmp_path: Path) -> None:
    test = """\
tests:
  - name: a pump falls silent
    rules: [silent]
    devices: {p1: {profile: booster_pump, expect_every: 10s}}
    every: 10s
    series: {p1.running: "true x10, _ x10, true"}
    expect:
      - {at: 119s, alarms: []}
      - {at: 121s, alarms: [silent/p1 unacknowledged]}
      - {at: 200s, alarms: [silent/p1 returned]}
"""

    assert said(tmp_path, test) == []


def test_null_is_sent_as_null_and_a_gap_is_no_message(tmp_path: Path) -> None:
    test = DRY.replace("0.2 x10, 0.01 x20, 0.2 x30", "0.01 x3, VALUE x57")

    for value in ("null", "_"):
        wanted = f"{test.replace('VALUE', value)}    expect: [{{at: 5s, alarms: [pump-dry-run/p1 unacknowledged]}}]\n"
        assert said(tmp_path, wanted) == []
