"""Photos that are given to a command as files."""

from __future__ import annotations

from pathlib import Path

import typer


def read_photo(file: Path) -> bytes:
    """What is in the file; a wrong parameter where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from error
