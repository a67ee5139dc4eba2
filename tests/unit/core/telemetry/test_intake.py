"""What becomes of a message before any rule sees it."""

from __future__ import annotations

import msgspec
import pytest

from gateway.core.telemetry.batch import RECENT_MESSAGES
from gateway.core.telemetry.decoding.flat import FlatDecoder
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import OVERSIZED_AFTER, Reason, Rejected, RejectedKind
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.routes import FlatRoute
from gateway.core.telemetry.senders import Sender
from tests.unit.core.sites import Bench, Seen, at, checkpoint, rule_spec, states

TOPIC = "site/s1/pump/p1/telemetry"


def only_rejection(seen: Seen) -> tuple[RejectedKind, str]:
    ((kind, rejection),) = seen.rejections.items()
    return kind, rejection.detail


def test_a_reading_has_the_devices_time_and_only_the_profiles_metrics() -> None:
    bench = Bench()
    (reading,) = bench.pump(10, stamp_s=8, running=True, pressure=1, colour="blue", mode=1, starts=None).readings
    assert (reading.device, reading.profile, reading.time, reading.received) == ("p1", "pump", at(8), at(10))
    assert reading.values == {"running": True, "pressure": 1.0, "mode": "automatic"}
    assert bench.devices["p1"].values == reading.values


def test_an_untimed_reading_has_the_time_received() -> None:
    (reading,) = Bench().send(10, "site/s1/reader/r1", b'{"battery": 90}').readings
    assert reading.time == at(10)


@pytest.mark.parametrize("stamp_s", [-301, 71, 1e9])
def test_a_clock_beyond_its_bounds_is_replaced_by_the_time_received_and_counted(stamp_s: float) -> None:
    seen = Bench().pump(10, stamp_s=stamp_s + 0, pressure=1)
    assert seen.readings[0].time == at(10)
    assert seen.counts.clock_replaced == 1


@pytest.mark.parametrize("stamp_s", [-290, 10, 69])
def test_a_clock_within_its_bounds_is_believed(stamp_s: float) -> None:
    seen = Bench().pump(10, stamp_s=stamp_s, pressure=1)
    assert seen.readings[0].time == at(stamp_s)
    assert seen.counts.clock_replaced == 0


def test_a_backlog_after_an_outage_of_the_gateway_keeps_its_stamps() -> None:
    bench = Bench(checkpoint=checkpoint(reached=at(0)), start_s=7200, hears=False)
    seen = bench.pump(7200, stamp_s=60, pressure=1)
    assert seen.readings[0].time == at(60)
    assert (seen.counts.delayed, seen.counts.clock_replaced) == (1, 0)


def test_the_same_holds_after_the_connection_was_lost_and_for_the_whole_backlog() -> None:
    bench = Bench()
    bench.pump(0, pressure=1)
    bench.engine.set_blind(at(1))
    assert bench.pump(7200, stamp_s=60, pressure=1).readings[0].time == at(60)
    bench.engine.set_blind(at(7200))  # lost again before the backlog was taken
    assert bench.pump(7201, stamp_s=120, pressure=1).readings[0].time == at(120)


def test_a_late_reading_is_stored_but_neither_applied_nor_evaluated() -> None:
    bench = Bench(rule_spec())
    bench.pump(10, pressure=1)
    seen = bench.pump(20, stamp_s=5, pressure=0.01)
    assert seen.late == 1
    assert len(seen.readings) == 1
    assert seen.alarms == []
    assert bench.devices["p1"].values["pressure"] == 1.0


def test_readings_after_a_clock_was_set_back_are_evaluated() -> None:
    bench = Bench(rule_spec())
    bench.pump(10, stamp_s=60, pressure=1)
    assert states(bench.pump(11, stamp_s=11, pressure=0.01)) == ["unacknowledged"]


def test_a_repeated_message_is_counted_and_nothing_else() -> None:
    bench = Bench(rule_spec())
    message = bench.message("p1", 10, pressure=0.01)
    first = bench.step([message, message])
    assert (first.counts.received, first.counts.duplicate, first.counts.stored) == (2, 1, 1)
    again = bench.step([message])
    assert (again.counts.duplicate, again.readings, again.alarms, again.digests) == (1, [], [], again.digests)


def test_a_repetition_is_recognised_after_a_restart() -> None:
    first = Bench().pump(10, pressure=1)
    restarted = Bench(checkpoint=checkpoint(readings=first.readings))
    assert restarted.pump(10, pressure=1).counts.duplicate == 1


def test_without_a_stamp_only_the_redelivery_of_the_same_packet_is_a_repetition() -> None:
    bench = Bench()
    topic, payload = "site/s1/reader/r1", b'{"uid": "04a2b3c4"}'
    assert bench.send(1, topic, payload, packet_id=1).counts.stored == 1
    assert bench.send(2, topic, payload, packet_id=2).counts.stored == 1
    assert bench.send(3, topic, payload, packet_id=2, redelivered=True).counts.duplicate == 1
    assert bench.send(4, topic, payload, packet_id=3, redelivered=True).counts.stored == 1


def test_what_a_broker_sends_again_in_a_new_session_is_no_repetition_of_the_one_before() -> None:
    """Its identifiers begin anew, with what it has retained: often the same messages under the same identifiers."""
    bench = Bench(rule_spec())
    low, flags = b'{"pressure": 0.01}', {"packet_id": 1, "retained": True}
    assert states(bench.send(1, TOPIC, low, **flags)) == ["unacknowledged"]
    assert states(bench.send(2, TOPIC, b'{"pressure": 1}', packet_id=2)) == ["returned"]
    bench.engine.set_blind(at(3))
    bench.engine.session_lost(at(3), at(4))

    assert states(bench.send(5, TOPIC, low, redelivered=True, **flags)) == ["unacknowledged"]
    assert bench.send(6, TOPIC, low, redelivered=True, **flags).counts.duplicate == 1


def test_a_new_message_under_an_identifier_that_the_broker_uses_again_is_no_repetition() -> None:
    """It was on its way when the connection ended, and says the same as the one before, which was acknowledged."""
    bench = Bench(rule_spec())
    low, high = b'{"pressure": 0.01}', b'{"pressure": 1}'
    assert states(bench.send(1, TOPIC, low, packet_id=1)) == ["unacknowledged"]
    assert states(bench.send(2, TOPIC, high, packet_id=2)) == ["returned"]
    bench.engine.settle(2)
    bench.engine.set_blind(at(3))

    assert states(bench.send(4, TOPIC, low, packet_id=1, redelivered=True)) == ["unacknowledged"]


def test_what_the_broker_has_no_acknowledgement_of_stays_known() -> None:
    bench = Bench(rule_spec())
    topic = "site/s1/reader/r1"
    bench.send(1, topic, b'{"battery": 1}', packet_id=1)
    bench.send(2, topic, b'{"battery": 2}', packet_id=2)
    bench.engine.settle(1)
    assert bench.send(3, topic, b'{"battery": 2}', packet_id=2, redelivered=True).counts.duplicate == 1
    bench.engine.settle(2)  # the message, as it was first sent; not yet what was sent again
    assert bench.send(4, topic, b'{"battery": 2}', packet_id=2, redelivered=True).counts.duplicate == 1
    assert bench.send(5, topic, b'{"battery": 1}', packet_id=1, redelivered=True).counts.stored == 1


def test_what_a_lost_session_had_sent_is_not_known_again_by_later_acknowledgements() -> None:
    """They wait while the disk hangs, and the broker loses the session meanwhile."""
    bench = Bench()
    topic = "site/s1/reader/r1"
    for number in (1, 2, 3):
        bench.send(number, topic, b'{"battery": %d}' % number, packet_id=number)
    bench.engine.session_lost(at(4), at(5))
    assert Seen(bench.engine.settle(2)).batch.recent_from == 4
    assert bench.send(6, topic, b'{"battery": 3}', packet_id=3, redelivered=True).counts.stored == 1


def test_equal_payloads_without_a_readable_stamp_are_two_readings() -> None:
    bench = Bench()
    for second in (1, 2):
        assert bench.send(second, TOPIC, b'{"pressure": 1}', packet_id=second).counts.stored == 1


def test_a_retained_message_is_stored_when_it_has_a_time_but_never_evaluated() -> None:
    bench = Bench(rule_spec())
    seen = bench.step([msgspec.structs.replace(bench.message("p1", 10, stamp_s=5, pressure=0.01), retained=True)])
    assert (seen.counts.retained, len(seen.readings), seen.alarms) == (1, 1, [])


def test_a_retained_state_without_a_stamp_is_so_now_and_raises_its_alarm() -> None:
    seen = Bench(rule_spec()).send(10, TOPIC, b'{"pressure": 0.01}', retained=True)
    assert (seen.counts.retained, [reading.time for reading in seen.readings]) == (1, [at(10)])
    assert states(seen) == ["unacknowledged"]


def test_a_retained_event_is_never_believed() -> None:
    bench = Bench()
    seen = bench.send(10, "site/s1/reader/r1", b'{"uid": "04a2b3c4", "call": true, "battery": 5}', retained=True)
    assert (seen.scans, [reading.values for reading in seen.readings]) == ([], [{"battery": 5.0}])


def test_a_retained_state_stamped_while_the_gateway_was_away_is_news_and_an_older_one_is_not() -> None:
    for stamp_s, expected in ((3600, ["unacknowledged"]), (-60, [])):
        bench = Bench(rule_spec(), checkpoint=checkpoint(reached=at(0)), start_s=7200, hears=False)
        message = bench.message("p1", 7200, stamp_s=stamp_s, pressure=0.01)
        seen = bench.step([msgspec.structs.replace(message, retained=True)])
        assert (states(seen), seen.readings[0].time) == (expected, at(stamp_s))
        assert bench.devices["p1"].values["pressure"] == 0.01


def test_a_retained_message_does_not_show_a_device_alive() -> None:
    bench = Bench()
    bench.send(10, TOPIC, b'{"pressure": 1}', retained=True)
    assert bench.devices["p1"].received == 0


def test_the_last_of_three_messages_with_one_stamp_counts() -> None:
    bench = Bench(rule_spec())
    seen = [bench.pump(second, stamp_s=0, pressure=value) for second, value in enumerate((0.01, 1.0, 0.01))]
    assert [states(each) for each in seen] == [["unacknowledged"], ["returned"], ["unacknowledged"]]


def test_an_unknown_device_is_not_an_unknown_topic() -> None:
    bench = Bench()
    kind, detail = only_rejection(bench.send(1, "site/s1/pump/p9/telemetry", b"{}"))
    assert kind.reason is Reason.UNKNOWN_DEVICE
    assert "'p9'" in detail
    kind, _ = only_rejection(bench.send(1, "site/s1/pump/p9", b"{}"))
    assert kind.reason is Reason.UNKNOWN_TOPIC


class Broken(FlatDecoder):
    """A decoder with a bug."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def decode(self, payload: bytes) -> Decoded | Rejected:
        raise self._error


def break_decoder(bench: Bench, error: BaseException, *, pattern: bool) -> None:
    """Have the decoder of the first pump's messages fail."""
    router = bench.engine._intake._router
    sender = router.flat.pop(TOPIC).sender
    if pattern:
        router._matched[TOPIC] = WrappedRoute(Broken(error))
    else:
        router.flat[TOPIC] = FlatRoute(sender, Broken(error))


class WrappedRoute:
    """A route that is none of native telemetry."""

    def __init__(self, decoder: FlatDecoder) -> None:
        self._decoder = decoder

    def read(self, message: Message) -> Readout:
        self._decoder.decode(message.payload)
        return Readout([])

    def carried(self, topic: str) -> list[tuple[Sender, frozenset[str]]]:
        return []


@pytest.mark.parametrize("pattern", [False, True])
@pytest.mark.parametrize(
    "error",
    [ValueError("no such thing"), RecursionError("too deep"), KeyError("v"), UnicodeError("\ud800\0"), MemoryError()],
)
def test_a_decoder_that_fails_costs_its_message_alone(error: Exception, pattern: bool) -> None:
    bench = Bench(rule_spec())
    break_decoder(bench, error, pattern=pattern)

    seen = bench.step([bench.message("p1", 1, pressure=1), bench.message("p2", 2, pressure=0.01)])

    kind, detail = only_rejection(seen)
    assert (kind.topic, kind.reason, kind.metric) == (TOPIC, Reason.DECODER_FAILED, "")
    assert detail.startswith("the decoder failed, which is a bug of the gateway: ")
    assert repr(error) in detail
    assert detail.encode()
    assert (seen.counts.rejected, seen.counts.decoder_failed, seen.counts.stored) == (1, 1, 1)
    assert states(seen) == ["unacknowledged"]


@pytest.mark.parametrize("pattern", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_what_concerns_the_whole_process_ends_it(error: BaseException, pattern: bool) -> None:
    bench = Bench()
    break_decoder(bench, error, pattern=pattern)

    with pytest.raises(type(error)):
        bench.pump(1, pressure=1)


def test_an_oversized_message_is_rejected_with_its_beginning_only() -> None:
    seen = Bench().send(1, TOPIC, b"x" * (OVERSIZED_AFTER + 1))
    ((kind, rejection),) = seen.rejections.items()
    assert kind.reason is Reason.OVERSIZED
    assert len(rejection.payload) == 4096


def test_a_bad_metric_is_rejected_alone_and_the_batch_goes_on() -> None:
    bench = Bench()
    batch = [
        bench.message("p1", 1, pressure=9.9, running=True),
        bench.message("p1", 2, pressure="high"),
        bench.message("p2", 2, pressure=1),
    ]
    seen = bench.step(batch)
    assert [reading.values for reading in seen.readings] == [{"running": True}, {"pressure": 1.0}]
    assert {(kind.reason, kind.metric) for kind in seen.rejections} == {
        (Reason.OUT_OF_RANGE, "pressure"),
        (Reason.WRONG_TYPE, "pressure"),
    }
    assert seen.counts.rejected_metrics == 2


def test_rejections_of_one_kind_are_counted_together_with_the_latest_payload() -> None:
    bench = Bench()
    seen = bench.step([bench.message("p1", second, pressure=90 + second) for second in range(5)])
    ((_, rejection),) = seen.rejections.items()
    assert (rejection.count, rejection.first, rejection.last) == (5, at(0), at(4))
    assert rejection.detail == "pressure is 94 MPa, outside 0 … 2.5 MPa"


def test_a_repetition_is_recognised_after_as_many_other_messages_as_the_shipped_broker_has_in_flight() -> None:
    bench = Bench()
    first = bench.message("p1", 0, pressure=1)
    bench.step([first, *(bench.message("p2", second, pressure=1) for second in range(RECENT_MESSAGES - 1))])
    assert bench.step([msgspec.structs.replace(first, redelivered=True)]).counts.duplicate == 1


def test_a_scan_is_recorded_with_the_normalised_uid() -> None:
    (scan,) = Bench().send(1, "site/s1/reader/r1", b'{"uid": "04:a2:b3:c4"}').scans
    assert (scan.device, scan.uid, scan.time) == ("r1", "04A2B3C4", at(1))


def test_what_a_batch_has_quarantined_does_not_change_when_the_next_one_quarantines_more() -> None:
    bench = Bench()
    first = bench.pump(1, pressure=1)
    second = bench.pump(2, pressure=99)
    third = bench.pump(3, pressure=98)
    assert first.rejections == {}
    assert [[rejection.count for rejection in seen.rejections.values()] for seen in (second, third)] == [[1], [1]]
