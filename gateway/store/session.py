"""The filters that may be in the gateway's session at the broker."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Table, Text, delete, insert, select

from gateway.core.profiles.topics import is_filter
from gateway.store.database import Database
from gateway.store.schema import metadata

session_filters = Table(
    "session_filters",
    metadata,
    Column("client", Text, primary_key=True),
    Column("filter", Text, primary_key=True),
)


class SessionFilters:
    """Those of one MQTT client id, which names the session."""

    def __init__(self, database: Database, client: str) -> None:
        self._database = database
        self._client = client

    def read(self) -> list[str]:
        """The filters that were last written, in alphabetical order."""
        # Nothing else was ever written; a broker may end the connection over a damaged one.
        query = select(session_filters.c.filter).where(session_filters.c.client == self._client).order_by("filter")
        with self._database.reading() as connection:
            return [each for each in connection.scalars(query) if isinstance(each, str) and is_filter(each)]

    def write(self, filters: Sequence[str]) -> None:
        """Replace them."""
        with self._database.writing() as connection:
            connection.execute(delete(session_filters).where(session_filters.c.client == self._client))
            if filters:
                connection.execute(insert(session_filters), [{"client": self._client, "filter": f} for f in filters])
