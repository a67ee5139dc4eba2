"""The siren sounds while an alarm needs it, and no longer."""

from __future__ import annotations

from gateway.core.notices.notice import Notice
from gateway.core.notices.ways import Channel
from tests.unit.core.notices.office import TECH, Office, configuration

OFF = "None siren: Siren off"
ROUTE = {"tell": [{"person": "tech-1"}], "channels": ["siren", "sms"]}


def _is_siren(notice: Notice) -> bool:
    return notice.way.channel is Channel.SIREN


def _sounds(office: Office) -> list[str]:
    return [each for each in office.sent() if "siren" in each]


def _with_one_behind_a_failed_attempt() -> Office:
    """The siren may sound for the first alarm, and is to sound for the second."""
    office = Office(configuration(people=[TECH], routes=[ROUTE]))
    office.breach("critical", "p1")
    office.fail_all(where=_is_siren)
    office.breach("critical", "p2")
    office.fail_all(where=_is_siren)
    return office


def test_it_is_not_switched_off_while_it_is_still_to_be_told_of_another_alarm() -> None:
    office = _with_one_behind_a_failed_attempt()
    office.acknowledge(1)
    office.sent()
    office.wait_delivering(60)
    assert OFF not in _sounds(office)
    office.acknowledge(2)
    assert _sounds(office) == [OFF]


def test_it_is_switched_off_with_the_last_alarm_also_where_it_was_never_told_of_that_one() -> None:
    office = _with_one_behind_a_failed_attempt()
    office.acknowledge(1)
    office.acknowledge(2)
    office.sent()
    office.wait_delivering(60)
    assert _sounds(office) == [OFF]
