"""Links about real tickets: what they show, what they do, and what a second tap says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import DAY
from gateway.core.work.actions import (
    AcceptTicket,
    AssignTicket,
    CancelTicket,
    CloseTicket,
    CommentTicket,
    ConfirmTicket,
    HoldTicket,
    ReopenTicket,
    ResolveTicket,
    TicketAction,
)
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.reporting import TakeReport
from gateway.core.work.tickets import Reporter, Ticket
from gateway.errors import TicketRefused
from gateway.pages.links import Link
from gateway.pages.ports import Answer
from gateway.pages.ticket_links import TicketLinks
from gateway.store.audit.queries import ticket_steps
from gateway.store.work.queries import find_ticket
from tests.unit.pages.visitors import Visit, buttons, text_of

FIRST = Subject(SubjectKind.TICKET, "1")
SECRET = "The owner has not paid"
FORM = {"x": ""}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Visit]:
    """A house with the ticket of a report, whose links are real."""
    async with aclosing(Visit(tmp_path, has_tickets=True)) as visit:
        await visit.house.act(
            TakeReport(
                key="k1",
                subject=Subject(SubjectKind.LOCATION, "b1.pumps"),
                text="Water leaks\nfrom the ceiling",
                reporter=Reporter(name="Ms Zhao", contact=("email", "zhao@example.org")),
                answer=lambda _number: None,
                by="Ms Zhao (reporter)",
            )
        )
        yield visit


def ticket(visit: Visit) -> Ticket:
    found = find_ticket(visit.house.database, 1)
    assert found is not None
    return found


async def do(visit: Visit, *actions: TicketAction) -> None:
    """Colleagues do this, a minute apart."""
    for action in actions:
        visit.house.later(60)
        await visit.house.act(action)


def assign(to: str = "ann") -> AssignTicket:
    return AssignTicket(ticket=1, to=to, by="Duty room")


def accept(by: str = "Ann") -> AcceptTicket:
    return AcceptTicket(ticket=1, by=by)


def resolve() -> ResolveTicket:
    return ResolveTicket(ticket=1, by="Ann", note=SECRET)


def close() -> CloseTicket:
    return CloseTicket(ticket=1, by="Duty room")


def of(visit: Visit, purpose: LinkPurpose, person: str | None = "ann") -> str:
    return visit.link(purpose, FIRST, person, lasts=400 * DAY)


async def tap(visit: Visit, purpose: LinkPurpose, person: str | None = "ann", **form: str) -> str:
    """What the page says after its button."""
    return text_of(await visit.phone.post(of(visit, purpose, person), data=form or FORM))


async def test_the_page_says_what_the_work_is_about_and_has_one_button(office: Visit) -> None:
    await do(office, assign())
    page = await office.phone.get(of(office, LinkPurpose.ACCEPT))
    for part in ("Water leaks", "from the ceiling", "Pump room", "Ticket 1, P2", "Ann is asked to do it", "Due at"):
        assert part in text_of(page)
    assert buttons(page) == ["Accept the work"]
    assert "You act as Ann." in text_of(page)
    assert ticket(office).state is TicketState.ASSIGNED


async def test_the_page_speaks_chinese_to_a_chinese_browser(office: Visit) -> None:
    await do(office, assign())
    page = await office.phone.get(of(office, LinkPurpose.DECLINE), headers={"Accept-Language": "zh-CN"})
    for part in ("工单 1，P2", "已派给 Ann，待接单", "时限："):
        assert part in text_of(page)


async def test_a_link_accepts_once_and_then_says_who_has_it_and_since_when(office: Visit) -> None:
    await do(office, assign())
    assert "The work is yours." in await tap(office, LinkPurpose.ACCEPT)
    assert (ticket(office).state, ticket(office).assignee) == (TicketState.ACCEPTED, "ann")
    office.house.later(60)
    assert "Ann did this already, at 2026-01-01 20:01." in await tap(office, LinkPurpose.ACCEPT)
    assert "Ann did this already" in await tap(office, LinkPurpose.ACCEPT, "bob")


async def test_a_link_declines_with_a_reason_and_then_says_so(office: Visit) -> None:
    await do(office, assign())
    assert "reason" in (await tap(office, LinkPurpose.DECLINE)).lower()
    assert ticket(office).state is TicketState.ASSIGNED
    assert "Somebody else is asked." in await tap(office, LinkPurpose.DECLINE, comment="I am ill")
    assert (ticket(office).state, ticket(office).assignee) == (TicketState.NEW, None)
    assert "Ann did this already" in await tap(office, LinkPurpose.DECLINE, comment="I am ill")


async def test_nobody_declines_what_another_is_asked_to_do(office: Visit) -> None:
    await do(office, assign("ann"), assign("bob"))
    assert "Somebody else is asked to do it by now." in await tap(office, LinkPurpose.DECLINE, comment="No")
    assert (ticket(office).state, ticket(office).assignee) == (TicketState.ASSIGNED, "bob")


async def test_whoever_was_asked_again_after_declining_can_decline_again(office: Visit) -> None:
    await do(office, assign())
    await tap(office, LinkPurpose.DECLINE, comment="I am ill")
    await do(office, assign())
    assert "Somebody else is asked." in await tap(office, LinkPurpose.DECLINE, comment="I am ill still")


async def test_what_was_accepted_is_not_declined_but_handed_over(office: Visit) -> None:
    await do(office, assign(), accept())
    assert "ask the control room to hand it over" in await tap(office, LinkPurpose.DECLINE, comment="No")


async def test_work_on_hold_says_so_and_what_is_over_as_well(office: Visit) -> None:
    await do(office, assign(), HoldTicket(ticket=1, by="Duty room", reason=HoldReason.ACCESS))
    assert "The ticket is on hold." in await tap(office, LinkPurpose.ACCEPT)
    await do(office, CancelTicket(ticket=1, by="Duty room", note="A mistake"))
    for purpose in (LinkPurpose.ACCEPT, LinkPurpose.DECLINE, LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE):
        page = await office.phone.get(of(office, purpose))
        assert "The ticket is closed: nothing is left to do." in text_of(page)
        assert buttons(page) == []


async def test_the_reporter_confirms_in_the_own_name_and_once(office: Visit) -> None:
    await do(office, assign(), accept(), resolve())
    assert "The work is confirmed." in await tap(office, LinkPurpose.CONFIRM, None)
    assert ticket(office).state is TicketState.CONFIRMED
    (step,) = [each for each in ticket_steps(office.house.database, 1) if each.data["step"] == "confirm"]
    assert step.by == "Ms Zhao (reporter)"
    assert "Ms Zhao (reporter) did this already" in await tap(office, LinkPurpose.CONFIRM, None)


async def test_the_reporter_says_what_is_still_wrong_and_the_work_goes_on(office: Visit) -> None:
    await do(office, assign(), accept(), resolve())
    await tap(office, LinkPurpose.REOPEN, None)
    assert ticket(office).state is TicketState.RESOLVED  # it asks what is wrong
    assert "The work goes on." in await tap(office, LinkPurpose.REOPEN, None, comment="It leaks again")
    assert ticket(office).state is TicketState.ASSIGNED
    assert "did this already" in await tap(office, LinkPurpose.REOPEN, None, comment="It leaks again")
    assert "The work goes on. You are told when it is done." in await tap(office, LinkPurpose.CONFIRM, None)


async def test_the_reporter_rates_once_and_anew_after_the_work_was_done_anew(office: Visit) -> None:
    await do(office, assign(), accept(), resolve())
    await tap(office, LinkPurpose.RATE, None)
    assert ticket(office).rating is None
    assert "Thank you for your rating." in await tap(office, LinkPurpose.RATE, None, rating="2", comment="Slow")
    assert ticket(office).rating == 2
    assert "did this already" in await tap(office, LinkPurpose.RATE, None, rating="5")
    assert ticket(office).rating == 2
    await do(office, ReopenTicket(ticket=1, by="Duty room", note="It leaks"), accept(), resolve())
    await tap(office, LinkPurpose.RATE, None, rating="5")
    assert ticket(office).rating == 5


@pytest.mark.parametrize("purpose", [LinkPurpose.REOPEN, LinkPurpose.RATE])
async def test_a_ticket_that_ended_long_ago_is_found_in_the_store(office: Visit, purpose: LinkPurpose) -> None:
    await do(office, assign(), accept(), resolve(), ConfirmTicket(ticket=1, by="Duty room"), close())
    office.house.later(20 * 86_400)
    await tap(office, purpose, None, comment="It leaks again", rating="1")
    expected = (TicketState.ASSIGNED, None) if purpose is LinkPurpose.REOPEN else (TicketState.CLOSED, 1)
    assert (ticket(office).state, ticket(office).rating) == expected


async def test_a_link_that_was_opened_by_a_program_does_nothing(office: Visit) -> None:
    await do(office, assign())
    for method in ("GET", "HEAD"):
        assert (await office.phone.request(method, of(office, LinkPurpose.ACCEPT))).status_code == 200
    assert ticket(office).state is TicketState.ASSIGNED


@pytest.mark.parametrize("purpose", [LinkPurpose.ACCEPT, LinkPurpose.DECLINE, LinkPurpose.ACKNOWLEDGE])
async def test_what_colleagues_do_is_done_by_nobody_else(office: Visit, purpose: LinkPurpose) -> None:
    await do(office, assign())
    page = await office.phone.post(of(office, purpose, None), data={"comment": "x"})
    assert page.status_code in (200, 404, 409)
    assert ticket(office).state is TicketState.ASSIGNED


async def test_no_link_shows_a_private_note_or_the_address_of_somebody(office: Visit) -> None:
    comment = CommentTicket(ticket=1, by="Ann", note=SECRET)
    await do(office, comment, assign(), accept(), resolve())
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE, LinkPurpose.ACCEPT):
        page = await office.phone.get(of(office, purpose, None))
        for hidden in (SECRET, "+86 21 5555 0100", "zhao@example.org", "Ticket 1, P2"):
            assert hidden not in page.text


async def test_a_ticket_that_is_overdue_is_acknowledged_by_link(tmp_path: Path) -> None:
    chain = [{"levels": [{"tell": "team"}]}]
    async with aclosing(Visit(tmp_path, has_tickets=True, chains=chain)) as visit:
        visit.house.run_dry()
        page = text_of(await visit.phone.get(of(visit, LinkPurpose.ACKNOWLEDGE)))
        assert "Nobody is being told of it any more." in page
        visit.house.later(3600)
        assert buttons(await visit.phone.get(of(visit, LinkPurpose.ACKNOWLEDGE))) == ["Acknowledge"]
        await tap(visit, LinkPurpose.ACKNOWLEDGE)
        (step,) = [each for each in ticket_steps(visit.house.database, 1) if each.data["step"] == "acknowledge"]
        assert step.by == "Ann"
        assert "Ann did this already" in await tap(visit, LinkPurpose.ACKNOWLEDGE, "bob")


async def test_whoever_declines_in_the_moment_in_which_another_is_asked_takes_it_from_nobody(office: Visit) -> None:
    await do(office, assign("ann"), assign("bob"))
    links = TicketLinks(office.house.services.site, office.house.database, office.house.act)
    link = Link(purpose=LinkPurpose.DECLINE, about=FIRST, person="ann", expires=office.house.now + DAY)
    with pytest.raises(TicketRefused, match="ann is not asked to do it any more"):
        await links.act(link, Answer(comment="No"))
    assert (ticket(office).state, ticket(office).assignee) == (TicketState.ASSIGNED, "bob")


async def test_what_is_confirmed_while_an_alarm_stands_is_recorded_so_and_not_closed_by_itself(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, has_tickets=True)) as visit:
        visit.house.run_dry()
        await do(visit, accept(), ResolveTicket(ticket=1, by="Ann", note="Done", despite="the sensor is broken"))
        assert "The work is confirmed." in await tap(visit, LinkPurpose.CONFIRM, None)
        (step,) = [each for each in ticket_steps(visit.house.database, 1) if each.data["step"] == "confirm"]
        assert step.data["despite"] == "who has reported it says that it is solved"
        visit.house.later(30 * 86_400)
        assert ticket(visit).state is TicketState.CONFIRMED
