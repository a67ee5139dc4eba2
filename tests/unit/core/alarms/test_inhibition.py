"""Consequences are kept from people while the alarm of their cause stands, and never lost."""

from __future__ import annotations

import msgspec
import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmStands
from gateway.core.alarms.inhibition import Inhibition
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.shelf import EndShelf, ShelveRule, TakeOutOfService
from gateway.core.kernel.subjects import GATEWAY, Subject
from gateway.core.kernel.times import HOUR
from gateway.core.rules.events import Breached, Cleared
from gateway.core.rules.inhibitors import causes_first, circle_of
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.alarms.panels import EVIDENCE, Panel
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, site, told

STOPPED = rule_spec(id="stopped", when="!running", severity="critical")
LOW = rule_spec(id="low", inhibited_by=["stopped"])
SLOW = rule_spec(id="slow", when="pressure < lowest", inhibited_by=["stopped"], **{"for": "30s"})


def states(bench: Bench) -> dict[str, str]:
    """The state of each standing alarm of pump 1, by its rule."""
    return {view.rule: view.state.value for view in bench.engine.part(Annunciator).standing_on("p1")}


def test_a_consequence_is_suppressed_while_the_alarm_of_its_cause_stands_and_told_when_that_ends() -> None:
    bench = Bench(STOPPED, LOW)
    bench.pump(0, running=False)
    suppressed = bench.pump(1, pressure=0.01)
    assert told(suppressed) == ["suppress suppressed"]
    (reason,) = suppressed.alarms[-1].suppressed_by
    assert (reason.kind.value, reason.why, reason.source) == (
        "inhibited",
        "Low pressure (p1, alarm 1)",
        "inhibition:stopped/p1/low",
    )
    assert suppressed.tickets == []
    assert told(bench.pump(2, running=True)) == ["return returned"]
    at_last = bench.tick(2)
    assert told(at_last) == ["raise unacknowledged"]
    assert len(at_last.tickets) == 1


def test_a_consequence_on_another_device_is_told() -> None:
    bench = Bench(STOPPED, LOW)
    bench.pump(0, running=False)
    assert told(bench.pump(1, "p2", pressure=0.01)) == ["raise unacknowledged"]


def test_an_alarm_of_no_device_inhibits_none_of_another_kind() -> None:
    rows = site(STOPPED, LOW)
    seam = LoneSeam(Inhibition.name)
    part = Inhibition(rows.rules, lambda _: (), seam)
    panel = Panel()
    panel.breach(0)
    (record,) = panel.stored()
    about_the_gateway = msgspec.structs.replace(record, rule="stopped", subject=GATEWAY)
    part.on(AlarmStands(alarm=about_the_gateway, definition=AlarmDefinition.of(rows.rules[0])))
    assert part.finish() is None
    assert seam.asked == []


def test_a_consequence_that_ends_in_the_message_that_ends_its_cause_is_not_told() -> None:
    bench = Bench(STOPPED, LOW)
    bench.pump(0, running=False)
    bench.pump(1, pressure=0.01)
    assert sorted(told(bench.pump(2, running=True, pressure=0.5))) == ["return normal", "return returned"]
    assert told(bench.tick(2)) == []


@pytest.mark.parametrize("rules", [(STOPPED, LOW), (LOW, STOPPED)])
def test_one_message_that_breaches_both_tells_of_the_cause_alone(rules: tuple[RuleSpec, ...]) -> None:
    bench = Bench(*rules)
    assert told(bench.pump(0, running=False, pressure=0.01)) == ["raise unacknowledged", "suppress suppressed"]


def test_a_consequence_has_its_on_delay_to_end_after_its_cause() -> None:
    bench = Bench(STOPPED, SLOW)
    bench.pump(0, running=False, pressure=0.01)
    assert told(bench.tick(30)) == ["suppress suppressed"]
    returned = bench.pump(60, running=True)
    assert returned.alarms[-1].suppressed_by[0].until == at(90)
    assert told(bench.tick(89)) == []
    assert told(bench.tick(90)) == ["raise unacknowledged"]


def test_a_consequence_that_ends_within_its_on_delay_after_its_cause_is_never_told() -> None:
    bench = Bench(STOPPED, SLOW)
    bench.pump(0, running=False, pressure=0.01)
    bench.tick(30)
    bench.pump(60, running=True)
    assert told(bench.pump(80, pressure=0.5), bench.tick(90)) == ["return normal"]


def test_a_consequence_that_is_over_with_its_cause_is_not_told_while_its_off_delay_runs() -> None:
    slow = rule_spec(id="slow", inhibited_by=["stopped"], clear_for="60s", **{"for": "5s"})
    bench = Bench(STOPPED, slow)
    bench.pump(0, running=False)
    bench.pump(1, pressure=0.01)
    bench.tick(6)
    steps = [bench.pump(60, running=True, pressure=0.5), *(bench.tick(second) for second in range(61, 300))]
    assert "raise unacknowledged" not in told(*steps)


def test_a_cause_that_comes_again_within_that_time_goes_on_inhibiting() -> None:
    bench = Bench(STOPPED, SLOW)
    bench.pump(0, running=False, pressure=0.01)
    bench.tick(30)
    bench.pump(60, running=True)
    bench.pump(70, running=False)
    assert told(bench.tick(90)) == []
    assert states(bench) == {"stopped": "unacknowledged", "slow": "suppressed"}


def test_the_time_after_a_cause_stays_the_same_when_the_clock_is_set() -> None:
    bench = Bench(STOPPED, SLOW)
    bench.pump(0, running=False, pressure=0.01)
    bench.tick(30)
    bench.pump(60, running=True)
    bench.engine.clock_set(HOUR)
    assert told(bench.tick(3689)) == []
    assert told(bench.tick(3690)) == ["raise unacknowledged"]


def test_an_acknowledged_cause_still_inhibits_and_one_that_has_returned_does_not() -> None:
    bench = Bench(STOPPED, LOW)
    bench.pump(0, running=False)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 1)
    assert told(bench.pump(2, pressure=0.01)) == ["suppress suppressed"]
    bench.pump(3, running=True, pressure=0.5)
    bench.tick(3)
    assert told(bench.pump(4, pressure=0.01)) == ["raise unacknowledged"]


def test_an_alarm_that_was_told_before_its_cause_stays_and_its_end_is_told() -> None:
    bench = Bench(STOPPED, LOW)
    bench.pump(0, pressure=0.01)
    marked = bench.pump(1, running=False)
    assert [reason.source for reason in marked.alarms[-1].suppressed_by] == ["inhibition:stopped/p1/low"]
    assert states(bench) == {"low": "unacknowledged", "stopped": "unacknowledged"}
    assert told(bench.pump(2, pressure=0.5)) == ["return returned"]


ASIDE = {
    "shelved": ShelveRule(rule="stopped", subject=Subject.of_device("p1"), by="Li", why="known", duration=HOUR),
    "out of service": TakeOutOfService(device="p1", rule="stopped", by="Li", why="known"),
}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("aside", ASIDE)
def test_a_cause_of_which_people_were_told_goes_on_keeping_consequences_back_when_it_is_put_aside(
    aside: str, restarts: bool
) -> None:
    bench = Bench(STOPPED, LOW)
    steps = [bench.pump(0, running=False, pressure=0.01), bench.act(ASIDE[aside], 1)]
    assert states(bench) == {"stopped": "suppressed", "low": "suppressed"}
    if restarts:
        bench = Bench(STOPPED, LOW, checkpoint=checkpoint_after(*steps), start_s=2)
    assert told(bench.tick(9)) == []
    assert told(bench.act(EndShelf(shelf=1, by="Li"), 10), bench.tick(11)) == ["raise unacknowledged"]
    assert states(bench) == {"stopped": "unacknowledged", "low": "suppressed"}
    bench.pump(12, running=True)
    assert told(bench.tick(12)) == ["raise unacknowledged"], "the consequence, as it still stands after its cause"


def test_a_cause_that_occurs_anew_while_it_is_put_aside_keeps_nothing_back() -> None:
    bench = Bench(STOPPED, LOW)
    bench.pump(0, running=False)
    bench.act(ASIDE["shelved"], 1)
    bench.pump(2, running=True)
    bench.tick(2)
    bench.pump(3, running=False)
    assert told(bench.pump(4, pressure=0.01)) == ["raise unacknowledged"]


def test_behind_a_cause_of_which_nobody_was_told_nothing_is_kept_back() -> None:
    bench = Bench(STOPPED, LOW)
    bench.act(ShelveRule(rule="stopped", subject=Subject.of_device("p1"), by="Li", why="x", duration=HOUR), 0)
    bench.pump(1, running=False)
    assert told(bench.pump(2, pressure=0.01)) == ["raise unacknowledged"]
    bench.act(EndShelf(shelf=1, by="Li"), 3)
    assert states(bench) == {"low": "unacknowledged", "stopped": "unacknowledged"}


def test_a_consequence_of_a_consequence_is_suppressed_and_each_is_told_as_its_cause_ends() -> None:
    starts = rule_spec(id="starts", when="starts > 5", inhibited_by=["low"])
    bench = Bench(STOPPED, LOW, starts)
    bench.pump(0, running=False, pressure=0.01, starts=9)
    assert states(bench) == {"stopped": "unacknowledged", "low": "suppressed", "starts": "suppressed"}
    bench.pump(1, running=True)
    bench.tick(1)
    assert states(bench) == {"stopped": "returned", "low": "unacknowledged", "starts": "suppressed"}
    bench.pump(2, pressure=0.5)
    bench.tick(2)
    assert states(bench) == {"stopped": "returned", "low": "returned", "starts": "unacknowledged"}


@pytest.mark.parametrize("restarts", [False, True])
def test_behind_a_consequence_that_is_shelved_nothing_is_kept_back_when_its_cause_is_over(restarts: bool) -> None:
    rules = (STOPPED, LOW, rule_spec(id="starts", when="starts > 5", inhibited_by=["low"]))
    bench = Bench(*rules)
    steps = [bench.pump(0, running=False, pressure=0.01, starts=6)]
    subject = Subject.of_device("p1")
    shelve = ShelveRule(rule="low", subject=subject, by="Li", why="test", duration=HOUR)
    steps += [bench.act(shelve, 1), bench.tick(1)]
    if restarts:
        bench = Bench(*rules, checkpoint=checkpoint_after(*steps), start_s=1)
    bench.pump(2, running=True)
    bench.tick(2)
    assert states(bench) == {"stopped": "returned", "low": "suppressed", "starts": "unacknowledged"}


@pytest.mark.parametrize("hears", [True, False])
def test_a_restart_keeps_a_consequence_suppressed_while_its_cause_stands(hears: bool) -> None:
    bench = Bench(STOPPED, LOW)
    steps = [bench.pump(0, running=False), bench.pump(1, pressure=0.01)]
    again = Bench(STOPPED, LOW, checkpoint=checkpoint_after(*steps), start_s=9, hears=hears)
    assert (told(again.beginning, again.tick(50)), again.beginning.alarms) == ([], [])
    again.engine.set_hearing(at(100))
    assert states(again) == {"stopped": "unacknowledged", "low": "suppressed"}
    again.pump(102, running=True)
    assert told(again.tick(102)) == ["raise unacknowledged"]


def test_a_restart_keeps_the_time_after_a_cause() -> None:
    bench = Bench(STOPPED, SLOW)
    steps = [bench.pump(0, running=False, pressure=0.01), bench.tick(30), bench.pump(60, running=True)]
    again = Bench(STOPPED, SLOW, checkpoint=checkpoint_after(*steps), start_s=70)
    assert told(again.beginning, again.tick(89)) == []
    assert told(again.tick(90)) == ["raise unacknowledged"]


def test_a_consequence_whose_cause_ended_just_before_a_restart_in_which_its_time_passed_is_told_when_heard() -> None:
    bench = Bench(STOPPED, SLOW)
    steps = [bench.pump(0, running=False, pressure=0.01), bench.tick(30), bench.pump(60, running=True)]
    again = Bench(STOPPED, SLOW, checkpoint=checkpoint_after(*steps), start_s=600, hears=False)
    assert told(again.beginning, again.tick(600)) == []
    assert told(Seen(again.engine.set_hearing(at(601)))) == ["raise unacknowledged"]


def test_a_restart_without_the_rule_of_the_cause_lets_the_consequence_be_told() -> None:
    bench = Bench(STOPPED, LOW)
    steps = [bench.pump(0, running=False), bench.pump(1, pressure=0.01)]
    again = Bench(rule_spec(id="low"), checkpoint=checkpoint_after(*steps), start_s=9, hears=False)
    assert told(again.beginning) == ["remove normal"]
    assert told(Seen(again.engine.set_hearing(at(10)))) == ["raise unacknowledged"]


def test_what_a_device_powers_or_carries_is_inhibited_as_well() -> None:
    files = site(STOPPED, LOW)
    rules = {rule.id: rule for rule in files.rules}
    seam = LoneSeam(Annunciator.name)
    alarms = Annunciator(files.site, files.rules, seam)
    above = Inhibition(files.rules, lambda device: ("p2",) if device == "p1" else (), seam)

    def happen(event: Breached | Cleared) -> None:
        alarms.on(event)
        for emitted in seam.taken():
            above.on(emitted)
        for request in seam.asked:
            alarms.serve(request)
        seam.asked.clear()

    p1, p2 = Subject.of_device("p1"), Subject.of_device("p2")
    happen(Breached(rule=rules["stopped"], subject=p1, time=at(0), evidence=EVIDENCE))
    happen(Breached(rule=rules["low"], subject=p2, time=at(1), evidence=EVIDENCE))
    assert [(view.rule, view.state) for view in alarms.standing_on("p2")] == [("low", State.SUPPRESSED)]


def test_rules_stand_behind_those_that_inhibit_them_and_keep_their_order_otherwise() -> None:
    third = rule_spec(id="third", inhibited_by=["low"])
    other = rule_spec(id="other", inhibited_by=["not-here"])
    files = site(third, other, LOW, STOPPED)
    assert [rule.id for rule in causes_first(files.rules)] == ["other", "stopped", "low", "third"]


@pytest.mark.parametrize(
    ("inhibited_by", "circle"),
    [
        ({"a": ["b"], "b": ["c"]}, None),
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["c", "a"], "c": []}, ["a", "b", "a"]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, None),
    ],
)
def test_a_circle_of_inhibitors_is_found_from_any_rule_in_it(
    inhibited_by: dict[str, list[str]], circle: list[str] | None
) -> None:
    assert circle_of("a", inhibited_by) == circle
