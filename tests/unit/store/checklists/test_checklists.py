"""Checklists in use, and their answers, in the store."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text

from gateway import parts
from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.part import ChecklistRows, Checklists
from gateway.core.checklists.requests import AttachChecklist
from gateway.core.checklists.run import Answer, RunRecord
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.errors import ChecklistRefused
from gateway.store.checklists.queries import find_run, find_runs
from gateway.store.checklists.tables import load
from gateway.store.database import Database
from gateway.store.paging import Page
from gateway.store.writer import Writer
from tests.unit.core.checklists.clipboard import GOOD, PHOTO, TICKET, Clipboard, checklist
from tests.unit.core.sites import at, site
from tests.unit.core.stores import Store

OTHER = Subject(SubjectKind.TICKET, "13")


def commit(database: Database, *steps: list[RunRecord | Answer]) -> None:
    """Write what these steps have changed, in one transaction."""
    Writer(database, parts.tables()).commit([Changes({Checklists.name: step}) for step in steps])


def of(clipboard: Clipboard) -> list[RunRecord | Answer]:
    return [*clipboard.runs.values(), *clipboard.answers.values()]


@pytest.fixture
def clipboard(database: Database) -> Clipboard:
    """One that is complete and one that is open, both in the store."""
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.attach(1, about=OTHER, device=None)
    clipboard.answer(2, "noise", 85.25, note="ein 声音", photo=PHOTO, run=2)
    clipboard.answer(3, "noise", 58, expects=1, by="Wang Fang", run=2)
    clipboard.answer(4, "panel", photo=PHOTO, run=2)
    opened = dict(clipboard.runs)
    clipboard.answer_all(5, GOOD)
    clipboard.complete(6)
    commit(database, [*opened.values()], of(clipboard))
    return clipboard


def test_an_open_one_is_read_again_after_a_restart_as_it_was(database: Database, clipboard: Clipboard) -> None:
    rows = load(database)
    assert rows.runs == (clipboard.runs[2],)
    assert sorted(rows.answers, key=lambda each: each.event) == [
        each for each in clipboard.answers.values() if each.run == 2
    ]


def test_one_that_is_complete_or_withdrawn_stays_to_be_looked_up(database: Database, clipboard: Clipboard) -> None:
    first = find_run(database, 1)
    assert first is not None
    assert first.record == clipboard.runs[1]
    assert {item: answer.value for item in GOOD if (answer := first.latest(item)) is not None} == GOOD
    second = find_run(database, 2)
    assert second is not None
    assert [each.value for each in second.answers["noise"].values()] == [85.25, 58.0]
    assert find_run(database, 3) is None
    clipboard.withdraw(9, OTHER)
    commit(database, of(clipboard))
    assert load(database).runs == ()
    assert load(database).answers == ()
    withdrawn = find_run(database, 2)
    assert withdrawn is not None
    assert withdrawn.record.withdrawn_at == at(9)


def test_they_are_listed_newest_first_or_those_of_one_thing(database: Database, clipboard: Clipboard) -> None:
    assert [run.record.number for run in find_runs(database, Page(10))] == [2, 1]
    assert [run.record.number for run in find_runs(database, Page(10, before=2))] == [1]
    assert [run.record.number for run in find_runs(database, Page(10), about=TICKET)] == [1]
    assert [len(run.answers) for run in find_runs(database, Page(10))] == [2, 5]


@pytest.mark.parametrize(
    ("damage", "runs", "noise"),
    [
        ("UPDATE checklist_runs SET items = '[{' WHERE number = 2", [], []),
        ("UPDATE checklist_runs SET about = 'nobody' WHERE number = 2", [], []),
        ("UPDATE checklist_answers SET value = '{' WHERE revision = 2", [2], [1]),
        ("UPDATE checklist_answers SET answered_at = 'x' WHERE revision = 1 AND item = 'noise'", [2], [2]),
    ],
)
def test_a_damaged_row_costs_no_other(
    database: Database, clipboard: Clipboard, damage: str, runs: list[int], noise: list[int]
) -> None:
    with database.writing() as connection:
        connection.execute(text(damage))
    rows = load(database)
    assert [run.number for run in rows.runs] == runs
    assert {each.item for each in rows.answers} == {"noise", "panel"}
    found = find_run(database, 2)
    assert [*found.answers["noise"]] == noise if found is not None else not noise
    assert find_run(database, 1) is not None


def test_a_gateway_that_starts_again_goes_on_with_what_is_open_and_gives_no_number_twice() -> None:
    store = Store()
    configuration = replace(site(), checklists={"weekly": checklist()})
    with closing(store):
        first = Engine(configuration, parts.makers(), now=at(0))
        first.part(Checklists).serve(AttachChecklist(about=TICKET, checklist="weekly", device="p1", time=at(0)))
        store.commit(first.tick(at(0)))
        store.commit(first.act(AnswerItem(run=1, item="noise", value=85, by="Li Wei"), at(1)))
        again = Engine(configuration, parts.makers(), store.checkpoint(), now=at(2))
        store.commit(again.beginning)
        again.part(Checklists).serve(AttachChecklist(about=TICKET, checklist="weekly", device="p1", time=at(2)))
        again.part(Checklists).serve(AttachChecklist(about=OTHER, checklist="weekly", device="p1", time=at(2)))
        store.commit(again.tick(at(2)))
        with pytest.raises(ChecklistRefused, match="Li Wei has answered noise"):
            again.act(AnswerItem(run=1, item="noise", value=60, by="Wang Fang"), at(3))
        for item, value in {**GOOD, "noise": 60}.items():
            expects = 1 if item == "noise" else 0
            store.commit(again.act(AnswerItem(run=1, item=item, value=value, by="Wang Fang", expects=expects), at(4)))
        store.commit(again.act(CompleteChecklist(run=1, by="Wang Fang"), at(5)))
        rows: ChecklistRows = store.checkpoint().rows[Checklists.name]
        assert ([run.number for run in rows.runs], rows.answers) == ([2], ())
