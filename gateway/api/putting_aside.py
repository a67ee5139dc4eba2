"""What people send to put alarms aside: who, why, and for how long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.operators import Line, PersonName
from gateway.api.times import OffsetTime
from gateway.core.kernel.times import Duration, from_datetime

_EXAMPLE: dict[str, Any] = {"by": "Li Wei", "reason": "The sensor is being changed", "for": "2h"}


class PuttingAside(BaseModel):
    """Who puts alarms aside, why, and for how long."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra={"example": _EXAMPLE})

    by: PersonName
    """A name that colleagues know."""
    reason: Line
    """Why, in one line."""
    for_: Duration | None = Field(None, alias="for", description="For how long, such as 90m or 2h.")
    until: OffsetTime | None = Field(None, description="Until when, in place of `for`; with an offset.")
    confirmed_by: PersonName | None = Field(
        None, description="A second person who agrees. Life-safety alarms are put aside by two people only."
    )

    def terms(self) -> dict[str, Any]:
        """The fields of the action."""
        until: datetime | None = self.until
        return {
            "by": self.by,
            "why": self.reason,
            "duration": self.for_,
            "until": None if until is None else from_datetime(until),
            "confirmed_by": self.confirmed_by,
        }


class Shelving(PuttingAside):
    """Who shelves an alarm, why, and for how long."""

    one_shot: bool = Field(False, description="Whether it also ends when the alarm next returns.")

    def terms(self) -> dict[str, Any]:
        """The fields of the action."""
        return {**super().terms(), "one_shot": self.one_shot}


class RuleShelving(Shelving):
    """Which alarms are shelved, whether one stands or not."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"example": {**_EXAMPLE, "rule": "pump-low-pressure", "device": "pump-b1-1"}},
    )

    rule: str
    """Id of a rule."""
    device: str | None = Field(None, description="Id of a device; all that the rule watches unless given.")
    subject: str | None = Field(None, description="In place of device a group, as kind:id, such as zone:east.")


class TakingOutOfService(PuttingAside):
    """What is taken out of service. Without `for` and `until` it stays so until somebody puts it back."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"example": {"by": "Li Wei", "reason": "Waits for a new motor", "device": "pump-b1-1"}},
    )

    device: str
    """Id of the device."""
    rule: str | None = Field(None, description="Only this rule on it; all but life-safety rules unless given.")
