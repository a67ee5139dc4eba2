"""What an alarm or a ticket is about."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

import msgspec


class SubjectKind(StrEnum):
    """Kinds of things that something can be about."""

    DEVICE = "device"
    LOCATION = "location"
    ZONE = "zone"
    GROUP = "group"
    CHECKPOINT = "checkpoint"
    TICKET = "ticket"
    GATEWAY = "gateway"


class Subject(msgspec.Struct, frozen=True):
    """One thing that something is about, such as the device `pump-b1-1`. As text it is `kind:id`."""

    kind: SubjectKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The subject of this text.

        Raises:
            ValueError: the kind is not known.
        """
        kind, _, identifier = text.partition(":")
        return cls(SubjectKind(kind), identifier)

    @classmethod
    def of_device(cls, device: str) -> Self:
        """The device of this id."""
        return cls(SubjectKind.DEVICE, device)

    @property
    def device(self) -> str | None:
        """The device's id; None where it is something else."""
        return self.id if self.kind is SubjectKind.DEVICE else None

    @property
    def level(self) -> str:
        """How topics and the audit trail name it: a device by its id alone, anything else by kind and id."""
        return self.id if self.kind is SubjectKind.DEVICE else str(self)
