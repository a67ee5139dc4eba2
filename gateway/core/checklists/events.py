"""Events of checklists."""

from __future__ import annotations

import msgspec

from gateway.core.checklists.items import Corrective
from gateway.core.checklists.run import Run, RunRecord
from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class FailedItem(msgspec.Struct, frozen=True, gc=False):
    """An item of a checklist that is over, whose answer is not good."""

    item: str
    text: str
    """What was looked at, in the site's language."""
    answer: str
    """What was found, as people read it, and of a number what would be good."""
    note: str | None
    photo: str | None
    """The hash of a photo."""
    corrective: Corrective | None
    """The ticket that it opens; None where the definition asks for none."""


class ChecklistEnded(Event, frozen=True, kw_only=True):
    """A checklist is over. It is told once: corrective tickets are opened in the step of its end."""

    run: RunRecord
    """As it was before."""
    failed: tuple[FailedItem, ...]
    """In the order of the checklist."""
    by: str | None
    """None where the gateway has withdrawn it."""
    time: Micros


class ChecklistCompleted(ChecklistEnded, frozen=True, kw_only=True):
    """A checklist is complete."""

    not_applicable: tuple[str, ...] = ()
    """The ids of the items that do not apply, as people say."""


class ChecklistWithdrawn(ChecklistEnded, frozen=True, kw_only=True):
    """Nobody needs a checklist any more. What was found until then is so all the same."""


def failed_items(run: Run) -> tuple[FailedItem, ...]:
    """The items of a checklist whose answers are not good."""
    return tuple(
        FailedItem(
            item=item.id,
            text=item.text,
            answer=f"{item.words(answer.value)} ({item.limits})" if item.limits else item.words(answer.value),
            note=answer.note,
            photo=answer.photo,
            corrective=item.corrective,
        )
        for item, answer in run.failed()
    )
