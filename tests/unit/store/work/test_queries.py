"""Looking up tickets, whatever made them."""

from __future__ import annotations

import msgspec

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.tickets import TicketSource
from gateway.store.database import Database
from gateway.store.paging import Page
from gateway.store.work.queries import find_ticket, find_tickets
from gateway.store.work.tables import load
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, rule_spec
from tests.unit.store.committing import commit


def test_tickets_of_a_plan_have_no_alarm_and_are_read_as_they_were_written(database: Database) -> None:
    (of_alarm,) = Bench(rule_spec()).pump(0, pressure=0.01).tickets
    cellar = Subject(SubjectKind.LOCATION, "cellar")
    planned = [
        msgspec.structs.replace(
            of_alarm,
            number=number,
            source=TicketSource.PLAN,
            alarm=None,
            raised_at=None,
            raised_count=0,
            subject=cellar,
            priority="P3",
            team="cleaning",
        )
        for number in (2, 3)
    ]
    Writer(database, parts.tables()).commit([Changes({ServiceDesk.name: [of_alarm, *planned]})])
    assert [find_ticket(database, number) for number in (1, 2, 3)] == [of_alarm, *planned]
    assert find_ticket(database, 4) is None
    assert find_tickets(database, Page(10)) == [*reversed(planned), of_alarm]
    assert find_tickets(database, Page(10), priority="P1") == find_tickets(database, Page(10), team="engineering")


def test_a_restart_reads_the_tickets_of_standing_alarms_as_they_are_now(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.01), bench.pump(0, "p2", pressure=0.01), bench.pump(1, pressure=0.5))
    again = bench.pump(2, pressure=0.01)
    commit(database, again)
    assert [ticket.number for ticket in load(database)] == [1, 2]
    assert again.tickets == load(database)[:1] == [find_ticket(database, 1)]
    commit(database, bench.pump(3, pressure=0.5), bench.act(Acknowledge(alarm=1, by="Li Wei"), 4))
    assert [ticket.number for ticket in load(database)] == [2]
