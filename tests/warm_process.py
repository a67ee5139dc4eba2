"""The command line in a process of its own that has loaded the product already.

A gateway takes a second and a half of the processor to load its modules, and the tests start one more than a hundred
times. Here one process loads them, and each gateway is forked from it. That `python -m gateway` starts in a new process
is shown by the tests of the demo, the documents and the wheel.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Self

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
    with Path(output).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    _call_main(arguments, cwd, env)


def _call_main(arguments: list[str], cwd: str, env: dict[str, str]) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = ["facility-gateway", *arguments]

    from gateway.cli import main

    main()


class WarmCommands:
    """A program for the shells of a test: the command line, each time in a process forked from one that has loaded it.

    The program passes its arguments, directory, environment and open files on, hands on SIGINT and SIGTERM, and ends as
    the command does. A command whose program was killed is killed too.
    """

    def __init__(self, program: Path) -> None:
        """Writes `program`. It can be run while the `with` lasts."""
        self._home = tempfile.TemporaryDirectory(prefix="warm-")  # the path of a socket must be short
        address = f"{self._home.name}/socket"
        program.write_text(f"#!{sys.executable} -IS\n" + _PROGRAM.replace("ADDRESS", repr(address)), encoding="utf-8")
        program.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen(64)
            self._server = _context().Process(target=_serve, args=(listener,), daemon=True)
            self._server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.join()
        self._home.cleanup()


_PROGRAM = """
import json, os, signal, socket, sys

link = socket.socket(socket.AF_UNIX)
link.connect(ADDRESS)
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(link, [len(asked).to_bytes(4, "big")], [0, 1, 2])
link.sendall(asked)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: link.sendall(bytes([number])))
code = int.from_bytes(link.recv(4), "big", signed=True)
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


def _serve(listener: socket.socket) -> None:
    """Fork two processes for each program that asks: the command, and one that waits for it and for the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        link, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _answer(link)
            os._exit(0)
        link.close()


def _answer(link: socket.socket) -> None:
    size, files, _, _ = socket.recv_fds(link, 4, 3)
    asked = b""
    while len(asked) < int.from_bytes(size, "big"):
        asked += link.recv(65536)
    arguments, cwd, env = json.loads(asked)
    command = os.fork()
    if command == 0:
        link.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os._exit(_code_of(arguments, cwd, env))
    for file in files:
        os.close(file)
    ended = os.pidfd_open(command)
    watched: list[int | socket.socket] = [ended, link]
    while ended not in (ready := select.select(watched, (), ())[0]):
        assert link in ready
        said = link.recv(1)
        os.kill(command, said[0] if said else signal.SIGKILL)
        if not said:
            watched.remove(link)
    code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        link.sendall(code.to_bytes(4, "big", signed=True))


def _code_of(arguments: list[str], cwd: str, env: dict[str, str]) -> int:
    """Run the command in this process, on its files 0, 1 and 2; its exit code."""
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    try:
        _call_main(arguments, cwd, env)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
