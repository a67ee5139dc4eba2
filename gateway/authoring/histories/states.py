"""The words for what becomes of alarms."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.alarms.lifecycle import State, Step

STATES = tuple(state.value for state in State if state is not State.NORMAL)
"""In which an alarm stands."""
STEPS: Mapping[Step, str] = {
    Step.RAISE: "raised",
    Step.RETURN: "returned",
    Step.ACKNOWLEDGE: "acknowledged",
    Step.RESET: "reset",
    Step.REMOVE: "removed",
    Step.SUPPRESS: "suppressed",
    Step.FALL: "fell",
}
"""What is told of it."""
