"""The filters that may be in the session."""

from __future__ import annotations

from gateway.store.database import Database
from gateway.store.session import SessionFilters


def test_the_filters_of_each_client_are_kept_apart(database: Database) -> None:
    one, other = SessionFilters(database, "one"), SessionFilters(database, "other")
    assert one.read() == []
    one.write(["site/#", "a/+"])
    other.write(["site/#"])
    one.write(["site/s1/#"])
    assert (one.read(), other.read()) == (["site/s1/#"], ["site/#"])
    one.write([])
    assert one.read() == []


def test_a_damaged_filter_is_not_sent_to_the_broker(database: Database) -> None:
    filters = SessionFilters(database, "one")
    filters.write(["a/+b", "a#", "$share/g", "site/#"])
    assert filters.read() == ["site/#"]
