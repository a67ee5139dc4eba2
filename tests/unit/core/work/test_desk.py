"""Which alarms make work, what people do with it, and what its clocks tell."""

from __future__ import annotations

import msgspec
import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.errors import GatewayError, IllegalTransition, InvalidAction, TicketRefused, UnknownTicket
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.work.actions import (
    AcceptTicket,
    AddPhoto,
    AddWork,
    ArriveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    CloseTicket,
    CommentTicket,
    ConfirmTicket,
    DeclineTicket,
    HandOverTicket,
    HoldTicket,
    MergeTicket,
    OpenTicket,
    RateTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.clocks import Clock, ClockKind
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import CauseCode, Reporter, Ticket, TicketSource
from tests.unit.core.sites import TICKET, Bench, Seen, at, checkpoint_after, rule_spec

LI, ZHAO = "Li Wei", "Zhao Min"
STUCK = {
    "id": "stuck",
    "when": "starts > 9",
    "severity": "warning",
    "title": {"en": "Stuck", "zh": "卡住"},
    "ticket": TICKET | {"priority": "P2"},
}


def bench() -> Bench:
    return Bench(rule_spec(), rule_spec(**STUCK))


def raised() -> Bench:
    """An alarm of pump 1 has opened ticket 1 at 0 s."""
    made = bench()
    made.pump(0, pressure=0.01)
    return made


def latest(seen: Seen) -> Ticket:
    return seen.tickets[-1]


def clock(ticket: Ticket, kind: ClockKind) -> Clock:
    return next(each for each in ticket.clocks if each.kind is kind)


def steps(seen: Seen) -> list[object]:
    return [event.data["step"] for event in seen.events if event.kind == "ticket"]


def done(made: Bench, second: float = 100) -> Ticket:
    """Ticket 1 is accepted, and resolved after a good reading."""
    made.act(AcceptTicket(ticket=1, by=LI), second)
    made.pump(second + 1, pressure=0.5)
    return latest(made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), second + 2))


def test_an_alarm_opens_a_ticket_that_nobody_has_and_its_clocks_run() -> None:
    seen = bench().pump(0, pressure=0.01)
    (ticket,) = seen.tickets
    assert (ticket.number, ticket.source, ticket.alarm, ticket.state) == (1, TicketSource.ALARM, 1, TicketState.NEW)
    assert {each.kind: each.target for each in ticket.clocks} == {
        ClockKind.RESPOND: 5 * MINUTE,
        ClockKind.ON_SITE: 30 * MINUTE,
        ClockKind.RESOLVE: 24 * HOUR,
    }
    assert (ticket.next_clock, ticket.next_due) == ("respond", at(0) + 5 * MINUTE)
    assert seen.alarms[-1].ticket == 1
    (opened,) = [event for event in seen.events if event.kind == "ticket"]
    assert opened.cause == seen.alarms[-1].event
    assert opened.data["targets"] == {"respond": "5m", "on_site": "30m", "resolve": "1d"}


def test_a_ticket_goes_its_way_and_each_clock_is_met_when_it_is() -> None:
    made = raised()
    accepted = latest(made.act(AcceptTicket(ticket=1, by=LI), 60))
    assert (accepted.state, accepted.assignee, accepted.next_clock) == (TicketState.ACCEPTED, LI, "on_site")
    on_site = latest(made.act(ArriveTicket(ticket=1, by=LI), 900))
    assert (on_site.state, on_site.on_site_at, on_site.next_clock) == (TicketState.ON_SITE, at(900), "resolve")
    made.pump(1000, pressure=0.5)
    resolved = latest(made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened", cause=CauseCode.BLOCKED), 1200))
    assert (resolved.outcome, resolved.cause_code, resolved.next_clock) == ("Valve opened", "blocked", None)
    assert [each.met_at for each in resolved.clocks] == [at(60), at(900), at(1200)]
    confirmed = latest(made.act(ConfirmTicket(ticket=1, by=ZHAO), 2000))
    closed = latest(made.act(CloseTicket(ticket=1, by=ZHAO), 2001))
    rated = latest(made.act(RateTicket(ticket=1, by=ZHAO, rating=5, note="Quick"), 2002))
    assert (confirmed.state, closed.state, closed.ended_at) == (TicketState.CONFIRMED, TicketState.CLOSED, at(2001))
    assert rated.rating == 5


def test_people_are_told_of_a_clock_at_four_fifths_and_when_it_is_over_by_its_exact_moment() -> None:
    made = raised()
    assert steps(made.tick(239)) == []
    warned = made.tick(247)
    assert [(event.data["step"], event.data["clock"], event.time) for event in warned.events] == [
        ("clock warned", "respond", at(240))
    ]
    breached = made.tick(305)
    assert [(event.data["step"], event.time) for event in breached.events] == [("clock breached", at(300))]
    ticket = latest(made.act(AcceptTicket(ticket=1, by=LI), 400))
    respond = clock(ticket, ClockKind.RESPOND)
    assert (respond.warned_at, respond.breached_at, respond.met_at) == (at(240), at(300), at(400))


def test_a_step_that_comes_before_the_tick_finds_the_clock_told() -> None:
    made = raised()
    seen = made.act(AcceptTicket(ticket=1, by=LI), 301)
    assert steps(seen) == ["clock warned", "clock breached", "accept"]


def test_a_step_in_the_last_moment_of_a_target_is_in_time() -> None:
    made = raised()
    seen = made.act(AcceptTicket(ticket=1, by=LI), 300)
    assert steps(seen) == ["clock warned", "accept"]
    assert clock(latest(seen), ClockKind.RESPOND).breached_at is None


def test_a_refused_step_leaves_a_late_clock_to_be_told() -> None:
    made = raised()
    with pytest.raises(IllegalTransition):
        made.act(ArriveTicket(ticket=1, by=LI), 301)
    assert steps(made.tick(302)) == ["clock warned", "clock breached"]


def test_work_that_waits_for_a_part_has_more_time_to_be_solved_and_no_more_to_be_on_site() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 60)
    held = latest(made.act(HoldTicket(ticket=1, by=LI, reason=HoldReason.PARTS), 120))
    assert (held.state, held.held_from, held.hold_reason) == (TicketState.ON_HOLD, TicketState.ACCEPTED, "parts")
    assert (clock(held, ClockKind.RESOLVE).since, clock(held, ClockKind.ON_SITE).since) == (None, at(0))
    resumed = latest(made.act(ResumeTicket(ticket=1, by=LI), 720))
    assert (resumed.state, resumed.held_from, resumed.hold_reason) == (TicketState.ACCEPTED, None, None)
    resolve = clock(resumed, ClockKind.RESOLVE)
    assert (resolve.counted, resolve.since) == (120 * SECOND, at(720))


def test_somebody_who_cannot_do_it_says_why_and_the_next_is_asked() -> None:
    made = raised()
    asked = latest(made.act(AssignTicket(ticket=1, by=ZHAO, to=LI, note="nearest"), 10))
    assert (asked.state, asked.assignee, asked.why_assigned) == (TicketState.ASSIGNED, LI, f"{ZHAO}: nearest")
    with pytest.raises(InvalidAction, match="say why you cannot do it"):
        made.act(DeclineTicket(ticket=1, by=LI), 20)
    declined = latest(made.act(DeclineTicket(ticket=1, by=LI, note="On another job"), 21))
    assert (declined.state, declined.assignee) == (TicketState.NEW, None)


def test_work_is_handed_over_with_what_is_left_and_its_clocks_stay() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    made.act(ArriveTicket(ticket=1, by=LI), 20)
    given = latest(made.act(HandOverTicket(ticket=1, by=LI, to=ZHAO, note="Shift ends; seal is out"), 30))
    assert (given.state, given.assignee) == (TicketState.ASSIGNED, ZHAO)
    assert [each.met_at for each in given.clocks] == [at(10), at(20), None]


def test_another_who_takes_the_ticket_has_it() -> None:
    made = raised()
    made.act(AssignTicket(ticket=1, by=ZHAO, to=LI), 10)
    taken = latest(made.act(AcceptTicket(ticket=1, by=ZHAO), 20))
    assert (taken.assignee, taken.why_assigned) == (ZHAO, f"{ZHAO} has taken it")
    with pytest.raises(IllegalTransition, match="ticket 1 is accepted: it can be handed over"):
        made.act(AcceptTicket(ticket=1, by=LI), 21)


def test_work_is_not_done_while_its_alarm_stands_unless_somebody_says_why() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    with pytest.raises(TicketRefused, match="its alarm still stands; say in `despite` why"):
        made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 20)
    resolved = made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened", despite="Sensor to be changed"), 21)
    assert latest(resolved).state is TicketState.RESOLVED
    with pytest.raises(TicketRefused, match="its alarm still stands"):
        made.act(CloseTicket(ticket=1, by=ZHAO), 22)
    closed = made.act(CloseTicket(ticket=1, by=ZHAO, despite="Sensor is ordered"), 23)
    assert [event.data["despite"] for event in closed.events if event.kind == "ticket"] == ["Sensor is ordered"]


def test_a_device_out_of_service_with_the_work_tells_nothing_until_it_is_done() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    arrived = made.act(ArriveTicket(ticket=1, by=LI, out_of_service_for=2 * HOUR), 20)
    assert latest(arrived).maintenance == 1
    assert steps(made.pump(30, starts=10)) == []
    made.pump(40, pressure=0.5, starts=1)
    resolved = made.act(ResolveTicket(ticket=1, by=LI, note="Seal changed"), 50)
    assert latest(resolved).maintenance is None
    assert [each.ended_at for each in resolved.maintenance] == [at(50)]
    told = made.pump(60, starts=10)
    assert [each.state for each in told.alarms] == ["unacknowledged"]


def test_a_maintenance_too_long_is_refused_before_anything_happens() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    with pytest.raises(InvalidAction, match="at most 30d"):
        made.act(ArriveTicket(ticket=1, by=LI, out_of_service_for=31 * DAY), 20)
    assert latest(made.act(ArriveTicket(ticket=1, by=LI), 21)).state is TicketState.ON_SITE


def test_an_alarm_that_returns_and_comes_again_is_noted_and_its_clocks_run_on() -> None:
    made = raised()
    assert steps(made.pump(10, pressure=0.5)) == ["alarm returned"]
    again = made.pump(20, pressure=0.01)
    assert steps(again) == ["alarm raised"]
    ticket = latest(again)
    assert (ticket.number, ticket.raised_count, ticket.raised_at, ticket.opened_at) == (1, 2, at(20), at(0))
    assert ticket.next_due == at(0) + 5 * MINUTE


def test_an_alarm_that_comes_again_within_a_day_of_the_work_reopens_it_with_new_clocks() -> None:
    made = raised()
    made.act(Acknowledge(alarm=1, by=LI), 5)
    resolved = done(made)
    assert resolved.resolved_at == at(102)
    again = made.pump(3600, pressure=0.01)
    ticket = latest(again)
    assert (steps(again), ticket.number, ticket.state) == (["reopen"], 1, TicketState.ASSIGNED)
    assert (ticket.assignee, ticket.reopened_count, ticket.resolved_at) == (LI, 1, None)
    assert (again.alarms[-1].number, again.alarms[-1].ticket) == (2, 1)
    assert clock(ticket, ClockKind.RESPOND).began_at == at(3600)


@pytest.mark.parametrize("closes", [False, True])
def test_an_alarm_that_comes_again_later_opens_another_ticket(*, closes: bool) -> None:
    made = raised()
    made.act(Acknowledge(alarm=1, by=LI), 5)
    done(made)
    if closes:
        made.act(CloseTicket(ticket=1, by=ZHAO), 110)
    made.tick(24 * 3600 + 200)
    assert latest(made.pump(24 * 3600 + 201, pressure=0.01)).number == 2


def test_a_cancelled_ticket_is_not_reopened_by_its_alarm() -> None:
    made = raised()
    with pytest.raises(InvalidAction, match="say why there is no work to do"):
        made.act(CancelTicket(ticket=1, by=LI), 5)
    assert latest(made.act(CancelTicket(ticket=1, by=LI, note="Test by the maker"), 6)).ended_at == at(6)
    made.pump(10, pressure=0.5)
    again = made.pump(20, pressure=0.01)
    assert (latest(again).number, again.alarms[-1].number, again.alarms[-1].ticket) == (2, 1, 2)


def test_another_alarm_of_the_same_pump_hangs_on_the_same_ticket_unless_it_is_more_urgent() -> None:
    made = raised()
    joined = made.pump(10, pressure=0.01, starts=10)
    assert (steps(joined), joined.alarms[-1].ticket) == (["alarm joined"], 1)
    assert latest(joined).faults == ("low-pressure/device:p1", "stuck/device:p1")
    other = bench()
    other.pump(0, starts=10)
    urgent = other.pump(10, pressure=0.01)
    assert (latest(urgent).number, latest(urgent).priority) == (2, "P1")


def test_an_alarm_joins_no_work_that_waits() -> None:
    made = raised()
    made.act(HoldTicket(ticket=1, by=LI, reason=HoldReason.PARTS), 5)
    assert latest(made.pump(10, starts=10)).number == 2


def test_a_merged_ticket_gives_its_alarms_and_its_urgency_to_the_other() -> None:
    made = bench()
    made.pump(0, "p2", starts=10)
    made.pump(1, pressure=0.01)
    merged = made.act(MergeTicket(ticket=2, into=1, by=LI), 10)
    into = {ticket.number: ticket for ticket in merged.tickets}
    assert (into[2].state, into[2].merged_into, into[1].priority) == (TicketState.MERGED, 1, "P1")
    assert [(alarm.number, alarm.ticket) for alarm in merged.alarms] == [(2, 1)]
    assert steps(made.pump(20, pressure=0.5)) == ["alarm returned"]
    with pytest.raises(TicketRefused, match="ticket 2, which is merged: merge into one with work to do"):
        made.act(MergeTicket(ticket=1, into=2, by=LI), 30)
    with pytest.raises(InvalidAction, match="into itself"):
        made.act(MergeTicket(ticket=1, into=1, by=LI), 31)


def test_a_change_of_priority_gives_other_targets_and_what_has_counted_stays() -> None:
    made = raised()
    with pytest.raises(InvalidAction, match="say why its priority changes"):
        made.act(ChangePriority(ticket=1, by=LI, priority=Priority.P2), 50)
    less = latest(made.act(ChangePriority(ticket=1, by=LI, priority=Priority.P2, note="It is the spare"), 60))
    assert (less.priority, less.next_due) == ("P2", at(0) + 15 * MINUTE)
    with pytest.raises(TicketRefused, match="ticket 1 is P2 already"):
        made.act(ChangePriority(ticket=1, by=LI, priority=Priority.P2, note="again"), 61)


def test_a_person_reports_a_fault_of_a_place() -> None:
    made = bench()
    seen = made.act(
        OpenTicket(
            by="Resident",
            subject=Subject(SubjectKind.LOCATION, "lobby"),
            category="light",
            priority=Priority.P3,
            team="engineering",
            title="Lamp is dark",
            description="The lamp beside the door",
            reporter=Reporter(name="Resident", contact=("email", "r@example.org")),
            why="the word lamp",
        ),
        0,
    )
    ticket = latest(seen)
    assert (ticket.source, ticket.alarm, ticket.location, ticket.state) == ("person", None, "lobby", "new")
    assert [event.data["why"] for event in seen.events if event.kind == "ticket"] == ["the word lamp"]
    with pytest.raises(InvalidAction, match="there is no device 'p9'"):
        made.act(msgspec.structs.replace(_report(), subject=Subject.of_device("p9")), 1)


def _report() -> OpenTicket:
    return OpenTicket(
        by=LI, subject=Subject.of_device("p1"), category="pump", priority=Priority.P3, team="engineering", title="Noise"
    )


def test_comments_photos_and_work_are_entered_and_minutes_add_up() -> None:
    made = raised()
    said = made.act(CommentTicket(ticket=1, by=LI, note="Key is at the desk", is_public=True), 10)
    photo = made.act(AddPhoto(ticket=1, by=LI, photo="ab" * 32), 11)
    made.act(AddWork(ticket=1, by=LI, minutes=30, parts=(("seal", 2),)), 12)
    worked = made.act(AddWork(ticket=1, by=ZHAO, minutes=15), 13)
    assert [said.events[0].data["public"], photo.events[0].data["public"]] == [True, False]
    assert latest(worked).minutes == 45
    for wrong, text in (
        (CommentTicket(ticket=1, by=LI), "a comment says something"),
        (AddWork(ticket=1, by=LI), "how many minutes"),
        (AddWork(ticket=1, by=LI, minutes=-1), "minutes: write 0 to"),
        (RateTicket(ticket=1, by=LI, rating=6), "rating: write 1 to 5"),
    ):
        with pytest.raises(InvalidAction, match=text):
            made.act(wrong, 14)
    with pytest.raises(TicketRefused, match="is not done yet"):
        made.act(RateTicket(ticket=1, by=LI, rating=4), 15)


def test_a_ticket_that_nobody_confirms_is_closed_after_a_week_unless_its_alarm_stands() -> None:
    made = raised()
    made.act(Acknowledge(alarm=1, by=LI), 5)
    done(made)
    assert steps(made.tick(7 * 24 * 3600 + 101)) == []
    closed = made.tick(7 * 24 * 3600 + 102)
    assert (steps(closed), latest(closed).state) == (["close"], TicketState.CLOSED)
    other = raised()
    other.act(AcceptTicket(ticket=1, by=LI), 10)
    other.act(ResolveTicket(ticket=1, by=LI, note="Valve opened", despite="Sensor"), 20)
    assert steps(other.tick(8 * 24 * 3600)) == []
    assert steps(other.pump(8 * 24 * 3600 + 1, pressure=0.5)) == ["alarm returned"]
    assert steps(other.tick(8 * 24 * 3600 + 2)) == ["close"]


def test_a_ticket_that_has_ended_is_reopened_with_its_record_and_unknown_without() -> None:
    made = raised()
    made.act(Acknowledge(alarm=1, by=LI), 5)
    done(made)
    closed = latest(made.act(CloseTicket(ticket=1, by=ZHAO), 110))
    made.tick(2 * 24 * 3600)
    with pytest.raises(UnknownTicket):
        made.act(ReopenTicket(ticket=1, by=ZHAO, note="Dry again"), 2 * 24 * 3600 + 1)
    reopened = made.act(ReopenTicket(ticket=1, by=ZHAO, note="Dry again", over=closed), 2 * 24 * 3600 + 2)
    assert (latest(reopened).state, latest(reopened).reopened_count) == (TicketState.ASSIGNED, 1)


@pytest.mark.parametrize("after", [1, 250, 301, 7000])
def test_a_restart_tells_the_same_of_clocks(after: float) -> None:
    made = bench()
    before = [made.pump(0, pressure=0.01)]
    before.append(made.tick(after))
    restarted = Bench(rule_spec(), rule_spec(**STUCK), checkpoint=checkpoint_after(*before), start_s=after)
    for later in (after + 1, 8000, 9000):
        assert clocks_told(restarted.tick(later)) == clocks_told(made.tick(later))


def clocks_told(seen: Seen) -> list[tuple[object, ...]]:
    return [(each.data["step"], each.data.get("clock"), each.time) for each in seen.events if each.kind == "ticket"]


def test_what_is_refused_changes_nothing() -> None:
    made = raised()
    for action in (
        ConfirmTicket(ticket=1, by=LI),
        ResumeTicket(ticket=1, by=LI),
        HandOverTicket(ticket=1, by=LI, to=ZHAO, note="x"),
        ReopenTicket(ticket=1, by=LI, note="x"),
    ):
        with pytest.raises(GatewayError):
            made.act(action, 5)
    assert made.tick(6).tickets == []


def test_a_ticket_is_told_at_the_start_that_the_rule_of_its_alarm_is_gone() -> None:
    made = bench()
    before = made.pump(0, pressure=0.01)
    seen = Bench(rule_spec(**STUCK), checkpoint=checkpoint_after(before), start_s=10).beginning
    assert [(event.kind, event.data["step"]) for event in seen.events] == [
        ("alarm", "remove"),
        ("ticket", "alarm removed"),
    ]
    assert [ticket.state for ticket in seen.tickets] == [TicketState.NEW]
