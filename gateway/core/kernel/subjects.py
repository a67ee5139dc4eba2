"""Subjects: the thing that an alarm or a ticket is about."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

import msgspec


class SubjectKind(StrEnum):
    """The kinds of subjects. Alarms and tickets are about most of them; links and notices about alarms and tickets."""

    DEVICE = "device"
    LOCATION = "location"
    ZONE = "zone"
    GROUP = "group"
    CHECKPOINT = "checkpoint"
    TICKET = "ticket"
    ALARM = "alarm"
    GATEWAY = "gateway"


class Subject(msgspec.Struct, frozen=True, order=True, gc=False):
    """One subject, such as the device `pump-b1-1`. Its text form is `kind:id`."""

    kind: SubjectKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text form `kind:id`.

        Raises:
            ValueError: the kind is unknown.
        """
        kind, _, identifier = text.partition(":")
        return cls(SubjectKind(kind), identifier)

    @classmethod
    def of_device(cls, device: str) -> Self:
        """The subject of the device with this id."""
        return cls(SubjectKind.DEVICE, device)

    @property
    def device(self) -> str | None:
        """The device's id; None for any other kind."""
        return self.id if self.kind is SubjectKind.DEVICE else None

    @property
    def level(self) -> str:
        """Its name in topics and in the audit trail: the id alone for a device, `kind:id` for anything else."""
        return self.id if self.kind is SubjectKind.DEVICE else str(self)


GATEWAY = Subject(SubjectKind.GATEWAY, "self")
"""The gateway itself."""
