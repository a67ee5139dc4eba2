"""The life cycle of an alarm after ISA-18.2: its states, and the steps between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.core.kernel.errors import IllegalTransition


class State(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """The condition has ended before anybody acknowledged it."""
    LATCHED = "latched"
    """Ended and acknowledged, but the rule wants it reset by hand."""


class Step(StrEnum):
    """What can happen to an alarm."""

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
    """Where `step` leads from `state`.

    Raises:
        IllegalTransition: when the table has no such step.
    """
    table = LATCHED_TRANSITIONS if latched else TRANSITIONS
    try:
        return table[state, step]
    except KeyError:
        raise IllegalTransition(f"an alarm that is {state} cannot {step}") from None
