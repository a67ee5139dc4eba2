"""Counts the instructions of a process with callgrind: the same whoever else runs, to some 0.2 %, as addresses differ.

It needs `valgrind` on PATH (apt-get install valgrind). What the kernel does and what waits for memory is not counted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

HASHES = {"PYTHONHASHSEED": "0"}
"""Environment of a process that is counted: sets and mappings lie the same each time."""


def check() -> None:
    """Raises SystemExit where valgrind is missing."""
    if shutil.which("callgrind_control") is None:
        raise SystemExit("valgrind is not on PATH: apt-get install valgrind")


def prefix(out: Path) -> tuple[str, ...]:
    """What stands before a command so that its instructions are counted in this file, once `count` has begun that."""
    return "valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"


def count(process: int, state: str) -> None:
    """Have the instructions of a process counted from now on (`on`) or no longer (`off`)."""
    command = ["callgrind_control", f"--instr={state}", str(process)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def counted(out: Path) -> int:
    """How many instructions were counted, of all threads. The process has ended.

    Raises:
        SystemExit: none.
    """
    found = re.search(r"^totals: (\d+)", out.read_text(), re.MULTILINE) if out.exists() else None
    if found is None:
        raise SystemExit("callgrind has counted nothing")
    return int(found[1])
