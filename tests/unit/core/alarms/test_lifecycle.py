"""The alarm states of ISA-18.2."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from gateway.core.alarms.lifecycle import DUE_TRANSITIONS, LATCHED_TRANSITIONS, TRANSITIONS, State, Step, next_state
from gateway.core.kernel.errors import IllegalTransition


@pytest.mark.parametrize(
    ("latched", "due", "table"),
    [
        (False, False, TRANSITIONS),
        (False, True, DUE_TRANSITIONS),
        (True, False, LATCHED_TRANSITIONS),
        (True, True, LATCHED_TRANSITIONS),
    ],
)
@pytest.mark.parametrize(("state", "step"), list(itertools.product(State, Step)))
def test_a_step_leads_where_the_table_says_and_any_other_raises(
    state: State, step: Step, latched: bool, due: bool, table: Mapping[tuple[State, Step], State]
) -> None:
    if (state, step) in table:
        assert next_state(state, step, latched=latched, acknowledgement_due=due) is table[state, step]
    else:
        with pytest.raises(IllegalTransition, match=f"is {state} cannot {step}"):
            next_state(state, step, latched=latched, acknowledgement_due=due)


@pytest.mark.parametrize("latched", [False, True])
@pytest.mark.parametrize("due", [False, True])
def test_an_alarm_that_falls_to_what_people_know_is_on_the_list_as_before(latched: bool, due: bool) -> None:
    for state, step in itertools.product(State, Step):
        is_there = (state, step) == (State.SUPPRESSED, Step.FALL)
        before = State.UNACKNOWLEDGED if due else State.ACKNOWLEDGED
        try:
            usual = next_state(state, step, latched=latched, acknowledgement_due=due)
        except IllegalTransition:
            continue
        known = next_state(state, step, latched=latched, acknowledgement_due=due, is_known=True)
        assert known is (before if is_there else usual)


@pytest.mark.parametrize("table", [TRANSITIONS, LATCHED_TRANSITIONS])
def test_every_state_can_be_reached_and_left(table: dict[tuple[State, Step], State]) -> None:
    reached = {State.NORMAL}
    for _ in State:
        reached |= {target for (state, _), target in table.items() if state in reached}
    left = {state for state, _ in table}
    unlatched = set(State) - {State.LATCHED}
    assert reached == left == (set(State) if table is LATCHED_TRANSITIONS else unlatched)


def test_an_unacknowledged_alarm_never_goes_back_to_normal_by_itself() -> None:
    by_itself = {Step.RAISE, Step.RETURN}
    for table in (TRANSITIONS, LATCHED_TRANSITIONS):
        for (state, step), target in table.items():
            if state in (State.UNACKNOWLEDGED, State.RETURNED) and step in by_itself:
                assert target is not State.NORMAL
    assert DUE_TRANSITIONS[State.SUPPRESSED, Step.RETURN] is State.RETURNED, "nor by way of suppression"


def test_a_latched_alarm_waits_for_both_acknowledgement_and_reset() -> None:
    state = State.UNACKNOWLEDGED
    for step in (Step.RETURN, Step.ACKNOWLEDGE):
        state = next_state(state, step, latched=True)
    assert state is State.LATCHED
    assert next_state(state, Step.RESET, latched=True) is State.NORMAL
