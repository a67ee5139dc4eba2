"""Why a topic leads nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.unknown_topics import UnknownTopics
from tests.unit.core.telemetry.bench import LEVEL, Bench, profile


@pytest.mark.parametrize(
    ("topic", "reason", "words"),
    [
        ("site/s1/pump/p9", Reason.UNKNOWN_DEVICE, ["no pump named 'p9'", "add it to devices"]),
        ("maker/p9/status", Reason.UNKNOWN_DEVICE, ["no pump with the dialect maker named 'p9'"]),
        ("site/s2/pump/p1", Reason.UNKNOWN_TOPIC, ["no profile has a message binding"]),
        ("nothing", Reason.UNKNOWN_TOPIC, ["no profile has a message binding"]),
        ("spBv1.0/g/DDATA/e/d", Reason.UNKNOWN_TOPIC, ["no profile has a message binding"]),
    ],
)
def test_a_topic_without_a_route_is_explained(topic: str, reason: Reason, words: list[str]) -> None:
    pump = profile("pump", {"topic": "site/{site}/pump/{device}"}, maker=[{"topic": "maker/{device}/status"}])
    bench = Bench([pump], p1="pump")

    assert bench.router.find(topic) is None
    rejected = bench.explain(topic)
    assert rejected.reason is reason
    assert [word for word in words if word not in rejected.detail] == []


@pytest.mark.parametrize(
    ("topic", "reason", "detail"),
    [
        ("site/riverside/pump/p9", Reason.UNKNOWN_DEVICE, "no pump named 'p9'"),
        ("old/p9/pump", Reason.UNKNOWN_DEVICE, "no pump named 'p9'"),
        ("fans.v1/f9", Reason.UNKNOWN_DEVICE, "no fan named 'f9'"),
        ("fansxv1/f9", Reason.UNKNOWN_TOPIC, "no profile"),
        ("site/elsewhere/pump/p1", Reason.UNKNOWN_TOPIC, "no profile"),
        ("site/riverside/pump/p1/more", Reason.UNKNOWN_TOPIC, "no profile"),
    ],
)
def test_any_topic_is_explained(topic: str, reason: Reason, detail: str) -> None:
    pump = profile("pump", {"topic": "site/{site}/pump/{device}"}, {"topic": "old/{device}/pump", "time": "t"})
    fan = profile("fan", {"topic": "fans.v1/{device}"})
    explained = UnknownTopics("riverside", {"pump": pump, "fan": fan}).explain(topic)

    assert explained.reason is reason
    assert detail in explained.detail


def test_a_long_topic_is_rejected_in_a_short_sentence() -> None:
    bench = Bench([profile("pump", {"topic": "site/{site}/pump/{device}"})], p1="pump")

    for topic in ("site/s1/pump/" + "x" * 60_000, "x/" * 30_000):
        assert bench.router.find(topic) is None
        assert len(bench.explain(topic).detail) < 500


@given(st.text(max_size=12), st.sampled_from(["site/s1/pump/{}", "maker/{}/status", "{}/x", "{}", "spBv1.0/{}"]))
def test_no_topic_is_too_strange(name: str, around: str) -> None:
    topic = around.replace("{}", name)
    route = STRANGE_BENCH.router.find(topic)
    if route is None:
        assert STRANGE_BENCH.explain(topic).detail
    else:
        route.read(Message(topic, b'{"v": 1}', 0))


STRANGE_BENCH = Bench(
    [
        profile(
            "pump",
            {"topic": "site/{site}/pump/{device}"},
            maker=[{"topic": "maker/{device}/status", "values": LEVEL}, {"topic": "{device}/x", "values": LEVEL}],
            spark=[{"format": "sparkplug"}],
        )
    ],
    p1="pump",
    p2="pump/maker",
    p3="pump/spark@g/e",
)
