"""Numbers from counters, which no deletion gives back."""

from __future__ import annotations

from sqlalchemy import delete

from gateway import parts
from gateway.store.alarms.tables import alarms
from gateway.store.audit.tables import events
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.telemetry.tables import journal
from gateway.store.work.tables import tickets
from tests.unit.core.sites import Bench, rule_spec
from tests.unit.store.committing import commit, rows


def test_no_number_comes_back_when_all_rows_are_deleted(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.01), bench.pump(1, pressure=0.5))
    with database.writing() as connection:
        for table in (alarms, tickets, events, journal):
            connection.execute(delete(table))
    assert rows(database, "alarms") == 0
    again = Bench(rule_spec(), checkpoint=load_checkpoint(database, parts.tables()), start_s=60)
    seen = again.pump(61, pressure=0.01)
    (alarm,), (ticket,) = seen.alarms, seen.tickets
    assert (alarm.number, ticket.number, seen.events[0].number, seen.batch.first_message) == (2, 2, 9, 3)


def test_counters_are_written_in_the_transaction_that_uses_their_numbers(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.01))
    following = load_checkpoint(database, parts.tables()).counters
    assert following == {
        "message": 2,
        "alarm": 2,
        "ticket": 2,
        "event": 5,
        "scan": 1,
        "publication": 3,
    }
