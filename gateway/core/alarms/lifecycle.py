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
    SUPPRESSED = "suppressed"
    """The condition holds, and people are not told, for a reason that somebody or something gave."""


class Step(StrEnum):
    """The steps between the states."""

    RAISE = "raise"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    REMOVE = "remove"
    """Its rule or device is no longer in the site's files."""
    SUPPRESS = "suppress"
    """The condition begins to hold, or holds, and people are not to be told."""
    FALL = "fall"
    """Its worst level has ended, and a lower one holds: people are not told anew."""


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.NORMAL, Step.RAISE): State.UNACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Step.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Step.RAISE): State.UNACKNOWLEDGED,  # told again: its level rises
    (State.UNACKNOWLEDGED, Step.RETURN): State.RETURNED,
    (State.UNACKNOWLEDGED, Step.REMOVE): State.NORMAL,
    (State.ACKNOWLEDGED, Step.RAISE): State.UNACKNOWLEDGED,  # told again: its level rises, or it stands for long
    (State.ACKNOWLEDGED, Step.RETURN): State.NORMAL,
    (State.ACKNOWLEDGED, Step.REMOVE): State.NORMAL,
    (State.RETURNED, Step.RAISE): State.UNACKNOWLEDGED,
    (State.RETURNED, Step.ACKNOWLEDGE): State.NORMAL,
    (State.RETURNED, Step.REMOVE): State.NORMAL,
    (State.UNACKNOWLEDGED, Step.FALL): State.UNACKNOWLEDGED,
    (State.ACKNOWLEDGED, Step.FALL): State.ACKNOWLEDGED,
    (State.SUPPRESSED, Step.FALL): State.SUPPRESSED,
    # Suppression: a new occurrence that nobody is told of, or one that was told and is taken off the list by a person.
    (State.NORMAL, Step.SUPPRESS): State.SUPPRESSED,
    (State.RETURNED, Step.SUPPRESS): State.SUPPRESSED,
    (State.UNACKNOWLEDGED, Step.SUPPRESS): State.SUPPRESSED,
    (State.ACKNOWLEDGED, Step.SUPPRESS): State.SUPPRESSED,
    (State.SUPPRESSED, Step.RAISE): State.UNACKNOWLEDGED,  # suppression is over, and the condition still holds
    (
        State.SUPPRESSED,
        Step.SUPPRESS,
    ): State.SUPPRESSED,  # its level rises; or, where it latches, it returned and occurs again
    (State.SUPPRESSED, Step.RETURN): State.NORMAL,
    (State.SUPPRESSED, Step.REMOVE): State.NORMAL,
}

LATCHED_TRANSITIONS: Mapping[tuple[State, Step], State] = {
    **TRANSITIONS,
    (State.ACKNOWLEDGED, Step.RETURN): State.LATCHED,
    (State.RETURNED, Step.ACKNOWLEDGE): State.LATCHED,
    (State.LATCHED, Step.RAISE): State.UNACKNOWLEDGED,
    (State.LATCHED, Step.RESET): State.NORMAL,
    (State.LATCHED, Step.REMOVE): State.NORMAL,
    (State.LATCHED, Step.SUPPRESS): State.SUPPRESSED,
    (State.SUPPRESSED, Step.RETURN): State.SUPPRESSED,  # people learn of it when suppression is over
}
"""Of a rule that latches: each occurrence is told, sooner or later."""

DUE_TRANSITIONS: Mapping[tuple[State, Step], State] = {
    **TRANSITIONS,
    (State.SUPPRESSED, Step.RETURN): State.RETURNED,
}
"""Of an alarm that was told and that nobody had acknowledged when it was suppressed: it waits for that all the same."""

KNOWN_TRANSITIONS: Mapping[tuple[State, Step], State] = {(State.SUPPRESSED, Step.FALL): State.ACKNOWLEDGED}
"""Of an alarm that falls back to a level of which people were told: it is on the list as before."""

KNOWN_DUE_TRANSITIONS: Mapping[tuple[State, Step], State] = {(State.SUPPRESSED, Step.FALL): State.UNACKNOWLEDGED}
"""The same of one that nobody had acknowledged on that level."""


def next_state(
    state: State, step: Step, *, latched: bool = False, acknowledgement_due: bool = False, is_known: bool = False
) -> State:
    """The state to which `step` leads from `state`.

    Args:
        latched: whether the rule latches.
        acknowledgement_due: whether it is suppressed, and was told before and not acknowledged.
        is_known: whether people were told of the level that it has, and no person has put it aside.

    Raises:
        IllegalTransition: the table has no such step.
    """
    known = KNOWN_DUE_TRANSITIONS if acknowledgement_due else KNOWN_TRANSITIONS
    if is_known and (state, step) in known:
        return known[state, step]
    table = LATCHED_TRANSITIONS if latched else DUE_TRANSITIONS if acknowledgement_due else TRANSITIONS
    try:
        return table[state, step]
    except KeyError:
        raise IllegalTransition(f"an alarm that is {state} cannot {step}") from None
