"""People are told of alarms, by the routes of the site or by default."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.duty.actions import GoAbsent
from gateway.core.kernel.times import HOUR, MINUTE
from gateway.core.notices.notice import NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.ways import Channel
from tests.unit.core.notices.office import CHIEF, MAIL, PHONE, TECH, Office, configuration

LOW = "[critical] Low pressure: p1"
HOOK: dict[str, Any] = {"id": "cmms", "contact": [{"webhook": "https://example.org/hook"}]}


def test_a_critical_alarm_is_told_to_the_team_of_its_ticket_by_the_first_way_at_once() -> None:
    office = Office(configuration(people=[TECH, CHIEF]))
    office.breach("critical")
    assert office.sent() == [f"tech-1 email: {LOW}"]


def test_an_alarm_whose_team_has_nobody_is_told_to_everybody_who_can_be_reached() -> None:
    office = Office(configuration(people=[CHIEF, HOOK, {"id": "mute"}]))
    office.breach("critical")
    assert office.sent() == [f"chief-1 sms: {LOW}", f"cmms webhook: {LOW}"]


def test_those_on_duty_are_told_and_all_members_while_the_time_is_not_trusted() -> None:
    bob = {**CHIEF, "id": "bob", "teams": ["engineering"]}
    day, night = {"people": ["tech-1"], "hours": "08:00-20:00"}, {"people": ["bob"], "hours": "20:00-08:00"}
    roster = {"team": "engineering", "shifts": [day, night]}
    files = configuration(people=[TECH, bob], rosters=[roster])
    office, doubting = Office(files), Office(files, knows_time=False)
    for each in (office, doubting):
        each.breach("critical")
    assert office.sent() == [f"tech-1 email: {LOW}"]
    assert doubting.sent() == [f"tech-1 email: {LOW}", f"bob sms: {LOW}"]


def test_where_nobody_is_on_duty_the_whole_team_is_told() -> None:
    roster = {"team": "engineering", "shifts": [{"people": ["tech-1"], "hours": "20:00-23:00"}]}
    office = Office(configuration(people=[TECH, CHIEF], rosters=[roster]))
    office.breach("critical")
    assert office.sent() == [f"tech-1 email: {LOW}"]


def test_who_is_away_is_told_nothing_and_the_substitute_is_also_where_a_route_names_the_person() -> None:
    bob = {**CHIEF, "id": "bob", "teams": ["engineering"]}
    eve = {"id": "eve", "contact": [{"email": "eve@example.org"}]}
    away = GoAbsent(person="tech-1", substitute="eve", by="Li Wei")
    of_team, named = (
        Office(configuration(people=[TECH, bob, eve], routes=routes))
        for routes in ([], [{"severity": "critical", "tell": [{"person": "tech-1"}]}])
    )
    for each in (of_team, named):
        each.act(away)
        each.breach("critical")
    assert of_team.sent() == [f"eve email: {LOW}", f"bob sms: {LOW}"]
    assert named.sent() == [f"eve email: {LOW}"]


def test_where_everybody_is_away_they_are_told_all_the_same() -> None:
    office = Office()
    office.act(GoAbsent(person="tech-1", by="Li Wei"))
    office.breach("critical")
    assert office.sent() == [f"tech-1 email: {LOW}"]


def test_info_is_told_to_nobody_unless_a_route_says_so() -> None:
    quiet = Office(configuration(rules=["info"]))
    route = {"severity": "info", "tell": [{"person": "tech-1"}]}
    routed = Office(configuration(rules=["info"], routes=[route]))
    for each in (quiet, routed):
        each.say("p1", running=True)
    assert quiet.sent() == []
    assert len(routed.sent()) == 1


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


def test_a_restart_within_the_quiet_hours_goes_on_at_their_end() -> None:
    office = Office(start_s=6 * 3600)
    office.breach("warning")
    office.restart(after_s=3600)
    office.wait_delivering(8 * 3600)
    assert office.sent() == []
    office.wait_delivering(3601)
    assert office.sent() == ["tech-1 email: [warning] Many starts: p1"]


def test_quiet_hours_are_for_people_and_machines_are_told_at_once() -> None:
    panel = {"id": "panel", "contact": [{"mqtt": "panel/alarms"}]}
    route = {"tell": [{"person": each} for each in ("tech-1", "cmms", "panel")]}
    files = configuration(people=[TECH, HOOK, panel], routes=[route])
    office = Office(files, start_s=6 * 3600, knows_time=False)  # 22:00, as far as is known
    office.breach("warning")
    assert office.sent() == ["cmms webhook: [warning] Many starts: p1", "panel mqtt: [warning] Many starts: p1"]
    office.commit(office.engine.clock_set(0, knows_time=True))
    office.wait_delivering(10 * 3600 - 1)
    assert office.sent() == []
    office.wait_delivering(1)
    assert office.sent() == ["tech-1 email: [warning] Many starts: p1"]


def test_machines_wait_for_the_end_of_quiet_hours_where_the_files_say_so_but_learn_of_ends_at_once() -> None:
    quiet = {"hours": "21:00-08:00", "machines": True}
    files = configuration(people=[HOOK], routes=[{"tell": [{"person": "cmms"}]}], quiet_hours=quiet)
    office = Office(files, start_s=4 * 3600)  # 20:00
    office.breach("warning", "p2")
    office.deliver_all()
    office.wait(2 * 3600)
    office.sent()
    office.breach("warning", "p1")
    assert office.sent() == []
    office.recover("p2")
    office.wait_delivering(31)
    assert office.sent() == ["cmms webhook: [over] Many starts: p2"]
    office.wait_delivering(10 * 3600)
    assert office.sent() == ["cmms webhook: [warning] Many starts: p1"]


def test_a_way_of_a_machine_that_fails_in_quiet_hours_leaves_people_asleep() -> None:
    both = {**HOOK, "contact": [*HOOK["contact"], MAIL]}
    office = Office(configuration(people=[both], routes=[{"tell": [{"person": "cmms"}]}]), start_s=6 * 3600)
    office.breach("warning")
    office.sent()
    office.fail_all(is_final=True)
    assert office.sent() == []
    office.wait_delivering(10 * 3600)
    assert office.sent() == ["cmms email: [warning] Many starts: p1"]


def test_an_alarm_that_is_over_before_the_quiet_hours_end_is_not_told_at_all() -> None:
    office = Office(start_s=6 * 3600)
    office.breach("warning")
    office.recover()
    office.wait_delivering(86_400)
    assert office.sent() == []


def test_the_end_in_quiet_hours_is_told_to_machines_at_once_and_to_people_later() -> None:
    route = {"tell": [{"person": "tech-1"}, {"person": "cmms"}]}
    office = Office(configuration(people=[TECH, HOOK], routes=[route]), start_s=4.9 * 3600)  # 20:54
    office.breach("warning")
    office.wait_delivering(600)
    office.sent()
    office.recover()
    office.wait_delivering(3600)
    assert office.sent() == ["cmms webhook: [over] Many starts: p1"]
    office.wait_delivering(12 * 3600)
    assert office.sent() == ["tech-1 email: [over] Many starts: p1"]


def test_the_end_of_an_alarm_is_told_to_those_who_know_of_it_once() -> None:
    office = Office(configuration(people=[TECH, CHIEF]))
    office.breach("critical")
    office.deliver_all()
    office.acknowledge(office.number())
    office.sent()
    office.recover()
    office.wait_delivering(86_400)
    assert office.sent() == [f"tech-1 email: {LOW.replace('critical', 'over')}"]


def test_nobody_is_told_after_an_acknowledgement_also_not_what_waits_for_another_attempt() -> None:
    office = Office()
    office.breach("critical")
    office.fail_all()
    office.acknowledge(office.number())
    office.sent()
    office.wait_delivering(86_400)
    assert office.sent() == []
    assert [each.state for each in office.notices.values()] == [NoticeState.WITHDRAWN]


def test_an_attempt_under_way_is_not_repeated_after_an_acknowledgement() -> None:
    office = Office()
    office.breach("critical")
    office.acknowledge(office.number())
    office.fail_all()
    office.sent()
    office.wait_delivering(86_400)
    assert office.sent() == []


ESCALATING = {
    "tell": [{"team": "engineering"}],
    "escalate": [
        {"after": "2m", "tell": [{"team": "nobody"}]},
        {"after": "3m", "tell": [{"person": "chief-1"}], "channels": ["voice"]},
    ],
    "repeat": "10m",
}


def test_a_step_that_resolves_to_nobody_goes_to_the_next_at_once_and_all_is_repeated() -> None:
    office = Office(configuration(people=[TECH, CHIEF], routes=[ESCALATING]))
    office.breach("critical")
    office.deliver_all()
    assert office.sent() == [f"tech-1 email: {LOW}"]
    office.wait_delivering(119)
    assert office.sent() == []
    office.wait_delivering(1)
    assert office.sent() == ["chief-1 voice: [critical] not acknowledged: Low pressure: p1"]
    office.wait_delivering(600)
    assert office.sent() == ["tech-1 email: [critical] not acknowledged: Low pressure: p1"]
    office.acknowledge(office.number())
    office.wait_delivering(86_400)
    assert office.sent() == []


def test_a_step_whose_people_cannot_be_reached_goes_to_the_next_at_once() -> None:
    office = Office(configuration(people=[{**TECH, "contact": [MAIL]}, CHIEF], routes=[ESCALATING]))
    office.breach("critical")
    office.fail_all(is_final=True)
    office.wait(0.001)
    assert office.sent()[1:] == [
        "tech-1 email: [critical] Somebody cannot be told of alarms or work: the gateway",
        "chief-1 voice: [critical] not acknowledged: Low pressure: p1",
    ]


def test_all_routes_apply_and_nobody_is_told_the_same_twice_by_one_way() -> None:
    routes: list[dict[str, Any]] = [
        {"tell": [{"team": "engineering"}]},
        {"severity": "critical", "tell": [{"person": "tech-1"}]},
    ]
    office = Office(configuration(routes=routes))
    office.breach("critical")
    office.deliver_all()
    assert office.sent() == [f"tech-1 email: {LOW}"]


def test_all_channels_of_a_route_are_used_at_once() -> None:
    route = {"severity": "critical", "tell": [{"person": "tech-1"}], "channels": ["sms", "email", "siren"]}
    office = Office(configuration(routes=[route]))
    office.breach("critical")
    assert sorted(each.split(":")[0] for each in office.sent()) == ["None siren", "tech-1 email", "tech-1 sms"]


def test_the_siren_is_off_when_the_last_alarm_that_sounds_it_is_acknowledged() -> None:
    office = Office(configuration(routes=[{"tell": [{"person": "tech-1"}], "channels": ["siren", "sms"]}]))
    for device in ("p1", "p2"):
        office.breach("critical", device)
    office.deliver_all()
    numbers = [each.number for each in office.alarms.values()]
    office.sent()
    office.acknowledge(numbers[0])
    assert office.sent() == []
    office.acknowledge(numbers[1])
    assert office.sent() == ["None siren: Siren off"]


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({"severity": "critical"}, True),
        ({"severity": ["warning", "info"]}, False),
        ({"life_safety": True}, False),
        ({"life_safety": False}, True),
        ({"team": "engineering"}, True),
        ({"team": "security"}, False),
        ({"category": "pump"}, True),
        ({"category": "lift"}, False),
        ({"location": "b1"}, False),
        ({"during": "afternoons"}, True),
        ({"during": "nights"}, False),
    ],
)
def test_a_route_matches_what_it_says(condition: dict[str, Any], matches: bool) -> None:
    calendars = {"afternoons": {"hours": "12:00-18:00"}, "nights": {"hours": "22:00-06:00"}}
    files = configuration(routes=[{**condition, "tell": [{"person": "tech-1"}]}], calendars=calendars)
    office = Office(files)
    office.breach("critical")
    assert bool([each for each in office.sent() if "Low pressure" in each]) is matches


def test_warnings_that_follow_another_within_the_group_are_one_message() -> None:
    office = Office()
    office.breach("warning", "p1")
    office.deliver_all()
    office.breach("warning", "p2")
    assert office.sent() == ["tech-1 email: [warning] Many starts: p1"]
    office.wait_delivering(30)
    assert office.sent() == ["tech-1 email: [warning] Many starts: p2"]


def test_a_new_critical_alarm_is_told_at_once_whatever_the_group_was_told() -> None:
    office = Office()
    for kind in ("warning", "critical", "fire"):
        office.breach(kind, "p2" if kind == "fire" else "p1")
        office.deliver_all()
    assert [each.split("]")[0] for each in office.sent()] == [
        "tech-1 email: [warning",
        "tech-1 email: [critical",
        "tech-1 email: [LIFE SAFETY",
    ]


def test_what_comes_while_a_message_is_under_way_is_in_the_next_one() -> None:
    office = Office()
    office.breach("critical", "p1")
    office.breach("critical", "p2")
    office.breach("fire", "p1")  # the first one is over
    office.deliver_all()
    first, second, *_ = office.sent()
    assert first == f"tech-1 email: {LOW}"
    assert second == "tech-1 email: [LIFE SAFETY] Bursting: p1, and 1 more"


def test_a_level_that_rises_and_an_alarm_that_is_raised_again_are_told_anew() -> None:
    office = Office()
    office.breach("critical")
    office.deliver_all()
    office.recover()
    office.wait_delivering(60)
    office.sent()
    office.breach("critical")
    office.deliver_all()
    assert office.sent() == [f"tech-1 email: {LOW}"]


def test_a_restart_sends_the_end_of_an_alarm_no_earlier() -> None:
    office = Office()
    office.breach("warning")
    office.deliver_all()
    office.sent()
    office.recover()
    office.restart()
    office.wait_delivering(29)
    assert office.sent() == []
    office.wait_delivering(1)
    assert office.sent() == ["tech-1 email: [over] Many starts: p1"]


def test_a_new_route_tells_of_an_alarm_that_waits_already_and_says_nothing_twice() -> None:
    office = Office(configuration(people=[TECH, CHIEF]))
    office.breach("critical")
    office.deliver_all()
    office.sent()
    office.restart(
        configuration(people=[TECH, CHIEF], routes=[{"tell": [{"person": "tech-1"}, {"person": "chief-1"}]}])
    )
    assert office.sent() == [f"chief-1 sms: {LOW}"]


def test_of_whom_nobody_can_be_told_is_an_alarm_where_the_site_asks_for_it_and_ends_with_that_alarm() -> None:
    office = Office(configuration(people=[{"id": "mute"}], routes=[{"tell": [{"person": "mute"}]}]))
    office.breach("critical")
    alarm = office.standing("notices-fail")
    assert alarm is not None
    assert alarm.detail == "nobody can be told of alarm 1 (Low pressure)"
    office.recover()
    assert office.alarms[alarm.number].returned_at is not None
    silent = Office(configuration(people=[{"id": "mute"}]))
    silent.breach("critical")
    assert silent.standing("notices-fail") is None


def test_without_channels_nobody_is_told_and_nothing_fails() -> None:
    office = Office(configuration(routes=[ESCALATING]), channels=frozenset())
    office.breach("critical")
    office.wait(86_400)
    assert (office.sent(), office.standing("notices-fail")) == ([], None)


def test_a_contact_without_a_channel_is_left_out() -> None:
    office = Office(configuration(people=[{**TECH, "contact": [MAIL, PHONE]}]), channels=frozenset({Channel.VOICE}))
    office.breach("warning")
    assert office.sent() == ["tech-1 voice: [warning] Many starts: p1"]


def test_each_step_is_in_the_audit_trail_and_names_what_caused_it() -> None:
    office = Office()
    office.breach("critical")
    office.deliver_all()
    raised = next(each for each in office.events if each.kind == "alarm")
    told, delivered = (each for each in office.events if each.kind == "notice")
    assert (told.cause, told.data["step"], told.data["way"]) == (raised.number, "told", "email:tech-1@example.org")
    assert (delivered.cause, delivered.data["step"]) == (told.number, "delivered")


def test_messages_are_in_the_language_of_the_person() -> None:
    people = [TECH, {**CHIEF, "teams": ["engineering"], "language": "zh"}]
    office = Office(configuration(people=people))
    office.breach("critical")
    assert office.sent() == [f"tech-1 email: {LOW}", "chief-1 sms: 【紧急】压力低：p1"]


def test_a_clock_that_is_set_changes_no_wait() -> None:
    office = Office(configuration(people=[TECH, CHIEF], routes=[ESCALATING]))
    office.breach("critical")
    office.deliver_all()
    office.sent()
    for by in (3 * HOUR, -HOUR - MINUTE):
        office.now += by
        office.commit(office.engine.clock_set(by))
    office.wait_delivering(119)
    assert office.sent() == []
    office.wait_delivering(1)
    assert len(office.sent()) == 1


def test_what_a_step_has_changed_is_not_changed_by_later_ones() -> None:
    office = Office()
    office.breach("warning")
    office.deliver_all()
    changes = office.engine.clock_set(MINUTE)
    times = {**changes.parts[Notices.name].times}
    assert times
    office.wait_delivering(60)
    office.breach("warning", "p2")
    assert changes.parts[Notices.name].times == times


def test_what_can_wait_waits_for_the_time_to_be_known() -> None:
    office = Office(knows_time=False)
    office.breach("warning")
    office.breach("critical", "p2")
    office.wait_delivering(60)
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p2"]
    office.commit(office.engine.clock_set(0, knows_time=True))
    office.wait_delivering(1)
    assert office.sent() == ["tech-1 email: [warning] Many starts: p1"]
