"""The keys `tickets` and `ticket_feed` of a site file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.kernel.times import DAY, HOUR
from gateway.core.work.ticket_feed import FeedSpec
from gateway.site_files import load_configuration
from tests.unit.site_files import HEADER, PUMP, problems_of, write

PEOPLE = (
    "people: [{id: ann, teams: [engineering], contact: [{email: ann@example.org}]}, "
    "{id: cmms, contact: [{webhook: 'https://cmms.example.org/hook'}]}]\n"
)


def test_a_ticket_is_reopened_within_a_day_and_closed_after_a_week_unless_the_site_says_otherwise(
    tmp_path: Path,
) -> None:
    plain = load_configuration(write(tmp_path, {"site.yaml": HEADER + PUMP}))
    assert (plain.tickets.reopen_within, plain.tickets.close_after) == (DAY, 7 * DAY)
    text = HEADER + PUMP + "tickets: {reopen_within: 12h, close_after: 3d}\n"
    own = load_configuration(write(tmp_path, {"site.yaml": text}))
    assert (own.tickets.reopen_within, own.tickets.close_after) == (12 * HOUR, 3 * DAY)


def test_a_feed_names_a_system_and_which_tickets_it_follows(tmp_path: Path) -> None:
    text = HEADER + PUMP + PEOPLE + "ticket_feed: [{to: cmms}, {to: cmms, team: engineering}]\n"
    found = load_configuration(write(tmp_path, {"site.yaml": text})).ticket_feed
    assert found == (FeedSpec(to="cmms"), FeedSpec(to="cmms", team="engineering"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tickets: {reopen_within: 30d}", "4:26: after more than 7d a fault is another one: write 7d or less"),
        ("tickets: {close_after: 1000d}", "4:24: nobody confirms work after more than 90d: write 90d or less"),
        ("tickets: {close: 7d}", "4:11: unknown key 'close'"),
        ("tickets: off", "4:10: "),
        ("ticket_feed: cmms", "4:14: ticket_feed: this is not a list; write one system a line, each after a dash"),
        ("ticket_feed: [{to: cmss}]", "4:20: there is no person 'cmss'; did you mean 'cmms'?"),
        ("ticket_feed: [{to: ann}]", "4:20: ann is told of each step of a ticket, and is no system"),
        ("ticket_feed: [{to: cmms, team: enginering}]", "4:32: no ticket goes to the team 'enginering'; did you mean"),
        ("ticket_feed: [{to: cmms, location: b9}]", "4:36: there is no location 'b9'"),
        ("ticket_feed: [{team: engineering}]", "4:15: the key 'to' is missing"),
    ],
)
def test_a_mistake_is_shown_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (problem,) = problems_of(tmp_path, f"{HEADER}{PUMP}{PEOPLE}{text}\n")
    assert problem.startswith(f"site.yaml:{says}")
