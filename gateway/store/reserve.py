"""A file that takes up room on the disk, so that there is some left for alarms when the disk is full."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

from gateway.backoff import Backoff
from gateway.errors import StoreError, StoreFull
from gateway.store.database import Database

log = structlog.get_logger()
T = TypeVar("T")

RESERVE_FILE = "reserve"
_TO_OPEN = 2**20
"""Bytes that opening the store takes: the index of its log, and the log itself."""
_FIRST_REST_S, _LAST_REST_S = 1.0, 600.0
"""Where writes fail though the disk has room, as with a quota, making the reserve again may only take from it."""


def free_bytes(directory: Path) -> int:
    """What is free on the disk of this directory."""
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize


class Reserve:
    """The file, made when twice its size is free, and deleted when a write finds no room.

    Its methods are called in one thread at a time, its attributes are read in any.
    """

    def __init__(self, directory: Path, size: int) -> None:
        """
        Args:
            size: in bytes; 0 for no reserve.
        """
        self._directory = directory
        self._file = directory / RESERVE_FILE
        self._problem = ""
        self._rests_until = 0.0
        self._rests = Backoff(_FIRST_REST_S, _LAST_REST_S)
        self.size = size
        self.held = False
        """Whether the file takes up its room."""

    @property
    def is_missing(self) -> bool:
        """Whether there should be a reserve and is none: little may be written beside alarms."""
        return self.size > 0 and not self.held

    def open(self) -> None:
        """Adopt the file of an earlier run, or make it; on a full disk give it up, as opening the store needs room.

        Raises:
            StoreError: the directory cannot be read.
        """
        try:
            held = self._file.stat().st_size if self._file.exists() else 0
            if held and (held != self.size or free_bytes(self._directory) < _TO_OPEN):
                self._file.unlink()
                held = 0
            self.held = held > 0
            self.keep()
        except OSError as error:
            raise StoreError(f"cannot use the data directory {self._directory}: {error.strerror}") from error
        if self.is_missing and not self._problem:
            log.warning("the disk has no room for the reserve", reserve=self.size, free=free_bytes(self._directory))

    def keep(self) -> None:
        """Make the file where it is missing and twice its size is free, so that it does not come and go."""
        if not self.is_missing or not self._has_room() or time.monotonic() < self._rests_until:
            return
        try:
            with self._file.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self.size)
        except OSError as error:
            self._file.unlink(missing_ok=True)
            if error.strerror != self._problem:
                log.warning("cannot make the reserve", file=str(self._file), error=error.strerror)
            self._problem = str(error.strerror)
        else:
            self.held = True
            self._problem = ""
            log.info("the reserve is kept", bytes=self.size)

    def give_up(self) -> bool:
        """Delete the file; returns whether that made room."""
        if not self.held:
            return False
        self.held = False
        try:
            self._rests_until = time.monotonic() + self._rests.next_delay() if self._has_room() else 0.0
            self._file.unlink(missing_ok=True)
        except OSError as error:  # a disk that is read-only, or fails: the commit fails as it would have
            log.warning("the reserve cannot be given up", file=str(self._file), error=error.strerror)
            return False
        log.error("the disk is full: the reserve is given up for alarms", bytes=self.size)
        return True

    def leaves_room(self) -> bool:
        """Whether the disk has room for what is beside alarms: the reserve is held, and as much again is free. Called
        in any thread."""
        return not self.is_missing and free_bytes(self._directory) > self.size

    def _has_room(self) -> bool:
        return free_bytes(self._directory) >= 2 * self.size


class Room:
    """Makes room for a write that finds the disk full."""

    def __init__(self, database: Database, reserve: Reserve) -> None:
        self._database = database
        self._reserve = reserve

    def write(self, write: Callable[[], T]) -> T:
        """Run `write`, and again after making room, as long as there is a way to make some.

        Raises:
            StoreFull: there is none.
        """
        try:
            return write()
        except StoreFull:
            if self._database.checkpoint():
                try:
                    return write()
                except StoreFull:
                    pass  # the database's file cannot grow either
            if not self._reserve.give_up():
                raise
        return write()
