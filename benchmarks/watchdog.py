"""Watches an event loop: for how long each kind of step holds it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from asyncio import events
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

REQUEST: ContextVar[str] = ContextVar("REQUEST")
"""The HTTP request that a task serves."""

_BEAT_S = 0.002
_LONG_MS = 2.0
"""A step as long as this is asked whether the host had taken the processor away meanwhile."""


class Steal:
    """The time for which the host of a virtual machine has kept its processors from it.

    A guest counts it as CPU of the thread that ran, so that a step of 1 ms may look like one of 90 ms.
    """

    def __init__(self) -> None:
        stat = Path("/proc/stat")  # of Linux
        self._stat = os.open(stat, os.O_RDONLY) if stat.exists() else None
        self._seen = self._ticks()

    def look(self) -> bool:
        """Whether time was stolen since it was looked at last. A tick of the kernel is 10 ms."""
        before, self._seen = self._seen, self._ticks()
        return self._seen != before

    def _ticks(self) -> int:
        return int(os.pread(self._stat, 200, 0).split(None, 9)[8]) if self._stat is not None else 0


@dataclass(slots=True)
class Held:
    """How long the steps of one kind held the loop."""

    steps: int = 0
    longest_ms: float = 0.0
    """By the clock on the wall: what waits for the disk or another process counts."""
    longest_cpu_ms: float = 0.0
    """Of the loop's thread: what it has computed itself."""
    stolen: int = 0
    """Steps that are not among the longest, since the host of this virtual machine had taken a processor away."""

    def add(self, wall_ms: float, cpu_ms: float, steal: Steal) -> None:
        """Add one step."""
        self.steps += 1
        if cpu_ms >= _LONG_MS and steal.look():
            self.stolen += 1
            return
        self.longest_ms = max(self.longest_ms, wall_ms)
        self.longest_cpu_ms = max(self.longest_cpu_ms, cpu_ms)


@dataclass(slots=True)
class Watchdog:
    """Measures every callback that the loop of this process runs."""

    held: dict[str, Held] = field(default_factory=dict)
    """By kind of step."""
    late: Held = field(default_factory=Held)
    """How late the loop was, whatever the reason: a thread that keeps the interpreter to itself counts as well."""
    _steal: Steal = field(default_factory=Steal)
    _collecting: tuple[int, int] = (0, 0)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the running loop meanwhile. One step costs about a microsecond more."""
        run = events.Handle._run

        def measured(handle: Any) -> None:  # noqa: ANN401 — asyncio's own type is private
            name = _name(handle._callback)
            wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
            run(handle)
            cpu_ms, wall_ms = (time.thread_time_ns() - cpu) / 1e6, (time.perf_counter_ns() - wall) / 1e6
            request = handle._context.get(REQUEST) if handle._context is not None else None
            self.held.setdefault(f"HTTP {request}" if request else name, Held()).add(wall_ms, cpu_ms, self._steal)

        gc.callbacks.append(self._on_collection)
        beat = asyncio.ensure_future(self._beat())
        try:
            with mock.patch.object(events.Handle, "_run", measured):
                yield
        finally:
            beat.cancel()
            gc.callbacks.remove(self._on_collection)

    def reset(self) -> None:
        """Forget what was measured."""
        self.held.clear()
        self.late = Held()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _BEAT_S
            await asyncio.sleep(_BEAT_S)
            self._steal.look()
            self.late.add((loop.time() - due) * 1e3, 0.0, self._steal)

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter_ns(), time.thread_time_ns()
            return
        wall, cpu = self._collecting
        held = self.held.setdefault(f"garbage collection, generation {info['generation']}", Held())
        held.add((time.perf_counter_ns() - wall) / 1e6, (time.thread_time_ns() - cpu) / 1e6, self._steal)


def _name(callback: object) -> str:
    owner = getattr(callback, "__self__", None)
    if not isinstance(owner, asyncio.Task):
        return str(getattr(callback, "__qualname__", type(callback).__name__))
    coroutine = getattr(owner.get_coro(), "__qualname__", "?")
    return coroutine if owner.get_name().startswith("Task-") else f"{owner.get_name()}: {coroutine}"
