"""The photos that the audit trail refers to."""

from __future__ import annotations

import pytest

from gateway import parts
from gateway.core.audit import AuditTrail
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import AuditRecord
from gateway.store.audit import photos
from gateway.store.audit.photos import used_photos
from gateway.store.database import Database
from gateway.store.writer import Writer


def record(number: int, data: dict[str, object]) -> AuditRecord:
    return AuditRecord(number, 0, "ticket", "1", None, "Ann", data)


def hash_of(number: int) -> str:
    return f"{number:064x}"


def test_all_photos_after_a_record_are_found_however_many_reads_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "_AT_ONCE", 3)
    trail = [record(number, {"step": "photo", "photo": hash_of(number)}) for number in range(1, 11)]
    trail += [record(11, {"step": "comment", "note": "no photo"}), record(12, {"photo": None})]
    Writer(database, parts.tables()).commit([Changes({AuditTrail.name: trail})])
    for after in range(13):
        assert used_photos(database, after) == ({hash_of(number) for number in range(after + 1, 11)}, 12)


def test_an_empty_trail_refers_to_none(database: Database) -> None:
    assert used_photos(database, 0) == (set(), 0)
