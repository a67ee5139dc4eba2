"""Who is told of alarms, in the files of a site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.kernel.times import HOUR, MINUTE, from_datetime
from gateway.core.notices.routes import GROUP
from gateway.core.notices.ways import Channel
from gateway.errors import SiteError
from gateway.site_files import load_configuration
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, PUMP, RULE, problems_of, without_limits, write

PEOPLE = """\
people:
  - {id: ann, teams: [engineering], contact: [{email: ann@example.org}]}
  - {id: bob, teams: [engineering, security], contact: [{phone: '+86 21 5555 0100'}]}
calendars: {night: {hours: 22:00-06:00}}
"""
NOON = from_datetime(datetime(2026, 11, 30, 4, tzinfo=UTC))
"""Monday noon in Shanghai."""
CASES = {
    "notify: 7\n": "site.yaml:7:9: notify: this is not a list; write one item a line, each after a dash",
    "notify: [{tell: [{team: enginering}]}]\n": (
        "site.yaml:7:25: nobody is in the team 'enginering'; did you mean 'engineering'?"
    ),
    "notify: [{tell: [{person: an}]}]\n": "site.yaml:7:27: there is no person 'an'; did you mean 'ann'?",
    "notify: [{escalate: [{after: 5m, tell: [{person: bo}]}]}]\n": (
        "site.yaml:7:50: there is no person 'bo'; did you mean 'bob'?"
    ),
    "notify: [{channels: [sms, pager]}]\n": (
        "site.yaml:7:27: channels: 'pager' is none of email, sms, voice, mqtt, webhook, siren; write one of them"
    ),
    "notify: [{during: nights}]\n": "site.yaml:7:19: there is no calendar 'nights'; did you mean 'night'?",
    "notify: [{location: b1}]\n": "site.yaml:7:21: there is no location 'b1'; there are no locations",
    "notify: [{category: pumps}]\n": "site.yaml:7:21: no tickets have the category 'pumps'; did you mean 'pump'?",
    "notify: [{team: securty}]\n": "site.yaml:7:17: no tickets go to a team 'securty'; did you mean 'security'?",
    "notify: [{tell: [{person: ann, team: security}]}]\n": (
        "site.yaml:7:18: who is told is one of team and person: write each after its own dash"
    ),
    "notify: [{escalate: [{after: 5m}]}]\n": (
        "site.yaml:7:22: nobody is told: write tell: [{team: …}] or [{person: …}]"
    ),
    "notify: [{severity: []}]\n": "site.yaml:7:11: severity: there is none: name at least one",
    "quiet_hours: {}\n": "site.yaml:7:14: no hours are given: write hours: 21:00-08:00, or calendar: night",
    "quiet_hours: {calendar: nights}\n": "site.yaml:7:25: there is no calendar 'nights'; did you mean 'night'?",
    "quiet_hours: {hours: 00:00-24:00}\n": (
        "site.yaml:7:14: the quiet hours never end: nobody would be told of what can wait;"
        " write hours such as 21:00-08:00"
    ),
    "quiet_hours: {calendar: night, days: mon}\n": (
        "site.yaml:7:32: calendar: stands in place of days and hours: remove these or the calendar"
    ),
    "proof: {at: 10}\n": "site.yaml:7:13: 10 is no time of day: write it in quotes, such as '10:00'",
}


@pytest.mark.parametrize(("text", "said"), CASES.items())
def test_a_mistake_is_told_with_file_line_and_hint(text: str, said: str, tmp_path: Path) -> None:
    assert problems_of(tmp_path, HEADER + PUMP + PEOPLE + text) == [said]


def test_without_any_key_there_are_defaults(tmp_path: Path) -> None:
    loaded = load_configuration(write(tmp_path, {"site.yaml": HEADER + PUMP + PEOPLE}))
    settings = loaded.notice_settings
    assert (len(settings.routes), settings.is_asked_for) == (3, False)
    assert settings.proof.following(NOON) == NOON + 7 * 24 * HOUR - 2 * HOUR
    lunch, night = NOON, NOON + 10 * HOUR
    assert settings.quiet.end(lunch, is_staff=True) == lunch
    assert settings.quiet.end(lunch, is_staff=False) == NOON + 2 * HOUR
    assert settings.quiet.end(night, is_staff=True) == NOON + 20 * HOUR


def test_what_the_files_say_is_compiled_also_from_included_ones(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + PUMP + PEOPLE + "include: [notify.yaml]\nquiet_hours: {calendar: night}\n"
        "proof: {day: never}\n",
        "notify.yaml": "notify:\n  - {severity: critical, tell: [{team: security}], channels: [voice, siren],"
        " escalate: [{after: 2m, tell: [{person: ann}]}], repeat: 9m}\n",
    }
    settings = load_configuration(write(tmp_path, files)).notice_settings
    (route,) = settings.routes
    assert settings.is_asked_for
    assert [step.after for step in route.steps] == [0, 2 * MINUTE]
    assert route.steps[0].channels == (Channel.VOICE, Channel.SIREN)
    assert (route.spec.repeat, route.spec.group) == (9 * MINUTE, GROUP)
    assert settings.proof.following(NOON) is None
    assert settings.quiet.end(NOON + 11 * HOUR, is_staff=True) == NOON + 18 * HOUR


def test_the_key_of_a_route_is_the_same_while_it_is_not_changed(tmp_path: Path) -> None:
    text = "notify: [{severity: critical}, {severity: warning}]\n"
    first = load_configuration(write(tmp_path, {"site.yaml": HEADER + PUMP + PEOPLE + text})).notice_settings
    text = "notify: [{severity: warning}, {severity: critical, group: 30s}]\n"
    second = load_configuration(write(tmp_path, {"site.yaml": HEADER + PUMP + PEOPLE + text})).notice_settings
    assert {route.key for route in first.routes} == {route.key for route in second.routes}


def warnings(home: Path, text: str) -> list[str]:
    site = write(home, {"site.yaml": HEADER + PUMP + PEOPLE + text})
    return without_limits(review_site(site, now=NOON).problems, home)


def test_critical_alarms_of_which_nobody_is_told_are_a_warning(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, "notify: [{life_safety: true, tell: [{team: security}]}]\n")
    assert warning.startswith("site.yaml:7:10: warning: nobody is told of critical alarms of ")
    assert "pump-dry-run" in warning
    assert warnings(tmp_path, "notify: [{severity: critical, tell: [{team: security}]}]\n") == []


DAYTIME = "calendars: {day: {days: mon-fri, hours: 08:00-18:00, holidays: CN}, other: {outside: day}}\n"
"""Monday to Friday, but for holidays."""


def hours_warnings(home: Path, notify: str) -> list[str]:
    people = PEOPLE.replace("calendars: {night: {hours: 22:00-06:00}}\n", DAYTIME)
    site = write(home, {"site.yaml": HEADER + PUMP + people + notify})
    return without_limits(review_site(site, now=NOON - 300 * 24 * HOUR).problems, home)


def test_critical_alarms_that_are_told_in_some_hours_only_are_a_warning_that_names_the_others(tmp_path: Path) -> None:
    (warning,) = hours_warnings(tmp_path, "notify: [{severity: critical, during: day, tell: [{team: security}]}]\n")
    assert warning.startswith("site.yaml:7:39: warning: nobody is told of critical alarms of ")
    assert "pump-dry-run" in warning
    assert (
        " that are raised mon-fri 00:00-08:00 and 18:00-24:00, sat-sun all day; and on holidays and other dates that"
        " differ: 2026-02-16 all day, 2026-02-17 all day, 2026-02-18 all day and"
    ) in warning
    assert warning.endswith("; add a route for these hours, or remove during: from one")


def test_routes_whose_hours_cover_all_together_leave_nothing_out(tmp_path: Path) -> None:
    of_day = "{severity: critical, during: day, tell: [{team: security}]}"
    for other in ("{during: other, tell: [{person: ann}]}", "{severity: critical, tell: [{person: ann}]}"):
        assert hours_warnings(tmp_path, f"notify: [{of_day}, {other}]\n") == []


@pytest.mark.parametrize("active", ["", "    active: day\n"])
def test_hours_in_which_a_rule_is_not_active_need_nobody(active: str, tmp_path: Path) -> None:
    rule = RULE.replace("severity: info", "severity: critical") + active
    ticket = "    ticket: {priority: P1, team: engineering, category: warm}\n"
    routes = ["{category: warm, during: day, tell: [{person: ann}]}", "{category: pump, tell: [{person: ann}]}"]
    found = hours_warnings(tmp_path, f"notify: [{', '.join(routes)}]\n{rule}{ticket}")
    assert [each for each in found if "pump-warm" in each] == ([] if active else found[1:])
    assert len(found) == (1 if active else 2)


def test_only_holidays_that_are_left_out_are_named_as_well(tmp_path: Path) -> None:
    calendars = "calendars: {days: {hours: 06:00-22:00, holidays: CN}, nights: {hours: 22:00-06:00}}\n"
    people = PEOPLE.replace("calendars: {night: {hours: 22:00-06:00}}\n", calendars)
    routes = ", ".join(f"{{during: {each}, tell: [{{person: ann}}]}}" for each in ("days", "nights"))
    site = write(tmp_path, {"site.yaml": f"{HEADER}{PUMP}{people}notify: [{routes}]\n"})
    (warning,) = without_limits(review_site(site, now=NOON - 300 * 24 * HOUR).problems, tmp_path)
    assert " that are raised on holidays and other dates that differ: 2026-02-15 06:00-22:00, " in warning


def test_alarms_about_the_gateway_itself_of_which_nobody_is_told_are_a_warning(tmp_path: Path) -> None:
    of_pumps = "{severity: critical, category: pump, tell: [{team: security}]}"
    (warning,) = warnings(tmp_path, f"notify: [{of_pumps}]\n")
    assert warning.startswith(
        "site.yaml:7:10: warning: nobody is told of critical alarms of the gateway itself: no route"
    )
    assert warnings(tmp_path, f"notify: [{of_pumps}, {{severity: critical, tell: [{{person: ann}}]}}]\n") == []


def test_people_whom_the_channels_of_a_route_do_not_reach_are_a_warning(tmp_path: Path) -> None:
    assert warnings(tmp_path, "notify: [{tell: [{team: engineering}], channels: [sms]}]\n") == [
        "site.yaml:7:50: warning: ann cannot be reached by sms, and is told by another way;"
        " give the person such a contact, or name another channel"
    ]


def test_a_site_with_a_mistake_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="nobody is in the team"):
        load_configuration(write(tmp_path, {"site.yaml": HEADER + PUMP + PEOPLE + "notify: [{tell: [{team: x}]}]\n"}))
