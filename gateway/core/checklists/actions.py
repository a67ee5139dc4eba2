"""What people do with a checklist in use."""

from __future__ import annotations

from gateway.core.kernel.events import Action
from gateway.core.kernel.values import Value


class AnswerItem(Action, frozen=True, kw_only=True):
    """A person answers an item, or corrects an answer to it."""

    run: int
    """The number of the checklist in use."""
    item: str
    value: Value | None = None
    """None of a photo, and of a reading that is to be taken from the device."""
    not_applicable: bool = False
    """There is nothing to look at, for the reason that the note gives."""
    note: str | None = None
    photo: str | None = None
    """The hash of a stored photo."""
    expects: int = 0
    """The revision of the answer that the person knows, and replaces; 0 where there is none."""


class CompleteChecklist(Action, frozen=True, kw_only=True):
    """A person says that a checklist is complete."""

    run: int
    """The number of the checklist in use."""
    note: str | None = None
