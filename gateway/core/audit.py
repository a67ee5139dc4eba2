"""The part that writes the audit trail: what happened, and which earlier record caused it."""

from __future__ import annotations

from typing import ClassVar

from gateway.core.kernel.events import AuditRecord, Event
from gateway.core.kernel.part import Part


class AuditTrail(Part):
    """Collects the record of every event that carries one."""

    name: ClassVar[str] = "audit"

    def __init__(self) -> None:
        self._new: list[AuditRecord] = []

    def on(self, event: Event) -> None:
        """Collect the event's record."""
        if event.audit is not None:
            self._new.append(event.audit)

    def finish(self) -> list[AuditRecord] | None:
        """The records of this step, in the order of their numbers."""
        new = self._new
        if not new:
            return None
        self._new = []
        return new
