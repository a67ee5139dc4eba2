"""What the audit trail keeps of an alarm's step."""

from __future__ import annotations

from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.lifecycle import Step

_TELLING = (Step.RAISE, Step.SUPPRESS)
"""Those that say that the condition holds."""


def step_data(alarm: Alarm, step: Step, definition: AlarmDefinition | None, note: str | None) -> dict[str, object]:
    """The data of the audit record; `alarm` has made the step. Where its condition holds, that is said."""
    data: dict[str, object] = {"alarm": alarm.number, "step": step.value, "state": alarm.state.value}
    if step in _TELLING and definition is not None and definition.when is not None:
        data |= {"when": definition.when, "for_s": definition.on_delay / 1e6}
    if step in _TELLING and alarm.detail is not None:
        data |= {"detail": alarm.detail}
    if note is not None:
        data |= {"note": note}
    return data
