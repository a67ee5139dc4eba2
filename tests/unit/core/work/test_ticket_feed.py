"""Other systems are told of each step of tickets, once each, with the ticket as it is after the step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.configuration import Configuration
from gateway.core.notices.requests import Tell, Urgency
from gateway.core.site.site import LocationSpec
from gateway.core.work.actions import (
    AcceptTicket,
    ArriveTicket,
    CommentTicket,
    MergeTicket,
    ResolveTicket,
)
from gateway.core.work.ticket_feed import FeedSpec
from tests.unit.core.work.staffed import PEOPLE, Works, staffed

CMMS: dict[str, Any] = {"id": "cmms", "contact": [{"webhook": "https://cmms.example.org/hook"}]}


def files(*feeds: dict[str, str]) -> Configuration:
    """The pump p1 is in the plant room of basement 1."""
    made = staffed((*PEOPLE, CMMS))
    places = [LocationSpec(id="b1"), LocationSpec(id="b1.plant", parent="b1"), LocationSpec(id="roof")]
    pump = made.site.devices["p1"].model_copy(update={"location": "b1.plant"})
    return replace(
        made,
        site=replace(
            made.site, devices={**made.site.devices, "p1": pump}, locations={each.id: each for each in places}
        ),
        ticket_feed=tuple(FeedSpec.model_validate(each) for each in feeds),
    )


def fed(works: Works) -> list[Tell]:
    return [each for each in works.letters if isinstance(each, Tell) and each.kind == "ticket event"]


def test_each_step_and_entry_is_an_event_with_a_key_of_its_own_in_order() -> None:
    works = Works(files({"to": "cmms"}))
    number = works.open()
    works.act(AcceptTicket(ticket=number, by="Ann"))
    works.act(CommentTicket(ticket=number, note="On my way", is_public=True, by="Ann"))
    works.act(ArriveTicket(ticket=number, by="Ann"))
    works.act(ResolveTicket(ticket=number, note="New seal", despite="seen", by="Ann"))
    told = fed(works)
    assert [each.facts["step"] for each in told] == ["open", "assign", "accept", "comment", "arrive", "resolve"]
    assert all(each.people == ("cmms",) and each.urgency is Urgency.PROMPT for each in told)
    events = [int(each.facts["event"]) for each in told]
    assert events == sorted({*events})
    assert [each.key for each in told] == [f"s1/ticket/{number}/{event}" for event in events]
    assert {each.facts["key"] for each in told} == {each.key for each in told}


def test_an_event_has_the_ticket_as_it_is_and_marks_what_the_reporter_may_not_read() -> None:
    works = Works(files({"to": "cmms"}))
    number = works.open()
    works.act(AcceptTicket(ticket=number, note="I am near", by="Ann"))
    works.act(CommentTicket(ticket=number, note="All well soon", is_public=True, by="Ann"))
    accepted, comment = (each.facts for each in fed(works)[-2:])
    assert (accepted["state"], accepted["priority"], accepted["title"]) == ("accepted", "P1", "It leaks")
    assert accepted["respond_met_at"] == accepted["time"]
    assert "resolve_met_at" not in accepted
    assert (accepted["note"], accepted["note_is_public"]) == ("I am near", "false")
    assert (comment["note"], comment["note_is_public"]) == ("All well soon", "true")


def test_a_breach_is_an_event_with_its_exact_moment() -> None:
    works = Works(files({"to": "cmms"}))
    works.open()
    works.run(600)
    (breach,) = (each.facts for each in fed(works) if each.facts["step"] == "clock breached")
    assert (breach["clock"], breach["time"]) == ("respond", breach["respond_breached_at"])


@pytest.mark.parametrize(
    ("feed", "is_told"),
    [
        ({}, True),
        ({"team": "engineering", "category": "pump", "location": "b1"}, True),
        ({"team": "cleaning"}, False),
        ({"category": "lift"}, False),
        ({"location": "roof"}, False),
    ],
)
def test_a_feed_may_be_of_a_team_a_category_or_a_place(feed: dict[str, str], is_told: bool) -> None:
    works = Works(files({"to": "cmms", **feed}))
    works.open()
    assert bool(fed(works)) is is_told


def test_two_feeds_of_one_system_tell_it_once() -> None:
    works = Works(files({"to": "cmms"}, {"to": "cmms", "team": "engineering"}))
    works.open()
    assert [each.people for each in fed(works)] == [("cmms",)] * 2  # it is opened, and given to somebody


def test_a_restart_tells_nothing_again_and_a_new_feed_nothing_of_before() -> None:
    works = Works(files({"to": "cmms"}))
    number = works.open()
    before = len(fed(works))
    works.restart()
    assert len(fed(works)) == before
    works.restart(staffed((*PEOPLE, CMMS)))
    works.act(AcceptTicket(ticket=number, by="Ann"))
    works.restart(files({"to": "cmms"}))
    assert len(fed(works)) == before
    works.act(ArriveTicket(ticket=number, by="Ann"))
    assert [each.facts["step"] for each in fed(works)[before:]] == ["arrive"]


def test_a_merged_ticket_says_where_its_work_is_done() -> None:
    works = Works(files({"to": "cmms"}))
    kept, merged = works.open(), works.open()
    works.act(MergeTicket(ticket=merged, into=kept, note="the same", by="Ann"))
    steps = {(each.facts["ticket"], each.facts["step"]): each.facts for each in fed(works)}
    assert steps[str(merged), "merge"]["merged_into"] == str(kept)
    assert (str(kept), "merged") in steps
