"""Messages about overdue tickets, as they reach people: over quiet hours, and by ways that fail."""

from __future__ import annotations

from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.work.actions import AcceptTicket, AcknowledgeTicket, AssignTicket, ChangePriority
from tests.unit.core.work.correspondence import Correspondence, mailed

M = MINUTE // SECOND
H = 60 * M


class Overdue(Correspondence):
    """Tickets are given by people, and told by one chain."""

    def __init__(self, *levels: dict[str, str], repeat: str = "30m") -> None:
        super().__init__(mailed(dispatch=None, chains=[{"levels": levels, "repeat": repeat}]))

    def given(self, priority: str) -> int:
        """Ann is asked to look at a fault."""
        number = self.open(priority=priority)
        self.act(AssignTicket(ticket=number, to="ann", by="Li Wei"))
        self.run(0)
        return number


def test_after_quiet_hours_each_person_reads_the_latest_of_an_overdue_ticket_alone() -> None:
    made = Overdue({"tell": "assignee"}, {"tell": "bob", "after": "15m"})
    made.run(8 * H)  # 24:00
    made.given("P4")  # a day to respond
    made.run(24 * H)
    made.arrived.clear()
    made.run(8 * H)
    morning = 40 * 60  # 8:00
    assert made.arrived == [(morning, "ann", "ticket breached"), (morning, "bob", "ticket escalated")]


def test_a_warning_that_waits_for_the_morning_is_not_read_beside_the_breach() -> None:
    made = Overdue({"tell": "assignee"}, repeat="8h")
    made.run(11 * H)  # 3:00
    made.given("P4")  # people are to be warned at 22:12
    made.run(20 * H)
    made.arrived.clear()
    made.run(9 * H)
    assert made.arrived == [(40 * 60, "ann", "ticket breached")]


def test_who_is_told_again_and_again_and_cannot_be_reached_for_an_hour_is_not_the_only_one_who_is() -> None:
    made = Overdue({"tell": "assignee"}, repeat="15m")
    made.fails.add("ann")
    made.given("P2")  # 15 min to respond
    made.run(59 * M)
    assert [each for each in made.arrived if each[2] == "ticket escalated"] == []
    made.run(2 * M)  # what has asked her is given up
    assert {person for _, person, kind in made.arrived if kind == "ticket escalated"} == {"bob", "cai"}
    made.run(15 * M)  # and so is what has told her of the breach
    assert {person for _, person, kind in made.arrived if kind == "ticket escalated"} == {"bob", "cai", "dan"}


def test_a_warning_that_could_not_be_sent_is_not_sent_beside_the_breach() -> None:
    made = Overdue({"tell": "assignee"})
    number = made.given("P2")
    made.fails.add("ann")
    made.run(16 * M)
    made.fails.clear()
    made.run(10 * M)
    assert [kind for _, person, kind in made.arrived if person == "ann"] == ["ticket assigned", "ticket breached"]
    assert made.tickets[number].clocks[0].warned_at is not None


def in_the_night() -> tuple[Overdue, int]:
    """At 7:00: since 3:00 the response is overdue of what can wait, which people are to read at 8:00."""
    made = Overdue({"tell": "assignee"}, {"tell": "bob", "after": "15m"}, repeat="8h")
    made.run(11 * H)
    number = made.given("P4")
    made.run(28 * H)
    made.arrived.clear()
    return made, number


def test_nobody_reads_in_the_morning_what_somebody_has_acknowledged_in_the_night() -> None:
    made, number = in_the_night()
    made.act(AcknowledgeTicket(ticket=number, by="cai"))
    made.run(8 * H)
    assert made.arrived == []


def test_nobody_reads_in_the_morning_that_a_response_is_overdue_that_was_given_in_the_night() -> None:
    made, number = in_the_night()
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.run(8 * H)
    assert made.arrived == []


def test_a_warning_that_waits_for_the_morning_is_not_read_once_the_target_is_met() -> None:
    made = Overdue({"tell": "assignee"})
    made.run(11 * H)
    number = made.given("P4")
    made.run(20 * H)  # 23:00; the warning was due at 22:12
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.arrived.clear()
    made.run(12 * H)
    assert made.arrived == []


def test_what_is_overdue_by_the_old_priority_alone_is_not_read_in_the_morning() -> None:
    made, number = in_the_night()
    made.act(ChangePriority(ticket=number, priority=Priority.P1, by="cai", note="It floods"))
    made.run(0)
    assert [kind for _, _, kind in made.arrived] == ["ticket breached"], "P1: to be on site"
    made.act(AcknowledgeTicket(ticket=number, by="cai"))
    made.act(ChangePriority(ticket=number, priority=Priority.P4, by="cai", note="It was steam"))
    made.arrived.clear()
    made.run(8 * H)
    assert made.arrived == []
