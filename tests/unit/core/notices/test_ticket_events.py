"""Another system is told of tickets until it knows them: no outage of days and no refusal loses the last step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.core.alarms.actions import EndAlarm, RaiseAlarm
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import DAY, HOUR, SECOND, Micros
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.requests import NoticeNotSent, NoticeSent, Tell, Urgency
from gateway.core.notices.rows import NoticeRows
from tests.unit.core.notices.desk import Desk
from tests.unit.core.sites import NOON

CMMS: dict[str, Any] = {"id": "cmms", "contact": [{"webhook": "https://cmms.example.org/hook"}]}


class System(Desk):
    """The part alone with a system that follows tickets, which answers as a test says."""

    def __init__(self) -> None:
        super().__init__(people=[CMMS])
        self.now: Micros = NOON
        self.kept: dict[int, Notice] = {}
        self.known: dict[str, str] = {}
        """The step that the system was told last, by ticket."""
        self.alarm: str | None = None
        """What the alarm says that messages do not arrive, while it stands."""
        self.refuses: Sequence[str] = ()
        """The tickets that it never takes."""

    def event(self, ticket: int, step: str) -> None:
        """A ticket makes a step."""
        number = len(self.kept) + 1
        self.part.serve(
            Tell(
                about=Subject(SubjectKind.TICKET, str(ticket)),
                kind="ticket event",
                people=("cmms",),
                urgency=Urgency.PROMPT,
                facts={"ticket": str(ticket), "step": step, "title": "Low pressure", "priority": "P1"},
                time=self.now,
                cause=5,
                key=f"s1/ticket/{ticket}/{number}",
            )
        )
        self.look()

    def look(self) -> None:
        """What has changed."""
        self.kept |= {each.number: each for each in self.notices()}
        for asked in self.seam.asked:
            if isinstance(asked, RaiseAlarm):
                self.alarm = asked.detail
            elif isinstance(asked, EndAlarm):
                self.alarm = None
        self.seam.asked.clear()

    def answer(self, *, is_there: bool) -> None:
        """It answers all that is under way, and what follows."""
        while sending := [each for each in self.kept.values() if each.state is NoticeState.SENDING]:
            for notice in sending:
                ticket = notice.items[0].facts["ticket"]
                if not is_there or ticket in self.refuses:
                    reason, is_final = ("no route to host", False) if not is_there else ("HTTP 400", True)
                    report = NoticeNotSent(number=notice.number, reason=reason, is_final=is_final, by="the gateway")
                    self.part.act(report, self.now)
                else:
                    self.known[ticket] = notice.items[0].facts["step"]
                    self.part.act(NoticeSent(number=notice.number, by="the gateway"), self.now)
            self.look()

    def wait(self, time: Micros, *, is_there: bool = True) -> None:
        """So long does it answer all."""
        end = self.now + time
        self.answer(is_there=is_there)
        while (due := self.seam.timers.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            for _, key in self.seam.timers.due(self.now):
                self.part.tick(key, self.now)
            self.look()
            self.answer(is_there=is_there)
        self.now = end

    @property
    def left(self) -> list[tuple[str, str]]:
        """The tickets and steps of what is open."""
        return [
            (each.items[0].facts["ticket"], each.items[0].facts["step"]) for each in self.kept.values() if each.is_open
        ]


def test_a_system_that_is_away_for_days_over_a_close_knows_each_ticket_in_its_last_state() -> None:
    system = System()
    for ticket in (1, 2):
        system.event(ticket, "open")
    system.wait(HOUR, is_there=False)
    system.event(1, "resolve")
    system.event(1, "close")
    system.wait(3 * DAY, is_there=False)
    assert system.alarm is not None
    assert system.alarm.startswith("cmms is not told of ticket:")
    assert system.left == [("2", "open"), ("1", "close")]
    system.wait(10 * 60 * SECOND)
    assert system.known == {"1": "close", "2": "open"}
    assert not system.left
    assert not system.alarm


def test_a_ticket_that_is_refused_keeps_no_other_from_the_system_and_heals_with_it() -> None:
    system = System()
    system.refuses = ("1",)
    system.event(1, "open")
    system.event(2, "open")
    system.event(1, "accept")
    system.wait(HOUR)
    assert system.known == {"2": "open"}
    assert system.alarm == "cmms is not told of ticket:1 (webhook:https://cmms.example.org/hook): HTTP 400"
    assert system.left == [("1", "accept")]
    system.event(2, "accept")
    system.wait(2 * DAY)
    assert system.known == {"2": "accept"}
    assert system.alarm is not None, "what arrives for another ticket does not end it"
    system.refuses = ()
    system.wait(10 * 60 * SECOND)
    assert system.known == {"1": "accept", "2": "accept"}
    assert not system.left
    assert not system.alarm


def test_a_restart_goes_on_with_what_is_left_in_the_order_of_each_ticket() -> None:
    before = System()
    before.refuses = ("1",)
    before.event(1, "open")
    before.event(1, "accept")
    before.wait(25 * HOUR)
    after = System()
    after.now = before.now
    after.kept = dict(before.kept)
    still = tuple(each for each in before.kept.values() if each.is_open)
    after.part.restore(NoticeRows(notices=still), after.now)
    after.part.tick(("look",), after.now)
    after.look()
    after.wait(10 * 60 * SECOND)
    assert (after.known, after.left) == ({"1": "accept"}, [])
