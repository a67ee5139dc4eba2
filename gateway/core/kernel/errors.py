"""What the core refuses. The rest of the tree stands in `gateway.errors`."""

from __future__ import annotations


class GatewayError(Exception):
    """Any error that this product raises on purpose; its text is meant for the person who runs it."""


class IllegalTransition(GatewayError):
    """An alarm was asked for a step that its state does not allow, such as acknowledging it twice."""


class UnknownAlarm(GatewayError):
    """No standing alarm has this number: it never existed, or it is back to normal."""


class ConditionError(GatewayError):
    """A condition of a rule does not compile, or is not true-or-false; the text shows where, with a caret."""
