"""Evaluations that the next run goes on with."""

from __future__ import annotations

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.rules.evaluation import EvaluationRecord
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.evidence import Evidence
from gateway.store.database import Database
from gateway.store.rules.tables import load
from gateway.store.writer import Writer
from tests.unit.core.sites import at

EVIDENCE = Evidence(7, "t", "{}", at(0), at(0), {"pressure": 0.01, "running": True, "mode": "hand", "starts": 3})
ACTIVE = EvaluationRecord("a", Subject.of_device("p1"), True, None, EVIDENCE)
CLEARING = EvaluationRecord("a", ACTIVE.subject, True, at(5), EVIDENCE, Evidence(8, "t", "{}", at(5), at(5), {}))
WAITING = EvaluationRecord(
    "b", Subject(SubjectKind.GROUP, "pumps"), False, at(3), EVIDENCE, stamped_at=at(4), is_confirmed=True
)


def test_of_several_steps_in_one_group_the_last_word_is_kept(database: Database) -> None:
    ended = EvaluationRecord("c", Subject.of_device("p1"), False, at(1), EVIDENCE)
    steps = [
        {("a", ACTIVE.subject): EvaluationRecord("a", ACTIVE.subject, False, at(0), EVIDENCE)},
        {("a", ACTIVE.subject): ACTIVE, ("c", ended.subject): ended, ("b", WAITING.subject): None},
        {("c", ended.subject): None, ("b", WAITING.subject): WAITING},
    ]
    Writer(database, parts.tables()).commit([Changes({Evaluator.name: step}) for step in steps])
    assert load(database) == [ACTIVE, WAITING]
    Writer(database, parts.tables()).commit([Changes({Evaluator.name: {("a", ACTIVE.subject): CLEARING}})])
    assert load(database) == [CLEARING, WAITING]
    Writer(database, parts.tables()).commit([Changes({Evaluator.name: {("a", ACTIVE.subject): None}})])
    assert load(database) == [WAITING]
