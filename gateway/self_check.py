"""Looks whether what the gateway stands on works, and reports what has failed for too long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.core.alarms.builtin import BuiltinRule

LOOK_EVERY_S = 1.0

STORE_FAILS_AFTER_S = 30.0
"""Longer than a disk stalls under load. `/readyz` says it after 5 s, life-safety raises leave directly after 2 s."""
SERIES_AWAY_AFTER_S = 600.0
"""Longer than InfluxDB takes to restart or to be upgraded. Its points wait, and no alarm does."""
DISK_LOW_AFTER_S, DISK_LOW_OVER_AFTER_S = 5.0, 600.0
"""A disk on the edge of being nearly full is one alarm, not many."""
REFUSALS_OVER_AFTER_S = 600.0
CERTIFICATE_AFTER_S = 600.0
"""Longer than a renewal takes to put both files in their places."""
CLOCK_DOUBTED_AFTER_S = 60.0
"""A time server is heard within a minute of a start, where there is one."""
WELL_AFTER_S = 60.0
"""So long must what failed have worked before its alarm returns; a start knows no earlier that it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that can fail. No other reporter has its rule."""

    rule: BuiltinRule
    problem: Callable[[], str]
    """A sentence while it fails; empty while it works. Of what happens in a moment, each sentence is given once."""
    after_s: float
    """It is reported when it has failed for so long without a break."""
    well_after_s: float
    """It is over when it has worked for so long without a break."""


def checks(
    *,
    store: Callable[[], str],
    disk: Callable[[], str],
    refusals: Callable[[], str],
    clock: Callable[[], str],
    series: Callable[[], str],
    photos: Callable[[], str],
    certificate: Callable[[], str],
) -> tuple[Check, ...]:
    """What is worth an alarm when it fails for long. `/readyz` has the same from the first moment on.

    Each argument is a `problem`: why commits fail or hang, what there is no room for, what the store has refused or
    lost since it was last asked, why the clock is not believed, why the series store takes nothing, that photos run
    out of space, and that the certificate of the pages ends.
    """
    return (
        Check(rule=BuiltinRule.STORE_FAILS, problem=store, after_s=STORE_FAILS_AFTER_S, well_after_s=WELL_AFTER_S),
        Check(rule=BuiltinRule.DISK_LOW, problem=disk, after_s=DISK_LOW_AFTER_S, well_after_s=DISK_LOW_OVER_AFTER_S),
        Check(rule=BuiltinRule.CHANGES_QUARANTINED, problem=refusals, after_s=0.0, well_after_s=REFUSALS_OVER_AFTER_S),
        Check(rule=BuiltinRule.CLOCK_UNTRUSTED, problem=clock, after_s=CLOCK_DOUBTED_AFTER_S, well_after_s=0.0),
        Check(rule=BuiltinRule.SERIES_AWAY, problem=series, after_s=SERIES_AWAY_AFTER_S, well_after_s=WELL_AFTER_S),
        Check(rule=BuiltinRule.PHOTOS_FULL, problem=photos, after_s=0.0, well_after_s=WELL_AFTER_S),
        Check(rule=BuiltinRule.CERTIFICATE_ENDS, problem=certificate, after_s=CERTIFICATE_AFTER_S, well_after_s=0.0),
    )


@dataclass(slots=True)
class _Finding:
    """What is known of a check; times by the steady clock, in seconds."""

    failing_since: float | None = None
    working_since: float | None = None
    told: str | None = None
    """What was reported last: empty that it works, None nothing. An earlier run may have left an alarm."""


class SelfCheck:
    """Looks at all checks once a second.

    After a start it reports what works, too: an earlier run may have left an alarm.
    """

    def __init__(
        self,
        checks: Sequence[Check],
        report: Callable[[BuiltinRule, str | None], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            report: called in the event loop with a sentence, or None when it is over.
            sleep, monotonic: in seconds, of the same clock.
        """
        self._findings = [(check, _Finding()) for check in checks]
        self._report = report
        self._sleep = sleep
        self._monotonic = monotonic

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            now = self._monotonic()
            for check, finding in self._findings:
                self._look(check, finding, now)
            await self._sleep(LOOK_EVERY_S)

    def _look(self, check: Check, finding: _Finding, now: float) -> None:
        problem = check.problem()
        if problem:
            finding.working_since = None
            if finding.failing_since is None:
                finding.failing_since = now
            if now - finding.failing_since >= check.after_s and finding.told != problem:
                finding.told = problem
                self._report(check.rule, problem)
            return
        finding.failing_since = None
        if finding.working_since is None:
            finding.working_since = now
        if now - finding.working_since >= check.well_after_s and finding.told != "":
            finding.told = ""
            self._report(check.rule, None)
