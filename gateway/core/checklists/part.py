"""The part of checklists in use: it takes answers and corrections, and tells the work above when one is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

import msgspec

from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.compiling import items_of
from gateway.core.checklists.definition import ChecklistSpec, ItemKind
from gateway.core.checklists.events import ChecklistCompleted, ChecklistWithdrawn, failed_items
from gateway.core.checklists.items import Item
from gateway.core.checklists.open_runs import OpenRuns
from gateway.core.checklists.requests import AttachChecklist, MoveChecklists, NameOpenChecklists, WithdrawChecklists
from gateway.core.checklists.run import Answer, Run, RunRecord
from gateway.core.checklists.taking import Instruments
from gateway.core.checklists.trail import data_of
from gateway.core.kernel.errors import ChecklistRefused, InvalidAction, UnknownChecklist
from gateway.core.kernel.events import Action, AuditRecord, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import Site


class ChecklistRows(msgspec.Struct, frozen=True):
    """The checklists of an earlier run of the gateway that are open, and their answers."""

    runs: tuple[RunRecord, ...] = ()
    answers: tuple[Answer, ...] = ()


class Checklists(Part):
    """Keeps the open checklists. Those that are complete are in the store alone."""

    name: ClassVar[str] = "checklists"
    actions: ClassVar[tuple[type[Action], ...]] = (AnswerItem, CompleteChecklist)
    requests: ClassVar[tuple[type[Request], ...]] = (
        AttachChecklist,
        MoveChecklists,
        WithdrawChecklists,
        NameOpenChecklists,
    )

    def __init__(
        self,
        site: Site,
        profiles: Mapping[str, Profile],
        checklists: Mapping[str, ChecklistSpec],
        seam: Seam,
    ) -> None:
        self._language = site.header.language
        self._profiles = profiles
        self._checklists = checklists
        self._seam = seam
        self._instruments = Instruments(seam)
        self._open = OpenRuns()
        self._changed: list[RunRecord | Answer] = []

    def restore(self, rows: ChecklistRows, now: Micros) -> None:
        """Go on with what is open."""
        for record in rows.runs:
            self._open.keep(Run(record))
        for answer in rows.answers:
            if (run := self._open.find(answer.run)) is not None:
                run.add(answer)

    def on(self, event: Event) -> None:
        """Know whether the gateway knows the time: until it does, nobody knows the age of a reading."""
        self._instruments.on(event)

    def serve(self, request: Request) -> None:
        """Attach, move or withdraw checklists, or say which are open."""
        match request:
            case NameOpenChecklists():
                request.answer(tuple(run.record.title for run in self._open.about(request.about)))
            case AttachChecklist():
                self._attach(request)
            case MoveChecklists():
                for run in self._open.about(request.about):
                    self._move(run, request)
            case WithdrawChecklists():
                for run in self._open.about(request.about):
                    self._withdraw(run, request)

    def act(self, action: Action, now: Micros) -> None:
        """Answer an item, or complete a checklist.

        Raises:
            UnknownChecklist: no open checklist has this number.
            InvalidAction: the item does not accept this answer.
            ChecklistRefused: the answer replaces another one than is expected, the reading cannot be taken, or
                something is missing.
        """
        match action:
            case AnswerItem():
                self._answer(self._find(action.run), action, now)
            case CompleteChecklist():
                self._complete(self._find(action.run), action, now)
            case _:
                raise TypeError(f"{type(action).__name__} is no action on a checklist")

    def finish(self) -> list[RunRecord | Answer] | None:
        """The checklists in use that have changed in this step, and the answers that were given."""
        changed = self._changed
        if not changed:
            return None
        self._changed = []
        return changed

    def _find(self, number: int) -> Run:
        run = self._open.find(number)
        if run is None:
            raise UnknownChecklist(f"no open checklist has the number {number}")
        return run

    def _attach(self, request: AttachChecklist) -> None:
        spec = self._checklists.get(request.checklist)
        if spec is None:
            raise UnknownChecklist(f"the site's files have no checklist {request.checklist!r}")
        if self._open.has(request.about, spec.id):
            return
        number = self._seam.counters.take("checklist")
        title = spec.title.in_language(self._language)
        data: dict[str, object] = {"step": "attach", "checklist": spec.id, "title": title, "about": str(request.about)}
        data |= {} if request.device is None else {"device": request.device}
        audit = self._seam.record("checklist", str(number), request.time, data, cause=request.cause, by=request.by)
        self._seam.emit(Event(audit=audit))
        record = RunRecord(
            number=number,
            about=request.about,
            device=request.device,
            checklist=spec.id,
            title=title,
            items=items_of(spec, self._profiles.get(spec.profile or ""), self._language),
            attached_at=request.time,
            event=audit.number,
        )
        self._open.keep(Run(record))
        self._changed.append(record)

    def _answer(self, run: Run, action: AnswerItem, now: Micros) -> None:
        item = run.record.item(action.item)
        if item is None:
            known = ", ".join(each.id for each in run.record.items)
            raise InvalidAction(f"the checklist has no item {action.item!r}; it has {known}")
        if action.not_applicable:
            item.check_reason(action.value, action.photo, action.note)
        value = None if action.not_applicable else item.accept(action.value, action.photo)
        replayed = run.revision(item.id, action.expects + 1)
        if replayed is not None and replayed.says(action, value):
            return
        before = run.latest(item.id)
        if (before.revision if before else 0) != action.expects:
            raise ChecklistRefused(_conflict(item, before, action.expects))
        measured_at = None
        if item.kind is ItemKind.READING and value is None and not action.not_applicable:
            value, measured_at = self._instruments.take(item, run.record.device, now)
        answer = Answer(
            run=run.record.number,
            item=item.id,
            revision=action.expects + 1,
            value=value,
            note=action.note,
            photo=action.photo,
            by=action.by,
            answered_at=now,
            event=self._seam.counters.peek("event"),
            measured_at=measured_at,
        )
        audit = self._record(run.record, data_of(item, answer), now, by=action.by)
        self._seam.emit(Event(audit=audit))
        run.add(answer)
        self._changed.append(answer)

    def _complete(self, run: Run, action: CompleteChecklist, now: Micros) -> None:
        if unanswered := run.unanswered():
            raise ChecklistRefused(f"these items are not answered yet: {_names(unanswered)}")
        if outdated := run.outdated_signatures():
            raise ChecklistRefused(
                f"sign again, an item was answered or corrected after the signature: {_to_sign(run, outdated)}"
            )
        failed = failed_items(run)
        before = run.record
        data: dict[str, object] = {"step": "complete", "failed": [each.item for each in failed]}
        data |= {} if action.note is None else {"note": action.note}
        audit = self._record(before, data, now, by=action.by)
        self._end(run, msgspec.structs.replace(before, completed_at=now, completed_by=action.by))
        skipped = run.not_applicable()
        self._seam.emit(
            ChecklistCompleted(audit=audit, run=before, failed=failed, not_applicable=skipped, by=action.by, time=now)
        )

    def _withdraw(self, run: Run, request: WithdrawChecklists | MoveChecklists) -> None:
        before, failed = run.record, failed_items(run)
        data: dict[str, object] = {"step": "withdraw", "note": request.why, "failed": [each.item for each in failed]}
        audit = self._record(before, data, request.time, by=request.by, cause=request.cause)
        self._end(run, msgspec.structs.replace(before, withdrawn_at=request.time))
        self._seam.emit(ChecklistWithdrawn(audit=audit, run=before, failed=failed, by=request.by, time=request.time))

    def _move(self, run: Run, request: MoveChecklists) -> None:
        if self._open.has(request.to, run.record.checklist):
            self._withdraw(run, request)
            return
        self._open.drop(run)
        run.record = msgspec.structs.replace(run.record, about=request.to)
        self._open.keep(run)
        data: dict[str, object] = {"step": "move", "from": str(request.about), "note": request.why}
        audit = self._record(run.record, data, request.time, by=request.by, cause=request.cause)
        self._seam.emit(Event(audit=audit))
        self._changed.append(run.record)

    def _end(self, run: Run, ended: RunRecord) -> None:
        self._open.drop(run)
        self._changed.append(ended)

    def _record(
        self, run: RunRecord, data: dict[str, object], time: Micros, *, by: str | None, cause: int | None = None
    ) -> AuditRecord:
        """The audit record of a step on a checklist; unless something else caused it, that it was attached did."""
        data |= {"title": run.title, "about": str(run.about)}
        return self._seam.record("checklist", str(run.number), time, data, cause=cause or run.event, by=by)


def _names(items: Iterable[Item]) -> str:
    return ", ".join(f"{item.id} ({item.text})" for item in items)


def _to_sign(run: Run, outdated: Iterable[Item]) -> str:
    given = [(item, run.latest(item.id)) for item in outdated]
    return ", ".join(f"{_names([item])}, with `expects` {answer.revision}" for item, answer in given if answer)


def _conflict(item: Item, before: Answer | None, expects: int) -> str:
    if before is None:
        return f"{item.id} has no answer yet, and this would replace answer {expects}: give it as the first"
    said = f"not applicable, {before.note}" if before.is_not_applicable else item.words(before.value) or "a photo"
    return (
        f"{before.by} has answered {item.id} at {isoformat(before.answered_at)}: {said};"
        f" to replace that, answer with `expects` {before.revision}"
    )
