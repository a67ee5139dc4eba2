"""The life cycle of an alarm after ISA-18.2: its states, and the steps between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.core.kernel.errors import IllegalTransition


class State(StrEnum):
    """The states of an alarm."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """The condition ended before anybody acknowledged the alarm."""
    LATCHED = "latched"
    """The condition ended and the alarm is acknowledged, but its rule requires a reset by hand."""


class Step(StrEnum):
    """The steps between the states."""

    RAISE = "raise"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    REMOVE = "remove"
    """Its rule or device is no longer in the site's files."""


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.NORMAL, Step.RAISE): State.UNACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Step.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Step.RETURN): State.RETURNED,
    (State.UNACKNOWLEDGED, Step.REMOVE): State.NORMAL,
    (State.ACKNOWLEDGED, Step.RETURN): State.NORMAL,
    (State.ACKNOWLEDGED, Step.REMOVE): State.NORMAL,
    (State.RETURNED, Step.RAISE): State.UNACKNOWLEDGED,
    (State.RETURNED, Step.ACKNOWLEDGE): State.NORMAL,
    (State.RETURNED, Step.REMOVE): State.NORMAL,
}

LATCHED_TRANSITIONS: Mapping[tuple[State, Step], State] = {
    **TRANSITIONS,
    (State.ACKNOWLEDGED, Step.RETURN): State.LATCHED,
    (State.RETURNED, Step.ACKNOWLEDGE): State.LATCHED,
    (State.LATCHED, Step.RAISE): State.UNACKNOWLEDGED,
    (State.LATCHED, Step.RESET): State.NORMAL,
    (State.LATCHED, Step.REMOVE): State.NORMAL,
}


def next_state(state: State, step: Step, *, latched: bool = False) -> State:
    """The state to which `step` leads from `state`.

    Raises:
        IllegalTransition: the table has no such step.
    """
    table = LATCHED_TRANSITIONS if latched else TRANSITIONS
    try:
        return table[state, step]
    except KeyError:
        raise IllegalTransition(f"an alarm that is {state} cannot {step}") from None
