"""Public holidays of countries, from the libraries that keep them.

The days of China are those that its State Council announces each year, with the make-up working days that no rule
gives. What is not announced is not known. The days of other countries follow from their laws.
"""

from __future__ import annotations

from datetime import date

from gateway.core.site.calendars import Holidays
from gateway.site_files.problems import did_you_mean

_FIRST_YEAR, _LAST_YEAR = 2020, 2050
"""For a gateway that is replaced within 20 years. A country costs 5 ms."""


def holidays_of(country: str) -> Holidays:
    """The holidays of a country, such as CN, or of a part of one, such as DE-BY.

    Raises:
        ValueError: there are none of this country, with a hint.
    """
    return _of_china() if country == "CN" else _of_laws(country)


def _of_china() -> Holidays:
    import chinese_calendar

    days, working = frozenset(chinese_calendar.holidays), frozenset(chinese_calendar.workdays)
    return Holidays(days, working, date(max(days).year, 12, 31))


def _of_laws(country: str) -> Holidays:
    import holidays as library

    name, _, part = country.partition("-")
    known = library.list_supported_countries(include_aliases=False)
    if name not in known:
        raise ValueError(
            f"holidays: the holidays of {name!r} are not known; {did_you_mean(name, known, kind='countries')}"
        )
    if part and part not in known[name]:
        parts = [f"{name}-{each}" for each in known[name]]
        raise ValueError(f"holidays: {name} has no part {part!r}; {did_you_mean(country, parts, kind='parts')}")
    every = getattr(library, name)
    last = min(_LAST_YEAR, every.end_year)
    found = library.country_holidays(name, subdiv=part or None, years=range(_FIRST_YEAR, last + 1))
    return Holidays(frozenset(found), frozenset(), date(last, 12, 31))
