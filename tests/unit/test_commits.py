"""What is on disk is forgotten a slice at a time."""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter
from collections.abc import Callable, Sequence

from gateway.commits import MOST_FORGOTTEN, Commits, Receipt
from gateway.core.kernel.changes import Changes
from gateway.core.telemetry.readings import Message
from gateway.errors import StoreRefused
from gateway.store.writer import Refusal
from tests.servers import eventually
from tests.unit.test_pipeline import Disk

BATCHES, EACH = 40, 100


class Memory:
    """Can tell when it is given back."""


class Sink(Disk):
    """A disk that keeps nothing in memory."""

    def commit(self, group: Sequence[Changes]) -> None:
        assert len(group) == BATCHES


async def test_other_tasks_get_their_turn_while_a_large_group_is_forgotten() -> None:
    def nothing(receipts: Sequence[Receipt]) -> None:
        assert sum(len(packet_ids) for _, packet_ids in receipts) == BATCHES * EACH

    turns, forgotten = 0, Counter[int]()
    commits = Commits(
        Sink(), now=lambda: 0, acknowledge=nothing, committed=lambda _group: None, lost=lambda _event: None
    )

    def add() -> None:
        memory = Memory()
        weakref.finalize(memory, lambda: forgotten.update([turns]))
        commits.add_batch(Changes({"telemetry": memory}), [Message("site/s1/nobody", b"{}", 1)] * EACH)

    for _ in range(BATCHES):
        add()
    commits.stop()
    task = asyncio.create_task(commits.run())
    while not task.done() or sum(forgotten.values()) < BATCHES:
        turns += 1
        await asyncio.sleep(0)
    await task

    assert sum(forgotten.values()) == BATCHES
    assert max(forgotten.values()) * EACH <= MOST_FORGOTTEN + EACH


class Refusing(Disk):
    """A disk that refuses a piece of every group but the last."""

    def commit(self, group: Sequence[Changes]) -> None:
        if len(self.commits) < 2:
            self.commits.append([])
            raise StoreRefused("it never fits")
        super().commit(group)

    def salvage(self, changes: Changes, quarantined: Callable[[Sequence[Refusal]], Changes]) -> Sequence[Refusal]:
        return [Refusal("telemetry", object(), "it never fits")]


async def test_who_is_told_of_a_group_knows_whether_a_part_of_it_is_not_on_disk() -> None:
    told: list[bool] = []
    commits = Commits(
        Refusing(),
        now=lambda: 0,
        acknowledge=lambda _: None,
        committed=lambda _: told.append(commits.is_salvaged),
        lost=lambda _: None,
    )
    task = asyncio.create_task(commits.run())
    commits.add(Changes(counters={"message": 1}))
    await eventually(lambda: told)
    commits.add(Changes(counters={"message": 2}))
    commits.stop()
    await task
    assert told == [True, False]
