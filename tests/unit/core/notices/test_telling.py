"""People are told of alarms."""

from __future__ import annotations

from tests.unit.core.notices.office import CHIEF, TECH, Office, configuration


def test_a_critical_alarm_is_told_to_the_team_of_its_ticket_by_the_first_way_at_once() -> None:
    office = Office(configuration(people=[TECH, CHIEF]))
    office.breach("critical")
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p1"]


def test_a_warning_waits_for_the_end_of_the_quiet_hours_and_a_critical_alarm_does_not() -> None:
    office = Office(start_s=6 * 3600)  # 22:00
    office.breach("warning", "p1")
    office.wait_delivering(9 * 3600)
    assert office.sent() == []
    office.breach("critical", "p2")
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p2"]
    office.deliver_all()
    office.acknowledge(office.number())
    office.wait_delivering(3601)  # to 08:00
    assert office.sent() == ["tech-1 email: [warning] Many starts: p1"]


def test_a_failed_message_is_tried_again_and_goes_to_the_next_way_after_a_minute() -> None:
    office = Office()
    office.breach("critical")
    for _ in range(4):
        office.fail_all()
        office.wait(20)
    assert [line.split(":")[0] for line in office.sent()] == [*["tech-1 email"] * 3, *["tech-1 sms"] * 2]


def test_nobody_is_told_after_an_acknowledgement() -> None:
    office = Office()
    office.breach("critical")
    office.fail_all()
    office.acknowledge(office.number())
    office.sent()
    office.wait_delivering(86_400)
    assert office.sent() == []


def test_the_end_of_an_alarm_is_told_to_those_who_know_of_it_once() -> None:
    office = Office()
    office.breach("critical")
    office.deliver_all()
    office.acknowledge(office.number())
    office.sent()
    office.recover()
    office.wait_delivering(86_400)
    assert office.sent() == ["tech-1 email: [over] Low pressure: p1"]
