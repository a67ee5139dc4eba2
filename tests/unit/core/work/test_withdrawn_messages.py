"""What is not true any more of a ticket is not told: it is withdrawn before it is sent, and not tried again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.notice import NoticeState
from gateway.core.work.actions import (
    AcceptTicket,
    AcknowledgeTicket,
    ArriveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    HandOverTicket,
    MergeTicket,
    OpenTicket,
    ResolveTicket,
)
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.tickets import Reporter
from tests.unit.core.work.correspondence import MINUTES, Correspondence, mailed

LEA = {"id": "lea", "name": "Lea", "teams": ["leaders"]}
CHAIN = {"levels": [{"tell": "assignee"}, {"tell": "lea"}], "repeat": "4h"}
WAITING, SENDING, DELIVERED, WITHDRAWN = (
    NoticeState.WAITING,
    NoticeState.SENDING,
    NoticeState.DELIVERED,
    NoticeState.WITHDRAWN,
)


def overdue(*fails: str, minutes: float = 16) -> tuple[Correspondence, int]:
    """Ann was asked for a fault and has not answered for so long; no message reaches these people yet."""
    made = Correspondence(mailed(more=[LEA], chains=[CHAIN], dispatch=None))
    number = made.open(priority="P2")  # 15 min to respond, 2 h on site
    made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
    made.run(0)
    made.fails |= {*fails}
    made.run(minutes * MINUTES)
    return made, number


def of_tickets(made: Correspondence, person: str) -> list[tuple[str, NoticeState]]:
    return [(kind, state) for kind, state in made.states(person) if kind.startswith("ticket")]


ENDS: tuple[Callable[[int], Action], ...] = (
    lambda number: AcceptTicket(ticket=number, by="ann"),
    lambda number: AcceptTicket(ticket=number, by="bob"),
    lambda number: AcknowledgeTicket(ticket=number, by="max"),
    lambda number: ResolveTicket(ticket=number, by="ann", note="Done", despite="No reading yet"),
    lambda number: CancelTicket(ticket=number, by="ann", note="Nothing there"),
    lambda number: ChangePriority(ticket=number, by="ann", priority=Priority.P3, note="It drips"),
)


@pytest.mark.parametrize("end", ENDS)
def test_what_was_not_sent_yet_of_a_breach_is_not_sent_to_others_once_it_is_answered(
    end: Callable[[int], Action],
) -> None:
    made, number = overdue("lea")
    assert of_tickets(made, "lea") == [("ticket breached", WAITING)]
    if isinstance(action := end(number), ResolveTicket):
        made.act(AcceptTicket(ticket=number, by="ann"))
        made.act(ArriveTicket(ticket=number, by="ann"))
    made.act(action)
    assert of_tickets(made, "lea") == [("ticket breached", WITHDRAWN)]
    made.fails.clear()
    made.restart()
    made.run(10 * MINUTES)
    assert "lea" not in {person for _, person, _ in made.arrived}


def test_a_call_that_goes_on_when_somebody_accepts_is_not_repeated_and_stays_recorded() -> None:
    made, number = overdue(minutes=14)
    made.stays.add("lea")
    made.run(2 * MINUTES)
    assert of_tickets(made, "lea") == [("ticket breached", SENDING)]
    made.act(AcceptTicket(ticket=number, by="ann"))
    assert of_tickets(made, "lea") == [("ticket breached", SENDING)]
    made.stays.clear()
    made.fails.add("lea")
    made.run(MINUTES)
    assert of_tickets(made, "lea") == [("ticket breached", WITHDRAWN)], "it has failed, and is not tried again"
    made, number = overdue(minutes=14)
    made.stays.add("lea")
    made.run(2 * MINUTES)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.stays.clear()
    made.run(0)
    assert of_tickets(made, "lea") == [("ticket breached", DELIVERED)]


def test_what_was_sent_stays_as_it_is() -> None:
    made, number = overdue()
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(MINUTES)
    assert of_tickets(made, "lea") == [("ticket breached", DELIVERED)]
    assert of_tickets(made, "ann") == [(f"ticket {what}", DELIVERED) for what in ("assigned", "warned", "breached")]


def test_a_breach_that_lasts_is_told_also_after_somebody_has_accepted() -> None:
    made, number = overdue("lea", minutes=121)
    assert of_tickets(made, "lea") == [("ticket breached", WAITING), ("ticket breached", WAITING)]
    made.act(AcceptTicket(ticket=number, by="ann"))
    assert [state for _, state in of_tickets(made, "lea")] == [WITHDRAWN, SENDING], "nobody is on site"
    made.run(0)
    made.act(ArriveTicket(ticket=number, by="ann"))
    assert {state for _, state in of_tickets(made, "lea")} == {WITHDRAWN}


def test_an_acknowledgement_withdraws_the_warning_of_the_same_target_and_of_no_other() -> None:
    made, number = overdue("ann", minutes=100)
    kinds = [kind for kind, _ in of_tickets(made, "ann")]
    assert kinds == ["ticket assigned", "ticket warned", "ticket breached", "ticket warned"]
    made.act(AcknowledgeTicket(ticket=number, by="lea"))
    states = [state for _, state in of_tickets(made, "ann")]
    assert states == [DELIVERED, WITHDRAWN, WITHDRAWN, SENDING]


def test_that_nobody_has_a_ticket_is_not_told_once_somebody_has_it() -> None:
    chain = {"levels": [{"tell": "lea", "after": "30m"}]}
    made = Correspondence(mailed(more=[LEA], chains=[chain]))
    made.away("ann")
    made.fails.add("lea")
    number = made.open(team="cleaning", priority="P3")
    assert of_tickets(made, "lea") == [("ticket unassigned", WAITING)]
    made.back("ann")
    assert made.tickets[number].assignee == "ann"
    assert of_tickets(made, "lea") == [("ticket unassigned", WITHDRAWN)]


def test_that_who_is_alone_has_not_accepted_is_not_told_once_that_person_has() -> None:
    chain = {"levels": [{"tell": "lea", "after": "30m"}]}
    spec = DispatchSpec.model_validate({"accept_within": "5m"})
    made = Correspondence(mailed(more=[LEA], chains=[chain], dispatch=spec))
    made.fails.add("lea")
    number = made.open(team="cleaning", priority="P3")
    made.run(6 * MINUTES)
    assert of_tickets(made, "lea") == [("ticket escalated", WAITING)]
    made.act(AcceptTicket(ticket=number, by="ann"))
    assert of_tickets(made, "lea") == [("ticket escalated", WITHDRAWN)]


@pytest.mark.parametrize("is_back", [True, False])
def test_that_who_has_a_ticket_is_away_is_not_told_once_that_is_over(*, is_back: bool) -> None:
    made, number = overdue(minutes=0)
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.fails.add("lea")
    made.away("ann")
    assert of_tickets(made, "lea") == [("ticket escalated", WAITING)]
    if is_back:
        made.back("ann")
    else:
        made.act(HandOverTicket(ticket=number, to="bob", by="Li Wei", note="The seal is left to do"))
    assert of_tickets(made, "lea") == [("ticket escalated", WITHDRAWN)]


def test_who_accepts_before_the_request_arrives_is_not_asked_any_more() -> None:
    made = Correspondence(mailed())
    made.fails.add("ann")
    number = made.open()
    made.act(AcceptTicket(ticket=number, by="ann"))
    assert of_tickets(made, "ann") == [("ticket assigned", WITHDRAWN)]


def test_what_waits_for_who_has_reported_it_stays_when_somebody_accepts_or_acknowledges() -> None:
    made = Correspondence(mailed(dispatch=None))
    made.run(9 * 60 * MINUTES)  # 1:00
    reporter = Reporter(name="Mrs Wu", contact=("email", "wu@example.org"))
    made.act(
        OpenTicket(
            subject=Subject.of_device("p1"),
            category="pump",
            priority=Priority.P3,
            team="engineering",
            title="It leaks",
            reporter=reporter,
            by="Li Wei",
        )
    )
    (number,) = made.tickets
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(8 * 60 * MINUTES)
    assert ("report received", DELIVERED) in made.states(None)


def test_nothing_of_a_ticket_is_told_once_it_is_merged_into_another_one() -> None:
    made, number = overdue("lea")
    into = made.open(priority="P3")
    made.act(MergeTicket(ticket=number, into=into, by="Li Wei"))
    assert of_tickets(made, "lea") == [("ticket breached", WITHDRAWN)]
