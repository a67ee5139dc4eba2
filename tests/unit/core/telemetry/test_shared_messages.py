"""Messages with several readings: backlogs, records of the past, one message for many devices."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.times import SECOND, isoformat
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Message
from tests.unit.core.sites import LOW_PRESSURE, Seen, at, checkpoint, states

CHANNELS: dict[str, Any] = {
    "01": {"values": {"pressure": {"type": "u8", "scale": 0.1}}},
    "02": {"time": {"type": "u32"}, "values": {"pressure": {"at": 4, "type": "u8", "scale": 0.1}}},
}
PUMP = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {
            "pressure": {"type": "float", "range": [0, 2.5]},
            "running": {"type": "bool"},
            "uid": {"type": "tag"},
        },
        "attributes": {"lowest": {"type": "float", "default": 0.1}},
        "dialects": {
            "batch": {
                "messages": [
                    {
                        "topic": "batch",
                        "readings": "d[]",
                        "device": "id",
                        "time": "t",
                        "values": {"pressure": "p", "running": "r", "uid": "uid"},
                    }
                ]
            },
            "untimed": {
                "messages": [{"topic": "untimed", "readings": "d[]", "device": "id", "values": {"pressure": "p"}}]
            },
            "tags": {"messages": [{"topic": "tags/{device}", "format": "bytes", "channels": CHANNELS}]},
            "lora": {"clock": {"behind": "1h"}, "messages": [{"format": "lorawan", "channels": CHANNELS}]},
        },
    }
)
RULE = RuleSpec.model_validate({**LOW_PRESSURE, "applies_to": {"profile": "pump"}})


class Bench:
    """Pumps p1 and p2 that report in batches, u1 without times, t1 and l1 with records of the past."""

    def __init__(self, checkpoint: Checkpoint | None = None, *, start_s: float = 0, hears: bool = True) -> None:
        spoken = {"p1": "batch", "p2": "batch", "u1": "untimed", "t1": "tags", "l1": "lora"}
        site = Site(
            header=SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}}),
            devices={name: DeviceSpec(id=name, profile="pump", dialect=dialect) for name, dialect in spoken.items()},
        )
        configuration = Configuration(site, {"pump": PUMP}, (compile_rule(RULE, PUMP),))
        self.engine = Engine(configuration, parts.makers(), checkpoint or Checkpoint(), now=at(start_s))
        if hears:
            self.engine.set_hearing(at(start_s))
        self.devices = self.engine.devices

    def step(self, messages: Sequence[Message]) -> Seen:
        late = self.devices.late
        changes = self.engine.step(messages)
        return Seen(changes, self.devices.late - late)

    def send(self, at_s: float, topic: str, payload: bytes, **flags: Any) -> Seen:  # noqa: ANN401
        return self.step([Message(topic, payload, at(at_s), **flags)])

    def batch(self, at_s: float, *elements: tuple[str, float | None, float], **flags: Any) -> Seen:  # noqa: ANN401
        """Device, stamp in seconds from noon and pressure of each element."""
        return self.send(at_s, "batch", batch(*elements), **flags)

    def uplink(self, at_s: float, data: bytes) -> Seen:
        """Bytes of l1, stamped by its network server."""
        info = {
            "deviceInfo": {"devEui": "l1"},
            "fPort": 85,
            "time": isoformat(at(at_s)),
            "data": b64encode(data).decode(),
        }
        return self.send(at_s, "application/a/device/l1/event/up", json.dumps(info).encode())


def batch(*elements: tuple[str, float | None, float]) -> bytes:
    items = [{"id": name, "t": None if s is None else at(s) / SECOND, "p": pressure} for name, s, pressure in elements]
    return json.dumps({"d": items}).encode()


def record(at_s: float, tenths: int) -> bytes:
    """A record of the past in the tagged bytes of t1."""
    return b"\x02" + (at(at_s) // SECOND).to_bytes(4, "big") + bytes([tenths])


def stored(seen: Seen) -> list[tuple[str, float, object]]:
    """Device, event time in seconds from noon, and pressure."""
    return [
        (reading.device, (reading.time - at(0)) / SECOND, reading.values.get("pressure")) for reading in seen.readings
    ]


# Backlogs -----------------------------------------------------------------------------------------------------------


def test_each_reading_of_a_message_has_its_own_time() -> None:
    seen = Bench().batch(100, ("p1", 80, 1), ("p1", 90, 1.1), ("p2", 99, 1.2))

    assert stored(seen) == [("p1", 80, 1.0), ("p1", 90, 1.1), ("p2", 99, 1.2)]
    assert (seen.counts.received, seen.counts.stored, seen.counts.clock_replaced) == (1, 3, 0)


def test_a_backlog_keeps_its_times_though_they_are_beyond_the_bounds_of_the_clock() -> None:
    seen = Bench().batch(7200, ("p1", 0, 1), ("p1", 3600, 1.1), ("p1", 7190, 1.2))

    assert stored(seen) == [("p1", 0, 1.0), ("p1", 3600, 1.1), ("p1", 7190, 1.2)]
    assert (seen.counts.clock_replaced, seen.counts.delayed) == (0, 0)


def test_only_what_is_within_the_bounds_of_the_clock_raises_an_alarm() -> None:
    bench = Bench()

    assert bench.batch(7200, ("p1", 0, 0.01), ("p1", 6899, 0.01), ("p1", 7190, 1)).alarms == []
    assert states(bench.batch(7300, ("p1", 7210, 0.01), ("p1", 7290, 0.01))) == ["unacknowledged"]


def test_a_backlog_is_evaluated_in_the_order_of_its_times_whatever_its_own_order() -> None:
    for order in (slice(None), slice(None, None, -1)):
        bench = Bench()
        elements = [("p1", 80.0, 0.01), ("p1", 90.0, 1.0), ("p1", 95.0, 0.01)][order]
        seen = bench.batch(100, *elements)
        assert [reading[1] for reading in stored(seen)] == [80, 90, 95]
        assert bench.devices["p1"].values["pressure"] == 0.01
        assert states(seen)[-1] == "unacknowledged"


def test_the_latest_value_is_that_of_the_newest_reading() -> None:
    bench = Bench()
    bench.batch(100, ("p1", 99, 1.3), ("p1", 50, 1.1), ("p1", 70, 1.2))

    assert bench.devices["p1"].values == {"pressure": 1.3}
    assert bench.devices["p1"].newest == at(99)


def test_the_newest_stamp_of_each_device_decides_whether_its_clock_is_believed() -> None:
    seen = Bench().batch(7200, ("p1", 0, 1), ("p1", 7190, 1.1), ("p2", 0, 1.2), ("p2", 3600, 1.3))

    assert sorted(stored(seen)) == [
        ("p1", 0, 1.0),
        ("p1", 7190, 1.1),
        ("p2", 3600, 1.2),  # the newest is the time received, and the other an hour before it, as it says
        ("p2", 7200, 1.3),
    ]
    assert seen.counts.clock_replaced == 2


@pytest.mark.parametrize(("ahead", "first"), [(3600, 100 - 3600 - 10), (1e9, 100)])
def test_a_clock_ahead_of_time_is_replaced_for_all_of_its_readings(ahead: float, first: float) -> None:
    seen = Bench().batch(100, ("p1", 90, 1), ("p1", 100 + ahead, 1.1))

    assert [reading[1] for reading in stored(seen)] == [first, 100]
    assert seen.counts.clock_replaced == 2


def test_a_delayed_buffer_keeps_the_distances_of_its_stamps() -> None:
    bench = Bench()
    seen = bench.batch(7200, *(("p1", 60 * minute, 1 + minute / 10) for minute in range(10)))

    assert [reading[1] for reading in stored(seen)] == [7200 - 60 * before for before in range(9, -1, -1)]
    assert bench.devices["p1"].values == {"pressure": 1.9}


def test_the_bounds_of_a_clock_are_those_of_the_dialect() -> None:
    message = {
        "deviceInfo": {"devEui": "l1"},
        "fPort": 85,
        "time": isoformat(at(0)),
        "data": b64encode(b"\x01\x0a").decode(),
    }
    seen = Bench().send(3000, "application/a/device/l1/event/up", json.dumps(message).encode())

    assert stored(seen) == [("l1", 0, 1.0)]  # an hour, where the profile allows five minutes
    assert seen.counts.clock_replaced == 0
    assert Bench().batch(3000, ("p1", 0, 1)).counts.clock_replaced == 1


def test_readings_without_a_stamp_are_of_the_present_and_come_last() -> None:
    seen = Bench().batch(100, ("p1", None, 1.1), ("p1", 90, 1))

    assert stored(seen) == [("p1", 90, 1.0), ("p1", 100, 1.1)]
    assert seen.counts.clock_replaced == 1


def test_a_backlog_after_an_outage_of_the_broker_keeps_its_times() -> None:
    bench = Bench(checkpoint(reached=at(0)), start_s=7200, hears=False)
    seen = bench.batch(7200, ("p1", 30, 1), ("p1", 60, 1.1))

    assert stored(seen) == [("p1", 30, 1.0), ("p1", 60, 1.1)]
    assert seen.counts.clock_replaced == 0


def test_a_reading_older_than_the_latest_values_is_stored_and_changes_nothing() -> None:
    bench = Bench()
    bench.batch(100, ("p1", 100, 1))
    seen = bench.batch(110, ("p1", 90, 0.01), ("p1", 95, 0.02))

    assert stored(seen) == [("p1", 90, 0.01), ("p1", 95, 0.02)]
    assert seen.late == 2
    assert seen.alarms == []
    assert bench.devices["p1"].values == {"pressure": 1.0}


# One message for many -----------------------------------------------------------------------------------------------


def test_each_device_of_a_message_has_its_own_alarm() -> None:
    seen = Bench().batch(100, ("p1", 99, 0.01), ("p2", 99, 0.02))

    assert sorted(str(record.subject) for record in seen.alarms) == ["device:p1", "device:p2"]
    assert seen.counts.received == 1


def test_a_rejected_element_does_not_affect_the_others() -> None:
    seen = Bench().batch(100, ("p1", 99, 9.9), ("p2", 99, 1), ("p9", 99, 1))

    assert stored(seen) == [("p2", 99, 1.0)]
    assert {(kind.reason, kind.metric) for kind in seen.rejections} == {
        (Reason.OUT_OF_RANGE, "pressure"),
        (Reason.UNKNOWN_DEVICE, ""),
    }
    assert (seen.counts.rejected, seen.counts.rejected_metrics, seen.counts.stored) == (0, 2, 1)


def test_a_message_of_unknown_devices_alone_is_one_that_is_rejected() -> None:
    seen = Bench().batch(100, ("p8", 99, 1), ("p9", 99, 1))

    assert seen.readings == []
    assert (seen.counts.rejected, seen.counts.rejected_metrics, seen.counts.stored) == (1, 0, 0)
    assert [kind.reason for kind in seen.rejections] == [Reason.UNKNOWN_DEVICE]


def test_an_empty_list_is_counted_as_received_only() -> None:
    seen = Bench().send(100, "batch", b'{"d": []}')

    assert (seen.counts.received, seen.counts.rejected, seen.counts.stored) == (1, 0, 0)
    assert seen.rejections == {}


def test_each_scan_of_a_message_is_recorded() -> None:
    items = [{"id": "p1", "t": at(s) / SECOND, "uid": uid} for s, uid in ((80, "04A2B3C4"), (90, "04:a2:b3:c5"))]
    seen = Bench().send(100, "batch", json.dumps({"d": items}).encode())

    assert [(scan.uid, scan.time) for scan in seen.scans] == [("04A2B3C4", at(80)), ("04A2B3C5", at(90))]


def test_elements_without_times_are_all_of_the_present() -> None:
    payload = json.dumps({"d": [{"id": "u1", "p": 1}, {"id": "u1", "p": 1.1}]}).encode()
    bench = Bench()
    seen = bench.send(100, "untimed", payload)

    first, second = stored(seen)
    assert (first[2], second) == (1.0, ("u1", 100, 1.1))
    assert 99.9 < first[1] < 100  # told apart in the series
    assert bench.devices["u1"].values == {"pressure": 1.1}
    assert seen.counts.clock_replaced == 0


# The past -----------------------------------------------------------------------------------------------------------


def test_a_record_of_the_past_is_stored_at_its_time_and_raises_no_alarm() -> None:
    bench = Bench()
    seen = bench.send(7200, "tags/t1", record(0, 0) + record(7199, 0) + b"\x01\x0a")

    assert stored(seen) == [("t1", 0, 0.0), ("t1", 7199, 0.0), ("t1", 7200, 1.0)]
    assert seen.alarms == []
    assert bench.devices["t1"].values == {"pressure": 1.0}
    assert (seen.counts.stored, seen.counts.clock_replaced) == (3, 0)


def test_the_present_beside_a_record_of_the_past_raises_its_alarm() -> None:
    assert states(Bench().send(100, "tags/t1", record(0, 10) + b"\x01\x00")) == ["unacknowledged"]


def test_a_record_of_the_past_alone_raises_no_alarm_either() -> None:
    seen = Bench().send(100, "tags/t1", record(99, 0))

    assert stored(seen) == [("t1", 99, 0.0)]
    assert seen.alarms == []


def test_a_record_of_the_past_does_not_hide_the_present() -> None:
    bench = Bench()
    bench.send(100, "tags/t1", b"\x01\x00")
    seen = bench.send(200, "tags/t1", record(50, 10))

    assert bench.devices["t1"].values == {"pressure": 0.0}
    assert seen.alarms == []  # the one that stands is not cleared by what was before it


def test_records_of_the_past_at_their_own_pace_are_no_clock_that_was_set_back() -> None:
    bench = Bench()
    bench.uplink(0, b"\x01\x0a")
    for number in range(1, 6):  # as made every ten minutes some hours ago, so sent every ten minutes now
        seen = bench.uplink(600 * number, record(600 * number - 36_000, 0))
        assert stored(seen) == [("l1", 600 * number - 36_000, 0.0)]

    assert bench.devices["l1"].values == {"pressure": 1.0}
    assert states(bench.uplink(3600, b"\x01\x00")) == ["unacknowledged"]


@pytest.mark.parametrize("stamp", [b"\0\0\0\0", b"\xff\xff\xff\xff"])
def test_a_record_with_an_impossible_time_is_not_stored(stamp: bytes) -> None:
    seen = Bench().send(100, "tags/t1", b"\x02" + stamp + b"\x0a" + b"\x01\x0b")

    assert stored(seen) == [("t1", 100, 1.1)]
    assert seen.counts.clock_replaced <= 1


# Retained, repeated -------------------------------------------------------------------------------------------------


def test_a_retained_message_of_several_readings_is_stored_and_never_evaluated() -> None:
    bench = Bench()
    seen = bench.batch(100, ("p1", 90, 0.01), ("p2", 95, 0.01), retained=True)

    assert stored(seen) == [("p1", 90, 0.01), ("p2", 95, 0.01)]
    assert seen.alarms == []
    assert seen.counts.stored == 2


def test_of_a_retained_message_old_readings_are_of_the_past_and_those_without_a_stamp_of_now() -> None:
    bench = Bench()
    seen = bench.batch(100, ("p1", 90, 0.01), ("p1", None, 1.1), ("p2", -1e6, 0.01), retained=True)

    assert sorted(stored(seen)) == [("p1", 90, 0.01), ("p1", 100, 1.1), ("p2", -1e6, 0.01)]
    assert seen.alarms == []
    assert bench.devices["p1"].facts["pressure"] == 1.1


def test_a_repeated_message_of_several_readings_is_one_duplicate() -> None:
    bench = Bench()
    elements = (("p1", 90.0, 0.01), ("p2", 95.0, 1.0))
    first, again = bench.batch(100, *elements, packet_id=1), bench.batch(101, *elements, packet_id=2)

    assert (first.counts.stored, len(first.digests)) == (2, 2)
    assert (again.counts.duplicate, again.counts.stored, again.readings, again.alarms) == (1, 0, [], [])


def test_a_repetition_is_recognised_after_a_restart() -> None:
    first = Bench().batch(100, ("p1", 90, 1), ("p2", 95, 1))
    again = Bench(checkpoint(readings=first.readings)).batch(101, ("p1", 90, 1), ("p2", 95, 1))

    assert again.counts.duplicate == 1


def test_a_message_with_one_reading_that_is_not_believed_is_a_repetition_only_when_redelivered() -> None:
    bench = Bench()
    elements = (("p1", 90.0, 1.0), ("p1", None, 1.1))
    assert bench.batch(100, *elements, packet_id=1).counts.stored == 2
    assert bench.batch(101, *elements, packet_id=2).counts.duplicate == 0
    assert bench.batch(102, *elements, packet_id=2, redelivered=True).counts.duplicate == 1


def test_a_rejected_message_that_is_redelivered_is_counted_once() -> None:
    bench = Bench()
    first = bench.batch(100, ("p9", 90, 1), packet_id=4)
    again = bench.batch(101, ("p9", 90, 1), packet_id=4, redelivered=True)

    assert (first.counts.rejected, again.counts.rejected, again.counts.duplicate) == (1, 0, 1)


def test_what_is_stored_says_until_when_the_gateway_has_heard() -> None:
    bench = Bench()
    assert bench.batch(100, ("p1", 90, 1), ("p2", 95, 1)).reached == at(100)
    bench.engine.set_blind(at(105))
    assert bench.send(110, "tags/t1", record(0, 10)).reached == at(105)


def test_a_batch_of_messages_counts_each() -> None:
    bench = Bench()
    message = Message("batch", batch(("p1", 90, 1), ("p2", 91, 1)), at(100))
    other = msgspec.structs.replace(message, payload=batch(("p1", 95, 1), ("p9", 95, 1)))
    counts = bench.step([message, message, other]).counts

    assert (counts.received, counts.stored, counts.duplicate, counts.rejected_metrics) == (3, 3, 1, 1)


def test_an_alarm_that_is_raised_and_returns_within_one_message_is_raised() -> None:
    seen = Bench().batch(100, ("p1", 90, 0.01), ("p1", 95, 1.0))

    assert states(seen) == ["unacknowledged", "returned"]


@pytest.mark.parametrize(("pressures", "moves"), [((1.0, 0.01), ["unacknowledged"]), ((0.01, 1.0), ["returned"])])
def test_of_readings_with_one_stamp_in_one_message_the_last_counts(
    pressures: Sequence[float], moves: Sequence[str]
) -> None:
    bench = Bench()
    seen = bench.batch(100, *(("p1", 95, pressure) for pressure in pressures))

    assert (bench.devices["p1"].values["pressure"], states(seen)[-1:]) == (pressures[-1], moves)


def test_a_message_is_no_repetition_if_one_of_its_readings_with_the_newest_stamp_says_something_else() -> None:
    bench = Bench()
    bench.batch(100, ("p1", 95, 1.0), ("p1", 95, 1.0))
    seen = bench.batch(100.1, ("p1", 95, 0.01), ("p1", 95, 1.0))

    assert (seen.counts.duplicate, states(seen)) == (0, ["unacknowledged", "returned"])


def test_equal_batches_of_a_clock_that_stands_still_are_two() -> None:
    bench = Bench()
    first = bench.batch(10_000, ("p1", 0, 1.0), ("p1", 1, 1.1), packet_id=1)
    second = bench.batch(10_060, ("p1", 0, 1.0), ("p1", 1, 1.1), packet_id=2)

    assert (first.counts.stored, second.counts.stored, second.counts.duplicate) == (2, 2, 0)


def test_a_restart_restores_records_of_the_past_as_past() -> None:
    bench = Bench()
    told = bench.send(100, "tags/t1", b"\x01\x0b").readings + bench.send(101, "tags/t1", record(90, 200)).readings
    before = bench.devices["t1"].values

    after = Bench(checkpoint(readings=told)).devices["t1"].values

    assert before == after == {"pressure": 1.1}
