"""Events of checklists."""

from __future__ import annotations

import msgspec

from gateway.core.checklists.items import Corrective
from gateway.core.kernel.events import Event
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class FailedItem(msgspec.Struct, frozen=True, gc=False):
    """An item of a complete checklist whose answer is not good."""

    item: str
    text: str
    """What was looked at, in the site's language."""
    answer: str
    """What was found, as people read it."""
    note: str | None
    photo: str | None
    """The hash of a photo."""
    corrective: Corrective | None
    """The ticket that it opens; None where the definition asks for none."""


class ChecklistCompleted(Event, frozen=True, kw_only=True):
    """A checklist is complete. It is told once: corrective tickets are opened in the step of the completion."""

    run: int
    about: Subject
    checklist: str
    """The id of the definition."""
    title: str
    device: str | None
    failed: tuple[FailedItem, ...]
    """In the order of the checklist."""
    by: str
    time: Micros
