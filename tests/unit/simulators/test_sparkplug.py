"""Sparkplug B: the payload's bytes, and the life of an edge node."""

import pytest

from simulators.dialects.dialect import Packet
from simulators.sparkplug.edge_node import NODE, EdgeNode
from simulators.sparkplug.payload import Metric, Payload, decode, encode

TS = 1_700_000_000_000
NCMD = "spBv1.0/g/NCMD/plc-1"
REBIRTH = encode(Payload(timestamp=TS, metrics=[Metric(name="Node Control/Rebirth", value=True)]))


def node(*, opened: bool = True) -> EdgeNode:
    edge = EdgeNode("g", "plc-1", clock=lambda: TS / 1000.0)
    if opened:
        edge.opening()
        edge.opened()
    return edge


def read(packet: Packet) -> tuple[str, Payload]:
    """The topic without its namespace and group, and the payload."""
    assert packet.topic.startswith("spBv1.0/g/")
    return packet.topic.removeprefix("spBv1.0/g/"), decode(packet.payload)


def seqs(packets: list[Packet]) -> list[int | None]:
    return [read(packet)[1].seq for packet in packets]


def test_the_bytes_are_those_of_the_specification() -> None:
    # Written by hand from the field numbers: Payload 1 timestamp, 2 metrics, 3 seq; Metric 1 name, 2 alias,
    # 3 timestamp, 4 datatype, 11 long, 13 double, 14 boolean, 15 string.
    payload = Payload(timestamp=1, metrics=[Metric(name="on", alias=0, value=True)], seq=0)

    assert encode(payload).hex(" ") == "08 01 12 0c 0a 02 6f 6e 10 00 18 01 20 0b 70 01 18 00"


@pytest.mark.parametrize("value", [True, False, 0, 5, -5, 2**40, 0.0, 1.25, "", "automatic", "水泵"])
def test_a_value_comes_back_as_it_was(value: bool | float | str) -> None:
    metric = Metric(name="m", alias=3, value=value, timestamp=7, historical=True)
    payload = Payload(timestamp=9, metrics=[metric], seq=255)

    assert decode(encode(payload)) == payload
    assert type(decode(encode(payload)).metrics[0].value) is type(value)


def test_what_is_no_payload_is_rejected() -> None:
    with pytest.raises(ValueError, match="no Sparkplug payload"):
        decode(b"\xff\xff\xff")


def test_the_will_and_the_birth_have_the_same_session_number_and_a_new_session_the_next() -> None:
    edge = node(opened=False)
    for session in range(3):
        topic, will = read(edge.opening())
        birth_topic, birth = read(edge.opened()[0])
        assert (topic, birth_topic) == ("NDEATH/plc-1", "NBIRTH/plc-1")
        assert will.seq is None
        assert [(metric.name, metric.value) for metric in will.metrics] == [("bdSeq", session)]
        assert {metric.name: metric.value for metric in birth.metrics} == {
            "bdSeq": session,
            "Node Control/Rebirth": False,
        }
        assert birth.seq == 0
        assert all(metric.alias is None for metric in birth.metrics)


def test_the_will_is_sent_at_qos_one_and_all_else_at_qos_zero() -> None:
    edge = node(opened=False)

    assert edge.opening().qos == 1
    assert [packet.qos for packet in (*edge.opened(), *edge.report("p", {"on": True}, TS))] == [0, 0]


def test_a_device_is_born_with_names_and_then_speaks_by_alias() -> None:
    edge = node()
    (birth,) = edge.report("pump", {"running": True, "flow": 4.2}, TS)
    (data,) = edge.report("pump", {"flow": 4.5}, TS + 1000)

    topic, payload = read(birth)
    assert (topic, payload.seq) == ("DBIRTH/plc-1/pump", 1)
    assert [(metric.name, metric.alias, metric.value) for metric in payload.metrics] == [
        ("running", 0, True),
        ("flow", 1, 4.2),
    ]
    topic, payload = read(data)
    assert (topic, payload.seq, payload.timestamp) == ("DDATA/plc-1/pump", 2, TS + 1000)
    assert payload.metrics == [Metric(alias=1, value=4.5, timestamp=TS + 1000)]


def test_aliases_are_unique_in_the_whole_node() -> None:
    edge = node()
    births = [*edge.report("a", {"x": 1, "y": 2}, TS), *edge.report("b", {"x": 1}, TS), *edge.report("", {"t": 1}, TS)]
    aliases = {(read(one)[0], metric.name): metric.alias for one in births for metric in read(one)[1].metrics}

    assert {alias for alias in aliases.values() if alias is not None} == {0, 1, 2, 3}
    assert aliases["DBIRTH/plc-1/b", "x"] == 2


def test_a_metric_that_is_new_is_a_birth_again() -> None:
    edge = node()
    edge.report("pump", {"running": True}, TS)
    (again,) = edge.report("pump", {"flow": 1.0}, TS)

    topic, payload = read(again)
    assert topic == "DBIRTH/plc-1/pump"
    assert [(metric.name, metric.alias) for metric in payload.metrics] == [("running", 0), ("flow", 1)]


def test_metrics_of_the_node_itself_stand_in_its_birth() -> None:
    edge = node()
    edge.report("pump", {"running": True}, TS)
    node_birth, device_birth = edge.report(NODE, {"temperature": 40.5}, TS)
    (data,) = edge.report(NODE, {"temperature": 41.0}, TS)

    assert [read(one)[0] for one in (node_birth, device_birth, data)] == [
        "NBIRTH/plc-1",
        "DBIRTH/plc-1/pump",
        "NDATA/plc-1",
    ]
    assert seqs([node_birth, device_birth, data]) == [0, 1, 2]


def test_the_numbers_run_to_255_and_begin_again() -> None:
    edge = node()
    sent = [packet for _ in range(300) for packet in edge.report("pump", {"running": True}, TS)]

    assert seqs(sent) == [(number + 1) % 256 for number in range(300)]


def test_a_rebirth_tells_everything_anew_in_the_same_session() -> None:
    edge = node()
    edge.report("pump", {"running": True, "flow": 4.0}, TS)
    edge.report("pump", {"flow": 5.0}, TS)
    node_birth, device_birth = edge.received(NCMD, REBIRTH)

    assert seqs([node_birth, device_birth]) == [0, 1]
    assert {metric.name: metric.value for metric in read(node_birth)[1].metrics}["bdSeq"] == 0
    assert {metric.name: metric.value for metric in read(device_birth)[1].metrics} == {"running": True, "flow": 5.0}
    assert seqs(list(edge.report("pump", {"flow": 6.0}, TS))) == [2]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("spBv1.0/g/NCMD/plc-2", REBIRTH),
        (NCMD, b"\xff"),
        (NCMD, encode(Payload(timestamp=TS, metrics=[Metric(name="Node Control/Rebirth", value=False)]))),
        (NCMD, encode(Payload(timestamp=TS, metrics=[Metric(name="Node Control/Reboot", value=True)]))),
    ],
)
def test_other_commands_have_no_answer(topic: str, payload: bytes) -> None:
    assert node().received(topic, payload) == []


def test_a_new_session_begins_with_all_births_and_flags_what_is_older() -> None:
    edge = node()
    edge.report("pump", {"flow": 4.0}, TS)
    edge.opening()
    births = edge.opened()
    (old,) = edge.report("pump", {"flow": 3.0}, TS - 5000)
    (new,) = edge.report("pump", {"flow": 3.1}, TS + 5000)

    assert [read(one)[0] for one in births] == ["NBIRTH/plc-1", "DBIRTH/plc-1/pump"]
    assert read(old)[1].metrics[0].historical
    assert not read(new)[1].metrics[0].historical
