"""Once a week each way to each person is tried."""

from __future__ import annotations

import pytest

from gateway.core.kernel.times import HOUR
from tests.unit.core.notices.office import CHIEF, MAIL, TECH, Office, configuration

PROOF = {"day": "mon", "at": "10:00"}
UNTIL_MONDAY = (2 * 24 + 18) * 3600
"""From Friday 16:00 to Monday 10:00."""


def test_each_contact_gets_a_test_message_on_monday_at_ten() -> None:
    office = Office(configuration(people=[TECH, CHIEF], proof=PROOF))
    office.wait_delivering(UNTIL_MONDAY - 1)
    assert office.sent() == []
    office.wait_delivering(1)
    assert office.sent() == [
        f"{who}: [test] Weekly test of Site" for who in ("tech-1 email", "tech-1 sms", "chief-1 sms")
    ]
    office.wait_delivering(7 * 86_400)
    assert len(office.sent()) == 3


def test_a_restart_neither_repeats_nor_forgets_it() -> None:
    office = Office(configuration(proof=PROOF))
    office.wait_delivering(UNTIL_MONDAY)
    office.restart(after_s=60)
    office.wait_delivering(3600)
    assert len(office.sent()) == 2
    office.restart(after_s=8 * 86_400)  # it was off on the next Monday
    office.wait_delivering(5)
    assert len(office.sent()) == 2


def test_one_that_does_not_arrive_is_an_alarm_until_something_arrives_by_that_way() -> None:
    office = Office(configuration(proof=PROOF, people=[{**TECH, "contact": [MAIL]}]))
    office.wait_failing(UNTIL_MONDAY + 3600)
    alarm = office.standing("contact-unreachable")
    assert alarm is not None
    assert alarm.detail == "tech-1 by email:tech-1@example.org: no route to host"
    assert office.standing("notices-fail") is None
    office.restart()
    assert office.standing("contact-unreachable") is not None
    office.wait_delivering(600)
    assert office.alarms[alarm.number].returned_at is not None


def test_one_way_that_fails_is_an_alarm_also_where_the_other_way_of_the_person_works() -> None:
    office = Office(configuration(proof=PROOF))
    office.wait(UNTIL_MONDAY)
    for _ in range(62):
        office.fail_all(where=lambda notice: notice.way.channel == "sms")
        for notice in [*office.flying.values()]:
            office.deliver(notice)
        office.wait(60)
    alarm = office.standing("contact-unreachable")
    assert alarm is not None
    assert alarm.detail == "tech-1 by sms:+86 21 5555 0100: no route to host"


def test_the_alarm_ends_when_the_files_name_that_contact_no_more() -> None:
    office = Office(configuration(proof=PROOF, people=[{**TECH, "contact": [MAIL]}]))
    office.wait_failing(UNTIL_MONDAY + 3600)
    office.restart(configuration(proof=PROOF, people=[CHIEF]))
    alarm = next(each for each in office.alarms.values() if each.rule == "contact-unreachable")
    assert alarm.returned_at is not None


@pytest.mark.parametrize("hours", [-30 * 24, 30 * 24])
def test_a_clock_that_was_wrong_at_the_first_start_sends_none_at_once(hours: int) -> None:
    office = Office(configuration(proof=PROOF), knows_time=False)
    office.now += hours * HOUR
    office.commit(office.engine.clock_set(hours * HOUR, knows_time=True))
    office.wait_delivering(60)
    assert office.sent() == []
    office.wait_delivering(7 * 86_400)
    assert len(office.sent()) == 2
