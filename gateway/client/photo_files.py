"""Photos: those given to a command as files, and where those of a ticket are seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from gateway.client.connection import Connection


def read_photo(file: Path) -> bytes:
    """What is in the file; a wrong parameter where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from error


def photo_addresses(gateway: Connection, ticket: Mapping[str, Any]) -> str | None:
    """Where the photos of a ticket are seen, one a line; None where it has none."""
    return "\n".join(gateway.address_of(f"/photos/{each['photo']}") for each in ticket["photos"]) or None
