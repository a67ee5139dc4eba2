"""What people put aside: for how long, over restarts and set clocks, and who has to agree."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.shelf import (
    EndShelf,
    PutAside,
    ShelveAlarm,
    ShelveRule,
    TakeOutOfService,
    UnshelveAlarm,
    is_same_person,
)
from gateway.core.alarms.shelf_terms import ShelfTerms
from gateway.core.kernel.errors import InvalidAction, UnknownAlarm, UnknownShelf
from gateway.core.kernel.subjects import GATEWAY, Subject
from gateway.core.kernel.times import DAY, HOUR, LATEST, MINUTE, SECOND
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.people import PersonSpec
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, site, told

P1 = Subject.of_device("p1")
HIGH = rule_spec(id="high-pressure", when="pressure > 2", severity="warning")


def shelve(**fields: object) -> ShelveAlarm:
    """Shelve alarm 1 for an hour, unless said otherwise."""
    return replace(ShelveAlarm(alarm=1, by="Li Wei", why="known", duration=HOUR), **fields)


def shelve_rule(**fields: object) -> ShelveRule:
    """Shelve the low pressure of pump 1 for an hour, unless said otherwise."""
    return replace(ShelveRule(rule="low-pressure", subject=P1, by="Li Wei", why="known", duration=HOUR), **fields)


def take_out(**fields: object) -> TakeOutOfService:
    """Take pump 1 out of service without an end, unless said otherwise."""
    return replace(TakeOutOfService(device="p1", by="Li Wei", why="broken"), **fields)


def test_a_shelved_alarm_is_off_the_list_until_its_end_and_is_told_then_if_it_still_stands() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    assert told(bench.act(shelve(), 60)) == ["suppress suppressed"]
    assert told(bench.tick(3659)) == []
    ended = bench.tick(3660)
    assert told(ended) == ["raise unacknowledged"]
    (shelf,) = ended.shelves
    assert (shelf.ended_at, shelf.ended_by, shelf.ended_because) == (at(3660), None, "its time is over")


def test_a_shelved_alarm_that_ends_meanwhile_is_told_to_be_over_and_not_raised_afterwards() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve(), 60)
    assert told(bench.pump(70, pressure=0.5)) == ["return returned"]
    assert told(bench.tick(3660)) == []


def test_a_shelf_moves_no_deadline_counts_no_raise_and_is_no_flood() -> None:
    """Whoever shelves and unshelves an alarm that stands has made nothing happen."""
    bench = Bench(rule_spec())
    raised = bench.pump(0, pressure=0.01)
    seen = []
    for second in range(60, 60 + 12 * 20, 20):
        bench.act(shelve(), second)
        seen.append(bench.act(UnshelveAlarm(alarm=1, by="Li Wei"), second + 10))
    assert {tuple(told(each)) for each in seen} == {("raise unacknowledged",)}
    alarm = seen[-1].alarms[-1]
    assert (alarm.raised_count, alarm.raised_at, alarm.ticket) == (1, at(0), raised.tickets[0].number)
    assert [ticket for each in seen for ticket in each.tickets] == [], "its deadlines count from the occurrence"
    assert [each.flood for each in seen] == [None] * 12
    bench.pump(400, pressure=0.5)
    again = bench.pump(410, pressure=0.01)
    assert ([ticket.raised_count for ticket in again.tickets], again.tickets[0].raised_at) == ([2], at(410))


@pytest.mark.parametrize("restarts", [False, True])
def test_an_occurrence_that_began_on_a_shelf_is_a_raise_when_it_is_told(restarts: bool) -> None:
    bench = Bench(rule_spec())
    steps = [bench.pump(0, pressure=0.01), bench.act(shelve(), 60), bench.pump(70, pressure=0.5)]
    steps += [bench.pump(80, pressure=0.01)]
    if restarts:
        bench = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=90)
    told_at_last = bench.tick(3660)
    assert told(told_at_last) == ["raise unacknowledged"]
    assert [ticket.raised_count for ticket in told_at_last.tickets] == [2]


def test_the_chain_of_a_shelved_alarm_says_who_has_shelved_it_and_why() -> None:
    bench = Bench(rule_spec())
    raised = bench.pump(0, pressure=0.01)
    shelved, ended = bench.act(shelve(), 60), bench.tick(3660)
    records = [*shelved.events, *ended.events]
    assert [(each.kind, each.data["step"], each.by) for each in records if each.kind != "ticket"] == [
        ("shelf", "shelved", "Li Wei"),
        ("alarm", "suppress", None),
        ("shelf", "end", None),
        ("alarm", "raise", None),
    ]
    begun, suppressed, over, told_again = (each for each in records if each.kind != "ticket")
    assert [begun.data["note"], begun.cause] == ["known", raised.alarms[0].event]
    assert [suppressed.cause, over.cause, told_again.cause] == [begun.number, begun.number, over.number]


def test_a_rule_can_be_shelved_on_a_device_before_its_alarm_occurs() -> None:
    bench = Bench(rule_spec())
    bench.act(shelve_rule(), 0)
    assert told(bench.pump(1, pressure=0.01)) == ["suppress suppressed"]
    assert told(bench.pump(2, "p2", pressure=0.01)) == ["raise unacknowledged"]


def test_a_rule_can_be_shelved_on_all_its_devices() -> None:
    bench = Bench(rule_spec(), HIGH)
    bench.act(shelve_rule(subject=None), 0)
    for device in ("p1", "p2"):
        assert told(bench.pump(1, device, pressure=0.01)) == ["suppress suppressed"]
    assert told(bench.pump(2, pressure=2.4)) == ["return normal", "raise unacknowledged"]


def test_a_one_shot_shelf_ends_when_its_alarm_returns() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve(one_shot=True), 1)
    over = bench.pump(2, pressure=0.5)
    assert (told(over), [shelf.ended_because for shelf in over.shelves]) == (
        ["return returned"],
        ["its alarm has returned"],
    )
    assert told(bench.pump(3, pressure=0.01)) == ["raise unacknowledged"]


def test_a_one_shot_shelf_of_an_alarm_that_does_not_return_ends_at_its_time() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve(one_shot=True), 1)
    assert told(bench.tick(3601)) == ["raise unacknowledged"]


LEVELS = RuleSpec.model_validate(
    {
        "id": "pressure",
        "applies_to": {"profile": "pump"},
        "title": {"en": "Pressure"},
        "levels": [{"severity": "warning", "when": "pressure > 1"}, {"severity": "critical", "when": "pressure > 2"}],
    }
)


def test_the_shelf_of_an_alarm_ends_when_the_alarm_becomes_worse_as_nobody_has_decided_about_that() -> None:
    bench = Bench(LEVELS)
    bench.pump(0, pressure=1.5)
    bench.act(shelve(), 1)
    worse = bench.pump(2, pressure=2.4)
    assert (told(worse), [shelf.ended_because for shelf in worse.shelves]) == (
        ["suppress suppressed", "raise unacknowledged"],
        ["its alarm has become worse"],
    )
    assert told(bench.pump(3, pressure=1.5)) == ["fall unacknowledged"]


def test_a_rule_that_is_shelved_is_shelved_on_all_its_levels() -> None:
    bench = Bench(LEVELS)
    bench.act(shelve_rule(rule="pressure"), 0)
    assert told(bench.pump(1, pressure=1.5), bench.pump(2, pressure=2.4)) == ["suppress suppressed"] * 2


def test_a_latched_alarm_that_returns_under_a_one_shot_shelf_is_told_at_once() -> None:
    bench = Bench(rule_spec(latched=True))
    bench.act(shelve_rule(one_shot=True), 0)
    bench.pump(1, pressure=0.01)
    assert told(bench.pump(2, pressure=0.5)) == ["return suppressed", "raise unacknowledged", "return returned"]


def test_a_person_ends_the_shelf_of_an_alarm_and_it_is_told_at_once() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve(), 1)
    seen = bench.act(UnshelveAlarm(alarm=1, by="Wang Fang", note="tested"), 2)
    assert told(seen) == ["raise unacknowledged"]
    (shelf,) = seen.shelves
    assert (shelf.ended_by, shelf.ended_because) == ("Wang Fang", "tested")
    with pytest.raises(UnknownShelf, match="alarm 1 is not shelved"):
        bench.act(UnshelveAlarm(alarm=1, by="Wang Fang"), 3)


def test_one_alarm_of_a_rule_that_is_shelved_as_a_whole_is_not_unshelved_alone() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve_rule(subject=None), 1)
    with pytest.raises(InvalidAction, match="end shelf 1"):
        bench.act(UnshelveAlarm(alarm=1, by="Wang Fang"), 2)
    assert told(bench.act(EndShelf(shelf=1, by="Wang Fang"), 3)) == ["raise unacknowledged"]
    with pytest.raises(UnknownShelf):
        bench.act(EndShelf(shelf=1, by="Wang Fang"), 4)


def test_shelving_again_moves_the_end_and_tells_nobody_in_between() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve(), 60)
    again = bench.act(shelve(duration=2 * HOUR), 120)
    assert told(again) == []
    assert [(shelf.number, shelf.ended_because) for shelf in again.shelves] == [(2, None), (1, "replaced by shelf 2")]
    assert told(bench.tick(3660)) == []
    assert told(bench.tick(7320)) == ["raise unacknowledged"]


@pytest.mark.parametrize("by_s", [3600, -3600])
def test_a_clock_that_is_set_neither_shortens_nor_prolongs_a_shelf(by_s: int) -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    bench.act(shelve(), 0)
    moved = Seen(bench.engine.clock_set(by_s * SECOND))
    assert [shelf.until for shelf in moved.shelves] == [at(3600 + by_s)]
    assert moved.alarms[-1].suppressed_by[0].until == at(3600 + by_s)
    assert told(bench.tick(3599 + by_s)) == []
    assert told(bench.tick(3600 + by_s)) == ["raise unacknowledged"]


def test_a_shelf_ends_at_the_same_time_over_a_restart() -> None:
    bench = Bench(rule_spec())
    steps = [bench.pump(0, pressure=0.01), bench.act(shelve(), 0)]
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=1800)
    assert (told(again.beginning), again.beginning.alarms) == ([], [])
    assert told(again.tick(3599)) == []
    assert told(again.tick(3600)) == ["raise unacknowledged"]


def test_a_shelf_that_ended_while_the_gateway_was_off_lets_its_alarm_be_told_when_it_hears() -> None:
    bench = Bench(rule_spec())
    steps = [bench.pump(0, pressure=0.01), bench.act(shelve(), 0)]
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=7200, hears=False)
    assert told(again.beginning, again.tick(7200)) == []
    assert told(Seen(again.engine.set_hearing(at(7210)))) == ["raise unacknowledged"]


def test_a_shelf_that_ended_while_the_gateway_was_off_pages_nobody_if_the_backlog_says_that_all_is_well() -> None:
    bench = Bench(rule_spec())
    steps = [bench.pump(0, pressure=0.01), bench.act(shelve(), 0)]
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=7200, hears=False)
    again.tick(7200)
    assert told(again.pump(7201, stamp_s=3000, pressure=0.5)) == ["return returned"]
    assert told(Seen(again.engine.set_hearing(at(7210)))) == []


def test_the_end_of_an_earlier_runs_shelf_stays_when_a_clock_that_started_in_the_past_is_set_right() -> None:
    bench = Bench(rule_spec())
    steps = [bench.pump(0, pressure=0.01), bench.act(shelve(duration=8 * HOUR), 0)]
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=60, knows_time=False)
    again.act(shelve_rule(subject=Subject.of_device("p2")), 60)
    moved = Seen(again.engine.clock_set(6 * HOUR))
    assert [(shelf.number, shelf.until) for shelf in moved.shelves] == [(2, at(3660) + 6 * HOUR)]
    assert moved.shelves[0].since == at(60) + 6 * HOUR
    assert told(again.tick(8 * 3600)) == ["raise unacknowledged"]


def test_a_shelf_whose_rule_is_gone_from_the_files_ends_and_a_new_rule_of_its_name_inherits_nothing() -> None:
    bench = Bench(rule_spec(), HIGH)
    steps = [bench.act(shelve_rule(rule="high-pressure", duration=20 * HOUR), 0)]
    without = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=60)
    (shelf,) = without.beginning.shelves
    assert (shelf.ended_at, shelf.ended_because) == (at(60), "its rule or device is no longer in the site's files")


def test_alarms_about_the_gateway_can_be_shelved() -> None:
    bench = Bench()
    bench.report(0, BuiltinRule.SERIES_AWAY, "InfluxDB does not answer")
    assert told(bench.act(shelve(), 1)) == ["suppress suppressed"]
    bench.report(2, BuiltinRule.SERIES_AWAY, None)
    bench.act(shelve_rule(rule=BuiltinRule.SERIES_AWAY.value, subject=GATEWAY), 3)
    assert told(bench.report(4, BuiltinRule.SERIES_AWAY, "again")) == ["suppress suppressed"]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (shelve_rule(duration=None), "a shelf needs an end"),
        (shelve_rule(duration=DAY + SECOND), "longer than the 24 h"),
        (shelve_rule(duration=HOUR, until=at(3600)), "not both"),
        (shelve_rule(duration=None, until=at(-1)), "has passed already"),
        (shelve_rule(rule="another"), "the site has no alarms of the rule 'another' about p1"),
        (shelve_rule(subject=Subject.of_device("r1")), "about r1"),
        (shelve_rule(subject=None, one_shot=True), "needs a device"),
        (shelve_rule(confirmed_by="li  WEI"), "the same as `by`"),
        (take_out(device="p9"), "the site has no device 'p9'"),
        (take_out(rule="another"), "does not watch p1"),
        (take_out(until=at(-1)), "has passed already"),
        (take_out(until=LATEST), "more than ten years away"),
        (take_out(duration=3651 * DAY), "more than ten years away"),
    ],
)
def test_what_cannot_be_put_aside_so_is_refused_with_what_would_be_right(action: PutAside, message: str) -> None:
    bench = Bench(rule_spec())
    with pytest.raises(InvalidAction, match=message):
        bench.act(action, 0)
    assert bench.engine.next_due() is None


def test_an_alarm_that_does_not_stand_cannot_be_shelved() -> None:
    bench = Bench(rule_spec())
    for action in (shelve(), UnshelveAlarm(alarm=1, by="Li Wei")):
        with pytest.raises(UnknownAlarm):
            bench.act(action, 0)
    bench.pump(1, pressure=0.01)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 2)
    bench.pump(3, pressure=0.5)
    with pytest.raises(UnknownAlarm):
        bench.act(shelve(), 4)


def test_a_life_safety_alarm_is_shelved_by_two_people_and_never_by_one() -> None:
    bench = Bench(rule_spec(life_safety=True))
    bench.pump(0, pressure=0.01)
    for action in (shelve(), shelve_rule(), shelve_rule(subject=None), take_out(rule="low-pressure", duration=HOUR)):
        with pytest.raises(InvalidAction, match="a second person must confirm"):
            bench.act(action, 1)
    seen = bench.act(shelve(confirmed_by="Wang Fang"), 2)
    assert told(seen) == ["suppress suppressed"]
    assert seen.alarms[-1].suppressed_by[0].by == "Li Wei, Wang Fang"
    assert told(bench.tick(3602)) == ["raise unacknowledged"]


def test_a_shelf_of_one_person_does_not_hold_for_a_rule_that_has_become_life_safety() -> None:
    bench = Bench(rule_spec())
    steps = [bench.pump(0, pressure=0.01), bench.act(shelve(), 0)]
    again = Bench(rule_spec(life_safety=True), checkpoint=checkpoint_after(*steps), start_s=60, hears=False)
    assert told(again.beginning) == ["raise unacknowledged"]


def test_a_device_out_of_service_tells_nothing_until_it_is_put_back() -> None:
    bench = Bench(rule_spec(), HIGH)
    bench.pump(0, pressure=0.01)
    assert told(bench.act(take_out(), 1)) == ["suppress suppressed"]
    assert told(bench.pump(2, pressure=2.4)) == ["return returned", "suppress suppressed"]
    assert told(bench.tick(30 * 86_400)) == []
    assert told(bench.act(EndShelf(shelf=1, by="Wang Fang"), 30 * 86_400)) == ["raise unacknowledged"]


def test_a_device_is_out_of_service_over_a_restart_and_until_the_end_that_was_given() -> None:
    bench = Bench(rule_spec())
    steps = [bench.act(take_out(duration=7 * DAY), 0), bench.pump(1, pressure=0.01)]
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=60)
    assert told(again.beginning, again.tick(7 * 86_400 - 1)) == []
    assert told(again.tick(7 * 86_400)) == ["raise unacknowledged"]


def test_one_rule_of_a_device_can_be_out_of_service_alone() -> None:
    bench = Bench(rule_spec(), HIGH)
    bench.act(take_out(rule="high-pressure"), 0)
    assert told(bench.pump(1, pressure=2.4)) == ["suppress suppressed"]
    assert sorted(told(bench.pump(2, pressure=0.01))) == ["raise unacknowledged", "return normal"]


def test_a_device_out_of_service_goes_on_telling_of_life_safety_unless_two_people_say_so_for_a_time() -> None:
    bench = Bench(rule_spec(life_safety=True), HIGH)
    bench.act(take_out(), 0)
    assert told(bench.pump(1, pressure=0.01)) == ["raise unacknowledged"]
    with pytest.raises(InvalidAction, match="for a limited time only"):
        bench.act(take_out(confirmed_by="Wang Fang"), 2)
    with pytest.raises(InvalidAction, match="longer than the 24 h"):
        bench.act(take_out(confirmed_by="Wang Fang", duration=2 * DAY), 2)
    assert told(bench.act(take_out(confirmed_by="Wang Fang", duration=10 * MINUTE), 3)) == ["suppress suppressed"]
    assert told(bench.tick(603)) == ["raise unacknowledged"]


def test_where_the_files_name_people_two_of_them_have_to_agree() -> None:
    files = site(rule_spec(life_safety=True))
    people = {
        "tech-1": PersonSpec.model_validate({"id": "tech-1", "name": {"en": "Li Wei", "zh": "李伟"}}),
        "guard-1": PersonSpec.model_validate({"id": "guard-1", "name": "Wang Fang"}),
    }
    terms = ShelfTerms(Definitions(files.site, files.rules), people)
    for by, confirmed_by, message in (
        ("Li Wei", "Zhang San", "Zhang San is none of the site's people"),
        ("Zhang San", "Li Wei", "Zhang San is none of the site's people"),
        ("Li Wei", "李伟", "the same as `by`"),
        ("tech-1", "Li Wei", "the same as `by`"),
    ):
        with pytest.raises(InvalidAction, match=message):
            terms.of_shelf(shelve_rule(by=by, confirmed_by=confirmed_by), "low-pressure", P1, at(0))
    assert terms.of_shelf(shelve_rule(by="tech-1", confirmed_by="wang fang"), "low-pressure", P1, at(0)).life_safety


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Li Wei", "li  wei ", True),
        ("李伟", "李伟", True),
        ("\uff2c\uff49 Wei", "Li Wei", True),
        ("Li Wei", "Li Wen", False),
    ],
)
def test_two_names_are_of_two_people_only_if_they_differ_in_more_than_their_spelling(
    name: str, other: str, same: bool
) -> None:
    assert is_same_person(name, other) is same
