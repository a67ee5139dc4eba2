"""Log lines, and a place for them that fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import structlog
from gateway import logs
logs.configure("info", {style!r})
for number in range(1000):
    for tell in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), tell)("a line", number=number)
print("done")
"""


def run(style: str, stderr: Path) -> subprocess.CompletedProcess[str]:
    with stderr.open("w") as stream:
        return subprocess.run(
            [sys.executable, "-c", SCRIPT.format(style=style)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            check=False,
        )


@pytest.mark.parametrize("style", ["text", "json"])
def test_on_a_full_disk_a_line_is_lost_and_nothing_else(style: str) -> None:
    assert run(style, Path("/dev/full")).stdout == "done\n"


def test_lines_from_the_chosen_level_on_are_written(tmp_path: Path) -> None:
    run("json", tmp_path / "log")
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 3000
    assert '"number": 999' in lines[-1]
