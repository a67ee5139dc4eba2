"""The steps of tickets."""

from __future__ import annotations

from collections import deque

import pytest

from gateway.core.kernel.errors import IllegalTransition
from gateway.core.work.lifecycle import (
    AT_WORK,
    DONE,
    OPEN,
    TRANSITIONS,
    TicketState,
    TicketStep,
    next_state,
    steps_from,
)


def to(
    state: TicketState, step: TicketStep, *, held_from: TicketState | None = None, given: bool = False
) -> TicketState:
    return next_state(state, step, held_from=held_from, is_given=given)


def test_every_state_is_reached_from_new() -> None:
    reached, left = {TicketState.NEW}, deque([TicketState.NEW])
    while left:
        state = left.popleft()
        for step in steps_from(state):
            following = to(state, step, held_from=TicketState.ACCEPTED)
            if following not in reached:
                reached.add(following)
                left.append(following)
    assert reached == {*TicketState}


def test_what_has_ended_is_reopened_or_stays_so() -> None:
    assert steps_from(TicketState.CLOSED) == (TicketStep.REOPEN,)
    assert steps_from(TicketState.CANCELLED) == steps_from(TicketState.MERGED) == ()


def test_what_is_resolved_confirmed_or_closed_is_reopened_alike() -> None:
    assert {state for state in TicketState if TicketStep.REOPEN in steps_from(state)} == DONE
    for state in DONE:
        assert to(state, TicketStep.REOPEN, given=True) is TicketState.ASSIGNED
        assert to(state, TicketStep.REOPEN) is TicketState.NEW


@pytest.mark.parametrize("state", sorted(AT_WORK - {TicketState.ON_HOLD}))
def test_work_that_waits_goes_on_where_it_was(state: TicketState) -> None:
    assert to(state, TicketStep.HOLD) is TicketState.ON_HOLD
    assert to(TicketState.ON_HOLD, TicketStep.RESUME, held_from=state) is state


def test_what_the_table_does_not_have_is_refused_in_words() -> None:
    with pytest.raises(IllegalTransition, match="a ticket that is on hold cannot arrive"):
        to(TicketState.ON_HOLD, TicketStep.ARRIVE)


def test_work_ends_by_a_step_and_somebody_has_to_do_something_until_it_is_closed() -> None:
    assert {*TicketState} - {TicketState.CLOSED, TicketState.CANCELLED, TicketState.MERGED} == OPEN
    assert {state for state, step in TRANSITIONS if step is TicketStep.CANCEL} == AT_WORK
