"""What people do with tickets: out of turn, twice, and at the same time."""

from __future__ import annotations

import pytest

from gateway.core.alarms.maintenance_actions import EndMaintenance
from gateway.core.kernel.errors import IllegalTransition, TicketRefused
from gateway.core.kernel.times import HOUR
from gateway.core.work.actions import (
    AcceptTicket,
    ArriveTicket,
    AssignTicket,
    CancelTicket,
    CloseTicket,
    ConfirmTicket,
    FinishingAction,
    HandOverTicket,
    MergeTicket,
    ResolveTicket,
)
from gateway.core.work.lifecycle import TicketState
from tests.unit.core.sites import Bench, at, checkpoint_after, rule_spec, told

LI, ZHAO = "Li Wei", "Zhao Min"


def raised() -> Bench:
    """An alarm of pump 1 has opened ticket 1 at 0 s."""
    made = Bench(rule_spec())
    made.pump(0, pressure=0.01)
    return made


def test_a_device_taken_out_of_service_by_each_of_two_people_is_back_once_the_work_is_done() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    made.act(ArriveTicket(ticket=1, by=LI, out_of_service_for=10 * HOUR), 20)
    made.act(HandOverTicket(ticket=1, by=LI, to=ZHAO, note="Shift ends"), 30)
    made.act(AcceptTicket(ticket=1, by=ZHAO), 40)
    again = made.act(ArriveTicket(ticket=1, by=ZHAO, out_of_service_for=2 * HOUR), 50)
    assert [(each.number, each.ended_at) for each in again.maintenance] == [(2, None), (1, at(50))]
    assert told(again) == []
    made.pump(60, pressure=0.5)
    made.act(ResolveTicket(ticket=1, by=ZHAO, note="Seal changed"), 70)
    assert [each.state for each in made.pump(80, pressure=0.01).alarms] == ["unacknowledged"]


@pytest.mark.parametrize("kind", [ResolveTicket, ConfirmTicket, CloseTicket])
def test_what_cannot_be_finished_now_is_refused_for_that_and_asks_for_no_reason(kind: type[FinishingAction]) -> None:
    made = raised()
    with pytest.raises(IllegalTransition, match="ticket 1 is new: it can be assigned, accepted"):
        made.act(kind(ticket=1, by=LI), 10)


def test_the_second_of_two_who_accept_at_once_is_told_how_it_stands() -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    with pytest.raises(IllegalTransition, match="ticket 1 is accepted: it can be handed over, attended on site"):
        made.act(AcceptTicket(ticket=1, by=ZHAO), 10)


def test_who_acts_on_a_merged_ticket_is_told_where_its_work_is_done() -> None:
    made = raised()
    made.pump(1, "p2", pressure=0.01)
    made.act(MergeTicket(ticket=2, into=1, by=LI), 10)
    with pytest.raises(IllegalTransition, match="ticket 2 is merged into ticket 1: no step is left"):
        made.act(AcceptTicket(ticket=2, by=LI), 11)


def test_an_assignment_that_is_sent_twice_asks_once() -> None:
    made = raised()
    made.act(AssignTicket(ticket=1, by=ZHAO, to=LI), 10)
    with pytest.raises(TicketRefused, match="ticket 1: Zhao Min has asked Li Wei already"):
        made.act(AssignTicket(ticket=1, by=ZHAO, to=LI), 11)
    again = made.act(AssignTicket(ticket=1, by=ZHAO, to=LI, note="It leaks more now"), 12)
    assert [(ticket.state, ticket.why_assigned) for ticket in again.tickets] == [
        (TicketState.ASSIGNED, "Zhao Min: It leaks more now")
    ]


@pytest.mark.parametrize("ends_by_hand", [False, True])
def test_a_ticket_says_no_more_that_its_device_is_out_of_service_once_that_has_ended(*, ends_by_hand: bool) -> None:
    made = raised()
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    assert made.act(ArriveTicket(ticket=1, by=LI, out_of_service_for=HOUR), 20).tickets[-1].maintenance == 1
    ended = made.act(EndMaintenance(maintenance=1, by=LI), 30) if ends_by_hand else made.tick(3620)
    assert [(ticket.state, ticket.maintenance) for ticket in ended.tickets] == [(TicketState.ON_SITE, None)]


def test_what_is_cancelled_or_merged_was_never_resolved() -> None:
    made = raised()
    made.pump(1, "p2", pressure=0.01)
    merged = made.act(MergeTicket(ticket=2, into=1, by=LI), 10)
    cancelled = made.act(CancelTicket(ticket=1, by=LI, note="Test by the maker"), 20)
    over = {each.number: each for each in (*merged.tickets, *cancelled.tickets)}
    assert [(over[number].ended_at, over[number].resolved_at) for number in (1, 2)] == [(at(20), None), (at(10), None)]


def test_a_ticket_says_no_more_that_its_device_is_out_of_service_where_that_ended_while_the_gateway_was_away() -> None:
    made = Bench(rule_spec())
    seen = [made.pump(0, pressure=0.01), made.act(AcceptTicket(ticket=1, by=LI), 10)]
    seen.append(made.act(ArriveTicket(ticket=1, by=LI, out_of_service_for=HOUR), 20))
    started = Bench(rule_spec(), checkpoint=checkpoint_after(*seen), start_s=4000).beginning
    assert [(ticket.state, ticket.maintenance) for ticket in started.tickets] == [(TicketState.ON_SITE, None)]
