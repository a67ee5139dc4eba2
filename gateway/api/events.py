"""Records of the audit trail as the API shows them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field

from gateway.api.times import Moment
from gateway.core.kernel.events import AuditRecord


class EventAnswer(BaseModel):
    """One link of the causal chain."""

    number: int
    time: Moment
    kind: Literal[
        "message",
        "reading",
        "alarm",
        "comment",
        "shelf",
        "maintenance",
        "flood",
        "checklist",
        "ticket",
        "duty",
        "notice",
        "session",
    ]
    subject: str = Field(
        description="The topic, the device, the rule and device, the number of an alarm, ticket, notice, shelf, "
        "checklist or maintenance, the reason of a planned maintenance, or the person who is away or back."
    )
    cause: int | None = Field(description="Number of the event that led to this one.")
    by: str | None = Field(description="The person who did it; null where the gateway did.")
    data: dict[str, object] = Field(description="Details; which there are depends on the kind.")

    @classmethod
    def of(cls, event: AuditRecord) -> Self:
        """The answer for this event."""
        return cls(**{name: getattr(event, name) for name in event.__struct_fields__})
