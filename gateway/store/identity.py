"""The identity of a store: the numbers of a store that was made anew begin at 1 again, and others must see that."""

from __future__ import annotations

import secrets

from sqlalchemy import Column, Connection, Table, Text, insert, select

from gateway.store.schema import metadata

store_identity = Table("store_identity", metadata, Column("id", Text, primary_key=True))


def identity_of(connection: Connection) -> str:
    """Eight hex digits, which stay with the store wherever its file goes. Made where there are none."""
    found: str | None = connection.scalar(select(store_identity.c.id).order_by("id").limit(1))
    if found is None:
        found = secrets.token_hex(4)
        connection.execute(insert(store_identity).values(id=found))
    return found
