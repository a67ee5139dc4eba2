"""What a device says of life-safety metrics and cannot be used becomes its trouble alarm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.times import MILLISECOND, SECOND
from gateway.core.kernel.urgency import Severity
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.trouble import TROUBLE
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.payload import Payload, PayloadMetric, encode
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.core.sites import Seen, at, checkpoint_after

ONE_IS_SMOKE = {"type": "u8", "map": {0: False, 1: True}}
DIALECTS: dict[str, list[dict[str, Any]]] = {
    "plain": [
        {"topic": "plain/{device}/smoke", "format": "plain", "values": {"smoke": {"map": {"on": True, "off": False}}}},
        {"topic": "plain/{device}/battery", "values": {"battery": "v"}},
    ],
    "hub": [{"topic": "hub", "readings": "d[]", "device": "id", "values": {"smoke": "smoke"}, "time": "at"}],
    "kinds": [
        {"topic": "kinds/{device}", "when": {"kind": "state"}, "values": {"smoke": "smoke"}},
        {"topic": "kinds/{device}", "when": {"kind": "power"}, "values": {"battery": "battery"}},
    ],
    "frames": [
        {
            "topic": "frames/{device}",
            "format": "bytes",
            "channels": {"01": {"values": {"battery": {"type": "u8"}}}, "02": {"values": {"smoke": ONE_IS_SMOKE}}},
        }
    ],
    "radio": [{"format": "lorawan", "port": 1, "values": {"smoke": {"at": 0, **ONE_IS_SMOKE}}}],
    "boxed": [
        {
            "topic": "boxed",
            "device": "id",
            "format": "bytes",
            "encoding": "hex",
            "data": "hex",
            "values": {"smoke": {"at": 0, **ONE_IS_SMOKE}},
        }
    ],
    "fixed": [
        {"format": "lorawan", "port": 1, "length": 4, "values": {"smoke": {"at": 3, **ONE_IS_SMOKE}}},
        {"format": "lorawan", "port": 1, "length": [6, 8], "values": {"smoke": {"at": 5, **ONE_IS_SMOKE}}},
        {"format": "lorawan", "port": 2, "values": {"battery": {"at": 0, "type": "u8"}}},
        {"format": "lorawan", "port": 3, "ignore": True},
    ],
    "nested": [{"topic": "nested/{device}", "values": {"smoke": "state.smoke", "battery": "battery"}}],
    "edge": [{"format": "sparkplug"}],
    "twice": [
        {"topic": "twice/{device}", "values": {"smoke": "a"}},
        {"topic": "twice/{device}", "values": {"smoke": "b", "battery": "battery"}},
    ],
}
DETECTOR: dict[str, Any] = {
    "profile": "detector",
    "title": {"en": "Detector"},
    "metrics": {
        "smoke": {"type": "bool"},
        "dense": {"type": "float", "range": [0, 10], "over_range": "limit"},
        "mode": {"type": "enum", "values": {0: "normal", 1: "test"}, "default": "normal"},
        "call": {"type": "bool", "event": True},
        "battery": {"type": "float", "range": [0, 100]},
    },
    "messages": [{"topic": "site/{site}/detector/{device}", "time": "ts"}],
    "dialects": {name: {"messages": messages} for name, messages in DIALECTS.items()},
}
PUMP: dict[str, Any] = {
    "profile": "pump",
    "title": {"en": "Pump"},
    "metrics": {"running": {"type": "bool"}},
    "messages": [{"topic": "site/{site}/pump/{device}"}],
}
TICKET = {"category": "fire", "priority": "P1", "team": "security"}
FIRE: dict[str, Any] = {
    "id": "fire",
    "applies_to": {"profile": "detector"},
    "when": "smoke && mode != 'test'",
    "severity": "critical",
    "title": {"en": "Fire"},
    "life_safety": True,
    "ticket": TICKET,
}
DENSE = {**FIRE, "id": "dense", "when": "dense > 5", "ticket": None}
CALL = {**FIRE, "id": "call", "when": "call", "ticket": None}
BATTERY = {**FIRE, "id": "battery", "when": "battery < 10", "severity": "warning", "life_safety": False}
RUNNING = {**BATTERY, "id": "running", "applies_to": {"profile": "pump"}, "when": "running"}


def files(*rules: dict[str, Any], trouble_after: str | None = None, also: Sequence[str] = ()) -> Configuration:
    """A detector d1 of native telemetry, pump p1, and what `also` says: `id/dialect@address`."""
    detector = Profile.model_validate(DETECTOR | ({"trouble_after": trouble_after} if trouble_after else {}))
    profiles = {"detector": detector, "pump": Profile.model_validate(PUMP)}
    devices = {"d1": DeviceSpec(id="d1", profile="detector"), "p1": DeviceSpec(id="p1", profile="pump")}
    for each in also:
        name, _, rest = each.partition("/")
        dialect, _, address = rest.partition("@")
        devices[name] = DeviceSpec(id=name, profile="detector", dialect=dialect or None, address=address or None)
    specs = [RuleSpec.model_validate(rule) for rule in rules or (FIRE, DENSE, CALL, BATTERY, RUNNING)]
    compiled = tuple(compile_rule(spec, profiles[spec.applies_to.name]) for spec in specs)
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}})
    return Configuration(Site(header, devices), profiles, compiled)


class House:
    """An engine whose time is set by the test: seconds from noon."""

    def __init__(
        self,
        configuration: Configuration | None = None,
        *,
        checkpoint: Checkpoint | None = None,
        start_s: float = 0,
        hears: bool = True,
    ) -> None:
        self.configuration = configuration or files()
        self.engine = Engine(self.configuration, parts.makers(), checkpoint or Checkpoint(), now=at(start_s))
        self.steps = [Seen(self.engine.beginning)]
        self._packet = 0
        if hears:
            self._see(self.engine.set_hearing(at(start_s)))

    def _see(self, changes: Changes) -> list[str]:
        seen = Seen(changes)
        self.steps.append(seen)
        return [f"{alarm.rule} {alarm.state.value}" for alarm in seen.alarms]

    def send(self, at_s: float, payload: object, topic: str = "site/s1/detector/d1", **flags: bool) -> list[str]:
        """A message; returns the alarms that have moved, each with its state."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._packet += 1
        return self._see(self.engine.step([Message(topic, body, at(at_s), self._packet, **flags)]))

    def say(self, at_s: float, *, stamp_s: float | None = None, **values: object) -> list[str]:
        """A message of d1, stamped as it is received unless said otherwise."""
        stamp = at(at_s if stamp_s is None else stamp_s) // MILLISECOND
        return self.send(at_s, {"ts": stamp, **values})

    def wait(self, until_s: float) -> list[str]:
        """Time passes, and nothing is heard."""
        moved = []
        while (due := self.engine.next_due()) is not None and due <= at(until_s):
            moved += self._see(self.engine.tick(due))
        return moved + self._see(self.engine.tick(at(until_s)))

    def blind(self, since_s: float) -> None:
        self._see(self.engine.set_blind(at(since_s)))

    def hearing(self, now_s: float) -> None:
        self._see(self.engine.set_hearing(at(now_s)))

    @property
    def alarms(self) -> dict[str, str]:
        """The last state of each alarm's rule."""
        return {alarm.rule: alarm.state.value for seen in self.steps for alarm in seen.alarms}

    def last(self, rule: str = TROUBLE) -> AlarmRecord:
        """The latest record of the rule's alarm."""
        return [alarm for seen in self.steps for alarm in seen.alarms if alarm.rule == rule][-1]


RAISED, RETURNED = ["trouble unacknowledged"], ["trouble returned"]
BAD = ["x", 2, "yes", [], {}, 1.5]
"""Values that are neither true nor false."""


# What is trouble ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", BAD)
def test_a_rejected_life_safety_value_is_trouble_after_ten_seconds_and_not_before(bad: object) -> None:
    house = House()
    assert house.say(0, smoke=bad) == []
    assert house.wait(9.999) == []
    assert house.wait(10) == RAISED


@pytest.mark.parametrize(
    "values", [{"dense": -1}, {"dense": "five"}, {"dense": float("nan")}, {"mode": "away"}, {"mode": 7}, {"call": "x"}]
)
def test_out_of_range_no_number_and_an_unknown_state_are_trouble(values: object) -> None:
    house = House()
    house.send(0, values)
    assert house.wait(10) == RAISED


def test_the_alarm_says_why_is_a_warning_about_its_device_and_opens_a_repair() -> None:
    house = House()
    house.say(0, smoke="x", battery=50)
    house.wait(10)
    alarm = house.last()
    assert alarm.evidence is not None
    assert (alarm.detail, alarm.evidence.values) == ("smoke is 'x', true or false was expected", {})
    assert (alarm.severity, str(alarm.subject), alarm.raised_at) == (Severity.WARNING, "device:d1", at(10))
    assert '"smoke": "x"' in alarm.evidence.payload
    (ticket,) = [ticket for seen in house.steps for ticket in seen.tickets]
    assert (ticket.category, ticket.priority, ticket.team) == ("fire", "P2", "engineering")
    (event,) = [json.loads(each.payload) for seen in house.steps for each in seen.announced]
    assert (event["rule"], event["life_safety"], event["step"]) == (TROUBLE, False, "raise")


def test_null_and_missing_values_are_no_trouble() -> None:
    house = House()
    house.say(0, smoke=None, battery=50)
    house.say(1, battery=50)
    house.say(2, unknown_key=1)
    assert house.wait(1000) == []


def test_a_rejected_value_that_no_life_safety_rule_reads_is_no_trouble() -> None:
    house = House()
    house.say(0, battery="x")
    house.send(1, {"running": "x"}, "site/s1/pump/p1")
    house.send(2, b"garbage", "site/s1/pump/p1")
    assert house.wait(1000) == []


def test_a_rule_that_watches_other_devices_makes_no_metric_of_this_one_a_life_safety_one() -> None:
    only = {**FIRE, "applies_to": {"profile": "detector", "devices": ["d2"]}}
    house = House(files(only, DENSE, also=["d2/"]))
    house.say(0, smoke="x")
    assert house.wait(20) == []
    house.send(21, {"smoke": "x"}, "site/s1/detector/d2")
    assert house.wait(31) == RAISED
    assert str(house.last().subject) == "device:d2"


def test_a_value_over_the_range_is_a_breach_at_the_limit_and_trouble_as_well() -> None:
    house = House()
    assert house.say(0, dense=99) == ["dense unacknowledged"]
    for second in range(1, 10):
        assert house.say(second, dense=99) == []
    assert house.say(10, dense=99) == RAISED
    assert house.engine.devices["d1"].facts["dense"] == 10.0
    assert house.say(11, dense=4) == ["dense returned"]
    assert house.wait(21) == RETURNED


def test_the_profile_may_say_another_delay() -> None:
    house = House(files(trouble_after="1m"))
    house.say(0, smoke="x")
    assert house.wait(59) == []
    assert house.wait(60) == RAISED
    house.say(61, smoke=False)
    assert house.wait(120) == []
    assert house.wait(121) == RETURNED


# When it ends -------------------------------------------------------------------------------------------------------


def test_a_good_value_within_the_delay_is_the_end_of_it() -> None:
    house = House()
    house.say(0, smoke="x")
    house.say(9, smoke=False)
    assert house.wait(1000) == []
    assert checkpoint_after(*house.steps).rows["rules"] == []


def test_a_good_value_of_another_metric_is_not() -> None:
    house = House()
    house.say(0, smoke="x", dense=-1)
    house.say(5, dense=1, battery=50)
    house.say(6, smoke=None)
    assert house.wait(10) == RAISED
    assert house.last().detail == "smoke is 'x', true or false was expected"
    house.say(11, smoke=False)
    house.say(12, smoke="y", mode="away")
    assert house.wait(1000) == []  # it is raised already


def test_trouble_returns_when_good_values_of_all_metrics_have_come_for_as_long() -> None:
    house = House()
    house.say(0, smoke="x", dense=-1)
    house.wait(10)
    house.say(20, smoke=False)
    assert house.wait(100) == []
    house.say(101, dense=1)
    assert house.wait(110) == []
    assert house.wait(111) == RETURNED
    assert house.last().returned_at == at(111)


def test_a_detector_that_is_good_again_for_a_moment_keeps_its_trouble() -> None:
    house = House()
    for second in range(0, 60, 2):
        house.say(second, smoke="x")
        if second > 10:
            house.say(second + 1, smoke=False)
    assert house.alarms == {TROUBLE: "unacknowledged"}


def test_a_detector_that_gives_good_values_often_enough_is_watched_and_has_no_trouble() -> None:
    house = House()
    for second in range(0, 600, 5):
        house.say(second, smoke="x" if second % 10 else False)
    assert house.alarms == {}
    assert house.say(601, smoke=True) == ["fire unacknowledged"]


def test_an_acknowledged_trouble_ends_with_its_return() -> None:
    house = House()
    house.say(0, smoke="x")
    house.wait(10)
    house._see(house.engine.act(Acknowledge(alarm=1, by="Li Wei"), at(11)))
    house.say(12, smoke=False)
    assert house.wait(22) == ["trouble normal"]


# What a word is -----------------------------------------------------------------------------------------------------


def test_a_repetition_and_a_word_of_the_past_are_nothing() -> None:
    house = House()
    message = Message("site/s1/detector/d1", b'{"smoke": "x"}', at(0), 7)
    house.engine.step([message])
    house.say(1, smoke=False)
    again = Message(message.topic, message.payload, at(2), 7, redelivered=True)
    house._see(house.engine.step([again]))
    house.say(30, smoke=False)
    house.say(31, stamp_s=3, smoke="x")  # it was held up, and a newer value is known
    assert house.wait(1000) == []


def test_what_the_broker_had_retained_before_is_of_the_past_and_without_a_stamp_of_now() -> None:
    house = House()
    house.send(0, {"ts": at(-3600) // MILLISECOND, "smoke": "x"}, retained=True)
    house.send(1, {"call": "x"}, retained=True)
    house.send(2, b"", retained=True)
    assert house.wait(100) == []
    house.send(100, {"smoke": "x"}, retained=True)
    assert house.wait(110) == RAISED


def test_an_empty_message_deletes_a_retained_one_and_says_nothing() -> None:
    house = House(files(also=["q1/plain"]))
    house.send(0, b"")
    house.send(1, b"", "plain/q1/smoke")
    assert house.wait(100) == []


def test_a_held_up_good_value_does_not_end_the_trouble_of_a_newer_one() -> None:
    house = House()
    house.say(100, smoke="x")
    house.say(103, stamp_s=50, smoke=False)
    assert house.wait(110) == RAISED


def test_what_a_device_says_with_one_stamp_counts_in_its_order() -> None:
    house = House()
    for bad in (False, "x"):
        house.say(1, stamp_s=0, smoke=bad, battery=50)
    assert house.wait(11) == RAISED
    house.say(12, stamp_s=0, smoke=False, battery=50)
    assert house.wait(22) == RETURNED


def test_of_one_message_the_last_word_on_a_metric_counts() -> None:
    house = House(files(also=["h1/hub"]))
    for first_s, words in ((0, ("x", False)), (100, (False, "x"))):
        said = [{"id": "h1", "at": at(first_s + n) // SECOND, "smoke": word} for n, word in enumerate(words)]
        house.send(first_s + 2, {"d": said}, "hub")
        assert house.wait(first_s + 99) == ([] if words[-1] is False else RAISED)


def test_of_one_message_the_last_word_counts_also_where_all_have_one_stamp() -> None:
    house = House(files(also=["h1/hub"]))
    for first_s, words in ((0, ("x", False)), (100, (False, "x"))):
        said = [{"id": "h1", "at": at(first_s) // SECOND, "smoke": word} for word in words]
        house.send(first_s + 2, {"d": said}, "hub")
        assert house.wait(first_s + 99) == ([] if words[-1] is False else RAISED)


# Blindness, clocks and restarts -------------------------------------------------------------------------------------


def test_blind_time_does_not_count() -> None:
    house = House()
    house.say(0, smoke="x")
    house.blind(5)
    assert house.wait(50) == []
    house.hearing(50)
    assert house.wait(109) == []  # first the device has its turn
    assert house.wait(110) == RAISED


def test_a_backlog_is_judged_by_its_stamps() -> None:
    house = House()
    house.blind(0)
    assert house.say(100, stamp_s=10, smoke="x") == []
    assert house.say(101, stamp_s=25, smoke="x") == RAISED


def test_a_step_of_the_clock_changes_nothing() -> None:
    house = House()
    house.say(0, smoke="x")
    house._see(house.engine.clock_set(3600 * SECOND))
    assert house.wait(3609) == []
    assert house.wait(3610) == RAISED


def commit(database: Database, house: House) -> None:
    Writer(database, parts.tables()).commit([seen.changes for seen in house.steps])


def restarted(database: Database, house: House, now_s: float, *, files: Configuration | None = None) -> House:
    commit(database, house)
    checkpoint = load_checkpoint(database, parts.tables())
    return House(files or house.configuration, checkpoint=checkpoint, start_s=now_s)


def test_a_delay_goes_on_after_a_restart(database: Database) -> None:
    house = House()
    house.say(0, smoke="x")
    house.blind(5)
    house = restarted(database, house, 20)
    assert house.wait(79) == []
    assert house.wait(80) == RAISED


def test_which_metrics_are_rejected_survives_a_restart(database: Database) -> None:
    house = House()
    house.say(0, smoke="x", dense=-1)
    house.wait(10)
    house = restarted(database, house, 20)
    house.say(21, smoke=False)
    assert house.wait(100) == []
    house = restarted(database, house, 110)
    house.say(111, dense=1)
    house = restarted(database, house, 112)
    assert house.wait(1000) == RETURNED


def test_a_metric_that_no_rule_reads_any_more_is_no_trouble_after_a_restart(database: Database) -> None:
    house = House()
    house.say(0, smoke="x")
    house.wait(10)
    house = restarted(database, house, 20, files=files(DENSE))
    assert house.alarms == {TROUBLE: "returned"}
    assert restarted(database, house, 30).wait(1000) == []


def test_a_device_without_life_safety_rules_has_no_trouble_after_a_restart(database: Database) -> None:
    house = House()
    house.say(0, smoke="x")
    house.wait(10)
    house = restarted(database, house, 20, files=files(BATTERY))
    assert house.alarms == {TROUBLE: "normal"}


_VALUES = {"smoke": st.sampled_from(["x", True, None]), "dense": st.sampled_from([-1, 2, 99])}
WORDS = st.lists(
    st.tuples(st.sampled_from([1, 4, 9, 11, 30]), st.fixed_dictionaries({}, optional=_VALUES)), min_size=1, max_size=8
)
"""How long the detector waits, and what it says before."""


@settings(max_examples=60)
@given(words=WORDS, cut=st.integers(0, 7), gap=st.integers(1, 100))
def test_a_run_with_a_restart_equals_one_with_a_blind_gap(words: list[Any], cut: int, gap: int) -> None:
    def run(restart: bool) -> list[tuple[str, str, int]]:
        house, now = House(), 0.0
        told = [house]
        for index, (pause, values) in enumerate(words):
            if index == cut:
                house._see(house.engine.snapshot(at(now)))  # as it is made before the end, and every few seconds
                if restart:
                    checkpoint = checkpoint_after(*house.steps)
                    house = House(house.configuration, checkpoint=checkpoint, start_s=now, hears=False)
                    told.append(house)
                else:
                    house.blind(now)
                now += gap
                house.hearing(now)
            house.say(now, battery=50, **values)
            now += pause
            house.wait(now)
        house.wait(now + 200)
        moved = [alarm for each in told for seen in each.steps for alarm in seen.alarms]
        return [(alarm.rule, alarm.state.value, alarm.raised_at) for alarm in moved]

    assert run(restart=True) == run(restart=False)


# Messages that cannot be read ----------------------------------------------------------------------------------------


OVERSIZED = b'{"smoke": true' + b" " * 300_000


@pytest.mark.parametrize("payload", [b"garbage", b'{"smoke": tru', b"[1, 2]", b"\xff\xfe", OVERSIZED])
def test_a_message_of_one_device_that_cannot_be_read_is_trouble_of_all_it_may_carry(payload: bytes) -> None:
    house = House()
    house.send(0, payload)
    assert house.wait(10) == RAISED
    (evaluation,) = checkpoint_after(*house.steps).rows["rules"]
    assert evaluation.rejected.keys() == {"smoke", "mode", "dense", "call"}
    house.say(11, smoke=False, mode="normal", dense=0, call=False)
    assert house.wait(21) == RETURNED


def test_a_message_that_carries_only_other_metrics_is_none() -> None:
    house = House(files(also=["q1/plain"]))
    house.send(0, b"garbage", "plain/q1/battery")
    assert house.wait(100) == []
    house.send(100, b"\xff", "plain/q1/smoke")
    assert house.wait(110) == RAISED
    (evaluation,) = checkpoint_after(*house.steps).rows["rules"]
    assert evaluation.rejected.keys() == {"smoke"}


def test_a_bare_value_that_is_not_known_is_trouble() -> None:
    house = House(files(also=["q1/plain"]))
    house.send(0, b"maybe", "plain/q1/smoke")
    assert house.wait(10) == RAISED


def test_a_value_that_a_later_binding_reads_is_good_and_one_that_none_reads_is_trouble() -> None:
    house = House(files(also=["t1/twice"]))
    assert house.send(0, {"a": "x", "b": True}, "twice/t1") == ["fire unacknowledged"]
    assert house.wait(100) == []
    house.send(101, {"a": "x", "battery": 50}, "twice/t1")
    assert house.wait(111) == RAISED
    assert house.engine.devices["t1"].values == {"smoke": True, "battery": 50}


def test_an_unknown_kind_of_message_is_no_trouble() -> None:
    house = House(files(also=["k1/kinds"]))
    house.send(0, {"kind": "firmware", "smoke": "x"}, "kinds/k1")
    house.send(1, {"kind": "power", "battery": "x"}, "kinds/k1")
    assert house.wait(100) == []
    house.send(100, {"kind": "state", "smoke": "x"}, "kinds/k1")
    assert house.wait(110) == RAISED


def test_a_message_that_may_be_of_any_of_several_devices_is_trouble_of_none() -> None:
    house = House(files(also=["h1/hub", "h2/hub"]))
    house.send(0, b"garbage", "hub")
    assert house.wait(100) == []


def test_a_message_that_can_be_of_one_device_only_is_its_trouble() -> None:
    house = House(files(also=["h1/hub"]))
    house.send(0, b"garbage", "hub")
    assert house.wait(10) == RAISED


@pytest.mark.parametrize("data", ["0164", "016402", "0164ff00", "0202"])
def test_a_frame_that_ends_early_or_has_an_unknown_channel_is_trouble_of_what_was_not_read(data: str) -> None:
    house = House(files(also=["f1/frames"]))
    house.send(0, bytes.fromhex(data), "frames/f1")
    assert house.wait(10) == ([] if data == "0164" else RAISED)


def test_a_frame_of_which_all_life_safety_metrics_were_read_is_none() -> None:
    house = House(files(also=["f1/frames"]))
    house.send(0, bytes.fromhex("0200ff00"), "frames/f1")
    assert house.wait(100) == []


@pytest.mark.parametrize(
    ("topic", "device"),
    [("application/a/device/0102030405060708/event/up", {}), ("v3/a/devices/x/up", None)],
)
def test_an_uplink_that_cannot_be_read_is_trouble_where_its_topic_names_the_device(topic: str, device: object) -> None:
    house = House(files(also=["r1/radio@0102030405060708", "r2/radio@0102030405060709"]))
    house.send(0, b"garbage", topic)
    assert house.wait(10) == (RAISED if device is not None else [])


def chirpstack(**fields: object) -> dict[str, object]:
    return {"deviceInfo": {"devEui": "0102030405060708"}, "fPort": 1, "data": "AQ==", **fields}


def the_things_stack(**fields: object) -> dict[str, object]:
    uplink = {"f_port": 1, "frm_payload": "AQ==", **fields}
    return {"end_device_ids": {"device_id": "x", "dev_eui": "0102030405060708"}, "uplink_message": uplink}


BAD_PORTS: tuple[object, ...] = ("1", "0", False, 256, -1, [])
BAD_BYTES: tuple[object, ...] = ("?", 5, {}, None)


@pytest.mark.parametrize(
    "message",
    [
        *(chirpstack(fPort=port) for port in BAD_PORTS),
        *(chirpstack(data=data) for data in BAD_BYTES),
        *(the_things_stack(f_port=port) for port in BAD_PORTS),
        *(the_things_stack(frm_payload=data) for data in BAD_BYTES),
        the_things_stack(app_s_key={}),
        {**the_things_stack(), "uplink_message": "error"},
    ],
)
def test_an_uplink_that_names_its_device_and_cannot_be_read_is_its_trouble(message: dict[str, object]) -> None:
    house = House(files(also=["r1/radio@0102030405060708", "r2/radio@0102030405060709"]))
    topic = "v3/a/devices/x/up" if "uplink_message" in message else "application/a/device/0102030405060708/event/up"
    house.send(0, message, topic)
    assert house.wait(10) == RAISED
    assert house.last().subject.id == "r1"


@pytest.mark.parametrize(
    "message",
    [
        *(chirpstack(fPort=port) for port in (0, 224, None, 0.0)),
        *(the_things_stack(f_port=port) for port in (0, 224, None, 0.0)),
        {**the_things_stack(), "uplink_message": None},
    ],
)
def test_an_uplink_without_bytes_of_the_application_is_nothing(message: dict[str, object]) -> None:
    house = House(files(also=["r1/radio@0102030405060708", "r2/radio@0102030405060709"]))
    topic = "v3/a/devices/x/up" if "uplink_message" in message else "application/a/device/0102030405060708/event/up"
    house.send(0, message, topic)
    assert house.wait(100) == []


@pytest.mark.parametrize(
    ("port", "data", "alarms"),
    [
        (1, "AQID", RAISED),  # three bytes of four or six
        (1, "AQ==", RAISED),
        (1, "AQIDAAA=", []),  # five: perhaps a new kind
        (1, "", []),
        (2, "AQ==", []),
        (3, "AQ==", []),
        (4, "AQ==", []),  # no port of the dialect
    ],
)
def test_a_frame_that_is_shorter_than_any_of_its_port_is_trouble(port: int, data: str, alarms: list[str]) -> None:
    house = House(files(also=["r1/fixed@0102030405060708", "r2/fixed@0102030405060709"]))
    house.send(0, the_things_stack(f_port=port, frm_payload=data), "v3/a/devices/x/up")
    assert house.wait(10) == alarms


def test_bytes_in_json_that_cannot_be_read_are_trouble_of_the_device_that_the_message_names() -> None:
    house = House(files(also=["b1/boxed", "b2/boxed"]))
    house.send(0, {"id": "b2", "hex": "0"}, "boxed")
    assert house.wait(10) == RAISED
    assert house.last().subject.id == "b2"


def test_an_object_that_is_none_is_trouble_of_what_stands_in_it() -> None:
    house = House(files(also=["n1/nested"]))
    house.send(0, {"state": "error", "battery": 50}, "nested/n1")
    assert house.wait(10) == RAISED
    house.send(11, {"state": {"smoke": {}}}, "nested/n1")
    house.send(12, {"state": {"smoke": False}}, "nested/n1")
    assert house.wait(22) == RETURNED


def sparkplug(seq: int, *metrics: PayloadMetric) -> bytes:
    return encode(Payload(time_ms=None, seq=seq, metrics=metrics))


def edge_node() -> House:
    """A house with the detector e1 at an edge node, both born."""
    house = House(files(also=["e1/edge@g/e/d"]))
    house.send(0, sparkplug(0), "spBv1.0/g/NBIRTH/e")
    house.send(0, sparkplug(1, payload_metric("smoke", False, Datatype.BOOLEAN)), "spBv1.0/g/DBIRTH/e/d")
    return house


def test_a_payload_of_sparkplug_that_cannot_be_read_is_trouble() -> None:
    house = edge_node()
    house.send(1, b"\xff\xff\xff", "spBv1.0/g/DDATA/e/d")
    assert house.wait(11) == RAISED


def test_a_metric_of_sparkplug_that_cannot_be_used_is_trouble() -> None:
    house = edge_node()
    bad = msgspec.structs.replace(payload_metric("smoke", True, Datatype.BOOLEAN), quality=0)
    house.send(1, sparkplug(2, bad, payload_metric("battery", 50.0, Datatype.DOUBLE)), "spBv1.0/g/DDATA/e/d")
    assert house.wait(11) == RAISED
    assert house.last().detail == "its quality is not good"


def test_an_unusable_metric_of_the_past_is_no_trouble() -> None:
    house = edge_node()
    past = payload_metric("smoke", True, Datatype.BOOLEAN, is_historical=True)
    seen = house.send(1, sparkplug(2, msgspec.structs.replace(past, quality=0)), "spBv1.0/g/DDATA/e/d")
    assert (seen, house.steps[-1].counts.rejected) == ([], 1)
    assert house.wait(100) == []


def test_a_gap_in_the_messages_of_an_edge_node_and_a_death_are_no_trouble() -> None:
    house = edge_node()
    house.send(1, sparkplug(7), "spBv1.0/g/DDATA/e/d")
    house.send(2, sparkplug(9), "spBv1.0/g/DDEATH/e/d")
    assert house.wait(100) == []


def test_a_decoder_that_fails_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()

    def fail(_decoder: FlatDecoder, _payload: bytes) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(FlatDecoder, "decode", fail)
    house.say(0, smoke=True)
    assert house.wait(10) == RAISED
