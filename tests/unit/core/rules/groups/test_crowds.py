"""Groups of which many members count within seconds: each is told, and nobody is told a thousand times."""

from __future__ import annotations

import msgspec
import pytest

from gateway.core.rules.groups.news import TOLD_AT_MOST_EVERY, TOLD_ONE_BY_ONE
from tests.unit.core.rules.groups.zones import Zones, files, group_rule, raised
from tests.unit.core.sites import Seen, checkpoint_after

MANY = [{"id": f"d{number:03}", "profile": "detector", "location": "hall"} for number in range(60)]
NAMES = [str(each["id"]) for each in MANY]
PAUSE_S = TOLD_AT_MOST_EVERY // 1_000_000
FILES = files(group_rule(), devices=MANY)


def burn(gate: Zones, at_s: float, *names: str) -> list[Seen]:
    return [gate.say(at_s, name, smoke=True) for name in names]


def members(*seen: Seen) -> list[int]:
    """How many members each raise names."""
    return [len(each.split()) - 3 for each in raised(*seen) if " raise " in each]


def test_each_is_told_as_long_as_a_sentence_names_all() -> None:
    gate = Zones(configuration=FILES)
    assert members(*burn(gate, 1, *NAMES[:TOLD_ONE_BY_ONE])) == [*range(2, TOLD_ONE_BY_ONE + 1)]


def test_beyond_that_further_members_are_told_together_after_a_pause() -> None:
    gate = Zones(configuration=FILES)
    burn(gate, 1, *NAMES[:30])
    assert members(*burn(gate, 2, *NAMES[30:40])) == []
    assert members(gate.tick(PAUSE_S + 0.9)) == []
    assert members(gate.tick(PAUSE_S + 1)) == [40]
    assert members(gate.tick(200), *burn(gate, 201, NAMES[50])) == [41]  # the first after a quiet time is told at once


def test_what_is_known_waits_for_no_one() -> None:
    gate = Zones(configuration=FILES)
    burn(gate, 1, *NAMES[:30])
    gate.tick(50)
    gate.say(51, NAMES[3], smoke=False)
    assert raised(*burn(gate, 52, NAMES[3]), gate.tick(100)) == []


@pytest.mark.parametrize("restarts", [False, True])
def test_what_waits_when_the_gateway_becomes_blind_is_told_when_it_hears(restarts: bool) -> None:
    gate = Zones(configuration=FILES)
    steps = [gate.beginning, gate.hearing, *burn(gate, 1, *NAMES[:30])]
    if restarts:
        gate = Zones(configuration=FILES, checkpoint=checkpoint_after(*steps), start_s=3, hears=False)
        steps = [gate.beginning]
    else:
        steps = [gate.blind(3)]
    steps += burn(gate, 5, *NAMES[30:40])
    assert members(*steps, gate.tick(60)) == []
    assert members(gate.hear(61)) == [40]


def test_all_that_is_said_in_one_step_is_told_at_once() -> None:
    gate = Zones(configuration=FILES)
    told = gate.step([gate.word(1, name, smoke=True) for name in NAMES])
    assert members(told) == [2, 60]


def test_a_member_that_burns_for_a_moment_in_one_step_is_named() -> None:
    gate = Zones(configuration=FILES)
    words = [gate.word(1, name, smoke=True) for name in NAMES[:3]]
    assert members(gate.step([*words, gate.word(1, NAMES[2], smoke=False)])) == [2, 3]


def test_an_event_names_a_hundred_members_at_most_and_says_how_many_there_are() -> None:
    many = [{"id": f"d{number:03}", "profile": "detector", "location": "hall"} for number in range(150)]
    gate = Zones(configuration=files(group_rule(), devices=many))
    told = gate.step([gate.word(1, str(each["id"]), smoke=True) for each in many])
    content = msgspec.json.decode(told.announced[-1].payload)
    assert (len(content["members"]), content["member_count"]) == (100, 150)
    assert content["detail"].endswith(" and 130 more")
