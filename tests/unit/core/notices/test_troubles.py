"""Who cannot be reached is told to those who can: each once while the alarm about it stands."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.notices.notice import Notice
from tests.unit.core.notices.office import CHIEF, MAIL, TECH, Office, configuration

FAILS = "Somebody cannot be told of alarms or work"
ANN = {**TECH, "id": "ann", "contact": [MAIL]}
BOB = {**TECH, "id": "bob", "contact": [{"email": "bob@example.org"}]}


def _to(*people: str) -> Callable[[Notice], bool]:
    return lambda notice: notice.person in people


def _lose(office: Office, *people: str, seconds: float = 61) -> None:
    """No message arrives at these people, at all others each."""
    for _ in range(round(seconds)):
        office.fail_all(where=_to(*people))
        while office.flying:
            office.deliver_all()
        office.wait(1)
        office.fail_all(where=_to(*people))
    office.fail_all(where=_to(*people))
    office.deliver_all()


def _of_trouble(office: Office) -> list[str]:
    return [each for each in office.sent() if FAILS in each and each.startswith("chief-1")]


def _with_ann_lost(*, restarts: bool = False) -> Office:
    """Ann cannot be reached, and the chief has acknowledged that."""
    office = Office(configuration(people=[ANN, BOB, CHIEF]))
    office.breach("critical", "p1")
    _lose(office, "ann")
    assert _of_trouble(office) == [f"chief-1 sms: [critical] {FAILS}: the gateway"]
    office.acknowledge_all()
    _lose(office, "ann")
    if restarts:
        office.restart()
    assert _of_trouble(office) == []
    return office


def test_a_further_person_who_cannot_be_reached_is_told_though_the_alarm_is_acknowledged() -> None:
    for restarts in (False, True):
        office = _with_ann_lost(restarts=restarts)
        office.breach("critical", "p2")
        _lose(office, "ann", "bob")
        assert _of_trouble(office) == [f"chief-1 sms: [critical] {FAILS}: the gateway"]
        alarm = office.standing("notices-fail")
        assert alarm is not None
        assert alarm.detail is not None
        assert alarm.detail.startswith("bob is not told of alarm:")
        assert "ann is not told" in alarm.detail


def test_that_the_same_person_cannot_be_reached_again_is_no_news() -> None:
    office = _with_ann_lost()
    for pump in ("p2", "p1"):
        office.recover("p1")
        office.breach("critical", pump)
        _lose(office, "ann", seconds=120)
        assert _of_trouble(office) == []


def test_who_comes_and_goes_while_the_alarm_stands_is_told_once() -> None:
    for restarts in (False, True):
        office = _with_ann_lost()
        office.breach("critical", "p2")
        _lose(office, "ann", "bob")
        assert len(_of_trouble(office)) == 1
        office.acknowledge_all()
        office.recover("p2")
        _lose(office, "ann", seconds=40)  # that it is over arrives at bob
        alarm = office.standing("notices-fail")
        assert alarm is not None
        assert "bob" not in str(alarm.detail)
        if restarts:
            office.restart()
        office.recover("p1")
        office.breach("critical", "p1")
        _lose(office, "ann", "bob")
        assert _of_trouble(office) == []


def test_of_many_the_latest_are_named_first() -> None:
    crowd = [{**TECH, "id": f"t{index}", "contact": [{"email": f"t{index}@example.org"}]} for index in range(8)]
    office = Office(configuration(people=[*crowd, CHIEF]))
    office.breach("critical", "p1")
    _lose(office, *(str(each["id"]) for each in crowd[:7]))
    office.acknowledge_all()
    office.sent()
    office.breach("critical", "p2")
    _lose(office, *(str(each["id"]) for each in crowd))
    told = [each for each in office.handed if each.person == "chief-1" and FAILS in each.title]
    assert "t7 is not told" in told[-1].body


def test_nothing_is_kept_of_who_was_lost_once_all_can_be_reached() -> None:
    office = _with_ann_lost()
    office.breach("critical", "p2")
    _lose(office, "ann", "bob")
    office.acknowledge_all()
    office.wait_delivering(600)
    office.breach("fire", "p1")
    office.wait_delivering(600)
    assert office.troubles == {}
    assert office.standing("notices-fail") is None
