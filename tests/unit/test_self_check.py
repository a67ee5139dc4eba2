"""What fails for long is reported once, what fails for a moment is not, and what works again is over."""

from __future__ import annotations

import asyncio

from gateway.core.alarms.builtin import BuiltinRule
from gateway.self_check import LOOK_EVERY_S, Check, SelfCheck

RULE = BuiltinRule.SERIES_AWAY
Report = tuple[float, str | None]


class Bench:
    """One check, and a time that the self-check's own sleep moves."""

    def __init__(self, *, after_s: float = 600, well_after_s: float = 60) -> None:
        self.now = 0.0
        self.problem = ""
        self.reports: list[Report] = []
        check = Check(rule=RULE, problem=lambda: self.problem, after_s=after_s, well_after_s=well_after_s)
        self._self_check = SelfCheck([check], self._report, sleep=self._sleep, monotonic=lambda: self.now)
        self._until, self._passed = 0.0, asyncio.Event()

    def _report(self, rule: BuiltinRule, detail: str | None) -> None:
        assert rule is RULE
        self.reports.append((self.now, detail))

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self._until:
            self._passed.set()
            await asyncio.get_running_loop().create_future()

    async def pass_(self, seconds: float, problem: str) -> list[Report]:
        """So much time passes with this problem; what was reported meanwhile."""
        self.problem, self._until = problem, self.now + seconds
        self.reports.clear()
        self._passed.clear()
        task = asyncio.create_task(self._self_check.run())
        await self._passed.wait()
        task.cancel()
        return self.reports.copy()


async def test_an_outage_is_reported_once_when_it_has_lasted() -> None:
    bench = Bench()
    assert await bench.pass_(600, "no answer") == []
    assert await bench.pass_(LOOK_EVERY_S, "no answer") == [(600, "no answer")]
    assert await bench.pass_(10_000, "no answer") == []


async def test_outages_that_end_in_time_are_not_reported_however_many_there_are() -> None:
    bench = Bench()
    for _ in range(20):
        assert await bench.pass_(590, "no answer") == []
        assert await bench.pass_(10, "") == []


async def test_another_sentence_is_reported_as_well() -> None:
    bench = Bench(after_s=10)
    assert await bench.pass_(20, "no answer") == [(10, "no answer")]
    assert await bench.pass_(20, "wrong token") == [(20, "wrong token")]


async def test_it_is_over_when_it_has_worked_for_a_while_without_a_break() -> None:
    bench = Bench(after_s=10)
    await bench.pass_(20, "no answer")
    assert await bench.pass_(59, "") == []
    assert await bench.pass_(1, "no answer") == []
    assert await bench.pass_(60, "") == []
    assert await bench.pass_(1, "") == [(140, None)]
    assert await bench.pass_(1_000, "") == []
    assert await bench.pass_(20, "no answer") == [(1_151, "no answer")]


async def test_a_start_reports_what_works_for_an_earlier_run_may_have_left_an_alarm() -> None:
    bench = Bench()
    assert await bench.pass_(60, "") == []
    assert await bench.pass_(1, "") == [(60, None)]


async def test_what_happens_in_a_moment_is_reported_at_once_and_over_after_a_quiet_time() -> None:
    bench = Bench(after_s=0, well_after_s=600)
    assert await bench.pass_(1, "a row was refused") == [(0, "a row was refused")]
    assert await bench.pass_(599, "") == []
    assert await bench.pass_(1, "another row was refused") == [(600, "another row was refused")]
    assert await bench.pass_(600, "") == []
    assert await bench.pass_(1, "") == [(1_201, None)]
