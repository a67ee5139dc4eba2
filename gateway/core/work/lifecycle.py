"""The life cycle of a ticket: its states, and the steps between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.core.kernel.errors import IllegalTransition


class TicketState(StrEnum):
    """The states of a ticket."""

    NEW = "new"
    """Nobody has it."""
    ASSIGNED = "assigned"
    """Somebody is asked to do it, and has not accepted."""
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    ON_HOLD = "on_hold"
    """The work waits, for a reason that somebody gave."""
    RESOLVED = "resolved"
    """The work is done, and nobody has confirmed it."""
    CONFIRMED = "confirmed"
    """Who reported it, or the duty room, agrees that it is done."""
    CLOSED = "closed"
    CANCELLED = "cancelled"
    """There is no work to do."""
    MERGED = "merged"
    """The work is done under another ticket."""


class TicketStep(StrEnum):
    """The steps between the states."""

    OPEN = "open"
    ASSIGN = "assign"
    ACCEPT = "accept"
    DECLINE = "decline"
    HAND_OVER = "hand over"
    ARRIVE = "arrive"
    HOLD = "hold"
    RESUME = "resume"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CLOSE = "close"
    CANCEL = "cancel"
    MERGE = "merge"


class AsBefore(StrEnum):
    """Where a step leads that depends on what was before."""

    HELD = "the state in which it was put on hold"
    GIVEN = "assigned where somebody has it, else new"


S, T = TicketState, TicketStep

TRANSITIONS: Mapping[tuple[TicketState, TicketStep], TicketState | AsBefore] = {
    (S.NEW, T.ASSIGN): S.ASSIGNED,
    (S.NEW, T.ACCEPT): S.ACCEPTED,
    (S.NEW, T.HOLD): S.ON_HOLD,
    (S.NEW, T.CANCEL): S.CANCELLED,
    (S.NEW, T.MERGE): S.MERGED,
    (S.ASSIGNED, T.ASSIGN): S.ASSIGNED,  # the next is asked
    (S.ASSIGNED, T.ACCEPT): S.ACCEPTED,
    (S.ASSIGNED, T.DECLINE): S.NEW,
    (S.ASSIGNED, T.HOLD): S.ON_HOLD,
    (S.ASSIGNED, T.CANCEL): S.CANCELLED,
    (S.ASSIGNED, T.MERGE): S.MERGED,
    (S.ACCEPTED, T.HAND_OVER): S.ASSIGNED,
    (S.ACCEPTED, T.ARRIVE): S.ON_SITE,
    (S.ACCEPTED, T.HOLD): S.ON_HOLD,
    (S.ACCEPTED, T.RESOLVE): S.RESOLVED,  # from afar
    (S.ACCEPTED, T.CANCEL): S.CANCELLED,
    (S.ACCEPTED, T.MERGE): S.MERGED,
    (S.ON_SITE, T.HAND_OVER): S.ASSIGNED,
    (S.ON_SITE, T.HOLD): S.ON_HOLD,
    (S.ON_SITE, T.RESOLVE): S.RESOLVED,
    (S.ON_SITE, T.CANCEL): S.CANCELLED,
    (S.ON_SITE, T.MERGE): S.MERGED,
    (S.ON_HOLD, T.RESUME): AsBefore.HELD,
    (S.ON_HOLD, T.CANCEL): S.CANCELLED,
    (S.ON_HOLD, T.MERGE): S.MERGED,
    (S.RESOLVED, T.CONFIRM): S.CONFIRMED,
    (S.RESOLVED, T.REOPEN): AsBefore.GIVEN,
    (S.RESOLVED, T.CLOSE): S.CLOSED,
    (S.CONFIRMED, T.REOPEN): AsBefore.GIVEN,
    (S.CONFIRMED, T.CLOSE): S.CLOSED,
    (S.CLOSED, T.REOPEN): AsBefore.GIVEN,
}

AT_WORK = frozenset({S.NEW, S.ASSIGNED, S.ACCEPTED, S.ON_SITE, S.ON_HOLD})
"""There is work to do."""
DONE = frozenset({S.RESOLVED, S.CONFIRMED, S.CLOSED})
"""The work is done. It may turn out that it is not: then the ticket is reopened."""
OPEN = AT_WORK | {S.RESOLVED, S.CONFIRMED}
"""Somebody still has to do something."""

ENDED = frozenset({S.CLOSED, S.CANCELLED, S.MERGED})
"""Nobody has to do anything any more."""


def next_state(state: TicketState, step: TicketStep, *, held_from: TicketState | None, is_given: bool) -> TicketState:
    """The state to which `step` leads from `state`.

    Args:
        held_from: of one that is on hold, the state before.
        is_given: whether somebody has it.

    Raises:
        IllegalTransition: the table has no such step.
    """
    to = checked_step(state, step)
    if to is AsBefore.GIVEN:
        return S.ASSIGNED if is_given else S.NEW
    if to is AsBefore.HELD:
        return held_from or S.NEW
    return TicketState(to)


def checked_step(state: TicketState, step: TicketStep) -> TicketState | AsBefore:
    """Where the table says that the step leads; raises as `next_state`."""
    to = TRANSITIONS.get((state, step))
    if to is None:
        raise IllegalTransition(f"a ticket that is {state.value.replace('_', ' ')} cannot {step.value}")
    return to


_DONE_TO_IT: Mapping[TicketStep, str] = {
    T.ASSIGN: "assigned",
    T.ACCEPT: "accepted",
    T.DECLINE: "declined",
    T.HAND_OVER: "handed over",
    T.ARRIVE: "attended on site",
    T.HOLD: "put on hold",
    T.RESUME: "resumed",
    T.RESOLVE: "resolved",
    T.CONFIRM: "confirmed",
    T.REOPEN: "reopened",
    T.CLOSE: "closed",
    T.CANCEL: "cancelled",
    T.MERGE: "merged",
}


def what_can_be_done(state: TicketState) -> str:
    """The steps that can be made from a state, for people, such as `it can be resumed, cancelled or merged`."""
    words = [_DONE_TO_IT[step] for step in steps_from(state)]
    if not words:
        return "no step is left"
    return f"it can be {' or '.join(filter(None, (', '.join(words[:-1]), words[-1])))}"


def steps_from(state: TicketState) -> tuple[TicketStep, ...]:
    """The steps that can be made from a state."""
    return tuple(step for each, step in TRANSITIONS if each is state)
