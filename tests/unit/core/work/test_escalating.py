"""Who is told of a ticket: who is asked, that a target runs out, and who comes next while nobody acknowledges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.kernel.errors import TicketRefused
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MILLISECOND, MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.requests import Hush, Tell, Urgency
from gateway.core.work.actions import (
    AcceptTicket,
    AcknowledgeTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    CloseTicket,
    CommentTicket,
    DeclineTicket,
    HoldTicket,
    MergeTicket,
    OpenTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.holds import HoldReason
from gateway.core.work.tickets import Reporter
from tests.unit.core.sites import rule_spec, site
from tests.unit.core.work.staffed import PEOPLE, Works, staffed

M = MINUTE // SECOND
H = 60 * M
LEADERS: Sequence[Mapping[str, Any]] = (
    *PEOPLE,
    {"id": "lea", "name": "Lea", "teams": ["leaders"]},
    {"id": "max", "name": "Max", "teams": ["leaders"]},
)
CHAIN = {
    "levels": [{"tell": "assignee"}, {"tell": "lea", "after": "10m"}, {"tell": "max", "after": "20m"}],
    "repeat": "30m",
}


def works(people: Sequence[Mapping[str, Any]] = LEADERS, chain: Mapping[str, Any] = CHAIN, **fields: Any) -> Works:  # noqa: ANN401
    """Tickets wait for a person, and the chain goes from the assignee over Lea to Max."""
    return Works(staffed(people, dispatch=None, chains=[chain], **fields))


def given(made: Works, to: str = "ann", priority: str = "P2") -> int:
    """A fault that somebody is asked to look at: 15 min to respond."""
    number = made.open(priority=priority)
    made.act(AssignTicket(ticket=number, to=to, by="Li Wei"))
    return number


def breaches(made: Works, number: int) -> list[tuple[tuple[str, ...], float]]:
    """Who was told of breaches, and how many minutes after the beginning."""
    kinds = ("ticket breached", "ticket escalated")
    return [(people, at / 60) for kind, people, at in made.told(number) if kind in kinds]


def test_who_is_asked_is_told_with_links_to_answer_and_who_is_not_any_more_is_told_nothing_more() -> None:
    made = works()
    number = made.open(priority="P1")
    made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
    (tell,) = [each for each in made.letters if isinstance(each, Tell)]
    assert (tell.kind, tell.people, tell.urgency) == ("ticket assigned", ("ann",), Urgency.WAKE)
    assert tell.links == (LinkPurpose.ACCEPT, LinkPurpose.DECLINE)
    assert tell.facts["why"] == "asked by Li Wei"
    assert tell.facts["due"] == "2027-01-15 16:05"
    made.act(AssignTicket(ticket=number, to="bob", by="Li Wei"))
    assert [each.person for each in made.letters if isinstance(each, Hush) and not each.keys] == ["ann"]


def test_who_is_on_duty_is_told_at_once_of_what_has_time_and_others_after_quiet_hours() -> None:
    made = works()
    for to in ("ann", "dan"):
        made.act(AssignTicket(ticket=made.open(priority="P4"), to=to, by="Li Wei"))
    tells = [each for each in made.letters if isinstance(each, Tell)]
    assert [(each.people, each.urgency) for each in tells] == [(("ann",), Urgency.PROMPT), (("dan",), Urgency.QUIET)]


def test_a_breach_can_be_acknowledged_by_a_link_and_a_response_that_is_due_be_given() -> None:
    made = works()
    number = given(made)
    made.run(16 * M)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(120 * M)
    links = {
        (each.facts["clock"], each.links) for each in made.letters if isinstance(each, Tell) and "clock" in each.facts
    }
    assert links == {
        ("respond", (LinkPurpose.ACCEPT,)),  # the warning
        ("respond", (LinkPurpose.ACCEPT, LinkPurpose.ACKNOWLEDGE)),
        ("be on site", ()),
        ("be on site", (LinkPurpose.ACKNOWLEDGE,)),
    }


def test_who_is_asked_learns_which_alarm_it_is_until_the_ticket_is_reopened() -> None:
    made = Works(replace(staffed(), rules=site(rule_spec()).rules))
    by_person = made.open("lift")
    stamp = made.now // MILLISECOND
    made.hear("site/s1/pump/p1/telemetry", b'{"ts": %d, "pressure": 0.01}' % stamp)
    by_alarm = by_person + 1
    made.act(AcceptTicket(ticket=by_alarm, by="bob"))
    made.act(ResolveTicket(ticket=by_alarm, by="bob", note="Done", despite="It stands"))
    made.act(ReopenTicket(ticket=by_alarm, by="Li Wei", note="It leaks again"))
    asked = [each for each in made.letters if isinstance(each, Tell) and each.kind.startswith("ticket ")]
    told = [(each.about.id, each.kind, each.facts.get("alarm")) for each in asked]
    assert told == [("1", "ticket assigned", None), ("2", "ticket assigned", "1"), ("2", "ticket reopened", None)]


def test_who_takes_a_ticket_or_is_no_person_of_the_site_is_told_nothing() -> None:
    made = works()
    number = made.open()
    made.act(AssignTicket(ticket=number, to="ann", by="Ann"))
    made.act(AssignTicket(ticket=number, to="Contractor Zhang", by="Li Wei"))
    assert made.told(number) == []


def test_a_warning_tells_the_assignee_and_a_breach_climbs_until_the_last_is_told_again() -> None:
    made = works()
    number = given(made)
    made.run(12 * M)
    assert made.told(number, "ticket warned") == [("ticket warned", ("ann",), 12 * 60.0)]
    made.run(110 * M)
    assert breaches(made, number) == [
        (("ann",), 15),
        (("lea",), 25),
        (("max",), 45),
        (("max",), 75),
        (("max",), 105),
        (("ann",), 120),  # to be on site
    ]


def test_a_warning_tells_who_is_on_duty_where_nobody_has_the_ticket() -> None:
    made = works()
    number = made.open(priority="P2")
    made.run(12 * M)
    assert made.told(number, "ticket warned") == [("ticket warned", ("ann", "bob", "cai"), 12 * 60.0)]


def test_an_acknowledgement_stops_all_that_is_left_until_the_next_target_runs_out() -> None:
    made = works()
    number = given(made)
    made.run(30 * M)
    made.act(AcknowledgeTicket(ticket=number, by="Lea", note="I call Ann"))
    assert made.steps(number)[-1][0] == "acknowledge"
    made.run(89 * M)
    assert breaches(made, number) == [(("ann",), 15), (("lea",), 25)]
    made.run(12 * M)
    assert breaches(made, number)[2:] == [(("ann",), 120), (("lea",), 130)], "the next target"
    with pytest.raises(TicketRefused, match="is not escalated"):
        made.act(AcknowledgeTicket(ticket=number + 7, by="Lea"))


def test_an_acknowledgement_lasts_over_a_restart() -> None:
    made = works()
    number = given(made)
    made.run(20 * M)
    made.act(AcknowledgeTicket(ticket=number, by="Lea"))
    made.restart()
    made.run(60 * M)
    assert breaches(made, number) == [(("ann",), 15)]
    with pytest.raises(TicketRefused):
        made.act(AcknowledgeTicket(ticket=number, by="Lea"))


@pytest.mark.parametrize(
    "end",
    [
        lambda number: AcceptTicket(ticket=number, by="ann"),
        lambda number: CancelTicket(ticket=number, by="Li Wei", note="Nothing there"),
        lambda number: MergeTicket(ticket=number, into=1, by="Li Wei"),
        lambda number: ChangePriority(ticket=number, priority=Priority.P4, by="Li Wei", note="It can wait"),
    ],
    ids=["accepted", "cancelled", "merged", "less urgent"],
)
def test_nobody_is_told_more_when_nothing_is_due_any_more(end: Any) -> None:  # noqa: ANN401
    made = works()
    made.open(priority="P4")
    number = given(made)
    made.run(20 * M)
    made.act(end(number))
    made.run(60 * M)
    assert breaches(made, number) == [(("ann",), 15)]


def test_what_waits_to_be_sent_of_a_merged_ticket_is_withdrawn() -> None:
    made = works()
    made.open(priority="P4")
    number = given(made)
    made.act(MergeTicket(ticket=number, into=1, by="Li Wei"))
    last = made.letters[-1]
    assert isinstance(last, Hush)
    assert (str(last.about), last.person) == (f"ticket:{number}", None)


def test_a_reply_together_with_a_hold_meets_the_response_and_not_the_resolution() -> None:
    made = works()
    number = given(made)
    made.run(5 * M)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.act(HoldTicket(ticket=number, reason=HoldReason.REPORTER, by="ann"))
    respond, on_site, resolve = made.tickets[number].clocks
    assert (respond.met_at is not None, on_site.met_at, resolve.met_at) == (True, None, None)
    made.run(60 * M)
    assert breaches(made, number) == []


def test_a_priority_that_makes_a_target_run_out_at_once_is_escalated() -> None:
    made = works()
    number = given(made, priority="P3")
    made.run(20 * M)
    made.act(ChangePriority(ticket=number, priority=Priority.P1, by="Li Wei", note="It floods"))
    made.run(0)
    assert breaches(made, number) == [(("ann",), 20)]


def test_a_ticket_that_is_accepted_in_the_step_that_finds_the_breach_bothers_nobody() -> None:
    made = works()
    number = given(made)
    made.run(12 * M)
    made.now += 10 * M * SECOND  # the tick of the breach is late
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(60 * M)
    assert breaches(made, number) == []


def test_while_a_clock_is_paused_its_chain_waits_and_goes_on_with_the_work() -> None:
    made = works()
    number = given(made)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(125 * M)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="Li Wei"))
    made.run(40 * M)
    made.restart()
    made.run(20 * M)
    assert breaches(made, number) == [(("ann",), 120)]
    made.act(ResumeTicket(ticket=number, by="Li Wei"))
    made.run(20 * M)
    assert breaches(made, number) == [(("ann",), 120), (("lea",), 185), (("max",), 205)]


def test_a_chain_that_waited_goes_on_level_by_level_when_a_priority_ends_the_wait() -> None:
    made = works()
    number = given(made)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(125 * M)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="Li Wei"))
    made.run(5 * H)
    made.act(ChangePriority(ticket=number, priority=Priority.P1, by="Li Wei", note="It floods"))
    made.run(25 * M)
    assert breaches(made, number) == [(("ann",), 120), (("lea",), 425), (("max",), 445)]


def test_a_level_that_stands_for_nobody_is_passed_over_at_once() -> None:
    made = works()
    number = made.open(priority="P2")
    made.away("lea")
    made.run(16 * M)
    assert made.told(number, "ticket breached") == [("ticket breached", ("max",), 15 * 60)], "Lea is away, too"
    assert made.told(number, "ticket escalated") == []


def test_a_substitute_is_told_in_the_place_of_who_is_away() -> None:
    made = works()
    number = given(made)
    made.away("ann", substitute="cai")
    made.run(16 * M)
    assert breaches(made, number) == [(("lea",), 0), (("cai",), 15)], "Lea decides who does it"


def test_where_no_level_stands_for_anybody_the_team_is_told_and_else_everybody() -> None:
    chain = {"levels": [{"tell": "lea"}], "repeat": "30m"}
    made = works(chain=chain)
    made.away("lea")
    number = given(made, to="Contractor Zhang")
    made.run(15 * M)
    assert breaches(made, number) == [(("ann", "bob", "cai", "dan"), 15)]
    for each in ("ann", "bob", "cai", "dan"):
        made.away(each)
    made.run(30 * M)
    assert breaches(made, number)[1:] == [(("max",), 45)]
    made.away("max")
    made.run(30 * M)
    assert breaches(made, number)[2:] == [(("ann", "bob", "cai", "dan", "lea", "max"), 75)]


def test_where_nobody_of_a_level_can_be_reached_the_next_is_told_at_once() -> None:
    made = works()
    made.unreachable |= {"ann", "lea"}
    number = given(made)
    made.run(16 * M)
    assert breaches(made, number)[1:] == [(("ann",), 15), (("lea",), 15), (("max",), 15)]
    made.run(30 * M)
    assert breaches(made, number)[4:] == [(("max",), 45)]


def test_where_the_last_level_cannot_be_reached_anybody_of_the_team_is_told() -> None:
    made = works()
    made.unreachable |= {"lea", "max"}
    number = given(made)
    made.run(46 * M)
    assert breaches(made, number) == [
        (("ann",), 15),
        (("lea",), 25),
        (("max",), 25),
        (("ann", "bob", "cai", "dan"), 25),
    ]


def test_after_an_outage_each_person_is_told_once_of_a_ticket_and_its_chains_go_on_from_there() -> None:
    chain = {**CHAIN, "levels": [*CHAIN["levels"], {"tell": ["max", "ann"], "after": "20m"}]}
    made = works(chain=chain)
    number = given(made)
    made.run(16 * M)
    made.now += 170 * M * SECOND
    made.restart()
    assert breaches(made, number) == [(("ann",), 15), (("lea",), 186), (("max", "ann"), 186)]
    to_lea, to_others = [each for each in made.letters if isinstance(each, Tell)][-2:]
    assert (to_lea.facts["clock"], to_others.facts["clock"]) == ("be on site", "respond"), "the latest for each"
    assert to_lea.links == to_others.links == (LinkPurpose.ACCEPT, LinkPurpose.ACKNOWLEDGE), "a response is due"
    made.restart()
    made.run(30 * M - 1)
    assert len(breaches(made, number)) == 3
    made.run(1)
    assert breaches(made, number)[3:] == [(("max", "ann"), 216)], "a whole time later"


def test_of_all_targets_that_ran_out_during_an_outage_each_person_is_told_once() -> None:
    made = works()
    number = given(made)
    made.now += 30 * H * SECOND
    made.restart()
    told = made.told(number)[1:]
    assert sorted(person for _, people, _ in told for person in people) == ["ann", "lea", "max"]
    made.act(AcknowledgeTicket(ticket=number, by="lea"))
    assert made.climbs() == set()


def test_where_nobody_of_a_level_can_be_reached_after_an_outage_the_next_is_told_at_once() -> None:
    made = works()
    number = given(made)
    made.run(100 * M)
    made.unreachable |= {"ann"}
    made.now += 26 * M * SECOND
    made.restart()
    assert breaches(made, number)[-3:] == [(("max",), 126), (("ann",), 126), (("lea",), 126)]


def test_after_an_outage_that_misses_repetitions_alone_the_last_level_is_told_once() -> None:
    made = works()
    number = given(made)
    made.run(46 * M)
    made.now += 58 * M * SECOND
    made.restart()
    made.run(29 * M)
    of_respond = [told for told in breaches(made, number) if told[0] == ("max",)]
    assert of_respond[:2] == [(("max",), 45), (("max",), 104)]
    assert (("max",), 105) not in of_respond


def test_a_restart_that_takes_seconds_tells_the_same_and_what_follows_at_the_same_times() -> None:
    made = works()
    number = given(made)
    made.run(25 * M - 20)
    made.now += 50 * SECOND
    made.restart()
    made.run(21 * M)
    assert breaches(made, number) == [(("ann",), 15), (("lea",), 25.5), (("max",), 45)]


def test_a_chain_whose_last_level_cannot_be_reached_tells_anybody_once_after_an_outage() -> None:
    made = works()
    made.unreachable |= {"lea", "max"}
    number = given(made)
    made.run(16 * M)
    made.now += 60 * M * SECOND
    made.restart()
    assert breaches(made, number) == [
        (("ann",), 15),
        (("lea",), 76),
        (("max",), 76),
        (("ann", "bob", "cai", "dan"), 76),
    ]


def test_of_targets_that_ran_out_during_an_outage_no_warning_is_told() -> None:
    made = works()
    number = given(made)
    made.now += 30 * H * SECOND
    made.restart()
    assert [step for step, _ in made.steps(number)].count("clock warned") == 3
    assert made.told(number, "ticket warned") == []


def test_after_an_outage_who_hears_of_a_breach_is_not_warned_of_the_next_target_as_well() -> None:
    made = works()
    number = given(made)
    made.now += 100 * M * SECOND  # a warning is due of the time to be on site
    made.restart()
    assert [(kind, people) for kind, people, _ in made.told(number)[1:]] == [
        ("ticket breached", ("ann",)),
        ("ticket escalated", ("lea",)),
        ("ticket escalated", ("max",)),
    ]
    assert [step for step, _ in made.steps(number)].count("clock warned") == 2


def test_who_hears_of_no_breach_is_warned_of_the_next_target_after_an_outage() -> None:
    made = works(chain={"levels": [{"tell": "lea"}], "repeat": "30m"})
    number = given(made)
    made.now += 100 * M * SECOND
    made.restart()
    told = [(kind, people) for kind, people, _ in made.told(number)[1:]]
    assert told == [("ticket warned", ("ann",)), ("ticket escalated", ("lea",))]


def test_who_is_told_of_a_breach_again_after_an_outage_is_not_warned_as_well() -> None:
    made = works(chain={"levels": [{"tell": "assignee"}], "repeat": "30m"})
    number = given(made)
    made.run(20 * M)
    made.now += 80 * M * SECOND
    made.restart()
    assert [(kind, people) for kind, people, _ in made.told(number)[3:]] == [("ticket escalated", ("ann",))]


def test_a_process_that_stood_still_tells_the_same_as_one_that_was_started_again() -> None:
    def told(*, restarts: bool) -> list[object]:
        made = works(chain={**CHAIN, "levels": [*CHAIN["levels"], {"tell": "ann", "after": "20m"}]})
        number = given(made)
        made.run(16 * M)
        made.now += 170 * M * SECOND
        if restarts:
            made.restart()
        made.run(90 * M)
        return [*made.told(number)]

    assert told(restarts=False) == told(restarts=True)


def test_delays_keep_their_length_when_the_clock_is_set_and_what_was_right_before_a_doubt_stays() -> None:
    made = works()
    number = given(made)
    made.run(20 * M)
    made.set_clock(-30 * M)
    made.run(5 * M - 1)
    assert [people for people, _ in breaches(made, number)] == [("ann",)]
    made.run(1)
    assert ("lea",) in [people for people, _ in breaches(made, number)]
    made = works()
    number = given(made)
    made.run(20 * M)
    made.now -= 24 * H * SECOND
    made.restart(knows_time=False)
    made.set_clock(24 * H)
    made.run(5 * M - 1)
    assert [people for people, _ in breaches(made, number)] == [("ann",)]
    made.run(1)
    assert ("lea",) in [people for people, _ in breaches(made, number)]


def test_a_breach_that_is_noted_while_the_time_is_not_known_is_recorded_and_told_when_the_work_goes_on() -> None:
    made = works()
    number = given(made)  # P2: 15 min to respond, 2 h to be on site
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.restart(knows_time=False)
    made.run(3 * H)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    made.run(H)
    made.restart(knows_time=False)
    made.set_clock(0)
    made.run(H)
    assert made.steps(number)[-2:] == [("hold", None), ("clock breached", None)]
    assert breaches(made, number) == [], "nobody can go there"
    made.act(ResumeTicket(ticket=number, by="ann"))
    made.run(0)
    assert breaches(made, number) == [(("ann",), 300)]


def test_what_is_late_and_over_while_the_time_is_not_known_is_recorded_and_bothers_nobody() -> None:
    made = works()
    number = given(made)
    made.restart(knows_time=False)
    made.run(16 * M)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.set_clock(0)
    made.run(M)
    assert made.steps(number)[-2:] == [("accept", "ann"), ("clock breached", None)]
    assert breaches(made, number) == []
    cancelled = given(made)
    made.restart(knows_time=False)
    made.run(H)
    made.act(CancelTicket(ticket=cancelled, by="ann", note="Nothing there"))
    made.set_clock(0)
    made.run(M)
    assert made.steps(cancelled)[-2:] == [("cancel", None), ("clock breached", None)]
    assert breaches(made, cancelled) == []
    assert made.climbs() == set()


def test_a_ticket_that_nobody_can_be_asked_for_is_told_to_those_who_decide() -> None:
    made = Works(staffed(LEADERS, chains=[CHAIN]))
    made.away("ann")
    number = made.open(team="cleaning", priority="P2")
    assert made.told(number) == [("ticket unassigned", ("lea",), 0)]
    made = Works(staffed())
    number = made.open(priority="P2")
    for each in ("ann", "bob", "cai"):
        made.act(DeclineTicket(ticket=number, by=each, note="No time"))
        made.run(0)
    assert made.told(number, "ticket unassigned") == [("ticket unassigned", ("ann", "bob", "cai"), 0)]
    made = Works(staffed())
    made.away("ann")
    number = made.open(team="cleaning")
    assert made.told(number) == [("ticket unassigned", ("bob", "cai", "dan"), 0)], "all who are there"


def test_accepted_work_of_somebody_who_goes_away_is_told_to_those_who_decide() -> None:
    made = Works(staffed(LEADERS, chains=[CHAIN]))
    number = made.open()
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.away("ann")
    tell = made.letters[-1]
    assert isinstance(tell, Tell)
    assert (tell.kind, tell.people, tell.facts["why"]) == ("ticket escalated", ("lea",), "Ann has it and is away")


def test_an_absence_that_is_said_again_is_not_told_again() -> None:
    made = Works(staffed(LEADERS, chains=[CHAIN]))
    number = made.open()
    made.act(AcceptTicket(ticket=number, by="ann"))
    until = made.now + 5 * H * SECOND
    made.away("ann", until=until)
    made.away("ann", until=until, note="Flu")
    made.restart()
    made.away("ann", until=until)
    assert made.told(number, "ticket escalated") == [("ticket escalated", ("lea",), 0)]
    made.back("ann")
    made.away("ann", until=until)
    assert len(made.told(number, "ticket escalated")) == 2, "she was there in between"


def test_who_reopened_work_was_is_not_woken_in_the_night() -> None:
    made = Works(staffed())
    number = made.open()
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.act(ResolveTicket(ticket=number, by="ann", note="Done", despite="No reading yet"))
    made.run(5 * H)
    made.act(ReopenTicket(ticket=number, by="Li Wei", note="It leaks again"))
    made.run(0)
    reopened, asked = [each for each in made.letters if isinstance(each, Tell)][-2:]
    assert (reopened.kind, reopened.people, reopened.urgency) == ("ticket reopened", ("ann",), Urgency.QUIET)
    assert (asked.people, asked.urgency) == (("dan",), Urgency.WAKE)


def test_who_has_reported_it_is_told_of_its_course_and_of_nothing_that_is_private() -> None:
    made = works()
    contact = ("email", "resident@example.org")
    made.act(
        OpenTicket(
            subject=Subject.of_device("p1"),
            category="pump",
            priority=Priority.P1,
            team="engineering",
            title="No water",
            reporter=Reporter(name="Resident", contact=contact),
            by="Resident",
        )
    )
    made.act(CommentTicket(ticket=1, by="ann", note="The resident is difficult"))
    made.act(AcceptTicket(ticket=1, by="ann"))
    made.act(ResolveTicket(ticket=1, by="ann", note="Cheap part of 3B has failed", despite="No reading yet"))
    made.act(CloseTicket(ticket=1, by="Li Wei", despite="No reading yet"))
    tells = [each for each in made.letters if isinstance(each, Tell) and each.contact is not None]
    assert [(each.kind, each.contact, each.urgency) for each in tells] == [
        (kind, contact, Urgency.QUIET) for kind in ("report received", "ticket resolved", "ticket closed")
    ]
    assert tells[1].links == (LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE)
    written = " ".join(text for each in tells for text in each.facts.values())
    assert "difficult" not in written
    assert "Cheap" not in written
    assert len({each.key for each in made.letters if isinstance(each, Tell)}) == 3


@pytest.mark.parametrize("stop", [0, 14 * M, 15 * M, 15 * M + 1, 25 * M, 44 * M, 80 * M])
def test_a_restart_at_any_moment_tells_the_same(stop: int) -> None:
    def told(*, restarts: bool) -> list[object]:
        made = works()
        number = given(made)
        made.run(stop)
        if restarts:
            made.restart()
        made.run(100 * M - stop)
        return [*made.told(number)]

    assert told(restarts=True) == told(restarts=False)


def test_a_site_without_people_tells_nobody_and_keeps_nothing() -> None:
    made = works(people=(), roster=None)
    number = made.open()
    made.run(H)
    assert made.told(number, "ticket breached") == []
    assert made.rows().get("ticket_escalation", {}) == {}
