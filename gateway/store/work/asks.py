"""Who is asked to do which ticket, and when people were last asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, RowMapping, Table, Text, delete, select

from gateway.core.work.asks import Ask, DispatchChanges, DispatchRows
from gateway.store.database import Database
from gateway.store.dialect import Number, insert_or_update
from gateway.store.rows import checked, understood
from gateway.store.schema import metadata
from gateway.store.tables import Tables

ticket_asks = Table(
    "ticket_asks",
    metadata,
    Column("ticket", Number, primary_key=True, autoincrement=False),
    Column("phase", Text, nullable=False),
    Column("person", Text),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("asked", Text, nullable=False),
)
turns = Table(
    "turns",
    metadata,
    Column("person", Text, primary_key=True),
    Column("turn", Number, nullable=False),
)

_replace_ask, _replace_turn = insert_or_update(ticket_asks), insert_or_update(turns)
_encode = msgspec.json.Encoder().encode
_asked = msgspec.json.Decoder(tuple[str, ...]).decode


def write(connection: Connection, changed: Sequence[DispatchChanges]) -> None:
    """Write who is asked, and delete what there is no work for any more."""
    asks = {ticket: ask for each in changed for ticket, ask in each.asks.items()}
    if over := [ticket for ticket, ask in asks.items() if ask is None]:
        connection.execute(delete(ticket_asks).where(ticket_asks.c.ticket.in_(over)))
    rows = [
        msgspec.structs.asdict(ask) | {"phase": ask.phase.value, "asked": _encode(ask.asked).decode()}
        for ask in asks.values()
        if ask is not None
    ]
    if rows:
        connection.execute(_replace_ask, rows)
    if latest := {person: turn for each in changed for person, turn in each.turns.items()}:
        connection.execute(_replace_turn, [{"person": person, "turn": turn} for person, turn in latest.items()])


def pieces(changes: DispatchChanges) -> Iterator[DispatchChanges]:
    """Each ticket and each person by itself."""
    for ticket, ask in changes.asks.items():
        yield DispatchChanges({ticket: ask}, {})
    for person, turn in changes.turns.items():
        yield DispatchChanges({}, {person: turn})


def load(database: Database) -> DispatchRows:
    """All of it. Without a damaged row its ticket is left to people where somebody has it, and else given anew."""
    with database.reading() as connection:
        asks = connection.execute(select(ticket_asks).order_by(ticket_asks.c.ticket)).mappings()
        found = [*understood(database, "ticket_asks", "ticket", asks, _ask_of)]
        turned = connection.execute(select(turns)).mappings()
        return DispatchRows(found, dict(understood(database, "turns", "person", turned, _turn_of)))


def _ask_of(row: RowMapping) -> Ask:
    return checked(Ask, {**row, "asked": _asked(row["asked"])})


def _turn_of(row: RowMapping) -> tuple[str, int]:
    return str(row["person"]), int(row["turn"])


TABLES: Tables[DispatchChanges, DispatchRows] = Tables(write=write, load=load, pieces=pieces)
