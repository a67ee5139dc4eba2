"""Queries for checklists in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, select

from gateway.core.checklists.run import Run, RunRecord, RunState
from gateway.core.kernel.subjects import Subject
from gateway.store.checklists.tables import answer_of, answers, is_open, run_of, runs
from gateway.store.database import Database
from gateway.store.paging import Page, matching
from gateway.store.rows import page_of, understood

_IN_STATE: Mapping[RunState, ColumnElement[bool]] = {
    RunState.OPEN: is_open,
    RunState.COMPLETE: runs.c.completed_at.is_not(None),
    RunState.WITHDRAWN: runs.c.withdrawn_at.is_not(None),
}


def find_runs(
    database: Database, page: Page, *, about: Subject | None = None, state: RunState | None = None
) -> list[Run]:
    """Checklists in use, newest first, with their answers: all, or those of one thing or in one state."""
    query = matching(select(runs), {runs.c.about: None if about is None else str(about)})
    if state is not None:
        query = query.where(_IN_STATE[state])
    found = page_of(database, query, runs.c.number, page, run_of, table="checklist_runs", key="number")
    return _with_answers(database, found)


def find_run(database: Database, number: int) -> Run | None:
    """The checklist in use of this number; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(runs).where(runs.c.number == number)).mappings()
        found = [*understood(database, "checklist_runs", "number", rows, run_of)]
    return next(iter(_with_answers(database, found)), None)


def _with_answers(database: Database, records: Iterable[RunRecord]) -> list[Run]:
    found = {record.number: Run(record) for record in records}
    query = select(answers).where(answers.c.run.in_(found))
    with database.reading() as connection:
        rows = connection.execute(query).mappings()
        for answer in understood(database, "checklist_answers", "run", rows, answer_of):
            found[answer.run].add(answer)
    return [*found.values()]
