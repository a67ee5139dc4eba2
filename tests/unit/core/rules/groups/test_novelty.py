"""A reading that says nothing new is passed over: people are told what they would be told if each was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.core.alarms.shelf import TakeOutOfService
from gateway.core.configuration import Configuration
from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.times import SECOND
from gateway.core.profiles.profile import Profile
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.groups.functions import compile_member_condition
from gateway.core.rules.groups.group_view import GroupState
from gateway.core.rules.groups.member import Membership
from gateway.core.rules.groups.novelty import limit_of
from gateway.core.rules.judging import Judge
from gateway.core.telemetry.readings import PAST, Message, Reading
from tests.unit.core.managed.twins import TORTURE
from tests.unit.core.rules.groups.zones import DEVICES, NOTHING, WEST, Zones, files, group_rule, raised
from tests.unit.core.sites import at

PROFILE = Profile.model_validate(
    {
        "profile": "meter",
        "title": {"en": "Meter"},
        "metrics": {
            "value": {"type": "float"},
            "count": {"type": "int"},
            "on": {"type": "bool"},
            "state": {"type": "enum", "values": {0: "off", 1: "auto", 2: "hand"}},
            "note": {"type": "string"},
        },
        "attributes": {
            "low": {"type": "float", "default": 1.5},
            "most": {"type": "int", "default": 2},
            "usual": {"type": "string", "default": "auto"},
        },
        "messages": [{"topic": "site/{site}/meter/{device}"}],
    }
)
CONDITIONS = (
    *(f"value {operator} 1.5" for operator in ("<", "<=", ">", ">=", "==", "!=")),
    *(f"count {operator} most" for operator in ("<", "<=", ">", ">=", "==", "!=")),
    *(f"low {operator} value" for operator in ("<", "<=", ">", ">=", "==", "!=")),
    "on",
    "!on",
    "on && value < 1.5",
    "value < low && on && count > 9007199254740992",
    'state == "auto"',
    'state != "auto" && value > 2',
    "state == usual",
    'note > "b"',
    'note == "b" && on',
    "value > 1.5 || on",
    "on || !on && value > 3",
    "silent || !on",
    "silent && value > 1.5",
    'state in ["auto", "hand"]',
    "value < count",
)
FACTS = st.fixed_dictionaries(
    {"low": st.sampled_from([1.5, -0.0]), "most": st.sampled_from([2, 2**53 + 1]), "usual": st.just("auto")},
    optional={
        "value": st.sampled_from([1.0, 1.4999999999999998, 1.5, 1.5000000000000002, 2.5, 0.0, -0.0, float("nan")]),
        "count": st.sampled_from([1, 2, 3, 2**53, 2**53 + 1, 2**53 + 2]),
        "on": st.booleans(),
        "state": st.sampled_from(["off", "auto", "hand"]),
        "note": st.sampled_from(["a", "b", "c"]),
    },
)


@given(text=st.sampled_from(CONDITIONS), before=FACTS, after=FACTS)
@settings(max_examples=TORTURE or 500, derandomize=not TORTURE, deadline=None)
def test_within_its_limit_a_condition_has_the_same_verdict(
    text: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    condition = compile_member_condition(text, PROFILE)
    after = before | after  # what was reported stays so, and attributes do not change
    after |= {name: before[name] for name in PROFILE.attributes}
    limit = limit_of([condition], PROFILE, before)
    if limit is not None:
        metric, low, high = limit
        assert low <= before[metric] <= high
        if low <= after[metric] <= high:
            assert condition({**after, "silent": False}) is condition({**before, "silent": False})


@pytest.mark.parametrize(
    ("text", "facts", "limit"),
    [
        ("on && value < 1.5", {"on": True, "value": 2.0}, ("value", 1.5, float("inf"))),
        ("on && value < 1.5", {"on": False, "value": 1.0}, ("on", False, False)),
        ("on && value < 1.5", {"on": True, "value": 1.0}, None),
        ("value > low", {"low": 3.0, "value": 1.0}, ("value", float("-inf"), 3.0)),
        ("value < count", {"value": 3.0, "count": 1}, None),
        ("on", {"on": True}, ("on", True, True)),
        ('state == "auto"', {"state": "hand"}, ("state", "hand", "hand")),
        ('note == "b"', {"note": "a"}, None),
        ("value == 1.5", {"value": 2.0}, None),
    ],
)
def test_a_limit_is_where_one_comparison_cannot_hold_or_a_state_stays_as_it_is(
    text: str, facts: dict[str, Any], limit: object
) -> None:
    assert limit_of([compile_member_condition(text, PROFILE)], PROFILE, facts) == limit


RULES = (
    group_rule(at_least={"devices": 2, "when": "smoke && !test"}),
    group_rule(at_least={"devices": 2, "when": "temperature > limit"}, **{"for": "3s", "clear_for": "3s"}),
    group_rule(at_least={"devices": 2, "when": "temperature >= 45"}, life_safety=True),
    group_rule(at_least={"share": 0.5, "when": "smoke || temperature > 50", "within": "20s"}),
    group_rule(at_least={"devices": 2, "when": "smoke && !test", "within": "20s"}, life_safety=True),
    group_rule(at_least={"devices": 2, "when": "smoke", "within": "20s"}),
    group_rule(at_least={"devices": 2, "when": "silent || !test && smoke"}, clear_for="3s"),
    group_rule(at_least={"devices": 2, "when": "silent || smoke", "within": "20s"}),
    group_rule(at_least={"devices": 2, "when": "call && !test", "within": "20s"}),
    group_rule(at_least={"devices": 1, "when": "test"}),
    group_rule(at_least={"devices": 2, "when": "call && smoke", "within": "20s"}),
    group_rule(
        at_least=None,
        let={"calls": {"count": "call", "within": "20s"}, "tests": {"count": "test"}},
        when="calls >= 2 && tests < 1",
    ),
    group_rule(
        at_least=None,
        let={"full": {"count": "level > 5"}, "burning": {"count": "smoke"}, "tests": {"count": "test"}},
        when="full >= 1 || burning >= 2 && tests < 1",
    ),
    group_rule(at_least=None, let={"top": {"max": "temperature"}, "n": {"count": "smoke"}}, when="top > 45 && n < 2"),
    group_rule(at_least=None, let={"tests": {"count": "test"}, "n": {"count": "smoke"}}, when="tests < 1 && n > 1"),
    group_rule(
        applies_to={"profiles": ["detector", "button"]},
        at_least={"devices": 2, "when": {"detector": "smoke", "button": "pressed"}},
    ),
)
SITES = [files(rule, devices=[{**each, "expect_every": "10s"} for each in DEVICES]) for rule in RULES]
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "smoke": st.booleans(),
        "test": st.sampled_from([False, False, False, True]),
        "temperature": st.sampled_from([20, 44.5, 45, 50, 51]),
        "call": st.booleans(),
        "level": st.sampled_from([1, 9]),
    },
).filter(bool)
SAID = st.tuples(st.sampled_from(["d1", "d2", "d3"]), VALUES, st.sampled_from([0, 0, 0, 2, 15, 25]), st.booleans())
PRESSED = st.tuples(st.just("b1"), st.fixed_dictionaries({"pressed": st.booleans()}), st.just(0), st.just(False))
SAY = st.tuples(st.just("say"), st.lists(SAID | PRESSED, min_size=1, max_size=4), st.sampled_from([0.1, 1, 4, 15]))
STEPS: st.SearchStrategy[tuple[str, list[Any], float]] = st.one_of(
    SAY,
    SAY,
    SAY,
    st.tuples(st.sampled_from(["blind", "hear", "take out"]), st.just([]), st.sampled_from([0.1, 5])),
    st.tuples(st.just("wait"), st.just([]), st.sampled_from([5, 40, 700])),
)


ALL_CLEAR = [  # after each device has had its turn
    ("wait", [], 700),
    ("say", [(device, {"smoke": False}, 0, False) for device in ("d1", "d2", "d3")], 0.1),
]
LATE = [
    ("say", [("d2", {"smoke": True}, 0, False)], 1),
    ("say", [("d2", {"smoke": False}, 0, False)], 4),
    ("say", [("d1", {"smoke": False}, 0, False)], 1),
    ("say", [("d3", {"smoke": True}, 2, False)], 4),
    ("wait", [], 40),
]
"""What d1 says is nothing new, but the latest of the group: d3 is no later than it."""
CALLS = [
    ("say", [("d1", {"call": True}, 0, False)], 15),
    ("say", [("d1", {"call": True}, 0, False)], 10),
    ("say", [("d2", {"call": True}, 0, False)], 1),
]
"""A call of which the device has said the same before."""
CHANGES = [
    ("say", [(device, {"smoke": False, "test": True}, 0, False) for device in ("d1", "d2", "d3")], 1),
    ("say", [("d1", {"smoke": True}, 0, False), ("d2", {"smoke": True}, 0, False)], 1),
    ("say", [(device, {"test": False}, 0, False) for device in ("d1", "d2", "d3")], 1),
]
"""What two functions read changes one after the other."""


@example(site=SITES[4], steps=[*ALL_CLEAR, ("take out", [], 0.1), *LATE])
@example(site=SITES[7], steps=[*ALL_CLEAR, ("wait", [], 22), *LATE])
@example(site=SITES[8], steps=[*CALLS])
@example(site=SITES[14], steps=[*CHANGES])
@given(site=st.sampled_from(SITES), steps=st.lists(STEPS, min_size=5, max_size=25))
@settings(max_examples=TORTURE or 300, derandomize=not TORTURE, deadline=None)
def test_what_is_passed_over_would_have_changed_nothing(
    site: Configuration, steps: list[tuple[str, list[Any], float]]
) -> None:
    told = told_of(site, steps)
    with each_word_looked_at():
        assert told == told_of(site, steps)


def told_of(site: Configuration, steps: list[tuple[str, list[Any], float]]) -> list[object]:
    """All that a run tells and stores of groups in each step, and how they stand afterwards."""
    gate = Zones(configuration=site)
    found: list[object] = []
    now = 0.0
    for what, said, wait in steps:
        seen = [NOTHING]
        match what:
            case "say":
                words = [
                    msgspec.structs.replace(gate.word(now, device, stamp_s=now - lag, **values), retained=retained)
                    for device, values, lag, retained in said
                ]
                seen = [gate.step(words)]
            case "blind":
                seen = [gate.blind(now)]
            case "hear":
                seen = [gate.hear(now)]
            case "take out":
                action = TakeOutOfService(device="d1", by="Li", why="x", confirmed_by="Wang", duration=10 * SECOND)
                with suppress(GatewayError):  # it is out already
                    seen = [gate.act(action, now)]
        until = now + wait
        while (due := gate.engine.next_due()) is not None and due <= at(until):
            now = max(now, (due - at(0)) / 1e6)
            seen.append(gate.tick(now))
        now = until
        seen.append(gate.tick(now))
        found += [(each.announced, each.evaluations, each.stretches) for each in seen]
        found.append(gate.engine.part(Evaluator).groups())
    return found


def test_a_stamp_that_says_nothing_new_moves_a_group_on_in_blindness() -> None:
    gate = Zones(group_rule(at_least={"devices": 2, "when": "smoke && !test", "within": "60s"}))
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, smoke=False)
    gate.say(9, "d1", smoke=True)
    gate.say(10, "d1", smoke=False)
    gate.blind(11)
    gate.say(120, "d3", stamp_s=100, smoke=False)
    late = gate.say(121, "d2", stamp_s=65, smoke=True)  # d1 counted then, and does not at 100 s
    assert raised(late) == ["fire zone:west raise d1 d2", "fire zone:west return d1 d2"]


def test_the_first_word_is_news_although_it_says_what_was_assumed() -> None:
    gate = Zones(group_rule(at_least={"devices": 1, "when": "test"}))
    for device in ("d1", "d2", "d3"):
        gate.say(1, device, test=False)
    (view, *_) = gate.engine.part(Evaluator).groups("fire", WEST)
    assert view.state is GroupState.NORMAL


def test_what_waits_for_a_word_is_told_each() -> None:
    gate = Zones(group_rule(clear_for="10s"))
    for device in ("d1", "d2", "d3"):
        gate.say(0, device, smoke=device != "d3")
    gate.blind(1)
    gate.say(2, "d1", smoke=False)
    seen = gate.say(13, "d3", smoke=False)  # d3 has always said so: time has passed by its stamp
    assert raised(seen) == ["fire zone:west return d1 d2"]


@pytest.mark.parametrize("is_standing", [True, False])
def test_what_is_of_the_past_since_is_unknown_from_the_next_word_on(is_standing: bool) -> None:
    functions = {"n": {"count": "smoke"}, "t": {"count": "test"}, "f": {"count": "level > 5"}}
    gate = Zones(group_rule(at_least=None, let=functions, when="n >= 2 || t >= 3 || f >= 1"))
    for device in ("d1", "d2", "d3"):
        gate.say(1, device, smoke=is_standing, test=False, **({"level": 1} if is_standing else {}))
    gate.devices["d1"].backfill(Reading("d1", "", at(2), at(2), {"smoke": False}, PAST))
    gate.say(3, "d1", test=False)
    (view, *_) = gate.engine.part(Evaluator).groups("fire", WEST)
    assert view.members[0].values["n"] is None
    assert view.members[0].unknown_because == "too_old"


@contextmanager
def each_word_looked_at() -> Iterator[None]:
    """Each reading of a member is looked at, unless all functions read the same of its facts as before."""

    def settle(member: Membership, *, is_sure: bool) -> None:
        profile = member.device.profile.profile
        counts = [tally.function for _, tally in member.counts]
        are_reported = all(member._has_reported(each) for each in counts)
        are_of_facts = not any(each.events.get(profile) or each.reads_silence(profile) for each in counts)
        if not (is_sure and are_reported and are_of_facts and not member._out):
            member._known = object()

    def evaluate(member: Membership, judge: Judge, reading: Reading, message: Message, number: int) -> None:
        group, is_new = member.group, member._read(member.device.facts) != member._known
        if (member.metrics | member._awaited).isdisjoint(reading.values):
            return
        if not group.evaluations and not is_new:
            if group.clock.blindness.since is not None:
                group.clock.read(reading)
            return
        member._take(judge, reading, message, number, is_new=is_new, looks=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Membership, "_settle", settle)
        patch.setattr(Membership, "evaluate", evaluate)
        yield
