"""What the store does for one part of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    pieces: Callable[[Changed], Iterable[Changed]] | None = None
    """Divides what the part has changed, so that only those pieces are lost that cannot be written. None where it is a
    sequence or a mapping: then each item is a piece."""
    migrations: Path | None = None
    """The directory of its own migrations; None where those of the store suffice."""


def pieces_of(tables: Tables[Any, Any], changed: Any) -> Iterable[Any]:  # noqa: ANN401 — each part has its own
    """The smallest parts of what a part has changed that can be written apart, in their order."""
    if tables.pieces is not None:
        return tables.pieces(changed)
    if isinstance(changed, Mapping):
        return [{key: value} for key, value in changed.items()]
    if isinstance(changed, Sequence):
        return [[item] for item in changed]
    return [changed]


AnyTables = Mapping[str, Tables[Any, Any]]
"""Tables by the name of their part."""
