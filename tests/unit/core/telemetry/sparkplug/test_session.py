"""What the messages of edge nodes say, one after the other."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.nodes import MOST_OTHER_DEVICES, REBIRTH_PAUSE, REQUESTS_IN_A_ROW
from gateway.core.telemetry.sparkplug.payload import METRICS, Payload, PayloadMetric, encode, parse
from gateway.core.telemetry.sparkplug.session import Interpretation, Sessions, Update
from gateway.core.telemetry.sparkplug.wire import MetricField

T = 1_767_225_600_000
"""2026-01-01, in milliseconds."""
NOW: Micros = T * 1000
KNOWN = frozenset({"plant/edge", "plant/edge/pump", "plant/edge/fan"})

PRESSURE = payload_metric("Pressure", 4.5, Datatype.DOUBLE, alias=1, time_ms=T)
RUNNING = payload_metric("Running", True, Datatype.BOOLEAN, alias=2, time_ms=T)
OFFSET = payload_metric("Offset", -5, Datatype.INT16, alias=3, time_ms=T)


def bdseq(number: int) -> PayloadMetric:
    return payload_metric("bdSeq", number, Datatype.INT64, time_ms=T)


def by_alias(alias: int, field: MetricField, raw: bool | int | float | bytes, time_ms: int | None = T) -> PayloadMetric:
    return PayloadMetric(alias=alias, time_ms=time_ms, field=field, raw=raw)


class Talk:
    """A site's sessions, and an edge node that counts its messages."""

    def __init__(self, known: frozenset[str] = KNOWN) -> None:
        self.sessions = Sessions(known)
        self.seq = 0
        self.now = NOW

    def say(
        self,
        kind: str,
        *metrics: PayloadMetric,
        seq: int | None = None,
        device: str = "pump",
        node: str = "edge",
        redelivered: bool = False,
        time_ms: int | None = T,
    ) -> Interpretation:
        if kind == "NBIRTH":
            self.seq = 0
        topic = f"spBv1.0/plant/{kind}/{node}" + (f"/{device}" if kind.startswith("D") else "")
        number = None if kind == "NDEATH" else self.seq if seq is None else seq
        if number is not None:
            self.seq = (number + 1) % 256
        found = self.sessions.interpret(
            topic, encode(Payload(time_ms, metrics, number)), self.now, redelivered=redelivered
        )
        assert found is not None
        return found

    def born(self) -> Talk:
        """After the births of the node and of the pump."""
        assert self.say("NBIRTH", bdseq(7)).problem is None
        assert self.say("DBIRTH", PRESSURE, RUNNING, OFFSET).problem is None
        return self


def asked(found: Interpretation) -> bool:
    """Whether a rebirth of the node was asked for, as the specification says it is done."""
    if not found.commands:
        return False
    ((topic, command),) = found.commands
    assert topic == "spBv1.0/plant/NCMD/edge"
    payload = parse(command)
    assert isinstance(payload, Payload)
    (rebirth,) = payload.metrics
    assert (rebirth.name, rebirth.datatype, rebirth.raw) == ("Node Control/Rebirth", Datatype.BOOLEAN, True)
    assert payload.time_ms is not None
    assert payload.seq is None
    return True


def test_births_have_values_and_set_addresses_online() -> None:
    talk = Talk()
    rebirth = payload_metric("Node Control/Rebirth", False, Datatype.BOOLEAN, time_ms=T)
    load = payload_metric("Load", 12, Datatype.UINT8, time_ms=T)
    assert talk.say("NBIRTH", bdseq(7), rebirth, load) == Interpretation(
        [Update("plant/edge", {"Load": 12}, T, online=True)]
    )
    values: dict[str, Value] = {"Pressure": 4.5, "Running": True, "Offset": -5}
    assert talk.say("DBIRTH", PRESSURE, RUNNING, OFFSET) == Interpretation(
        [Update("plant/edge/pump", values, T, online=True)]
    )


def test_a_birth_without_metrics_sets_its_address_online() -> None:
    talk = Talk()
    assert talk.say("NBIRTH").updates == [Update("plant/edge", {}, T, online=True)]
    assert talk.say("DBIRTH", device="fan").updates == [Update("plant/edge/fan", {}, T, online=True)]


def test_data_are_read_by_alias_with_the_data_type_of_the_birth() -> None:
    talk = Talk().born()
    found = talk.say("DDATA", by_alias(3, MetricField.INT_VALUE, 0xFFF6), by_alias(2, MetricField.BOOLEAN_VALUE, False))
    assert found == Interpretation([Update("plant/edge/pump", {"Offset": -10, "Running": False}, T)])


def test_data_are_read_by_name_with_the_data_type_of_the_birth() -> None:
    talk = Talk().born()
    found = talk.say("DDATA", PayloadMetric("Offset", time_ms=T, field=MetricField.INT_VALUE, raw=0xFFF6))
    assert found == Interpretation([Update("plant/edge/pump", {"Offset": -10}, T)])


def test_messages_recorded_elsewhere_are_read() -> None:
    """NBIRTH_V1, NDATA_V1 and NDEATH_V1 of united-manufacturing-hub/benthos-umh, sparkplug_plugin/test_vectors.go."""
    sessions = Sessions(frozenset({"Factory/Line1"}))
    birth = base64.b64decode(
        "CNLig7n6MhINCgViZFNlcRABIAhYWBIcChROb2RlIENvbnRyb2wvUmViaXJ0aBACIAtw"
        "ABIaCgtUZW1wZXJhdHVyZRBkIAppAAAAAACANUAYAA=="
    )
    time_ms = 1_750_855_643_474
    assert sessions.interpret("spBv1.0/Factory/NBIRTH/Line1", birth, NOW) == Interpretation(
        [Update("Factory/Line1", {"Temperature": 21.5}, time_ms, online=True)]
    )
    data = base64.b64decode("CNLig7n6MhINEGQgCmkAAAAAAIA2QBgB")
    assert sessions.interpret("spBv1.0/Factory/NDATA/Line1", data, NOW) == Interpretation(
        [Update("Factory/Line1", {"Temperature": 22.5}, time_ms)]
    )
    stale_death = base64.b64decode("CNLig7n6MhINCgViZFNlcRAAIAhYABgA")  # bdSeq 0; the birth has 88
    assert sessions.interpret("spBv1.0/Factory/NDEATH/Line1", stale_death, NOW) == Interpretation()


def test_each_time_in_a_message_is_an_update_in_the_order_of_time() -> None:
    talk = Talk().born()
    found = talk.say(
        "DDATA",
        payload_metric("Pressure", 3.0, Datatype.DOUBLE, time_ms=T + 2),
        payload_metric("Pressure", 1.0, Datatype.DOUBLE, time_ms=T + 1, is_historical=True),
        payload_metric("Running", False, Datatype.BOOLEAN, time_ms=T + 1, is_historical=True),
        payload_metric("Offset", 8, Datatype.INT16, time_ms=T + 1),
        payload_metric("Running", True, Datatype.BOOLEAN),
        time_ms=T + 9,
    )
    pump = "plant/edge/pump"
    assert found.updates == [
        Update(pump, {"Pressure": 1.0, "Running": False}, T + 1, historical=True),
        Update(pump, {"Offset": 8}, T + 1),
        Update(pump, {"Pressure": 3.0}, T + 2),
        Update(pump, {"Running": True}, T + 9),
    ]


def test_old_values_in_a_birth_do_not_say_when_it_came() -> None:
    talk = Talk()
    talk.say("NBIRTH")
    old = payload_metric("Pressure", 4.5, Datatype.DOUBLE, time_ms=T - 3_600_000)
    assert talk.say("DBIRTH", old).updates == [
        Update("plant/edge/pump", {"Pressure": 4.5}, T - 3_600_000),
        Update("plant/edge/pump", {}, T, online=True),
    ]


def test_an_update_without_a_time_has_the_time_received() -> None:
    talk = Talk().born()
    found = talk.say("DDATA", payload_metric("Pressure", 1.0, Datatype.DOUBLE), time_ms=None)
    assert found.updates == [Update("plant/edge/pump", {"Pressure": 1.0}, None)]


def test_null_is_no_value_and_no_problem() -> None:
    talk = Talk().born()
    assert talk.say("DDATA", payload_metric("Pressure", None, Datatype.DOUBLE, time_ms=T)) == Interpretation()


def test_metrics_without_a_value_are_named_and_the_others_used() -> None:
    talk = Talk().born()
    picture = PayloadMetric("Picture", datatype=Datatype.FILE, field=MetricField.BYTES_VALUE, raw=b"GIF89a")
    found = talk.say("DDATA", picture, PRESSURE)
    assert found.updates == [Update("plant/edge/pump", {"Pressure": 4.5}, T)]
    assert found.names == ["Picture"]
    assert found.problem == "it holds no single value"
    assert not found.commands


def test_a_name_that_is_not_utf8_is_a_problem_and_the_other_metrics_are_used() -> None:
    data = encode(Payload(T, (payload_metric("Tem?", 1.0, Datatype.DOUBLE), PRESSURE), 2)).replace(b"Tem?", b"Tem\xff")
    found = Talk().born().sessions.interpret("spBv1.0/plant/DDATA/edge/pump", data, NOW)
    assert found == Interpretation(
        [Update("plant/edge/pump", {"Pressure": 4.5}, T)], problem="a name is not UTF-8", names=["Tem\\xff"]
    )


def test_sequence_numbers_go_on_from_0_after_255() -> None:
    talk = Talk().born()
    for _ in range(600):
        assert talk.say("DDATA", PRESSURE).problem is None
        assert talk.say("NDATA").problem is None


def test_counting_continues_from_any_first_number_of_a_birth() -> None:
    talk = Talk()
    assert talk.say("NBIRTH", seq=41).problem is None
    assert talk.say("DBIRTH", seq=42).problem is None


def test_data_deaths_and_births_of_devices_are_all_counted() -> None:
    talk = Talk().born()
    for kind in ("DDEATH", "DBIRTH", "NDATA", "DDATA"):
        assert talk.say(kind).problem is None
    talk.seq += 1
    assert talk.say("DDEATH").problem == "sequence number 7 where 6 was due"


def test_a_gap_requests_one_rebirth_and_readable_values_are_used() -> None:
    talk = Talk().born()
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), seq=9)
    assert asked(found)
    assert found.problem == "sequence number 9 where 2 was due"
    assert found.updates == [Update("plant/edge/pump", {"Pressure": 5.0}, T)]
    assert talk.say("DDATA", PRESSURE) == Interpretation([Update("plant/edge/pump", {"Pressure": 4.5}, T)])


def test_a_number_beyond_255_is_a_gap() -> None:
    talk = Talk().born()
    assert talk.say("DDATA", seq=256).problem == "sequence number 256 where 2 was due"


def test_a_repeated_number_is_a_gap_unless_the_broker_repeats_it() -> None:
    talk = Talk().born()
    talk.say("DDATA", PRESSURE)
    assert talk.say("DDATA", PRESSURE, seq=2, redelivered=True).problem is None
    assert talk.say("DDATA", PRESSURE, seq=3).problem is None
    assert asked(talk.say("DDATA", PRESSURE, seq=3))


def test_messages_redelivered_for_the_first_time_are_counted() -> None:
    talk = Talk().born()
    for seq in (1, 2, 3):  # 1 was found before; of 2 and 3 the connection knew nothing
        assert talk.say("DDATA", PRESSURE, seq=seq, redelivered=True).problem is None
    assert talk.say("DDATA", PRESSURE, seq=4).problem is None


def test_a_redelivery_of_everything_since_the_birth_is_used_again() -> None:
    talk = Talk().born()
    for seq in range(2, 700):
        assert talk.say("DDATA", PRESSURE, seq=seq % 256).problem is None
    assert talk.say("NBIRTH", bdseq(7), redelivered=True).problem is None
    assert talk.say("DBIRTH", PRESSURE, redelivered=True).problem is None
    for seq in range(2, 700):
        assert talk.say("DDATA", PRESSURE, seq=seq % 256, redelivered=True).problem is None
    assert talk.say("DDATA", PRESSURE, seq=700 % 256).problem is None


def test_a_node_whose_encoder_drops_zero_is_counted_right() -> None:
    talk = Talk()
    numbers = [None, *range(1, 256), None, 1]
    for seq in numbers:
        kind = "NBIRTH" if seq is None and talk.seq == 0 else "NDATA"
        found = talk.sessions.interpret(f"spBv1.0/plant/{kind}/edge", encode(Payload(T, (), seq)), NOW)
        talk.seq = 1
        assert found is not None
        assert found.problem is None


def test_a_node_without_sequence_numbers_gets_no_request() -> None:
    sessions = Sessions(KNOWN)
    sessions.interpret("spBv1.0/plant/NBIRTH/edge", encode(Payload(T)), NOW)
    for _ in range(5):
        assert sessions.interpret("spBv1.0/plant/NDATA/edge", encode(Payload(T)), NOW) == Interpretation()


def test_without_a_birth_names_are_used_and_aliases_are_not() -> None:
    talk = Talk()
    found = talk.say(
        "DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), payload_metric("Level", 2.0, Datatype.DOUBLE), seq=9
    )
    assert asked(found)
    assert found.updates == [Update("plant/edge/pump", {"Level": 2.0}, T)]
    assert found.names == ["alias 1"]
    assert found.problem == "no birth of its node is known; an alias that no birth has declared"


def test_a_device_without_a_birth_requests_a_rebirth() -> None:
    talk = Talk()
    talk.say("NBIRTH")
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0))
    assert asked(found)
    assert found.problem == "no birth of its device is known; an alias that no birth has declared"


def test_an_undeclared_alias_requests_a_rebirth() -> None:
    found = Talk().born().say("DDATA", by_alias(99, MetricField.DOUBLE_VALUE, 5.0), PRESSURE)
    assert asked(found)
    assert found.updates == [Update("plant/edge/pump", {"Pressure": 4.5}, T)]
    assert (found.problem, found.names) == ("an alias that no birth has declared", ["alias 99"])


def test_an_alias_of_two_metrics_is_not_used() -> None:
    talk = Talk()
    talk.say("NBIRTH")
    talk.say("DBIRTH", PRESSURE, payload_metric("Level", 1.0, Datatype.DOUBLE, alias=1, time_ms=T), RUNNING)
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), by_alias(2, MetricField.BOOLEAN_VALUE, False))
    assert found.updates == [Update("plant/edge/pump", {"Running": False}, T)]
    assert found.names == ["alias 1"]


def test_devices_may_each_count_their_aliases_from_zero() -> None:
    talk = Talk().born()
    talk.say("DBIRTH", payload_metric("Speed", 1.0, Datatype.DOUBLE, alias=1, time_ms=T), device="fan")
    five = by_alias(1, MetricField.DOUBLE_VALUE, 5.0)
    assert talk.say("DDATA", five).updates == [Update("plant/edge/pump", {"Pressure": 5.0}, T)]
    assert talk.say("DDATA", five, device="fan").updates == [Update("plant/edge/fan", {"Speed": 5.0}, T)]


def test_a_birth_of_the_node_voids_the_aliases_of_its_devices() -> None:
    talk = Talk().born()
    talk.say("NBIRTH", bdseq(8))
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0))
    assert (found.updates, found.names) == ([], ["alias 1"])


def test_a_birth_of_a_device_replaces_its_definitions() -> None:
    talk = Talk().born()
    talk.say("DBIRTH", payload_metric("Level", 2.0, Datatype.DOUBLE, alias=2, time_ms=T))
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), by_alias(2, MetricField.DOUBLE_VALUE, 6.0))
    assert found.updates == [Update("plant/edge/pump", {"Level": 6.0}, T)]
    assert found.names == ["alias 1"]


def test_a_metric_of_a_birth_without_a_name_is_a_problem_without_a_request() -> None:
    talk = Talk()
    talk.say("NBIRTH")
    found = talk.say("DBIRTH", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), PayloadMetric())
    assert found.problem == "an alias that no birth has declared; a metric without name and alias"
    assert not found.commands


def test_no_second_rebirth_is_requested_within_the_pause() -> None:
    talk = Talk()
    assert asked(talk.say("NDATA"))
    talk.now += REBIRTH_PAUSE - 1
    assert not asked(talk.say("NDATA"))
    talk.now += 1
    assert asked(talk.say("NDATA"))


def test_each_node_has_its_own_pause() -> None:
    sessions = Sessions(frozenset({"plant/edge", "plant/edge2"}))
    for edge in ("edge", "edge2"):
        found = sessions.interpret(f"spBv1.0/plant/NDATA/{edge}", b"", NOW)
        assert found is not None
        assert [topic for topic, _ in found.commands] == [f"spBv1.0/plant/NCMD/{edge}"]


def test_a_birth_ends_the_pause() -> None:
    talk = Talk()
    assert asked(talk.say("NDATA"))
    talk.born()
    assert asked(talk.say("NDATA", seq=99))


def test_a_birth_that_did_not_help_does_not_end_the_pause() -> None:
    talk = Talk()
    assert asked(talk.say("NDATA"))
    talk.born()
    assert not asked(talk.say("DDATA", by_alias(99, MetricField.DOUBLE_VALUE, 5.0)))


def test_a_node_that_always_counts_wrongly_gets_a_limited_number_of_requests() -> None:
    talk = Talk()
    requests = 0
    for _ in range(100):
        if asked(talk.say("NDATA", seq=9)):
            requests += 1
            talk.say("NBIRTH")
        talk.now += SECOND // 10
    assert requests == REQUESTS_IN_A_ROW


def test_a_clock_that_is_set_back_does_not_prolong_the_pause() -> None:
    talk = Talk()
    assert asked(talk.say("NDATA"))
    talk.now -= 3_600 * SECOND
    assert asked(talk.say("NDATA"))


def test_the_death_of_a_node_is_that_of_all_its_devices() -> None:
    talk = Talk().born()
    talk.say("DBIRTH", device="lamp")
    found = talk.say("NDEATH", bdseq(7), time_ms=T - 86_400_000)
    assert found == Interpretation(
        [
            Update(f"plant/edge{device}", {}, None, online=False)  # the will's own time is that of the connection
            for device in ("", "/fan", "/lamp", "/pump")
        ]
    )


def test_the_death_of_a_node_voids_the_definitions_of_its_devices() -> None:
    talk = Talk().born()
    talk.say("NDEATH", bdseq(7))
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0))
    assert asked(found)
    assert found.updates == []


def test_the_will_of_an_earlier_connection_is_ignored() -> None:
    talk = Talk().born()
    assert talk.say("NDEATH", bdseq(6)) == Interpretation()
    assert talk.say("DDATA", PRESSURE).problem is None


def test_a_death_without_number_is_ignored_where_the_birth_has_one() -> None:
    assert Talk().born().say("NDEATH") == Interpretation(problem="a death without bdSeq")


@pytest.mark.parametrize("metrics", [(), (bdseq(3),)])
def test_without_a_numbered_birth_every_death_is_applied(metrics: tuple[PayloadMetric, ...]) -> None:
    talk = Talk()
    assert [update.online for update in talk.say("NDEATH", *metrics).updates] == [False] * 3
    talk.say("NBIRTH")
    assert [update.online for update in talk.say("NDEATH", *metrics).updates] == [False] * 3


def test_the_death_of_a_device_affects_only_that_device() -> None:
    talk = Talk().born()
    assert talk.say("DDEATH", time_ms=T + 5) == Interpretation([Update("plant/edge/pump", {}, T + 5, online=False)])
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0))
    assert found.names == ["alias 1"]


def test_a_lost_connection_voids_all_births() -> None:
    talk = Talk().born()
    talk.sessions.reconnected()
    found = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0))
    assert asked(found)
    assert (found.updates, found.names) == ([], ["alias 1"])


def test_a_malformed_payload_changes_nothing() -> None:
    talk = Talk().born()
    for kind in ("NBIRTH", "NDEATH", "NDATA"):
        found = talk.sessions.interpret(f"spBv1.0/plant/{kind}/edge", b"\xff", NOW)
        assert found == Interpretation(problem="not a Sparkplug B payload", is_malformed=True)
    assert talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0)).problem is None


@pytest.mark.parametrize("topic", ["site/home/pump/p1/telemetry", "spAv1.0/g/NDATA/e", "spBv1.0", "spBv1.01/g/NDATA/e"])
def test_other_topics_are_not_of_sparkplug_b(topic: str) -> None:
    assert Sessions(KNOWN).interpret(topic, b"", NOW) is None


@pytest.mark.parametrize(
    "topic",
    ["spBv1.0/STATE/scada", "spBv1.0/STATE", "spBv1.0/plant/NCMD/edge", "spBv1.0/plant/DCMD/edge/pump"],
)
def test_commands_and_host_states_have_no_updates(topic: str) -> None:
    assert Sessions(KNOWN).interpret(topic, b"\xff", NOW) == Interpretation()


@pytest.mark.parametrize(
    "topic",
    [
        "spBv1.0/",
        "spBv1.0/plant",
        "spBv1.0/plant/NDATA",
        "spBv1.0/plant/NDATA/edge/pump",
        "spBv1.0/plant/DDATA/edge",
        "spBv1.0/plant/DDATA/edge/pump/more",
        "spBv1.0/plant/ddata/edge/pump",
        "spBv1.0//NDATA/edge",
        "spBv1.0/plant/DDATA/edge/",
    ],
)
def test_an_invalid_topic_is_a_problem(topic: str) -> None:
    assert Sessions(KNOWN).interpret(topic, b"", NOW) == Interpretation(problem="not a topic of Sparkplug B")


def test_messages_of_other_nodes_are_read_without_state_or_requests() -> None:
    talk = Talk()
    birth = talk.say("NBIRTH", PRESSURE, node="other")
    assert birth == Interpretation([Update("plant/other", {"Pressure": 4.5}, T, online=True)])
    data = talk.say("NDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), RUNNING, node="other", seq=77)
    assert data == Interpretation(
        [Update("plant/other", {"Running": True}, T)],
        problem="an alias that no birth has declared",
        names=["alias 1"],
    )
    assert talk.say("NDEATH", node="other").updates == [Update("plant/other", {}, None, online=False)]
    assert set(vars(talk.sessions)["_nodes"]) == {"plant/edge"}


def test_other_devices_of_a_known_node_are_read_by_alias_without_requests() -> None:
    talk = Talk().born()
    talk.say("DBIRTH", PRESSURE, device="lamp")
    data = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), device="lamp")
    assert data == Interpretation([Update("plant/edge/lamp", {"Pressure": 5.0}, T)])
    unborn = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), device="heater")
    assert unborn.names == ["alias 1"]
    assert not unborn.commands


def test_the_memory_for_other_devices_of_a_node_is_bounded() -> None:
    talk = Talk()
    talk.say("NBIRTH")
    for number in range(3 * MOST_OTHER_DEVICES):
        assert talk.say("DBIRTH", PRESSURE, device=f"d{number}").updates[0].online
    (node,) = vars(talk.sessions)["_nodes"].values()
    assert len(node.definitions) <= MOST_OTHER_DEVICES + len(KNOWN)
    talk.say("DBIRTH", payload_metric("Level", 2.0, Datatype.DOUBLE, alias=1, time_ms=T), device="d0")
    level = talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), device="d0")
    assert level.updates == [Update("plant/edge/d0", {"Level": 5.0}, T)]
    assert talk.say("DBIRTH", PRESSURE, device="fan").problem is None
    assert talk.say("DDATA", by_alias(1, MetricField.DOUBLE_VALUE, 5.0), device="fan").problem is None


def test_a_birth_that_is_too_large_is_used_as_far_as_it_is_read() -> None:
    talk = Talk()
    talk.say("NBIRTH")
    metrics = [payload_metric(f"m{n}", 1.0, Datatype.DOUBLE, alias=n, time_ms=T) for n in range(METRICS + 3)]
    birth = talk.say("DBIRTH", *metrics)
    assert len(birth.updates[0].values) == METRICS
    assert birth.problem == "too many metrics: the last 3 were left out"
    known = talk.say("DDATA", by_alias(METRICS - 1, MetricField.DOUBLE_VALUE, 5.0))
    assert known.updates == [Update("plant/edge/pump", {f"m{METRICS - 1}": 5.0}, T)]
    left_out = talk.say("DDATA", by_alias(METRICS, MetricField.DOUBLE_VALUE, 5.0))
    assert left_out.problem == "an alias that no birth has declared"
    assert not left_out.commands  # another birth would be as large


@given(
    st.text()
    | st.builds("spBv1.0/{}/{}/{}".format, st.text(), st.sampled_from(["NBIRTH", "NDATA", "DDATA"]), st.text()),
    st.binary(max_size=100),
)
def test_no_topic_and_no_payload_raises(topic: str, payload: bytes) -> None:
    found = Sessions(KNOWN).interpret(topic, payload, NOW)
    assert found is None or isinstance(found, Interpretation)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH", "NDEATH"]),
            st.lists(
                st.builds(
                    PayloadMetric,
                    name=st.none() | st.sampled_from(["a", "b", "bdSeq"]),
                    alias=st.none() | st.integers(0, 3),
                    time_ms=st.none() | st.integers(0, 2**64 - 1),
                    datatype=st.none() | st.integers(0, 40),
                    is_historical=st.booleans(),
                    field=st.just(MetricField.INT_VALUE),
                    raw=st.integers(0, 2**32 - 1),
                ),
                max_size=4,
            ),
            st.none() | st.integers(0, 2**64 - 1),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_no_sequence_of_messages_raises_or_repeats_or_misorders_updates(
    talk: list[tuple[str, list[PayloadMetric], int | None, bool]],
) -> None:
    sessions = Sessions(KNOWN)
    for kind, metrics, seq, redelivered in talk:
        topic = f"spBv1.0/plant/{kind}/edge" + ("/pump" if kind.startswith("D") else "")
        payload = encode(Payload(None, tuple(metrics), seq))
        found = sessions.interpret(topic, payload, NOW, redelivered=redelivered)
        assert found is not None
        assert len(found.commands) <= 1
        if kind != "NDEATH":
            moments = [(update.time_ms, update.historical) for update in found.updates]
            assert len(set(moments)) == len(moments)
            times = [time_ms for time_ms, _ in moments if time_ms is not None]
            assert times == sorted(times)
