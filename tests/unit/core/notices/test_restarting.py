"""A start tells what an earlier run has left: to those whom the files of today name, once, and nobody for nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.core.kernel.blindness import BecameBlind
from gateway.core.kernel.times import HOUR
from gateway.core.notices.notice import NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import NoticeFailed, Urgency
from gateway.core.notices.rows import NoticeRows
from gateway.core.notices.ways import ALL_CHANNELS, Channel
from tests.unit.core.notices.desk import Desk
from tests.unit.core.notices.office import CHIEF, MAIL, PHONE, TECH, Office, configuration
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import NOON

LOW = "[critical] Low pressure: p1"
STARTS = "[warning] Many starts: p1"
NIGHTS = {"nights": {"hours": "20:00-08:00"}}
NEW = {**TECH, "id": "tech-2"}
ONE_WAY = {**TECH, "contact": [MAIL]}


@pytest.mark.parametrize("knows_time", [True, False])
def test_a_restart_tells_no_route_of_other_hours_than_those_of_the_raise(*, knows_time: bool) -> None:
    routes: list[dict[str, Any]] = [
        {"severity": "critical", "tell": [{"person": "tech-1"}]},
        {"severity": "critical", "during": "nights", "tell": [{"person": "chief-1"}]},
    ]
    office = Office(configuration(people=[TECH, CHIEF], routes=routes, calendars=NIGHTS))
    office.breach("critical")
    office.deliver_all()
    office.sent()
    office.restart(knows_time=knows_time, after_s=60)
    office.wait_delivering(60)
    assert office.sent() == []


def test_a_restart_tells_no_route_by_day_of_what_was_told_by_night() -> None:
    calendars = {**NIGHTS, "days": {"hours": "08:00-20:00"}}
    routes: list[dict[str, Any]] = [
        {"severity": "critical", "during": "days", "tell": [{"person": "tech-1"}]},
        {"severity": "critical", "during": "nights", "tell": [{"person": "chief-1"}]},
    ]
    office = Office(configuration(people=[TECH, CHIEF], routes=routes, calendars=calendars), start_s=6 * 3600)
    office.breach("critical")
    office.deliver_all()
    (watch,) = office.watches.values()
    office.alarms[1] = msgspec.structs.replace(office.alarms[1], raised_at=office.now - 8 * 3600 * 10**6)  # a reminder
    assert watch.at is not None
    office.sent()
    office.restart(after_s=1)
    office.wait_delivering(60)
    assert office.sent() == []


def test_steps_that_were_due_during_an_outage_of_days_are_told_once() -> None:
    escalating = {"tell": [{"team": "engineering"}], "repeat": "10m"}
    office = Office(configuration(routes=[escalating]))
    office.breach("critical")
    office.deliver_all()
    office.sent()
    office.restart(after_s=3 * 86_400)
    office.wait_delivering(599)
    assert office.sent() == ["tech-1 email: [critical] not acknowledged: Low pressure: p1"]


def test_what_nobody_need_be_told_any_more_is_not_sent_again_after_a_restart() -> None:
    office = Office()
    office.breach("critical")
    office.acknowledge(office.number())
    office.sent()
    office.restart()
    office.wait_delivering(600)
    assert office.sent() == []
    assert [(each.state, each.attempts) for each in office.notices.values()] == [(NoticeState.WITHDRAWN, 1)]


def test_an_alarm_that_waits_for_others_is_told_after_a_restart_though_people_knew_of_its_last_raise() -> None:
    office = Office()
    office.breach("warning")
    office.recover()
    for each in office.under_way:
        office.fail(each)
    office.breach("warning")
    office.restart()
    office.wait_delivering(31)
    told = [(each.title, each.state) for each in office.notices.values() if each.state is NoticeState.DELIVERED]
    assert told == [("[warning] Many starts: p1", NoticeState.DELIVERED)]


def test_what_is_sent_again_leaves_out_the_alarms_that_were_acknowledged_meanwhile() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("critical", "p1")
    office.fail_all()
    for kind, device in (("critical", "p2"), ("fire", "p1")):
        office.breach(kind, device)  # the first one is over; these two are one message
    office.fail_all()
    office.wait(10)
    (notice,) = office.flying.values()
    assert len(notice.alarms) == 2
    office.acknowledge(office.number("danger"))
    office.sent()
    office.restart()
    office.wait_delivering(1)
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p2"]


def test_a_message_that_can_wait_is_not_sent_in_quiet_hours_that_began_while_the_gateway_was_away() -> None:
    for fails in (True, False):
        office = Office(configuration(people=[ONE_WAY]), start_s=4.98 * 3600)  # 20:58:48
        office.breach("warning")
        if fails:
            office.fail_all()
        office.sent()
        office.restart(after_s=3 * 3600)
        office.wait_delivering(7 * 3600)
        assert office.sent() == []
        office.wait_delivering(2 * 3600)
        assert office.sent() == [f"tech-1 email: {STARTS}"]


def test_where_all_who_were_to_be_told_have_left_the_others_of_the_team_are_told() -> None:
    office = Office(start_s=6 * 3600)  # in quiet hours
    office.breach("warning")
    office.restart(configuration(people=[NEW]), after_s=60)
    office.wait_delivering(86_400)
    assert office.sent() == [f"tech-2 email: {STARTS}"]


def test_of_whom_nobody_could_be_told_people_are_told_once_the_files_name_some() -> None:
    routes = [{"severity": "warning", "tell": [{"person": "tech-1"}]}]
    office = Office(configuration(people=[{**TECH, "contact": []}], routes=routes))
    office.breach("warning")
    assert office.standing("notices-fail") is not None
    office.restart(configuration(routes=routes), after_s=60)
    office.wait_delivering(1)
    assert office.sent() == [f"tech-1 email: {STARTS}"]
    assert office.troubles == {}


def test_the_alarm_that_nobody_can_be_told_ends_where_the_row_of_that_alarm_is_lost() -> None:
    office = Office(configuration(people=[{"id": "mute"}], routes=[{"tell": [{"person": "mute"}]}]))
    office.breach("critical")
    office.watches.clear()
    office.alarms[1] = msgspec.structs.replace(office.alarms[1], rule="gone")
    office.restart()
    assert [name for _, name in office.troubles] == ["alarm:3"]  # the pump's pressure is low all the same


def test_the_end_is_told_to_the_new_contact_of_who_knows_and_not_to_who_has_left() -> None:
    office = Office(configuration(people=[ONE_WAY, {**CHIEF, "teams": ["engineering"]}]))
    office.breach("critical")
    office.deliver_all()
    office.acknowledge(office.number())
    office.sent()
    office.restart(configuration(people=[{**TECH, "contact": [{"email": "new@example.org"}]}]))
    office.recover()
    office.wait_delivering(600)
    assert [each.way.address for each in office.handed] == ["new@example.org"]


def test_the_end_that_waits_in_quiet_hours_goes_to_the_new_contact_and_rings_nowhere() -> None:
    office = Office(configuration(people=[ONE_WAY]), start_s=4.9 * 3600)
    office.breach("warning")
    office.wait_delivering(600)
    office.recover()
    office.sent()
    office.restart(configuration(people=[{**TECH, "contact": [PHONE]}]))
    office.wait_delivering(86_400)
    assert office.sent() == ["tech-1 sms: [over] Many starts: p1"]


def test_a_new_setting_of_a_route_tells_nobody_again_also_of_what_was_told_with_others() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("critical", "p1")
    office.breach("critical", "p2")
    office.breach("fire", "p1")
    office.deliver_all()
    office.sent()
    routes = [{"life_safety": each, "severity": "critical", "repeat": "20m"} for each in (True, False)]
    office.restart(configuration(people=[ONE_WAY], routes=routes))
    office.wait_delivering(60)
    assert office.sent() == ["tech-1 email: [over] Low pressure: p1"]


def test_a_contact_that_was_removed_is_not_the_next_way_either() -> None:
    office = Office()
    office.breach("warning")
    office.fail_all()
    office.restart(configuration(people=[ONE_WAY]))
    office.wait_failing(2 * 3600)
    assert {each.split(":")[0] for each in office.sent()} == {"tech-1 email"}


def test_who_gets_a_new_contact_is_not_called_for_what_can_wait() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("warning")
    office.fail_all()
    office.restart(configuration(people=[{**TECH, "contact": [PHONE]}]))
    office.wait_failing(3 * 3600)
    told = {each.split(":")[0] for each in office.sent() if "Many starts" in each}
    assert told == {"tech-1 email", "tech-1 sms"}


def test_the_parts_above_learn_that_somebody_who_has_left_was_not_told() -> None:
    left, seam = Desk(), LoneSeam("notices")
    left.tell(urgency=Urgency.QUIET, time=NOON + 8 * HOUR)
    files = configuration(people=[NEW])
    assert files.notices is not None
    part = Notices(files.site, files.notices, seam, ALL_CHANNELS)
    part.restore(NoticeRows(notices=tuple(left.notices())), NOON + 9 * HOUR)
    part.on(BecameBlind(since=NOON, noticed=NOON + 9 * HOUR))
    failed = [each for each in seam.taken() if isinstance(each, NoticeFailed)]
    assert [(each.key, each.person) for each in failed] == [("ticket:12/assigned", "tech-1")]


def test_a_siren_that_the_site_has_no_more_is_no_trouble() -> None:
    routes = [{"tell": [{"person": "tech-1"}], "channels": ["siren", "email"]}]
    office = Office(configuration(people=[ONE_WAY], routes=routes))
    office.breach("critical")
    for _ in range(20):
        office.fail_all(where=lambda notice: notice.way.channel is Channel.SIREN)
        office.wait(10)
    assert office.standing("notices-fail") is not None
    office.channels = ALL_CHANNELS - {Channel.SIREN}
    office.restart()
    office.wait_delivering(60)
    assert office.troubles == {}
    assert not [each for each in office.notices.values() if each.is_open and each.way.channel is Channel.SIREN]
