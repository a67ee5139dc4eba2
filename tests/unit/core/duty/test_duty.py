"""Who of a team is on duty: by the roster, without those who are away, with those who stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.core.duty.absences import Absence
from gateway.core.duty.actions import AskOnDuty, AskPresent, ComeBack, DutyChanged, GoAbsent
from gateway.core.duty.part import PeopleOnDuty
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import DutyRefused, InvalidAction
from gateway.core.kernel.events import Event
from gateway.core.kernel.times import DAY, HOUR, MINUTE, Micros
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec, compile_roster
from gateway.core.site.site import Site, SiteHeader
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import NOON

PEOPLE = ("ann", "bob", "cai", "dan")
ROSTER = {
    "team": "engineering",
    "shifts": [{"people": ["bob", "ann"], "hours": "08:00-20:00"}, {"people": ["cai"], "hours": "20:00-08:00"}],
}
ROSTERED, OPEN = "engineering", "cleaning"


def site(*people: str, **names: Any) -> Site:  # noqa: ANN401
    """By the roster bob and ann have the day, and cai the night; it is 16:00. `cleaning` has no roster."""
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai"})
    specs = [{"id": each, "teams": [ROSTERED, OPEN], "name": names.get(each)} for each in people or PEOPLE]
    compiled = compile_roster(RosterSpec.model_validate(ROSTER), ZoneInfo("Asia/Shanghai"), {})
    return Site(
        header=header,
        devices={},
        people={str(each["id"]): PersonSpec.model_validate(each) for each in specs},
        rosters={ROSTERED: compiled},
    )


class Room:
    """The part alone, at a time that the test sets."""

    def __init__(self, site_: Site | None = None, rows: Sequence[Absence] = (), now: Micros = NOON) -> None:
        self.seam = LoneSeam(PeopleOnDuty.name)
        self.part = PeopleOnDuty(site_ or site(), self.seam)
        self.part.restore(rows, now)
        self.now = now

    def who(self, team: str = ROSTERED, at: Micros | None = None) -> list[str]:
        """Who is on duty."""
        found: list[str] = []
        self.part.serve(AskOnDuty(team=team, at=self.now if at is None else at, answer=found.extend))
        return found

    def away(self, person: str, **fields: Any) -> None:  # noqa: ANN401
        """Somebody goes away."""
        self.part.act(GoAbsent(person=person, by="Li Wei", **fields), self.now)

    def back(self, person: str) -> None:
        """Somebody comes back."""
        self.part.act(ComeBack(person=person, by="Li Wei"), self.now)

    def later(self, by: Micros) -> list[Event]:
        """Time passes; what is told then."""
        self.now += by
        for _, key in self.seam.timers.due(self.now):
            self.part.tick(key, self.now)
        return self.seam.taken()

    def again(self, site_: Site | None = None) -> Room:
        """The same after a restart."""
        changed = self.part.finish() or {}
        return Room(site_, [each for each in changed.values() if each is not None], self.now)


def test_the_roster_says_who_is_on_duty_and_all_members_are_where_there_is_none() -> None:
    room = Room()
    assert room.who() == ["bob", "ann"]
    assert room.who(at=NOON + 6 * HOUR) == ["cai"]
    assert room.who(OPEN) == ["ann", "bob", "cai", "dan"]
    assert room.who("nobody") == []


def test_somebody_who_is_away_is_not_on_duty_and_the_substitute_is_in_that_place() -> None:
    room = Room()
    room.away("bob", substitute="dan")
    assert room.who() == ["dan", "ann"]
    room.back("bob")
    assert room.who() == ["bob", "ann"]


def test_substitutes_are_found_along_the_chain() -> None:
    room = Room()
    room.away("ann", substitute="dan")
    room.away("dan", substitute="cai")
    assert room.who() == ["bob", "cai"]
    assert room.who(OPEN) == ["cai", "bob"], "each once"


def test_people_are_there_whether_on_duty_or_not_with_their_substitutes() -> None:
    room = Room()
    room.away("bob", substitute="cai")
    found: list[str] = []
    room.part.serve(AskPresent(people=("dan", "bob", "eve"), at=room.now, answer=found.extend))
    assert found == ["dan", "cai"]


def test_people_who_stand_in_for_each_other_are_all_away() -> None:
    room = Room()
    room.away("ann", substitute="bob")
    room.away("bob", substitute="cai")
    room.away("cai", substitute="ann")
    assert room.who() == []
    room.back("cai")
    assert room.who() == ["cai"]


def test_an_absence_ends_at_its_time_and_is_over_for_a_question_about_later() -> None:
    room = Room()
    room.away("bob", until=NOON + HOUR)
    room.seam.taken()
    assert room.who(at=NOON + HOUR) == ["bob", "ann"]
    assert room.later(HOUR - 1) == []
    (back,) = room.later(MINUTE)
    assert isinstance(back, DutyChanged)
    assert not back.is_absent
    assert back.audit is not None
    assert back.audit.time == NOON + HOUR, "its own time, not that of the tick"
    with pytest.raises(DutyRefused):
        room.back("bob")


def test_an_absence_that_is_said_again_replaces_the_one_before() -> None:
    room = Room()
    room.away("bob", until=NOON + HOUR)
    room.away("bob", substitute="cai")
    room.later(2 * HOUR)
    assert room.who() == ["cai", "ann"]


def test_an_absence_that_is_said_again_with_the_same_hours_is_recorded_and_is_no_change() -> None:
    room = Room()
    room.away("bob", until=NOON + HOUR)
    for fields in ({"note": "Flu"}, {"substitute": "cai"}, {"until": NOON + DAY, "substitute": "cai"}):
        room.away("bob", **{"until": NOON + HOUR, **fields})
    events = room.seam.taken()
    assert [isinstance(event, DutyChanged) for event in events] == [True, False, True, True]
    assert all(event.audit is not None for event in events)
    rows = room.part.finish()
    assert rows is not None
    assert rows["bob"] is not None
    assert rows["bob"].until == NOON + DAY


def test_each_step_is_recorded_with_its_cause() -> None:
    room = Room()
    room.away("bob", until=NOON + DAY, substitute="cai", note="Flu")
    room.back("bob")
    went, came = (event.audit for event in room.seam.taken() if event.audit is not None)
    assert (went.kind, went.subject, went.by) == ("duty", "bob", "Li Wei")
    assert went.data == {
        "step": "absent",
        "until": "2027-01-16T08:00:00.000Z",
        "substitute": "cai",
        "note": "Flu",
    }
    assert (came.cause, came.data) == (went.number, {"step": "back"})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"person": "eve"}, "nobody 'eve'"),
        ({"person": "bob", "substitute": "eve"}, "nobody 'eve'"),
        ({"person": "bob", "substitute": "bob"}, "cannot stand in"),
        ({"person": "bob", "until": NOON}, "over already"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(fields: dict[str, Any], text: str) -> None:
    room = Room()
    with pytest.raises(InvalidAction, match=text):
        room.away(**fields)
    assert room.part.finish() is None


def test_people_are_found_by_the_names_that_colleagues_know() -> None:
    room = Room(site(bob="Bob Smith", ann="Ann"))
    room.away("bob smith", substitute="ANN")
    assert room.who(OPEN) == ["ann", "cai", "dan"]


def test_a_restart_changes_nothing_and_ends_what_is_over_at_its_own_time() -> None:
    room = Room()
    room.away("bob", until=NOON + HOUR, substitute="dan")
    room.now += MINUTE
    again = room.again()
    assert again.who() == ["dan", "ann"]
    (back,) = again.later(2 * HOUR)
    assert back.audit is not None
    assert back.audit.time == NOON + HOUR
    assert again.who(at=NOON) == ["bob", "ann"]
    assert again.part.finish() == {"bob": None}


def test_somebody_who_leaves_the_files_is_not_away_any_more_and_stands_in_for_nobody() -> None:
    room = Room()
    room.away("dan")
    room.away("ann", substitute="dan")
    again = room.again(site("ann", "bob", "cai"))
    (back,) = again.seam.taken()
    assert back.audit is not None
    assert back.audit.data == {"step": "back", "why": "not in the site's files any more"}
    assert again.who() == ["bob"]
    assert again.part.finish() == {"dan": None}


def test_while_the_time_is_not_known_all_members_count_and_no_absence_ends() -> None:
    room = Room()
    room.away("bob", until=NOON + HOUR)
    room.seam.taken()
    room.part.on(ClockDoubted(since=NOON))
    assert room.later(2 * HOUR) == []
    assert room.who() == ["ann", "cai", "dan"]
    room.part.on(ClockCorrected(since=NOON, by=0, is_certain=False))
    assert room.later(0) == []
    room.part.on(ClockCorrected(since=NOON, by=0, is_certain=True))
    assert [type(event) for event in room.later(0)] == [DutyChanged]
    assert room.who() == ["bob", "ann"]


def test_an_absence_that_was_said_by_a_wrong_clock_has_the_right_beginning() -> None:
    room = Room()
    room.part.on(ClockDoubted(since=NOON - HOUR))
    room.away("bob", until=NOON + 30 * DAY)
    room.part.on(ClockCorrected(since=NOON - HOUR, by=DAY, is_certain=True))
    changed = room.part.finish()
    assert changed is not None
    assert changed["bob"] is not None
    assert (changed["bob"].since, changed["bob"].until) == (NOON + DAY, NOON + 30 * DAY)
