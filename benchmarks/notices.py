"""Measures lists of notices, with few and with many in the store, and raises: `python -m benchmarks.notices`.

A figure of a list is the median of many times that it is asked for. Raises are measured in turn: with nobody on the
site, with people, with people for whom other notices wait at the same addresses, and in a flood while no message
arrives, so that each raise joins those before it. A figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.store_sizes import AT_ONCE, Measured, medians_ms, print_sizes
from gateway import parts
from gateway.channels.notifier import notices_of
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import HOUR, MINUTE, Micros
from gateway.core.notices.notice import Item, Notice, NoticeKind, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.proof import ProofSpec
from gateway.core.notices.requests import NoticeSent, Urgency
from gateway.core.notices.rows import NoticeChanges
from gateway.core.notices.settings import compile_notice_settings
from gateway.core.notices.ways import ALL_CHANNELS, Channel, Way
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_profiles
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database, open_database
from gateway.store.notices.queries import find_notices, notices_about
from gateway.store.paging import Page
from gateway.store.writer import Writer

NOW: Micros = 1_800_000_000_000_000
_PEOPLE = 20
_OF_A_FLOOD = 40
"""Every so many notices one tells of several alarms."""
_FAILED = 50
"""Every so many notices one was given up."""
_TIMES = 100
_ROUNDS = 7
_RAISES = 200
_TOGETHER = 10
"""Raises that are committed together."""


def main() -> int:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notices", description=__doc__.split("\n")[0])
    parser.add_argument("--few", type=int, default=100, help="notices in the first store; 100 unless given")
    parser.add_argument("--many", type=int, default=100_000, help="notices in the second; 100,000 unless given")
    parser.add_argument("--open", type=int, default=1_000, help="open notices in the third column of raises; 1,000")
    options = parser.parse_args()
    few, many = (
        medians_ms(partial(_fill, count=count), partial(_lists, count=count)) for count in (options.few, options.many)
    )
    print_sizes("notices", options.few, options.many, few, many)
    cases = {
        "nobody": (0, 0, True),
        f"{_PEOPLE} people": (_PEOPLE, 0, True),
        f"{_PEOPLE} people, {options.open:,} open notices": (_PEOPLE, options.open, True),
        f"{_PEOPLE} people whom nothing reaches": (_PEOPLE, 0, False),
    }
    rounds = [
        [_raises_ms(people, count, arrives=arrives) for people, count, arrives in cases.values()]
        for _ in range(_ROUNDS)
    ]
    print(f"\n| ms a raise | {' | '.join(cases)} |\n|---|---|---|---|---|")
    for index, what in enumerate(
        ("the engine", "the commit, of ten together with what has arrived", "the engine, each message that has arrived")
    ):
        figures = (median(each[case][index] for each in rounds) for case in range(len(cases)))
        print(f"| {what} | {' | '.join(f'{figure:.2f}' for figure in figures)} |")
    return 0


def _lists(database: Database, count: int) -> Measured:
    """What is measured, and how often."""
    page, middle = Page(20), Page(20, before=count // 2)

    def chain() -> list[int]:
        with database.reading() as connection:
            return notices_about(connection, count // 2, 200)

    return {
        "all": (lambda: find_notices(database, page), _TIMES),
        "all, from the middle": (lambda: find_notices(database, middle), _TIMES),
        "failed": (lambda: find_notices(database, Page(2), state="failed"), _TIMES),
        "waiting": (lambda: find_notices(database, page, state="waiting"), _TIMES),
        "delivered, from the middle": (lambda: find_notices(database, middle, state="delivered"), _TIMES),
        "of a person": (lambda: find_notices(database, Page(4), person="tech-3"), _TIMES),
        "of a person, from the middle": (
            lambda: find_notices(database, Page(2, before=count // 2), person="tech-3"),
            _TIMES,
        ),
        "of a person, failed": (lambda: find_notices(database, Page(2), person="tech-1", state="failed"), _TIMES),
        "of a person who has few": (
            lambda: find_notices(database, page, person="chief-1", state="delivered"),
            _TIMES,
        ),
        "of an alarm": (lambda: find_notices(database, page, alarm=count // 2), _TIMES),
        "of an alarm that nobody was told": (lambda: find_notices(database, page, alarm=10 * count), _TIMES),
        "of an alarm, failed": (lambda: find_notices(database, page, alarm=count // 2, state="failed"), _TIMES),
        "of a ticket": (lambda: find_notices(database, page, about="ticket:7"), _TIMES),
        "the chain of an alarm": (chain, _TIMES),
        "load at a start": (lambda: load_checkpoint(database, parts.tables()).rows[Notices.name], 10),
    }


def _fill(database: Database, count: int) -> None:
    """Write the notices of the last months; the three newest are open."""
    writer = Writer(database, parts.tables())
    made = _notices(count)
    while some := tuple(itertools.islice(made, AT_ONCE)):
        pairs = tuple((alarm, notice.number) for notice in some for alarm in notice.alarms)
        changes = NoticeChanges(notices=some, alarms=pairs)
        writer.commit([Changes({Notices.name: changes}, counters={"notice": some[-1].number + 1})])


def _notices(count: int) -> Iterator[Notice]:
    for number in range(1, count + 1):
        state = NoticeState.FAILED if number % _FAILED == 1 else NoticeState.DELIVERED
        state = NoticeState.WAITING if number > count - 3 else state
        alarms = range(number, number + (20 if number % _OF_A_FLOOD == 0 else 1))
        person = f"tech-{number % _PEOPLE}" if number % (count // 3) else "chief-1"
        yield Notice(
            number=number,
            key=f"alarm:{number}/{number}",
            about=Subject(SubjectKind.TICKET, "7") if number == count // 3 else Subject(SubjectKind.ALARM, str(number)),
            kind=NoticeKind.RAISED,
            person=person,
            way=Way(Channel.EMAIL, f"{person}@example.org"),
            further=(),
            urgency=Urgency.WAKE,
            language="en",
            items=tuple(Item("[critical] Dry run", "Alarm: dry run\nWhere: b1", alarm) for alarm in alarms),
            title="[critical] Dry run: Pump",
            body="Alarm: dry run\nAbout: Pump\nWhere: Basement\nSince: 2027-01-15 16:00:00",
            links=(),
            since=NOW - (count - number) * MINUTE,
            earliest=NOW,
            event=number,
            due=NOW,
            give_up_at=NOW + MINUTE,
            state=state,
        )


def _raises_ms(people: int, open_count: int, *, arrives: bool) -> list[float]:
    """The time of a raise in the engine, of its commit, and of taking in that a message has arrived."""
    with tempfile.TemporaryDirectory() as name:
        database = open_database(Path(name), parts.migrations())
        try:
            return _raise(database, people, open_count, arrives=arrives)
        finally:
            database.close()


def _raise(database: Database, people: int, open_count: int, *, arrives: bool) -> list[float]:
    writer = Writer(database, parts.tables())
    waiting = tuple(itertools.islice(_waiting(), open_count))
    writer.commit([Changes({Notices.name: NoticeChanges(notices=waiting)}, counters={"notice": open_count + 1})])
    made = load_checkpoint(database, parts.tables())
    engine = Engine(_site(people), parts.makers(channels=ALL_CHANNELS), made, now=NOW)
    begun = [engine.beginning, engine.set_hearing(NOW)]
    now = NOW
    raising: list[float] = []
    committing: list[float] = []
    arriving: list[float] = []
    group = begun
    for number in range(_RAISES):
        now += 1_000
        payload = msgspec.json.encode({"ts": now // 1_000, "inlet_pressure": 0.0})
        message = Message(f"site/s1/booster_pump/p{number}/telemetry", payload, now, number + 1)
        at = time.perf_counter()
        group.append(engine.step([message]))
        raising.append(time.perf_counter() - at)
        sent = [each.number for each in notices_of(group[-1:]) if each.state is NoticeState.SENDING]
        if len(sent) != people and arrives:
            raise AssertionError(f"{len(sent)} messages to {people} people")
        for each in sent if arrives else ():
            at = time.perf_counter()
            group.append(engine.act(NoticeSent(number=each, by="the gateway"), now))
            arriving.append(time.perf_counter() - at)
        if (number + 1) % _TOGETHER == 0:
            at = time.perf_counter()
            writer.commit(group)
            committing.append((time.perf_counter() - at) / _TOGETHER)
            group = []
    return [median(each or [0.0]) * 1000 for each in (raising, committing, arriving)]


def _waiting() -> Iterator[Notice]:
    """What waits for its time at the same addresses."""
    for number in itertools.count(1):
        person = f"tech-{number % _PEOPLE}"
        yield Notice(
            number=number,
            key=f"ticket:{number}/warned",
            about=Subject(SubjectKind.TICKET, str(number)),
            kind="ticket warned",
            person=person,
            way=Way(Channel.EMAIL, f"{person}@example.org"),
            further=(),
            urgency=Urgency.QUIET,
            language="en",
            items=(Item("Ticket is due soon", "Ticket: dry run"),),
            title="Ticket is due soon",
            body="Ticket: dry run",
            links=(),
            since=NOW,
            earliest=NOW + HOUR,
            event=number,
            due=NOW + HOUR,
            give_up_at=NOW + 2 * HOUR,
        )


def _site(people: int) -> Configuration:
    profile = load_profiles()["booster_pump"]
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai"})
    devices = {f"p{number}": {"id": f"p{number}", "profile": "booster_pump"} for number in range(_RAISES)}
    contacts = {f"tech-{number}": [{"email": f"tech-{number}@example.org"}] for number in range(people)}
    site = Site(
        header=header,
        devices={name: DeviceSpec.model_validate(spec) for name, spec in devices.items()},
        people={name: PersonSpec.model_validate({"id": name, "contact": ways}) for name, ways in contacts.items()},
    )
    rule = RuleSpec.model_validate(
        {
            "id": "low",
            "applies_to": {"profile": "booster_pump"},
            "when": "inlet_pressure < 0.05",
            "severity": "critical",
            "title": {"en": "Low pressure", "zh": "压力低"},
        }
    )
    settings = compile_notice_settings(site, proof=ProofSpec(day="never"))
    return Configuration(site, {"booster_pump": profile}, rules=tuple(rules_of(rule, profile)), notices=settings)


if __name__ == "__main__":
    raise SystemExit(main())
