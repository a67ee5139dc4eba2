"""What people do with tickets while the gateway does not know the time, and what follows once it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.work.actions import (
    AcceptTicket,
    AcknowledgeTicket,
    ArriveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    HoldTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from gateway.core.work.clocks import ClockKind
from gateway.core.work.holds import HoldReason
from tests.unit.core.sites import NOON
from tests.unit.core.work.staffed import Works, staffed

M = MINUTE // SECOND
H = 60 * M
AHEAD = 3 * H


def works() -> Works:
    """Tickets wait for a person; the assignee is told of a breach, and after 15 min who is on duty."""
    return Works(staffed(dispatch=None))


def accepted(made: Works) -> int:
    """A fault that Ann has accepted at once: 2 h to be on site."""
    number = made.open(priority="P2")
    made.act(AcceptTicket(ticket=number, by="ann"))
    return number


def doubt(made: Works, seconds: int) -> None:
    """The gateway starts with a clock that is wrong by so much, and does not know."""
    made.now += seconds * SECOND
    made.restart(knows_time=False)


def breaches(made: Works, number: int) -> list[tuple[tuple[str, ...], float]]:
    """Who was told of breaches, and how many minutes after the beginning."""
    return [(people, at / 60) for _, people, at in made.told(number, "ticket breached")]


def test_work_that_waits_and_goes_on_while_the_clock_is_ahead_is_not_told_overdue_too_early() -> None:
    made = works()
    number = accepted(made)
    made.run(10 * M)
    doubt(made, AHEAD)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    made.run(M)
    made.act(ResumeTicket(ticket=number, by="ann"))
    made.run(M)
    made.set_clock(-AHEAD)
    made.run(0)
    assert breaches(made, number) == []
    assert [each.counted for each in made.tickets[number].clocks] == [0, 10 * MINUTE, 10 * MINUTE]
    made.run(109 * M)
    assert breaches(made, number) == [(("ann",), 121)], "a minute later than without the hold"


def test_the_time_in_which_the_gateway_was_away_counts_also_where_the_work_waits_since() -> None:
    made = works()
    number = accepted(made)
    made.run(10 * M)
    made.restart(knows_time=False)  # an hour has passed meanwhile
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    made.set_clock(H)
    assert [each.counted for each in made.tickets[number].clocks] == [0, 70 * MINUTE, 70 * MINUTE]


def test_what_was_met_too_late_while_the_clock_was_behind_is_recorded_and_bothers_nobody() -> None:
    made = works()
    number = made.open(priority="P2")
    made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
    made.run(5 * M)
    made.restart(knows_time=False)  # 20 minutes have passed meanwhile
    made.act(AcceptTicket(ticket=number, by="ann"))
    assert made.tickets[number].clocks[0].breached_at is None
    made.set_clock(20 * M)
    made.run(M)
    respond = made.tickets[number].clocks[0]
    assert (respond.met_at, respond.breached_at) == (NOON + 25 * MINUTE, NOON + 15 * MINUTE)
    told = [each for each in made.trail if each.data.get("step") == "clock breached"]
    assert [(each.time, each.data["clock"]) for each in told] == [(NOON + 15 * MINUTE, "respond")]
    assert breaches(made, number) == []
    assert made.climbs() == set()


def test_a_breach_of_what_waits_is_told_once_the_time_is_known_and_the_work_goes_on() -> None:
    made = works()
    number = accepted(made)
    made.run(5 * M)
    made.restart(knows_time=False)  # 3 hours have passed meanwhile
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    made.run(M)
    made.set_clock(3 * H)
    made.run(30 * M)
    assert made.steps(number)[-2:] == [("clock set", None), ("clock breached", None)]
    assert breaches(made, number) == []
    made.act(ResumeTicket(ticket=number, by="ann"))
    made.run(0)
    assert breaches(made, number) == [(("ann",), 216)]


def test_what_a_wrong_clock_has_found_overdue_is_not_once_the_time_is_known() -> None:
    made = works()
    number = accepted(made)
    made.run(10 * M)
    doubt(made, AHEAD)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    assert made.climbs() == {(number, ClockKind.ON_SITE)}
    made.set_clock(-AHEAD, knows_time=False)
    made.set_clock(M)
    made.run(0)
    assert made.climbs() == set()
    assert [each.breached_at for each in made.tickets[number].clocks] == [None, None, None]
    with pytest.raises(GatewayError, match="is not escalated"):
        made.act(AcknowledgeTicket(ticket=number, by="ann"))


def test_a_breach_that_a_first_correction_finds_and_the_next_does_not_is_not_told() -> None:
    made = works()
    number = accepted(made)
    made.run(10 * M)
    made.restart(knows_time=False)
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    made.set_clock(3 * H, knows_time=False)
    made.set_clock(-2 * H)
    made.run(M)
    assert "clock breached" not in [step for step, _ in made.steps(number)]
    assert [each.breached_at for each in made.tickets[number].clocks] == [None, None, None]


def test_a_breach_that_was_found_in_doubt_is_told_level_by_level_once_the_time_is_known() -> None:
    chain = {"levels": [{"tell": "assignee"}, {"tell": "bob", "after": "10m"}, {"tell": "cai", "after": "20m"}]}
    made = Works(staffed(dispatch=None, chains=[chain]))
    number = made.open(priority="P3")  # an hour to respond
    made.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
    made.run(59 * M)
    doubt(made, AHEAD)
    made.run(2 * M)
    made.act(ChangePriority(ticket=number, priority=Priority.P1, by="Li Wei", note="It floods"))
    made.run(M)
    assert made.told(number, "ticket breached") == []
    made.set_clock(-AHEAD)
    made.run(11 * M)
    kinds = ("ticket breached", "ticket escalated")
    told = [(people, at / 60) for kind, people, at in made.told(number) if kind in kinds]
    assert told[:2] == [(("ann",), 62), (("bob",), 72)]
    assert ("cai",) not in [people for people, _ in told]


DO: dict[str, Callable[[int], Action]] = {
    "accept": lambda number: AcceptTicket(ticket=number, by="ann"),
    "arrive": lambda number: ArriveTicket(ticket=number, by="ann"),
    "hold": lambda number: HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"),
    "hold for parts": lambda number: HoldTicket(ticket=number, reason=HoldReason.PARTS, by="ann"),
    "resume": lambda number: ResumeTicket(ticket=number, by="ann"),
    "urgent": lambda number: ChangePriority(ticket=number, priority=Priority.P1, by="ann", note="It floods"),
    "not urgent": lambda number: ChangePriority(ticket=number, priority=Priority.P4, by="ann", note="It drips"),
    "resolve": lambda number: ResolveTicket(ticket=number, by="ann", note="Done", despite="No reading"),
    "reopen": lambda number: ReopenTicket(ticket=number, by="ann", note="Not done"),
    "cancel": lambda number: CancelTicket(ticket=number, by="ann", note="Nothing there"),
}
STEPS = st.lists(st.tuples(st.sampled_from([*DO]), st.sampled_from([0, 1, 7, 40, 200])), max_size=6)


def act(made: Works, steps: list[tuple[str, int]]) -> None:
    for step, minutes in steps:
        try:
            made.act(DO[step](1))
        except GatewayError:
            continue
        finally:
            made.run(minutes * M)


def clocks_after(
    before: list[tuple[str, int]], after: list[tuple[str, int]], *, away: int, sets: Sequence[int] = ()
) -> list[object]:
    """The clocks and times of a ticket when the gateway was away, and its clock is set right at last."""
    made = works()
    made.open(priority="P2")
    act(made, before)
    made.now += away * M * SECOND
    made.restart(knows_time=not sets)
    act(made, after)
    for number, by in enumerate(sets, 1):
        made.set_clock(by * M, knows_time=number == len(sets))
    made.run(0)
    ticket = made.tickets[1]
    kept = [msgspec.structs.replace(each, warned_at=None) for each in ticket.clocks]  # people were warned, or not
    return [kept, ticket.state, ticket.on_site_at, ticket.resolved_at, ticket.ended_at]


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    before=STEPS,
    after=STEPS,
    away=st.sampled_from([0, 3, 50, 400]),
    shown=st.sampled_from([0, 3, 50, 130, 1500]),
    first=st.sampled_from([None, 10, -70]),
)
def test_clocks_are_at_last_as_if_the_time_had_been_known(
    before: list[tuple[str, int]], after: list[tuple[str, int]], away: int, shown: int, first: int | None
) -> None:
    """The gateway was away for some minutes, and its clock shows that it was others."""
    sets = [away - shown] if first is None else [first, away - shown - first]
    assert clocks_after(before, after, away=shown, sets=sets) == clocks_after(before, after, away=away)
