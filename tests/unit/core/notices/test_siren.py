"""The siren sounds while an alarm needs it, and no longer."""

from __future__ import annotations

import pytest

from gateway.core.kernel.errors import InvalidAction
from gateway.core.kernel.times import HOUR, SECOND
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.requests import EndSirenTest, SendTest
from gateway.core.notices.ways import SIREN, Channel
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


def test_what_the_broker_did_not_take_is_sent_as_soon_as_it_is_back() -> None:
    """It would come minutes later: the pauses between attempts grow."""
    panel = {"id": "panel", "contact": [{"mqtt": "panel/alarms"}]}
    office = Office(configuration(people=[TECH, panel], routes=[ROUTE, {"tell": [{"person": "panel"}]}]))
    office.breach("critical")
    office.commit(office.engine.set_blind(office.now))
    office.wait_failing(1200)
    assert not office.flying
    office.sent()
    office.commit(office.engine.set_hearing(office.now))
    assert sorted(each.split(":")[0] for each in office.sent()) == ["None siren", "panel mqtt"]


def test_a_siren_is_silent_as_soon_as_the_broker_is_back() -> None:
    office = Office(configuration(people=[TECH], routes=[ROUTE]))
    office.breach("critical")
    office.deliver_all()
    office.commit(office.engine.set_blind(office.now))
    office.acknowledge(1)
    office.wait_failing(1200)
    office.sent()
    office.commit(office.engine.set_hearing(office.now))
    assert _sounds(office) == [OFF]


def test_it_is_not_hurried_over_a_warning_that_waits_for_the_end_of_quiet_hours() -> None:
    quiet = {"hours": "21:00-08:00", "machines": True}
    panel = {"id": "panel", "contact": [{"mqtt": "panel/alarms"}]}
    route = {"tell": [{"person": "panel"}]}
    office = Office(configuration(people=[panel], routes=[route], quiet_hours=quiet), start_s=4.9 * 3600)  # 20:54
    office.breach("warning")
    office.commit(office.engine.set_blind(office.now))
    office.wait_failing(1200)
    office.sent()
    office.commit(office.engine.set_hearing(office.now))
    office.wait_delivering(60)
    assert not [each for each in office.sent() if "Many starts" in each]
    office.wait_delivering(12 * 3600)
    assert [each for each in office.sent() if "Many starts" in each] == ["panel mqtt: [warning] Many starts: p1"]


# Tests of the siren --------------------------------------------------------------------------------------------------

TEST = "None siren: [test] Test message of Site"
SOUND = SendTest(key="test/1", way=SIREN, by="Li Wei")


def test_a_siren_that_is_tested_is_switched_off_after_some_seconds() -> None:
    office = Office()
    office.act(SOUND)
    assert _sounds(office) == [TEST]
    office.wait_delivering(4.9)
    assert _sounds(office) == []
    office.wait_delivering(0.1)
    assert _sounds(office) == [OFF]
    office.wait_delivering(86_400)
    assert _sounds(office) == []


def test_it_sounds_for_as_long_as_somebody_asks_or_until_that_is_enough() -> None:
    office = Office()
    office.act(SendTest(key="test/1", way=SIREN, sound_for=30 * SECOND, by="Li Wei"))
    office.wait_delivering(29)
    assert _sounds(office) == [TEST]
    office.act(EndSirenTest(key="test/1", by="Li Wei"))
    assert _sounds(office) == [OFF]
    office.act(EndSirenTest(key="test/1", by="Li Wei"))
    office.wait_delivering(60)
    assert _sounds(office) == []


def test_what_ends_one_test_does_not_end_another() -> None:
    office = Office()
    office.act(SOUND)
    office.wait_delivering(3)
    office.act(SendTest(key="test/2", way=SIREN, by="Ann"))
    office.act(EndSirenTest(key="test/1", by="Li Wei"))
    office.wait_delivering(4.9)
    assert _sounds(office) == [TEST, TEST]
    office.wait_delivering(0.1)
    assert _sounds(office) == [OFF]


def test_a_test_does_not_switch_off_the_siren_of_an_alarm() -> None:
    for is_first in (True, False):
        office = Office(configuration(people=[TECH], routes=[ROUTE]))
        if is_first:
            office.breach("critical")
        office.act(SOUND)
        office.deliver_all()
        if not is_first:
            office.breach("critical")
        office.wait_delivering(60)
        assert OFF not in _sounds(office)
        office.acknowledge(1)
        assert _sounds(office) == [OFF]


def test_an_alarm_whose_siren_was_not_told_yet_keeps_it_and_switches_it_off() -> None:
    office = _with_one_behind_a_failed_attempt()
    office.act(SOUND)
    office.fail_all(where=_is_siren)
    office.sent()
    office.act(EndSirenTest(key="test/1", by="Li Wei"))
    assert _sounds(office) == []
    office.acknowledge(1)
    assert _sounds(office) == ["None siren: [critical] Low pressure: p2"]
    office.acknowledge(2)
    office.wait_delivering(60)
    assert _sounds(office) == [OFF]


def test_what_was_to_sound_it_for_a_test_does_not_do_so_later() -> None:
    office = Office()
    office.act(SOUND)
    office.fail_all()
    office.sent()
    office.wait_failing(4)
    assert _sounds(office) == []
    office.wait_failing(40)  # at first it is switched off, in case it sounds, and this is tried again
    assert {*_sounds(office)} == {OFF}
    office.wait_delivering(3600)
    assert _sounds(office) == [OFF]


def test_an_attempt_that_is_under_way_when_the_time_is_over_is_followed_by_the_end() -> None:
    office = Office()
    office.act(SOUND)
    office.wait(6)
    assert _sounds(office) == [TEST]
    office.deliver_all()
    assert _sounds(office) == [OFF]
    office.deliver_all()
    assert {each.state for each in office.notices.values()} == {NoticeState.DELIVERED}


def test_a_siren_that_cannot_be_switched_off_is_told_to_people() -> None:
    office = Office()
    office.act(SOUND)
    office.deliver_all()
    for _ in range(66):
        office.wait(1)
        office.fail_all(where=_is_siren)
    alarm = office.standing("notices-fail")
    assert alarm is not None
    assert alarm.detail == "the siren is not told of gateway:self (siren:site): no route to host"


def test_a_start_ends_the_test_of_an_earlier_run() -> None:
    for hours in (0, 30):  # also where the clock was set back meanwhile
        office = Office()
        office.act(SOUND)
        if not hours:
            office.deliver_all()
        office.sent()
        office.restart(after_s=-3600 * hours)
        office.wait_delivering(5)
        assert _sounds(office) == [OFF]
        office.restart(after_s=60)
        office.wait_delivering(60)
        assert _sounds(office) == []


def test_a_clock_that_is_set_does_not_make_it_sound_for_longer() -> None:
    office = Office()
    office.act(SOUND)
    office.deliver_all()
    office.now -= HOUR
    office.commit(office.engine.clock_set(-HOUR, knows_time=True))
    office.sent()
    office.wait_delivering(5)
    assert _sounds(office) == [OFF]


def test_without_a_siren_there_is_nothing_to_test() -> None:
    office = Office(channels=frozenset({Channel.EMAIL}))
    with pytest.raises(InvalidAction, match="there is no siren: name its topic in the file of channels"):
        office.act(SOUND)


def test_a_warning_does_not_sound_the_siren_in_quiet_hours() -> None:
    office = Office(configuration(people=[TECH], routes=[ROUTE]), start_s=6 * 3600)  # 22:00
    office.breach("warning")
    assert _sounds(office) == []
    office.wait_delivering(10 * 3600)
    assert _sounds(office) == ["None siren: [warning] Many starts: p1"]
