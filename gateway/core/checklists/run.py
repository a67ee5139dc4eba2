"""A checklist in use: attached to a piece of work or a round, answered item by item, and complete in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from gateway.core.checklists.actions import AnswerItem
from gateway.core.checklists.definition import ItemKind
from gateway.core.checklists.items import Item
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


class RunState(StrEnum):
    """The state of a checklist in use."""

    OPEN = "open"
    COMPLETE = "complete"
    WITHDRAWN = "withdrawn"


class RunRecord(msgspec.Struct, frozen=True, gc=False):
    """A checklist in use without its answers: a row of the store."""

    number: int
    """Unique in the life of the store."""
    about: Subject
    """To what it is attached, such as a ticket."""
    device: str | None
    """The device whose values its readings take, by id."""
    checklist: str
    """The id of its definition in the site's files, which may have changed since."""
    title: str
    items: tuple[Item, ...]
    """As they were when it was attached."""
    attached_at: Micros
    event: int
    """The audit record of that."""
    completed_at: Micros | None = None
    completed_by: str | None = None
    withdrawn_at: Micros | None = None
    """When it was withdrawn because nobody needs it any more; None otherwise."""

    @property
    def state(self) -> RunState:
        """Whether it can be answered, or how it has ended."""
        if self.completed_at is not None:
            return RunState.COMPLETE
        return RunState.OPEN if self.withdrawn_at is None else RunState.WITHDRAWN

    @property
    def is_open(self) -> bool:
        """Whether it can be answered."""
        return self.state is RunState.OPEN

    def item(self, item: str) -> Item | None:
        """The item of this id; None where it has none."""
        return next((each for each in self.items if each.id == item), None)


class Answer(msgspec.Struct, frozen=True, gc=False):
    """One answer to one item, as it was given or corrected: a row of the store."""

    run: int
    item: str
    revision: int
    """1 for the first answer to the item, and one more for each correction."""
    value: Value | None
    """None of a photo, and of an item that does not apply."""
    note: str | None
    photo: str | None
    """The hash of a photo."""
    by: str
    answered_at: Micros
    event: int
    """The audit record of it."""
    measured_at: Micros | None = None
    """When the device measured the value; None where a person has entered it."""

    @property
    def is_not_applicable(self) -> bool:
        """Whether the item does not apply: the note says why."""
        return self.value is None and self.photo is None

    def says(self, said: AnswerItem, value: Value | None) -> bool:
        """Whether somebody who says this, with the value as it is stored, says what stands here already.

        A reading that was taken from the device is taken again for another person.
        """
        if (said.note, said.photo, said.not_applicable) != (self.note, self.photo, self.is_not_applicable):
            return False
        by = said.by
        return value == self.value if self.measured_at is None else value is None and by == self.by


@dataclass(slots=True)
class Run:
    """A checklist in use with its answers."""

    record: RunRecord
    answers: dict[str, dict[int, Answer]] = field(default_factory=dict)
    """Of each item that was answered, by revision."""

    def add(self, answer: Answer) -> None:
        """Take an answer."""
        self.answers.setdefault(answer.item, {})[answer.revision] = answer

    def latest(self, item: str) -> Answer | None:
        """The answer to an item that counts; None where nobody has answered it."""
        revisions = self.answers.get(item)
        return revisions[max(revisions)] if revisions else None

    def revision(self, item: str, revision: int) -> Answer | None:
        """An answer to an item, as it was once; None where there is none."""
        return self.answers.get(item, {}).get(revision)

    def unanswered(self) -> list[Item]:
        """The items without which it is not complete."""
        return [item for item in self.record.items if not item.optional and self.latest(item.id) is None]

    def not_applicable(self) -> tuple[str, ...]:
        """The ids of the items that do not apply."""
        latest = [self.latest(item.id) for item in self.record.items]
        return tuple(answer.item for answer in latest if answer is not None and answer.is_not_applicable)

    def outdated_signatures(self) -> list[Item]:
        """The signatures that were given before another item was answered or corrected: they do not count for it."""
        signed = {item.id for item in self.record.items if item.kind is ItemKind.SIGNATURE}
        latest = [answer for item in self.record.items if (answer := self.latest(item.id)) is not None]
        newest = max((answer.event for answer in latest if answer.item not in signed), default=0)
        outdated = {answer.item for answer in latest if answer.item in signed and answer.event < newest}
        return [item for item in self.record.items if item.id in outdated]

    def failed(self) -> Iterator[tuple[Item, Answer]]:
        """The items whose answers are not good."""
        for item in self.record.items:
            answer = self.latest(item.id)
            if answer is not None and item.is_failed(answer.value):
                yield item, answer
