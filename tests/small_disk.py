"""A small disk of its own for a test that fills it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A file system in memory, of so many bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    @property
    def free(self) -> int:
        """Bytes."""
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize

    def fill(self) -> None:
        """Another program takes all that is free."""
        file = os.open(self._ballast, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        try:
            while True:
                os.write(file, b"x" * 4096)
        except OSError:
            assert self.free == 0
        finally:
            os.close(file)

    def clear(self) -> None:
        """It gives everything back."""
        self._ballast.unlink()


@contextmanager
def small_disk(path: Path, *, mib: int) -> Iterator[SmallDisk]:
    """Mount one at `path`; where that is not allowed, the test is skipped."""
    path.mkdir(parents=True)
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={mib}m,uid={os.geteuid()},gid={os.getegid()}"
    try:
        mounted = subprocess.run(
            [*become, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], capture_output=True, check=False
        )
        problem = mounted.stderr.decode().strip() if mounted.returncode else ""
    except FileNotFoundError as error:
        problem = str(error)
    if problem:
        pytest.skip(f"a small disk needs the right to mount a tmpfs: {problem}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run([*become, "umount", "--lazy", str(path)], check=True)
