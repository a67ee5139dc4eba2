"""The command line in a process of its own that has loaded the product already.

A gateway takes a second and a half of the processor to load its modules, and the tests start one more than a hundred
times. Here one process loads them, and each gateway is forked from it. That `python -m gateway` starts in a new process
is shown by the tests of the demo, the documents and the wheel.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

_LOADED = ["gateway.app", "gateway.cli", __name__]


class WarmProcess:
    """`python -m gateway` with these arguments; of the methods of `subprocess.Popen`, those of a `Server`."""

    def __init__(self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], output: Path) -> None:
        """What it prints is added to the file `output`."""
        self.args = [*arguments]
        self._process = _context().Process(
            target=_run, args=(self.args, os.fspath(cwd), dict(env), os.fspath(output)), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def _run(arguments: list[str], cwd: str, env: dict[str, str], output: str) -> None:
    """In the new process."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    with Path(output).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["facility-gateway", *arguments]

    from gateway.cli import main

    main()
