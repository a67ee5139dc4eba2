"""The way from a reading to an alarm, a ticket and back to normal; delays, people and restarts."""

from __future__ import annotations

import gc
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway import parts
from gateway.core.alarms.actions import Acknowledge, Reset
from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.lifecycle import State
from gateway.core.devices import latest
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.errors import IllegalTransition, UnknownAlarm
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.rules.evaluation import CONFIRM_WITHIN, Evaluation
from tests.unit.core.sites import Bench, Seen, at, checkpoint, checkpoint_after, rule_spec, site, states

P1 = Subject.of_device("p1")
BREACH, FINE = 0.01, 0.5


def test_a_breach_without_delay_is_an_alarm_with_one_ticket_and_one_mqtt_event() -> None:
    seen = Bench(rule_spec()).pump(5, pressure=BREACH)
    (alarm,), (ticket,), (publication,) = seen.alarms, seen.tickets, seen.announced
    assert (alarm.number, alarm.rule, alarm.subject, alarm.state) == (1, "low-pressure", P1, State.UNACKNOWLEDGED)
    assert (alarm.ticket, ticket.number, ticket.alarm) == (1, 1, 1)
    assert publication.topic == "gateway/s1/alarms/p1/low-pressure"
    event = json.loads(publication.payload)
    assert (event["state"], event["ticket"], event["raised_at"]) == ("unacknowledged", 1, "2027-01-15T08:00:05.000Z")
    assert event["values"] == {"pressure": BREACH}


def test_a_ticket_is_due_as_its_priority_says() -> None:
    (ticket,) = Bench(rule_spec()).pump(0, pressure=BREACH).tickets
    assert [each.target for each in ticket.clocks] == [5 * MINUTE, 30 * MINUTE, 24 * HOUR]
    assert (ticket.next_clock, ticket.next_due) == ("respond", at(0) + 5 * MINUTE)


def test_titles_are_in_the_sites_language() -> None:
    engine = Engine(site(rule_spec(), language="zh"), parts.makers())
    seen = Seen(engine.step([Bench().message("p1", 1, pressure=BREACH)]))
    assert seen.alarms[0].title == seen.tickets[0].title == "压力低"


def test_every_audit_event_names_its_cause_from_message_to_ticket() -> None:
    seen = Bench(rule_spec()).pump(5, pressure=BREACH)
    assert [event.kind for event in seen.events] == ["message", "reading", "alarm", "ticket"]
    assert [event.cause for event in seen.events] == [None, 1, 2, 3]
    assert seen.events[0].data["number"] == seen.batch.first_message
    assert seen.events[2].data["when"] == "pressure < lowest"


def test_further_breaching_readings_raise_nothing_more() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=BREACH)
    for second in range(1, 50):
        seen = bench.pump(second, pressure=BREACH)
        assert (seen.alarms, seen.tickets, seen.announced, seen.events) == ([], [], [], [])


def test_a_delay_is_ended_by_time_alone_and_not_before() -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    seen = bench.pump(10, pressure=BREACH)
    assert seen.alarms == []
    assert seen.delays == [at(10)]
    assert bench.engine.next_due() == at(15)
    assert bench.tick(14.9).is_empty
    seen = bench.tick(15)
    assert states(seen) == ["unacknowledged"]
    assert seen.delays == []
    assert bench.tick(100).is_empty


def test_a_reading_ends_a_delay_as_well() -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    bench.pump(10, pressure=BREACH)
    assert states(bench.pump(16, pressure=BREACH)) == ["unacknowledged"]
    assert bench.tick(20).is_empty


def test_a_breach_shorter_than_its_delay_raises_nothing() -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    bench.pump(10, pressure=BREACH)
    assert bench.pump(14, pressure=FINE).evaluations == {("low-pressure", P1): None}
    bench.pump(15, pressure=BREACH)
    assert bench.tick(19).is_empty
    assert states(bench.tick(20)) == ["unacknowledged"]


def test_buffered_readings_that_come_at_once_do_not_satisfy_a_delay() -> None:
    bench = Bench(rule_spec(**{"for": "2m"}))
    backlog = [bench.message("p1", 300, stamp_s=second, pressure=BREACH) for second in range(0, 300, 10)]
    assert bench.step(backlog).alarms == []
    assert states(bench.tick(420)) == ["unacknowledged"]


def test_missing_values_neither_raise_nor_clear() -> None:
    bench = Bench(rule_spec())
    assert bench.pump(0, running=True).alarms == []
    bench.pump(1, pressure=BREACH)
    incomplete: list[dict[str, Any]] = [{"running": False}, {"pressure": None}, {"pressure": "?"}]
    for second, values in enumerate(incomplete, start=2):
        assert bench.pump(second, **values).alarms == []


def test_an_alarm_that_ends_unacknowledged_is_returned_until_somebody_acknowledges() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=BREACH)
    assert states(bench.pump(1, pressure=FINE)) == ["returned"]
    seen = bench.act(Acknowledge(alarm=1, by="Li Wei"), 2)
    (record,) = seen.alarms
    assert (record.state, record.acknowledged_by, record.closed_at) == (State.NORMAL, "Li Wei", at(2))


def test_an_acknowledged_alarm_that_ends_is_normal_and_the_next_breach_is_a_new_one() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=BREACH)
    assert states(bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)) == ["acknowledged"]
    assert states(bench.pump(2, pressure=FINE)) == ["normal"]
    seen = bench.pump(3, pressure=BREACH)
    assert [(record.number, record.ticket) for record in seen.alarms] == [(2, 1)], "the work is not done yet"


def test_a_returned_alarm_that_is_raised_again_keeps_its_number_and_tells_its_ticket() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=BREACH)
    bench.pump(1, pressure=FINE)
    seen = bench.pump(2, pressure=BREACH)
    (record,), (ticket,), (publication,) = seen.alarms, seen.tickets, seen.announced
    assert (record.number, record.state, record.raised_count) == (1, State.UNACKNOWLEDGED, 2)
    assert (record.first_raised_at, record.raised_at) == (at(0), at(2))
    assert (ticket.number, ticket.raised_at, ticket.next_due) == (1, at(2), at(0) + 5 * MINUTE)
    assert json.loads(publication.payload)["ticket"] == 1
    assert [event.kind for event in seen.events] == ["message", "reading", "alarm", "ticket"]


@pytest.mark.parametrize("earlier", [{"category": "pump", "priority": "P3", "team": "cleaning"}, None])
def test_an_alarm_that_is_raised_again_says_what_its_rule_says_now(earlier: dict[str, str] | None) -> None:
    bench = Bench(rule_spec(severity="warning", title={"en": "Low"}, ticket=earlier))
    steps = [bench.pump(0, pressure=BREACH), bench.pump(10, pressure=FINE)]
    seen = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=20).pump(30, pressure=BREACH)
    (alarm,), (ticket,), (publication,) = seen.alarms, seen.tickets, seen.announced

    assert (alarm.number, alarm.raised_count, alarm.severity, alarm.title) == (1, 2, "critical", "Low pressure")
    assert (alarm.ticket, ticket.priority, ticket.team, ticket.title) == (1, "P1", "engineering", "Low pressure")
    assert ticket.raised_count == 2
    assert ticket.clocks[0].target == 5 * MINUTE
    event = json.loads(publication.payload)
    assert (event["severity"], event["title"], event["ticket"]) == ("critical", "Low pressure", 1)


def test_a_shorter_breach_after_the_return_leaves_the_values_of_the_raise() -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    bench.pump(0, pressure=BREACH)
    bench.tick(5)
    bench.pump(6, pressure=FINE)
    for at_s, pressure in ((7, 0.02), (8, FINE)):
        assert bench.pump(at_s, pressure=pressure).alarms == []
    (record,) = bench.act(Acknowledge(alarm=1, by="Li Wei"), 9).alarms
    assert record.evidence is not None
    assert record.evidence.values == {"pressure": BREACH}


def test_the_cause_of_a_return_is_the_reading_with_which_the_off_delay_began() -> None:
    bench = Bench(rule_spec(clear_for="30s"))
    bench.pump(0, pressure=BREACH)
    bench.pump(10, pressure=0.4)
    bench.pump(15, pressure=BREACH)
    began = bench.pump(20, pressure=FINE)
    bench.pump(30, pressure=0.6)
    seen = bench.tick(50)
    message, reading, step = seen.events[:3]
    assert (message.data["number"], reading.data["values"]) == (began.batch.first_message, {"pressure": FINE})
    assert (reading.cause, step.cause, step.data["step"]) == (message.number, reading.number, "return")


def test_the_cause_of_a_return_survives_a_restart() -> None:
    rule = rule_spec(clear_for="30s")
    bench = Bench(rule)
    before = checkpoint_after(bench.pump(0, pressure=BREACH), bench.pump(10, pressure=FINE))
    seen = Bench(rule, checkpoint=before, start_s=20).tick(20 + CONFIRM_WITHIN / SECOND)
    _, reading, step = seen.events[:3]
    assert (reading.data["values"], step.cause) == ({"pressure": FINE}, reading.number)


def test_hysteresis_keeps_an_alarm_until_its_own_condition_holds_long_enough() -> None:
    bench = Bench(rule_spec(clear_when="pressure > 0.3", clear_for="30s"))
    bench.pump(0, pressure=BREACH)
    assert bench.pump(1, pressure=0.2).alarms == []
    bench.pump(2, pressure=0.4)
    bench.pump(20, pressure=0.2)
    bench.pump(21, pressure=0.4)
    assert bench.tick(50.9).is_empty
    assert states(bench.tick(51)) == ["returned"]


def test_a_latched_alarm_stays_until_it_is_acknowledged_and_reset() -> None:
    bench = Bench(rule_spec(latched=True))
    bench.pump(0, pressure=BREACH)
    with pytest.raises(IllegalTransition):
        bench.act(Reset(alarm=1, by="Li Wei"), 1)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    assert states(bench.pump(2, pressure=FINE)) == ["latched"]
    assert states(bench.act(Reset(alarm=1, by="Li Wei"), 3)) == ["normal"]


def test_acknowledging_twice_or_an_alarm_that_does_not_stand_is_rejected() -> None:
    bench = Bench(rule_spec())
    with pytest.raises(UnknownAlarm, match="number 1"):
        bench.act(Acknowledge(alarm=1, by="Li Wei"), 0)
    bench.pump(0, pressure=BREACH)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    with pytest.raises(IllegalTransition, match="acknowledged cannot acknowledge"):
        bench.act(Acknowledge(alarm=1, by="Wang Fang"), 2)


def test_a_delay_that_runs_while_an_alarm_is_closed_goes_on() -> None:
    bench = Bench(rule_spec(**{"for": "10s"}))
    bench.pump(0, pressure=BREACH)
    bench.tick(10)
    bench.pump(11, pressure=FINE)
    bench.pump(12, pressure=BREACH)
    assert states(bench.act(Acknowledge(alarm=1, by="Li Wei"), 15)) == ["normal"]
    seen = bench.tick(22)
    assert [(record.number, record.state) for record in seen.alarms] == [(2, State.UNACKNOWLEDGED)]


def test_a_restart_raises_nothing_by_itself_and_its_time_does_not_count_to_a_delay() -> None:
    before = checkpoint_after(Bench(rule_spec(**{"for": "5s"})).pump(0, pressure=BREACH))
    restarted = Bench(rule_spec(**{"for": "5s"}), checkpoint=before, start_s=30)
    assert restarted.beginning.is_empty
    assert restarted.tick(30).is_empty
    assert states(restarted.pump(31, pressure=BREACH)) == []
    assert states(restarted.tick(35)) == ["unacknowledged"]


def test_after_a_restart_a_delay_of_a_silent_device_ends_after_a_grace() -> None:
    before = checkpoint_after(Bench(rule_spec(**{"for": "5s"})).pump(0, pressure=BREACH))
    restarted = Bench(rule_spec(**{"for": "5s"}), checkpoint=before, start_s=30)
    grace_s = CONFIRM_WITHIN / SECOND
    assert restarted.tick(30 + grace_s - 1).is_empty
    assert states(restarted.tick(30 + grace_s)) == ["unacknowledged"]


def test_a_standing_alarm_survives_a_restart_with_its_number_and_acknowledgement() -> None:
    bench = Bench(rule_spec())
    raised = bench.pump(0, pressure=BREACH)
    acknowledged = bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    restarted = Bench(rule_spec(), checkpoint=checkpoint_after(raised, acknowledged), start_s=30)
    assert restarted.pump(31, pressure=BREACH).alarms == []
    (record,) = restarted.pump(32, pressure=FINE).alarms
    assert (record.number, record.state, record.acknowledged_by) == (1, State.NORMAL, "Li Wei")
    assert restarted.pump(33, pressure=BREACH).alarms[0].number == 2


def test_latest_values_survive_a_restart() -> None:
    first = Bench().pump(0, running=True, pressure=FINE)
    second = msgspec.structs.replace(first.readings[0], time=at(1), values={"pressure": BREACH})
    restarted = Bench(checkpoint=checkpoint(readings=[*first.readings, second]))
    device = restarted.devices["p1"]
    assert device.values == {"running": True, "pressure": BREACH}
    assert device.times == {"running": at(0), "pressure": at(1)}


def test_an_alarm_whose_rule_is_gone_from_the_files_is_removed_with_an_event() -> None:
    before = checkpoint_after(Bench(rule_spec()).pump(0, pressure=BREACH))
    beginning = Bench(checkpoint=before, start_s=30).beginning
    assert states(beginning) == ["normal"]
    assert beginning.events[0].data["step"] == "remove"


def test_a_snapshot_holds_only_what_has_changed_since_the_last() -> None:
    bench = Bench()
    bench.pump(0, pressure=FINE)
    assert [snapshot.device for snapshot in bench.snapshot().snapshots or ()] == ["p1"]
    assert bench.snapshot().is_empty
    bench.send(1, "site/s1/nobody", b"?")
    assert bench.snapshot().snapshots == []


def test_one_step_of_a_snapshot_saves_only_so_many_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "SAVED_AT_ONCE", 1)
    bench = Bench()
    bench.pump(0, "p1", pressure=FINE)
    bench.pump(0, "p2", pressure=FINE)
    parts = [([each.device for each in bench.snapshot().snapshots or ()], bench.engine.has_unsaved) for _ in range(2)]
    assert parts == [(["p1"], True), (["p2"], False)]
    assert bench.snapshot().is_empty


def test_a_step_ends_early_where_alarms_are_many_and_the_next_goes_on() -> None:
    bench = Bench(rule_spec())
    batch = [bench.message(device, second, pressure=BREACH) for second, device in enumerate(("p1", "p2"))]
    first = Seen(bench.engine.step(batch, most_events=1))
    assert (bench.engine.taken, states(first), first.reached) == (1, ["unacknowledged"], at(0))
    second = Seen(bench.engine.step(batch[1:], most_events=1))
    assert (bench.engine.taken, states(second), second.batch.first_message) == (1, ["unacknowledged"], 2)
    fine = Seen(bench.engine.step([bench.message("p1", 2, starts=index) for index in range(9)], most_events=1))
    assert (bench.engine.taken, fine.counts.received) == (9, 9), "readings that move nothing do not count"


def test_a_tick_ends_only_so_many_delays_and_the_next_goes_on() -> None:
    bench = Bench(rule_spec(**{"for": "5s"}, ticket=None))
    bench.pump(0, "p1", pressure=BREACH)
    bench.pump(0, "p2", pressure=BREACH)
    assert states(Seen(bench.engine.tick(at(9), most=1))) == ["unacknowledged"]
    assert bench.engine.next_due() == at(5)
    assert states(Seen(bench.engine.tick(at(9), most=1))) == ["unacknowledged"]
    assert bench.engine.next_due() is None


def test_the_garbage_collector_need_not_look_at_what_stands() -> None:
    """A full collection looks at everything that it tracks, and holds up all threads meanwhile."""
    bench = Bench(rule_spec(), rule_spec(id="slow", **{"for": "5m"}))
    seen = bench.pump(0, pressure=BREACH)
    (alarm,), (ticket,) = seen.alarms, seen.tickets
    for standing in (alarm, alarm.subject, alarm.evidence, ticket, *seen.evaluations.values(), *seen.events):
        assert not gc.is_tracked(standing), type(standing).__name__
    assert not any(isinstance(each, Alarm | Evaluation) for each in gc.get_objects())


anything = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from(["ts", "running", "pressure", "starts", "mode", "x"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.sampled_from([0, 1, "automatic", 0.05, at(0) // 1000, "2027-01-15T08:00:00Z"]),
            st.text(max_size=5),
            st.lists(st.integers(), max_size=2),
        ),
        max_size=5,
    ).map(lambda document: json.dumps(document).encode()),
)


@given(
    payloads=st.lists(st.tuples(st.sampled_from(["pump/p1/telemetry", "reader/r1", "pump/p9/telemetry", ""]), anything))
)
def test_no_payload_on_any_topic_raises_or_stores_a_value_of_another_type(payloads: list[tuple[str, bytes]]) -> None:
    hot = rule_spec(id="hot", when='pressure > 1.0 || starts / 2 > 3 && mode == "automatic"')
    bench = Bench(rule_spec(), hot)
    types: dict[str, type] = {
        "running": bool,
        "pressure": float,
        "starts": int,
        "mode": str,
        "uid": str,
        "battery": float,
    }
    written: list[tuple[Changes, str]] = []
    for second, (topic, payload) in enumerate(payloads):
        seen = bench.send(second, f"site/s1/{topic}", payload, packet_id=second)
        assert seen.counts.received == 1
        assert seen.readings or seen.rejections or seen.counts.duplicate
        for reading in seen.readings:
            assert all(type(value) is types[name] for name, value in reading.values.items())
        written.append((seen.changes, repr(seen.changes)))
        bench.tick(second)
    assert all(repr(changes) == before for changes, before in written), "changes are not altered by later steps"


histories = st.lists(
    st.one_of(
        st.tuples(st.just("pump"), st.sampled_from([BREACH, 0.2, FINE])),
        st.tuples(st.sampled_from(["wait", "acknowledge", "reset", "restart"]), st.floats(0, 20)),
    ),
    max_size=40,
)


@settings(max_examples=150)
@example(history=[("pump", BREACH), ("pump", FINE)] * 4, delay="0s", clear="0s", latched=False)
@given(
    history=histories, delay=st.sampled_from(["0s", "5s"]), clear=st.sampled_from(["0s", "7s"]), latched=st.booleans()
)
def test_whatever_happens_alarms_move_by_the_table_and_each_occurrence_has_one_ticket(
    history: list[tuple[str, float]], delay: str, clear: str, latched: bool
) -> None:
    rule = rule_spec(**{"for": delay, "clear_for": clear, "clear_when": "pressure > 0.3", "latched": latched})
    bench, now, steps = Bench(rule), 0.0, list[Seen]()
    for what, amount in history:
        now += 1.0 if what == "pump" else amount
        standing = {record.number: record for seen in steps for record in seen.alarms}
        numbers = [number for number, record in standing.items() if record.state is not State.NORMAL]
        if what == "pump":
            steps.append(bench.pump(now, pressure=amount))
        elif what == "wait":
            steps.append(bench.tick(now))
        elif what == "restart" and steps:
            bench = Bench(rule, checkpoint=checkpoint_after(*steps), start_s=now)
            steps.append(bench.beginning)
        elif numbers:
            action = Acknowledge if what == "acknowledge" else Reset
            try:
                steps.append(bench.act(action(alarm=numbers[0], by="Li Wei"), now))
            except IllegalTransition:
                continue
    records = [record for seen in steps for record in seen.alarms]
    raised = {record.number for record in records}
    assert sorted(raised) == list(range(1, len(raised) + 1))
    assert {record.ticket for record in records} <= {1}, "nobody has done the work"
    tickets = {ticket.number: ticket for seen in steps for ticket in seen.tickets}
    assert {number: ticket.alarm for number, ticket in tickets.items()} == ({1: 1} if raised else {})
    told = [json.loads(each.payload) for seen in steps for each in seen.announced]
    last_told = {event["alarm"]: event["raised_count"] for event in told if event.get("step") == "raise"}
    counts = {ticket.alarm: ticket.raised_count for ticket in tickets.values()}
    assert counts == {number: last_told[number] for number in counts}, "nobody is told of what chatters"
    closed = [record.number for record in records if record.state is State.NORMAL]
    assert len(closed) == len(set(closed))
    events = [event for seen in steps for event in seen.events]
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert all(event.cause is None or event.cause < event.number for event in events)
