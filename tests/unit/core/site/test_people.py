"""The people of a site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.kernel.times import from_datetime
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec, compile_roster
from gateway.core.site.site import Site, SiteHeader

HEADER = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}, "timezone": "Asia/Shanghai", "language": "zh"})


def person(**fields: Any) -> PersonSpec:  # noqa: ANN401
    return PersonSpec.model_validate({"id": "tech-1", **fields})


def test_ways_of_contact_keep_their_order_and_their_kinds() -> None:
    ways = [{"phone": "+86 21 5555 0100"}, {"email": "a@example.org"}, {"mqtt": "people/a"}, {"webhook": "https://x/y"}]
    assert [each.way for each in person(contact=ways).contact] == [
        ("phone", "+86 21 5555 0100"),
        ("email", "a@example.org"),
        ("mqtt", "people/a"),
        ("webhook", "https://x/y"),
    ]


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ({"email": "tech-1"}, "no e-mail address"),
        ({"email": "a@b.org, c@d.org"}, "no e-mail address"),
        ({"phone": "call me"}, "no telephone number"),
        ({"mqtt": "people/#"}, "no MQTT topic"),
        ({"webhook": "ftp://x"}, "no address of a webhook"),
        ({}, "is one of email, phone"),
        ({"email": None}, "is one of email, phone"),
        ({"email": "a@b", "phone": "1234"}, "each after its own dash"),
    ],
)
def test_a_way_of_contact_that_leads_nowhere_is_an_error(way: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        person(contact=[way])


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65, {"en": "a", "zh": "甲\n乙"}])
def test_a_name_is_one_line(name: object) -> None:
    with pytest.raises(ValidationError, match="a name has 1 to 64 characters"):
        person(name=name)


def test_people_are_called_by_their_names_in_the_language_of_the_site_or_else_by_their_ids() -> None:
    site = Site(HEADER, {})
    names = ({"en": "Li Wei", "zh": "李伟"}, "Li Wei", None)
    assert [site.person_name(person(name=name)) for name in names] == ["李伟", "Li Wei", "tech-1"]


def test_a_site_knows_the_members_of_a_team_and_who_of_them_is_on_duty() -> None:
    people = {each: person(id=each, teams=["engineering"]) for each in ("ann", "bob")}
    people["cid"] = person(id="cid", teams=["security"])
    shifts = [{"people": ["bob"], "hours": "18:00-08:00"}]
    spec = RosterSpec.model_validate({"team": "engineering", "shifts": shifts})
    site = replace(Site(HEADER, {}), people=people)
    site = replace(site, rosters={"engineering": compile_roster(spec, site.zone, {})})
    evening = from_datetime(datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert [each.id for each in site.members_of("engineering")] == ["ann", "bob"]
    assert site.on_duty("engineering", evening) == (people["bob"],)
    assert site.on_duty("security", evening) is None
