"""A checklist with an item of each kind, and a part alone that holds it: time is in seconds from noon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.checklists.events import ChecklistCompleted, ChecklistEnded
from gateway.core.checklists.part import ChecklistRows, Checklists
from gateway.core.checklists.requests import AttachChecklist, MoveChecklists, WithdrawChecklists
from gateway.core.checklists.run import Answer, RunRecord
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.values import Value
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import PUMP, at, site

TICKET = Subject(SubjectKind.TICKET, "12")
PHOTO = "0123456789abcdef" * 4
CORRECTIVE = {"category": "pump", "priority": "P3", "team": "engineering"}
ITEMS: tuple[dict[str, Any], ...] = (
    {"id": "clean", "text": {"en": "Room clean", "zh": "清洁"}, "kind": "pass_fail", "corrective": CORRECTIVE},
    {"id": "noise", "text": {"en": "Noise"}, "kind": "number", "unit": "dB", "min": 20, "max": 80},
    {"id": "pressure", "text": {"en": "Pressure"}, "kind": "reading", "metric": "pressure", "min": 0.2},
    {
        "id": "seal",
        "text": {"en": "Seal"},
        "kind": "choice",
        "choices": ["dry", {"id": "wet", "text": {"en": "It leaks", "zh": "漏水"}}],
        "fails": ["wet"],
        "corrective": CORRECTIVE,
    },
    {"id": "panel", "text": {"en": "Photo of the panel"}, "kind": "photo", "optional": True},
    {"id": "signature", "text": {"en": "Done by"}, "kind": "signature"},
)
GOOD: Mapping[str, Value] = {"clean": "pass", "noise": 60.0, "pressure": 0.4, "seal": "dry", "signature": "Li Wei"}
"""Good answers to all items that need one, in their order."""


def checklist(*items: Mapping[str, Any], **fields: object) -> ChecklistSpec:
    """A checklist with these items, or one of each kind."""
    whole = {"id": "weekly", "title": {"en": "Weekly", "zh": "周检"}, "profile": "pump", "items": [*(items or ITEMS)]}
    return ChecklistSpec.model_validate(whole | fields)


class Clipboard:
    """The part alone, and what it has stored: what a restart gives back."""

    def __init__(
        self, *specs: ChecklistSpec, language: str = "en", before: Clipboard | None = None, restart_s: float = 0
    ) -> None:
        """Begin anew, or go on where the one `before` has ended."""
        self.seam = LoneSeam(Checklists.name, **(before.counters if before else {}))
        self.runs: dict[int, RunRecord] = dict(before.runs) if before else {}
        self.answers: dict[tuple[int, str, int], Answer] = dict(before.answers) if before else {}
        self.trail: list[AuditRecord] = [*before.trail] if before else []
        self.ended: list[ChecklistEnded] = [*before.ended] if before else []
        known = {spec.id: spec for spec in specs or (checklist(),)}
        self.part = Checklists(site(language=language).site, {"pump": PUMP}, known, self.seam)
        if before:
            opened = tuple(record for record in self.runs.values() if record.is_open)
            numbers = {record.number for record in opened}
            answers = tuple(answer for answer in self.answers.values() if answer.run in numbers)
            self.part.restore(ChecklistRows(opened, answers), at(restart_s))

    @property
    def counters(self) -> dict[str, int]:
        """The next numbers."""
        return {name: self.seam.counters.peek(name) for name in ("event", "checklist")}

    def attach(self, at_s: float = 0, *, about: Subject = TICKET, checklist: str = "weekly", **more: object) -> None:
        """Have it answered."""
        request: dict[str, Any] = {"about": about, "checklist": checklist, "device": "p1", "time": at(at_s)}
        request.update(more)
        self.part.serve(AttachChecklist(**request))
        self._store()

    def withdraw(self, at_s: float, about: Subject = TICKET) -> None:
        """Nobody needs it any more."""
        self.part.serve(WithdrawChecklists(about=about, why="the ticket is cancelled", time=at(at_s), cause=77))
        self._store()

    def move(self, at_s: float, about: Subject, to: Subject) -> None:
        """What it is about is merged into something else."""
        self.part.serve(MoveChecklists(about=about, to=to, why="the ticket is merged", time=at(at_s), cause=78))
        self._store()

    def answer(self, at_s: float, item: str, value: Value | None = None, *, by: str = "Li Wei", **more: object) -> None:
        """Somebody answers an item."""
        action: dict[str, Any] = {"run": 1, "item": item, "value": value, "by": by}
        action.update(more)
        self.part.act(AnswerItem(**action), at(at_s))
        self._store()

    def answer_all(self, at_s: float, answers: Mapping[str, Value] = GOOD) -> None:
        """Somebody answers all of them."""
        for item, value in answers.items():
            self.answer(at_s, item, value)

    def complete(self, at_s: float, *, by: str = "Li Wei", run: int = 1) -> None:
        """Somebody says that it is complete."""
        self.part.act(CompleteChecklist(run=run, by=by), at(at_s))
        self._store()

    @property
    def completed(self) -> list[ChecklistCompleted]:
        """The completions that were told."""
        return [event for event in self.ended if isinstance(event, ChecklistCompleted)]

    def said(self) -> list[tuple[str, int, Value | None]]:
        """Item, revision and value of every answer that is stored."""
        return [(each.item, each.revision, each.value) for each in self.answers.values()]

    def steps(self) -> Sequence[object]:
        """The steps in the audit trail."""
        return [record.data["step"] for record in self.trail]

    def _store(self) -> None:
        for event in self.seam.taken():
            if event.audit is not None:
                self.trail.append(event.audit)
            if isinstance(event, ChecklistEnded):
                self.ended.append(event)
        for record in self.part.finish() or ():
            if isinstance(record, RunRecord):
                self.runs[record.number] = record
            else:
                self.answers[record.run, record.item, record.revision] = record
