"""The blind gaps within windows, and until when devices have their turn after them."""

from __future__ import annotations

import msgspec
from sqlalchemy import insert

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.rules.windows.part import WindowChanges, Windows
from gateway.store.database import Database
from gateway.store.rules.windows import load, pieces, windows
from gateway.store.writer import Writer


def test_gaps_are_stored_with_the_turn_of_devices(database: Database) -> None:
    changes = WindowChanges(None, gaps=[(1, 2), (5, 9)], unconfirmed_until=60)
    Writer(database, parts.tables()).commit([Changes({Windows.name: changes})])

    rows = load(database)
    assert ([*rows.gaps], rows.unconfirmed_until) == ([(1, 2), (5, 9)], 60)
    assert [*pieces(changes)] == [changes]


def test_gaps_that_an_earlier_release_has_stored_alone_are_read(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(windows), {"device": "", "content": msgspec.msgpack.encode([(1, 2), (5, 9)])})

    rows = load(database)
    assert ([*rows.gaps], rows.unconfirmed_until) == ([(1, 2), (5, 9)], 0)
