"""What the people of the demo do with tickets, and when: decisions alone, in the demo's own time.

The same seed gives the same decisions about a ticket, whatever else happens: each has a random source of its own.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from gateway.core.checklists.definition import ItemKind
from gateway.core.checklists.items import PASS
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.site.site import Site
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState, TicketStep

Seconds = tuple[int, int]
"""At least and at most."""

_OUT_OF_SERVICE = frozenset({"pump", "elevator"})
"""The work on these is done on the device that alarms. Never that on a detector: it stays in service."""
_OUT_OF_SERVICE_FOR = "30m"
_NEEDS_PARTS = 0.6
"""The share of jobs on pumps that wait for a part."""
_WAITS_FOR_PARTS: Seconds = (30, 60)
_DUTY_ROOM_ASSIGNS: Seconds = (30, 45)
_CUSTOMER_CONFIRMS: Seconds = (15, 40)
_CUSTOMER_RATES: Seconds = (5, 15)
_DUTY_ROOM_CLOSES: Seconds = (15, 30)
_RESIDENT_REPORTS: Seconds = (270, 290)
"""From the beginning of the demo on."""
_DUTY_ROOM = ("Duty room", "值班室")
_RESIDENT = ("Ms Sun", "孙女士")
_REPORTED = ("The lamp in the lobby flickers", "大堂的灯一直闪烁")
_REPORTED_PLACE = "b1.lobby"
_BEST, _LATE = 5, 3
"""How a job is rated, and one of which a target has run out."""
_PART = ("A part is on its way", "等待配件")
_NOBODY = ("Nobody has taken it: please go", "无人接单，请前往")
_DONE: Mapping[str, tuple[str, str]] = {
    "pump": ("fault cleared, pump vented and tried", "已排除故障、排气并试运行"),
    "elevator": ("fault reset, lift tried", "已复位故障并试运行"),
    "fire": ("fire is out, detector cleaned", "已到场，火已扑灭，探测器已清洁"),
    "water": ("leak closed, floor dried", "已找到并封堵漏点，地面已擦干"),
    "power": ("lamp replaced", "已更换灯具"),
}
_CHECKLISTS: Mapping[str, str] = {"pump": "pump-after-repair"}
"""What is answered after work of a category: checklists of the demo's site."""
_ELSE = ("repaired and tried", "已检查、修复并试运行")


class Habit(StrEnum):
    """How somebody works."""

    PROMPT = "prompt"
    SLOW = "slow"
    FORGETFUL = "forgetful"
    """Does not see the first request for a ticket, so that the next person is asked; prompt when asked again."""


HABITS: Mapping[str, Habit] = {
    "tech-1": Habit.PROMPT,
    "tech-2": Habit.FORGETFUL,
    "tech-3": Habit.SLOW,
    "guard-1": Habit.PROMPT,
    "guard-2": Habit.SLOW,
}
"""Of the people of the demo's site, by id."""


class _Pace(NamedTuple):
    """How long somebody takes."""

    accepts: Seconds
    """From the request on."""
    arrives: Seconds
    works: Seconds


_PACES: Mapping[Habit, _Pace] = {
    Habit.PROMPT: _Pace((8, 20), (30, 60), (40, 80)),
    Habit.SLOW: _Pace((30, 55), (70, 140), (80, 150)),
    Habit.FORGETFUL: _Pace((8, 20), (40, 80), (40, 80)),
}


class Job(NamedTuple):
    """A ticket as somebody sees it who may have to do something about it."""

    number: int
    state: TicketState
    category: str
    team: str
    assignee: str | None
    alarm_stands: bool
    reporter: str | None = None
    """The name of who has reported it."""
    is_late: bool = False
    """Whether a target has run out."""
    rating: int | None = None


class Report(NamedTuple):
    """What a resident reports: sent again, it is the same report."""

    key: str
    place: str
    text: str
    name: str


class Deed(NamedTuple):
    """A step that somebody makes at the API, or a rating."""

    ticket: int
    step: TicketStep | None
    """None for a rating."""
    body: Mapping[str, str | int]
    checklist: str | None = None
    """The one that is answered before, by its id."""


@dataclass(slots=True)
class _Intent:
    """What somebody means to do about a ticket, from a moment on."""

    deed: Deed
    at: Micros
    only_when_over: bool = False
    """Not while an alarm of the ticket stands."""


@dataclass(slots=True)
class _Course:
    """How a ticket has gone so far."""

    seen: tuple[TicketState, str | None, int | None] | None = None
    """Its state, who has it, and its rating when it was last looked at."""
    requests: dict[str, int] = field(default_factory=dict)
    """How often each person was asked, by id."""
    visits: dict[TicketState, int] = field(default_factory=dict)
    """How often it has been in each state."""
    intent: _Intent | None = None


class Crew:
    """The technicians, the guards, the duty room, and a resident."""

    def __init__(self, site: Site, *, seed: int, habits: Mapping[str, Habit] = HABITS) -> None:
        self._people = {id_: person for id_, person in site.people.items() if id_ in habits}
        self._names = {id_: site.person_name(person) for id_, person in self._people.items()}
        self._is_chinese = site.header.language == "zh"
        self._habits = habits
        self._seed = seed
        self._courses: dict[int, _Course] = {}
        self._reports_at: Micros | None = None
        self._has_reported = False

    def report(self, now: Micros) -> Report | None:
        """What the resident reports now: once, at a time after the first look."""
        if self._reports_at is None:
            self._reports_at = now + _within(random.Random(f"{self._seed}/report"), _RESIDENT_REPORTS)
        if self._has_reported or now < self._reports_at:
            return None
        return Report("lamp", _REPORTED_PLACE, self._say(_REPORTED), self._say(_RESIDENT))

    def reported(self) -> None:
        """The gateway has the report."""
        self._has_reported = True

    def deeds(self, jobs: Iterable[Job], now: Micros) -> Iterator[Deed]:
        """What people do now. A deed comes again at the next look as long as its ticket is as before."""
        for job in jobs:
            course = self._courses.setdefault(job.number, _Course())
            if course.seen != (job.state, job.assignee, job.rating):
                course.seen = job.state, job.assignee, job.rating
                course.visits[job.state] = course.visits.get(job.state, 0) + 1
                if job.state is TicketState.ASSIGNED and job.assignee is not None:
                    course.requests[job.assignee] = course.requests.get(job.assignee, 0) + 1
                course.intent = self._decide(job, course, now)
            intent = course.intent
            if intent is not None and intent.at <= now and not (intent.only_when_over and job.alarm_stands):
                yield intent.deed

    def _decide(self, job: Job, course: _Course, now: Micros) -> _Intent | None:
        visit = course.visits[job.state]
        chance = random.Random(f"{self._seed}/{job.number}/{job.state.value}/{visit}/{job.assignee}")
        match job.state:
            case TicketState.NEW:
                return self._assign(job, chance, now)
            case TicketState.RESOLVED:
                deed = Deed(job.number, TicketStep.CONFIRM, {"by": self._customer(job)})
                return _Intent(deed, now + _within(chance, _CUSTOMER_CONFIRMS), only_when_over=True)
            case TicketState.CONFIRMED if job.rating is None:
                rating = _LATE if job.is_late else _BEST
                deed = Deed(job.number, None, {"by": self._customer(job), "rating": rating})
                return _Intent(deed, now + _within(chance, _CUSTOMER_RATES))
            case TicketState.CONFIRMED:
                deed = Deed(job.number, TicketStep.CLOSE, {"by": self._say(_DUTY_ROOM)})
                return _Intent(deed, now + _within(chance, _DUTY_ROOM_CLOSES), only_when_over=True)
            case _ if job.assignee in self._people:
                return self._work(job, course, job.assignee, chance, now)
            case _:
                return None

    def _work(self, job: Job, course: _Course, person: str, chance: random.Random, now: Micros) -> _Intent | None:
        """What the one does who has the ticket, or is asked to."""
        habit = self._habits[person]
        pace = _PACES[habit]
        by: dict[str, str | int] = {"by": self._names[person]}
        match job.state:
            case TicketState.ASSIGNED:
                if habit is Habit.FORGETFUL and course.requests[person] == 1:
                    return None
                return _Intent(Deed(job.number, TicketStep.ACCEPT, by), now + _within(chance, pace.accepts))
            case TicketState.ACCEPTED:
                if job.category in _OUT_OF_SERVICE:
                    by |= {"out_of_service_for": _OUT_OF_SERVICE_FOR}
                return _Intent(Deed(job.number, TicketStep.ARRIVE, by), now + _within(chance, pace.arrives))
            case TicketState.ON_SITE:
                at = now + _within(chance, pace.works)
                if job.category == "pump" and not course.visits.get(TicketState.ON_HOLD) and self._needs_part(job):
                    by |= {"reason": HoldReason.PARTS.value, "note": self._say(_PART)}
                    return _Intent(Deed(job.number, TicketStep.HOLD, by), at)
                by |= {"note": self._say(_DONE.get(job.category, _ELSE))}
                deed = Deed(job.number, TicketStep.RESOLVE, by, _CHECKLISTS.get(job.category))
                return _Intent(deed, at, only_when_over=True)
            case TicketState.ON_HOLD:
                return _Intent(Deed(job.number, TicketStep.RESUME, by), now + _within(chance, _WAITS_FOR_PARTS))
            case _:
                return None

    def _assign(self, job: Job, chance: random.Random, now: Micros) -> _Intent | None:
        """Where nobody has taken it, the duty room asks somebody of the team who does not forget."""
        members = [id_ for id_, person in self._people.items() if job.team in person.teams]
        able = [id_ for id_ in members if self._habits[id_] is not Habit.FORGETFUL] or members
        if not able:
            return None
        body = {"by": self._say(_DUTY_ROOM), "to": able[0], "note": self._say(_NOBODY)}
        return _Intent(Deed(job.number, TicketStep.ASSIGN, body), now + _within(chance, _DUTY_ROOM_ASSIGNS))

    def _customer(self, job: Job) -> str:
        """Who says whether it is done, and how well: who has reported it, else the duty room."""
        return job.reporter or self._say(_DUTY_ROOM)

    def _needs_part(self, job: Job) -> bool:
        return random.Random(f"{self._seed}/{job.number}/part").random() < _NEEDS_PARTS

    def _say(self, words: tuple[str, str]) -> str:
        return words[self._is_chinese]


def answer_to(kind: ItemKind, options: Sequence[str], fails: Collection[object], person: str) -> str | None:
    """What somebody answers to an item of a checklist after work that went well: None takes the device's own value.

    Args:
        options: the ids from which people choose, and `fails` those of them that are not good.
        person: the name of the one who answers.

    Raises:
        ValueError: the people of the demo do not know such items.
    """
    match kind:
        case ItemKind.PASS_FAIL:
            return PASS
        case ItemKind.CHOICE:
            return next(each for each in options if each not in fails)
        case ItemKind.SIGNATURE:
            return person
        case ItemKind.READING:
            return None
        case _:
            raise ValueError(f"nobody of the demo answers an item of kind {kind.value}")


def _within(chance: random.Random, seconds: Seconds) -> Micros:
    return round(chance.uniform(*seconds) * SECOND)
