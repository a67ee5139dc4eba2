"""Measures lists and clocks of tickets with few and with many of them in the store: `python -m benchmarks.tickets`.

The same number of tickets is open each time, as a team can do only so much; the others have ended. Each row of the
table is one thing that people or the gateway do; a figure is the median of many times that it is done.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from functools import partial

import msgspec

from benchmarks.store_sizes import AT_ONCE, Measured, medians_ms, print_sizes
from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY, HOUR, MINUTE, Micros
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from gateway.core.work.actions import AcceptTicket, HoldTicket, ResumeTicket
from gateway.core.work.clocks import Clock, ClockKind
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import OPEN, TicketState
from gateway.core.work.tickets import Ticket, TicketSource
from gateway.site_files import load_profiles
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.paging import Page
from gateway.store.work.queries import Wanted, alarms_on, count_open, find_each, find_tickets, find_tickets_by_due
from gateway.store.writer import Writer

NOW: Micros = 1_800_000_000_000_000
_PEOPLE = 20
_DEVICES = 5
_TIMES = 200


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tickets", description=__doc__.split("\n")[0])
    parser.add_argument("--few", type=int, default=100, help="tickets in the first store; 100 unless given")
    parser.add_argument("--many", type=int, default=100_000, help="tickets in the second; 100,000 unless given")
    parser.add_argument("--open", type=int, default=100, help="how many of each are open; 100 unless given")
    options = parser.parse_args()
    few, many = (
        medians_ms(partial(_fill, count=count, open_count=min(options.open, count)), partial(_things, count=count))
        for count in (options.few, options.many)
    )
    print_sizes("tickets", options.few, options.many, few, many)
    return 0


def _things(database: Database, count: int) -> Measured:
    """What is measured, and how often."""
    page, due = Page(100), Wanted(states=OPEN)
    newest = find_tickets_by_due(database, 100, due, after=None)
    numbers = [ticket.number for ticket in newest]
    engine = Engine(_site(), parts.makers(), load_checkpoint(database, parts.tables()), now=NOW)
    engine.set_hearing(NOW)
    seconds = itertools.count(1)
    actions = itertools.cycle([_hold, _resume])

    def act() -> None:
        engine.act(next(actions)(numbers[0]), NOW + next(seconds) * 1_000)

    def read() -> None:
        second = next(seconds)
        payload = msgspec.json.encode({"running": True, "inlet_pressure": 0.2})
        engine.step([Message("site/s1/booster_pump/p0/telemetry", payload, NOW + second * 1_000, second)])

    engine.act(AcceptTicket(ticket=numbers[0], by="Li Wei"), NOW)
    return {
        "open tickets, newest first": (lambda: find_tickets(database, page, due), _TIMES),
        "open tickets, by due time": (lambda: find_tickets_by_due(database, 100, due, after=None), _TIMES),
        "all tickets, newest first": (lambda: find_tickets(database, page, Wanted()), _TIMES),
        "tickets of one person that are open": (
            lambda: find_tickets(database, page, Wanted(states=OPEN, assignee="tech-3")),
            _TIMES,
        ),
        "tickets of one device": (
            lambda: find_tickets(database, Page(20), Wanted(subjects=[Subject.of_device("p1")])),
            _TIMES,
        ),
        "one ticket": (lambda: find_each(database, [count // 2]), _TIMES),
        "the alarms of a page": (lambda: alarms_on(database, numbers), _TIMES),
        "the summary": (lambda: count_open(database, NOW, NOW + HOUR), _TIMES),
        "a step of a ticket with its clocks": (act, _TIMES),
        "a reading": (read, _TIMES),
        "load at a start": (lambda: load_checkpoint(database, parts.tables()).rows[ServiceDesk.name], 10),
    }


def _hold(ticket: int) -> HoldTicket:
    return HoldTicket(ticket=ticket, by="Li Wei", reason=HoldReason.PARTS)


def _resume(ticket: int) -> ResumeTicket:
    return ResumeTicket(ticket=ticket, by="Li Wei")


def _site() -> Configuration:
    profiles = load_profiles()
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai"})
    devices = {f"p{number}": {"id": f"p{number}", "profile": "booster_pump"} for number in range(_DEVICES)}
    specs = {name: DeviceSpec.model_validate(spec) for name, spec in devices.items()}
    return Configuration(Site(header=header, devices=specs), {"booster_pump": profiles["booster_pump"]})


def _fill(database: Database, count: int, open_count: int) -> None:
    """Write the tickets of the last months; the newest are open."""
    writer = Writer(database, parts.tables())
    made = _tickets(count, open_count)
    while some := [*itertools.islice(made, AT_ONCE)]:
        writer.commit([Changes({ServiceDesk.name: some}, counters={"ticket": some[-1].number + 1})])


def _tickets(count: int, open_count: int) -> Iterator[Ticket]:
    for number in range(1, count + 1):
        is_open = number > count - open_count
        opened = NOW - (count - number) * 10 * MINUTE - HOUR - (0 if is_open else 40 * DAY)
        clocks = tuple(
            Clock(
                kind, target, None, began_at=opened, counted=0 if is_open else MINUTE, since=opened if is_open else None
            )
            for kind, target in zip(ClockKind, (DAY, 2 * DAY, 7 * DAY), strict=True)
        )
        yield Ticket(
            number=number,
            source=TicketSource.ALARM,
            alarm=None,
            faults=(f"pump-dry-run/device:p{number % _DEVICES}",),
            subject=Subject.of_device(f"p{number % _DEVICES}"),
            state=TicketState.NEW if is_open else TicketState.CLOSED,
            category="pump",
            priority=f"P{number % 4 + 1}",
            team="engineering",
            title="Pump running dry",
            guidance="Stop the pump; check the inlet valve and tank level.",
            opened_at=opened,
            raised_at=opened,
            raised_count=1,
            clocks=clocks,
            next_clock="respond" if is_open else None,
            next_due=opened + DAY if is_open else None,
            assignee=f"tech-{number % _PEOPLE}",
            resolved_at=None if is_open else opened + HOUR,
            ended_at=None if is_open else opened + 2 * HOUR,
        )


if __name__ == "__main__":
    raise SystemExit(main())
