"""Keeps the disk from filling up: prunes the journal, and drops the oldest readings rather than miss an alarm."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.core.kernel.times import DAY, MINUTE, Micros, Now
from gateway.store.database import Database
from gateway.store.reserve import Reserve, free_bytes
from gateway.store.telemetry import quarantine
from gateway.store.telemetry.journal import Journal

log = structlog.get_logger()

_PRUNE_EVERY = MINUTE
_SAY_DROPPED_FOR = DAY
_LOW_SHARE, _LOW_AT_MOST, _LOW_RESERVES = 0.05, 2**30, 4
"""The disk is low below 5 % of it or 1 GiB, whichever is less, and below four times the reserve."""
_NEARLY = 0.8
"""Of the journal's limit, from which on people are told."""
_TRIM_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True)
class SpaceReport:
    """The state of the disk and of what waits on it."""

    free: int
    """Bytes that are free on the disk of the data directory."""
    reserve: int
    """Bytes kept for alarms; 0 after they were given up."""
    journal: int
    """Bytes that the journal takes, about."""
    dropped: int
    """Messages dropped from the journal before the series store had them, since the data directory was made."""
    warnings: Sequence[str]
    """A sentence for each thing that somebody should look after."""
    problem: str
    """The same without figures, which change from second to second; empty when there is nothing."""


class DiskSpace:
    """Works in the writer's thread, in small pieces, so that no commit waits for long."""

    def __init__(
        self,
        directory: Path,
        database: Database,
        journal: Journal,
        reserve: Reserve,
        *,
        forwarder: str,
        readers: Sequence[str],
        journal_bytes: int,
        quarantine_bytes: int,
        quarantine_period: Micros,
        now: Callable[[], Now],
    ) -> None:
        """
        Args:
            forwarder: the reader of the journal whose unprocessed rows may be dropped.
            readers: the others, of which nothing is dropped.
            journal_bytes, quarantine_bytes: what these may take on disk.
        """
        self._directory = directory
        self._database = database
        self._journal = journal
        self._reserve = reserve
        self._forwarder = forwarder
        self._readers = readers
        self._journal_bytes = journal_bytes
        self._quarantine_bytes = quarantine_bytes
        self._quarantine_period = quarantine_period
        self._now = now
        self._pruned_at: Micros | None = None
        self._is_dropping = False
        self.report = self._look()
        """As of the last piece of work."""

    def tidy(self) -> bool:
        """Do one piece of work; returns whether there is more to do at once.

        Raises:
            StoreError: the store cannot be written.
        """
        self._reserve.keep()
        try:
            return self._journal.measure() or self._prune() or self._make_room()
        finally:
            self.report = self._look()

    def _prune(self) -> bool:
        """Delete what is no longer needed: once a minute, or at once where every byte counts."""
        now = self._now().steady
        if self._pruned_at is not None and now - self._pruned_at < _PRUNE_EVERY and not self._reserve.is_missing:
            return False
        if self._journal.prune((self._forwarder, *self._readers)):
            return True
        self._trim_quarantine(self._quarantine_bytes)
        self._pruned_at = now
        return False

    def _make_room(self) -> bool:
        """Delete what is still needed, but less than room for alarms; returns whether more must go."""
        lacking = self._lacking()
        if lacking > 0:
            kept = quarantine.size(self._database) - min(lacking, _TRIM_AT_ONCE)
            if self._trim_quarantine(max(0, kept)):
                return True
        if lacking > 0 or self._journal.size > self._journal_bytes:
            return self._drop()
        self._is_dropping = False
        return False

    def _lacking(self) -> int:
        """Bytes to free, so that alarms have room for half a reserve. The other half keeps readings for a while."""
        if not self._reserve.is_missing:
            return 0
        return self._reserve.size // 2 - free_bytes(self._directory) - self._database.unused_bytes

    def _drop(self) -> bool:
        before, _ = self._journal.dropped()
        deleted = self._journal.drop(self._forwarder, self._readers, self._now().wall)
        dropped = self._journal.dropped()[0] - before
        if dropped and not self._is_dropping:
            log.error("there is no room for the oldest readings that wait for the series store: they are dropped")
            self._is_dropping = True
        return deleted > 0

    def _trim_quarantine(self, most_bytes: int) -> int:
        before = self._now().wall - self._quarantine_period
        return quarantine.trim(self._database, most_bytes=most_bytes, before=before)

    def _look(self) -> SpaceReport:
        disk = os.statvfs(self._directory)
        free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        size, (dropped, dropped_at) = self._journal.size, self._journal.dropped()
        reserve = self._reserve.size if self._reserve.held else 0
        warnings, problems = [], []
        if self._reserve.is_missing:
            problems.append("the disk of the data directory is full")
            warnings.append(
                "the disk of the data directory is full: its reserve is used up by alarms, the embedded series wait,"
                f" and {_shown(free)} are left; make room"
            )
        elif free < max(min(_LOW_SHARE * total, _LOW_AT_MOST), _LOW_RESERVES * self._reserve.size):
            problems.append("the disk of the data directory is nearly full")
            warnings.append(f"the disk of the data directory is nearly full: {_shown(free)} are left")
        if size > _NEARLY * self._journal_bytes:
            problems.append("readings that wait for the series store have nearly filled the room that they may take")
            warnings.append(
                f"readings that wait for the series store take {_shown(size)} of {_shown(self._journal_bytes)}:"
                " beyond, the oldest are dropped"
            )
        if dropped and self._now().wall - dropped_at < _SAY_DROPPED_FOR:
            problems.append("readings were dropped before the series store had them")
            warnings.append(f"{dropped} messages were dropped before the series store had them: there was no room")
        return SpaceReport(free, reserve, size, dropped, warnings, "; ".join(problems))


def _shown(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
