"""What the store does for one part of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from gateway.store.database import Database

Changed = TypeVar("Changed")
Rows = TypeVar("Rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables(Generic[Changed, Rows]):
    """How the tables of a part are written and read."""

    write: Callable[[Connection, Sequence[Changed]], None]
    """Writes what the part has changed in one step or several, in their order."""
    load: Callable[[Database], Rows] | None = None
    """Reads what the part needs to continue after a restart; None where it needs nothing."""
    migrations: Path | None = None
    """The directory of its own migrations; None where those of the store suffice."""


AnyTables = Mapping[str, Tables[Any, Any]]
"""Tables by the name of their part."""
