"""Who is told of a breach, who comes next, and how a chain goes on after an outage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.core.kernel.times import HOUR, MINUTE, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.work.escalation import (
    SHIPPED_CHAIN,
    Call,
    ChainSpec,
    Escalated,
    PeopleOf,
    Recipients,
    all_due,
    begun,
    chain_of,
    next_due,
    next_level,
    people_to_warn,
)

PAPERS: list[dict[str, Any]] = [
    {"tell": "assignee"},
    {"tell": ["leader-1"]},
    {"tell": {"team": "managers"}, "after": "30m"},
]
EVERYBODY = {"assignee": ["tech-1"], "team": ["tech-2", "tech-1"], "managers": ["boss"]}


def chain(*levels: dict[str, Any], **keys: Any) -> ChainSpec:  # noqa: ANN401
    return ChainSpec.model_validate({"levels": [*(levels or PAPERS)], **keys})


def who(known: Mapping[str, Sequence[str]]) -> PeopleOf:
    """Whom a level is for, where people are always there and the rest as said."""

    def people_of(recipients: Recipients) -> Sequence[str]:
        if recipients.is_assignee:
            return known.get("assignee", ())
        if recipients.is_own_team:
            return known.get("team", ())
        if recipients.team is not None:
            return known.get(recipients.team, ())
        return [person for person in recipients.people if person not in known.get("away", ())]

    return people_of


def calls(
    spec: ChainSpec, until: Micros, known: Mapping[str, Sequence[str]], looks: Sequence[Micros] = ()
) -> list[Call]:
    """What is due from a breach at 0 on. The gateway looks when something is due, or only at `looks`."""
    found, state = list[Call](), begun(0)
    waiting = [*looks]
    while True:
        now = (
            next((look for look in waiting if look >= next_due(spec, state)), None) if looks else next_due(spec, state)
        )
        if now is None or now > until:
            return found
        call = next_level(spec, state, now, who(known))
        assert call is not None
        found.append(call)
        assert next_due(spec, call.escalated) > next_due(spec, state) or call.escalated.level > state.level
        state = call.escalated


def told(
    spec: ChainSpec,
    until: Micros,
    known: Mapping[str, Sequence[str]] = EVERYBODY,
    *,
    looks: Sequence[Micros] = (),
) -> list[tuple[int, tuple[str, ...]]]:
    """Who is told, and in which minute it was due."""
    return [(call.escalated.at // MINUTE, call.people) for call in calls(spec, until, known, looks)]


def test_a_breach_tells_the_assignee_and_the_leader_at_once_and_managers_after_half_an_hour() -> None:
    assert told(chain(), 29 * MINUTE) == [(0, ("tech-1", "leader-1"))]
    assert told(chain(), 30 * MINUTE) == [(0, ("tech-1", "leader-1")), (30, ("boss",))]


def test_the_last_level_is_told_again_until_somebody_acknowledges() -> None:
    assert told(chain(repeat="10m"), 51 * MINUTE)[1:] == [(30, ("boss",)), (40, ("boss",)), (50, ("boss",))]


def test_a_level_that_resolves_to_nobody_is_passed_over_at_once() -> None:
    nobody = {"managers": ["boss"], "away": ["leader-1"]}
    assert told(chain(), 20 * MINUTE, nobody) == [(0, ("boss",)), (15, ("boss",))]


def test_a_chain_that_ends_in_nobody_tells_the_nearest_before_again() -> None:
    known = {"assignee": ["tech-1"]}
    assert told(chain(), 60 * MINUTE, known) == [
        (0, ("tech-1", "leader-1")),
        (30, ()),
        (45, ("leader-1",)),
        (60, ("leader-1",)),
    ]


def test_a_chain_that_resolves_to_nobody_at_all_says_so_and_is_tried_again() -> None:
    nobody = {"away": ["leader-1"]}
    first = next_level(chain(), begun(0), 0, who(nobody))
    assert first == Call((), Escalated(2, 0), is_unheard=True)
    assert next_level(chain(), first.escalated, 15 * MINUTE - 1, who(nobody)) is None
    again = next_level(chain(), first.escalated, 15 * MINUTE, who(nobody))
    assert again == Call((), Escalated(2, 15 * MINUTE, 1), is_unheard=True)
    later = next_level(chain(), again.escalated, 30 * MINUTE, who(EVERYBODY))
    assert later is not None
    assert later.people == ("boss",)


def test_somebody_who_is_on_two_levels_of_one_moment_is_told_once() -> None:
    spec = chain({"tell": "assignee"}, {"tell": "team"})
    assert told(spec, 0) == [(0, ("tech-1", "tech-2"))]


def test_after_an_outage_the_levels_that_were_missed_are_told_and_repetitions_are_one() -> None:
    late = told(chain(), HOUR, looks=[HOUR])
    assert late == [(0, ("tech-1", "leader-1")), (30, ("boss",)), (60, ("boss",))]
    assert told(chain(), 100 * MINUTE, looks=[5 * HOUR, 100 * MINUTE]) == []
    assert told(chain(), 5 * HOUR, looks=[30 * MINUTE, 5 * HOUR]) == [
        (0, ("tech-1", "leader-1")),
        (30, ("boss",)),
        (300, ("boss",)),
    ]


def test_what_follows_an_outage_comes_after_its_whole_time_and_what_follows_a_short_delay_when_it_is_due() -> None:
    spec = chain({"tell": "assignee"}, {"tell": ["tech-1", "leader-1"], "after": "10m"}, repeat="15m")
    assert all_due(spec, begun(0), -1, who(EVERYBODY)) == ([], begun(0))
    due, gone = all_due(spec, begun(0), HOUR, who(EVERYBODY))
    assert [call.people for call in due] == [("tech-1",), ("tech-1", "leader-1"), ("tech-1", "leader-1")]
    assert gone == Escalated(1, HOUR, 1)
    assert all_due(spec, begun(0), MINUTE - 1, who(EVERYBODY))[1] == Escalated(0, 0)


def test_a_chain_that_has_become_shorter_goes_on_with_its_last_level() -> None:
    state = Escalated(2, 0)
    call = next_level(chain({"tell": "assignee"}), state, 15 * MINUTE, who(EVERYBODY))
    assert call == Call(("tech-1",), Escalated(2, 15 * MINUTE, 1))


def test_the_first_chain_that_is_for_a_ticket_counts_and_the_shipped_one_for_others() -> None:
    urgent = chain(priority=["P1", "P2"], category="elevator")
    ours = chain(team="engineering")
    assert chain_of([urgent, ours], team="engineering", priority=Priority.P1, category="elevator") is urgent
    assert chain_of([urgent, ours], team="engineering", priority=Priority.P1, category="pump") is ours
    assert chain_of([urgent, ours], team="cleaning", priority=Priority.P3, category="elevator") is SHIPPED_CHAIN


def test_the_shipped_chain_tells_the_assignee_and_then_the_team_or_the_team_at_once() -> None:
    assert told(SHIPPED_CHAIN, 15 * MINUTE) == [(0, ("tech-1",)), (15, ("tech-2", "tech-1"))]
    assert told(SHIPPED_CHAIN, 0, {"team": ["tech-2"]}) == [(0, ("tech-2",))]


def test_a_warning_is_for_the_assignee_or_else_for_the_team() -> None:
    assert people_to_warn(who(EVERYBODY)) == ("tech-1",)
    assert people_to_warn(who({"team": ["tech-2"]})) == ("tech-2",)
    assert people_to_warn(who({})) == ()


@pytest.mark.parametrize("tell", [None, 3, [], ["a b"], {"team": "A"}, {"teams": "managers"}, {"team": 1}, ["a", 1]])
def test_who_is_nobody_that_can_be_told_is_refused(tell: object) -> None:
    with pytest.raises(ValidationError):
        chain({"tell": tell})


LEVELS = st.lists(
    st.fixed_dictionaries(
        {
            "tell": st.sampled_from(["assignee", "team", ["leader-1"], {"team": "managers"}]),
            "after": st.sampled_from(["0m", "5m", "20m"]),
        }
    ),
    min_size=1,
    max_size=4,
)


@given(
    levels=LEVELS,
    known=st.fixed_dictionaries({}, optional={key: st.just(people) for key, people in EVERYBODY.items()}),
    looks=st.lists(st.integers(0, 120), min_size=1, max_size=12, unique=True).map(sorted),
)
def test_whenever_a_gateway_looks_it_has_told_every_level_that_a_run_without_gaps_tells(
    levels: list[dict[str, Any]], known: dict[str, list[str]], looks: list[int]
) -> None:
    spec = chain(*levels)
    last = looks[-1] * MINUTE
    without = calls(spec, last, known)
    late = calls(spec, last, known, [look * MINUTE for look in looks])
    assert [call for call in late if not call.escalated.repeated] == [
        call for call in without if not call.escalated.repeated
    ]
    assert {(call.people, call.escalated.at) for call in late} <= {(call.people, call.escalated.at) for call in without}
    assert [(call.people, call.escalated.at) for call in late[-1:]] == [
        (call.people, call.escalated.at) for call in without[-1:]
    ]
