"""Looking up tickets, whatever made them."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.lifecycle import OPEN, TicketState
from gateway.core.work.tickets import Follower, Reporter, Ticket, TicketSource
from gateway.store.database import Database
from gateway.store.paging import Page
from gateway.store.work.queries import (
    AlarmOn,
    DueMark,
    Wanted,
    alarms_on,
    find_ticket,
    find_tickets,
    find_tickets_by_due,
)
from gateway.store.work.tables import load, tickets
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
    assert find_tickets(database, Page(10), Wanted()) == [*reversed(planned), of_alarm]
    assert find_tickets(database, Page(10), Wanted(priority="P1")) == [of_alarm]
    assert find_tickets(database, Page(10), Wanted(team="cleaning", source="plan")) == [*reversed(planned)]


def test_who_follows_a_ticket_is_read_as_it_was_written(database: Database) -> None:
    (ticket,) = Bench(rule_spec()).pump(0, pressure=0.01).tickets
    zhao = Reporter(name="赵女士", contact=("email", "zhao@example.org"), language="zh")
    followers = (Follower(7, "漏水", "cellar", zhao), Follower(8, "灯", None, zhao))
    followed = msgspec.structs.replace(ticket, followers=followers)
    Writer(database, parts.tables()).commit([Changes({ServiceDesk.name: [followed]})])
    assert [find_ticket(database, 1)] == load(database) == [followed]


def test_a_restart_reads_the_tickets_of_standing_alarms_as_they_are_now(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.01), bench.pump(0, "p2", pressure=0.01), bench.pump(1, pressure=0.5))
    again = bench.pump(2, pressure=0.01)
    commit(database, again)
    assert [ticket.number for ticket in load(database)] == [1, 2]
    assert again.tickets == load(database)[:1] == [find_ticket(database, 1)]
    commit(database, bench.pump(3, pressure=0.5), bench.act(Acknowledge(alarm=1, by="Li Wei"), 4))
    assert [ticket.number for ticket in load(database)] == [1, 2]


def many(database: Database, count: int) -> list[Ticket]:
    """Tickets of a plan, of which one in a hundred is open and due at some time, and the others have ended."""
    (of_alarm,) = Bench(rule_spec()).pump(0, pressure=0.01).tickets
    made = [
        msgspec.structs.replace(
            of_alarm,
            number=number,
            source=TicketSource.PLAN,
            alarm=number,
            state=TicketState.ASSIGNED if number % 100 == 0 else TicketState.CLOSED,
            assignee=f"tech-{number % 7}",
            next_due=None if number % 100 or number % 300 == 0 else number * 37 % 1000,
        )
        for number in range(1, count + 1)
    ]
    Writer(database, parts.tables()).commit([Changes({ServiceDesk.name: made})])
    return made


def test_a_list_by_due_time_goes_on_where_the_page_before_ended_also_past_a_damaged_row(database: Database) -> None:
    made = [ticket for ticket in many(database, 2000) if ticket.state is TicketState.ASSIGNED]
    with database.writing() as connection:
        connection.execute(text("UPDATE tickets SET clocks = '?' WHERE number IN (500, 600)"))
    in_order = sorted(
        (ticket for ticket in made if ticket.number not in (500, 600)),
        key=lambda ticket: (ticket.next_due is None, ticket.next_due, ticket.number),
    )
    seen: list[Ticket] = []
    mark: DueMark | None = None
    while page := find_tickets_by_due(database, 3, Wanted(states=OPEN), after=mark):
        assert len(page) == 3 or len(seen) + len(page) == len(in_order)
        seen += page
        mark = DueMark(page[-1].next_due, page[-1].number)
    assert seen == in_order


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(states=OPEN),
        Wanted(states=frozenset({TicketState.NEW})),
        Wanted(states=OPEN, due_before=500),
        Wanted(assignee="tech-3"),
        Wanted(subjects=[Subject.of_device("p1")]),
        Wanted(alarm=7),
    ],
    ids=["open", "new", "due soon", "of one person", "of one device", "of one alarm"],
)
def test_what_a_list_asks_for_is_found_by_an_index(database: Database, wanted: Wanted) -> None:
    query = wanted.query().order_by(tickets.c.number.desc()).limit(101)
    compiled = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with database.reading() as connection:
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
    assert [step for step in plan if step.startswith("SCAN")] == []


def test_the_newest_of_one_state_are_read_without_sorting_the_rest(database: Database) -> None:
    query = Wanted(states=frozenset({TicketState.CLOSED})).query().order_by(tickets.c.number.desc()).limit(101)
    compiled = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with database.reading() as connection:
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
    assert len(plan) == 1
    assert "tickets_by_state" in plan[0]


def test_a_damaged_alarm_costs_no_other_on_the_same_ticket(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.01), bench.pump(0, "p2", pressure=0.01))
    assert alarms_on(database, [1, 2, 3]) == {1: [AlarmOn(1, stands=True)], 2: [AlarmOn(2, stands=True)]}
    commit(database, bench.pump(1, pressure=0.5))
    with database.writing() as connection:
        connection.execute(text("UPDATE alarms SET state = '?' WHERE number = 2"))
    assert alarms_on(database, [1, 2]) == {1: [AlarmOn(1, stands=False)]}
