"""Topics with captures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.profiles.topics import TopicPattern, covers

NATIVE = "site/{site}/pump/{device}/telemetry"


@pytest.mark.parametrize(
    ("pattern", "topic", "captured"),
    [
        (NATIVE, "site/s1/pump/p1/telemetry", {"device": "p1"}),
        ("tele/{device}/SENSOR", "tele/plug 3/SENSOR", {"device": "plug 3"}),
        ("{device}/events/rpc", "shelly-a/events/rpc", {"device": "shelly-a"}),
        ("shelly-{device}/status", "shelly-a-b/status", {"device": "a-b"}),
        ("a/{device}-{channel}/b", "a/x-y-2/b", {"device": "x-y", "channel": "2"}),
        ("{device}/status/switch:{channel}", "plug/status/switch:1", {"device": "plug", "channel": "1"}),
        (
            "v3/{application}/devices/{name}/up",
            "v3/app@ttn/devices/leak-1/up",
            {"application": "app@ttn", "name": "leak-1"},
        ),
        ("a.b/{device}", "a.b/电表", {"device": "电表"}),
        ("/{device}/x", "/d/x", {"device": "d"}),
    ],
)
def test_a_pattern_captures_parts_of_a_topic(pattern: str, topic: str, captured: dict[str, str]) -> None:
    match = TopicPattern(pattern).regex(site="s1").fullmatch(topic)

    assert match is not None
    assert match.groupdict() == captured


@pytest.mark.parametrize(
    ("pattern", "topic"),
    [
        (NATIVE, "site/s2/pump/p1/telemetry"),
        (NATIVE, "site/s1/pump//telemetry"),
        (NATIVE, "site/s1/pump/a/b/telemetry"),
        (NATIVE, "site/s1/pump/p1/telemetry/"),
        (NATIVE, "site/s1/pump/p1/Telemetry"),
        ("a.b/{device}", "axb/d"),
        ("shelly-{device}/status", "shelly-/status"),
        ("shelly-{device}/status", "Shelly-a/status"),
    ],
)
def test_a_pattern_does_not_match_other_topics(pattern: str, topic: str) -> None:
    assert TopicPattern(pattern).regex(site="s1").fullmatch(topic) is None


def test_without_a_site_id_the_site_is_captured_too() -> None:
    match = TopicPattern(NATIVE).regex(site=None).fullmatch("site/harbour/pump/p1/telemetry")

    assert match is not None
    assert match.groupdict() == {"site": "harbour", "device": "p1"}


def test_dots_in_a_site_id_match_only_dots() -> None:
    pattern = TopicPattern(NATIVE).regex(site="s.1")

    assert pattern.fullmatch("site/s.1/pump/p1/telemetry")
    assert not pattern.fullmatch("site/sx1/pump/p1/telemetry")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (NATIVE, "site/s1/pump/+/telemetry"),
        ("shelly-{device}/status/switch:{channel}", "+/status/+"),
        ("a/{device}-{channel}/b", "a/+/b"),
        ("a/b", "a/b"),
        ("x-{site}/{device}", "x-s1/+"),
    ],
)
def test_a_filter_has_wildcards_for_whole_levels(pattern: str, expected: str) -> None:
    assert TopicPattern(pattern).filter(site="s1") == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (NATIVE, "site/s1/pump/home/door1/telemetry"),
        ("{device}/{channel}", "home/door1/2"),
        ("shelly-{device}/status", "shelly-home/door1/status"),
    ],
)
def test_the_topic_of_one_device_is_filled_in(pattern: str, expected: str) -> None:
    assert TopicPattern(pattern).fill(site="s1", device="home/door1", channel="2") == expected


@pytest.mark.parametrize(
    ("pattern", "exact"),
    [
        (NATIVE, True),
        ("{device}/{channel}", True),
        ("tele/{gateway}/{device}", False),
        ("tele/all", False),
        ("tele/{site}", False),
    ],
)
def test_a_pattern_is_exact_if_it_captures_only_site_device_and_channel(pattern: str, exact: bool) -> None:
    assert TopicPattern(pattern).is_exact is exact


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("", "in place of MQTT wildcards"),
        ("/", "in place of MQTT wildcards"),
        ("a/+/{device}", "in place of MQTT wildcards"),
        ("a/#", "in place of MQTT wildcards"),
        ("a/{Device}", "{Device} is not a capture: write a name in lower-case letters"),
        ("a/{}", "is not a capture"),
        ("a/{device1}", "is not a capture"),
        ("a/{a b}", "is not a capture"),
        ("{device}/{device}", "{device} stands twice in one topic"),
        ("{device}{channel}", "with other text or a / between two of them"),
        ("a/{device", "a capture is a name in braces"),
        ("a/device}", "a capture is a name in braces"),
        ("a/{{device}}", "a capture is a name in braces"),
    ],
)
def test_an_invalid_pattern_is_rejected_with_a_hint(pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError) as failure:  # noqa: PT011 — the sentence is looked at below
        TopicPattern(pattern)
    assert complaint in str(failure.value)


LEVEL = st.text(alphabet="abc-:{}device", min_size=1, max_size=8)


@given(st.lists(LEVEL, min_size=1, max_size=4), st.text(alphabet="xyz-.:$\n", min_size=1, max_size=6))
def test_a_filled_topic_matches_its_own_pattern_and_filter(levels: list[str], device: str) -> None:
    try:
        pattern = TopicPattern("/".join(levels))
    except ValueError:
        return
    if pattern.captures > {"device", "channel"} or "device" not in pattern.captures:
        return
    topic = pattern.fill(site="s1", device=device)
    filters = pattern.filter(site="s1").split("/")

    if pattern.captures <= {"device", "channel", "site"}:
        assert pattern.regex(site="s1").fullmatch(topic)
    assert len(filters) == len(topic.split("/"))
    assert all(each in ("+", level) for each, level in zip(filters, topic.split("/"), strict=True))


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/+", "a/#", False),
        ("+/b", "$sys/b", False),
        ("#", "$sys/b", False),
        ("a/b", "a/+", False),
    ],
)
def test_a_filter_covers_another_when_it_matches_all_its_topics(wide: str, narrow: str, covered: bool) -> None:
    assert covers(wide, narrow) is covered
