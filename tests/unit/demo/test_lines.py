"""What the demo prints of tickets and notices."""

from __future__ import annotations

import io
import re
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

import gateway.demo
from gateway.clock import Clock
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import HOUR, MINUTE, SECOND, Micros
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import Urgency
from gateway.core.notices.rows import NoticeChanges
from gateway.core.notices.ways import Channel, Way
from gateway.core.site.working_time import hours_of
from gateway.core.work import clocks
from gateway.core.work.clocks import Clock as TicketClock
from gateway.core.work.clocks import ClockKind
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.lifecycle import TicketState, TicketStep
from gateway.core.work.tickets import Reporter, Ticket, TicketSource
from gateway.demo import in_language
from gateway.demo.lines import Lines
from gateway.demo.words import LABEL_CELLS, Words
from gateway.site_files import load_configuration

NOON: Micros = 1_800_000_000 * SECOND
"""16:00 in Shanghai."""
EVERY_HOUR = hours_of(None, {})


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load_configuration(Path(gateway.demo.__file__).parent / "site.yaml")


class Screen:
    """A terminal of 100 columns."""

    def __init__(self, configuration: Configuration, language: Language = "en") -> None:
        self._file = io.StringIO()
        console = Console(file=self._file, width=100, highlight=False, force_terminal=True, color_system="standard")
        clock = Clock(speed=10)
        self.lines = Lines(console, in_language(configuration, language), clock)
        self._audits = 0

    @property
    def coloured(self) -> list[str]:
        return [line for line in self._file.getvalue().splitlines() if "messages received" not in line]

    @property
    def shown(self) -> list[str]:
        return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in self.coloured]

    def step(self, ticket: Ticket, step: str, time: Micros = NOON, *, by: str | None = None, **data: object) -> None:
        self._audits += 1
        facts = {"ticket": ticket.number, "step": step, **data}
        record = AuditRecord(self._audits, time, "ticket", str(ticket.number), None, by, facts)
        self.lines.show([Changes({AuditTrail.name: [record], ServiceDesk.name: [ticket]})])

    def tell(self, *notices: Notice) -> None:
        self.lines.show([Changes({Notices.name: NoticeChanges(notices)})])


def ticket(state: TicketState, *, assignee: str | None = None, of: tuple[TicketClock, ...] = ()) -> Ticket:
    return Ticket(
        number=3,
        source=TicketSource.ALARM,
        alarm=2,
        faults=(),
        subject=Subject.of_device("pump-b1-1"),
        state=state,
        category="pump",
        priority="P1",
        team="engineering",
        title="Pump running dry",
        guidance=None,
        opened_at=NOON,
        raised_at=NOON,
        raised_count=1,
        assignee=assignee,
        clocks=of,
        next_clock="on_site",
        next_due=NOON + 5 * MINUTE,
    )


def notice(number: int, person: str, state: NoticeState = NoticeState.DELIVERED) -> Notice:
    return Notice(
        number=number,
        key=f"alarm:2/{number}",
        about=Subject(SubjectKind.TICKET, "3"),
        kind="ticket assigned",
        person=person,
        way=Way(Channel.MQTT, f"people/{person}"),
        further=(),
        urgency=Urgency.WAKE,
        language="en",
        items=(),
        title="[P1] Ticket 3: Pump running dry",
        body="",
        links=(),
        since=NOON,
        earliest=NOON,
        due=NOON,
        give_up_at=None,
        event=1,
        state=state,
    )


@pytest.fixture
def screen(configuration: Configuration) -> Screen:
    return Screen(configuration)


def test_a_step_says_who_has_made_it_and_the_clock_that_runs_out_next(screen: Screen) -> None:
    screen.step(ticket(TicketState.NEW), "open")
    screen.step(ticket(TicketState.ASSIGNED, assignee="tech-3"), "assign", to="tech-3")
    screen.step(ticket(TicketState.ACCEPTED, assignee="tech-3"), "accept", NOON + SECOND, by="Zhao Lei")
    done = ticket(TicketState.RESOLVED, assignee="tech-3")
    screen.step(done, "resolve", NOON + MINUTE, by="Zhao Lei", note="valve opened")
    assert screen.shown == [
        "16:00:00  ticket     #3 Pump running dry · P1 for engineering, on site by 16:05:00",
        "16:00:00  ticket     #3 Pump running dry · Zhao Lei is asked, on site by 16:05:00",
        "16:00:01  ticket     #3 Pump running dry · accepted by Zhao Lei, on site by 16:05:00",
        "16:01:00  ticket     #3 Pump running dry · resolved by Zhao Lei: valve opened",
    ]


def test_the_lines_of_a_chinese_demo_are_chinese(configuration: Configuration) -> None:
    screen = Screen(configuration, "zh")
    screen.step(ticket(TicketState.ASSIGNED), "assign", to="tech-3")
    screen.step(ticket(TicketState.ON_HOLD), "hold", by="赵磊", reason="parts")
    screen.tell(notice(1, "tech-3"))
    assert screen.shown == [
        "16:00:00  工单       #3 Pump running dry · 派给赵磊，到场时限 16:05:00",
        "16:00:00  工单       #3 Pump running dry · 赵磊挂起：等待配件，到场时限 16:05:00",
        "16:00:00  通知       赵磊（mqtt）：[P1] Ticket 3: Pump running dry",
    ]


def test_who_does_not_answer_is_named_when_the_next_is_asked_and_counted_at_the_end(screen: Screen) -> None:
    asked = ticket(TicketState.ASSIGNED)
    screen.step(asked, "assign", to="tech-2")
    screen.step(asked, "assign", NOON + MINUTE, to="tech-3")
    screen.step(asked, "accept", NOON + MINUTE + 42 * SECOND, by="Zhao Lei")
    about = "#3 Pump running dry"
    assert screen.shown == [
        f"16:00:00  ticket     {about} · Wang Fang is asked, on site by 16:05:00",
        f"16:01:00  ticket     {about} · Wang Fang has not accepted: Zhao Lei is asked, on site by 16:05:00",
        f"16:01:42  ticket     {about} · accepted by Zhao Lei, on site by 16:05:00",
    ]
    screen.lines.summary(kept=None)
    assert screen.shown[-2:] == [
        "  Wang Fang: 0 of 1 requests accepted",
        "  Zhao Lei: 1 of 1 requests accepted, after 42 s on average",
    ]


def test_who_has_declined_is_not_said_to_be_silent(screen: Screen) -> None:
    screen.step(ticket(TicketState.ASSIGNED), "assign", to="tech-2")
    screen.step(ticket(TicketState.NEW), "decline", by="Wang Fang", note="I am ill")
    screen.step(ticket(TicketState.ASSIGNED), "assign", to="tech-3")
    assert screen.shown[1:] == [
        "16:00:00  ticket     #3 Pump running dry · declined by Wang Fang: I am ill",
        "16:00:00  ticket     #3 Pump running dry · Zhao Lei is asked, on site by 16:05:00",
    ]


def test_who_has_reported_and_rated_it_is_said(screen: Screen) -> None:
    reported = msgspec.structs.replace(ticket(TicketState.NEW), reporter=Reporter(name="Ms Sun"))
    screen.step(reported, "open", by="Ms Sun (reporter)")
    screen.step(ticket(TicketState.CONFIRMED), "rating", by="Ms Sun", rating=5)
    assert screen.shown == [
        "16:00:00  ticket     #3 Pump running dry · reported by Ms Sun, P1 for engineering, on site by 16:05:00",
        "16:00:00  ticket     #3 Pump running dry · rated 5 of 5 by Ms Sun",
    ]


def test_a_breach_is_red_and_says_whom_it_reaches(screen: Screen) -> None:
    late = ticket(TicketState.ASSIGNED, assignee="tech-3")
    screen.step(late, "clock warned", clock="respond")
    screen.step(late, "clock breached", clock="respond")
    screen.step(late, "told", clock="respond", level=2, people=["tech-1", "tech-3"])
    assert screen.shown == [
        "16:00:00  ticket     #3 Pump running dry · respond is due soon",
        "16:00:00  ticket     #3 Pump running dry · respond BREACHED",
        "16:00:00  ticket     #3 Pump running dry · escalation level 2: Li Wei, Zhao Lei",
    ]
    assert ["\x1b[1;31m" in line for line in screen.coloured] == [False, True, False]


def test_what_is_due_on_another_day_has_its_date(screen: Screen) -> None:
    later = ticket(TicketState.ACCEPTED)
    screen.step(msgspec.structs.replace(later, next_due=NOON + 20 * HOUR), "accept", by="Zhao Lei")
    assert screen.shown == ["16:00:00  ticket     #3 Pump running dry · accepted by Zhao Lei, on site by 01-16 12:00"]


def test_what_several_people_are_told_at_once_is_one_line_and_only_when_it_arrives(screen: Screen) -> None:
    screen.tell(notice(1, "tech-1", NoticeState.SENDING), notice(2, "tech-3", NoticeState.SENDING))
    assert screen.shown == []
    screen.tell(notice(1, "tech-1"), notice(2, "tech-3"))
    screen.tell(notice(1, "tech-1"))
    assert screen.shown == ["16:00:00  notice     Li Wei, Zhao Lei (mqtt): [P1] Ticket 3: Pump running dry"]


def test_a_notice_that_has_failed_is_red(screen: Screen) -> None:
    screen.tell(notice(1, "tech-1", NoticeState.FAILED))
    assert screen.shown == ["16:00:00  notice     Li Wei (mqtt) FAILED: [P1] Ticket 3: Pump running dry"]
    assert "\x1b[1;31m" in screen.coloured[0]


def test_the_summary_counts_tickets_and_clocks(screen: Screen) -> None:
    respond, on_site, resolve = (clocks.begin(kind, MINUTE, None, NOON) for kind in ClockKind)
    respond = clocks.meet(respond, NOON + SECOND, EVERY_HOUR)
    late = clocks.meet(on_site, NOON + 2 * MINUTE, EVERY_HOUR)
    screen.step(ticket(TicketState.NEW, of=(respond, on_site, resolve)), "open")
    screen.step(ticket(TicketState.ON_SITE, of=(respond, late, resolve)), "arrive", by="Zhao Lei")
    screen.tell(notice(1, "tech-1"))
    screen.lines.summary(kept=None)
    assert screen.shown[-2:] == [
        "Tickets: 1 opened, 0 resolved, 0 of these closed; 1 notices delivered.",
        "Clocks: 1 met, 1 breached, 1 not due yet.",
    ]
    done = ticket(TicketState.CLOSED, of=(respond, late, clocks.meet(resolve, NOON + SECOND, EVERY_HOUR)))
    screen.step(done, "close", by="Duty room")
    screen.lines.summary(kept=None)
    assert screen.shown[-2:] == [
        "Tickets: 1 opened, 1 resolved, 1 of these closed; 1 notices delivered.",
        "Clocks: 2 met, 1 breached, 0 not due yet.",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_that_people_make_has_words(language: Language) -> None:
    words = Words(language)
    values = dict.fromkeys(("priority", "team", "to", "note", "reason", "clock", "level", "people"), "x") | {"by": "y"}
    for step in TicketStep:
        assert words.step(step.value, values)
    assert words.step("photo", values) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_with_which_lines_begin_are_equally_wide(language: Language) -> None:
    labels = ("ALARM", "acknowledged", "returned", "suppressed", "normal", "ticket", "notice", "scan")
    assert {cell_len(Words(language).label(name)) for name in labels} == {LABEL_CELLS}
