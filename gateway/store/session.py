"""The filters that may be in the gateway's session at the broker."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Table, Text, delete, insert, select

from gateway.store.database import Database
from gateway.store.schema import metadata

session_filters = Table(
    "session_filters",
    metadata,
    Column("client", Text, primary_key=True),
    Column("filter", Text, primary_key=True),
)


def _is_filter(text: str) -> bool:
    """Whether MQTT could have taken it. Nothing else was ever written; a damaged row must not be sent to the broker."""
    return 0 < len(text.encode()) < 2**16 and "\0" not in text


class SessionFilters:
    """Those of one MQTT client id, which names the session."""

    def __init__(self, database: Database, client: str) -> None:
        self._database = database
        self._client = client

    def read(self) -> list[str]:
        """The filters that were last written, in alphabetical order."""
        query = select(session_filters.c.filter).where(session_filters.c.client == self._client).order_by("filter")
        with self._database.reading() as connection:
            return [each for each in connection.scalars(query) if isinstance(each, str) and _is_filter(each)]

    def write(self, filters: Sequence[str]) -> None:
        """Replace them."""
        with self._database.writing() as connection:
            connection.execute(delete(session_filters).where(session_filters.c.client == self._client))
            if filters:
                connection.execute(insert(session_filters), [{"client": self._client, "filter": f} for f in filters])
