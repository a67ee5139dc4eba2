"""Logs what `facility-gateway check` warns of in the site's files, once the gateway runs, so that nobody has to ask.

Finding it takes seconds of a processor. So it is found by a process of its own, of the lowest priority, and not before
the gateway has begun to read what the broker has kept for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger()

AFTER_S = 10.0
"""After the start."""
WITHIN_S = 600.0
"""A site with thousands of devices and rules takes less than a minute; a process that hangs is ended."""
MOST_LOGGED = 20
_LOWEST_PRIORITY = 19
_WARNING = "warning"


class Found(msgspec.Struct, frozen=True):
    """A problem as `check --json` prints it."""

    file: str
    line: int
    column: int
    what: str
    hint: str
    gravity: str


class _Review(msgspec.Struct, frozen=True):
    problems: tuple[Found, ...]


def check_command(site: Path, channels: Path | None) -> tuple[str, ...]:
    """The command that prints what there is to say of these files."""
    command = (sys.executable, "-m", "gateway", "check", "--json", "--site", str(site))
    return command if channels is None else (*command, "--channels", str(channels))


async def log_warnings(
    command: Sequence[str],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    within_s: float = WITHIN_S,
) -> None:
    """Log how many warnings the command finds, and the first of them. That it fails is logged, and stops nothing."""
    await sleep(AFTER_S)
    try:
        problems = await _problems(command, within_s)
    except (OSError, ValueError, TimeoutError) as error:
        log.warning("cannot review the site's files: run facility-gateway check", error=str(error) or repr(error))
        return
    warnings = [each for each in problems if each.gravity == _WARNING]
    if not warnings:
        return
    log.warning("the site's files have warnings: see facility-gateway check", warnings=len(warnings))
    for each in warnings[:MOST_LOGGED]:
        place = f"{each.file}:{each.line}:{each.column}"
        log.warning("a warning of the site's files", place=place, what=each.what, hint=each.hint)


async def _problems(command: Sequence[str], within_s: float) -> tuple[Found, ...]:
    """What the command prints.

    Raises:
        OSError: it cannot be run.
        ValueError: it prints something else.
        TimeoutError: it takes too long.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _LOWEST_PRIORITY)
        async with asyncio.timeout(within_s):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return msgspec.json.decode(output, type=_Review).problems
