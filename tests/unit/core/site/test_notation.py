"""How people write days, hours and dates."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pydantic import BaseModel, ValidationError

from gateway.core.site.notation import Dates, Day, DayHours, Days, WallMoment


class Written(BaseModel):
    days: Days = ()
    hours: DayHours = ()
    dates: Dates = frozenset()
    day: Day | None = None
    moment: WallMoment | None = None


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat-mon", (0, 5, 6)),
        (["mon", "wed-thu", "thu"], (0, 2, 3)),
        ("sun-sat", (0, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_days_are_single_or_from_one_to_another_also_over_sunday(written: object, days: tuple[int, ...]) -> None:
    assert Written.model_validate({"days": written}).days == days


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("08:00-18:00", [(480, 1080)]),
        ("8:00 - 18:00", [(480, 1080)]),
        ("22:00-06:00", [(1320, 1800)]),
        ("00:00-24:00", [(0, 1440)]),
        (["13:00-17:30", "08:00-12:00"], [(480, 720), (780, 1050)]),
    ],
)
def test_hours_end_on_the_next_day_where_they_end_earlier_than_they_begin(
    written: object, hours: list[tuple[int, int]]
) -> None:
    assert list(Written.model_validate({"hours": written}).hours) == hours


def test_hours_are_written_as_they_were_read() -> None:
    assert [str(each) for each in Written.model_validate({"hours": ["22:00-06:00", "8:00-9:30"]}).hours] == [
        "08:00-09:30",
        "22:00-06:00",
    ]


def test_dates_are_single_or_from_one_to_another() -> None:
    found = Written.model_validate({"dates": ["2026-12-24", "2026-12-31..2027-01-02"]}).dates
    assert sorted(day.isoformat() for day in found) == ["2026-12-24", "2026-12-31", "2027-01-01", "2027-01-02"]


def test_a_day_and_a_moment_are_read_as_the_wall_shows_them() -> None:
    found = Written.model_validate({"day": "2026-12-24", "moment": "2026-12-01T09:00"})
    assert found.day == date(2026, 12, 24)
    assert found.moment is not None
    assert (found.moment.isoformat(), found.moment.tzinfo) == ("2026-12-01T09:00:00", None)
    assert isinstance(found.moment, datetime)


@pytest.mark.parametrize(
    ("key", "written", "why"),
    [
        ("days", "monday", "no day of the week: write mon, mon-fri"),
        ("days", 1, "no day of the week"),
        ("days", ["mon", "fry"], "'fry' is no day of the week"),
        ("hours", "08:00", "are no hours: write 08:00-18:00"),
        ("hours", "24:00-06:00", "are no hours"),
        ("hours", "08:00-24:30", "are no hours"),
        ("hours", "08:00-08:00", "begin and end at one time: write 00:00-24:00"),
        ("hours", [], "there are no hours"),
        ("dates", "24.12.2026", "is no date: write 2026-12-24"),
        ("dates", "2026-02-30", "is no date"),
        ("dates", "2026-W01-1", "is no date"),
        ("dates", "2026-12-31..2026-12-24", "is no date"),
        ("dates", "2026-12-24..", None),
        ("day", 20261224, "is no date"),
        ("moment", "2026-12-01", "is no time: write it in the site's time zone"),
        ("moment", "2026-12-01T09:00Z", "is no time"),
        ("moment", "2026-13-01T09:00", "is no time"),
    ],
)
def test_anything_else_is_an_error_that_says_what_to_write(key: str, written: object, why: str | None) -> None:
    if why is None:
        assert len(Written.model_validate({key: written}).dates) == 1
        return
    with pytest.raises(ValidationError, match=why):
        Written.model_validate({key: written})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("moment", "9999-12-31T23:59"),
        ("moment", "0001-01-01T00:00"),
        ("day", "9999-12-31"),
        ("dates", "9999-12-31"),
        ("dates", "2999-12-30..3000-01-01"),
    ],
)
def test_a_date_of_a_year_with_which_nothing_can_be_computed_is_a_mistake(field: str, text: str) -> None:
    with pytest.raises(ValidationError, match=f"'{text}': write a year from 1970 to 2999"):
        Written.model_validate({field: text})
