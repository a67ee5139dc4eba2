"""The alarms about the gateway itself: what the shell and other parts report, people are told."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.alarms.actions import Acknowledge, EndAlarm, RaiseAlarm
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.builtin import BUILTIN, BuiltinRule
from gateway.core.kernel.subjects import GATEWAY, Subject, SubjectKind
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import Bench, at, checkpoint_after, rule_spec, site, states

AWAY, STORE = BuiltinRule.SERIES_AWAY, BuiltinRule.STORE_FAILS


def test_a_report_raises_an_alarm_about_the_gateway_and_its_end_lets_it_return() -> None:
    bench = Bench()
    (alarm,) = bench.report(1, AWAY, "InfluxDB does not answer").alarms
    assert (alarm.rule, str(alarm.subject), alarm.state.value) == ("series-away", "gateway:self", "unacknowledged")
    assert (alarm.raised_at, alarm.evidence, alarm.detail) == (at(1), None, "InfluxDB does not answer")
    assert (alarm.title, alarm.severity) == (BUILTIN[AWAY].title.en, "warning")
    assert states(bench.report(2, AWAY, None)) == ["returned"]


def test_what_is_reported_again_or_ended_without_a_report_changes_nothing() -> None:
    bench = Bench()
    assert bench.report(0, AWAY, None).is_empty
    bench.report(1, AWAY, "InfluxDB does not answer")
    assert bench.report(2, AWAY, "InfluxDB does not answer").is_empty
    bench.report(3, AWAY, None)
    assert bench.report(4, AWAY, None).is_empty


def test_another_detail_is_stored_and_is_no_step() -> None:
    bench = Bench()
    bench.report(1, AWAY, "InfluxDB does not answer")
    seen = bench.report(2, AWAY, "InfluxDB refuses the token")
    assert [(alarm.detail, alarm.raised_at, alarm.raised_count) for alarm in seen.alarms] == [
        ("InfluxDB refuses the token", at(1), 1)
    ]
    assert (seen.events, seen.announced) == ([], [])


def test_a_report_after_the_return_raises_the_same_alarm_again() -> None:
    bench = Bench()
    (first,) = bench.report(1, AWAY, "once").alarms
    bench.report(2, AWAY, None)
    (again,) = bench.report(3, AWAY, "twice").alarms
    assert (again.number, again.raised_count, again.detail, again.returned_at) == (first.number, 2, "twice", None)
    bench.act(Acknowledge(alarm=first.number, by="Li Wei"), 4)
    assert states(bench.report(5, AWAY, None)) == ["normal"]
    assert bench.report(6, AWAY, "thrice").alarms[0].number > first.number


def test_the_mqtt_event_has_the_detail_and_a_key_of_rule_subject_and_raise() -> None:
    bench = Bench()
    (event,) = bench.report(1, STORE, "the disk is full").announced
    content = json.loads(event.payload)
    assert event.topic == "gateway/s1/alarms/gateway:self/store-fails"
    assert (content["device"], content["subject"], content["location"]) == (None, "gateway:self", None)
    assert (content["values"], content["detail"], content["life_safety"]) == ({}, "the disk is full", False)
    assert content["key"] == "store-fails/gateway:self/2027-01-15T08:00:01.000Z"
    (returned,) = bench.report(2, STORE, None).announced
    assert json.loads(returned.payload)["key"] == content["key"]


def test_the_audit_trail_has_the_detail_of_a_raise_and_no_cause() -> None:
    bench = Bench()
    (raised,) = bench.report(1, STORE, "the disk is full").events
    (returned,) = bench.report(2, STORE, None).events
    assert (raised.subject, raised.cause, raised.data["detail"]) == (
        "store-fails/gateway:self",
        None,
        "the disk is full",
    )
    assert (returned.cause, returned.data) == (raised.number, {"alarm": 1, "step": "return", "state": "returned"})


def test_a_part_above_names_the_record_that_led_to_the_alarm() -> None:
    seam = LoneSeam(Annunciator.name, event=8)
    alarms = Annunciator(site().site, (), seam)
    alarms.serve(RaiseAlarm(rule=STORE, subject=GATEWAY, detail="it fails", time=at(0), cause=5))
    alarms.serve(EndAlarm(rule=STORE, subject=GATEWAY, time=at(1), cause=6))
    assert [event.audit.cause for event in seam.taken() if event.audit] == [5, 6]


def test_a_restart_restores_an_alarm_of_the_gateway_and_the_end_of_its_cause_lets_it_return() -> None:
    before = checkpoint_after(Bench().report(1, STORE, "the disk is full"))
    bench = Bench(checkpoint=before, start_s=10)
    assert (bench.beginning.alarms, bench.beginning.announced) == ([], [])
    assert bench.report(11, STORE, "the disk is full").is_empty
    assert states(bench.report(70, STORE, None)) == ["returned"]


def test_a_restart_removes_an_alarm_whose_rule_no_longer_exists_or_has_another_kind_of_subject() -> None:
    (alarm,) = Bench().report(1, STORE, "the disk is full").alarms
    alarms = Annunciator(site().site, (), LoneSeam(Annunciator.name))
    other = Subject(SubjectKind.ZONE, "b1")
    alarms.restore(
        [
            msgspec.structs.replace(alarm, number=1, rule="gone", latest_raise=1),
            msgspec.structs.replace(alarm, number=2, subject=other, latest_raise=2),
            msgspec.structs.replace(alarm, number=3, latest_raise=3),
        ],
        at(9),
    )
    assert [(record.number, record.state.value) for record in alarms.finish() or []] == [(1, "normal"), (2, "normal")]
    assert [view.number for view in alarms.standing()] == [3]


@pytest.mark.parametrize("rule", BuiltinRule)
def test_each_is_defined_in_both_languages_and_says_what_to_do(rule: BuiltinRule) -> None:
    definition = BUILTIN[rule]
    assert definition.id == rule.value == rule_spec(id=rule.value).id
    assert definition.guidance is not None
    for text in (definition.title, definition.guidance):
        assert text.en
        assert text.zh
        assert text.zh != text.en


@given(st.lists(st.tuples(st.sampled_from([AWAY, STORE]), st.sampled_from([None, "one", "another", "acknowledge"]))))
def test_the_last_report_stands_until_it_is_over_and_seen(reports: list[tuple[BuiltinRule, str | None]]) -> None:
    bench = Bench()
    last: dict[BuiltinRule, str] = {}
    unseen: set[BuiltinRule] = set()
    for second, (rule, detail) in enumerate(reports):
        if detail == "acknowledge":
            if rule in unseen:
                (number,) = [view.number for view in bench.engine.part(Annunciator).standing() if view.rule == rule]
                bench.act(Acknowledge(alarm=number, by="Li Wei"), second)
                unseen.discard(rule)
        elif detail is None:
            bench.report(second, rule, None)
            last.pop(rule, None)
        else:
            bench.report(second, rule, detail)
            if rule not in last:
                unseen.add(rule)
            last[rule] = detail
    standing = bench.engine.part(Annunciator).standing()
    assert {view.rule for view in standing if view.state != "returned"} == {*last}
    assert {view.rule for view in standing if view.state in ("returned", "unacknowledged")} == unseen
