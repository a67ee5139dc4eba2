"""A task beside the path from message to alarm dies alone, is restarted, and people are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from gateway.core.alarms.builtin import BuiltinRule
from gateway.supervision import LAST_RESTART_S, WELL_AFTER_S, Supervisor
from tests.servers import eventually


class Watch:
    """A time that passes only while the supervisor sleeps: each sleeper is woken by the test."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, woken))
        await woken

    async def pass_(self, seconds: float) -> None:
        """So much time passes, and all tasks take their turn."""
        self.now += seconds
        for due, woken in self._sleepers:
            if due <= self.now and not woken.done():
                woken.set_result(None)
        for _ in range(10):
            await asyncio.sleep(0)


class Task:
    """Runs until it is told to die."""

    def __init__(self) -> None:
        self.runs = 0
        self._fate: asyncio.Future[None] | None = None

    async def run(self) -> None:
        self.runs += 1
        self._fate = asyncio.get_running_loop().create_future()
        await self._fate

    def die(self, error: Exception | None = None) -> None:
        assert self._fate is not None
        if error is None:
            self._fate.set_result(None)
        else:
            self._fate.set_exception(error)


class Bench:
    def __init__(self) -> None:
        self.watch, self.task = Watch(), Task()
        self.reports: list[tuple[BuiltinRule, str | None]] = []
        self.supervisor = Supervisor(
            lambda rule, detail: self.reports.append((rule, detail)),
            sleep=self.watch.sleep,
            monotonic=lambda: self.watch.now,
        )

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[asyncio.Task[None]]:
        keeper = asyncio.create_task(
            self.supervisor.keep("series forwarder", self.task.run, rule=BuiltinRule.SERIES_FAILS)
        )
        await eventually(lambda: self.task.runs)
        yield keeper
        keeper.cancel()
        await asyncio.wait({keeper})

    async def die(self, error: Exception | None = None) -> None:
        self.task.die(error)
        await self.watch.pass_(0)


async def test_a_task_that_dies_is_restarted_and_said_so_with_its_traceback() -> None:
    bench = Bench()
    with capture_logs() as logs:
        async with bench.keeping():
            await bench.die(ZeroDivisionError("division by zero"))
            assert bench.task.runs == 1
            await bench.watch.pass_(1)
            assert bench.task.runs == 2
    ((rule, detail),) = bench.reports
    assert rule is BuiltinRule.SERIES_FAILS
    assert detail == "the series forwarder fails and is restarted: ZeroDivisionError: division by zero"
    assert bench.supervisor.problems == {"series forwarder": detail}
    assert bench.supervisor.restarts == {"series forwarder": 1}
    assert [(line["event"], type(line["exc_info"])) for line in logs] == [
        ("a task died, it is restarted", ZeroDivisionError)
    ]


async def test_a_task_that_dies_again_and_again_is_restarted_ever_more_slowly() -> None:
    bench = Bench()
    async with bench.keeping():
        for _ in range(8):
            await bench.die(ValueError("?"))
            await bench.watch.pass_(LAST_RESTART_S)
    assert [seconds for seconds in bench.watch.slept if seconds != WELL_AFTER_S] == [1, 2, 4, 8, 16, 32]
    assert bench.supervisor.restarts == {"series forwarder": 8}


async def test_a_task_that_has_run_well_for_a_while_is_reported_so_and_begins_anew() -> None:
    bench = Bench()
    async with bench.keeping():
        for _ in range(3):
            await bench.die(ValueError("?"))
            await bench.watch.pass_(10)
        assert bench.supervisor.problems
        await bench.watch.pass_(WELL_AFTER_S)
        assert bench.supervisor.problems == {}
        assert bench.reports[-1] == (BuiltinRule.SERIES_FAILS, None)
        await bench.die(ValueError("?"))
    assert bench.watch.slept[-1] == 1


async def test_a_task_that_never_died_is_reported_to_run_well_for_an_earlier_run_may_have_left_an_alarm() -> None:
    bench = Bench()
    async with bench.keeping():
        await bench.watch.pass_(WELL_AFTER_S - 1)
        assert bench.reports == []
        await bench.watch.pass_(1)
    assert bench.reports == [(BuiltinRule.SERIES_FAILS, None)]


async def test_tasks_that_share_a_rule_are_told_together_and_the_last_to_run_well_ends_it() -> None:
    bench, other = Bench(), Task()
    async with bench.keeping():
        keeper = asyncio.create_task(bench.supervisor.keep("other forwarder", other.run, rule=BuiltinRule.SERIES_FAILS))
        await eventually(lambda: other.runs)
        await bench.die(ValueError("first"))
        other.die(ValueError("second"))
        await bench.watch.pass_(0)
        assert bench.reports[-1][1] == "; ".join(bench.supervisor.problems.values())
        await bench.watch.pass_(1)
        other.die(ValueError("third"))
        await bench.watch.pass_(0)
        await bench.watch.pass_(2)
        await bench.watch.pass_(WELL_AFTER_S - 2)
        assert [*bench.supervisor.problems] == ["other forwarder"]
        assert bench.reports[-1][1] == bench.supervisor.problems["other forwarder"]
        await bench.watch.pass_(2)
        keeper.cancel()
    assert bench.reports[-1] == (BuiltinRule.SERIES_FAILS, None)


async def test_a_task_that_ends_by_itself_is_restarted_too() -> None:
    bench = Bench()
    async with bench.keeping():
        await bench.die()
        await bench.watch.pass_(1)
        assert bench.task.runs == 2
    assert str(bench.reports[0][1]).endswith("it ended by itself")


async def test_when_all_is_stopped_a_task_may_end() -> None:
    bench = Bench()
    async with bench.keeping() as keeper:
        bench.supervisor.stop()
        await bench.die()
        await asyncio.wait_for(keeper, 5)
    assert (bench.task.runs, bench.reports) == (1, [])


async def test_of_a_group_of_errors_the_first_is_told() -> None:
    bench = Bench()
    async with bench.keeping():
        await bench.die(ExceptionGroup("both", [ExceptionGroup("one", [KeyError("a")]), ValueError("b")]))
    assert str(bench.reports[0][1]).endswith("KeyError: 'a'")


async def test_a_task_that_is_cancelled_is_not_restarted() -> None:
    bench = Bench()
    async with bench.keeping() as keeper:
        keeper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeper
    assert (bench.task.runs, bench.reports) == (1, [])
