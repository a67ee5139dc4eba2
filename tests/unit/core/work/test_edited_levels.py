"""Tickets that go on after the site's service levels or calendars were edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.core.configuration import Configuration
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.work.actions import AcceptTicket, ChangePriority, HoldTicket
from gateway.core.work.clocks import ClockKind
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import ServiceLevelSpec
from gateway.core.work.levels import SHIPPED_LEVELS, ServiceLevels
from tests.unit.core.sites import NOON
from tests.unit.core.work.staffed import ZONE, Works, staffed

M = MINUTE // SECOND
H = 60 * M
OFFICE: Mapping[str, Any] = {"hours": "08:00-18:00"}
NIGHTS: Mapping[str, Any] = {"hours": "20:00-08:00"}


def files(*levels: Mapping[str, Any], **calendars: Mapping[str, Any]) -> Configuration:
    """A site with these levels and calendars. The tests begin at 16:00."""
    compiled = {
        each: compile_calendar(CalendarSpec.model_validate(spec), ZONE, holidays={}, calendars={})
        for each, spec in calendars.items()
    }
    own = [ServiceLevelSpec.model_validate(each) for each in levels]
    plain = staffed(dispatch=None)
    return replace(
        plain,
        site=replace(plain.site, calendars=compiled),
        service_levels=ServiceLevels(levels=(*own, *SHIPPED_LEVELS), calendars=compiled),
    )


def test_where_a_calendar_has_another_name_its_hours_count_on() -> None:
    made = Works(files({"calendar": "office", "respond": "4h"}, office=OFFICE))
    number = made.open(priority="P3")
    due = NOON + 18 * HOUR  # 10:00 of the next day
    assert made.tickets[number].next_due == due
    made.run(3 * H)
    made.restart(files({"calendar": "work", "respond": "4h"}, work=OFFICE))
    made.run(14 * H)
    assert made.told(number, "ticket breached") == []
    assert made.tickets[number].next_due == due
    made.run(H)
    assert [at for _, _, at in made.told(number, "ticket breached")] == [18 * H]


def test_where_no_level_names_hours_any_more_every_hour_counts() -> None:
    made = Works(files({"calendar": "office", "respond": "4h"}, office=OFFICE))
    number = made.open(priority="P3")
    made.run(3 * H)
    made.restart(files())
    assert made.tickets[number].next_due == NOON + 4 * HOUR


def test_an_edited_calendar_moves_what_is_shown_as_due_with_the_start() -> None:
    made = Works(files({"calendar": "office", "respond": "4h"}, office=OFFICE))
    number = made.open(priority="P3")
    made.restart(files({"calendar": "office", "respond": "4h"}, office={**OFFICE, "except": "2027-01-16"}))
    assert made.tickets[number].next_due == NOON + 42 * HOUR


def test_a_target_that_is_gone_from_the_files_is_due_no_more_and_nobody_is_told_of_it() -> None:
    made = Works(files({"respond": "20m", "on_site": "2h"}))
    number = made.open(priority="P3")
    made.run(21 * M)
    assert made.climbs() == {(number, ClockKind.RESPOND)}
    made.restart(files({"respond": "none", "on_site": "2h"}))
    made.run(H)
    assert made.climbs() == set()
    assert [clock.kind for clock in made.tickets[number].clocks] == [ClockKind.ON_SITE, ClockKind.RESOLVE]
    assert made.steps(number).count(("retarget", None)) == 1
    before = len(made.told(number))
    made.restart()
    assert len(made.told(number)) == before
    assert made.steps(number).count(("retarget", None)) == 1


def test_a_hold_goes_on_without_a_target_that_is_gone_and_what_was_met_stays() -> None:
    made = Works(files())
    number = made.open(priority="P3")
    made.act(AcceptTicket(ticket=number, by="ann"))
    made.act(HoldTicket(ticket=number, reason=HoldReason.ACCESS, by="ann"))
    made.restart(files({"respond": "none", "on_site": "none"}))
    clocks = made.tickets[number].clocks
    assert [(clock.kind, clock.runs) for clock in clocks] == [(ClockKind.RESPOND, False), (ClockKind.RESOLVE, False)]


def test_other_targets_in_the_files_are_those_of_later_tickets() -> None:
    made = Works(files({"respond": "4h"}))
    number = made.open(priority="P3")
    before = made.tickets[number]
    made.restart(files({"respond": "5m"}))
    assert made.tickets[number] == before


def test_a_target_that_holds_by_day_alone_stays_after_a_start_in_the_night() -> None:
    levels = files({"during": "nights", "respond": "none"}, nights=NIGHTS)
    made = Works(levels)
    number = made.open(priority="P4")
    made.run(6 * H)
    made.restart()
    assert [clock.kind for clock in made.tickets[number].clocks] == [*ClockKind]
    made.act(ChangePriority(ticket=number, priority=Priority.P3, by="Li Wei", note="It drips"))
    assert ClockKind.RESPOND not in [clock.kind for clock in made.tickets[number].clocks]
