"""What the people of the demo decide about tickets, in virtual time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import gateway.demo
from gateway.core.checklists.definition import ItemKind
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.work.lifecycle import TicketState, TicketStep
from gateway.demo import in_language
from gateway.demo.people import HABITS, Crew, Deed, Habit, Job, answer_to
from gateway.site_files import load_configuration

HERE = Path(gateway.demo.__file__).parent
LONG: Micros = 600 * SECOND
"""Longer than anybody takes."""


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load_configuration(HERE / "site.yaml")


@pytest.fixture
def crew(configuration: Configuration) -> Crew:
    return Crew(configuration.site, seed=1)


def job(state: TicketState, assignee: str | None = None, *, category: str = "pump", stands: bool = False) -> Job:
    return Job(7, state, category, "engineering", assignee, alarm_stands=stands)


def decided(crew: Crew, each: Job, now: Micros = 0) -> list[Deed]:
    """What people do in the end about a ticket that is seen so from now on."""
    assert list(crew.deeds([each], now)) == [], "nobody acts in the moment in which a ticket changes"
    return list(crew.deeds([each], now + LONG))


def test_every_person_of_the_demo_has_a_habit(configuration: Configuration) -> None:
    assert configuration.site.people.keys() == HABITS.keys()
    assert set(HABITS.values()) == set(Habit)


@pytest.mark.parametrize(("reporter", "customer"), [(None, "Duty room"), ("Ms Sun", "Ms Sun")])
def test_a_prompt_technician_accepts_attends_and_resolves_and_who_has_reported_it_or_the_duty_room_confirms_and_rates(
    crew: Crew, reporter: str | None, customer: str
) -> None:
    steps = []
    for state, rating in (
        (TicketState.ASSIGNED, None),
        (TicketState.ACCEPTED, None),
        (TicketState.ON_SITE, None),
        (TicketState.RESOLVED, None),
        (TicketState.CONFIRMED, None),
        (TicketState.CONFIRMED, 5),
    ):
        seen = job(state, "tech-1", category="elevator")._replace(reporter=reporter, rating=rating)
        (deed,) = decided(crew, seen)
        steps.append((deed.step, deed.body["by"]))
    assert steps == [
        (TicketStep.ACCEPT, "Li Wei"),
        (TicketStep.ARRIVE, "Li Wei"),
        (TicketStep.RESOLVE, "Li Wei"),
        (TicketStep.CONFIRM, customer),
        (None, customer),
        (TicketStep.CLOSE, "Duty room"),
    ]
    assert decided(crew, job(TicketState.CLOSED, "tech-1")) == []


def test_work_in_time_is_rated_best_and_late_work_is_not(crew: Crew) -> None:
    ratings = []
    for is_late in (False, True):
        (deed,) = decided(crew, job(TicketState.CONFIRMED, "tech-1")._replace(number=int(is_late), is_late=is_late))
        ratings.append(deed.body["rating"])
    assert ratings == [5, 3]


def test_a_resident_reports_once_what_the_gateway_has_taken(crew: Crew, configuration: Configuration) -> None:
    assert crew.report(0) is None
    report = crew.report(LONG)
    assert report is not None
    assert (report.name, report.text) == ("Ms Sun", "The lamp in the lobby flickers")
    assert report.place in configuration.site.locations
    assert crew.report(LONG) == report, "it comes again until the gateway has it"
    crew.reported()
    assert crew.report(LONG) is None


def test_a_slow_technician_takes_longer_than_a_prompt_one(configuration: Configuration) -> None:
    def accepts_after(person: str) -> Micros:
        crew = Crew(configuration.site, seed=1)
        asked = job(TicketState.ASSIGNED, person)
        return next(at for at in range(0, LONG, SECOND) if list(crew.deeds([asked], at)))

    prompt, slow = accepts_after("tech-1"), accepts_after("tech-3")
    assert 0 < prompt <= 20 * SECOND < 30 * SECOND <= slow


def test_a_forgetful_technician_lets_the_first_request_pass_and_accepts_the_second(crew: Crew) -> None:
    assert decided(crew, job(TicketState.ASSIGNED, "tech-2")) == []
    assert list(crew.deeds([job(TicketState.ASSIGNED, "tech-3")], LONG)) == []
    (deed,) = decided(crew, job(TicketState.ASSIGNED, "tech-2"), LONG)
    assert (deed.step, deed.body["by"]) == (TicketStep.ACCEPT, "Wang Fang")


def test_what_nobody_has_taken_the_duty_room_gives_to_somebody_who_does_not_forget(crew: Crew) -> None:
    (deed,) = decided(crew, job(TicketState.NEW))
    assert (deed.step, deed.body["by"], deed.body["to"]) == (TicketStep.ASSIGN, "Duty room", "tech-1")


def test_work_is_not_done_while_the_alarm_stands(crew: Crew) -> None:
    standing = job(TicketState.ON_SITE, "tech-1", category="elevator", stands=True)
    assert decided(crew, standing) == []
    (deed,) = crew.deeds([standing._replace(alarm_stands=False)], LONG)
    assert deed.step is TicketStep.RESOLVE


def test_a_pump_may_wait_for_a_part_once(configuration: Configuration) -> None:
    held = 0
    for seed in range(20):
        crew = Crew(configuration.site, seed=seed)
        (deed,) = decided(crew, job(TicketState.ON_SITE, "tech-3"))
        if deed.step is not TicketStep.HOLD:
            assert deed.step is TicketStep.RESOLVE
            continue
        held += 1
        assert deed.body["reason"] == "parts"
        (resumed,) = decided(crew, job(TicketState.ON_HOLD, "tech-3"))
        assert resumed.step is TicketStep.RESUME
        (done,) = decided(crew, job(TicketState.ON_SITE, "tech-3"))
        assert done.step is TicketStep.RESOLVE
    assert 0 < held < 20


@pytest.mark.parametrize(("category", "is_taken"), [("pump", True), ("elevator", True), ("fire", False)])
def test_a_machine_is_taken_out_of_service_and_a_detector_never(crew: Crew, category: str, is_taken: bool) -> None:
    (deed,) = decided(crew, job(TicketState.ACCEPTED, "tech-1", category=category))
    assert ("out_of_service_for" in deed.body) is is_taken


def test_somebody_whom_the_demo_does_not_know_is_left_alone(crew: Crew) -> None:
    assert decided(crew, job(TicketState.ASSIGNED, "Lift company")) == []


def test_the_same_seed_decides_the_same_whatever_else_there_is(configuration: Configuration) -> None:
    def moments(seed: int, *others: Job) -> list[tuple[Micros, Deed]]:
        crew, asked = Crew(configuration.site, seed=seed), job(TicketState.ASSIGNED, "tech-3")
        found = ((at, deed) for at in range(0, LONG, SECOND // 10) for deed in crew.deeds([*others, asked], at))
        return [next((at, deed) for at, deed in found if deed.ticket == asked.number)]

    other = job(TicketState.ASSIGNED, "tech-1")._replace(number=6)
    assert moments(1) == moments(1, other)
    assert len({moments(seed)[0][0] for seed in range(8)}) > 1


def test_in_a_chinese_demo_people_write_chinese(configuration: Configuration) -> None:
    crew = Crew(in_language(configuration, "zh").site, seed=1)
    (deed,) = decided(crew, job(TicketState.ON_SITE, "tech-1", category="elevator"))
    assert deed.body == {"by": "李伟", "note": "已复位故障并试运行"}


def test_what_people_send_can_be_written_as_json(crew: Crew) -> None:
    (deed,) = decided(crew, job(TicketState.ACCEPTED, "tech-1"))
    assert msgspec.json.decode(msgspec.json.encode(deed.body)) == {"by": "Li Wei", "out_of_service_for": "30m"}


def test_after_work_on_a_pump_its_checklist_is_answered_and_never_with_what_is_not_good(crew: Crew) -> None:
    decided(crew, job(TicketState.ON_HOLD, "tech-1"))
    (done,) = decided(crew, job(TicketState.ON_SITE, "tech-1"))
    assert (done.step, done.checklist) == (TicketStep.RESOLVE, "pump-after-repair")
    assert answer_to(ItemKind.PASS_FAIL, [], [], "Li Wei") == "pass"
    assert answer_to(ItemKind.CHOICE, ["drips", "dry"], ["drips"], "Li Wei") == "dry"
    assert answer_to(ItemKind.SIGNATURE, [], [], "Li Wei") == "Li Wei"
    assert answer_to(ItemKind.READING, [], [], "Li Wei") is None
    with pytest.raises(ValueError, match="photo"):
        answer_to(ItemKind.PHOTO, [], [], "Li Wei")


def test_the_checklists_that_people_answer_are_those_of_the_site(configuration: Configuration, crew: Crew) -> None:
    decided(crew, job(TicketState.ON_HOLD, "tech-1"))
    (done,) = decided(crew, job(TicketState.ON_SITE, "tech-1"))
    checklist = configuration.checklists[done.checklist or ""]
    for item in checklist.items:
        answer_to(item.kind, [each.id for each in item.choices or ()], item.fails or (), "Li Wei")
