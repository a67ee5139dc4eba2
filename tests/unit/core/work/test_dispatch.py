"""Who is asked to do a ticket, who is next, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gateway.core.configuration import Configuration
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.requests import Tell
from gateway.core.work.actions import (
    AcceptTicket,
    ArriveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    DeclineTicket,
    HandOverTicket,
    HoldTicket,
    MergeTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.asks import Phase
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from tests.unit.core.work.staffed import PEOPLE, ROSTER, Works, staffed

M = MINUTE // SECOND
H = HOUR // SECOND
WITHIN_5 = DispatchSpec.model_validate({"accept_within": "5m"})


def works(*, roster: Mapping[str, Any] = ROSTER, language: str = "en") -> Works:
    """With five minutes to accept."""
    return Works(staffed(dispatch=WITHIN_5, roster=roster, language=language))


def decline(made: Works, ticket: int, by: str) -> None:
    made.act(DeclineTicket(ticket=ticket, by=by, note="No time"))
    made.run(0)


def resolved(made: Works, ticket: int, by: str) -> None:
    made.act(AcceptTicket(ticket=ticket, by=by))
    made.act(ResolveTicket(ticket=ticket, by=by, note="Done", despite="No reading yet"))


def test_a_new_ticket_is_given_to_somebody_of_its_team_who_is_on_duty_and_says_why() -> None:
    made = works()
    number = made.open()
    ticket = made.tickets[number]
    assert (ticket.state, ticket.assignee) == (TicketState.ASSIGNED, "ann")
    assert ticket.why_assigned == "on duty for engineering until 20:00; has no tickets"
    assert made.asked(number) == ["ann"]


def test_who_has_the_fewest_tickets_is_asked_and_of_several_who_was_not_asked_for_longest() -> None:
    made = works()
    given = [made.open() for _ in range(4)]
    assert [made.tickets[number].assignee for number in given] == ["ann", "bob", "cai", "ann"]
    made.act(AcceptTicket(ticket=given[1], by="bob"))
    made.act(CancelTicket(ticket=given[2], by="cai", note="Nothing there"))
    fifth = made.open()
    assert made.tickets[fifth].assignee == "cai"
    assert made.tickets[fifth].why_assigned == "on duty for engineering until 20:00; has no tickets, others 1 or more"
    sixth = made.open()
    assert made.tickets[sixth].assignee == "bob"
    assert made.tickets[sixth].why_assigned == (
        "on duty for engineering until 20:00; has 1 ticket; was not asked for longest"
    )


def test_a_skill_comes_first_where_somebody_has_it() -> None:
    made = works()
    made.act(AcceptTicket(ticket=made.open("lift"), by="cai"))
    second = made.open("lift")
    assert made.tickets[second].assignee == "cai"
    assert made.tickets[second].why_assigned == "on duty for engineering until 20:00; knows lift; has 1 ticket"
    made.run(5 * M)
    assert made.tickets[second].assignee == "ann", "nobody else knows lifts, and somebody has to look at it"


def test_why_is_said_in_the_language_of_the_site() -> None:
    made = works(language="zh")
    assert made.tickets[made.open()].why_assigned == "engineering 值班至 20:00；手上没有工单"
    number = made.open()
    made.act(AssignTicket(ticket=number, by="王芳", to="bob"))
    assert made.tickets[number].why_assigned == "由王芳指派"
    made.act(AcceptTicket(ticket=number, by="cai"))
    assert made.tickets[number].why_assigned == "本人主动接单"


def test_a_team_without_a_roster_is_asked_by_its_members() -> None:
    made = works()
    number = made.open(team="cleaning")
    assert made.tickets[number].why_assigned == "member of cleaning; has no tickets; nobody else is left to ask"


def test_who_does_not_accept_in_time_is_followed_by_the_next_and_asked_again_only_after_all_others() -> None:
    made = works()
    number = made.open(priority="P3")
    made.run(5 * M - 1)
    assert made.asked(number) == ["ann"]
    made.run(1)
    assert made.asked(number) == ["ann", "bob"]
    made.run(5 * M)
    assert made.asked(number) == ["ann", "bob", "cai"]
    made.run(5 * M)
    assert made.tickets[number].state is TicketState.NEW
    assert made.steps(number)[-2:] == [("decline", None), ("nobody to ask", None)]
    made.run(2 * H)
    assert [step for step, _ in made.steps(number)].count("nobody to ask") == 1


def test_when_others_come_on_duty_a_ticket_that_nobody_has_is_given_to_them() -> None:
    made = works()
    number = made.open(priority="P4")
    made.run(15 * M)
    assert made.tickets[number].state is TicketState.NEW
    made.run(4 * H - 15 * M - 1)
    assert made.asked(number) == ["ann", "bob", "cai"]
    made.run(1)
    assert made.asked(number) == ["ann", "bob", "cai", "dan"]
    made.run(12 * H - 1)
    assert made.asked(number)[3:] == ["dan", "dan"], "who is alone keeps it and is reminded once"
    made.run(1)
    assert made.asked(number)[5:] == ["ann"], "a new round begins with the next shift"


@pytest.mark.parametrize("stop", [None, 0, 5 * M - 1, 5 * M, 9 * M, 10 * M, 50 * M])
def test_a_ticket_stays_with_who_is_alone_and_that_person_is_reminded_once(stop: float | None) -> None:
    made = works()
    number = made.open(priority="P3", team="cleaning")
    for seconds in (60 * M,) if stop is None else (stop, 60 * M - stop):
        made.run(seconds)
        if stop is not None:
            made.restart()
    assert (made.tickets[number].state, made.tickets[number].assignee) == (TicketState.ASSIGNED, "ann")
    assert made.told(number, "ticket assigned") == [("ticket assigned", ("ann",), at) for at in (0, 5 * M)]
    assert made.told(number, "ticket unassigned") == []
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(H)
    assert made.tickets[number].state is TicketState.ACCEPTED


def test_who_is_alone_and_declines_or_goes_away_has_the_ticket_no_more() -> None:
    made = works()
    declined, left = made.open(priority="P4", team="cleaning"), made.open(priority="P4", team="cleaning")
    made.run(11 * M)
    decline(made, declined, "ann")
    assert made.tickets[declined].state is TicketState.NEW
    made.away("ann")
    assert made.tickets[left].state is TicketState.NEW
    assert made.steps(left)[-1] == ("nobody to ask", None)


def test_a_ticket_that_stays_with_who_is_alone_is_asked_of_whoever_comes_back_at_once() -> None:
    made = works()
    for each in ("bob", "cai"):
        made.away(each)
    number = made.open(priority="P4")
    made.run(17 * M)
    assert made.asked(number) == ["ann", "ann"]
    made.back("bob")
    assert made.asked(number) == ["ann", "ann", "bob"]
    made.run(5 * M)
    assert made.tickets[number].state is TicketState.NEW, "two are there, and neither has accepted"
    assert made.told(number, "ticket unassigned") == [("ticket unassigned", ("ann", "bob"), 22 * M)]


@pytest.mark.parametrize("chain", [("ann", "lea"), (["ann", "lea"],), ({"team": "leaders"},)])
def test_who_else_decides_is_told_once_that_who_is_alone_has_not_accepted_and_can_take_the_ticket(
    chain: Sequence[object],
) -> None:
    people = [*PEOPLE, {"id": "lea", "name": "Lea", "teams": ["leaders"]}]
    levels = [{"tell": "assignee"}, *({"tell": each, "after": "10m"} for each in chain)]
    made = Works(staffed(people, dispatch=WITHIN_5, chains=[{"levels": levels}]))
    number = made.open(priority="P3", team="cleaning")
    made.run(5 * M)
    assert (made.tickets[number].state, made.tickets[number].assignee) == (TicketState.ASSIGNED, "ann")
    made.restart()
    made.run(20 * M)
    assert made.told(number) == [
        ("ticket assigned", ("ann",), 0),
        ("ticket escalated", ("lea",), 5 * M),
        ("ticket assigned", ("ann",), 5 * M),
    ]
    tell = made.letters[-2]
    assert isinstance(tell, Tell)
    assert tell.facts["why"] == "Ann is alone on duty and has not accepted it"
    assert tell.links == (LinkPurpose.ACCEPT,)
    made.act(AcceptTicket(ticket=number, by="lea"))
    assert made.tickets[number].assignee == "lea"


def test_an_emergency_stays_with_who_is_alone_and_the_breach_escalates() -> None:
    made = Works(staffed(dispatch=DispatchSpec()))
    number = made.open(team="cleaning")  # P1: 5 min to respond
    made.run(6 * M)
    assert made.tickets[number].assignee == "ann"
    assert [(kind, at) for kind, _, at in made.told(number)] == [
        ("ticket assigned", 0),
        ("ticket assigned", 150),
        ("ticket warned", 240),
        ("ticket breached", 300),
    ]


def test_half_of_the_time_to_respond_is_left_to_accept_unless_the_site_says_otherwise() -> None:
    made = Works(staffed(dispatch=DispatchSpec()))
    number = made.open()  # P1: 5 min to respond
    assert made.asks[number].until == made.now + 150 * SECOND
    spec = DispatchSpec.model_validate({"accept_within": "3m", "teams": {"cleaning": "7m"}})
    made = Works(staffed(dispatch=spec))
    first, second = made.open(), made.open(team="cleaning")
    assert [made.asks[each].until for each in (first, second)] == [made.now + 3 * MINUTE, made.now + 7 * MINUTE]


def test_the_next_is_asked_at_the_warning_unless_somebody_was_asked_just_now() -> None:
    made = Works(staffed(dispatch=DispatchSpec()))
    number = made.open()
    made.run(150)
    assert made.asked(number) == ["ann", "bob"]
    made.run(90)  # at four minutes of five; Bob has had 90 s of 150 s
    assert made.asked(number) == ["ann", "bob", "cai"]
    made = Works(staffed(dispatch=DispatchSpec.model_validate({"accept_within": "4m"})))
    number = made.open()
    made.run(200)
    decline(made, number, "ann")
    made.run(40)
    assert made.asked(number) == ["ann", "bob"], "Bob has had 40 s"
    assert made.tickets[number].assignee == "bob"


def test_who_is_asked_has_less_time_when_the_ticket_becomes_more_urgent() -> None:
    made = Works(staffed(dispatch=DispatchSpec()))
    number = made.open(priority="P3")  # 30 min
    made.act(ChangePriority(ticket=number, priority=Priority.P1, by="Li Wei", note="It floods"))
    made.run(150)
    assert made.asked(number) == ["ann", "bob"]


def test_who_declines_is_followed_by_the_next_at_once() -> None:
    made = works()
    number = made.open()
    decline(made, number, "ann")
    assert made.tickets[number].assignee == "bob"
    decline(made, number, "bob")
    decline(made, number, "cai")
    assert made.tickets[number].state is TicketState.NEW
    assert made.steps(number)[-1] == ("nobody to ask", None)
    assert made.trail[-1].data["why"] == "everybody of engineering who is on duty was asked"


def test_a_team_of_which_nobody_is_on_duty_has_its_ticket_unassigned_until_somebody_comes_back() -> None:
    made = works()
    made.away("ann")
    number = made.open(team="cleaning")
    assert made.steps(number) == [("open", None), ("nobody to ask", None)]
    assert made.trail[-1].data["why"] == "nobody of cleaning is on duty"
    made.back("ann")
    assert made.tickets[number].assignee == "ann"


def test_who_was_asked_in_vain_is_asked_again_when_that_person_comes_back() -> None:
    made = works()
    number = made.open(team="cleaning")
    decline(made, number, "ann")
    made.away("ann")
    made.back("ann")
    assert made.asked(number) == ["ann", "ann"]


def test_the_substitute_is_asked_and_comes_into_a_round_that_has_ended() -> None:
    made = works()
    made.away("ann", substitute="dan")
    number = made.open()
    assert made.tickets[number].assignee == "dan"
    for each in ("dan", "bob", "cai"):
        decline(made, number, each)
    assert made.tickets[number].state is TicketState.NEW
    made.away("bob", substitute="ann")
    assert made.tickets[number].state is TicketState.NEW, "who is away stands in for nobody"
    made.back("ann")
    assert made.tickets[number].assignee == "ann"


def test_when_somebody_who_is_asked_goes_away_the_next_is_asked_and_accepted_work_stays() -> None:
    made = works()
    first, second = made.open(), made.open()
    made.act(AcceptTicket(ticket=first, by="ann"))
    made.away("bob")
    assert made.asked(second) == ["bob", "cai"]
    made.away("ann")
    assert (made.tickets[first].state, made.tickets[first].assignee) == (TicketState.ACCEPTED, "ann")


def test_what_a_person_has_decided_is_left_alone() -> None:
    made = works()
    number = made.open()
    made.act(AssignTicket(ticket=number, to="bob", by="Li Wei"))
    made.run(H)
    assert made.tickets[number].assignee == "bob"
    made.away("bob")
    assert made.tickets[number].assignee == "bob"
    decline(made, number, "bob")
    assert made.tickets[number].assignee == "cai", "ann was asked before"


def test_whoever_takes_a_ticket_by_hand_keeps_it_and_is_not_asked() -> None:
    made = works()
    number = made.open()
    made.act(AcceptTicket(ticket=number, by="Contractor Zhang"))
    made.run(H)
    assert (made.tickets[number].state, made.asked(number)) == (TicketState.ACCEPTED, ["ann"])
    made.act(HandOverTicket(ticket=number, to="cai", by="Contractor Zhang", note="Seals are left"))
    made.run(H)
    assert made.tickets[number].assignee == "cai"


def test_a_ticket_on_hold_waits_and_who_was_asked_has_the_whole_time_again() -> None:
    made = works()
    number = made.open(priority="P3")
    made.run(4 * M)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="Li Wei"))
    made.run(H)
    assert made.asked(number) == ["ann"]
    made.act(ResumeTicket(ticket=number, by="Li Wei"))
    made.run(5 * M - 1)
    assert made.asked(number) == ["ann"]
    made.run(1)
    assert made.asked(number) == ["ann", "bob"]


def test_a_ticket_that_goes_on_when_the_asked_person_is_away_is_given_to_the_next() -> None:
    made = works()
    number = made.open()
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="Li Wei"))
    made.away("ann")
    made.act(ResumeTicket(ticket=number, by="Li Wei"))
    made.run(0)
    assert made.asked(number) == ["ann", "bob"]


def test_a_reopened_ticket_is_asked_of_who_had_it_and_in_the_night_of_somebody_on_duty() -> None:
    made = works()
    first, second = made.open(), made.open()
    resolved(made, first, "ann")
    resolved(made, second, "bob")
    made.act(ReopenTicket(ticket=first, by="Li Wei", note="It leaks again"))
    made.run(0)
    assert made.tickets[first].assignee == "ann"
    made.run(5 * M)
    assert made.tickets[first].assignee != "ann"
    made.run(5 * H)
    made.act(ReopenTicket(ticket=second, by="Li Wei", note="It leaks again"))
    made.run(0)
    assert made.tickets[second].assignee == "dan"


def test_nothing_is_asked_for_a_ticket_that_is_merged_or_cancelled() -> None:
    made = works()
    first, second, third = made.open(), made.open(), made.open()
    made.act(MergeTicket(ticket=first, into=second, by="Li Wei"))
    made.act(CancelTicket(ticket=third, by="Li Wei", note="Nothing there"))
    made.run(H)
    assert (made.asked(first), made.asked(third)) == (["ann"], ["cai"])
    assert set(made.asks) == {second}


@pytest.mark.parametrize(
    "files",
    [
        staffed(dispatch=None),
        staffed(dispatch=DispatchSpec.model_validate({"teams": {"engineering": "off"}})),
        staffed(people=(), roster=None),
    ],
)
def test_tickets_wait_for_a_person_where_dispatch_is_off_or_the_site_lists_nobody(files: Configuration) -> None:
    made = Works(files)
    number = made.open()
    made.run(H)
    assert made.tickets[number].state is TicketState.NEW
    assert "nobody to ask" not in [step for step, _ in made.steps(number)]
    assert made.asks == {}


def test_somebody_who_goes_off_duty_before_the_time_to_accept_is_over_is_asked_last() -> None:
    roster = {
        "team": "engineering",
        "shifts": [{"people": ["ann"], "hours": "08:00-16:03"}, {"people": ["bob", "cai"], "hours": "08:00-20:00"}],
    }
    made = works(roster=roster)
    number = made.open()
    assert made.tickets[number].assignee == "bob"
    decline(made, number, "bob")
    decline(made, number, "cai")
    assert made.tickets[number].assignee == "ann"


def test_when_who_is_asked_goes_off_duty_the_next_shift_is_asked_at_once() -> None:
    shifts = [{"people": ["ann"], "hours": "08:00-20:00"}, {"people": ["dan"], "hours": "20:00-08:00"}]
    made = works(roster={"team": "engineering", "shifts": shifts})
    made.run(4 * H - M)
    number = made.open(priority="P3")
    made.run(M - 1)
    assert made.asked(number) == ["ann"]
    made.restart()
    made.run(1)
    assert made.asked(number) == ["ann", "dan"]


def test_while_the_time_is_not_known_anybody_of_the_team_is_asked_for_what_is_urgent() -> None:
    made = Works(staffed(dispatch=WITHIN_5), knows_time=False)
    emergency, fault = made.open(priority="P1"), made.open(priority="P2")
    made.run(0)
    assert made.asked(emergency)
    assert made.asked(fault)


def test_while_the_time_is_not_known_what_can_wait_waits_for_the_roster_and_a_team_without_one_is_asked() -> None:
    made = Works(staffed(dispatch=WITHIN_5), knows_time=False)
    first, second = made.open(priority="P3"), made.open(team="cleaning", priority="P3")
    made.run(0)
    assert (made.asked(first), made.asked(second)) == ([], ["ann"])
    made.set_clock(5 * H)
    made.run(0)
    assert made.asked(first) == ["dan"]


def test_a_ticket_that_becomes_urgent_while_the_time_is_not_known_is_asked_at_once() -> None:
    made = Works(staffed(dispatch=WITHIN_5), knows_time=False)
    new, held = made.open(priority="P3"), made.open(priority="P3")
    made.act(HoldTicket(ticket=held, reason=HoldReason.ACCESS, by="Li Wei"))
    assert made.asked(new) == made.asked(held) == []
    for number in (new, held):
        made.act(ChangePriority(ticket=number, priority=Priority.P1, by="Li Wei", note="It floods"))
    made.run(0)
    assert made.asked(new) == ["ann"]
    assert made.asked(held) == []
    made.act(ResumeTicket(ticket=held, by="Li Wei"))
    made.run(0)
    assert made.asked(held) == ["bob"]


def test_who_is_asked_has_as_much_time_left_when_the_clock_is_set() -> None:
    made = works()
    number = made.open()
    made.run(60)
    made.set_clock(30 * M)
    made.run(4 * M - 1)
    assert made.asked(number) == ["ann"]
    made.run(1)
    assert made.asked(number) == ["ann", "bob"]
    made.set_clock(-2 * H)
    made.run(5 * M - 1)
    assert made.asked(number) == ["ann", "bob"]


def test_a_correction_of_the_clock_leaves_the_times_of_an_earlier_run_as_they_were() -> None:
    made = works()
    number = made.open(team="cleaning", priority="P4")
    until = made.asks[number].until
    made.run(60)
    made.now -= 24 * H * SECOND  # it starts with a clock that is a day behind
    made.restart(knows_time=False)
    made.set_clock(24 * H, knows_time=True)
    made.run(0)
    assert made.asks[number].until == until


def test_somebody_who_leaves_the_files_is_followed_by_the_next_in_whatever_state_the_work_is() -> None:
    made = works()
    new, accepted, on_site, by_hand = (made.open() for _ in range(4))
    made.act(AssignTicket(ticket=accepted, to="ann", by="Li Wei"))
    made.act(AcceptTicket(ticket=accepted, by="ann"))
    made.act(AcceptTicket(ticket=on_site, by="ann"))
    made.act(ArriveTicket(ticket=on_site, by="ann"))
    made.act(AssignTicket(ticket=by_hand, to="ann", by="Li Wei"))
    history = {number: made.steps(number) for number in made.tickets}
    made.restart(staffed([each for each in PEOPLE if each["id"] != "ann"], dispatch=WITHIN_5, roster=None))
    for number in (new, accepted, on_site, by_hand):
        ticket = made.tickets[number]
        assert (ticket.state, ticket.assignee != "ann") == (TicketState.ASSIGNED, True)
        assert made.steps(number)[: len(history[number])] == history[number], "the history is whole"
    assert [made.steps(number)[-1][0] for number in (new, accepted, on_site)] == ["assign", "hand over", "hand over"]


def test_accepted_work_of_somebody_who_has_left_stays_with_that_name_while_nobody_is_there_to_ask() -> None:
    made = works()
    number = made.open(team="cleaning")
    made.act(AcceptTicket(ticket=number, by="ann"))
    others = [each for each in PEOPLE if each["id"] != "ann"]
    made.restart(staffed(others, dispatch=WITHIN_5, roster=None))
    assert (made.tickets[number].state, made.tickets[number].assignee) == (TicketState.ACCEPTED, "ann")
    assert made.steps(number)[-1] == ("nobody to ask", None)
    made.restart()
    assert [step for step, _ in made.steps(number)].count("nobody to ask") == 1
    made.restart(staffed([*others, {"id": "eve", "teams": ["cleaning"]}], dispatch=WITHIN_5, roster=None))
    assert made.tickets[number].assignee == "eve"


def test_a_ticket_of_an_older_version_is_given_to_somebody_and_one_that_somebody_has_is_left() -> None:
    made = Works(staffed(dispatch=None))
    new, taken = made.open(), made.open()
    made.act(AssignTicket(ticket=taken, to="ann", by="Li Wei"))
    made.restart(staffed(dispatch=WITHIN_5))
    assert made.tickets[new].assignee == "bob"
    assert (made.asks[new].phase, made.asks[taken].phase) == (Phase.ASKED, Phase.HELD)
    made.restart(staffed(dispatch=None))
    assert made.asks == {}


@pytest.mark.parametrize("stops", [(0,), (1, 60), (299, 301), (599, 900, 4 * H)])
def test_a_restart_at_any_moment_asks_the_same_people_at_the_same_times(stops: tuple[float, ...]) -> None:
    def told(restarts: bool) -> list[tuple[int, object, object]]:
        made = works()
        first = made.open(priority="P4")
        made.open("lift", team="cleaning", priority="P4")
        began, done = made.now, 0.0
        for stop in stops:
            made.run(stop - done)
            done = stop
            if restarts:
                made.restart()
            if stop == stops[0]:
                made.act(DeclineTicket(ticket=first, by="ann", note="No time"))
                if restarts:
                    made.restart()
                made.run(0)
        made.run(5 * H - done)
        return [
            (each.time - began, each.data["step"], each.data.get("to")) for each in made.trail if each.kind == "ticket"
        ]

    assert told(restarts=True) == told(restarts=False)


def test_somebody_who_has_another_team_by_the_files_is_asked_no_more() -> None:
    made = works()
    number = made.open()
    moved = [{**each, "teams": ["cleaning"]} if each["id"] == "ann" else each for each in PEOPLE]
    shifts = {"team": "engineering", "shifts": [{"people": ["bob", "cai"], "hours": "08:00-20:00"}]}
    made.restart(staffed(moved, dispatch=WITHIN_5, roster=shifts))
    assert made.asked(number) == ["ann", "bob"]


def test_a_start_with_a_wrong_clock_leaves_who_is_asked_as_it_is() -> None:
    made = works()
    number = made.open()
    made.now -= 10 * HOUR  # the night, in which Dan is on duty
    made.restart(knows_time=False)
    made.set_clock(10 * H)
    made.run(4 * M - 1)
    assert made.asked(number) == ["ann"]
    made.run(1)
    assert made.asked(number) == ["ann", "bob"], "most of the time to respond is over"


def test_when_the_clock_is_set_into_another_shift_that_shift_is_asked() -> None:
    made = works()
    number = made.open()
    made.set_clock(5 * H)
    made.run(0)
    assert made.asked(number) == ["ann", "dan"]


def test_who_has_the_whole_time_again_has_it_until_the_shift_ends() -> None:
    made = Works(staffed(dispatch=DispatchSpec.model_validate({"accept_within": "30m"})))
    made.run(210 * M)  # 19:30
    number = made.open()
    made.act(HoldTicket(ticket=number, reason=HoldReason.PARTS, by="Li Wei"))
    made.run(20 * M)
    made.act(ResumeTicket(ticket=number, by="Li Wei"))
    made.run(10 * M)
    assert made.asked(number) == ["ann", "dan"]


def test_who_stands_in_is_asked_no_more_when_the_other_person_is_back() -> None:
    made = works()
    made.away("ann", substitute="bob")
    number = made.open(team="cleaning")
    made.back("ann")
    assert made.asked(number) == ["bob", "ann"]
