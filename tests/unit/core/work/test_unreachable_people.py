"""Nobody is asked who cannot be told: the next is, at once, and where nobody can, people hear of it."""

from __future__ import annotations

import pytest

from gateway.core.notices.notice import NoticeState
from gateway.core.notices.ways import Channel
from gateway.core.work.actions import (
    AcceptTicket,
    AssignTicket,
    DeclineTicket,
    HoldTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from tests.unit.core.work.correspondence import MINUTES, Correspondence, mailed

LEA = {"id": "lea", "name": "Lea", "teams": ["leaders"]}
MAX = {"id": "max", "name": "Max", "teams": ["leaders"]}
CHAIN = {"levels": [{"tell": "assignee"}, {"tell": "lea", "after": "30m"}, {"tell": "max", "after": "30m"}]}
WITHIN_10 = DispatchSpec.model_validate({"accept_within": "10m"})


def test_who_has_no_contact_is_passed_over_and_the_ticket_says_why() -> None:
    made = Correspondence(mailed("ann"))
    number = made.open()
    assert made.asked(number) == ["bob"]
    assert made.tickets[number].why_assigned == (
        "on duty for engineering until 20:00; has no tickets; Ann cannot be reached"
    )
    assert made.arrived == [(0, "bob", "ticket assigned")]


def test_who_is_asked_and_cannot_be_told_is_followed_by_the_next_at_once() -> None:
    made = Correspondence(mailed())
    made.rejects.add("ann")
    number = made.open(priority="P2")
    assert made.asked(number) == ["ann", "bob"]
    assert made.tickets[number].assignee == "bob"
    assert str(made.tickets[number].why_assigned).endswith("; Ann cannot be reached")
    made.open(priority="P2")
    assert made.arrived == [(0, "bob", "ticket assigned"), (0, "cai", "ticket assigned")]


def test_who_is_not_told_of_an_emergency_within_a_minute_is_followed_by_the_next() -> None:
    made = Correspondence(mailed(dispatch=WITHIN_10))
    made.fails.add("ann")
    number = made.open(priority="P1")
    made.run(59)
    assert made.asked(number) == ["ann"]
    made.restart()
    made.run(1)
    assert made.asked(number) == ["ann", "bob"]
    assert made.states("ann")[0] == ("ticket assigned", NoticeState.WITHDRAWN)


def test_where_nobody_on_duty_can_be_reached_those_who_decide_are_told_at_once() -> None:
    made = Correspondence(mailed("ann", "bob", "cai", more=[LEA, MAX], chains=[CHAIN]))
    number = made.open()
    assert made.tickets[number].state is TicketState.NEW
    why = "nobody of engineering who is on duty is left to ask; Ann, Bob, Cai cannot be reached"
    assert [(each.data["step"], each.data.get("why")) for each in made.trail if each.kind == "ticket"][1:] == [
        ("nobody to ask", why)
    ]
    assert made.arrived == [(0, "lea", "ticket unassigned")]
    assert why in made.texts["ticket unassigned", "lea"]


def test_where_who_decides_cannot_be_reached_the_next_level_is_told_at_once_and_at_last_anybody() -> None:
    made = Correspondence(mailed("ann", "bob", "cai", "lea", more=[LEA, MAX], chains=[CHAIN]))
    made.open()
    assert made.arrived == [(0, "max", "ticket unassigned")]
    made = Correspondence(mailed("ann", "bob", "cai", more=[LEA, MAX], chains=[CHAIN]))
    made.rejects.add("lea")
    made.open()
    assert made.arrived == [(0, "max", "ticket unassigned")]
    assert "Lea was told first and cannot be reached" in made.texts["ticket unassigned", "max"]
    made.rejects.add("max")
    made.open()
    assert made.arrived[1:] == [(0, "dan", "ticket unassigned")], "off duty, and the only one who is left"


def test_who_has_failed_to_be_told_is_asked_again_as_soon_as_a_message_arrives() -> None:
    made = Correspondence(mailed(more=[LEA], chains=[CHAIN], dispatch=WITHIN_10))
    made.fails |= {"ann", "bob", "cai"}
    number = made.open()
    made.run(2 * MINUTES)
    assert made.asked(number) == ["ann", "bob"], "that Ann cannot be reached did not reach Cai"
    assert made.arrived == [(2, "lea", "ticket unassigned")]
    made.restart()
    made.fails.remove("cai")
    made.run(5 * MINUTES)
    assert made.asked(number) == ["ann", "bob", "cai"]
    assert [(person, kind) for _, person, kind in made.arrived[1:3]] == [
        ("cai", "ticket unassigned"),
        ("cai", "ticket assigned"),
    ]


def test_who_was_asked_and_not_told_hears_that_nobody_has_it_once_messages_arrive() -> None:
    made = Correspondence(mailed(more=[LEA], chains=[CHAIN], dispatch=WITHIN_10))
    made.rejects |= {"ann", "bob", "cai"}
    made.open()
    assert made.arrived == [(0, "lea", "ticket unassigned")]
    made = Correspondence(mailed("bob", "cai", more=[LEA], chains=[CHAIN], dispatch=WITHIN_10))
    made.fails.add("ann")
    number = made.open()
    made.run(MINUTES)
    made.fails.clear()
    made.run(MINUTES)
    assert [(person, kind) for _, person, kind in made.arrived] == [
        ("lea", "ticket unassigned"),
        ("ann", "ticket unassigned"),
    ]
    assert made.asked(number) == ["ann"]


def test_a_site_in_which_nobody_can_be_reached_gives_tickets_as_before() -> None:
    made = Correspondence(mailed(), channels=frozenset({Channel.MQTT, Channel.WEBHOOK}))
    first, second = made.open(), made.open()
    assert [made.tickets[each].assignee for each in (first, second)] == ["ann", "bob"]
    assert made.asked(first) == ["ann"]


def test_where_a_person_asks_somebody_who_cannot_be_told_those_who_decide_hear_of_it() -> None:
    for spec in (WITHIN_10, None):
        made = Correspondence(mailed("ann", more=[LEA], chains=[CHAIN], dispatch=spec))
        number = made.open()
        made.arrived.clear()
        made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
        made.run(0)
        assert made.tickets[number].assignee == "ann", "what a person has decided stays"
        assert made.arrived == [(0, "lea", "ticket escalated")]
        assert "Ann has it and cannot be reached" in made.texts["ticket escalated", "lea"]
        made.restart()
        made.run(MINUTES)
        assert len(made.arrived) == 1


def test_where_a_person_asks_somebody_who_is_away_those_who_decide_hear_of_it() -> None:
    for spec in (WITHIN_10, None):
        made = Correspondence(mailed(more=[LEA], chains=[CHAIN], dispatch=spec))
        made.away("ann")
        number = made.open()
        made.arrived.clear()
        made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
        made.run(0)
        assert (0, "lea", "ticket escalated") in made.arrived
        assert "Ann has it and is away" in made.texts["ticket escalated", "lea"]


def test_a_ticket_that_goes_on_or_is_reopened_is_asked_of_the_next_where_who_had_it_cannot_be_reached() -> None:
    made = Correspondence(mailed(dispatch=WITHIN_10))
    held, done = made.open(), made.open()
    made.act(HoldTicket(ticket=held, reason=HoldReason.PARTS, by="Li Wei"))
    made.act(AcceptTicket(ticket=done, by="bob"))
    made.act(ResolveTicket(ticket=done, by="bob", note="Done", despite="No reading yet"))
    made.restart(mailed("ann", "bob", dispatch=WITHIN_10))
    made.act(ResumeTicket(ticket=held, by="Li Wei"))
    made.act(ReopenTicket(ticket=done, by="Li Wei", note="It leaks again"))
    made.run(0)
    assert (made.tickets[held].assignee, made.tickets[done].assignee) == ("cai", "cai")


def test_a_ticket_that_is_declined_where_dispatch_is_off_is_told_to_those_who_decide() -> None:
    made = Correspondence(mailed(more=[LEA], chains=[CHAIN], dispatch=None))
    number = made.open()
    made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
    made.run(0)
    made.act(DeclineTicket(ticket=number, by="ann", note="No time"))
    made.run(0)
    assert made.arrived == [(0, "ann", "ticket assigned"), (0, "lea", "ticket unassigned")]
    assert "Ann has declined it: No time" in made.texts["ticket unassigned", "lea"]


@pytest.mark.parametrize("stop", [0, 30, 59, 60, 61, 90, 120, 121, 400])
def test_a_restart_at_any_moment_asks_and_tells_the_same(stop: int) -> None:
    files = mailed("bob", more=[LEA], chains=[CHAIN], dispatch=WITHIN_10)
    made, restarted = Correspondence(files), Correspondence(files)
    for each in (made, restarted):
        each.fails.add("ann")
        each.open()
        each.open(team="cleaning")
        each.run(stop)
        if each is restarted:
            each.restart()
        each.run(600 - stop)
        each.fails.clear()
        each.run(600)
    assert restarted.asked(1) == made.asked(1) == ["ann", "cai"]
    assert restarted.arrived == made.arrived
    assert restarted.steps(1) == made.steps(1)


def test_a_site_in_which_nobody_can_be_reached_tells_nobody_that_a_ticket_has_nobody() -> None:
    made = Correspondence(mailed(dispatch=None), channels=frozenset({Channel.MQTT, Channel.WEBHOOK}))
    number = made.open()
    made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
    made.act(DeclineTicket(ticket=number, by="ann", note="No time"))
    made.run(MINUTES)
    assert made.steps(number)[-1] == ("nobody to ask", None)
    assert made.arrived == []
