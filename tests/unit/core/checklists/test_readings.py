"""Readings that are taken from the device at the moment of the answer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gateway.core.checklists.actions import AnswerItem
from gateway.core.checklists.part import Checklists
from gateway.core.checklists.requests import AttachChecklist
from gateway.core.checklists.run import Answer
from gateway.core.kernel.times import SECOND
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec
from gateway.errors import ChecklistRefused
from tests.unit.core.checklists.clipboard import TICKET, checklist
from tests.unit.core.sites import PUMP, Bench, Seen, at, checkpoint_after, site

READINGS = checklist(
    {"id": "pressure", "text": {"en": "Pressure"}, "kind": "reading", "metric": "pressure", "min": 0.2},
    {"id": "mode", "text": {"en": "Mode"}, "kind": "reading", "metric": "mode", "fails": ["hand"], "max_age": "1h"},
)
BY_HAND = "; look at the instrument on site, and enter the value"


class Pumps(Bench):
    """Two pumps, with a checklist that is attached to the first of them unless said otherwise."""

    def __init__(self, device: str | None = "p1", *, reported: Seen | None = None) -> None:
        """Begin anew, or 10 s after noon where these readings were stored, without knowing what time it is."""
        files = replace(site(), checklists={"weekly": READINGS})
        if reported is None:
            super().__init__(configuration=files)
        else:
            before = checkpoint_after(reported)
            super().__init__(configuration=files, checkpoint=before, start_s=10, knows_time=False)
        attach = AttachChecklist(about=TICKET, checklist="weekly", device=device, time=at(0))
        self.engine.part(Checklists).serve(attach)
        self.tick(0)

    def take(
        self, at_s: float, item: str = "pressure", value: Value | None = None, *, by: str = "Li Wei", expects: int = 0
    ) -> list[Answer]:
        """Somebody answers the item; returns what was stored."""
        action = AnswerItem(run=1, item=item, value=value, by=by, expects=expects)
        answers: list[Answer] = self.act(action, at_s).changes.parts.get(Checklists.name, [])
        return answers


def test_it_takes_the_latest_value_and_keeps_when_the_device_measured_it() -> None:
    pumps = Pumps()
    pumps.pump(10, pressure=0.1, mode="automatic")
    pumps.pump(20, "p2", pressure=0.9)
    (answer,) = pumps.take(30)
    assert (answer.value, answer.measured_at, answer.answered_at) == (0.1, at(10), at(30))
    (mode,) = pumps.take(31, "mode")
    assert (mode.value, mode.measured_at) == ("automatic", at(10))
    assert pumps.act(AnswerItem(run=1, item="pressure", by="Li Wei", expects=1), 32).events[-1].data == {
        "step": "correct",
        "item": "pressure",
        "text": "Pressure",
        "revision": 2,
        "value": 0.1,
        "unit": "MPa",
        "failed": True,
        "measured_at": "2027-01-15T08:00:10.000Z",
        "title": "Weekly",
        "about": "ticket:12",
    }


def test_a_value_as_old_as_it_may_be_is_taken_and_an_older_one_is_not() -> None:
    pumps = Pumps()
    pumps.pump(0, pressure=0.4, mode="hand")
    with pytest.raises(ChecklistRefused) as caught:
        pumps.take(901)
    assert str(caught.value) == (f"pressure: the latest pressure of p1 is 15m1s old, and may be 15m old{BY_HAND}")
    (mode,) = pumps.take(901, "mode")
    assert mode.value == "hand"
    (answer,) = pumps.take(901, value=0.35)
    assert (answer.value, answer.measured_at) == (0.35, None)
    fresh = Pumps()
    fresh.pump(0, pressure=0.4)
    assert [answer.value for answer in fresh.take(900)] == [0.4]


def test_a_device_that_never_reported_the_metric_and_one_that_is_gone_have_no_reading() -> None:
    pumps = Pumps()
    pumps.pump(0, running=True)
    with pytest.raises(ChecklistRefused, match=f"pressure: p1 has not reported pressure{BY_HAND}"):
        pumps.take(1)
    for device, sentence in ((None, "this checklist is about no device"), ("p9", "p9 has not reported pressure")):
        with pytest.raises(ChecklistRefused, match=sentence):
            Pumps(device).take(1)


def test_a_value_of_the_past_that_was_told_late_is_not_the_reading_of_now() -> None:
    pumps = Pumps()
    pumps.pump(600, pressure=0.4)
    pumps.devices.outdate("p1", "pressure")
    with pytest.raises(ChecklistRefused, match="the latest pressure of p1 is 1m old, and may not hold any more"):
        pumps.take(660)


def test_a_value_of_the_future_says_nothing_of_its_age() -> None:
    pumps = Pumps()
    pumps.pump(0, pressure=0.4)
    with pytest.raises(ChecklistRefused, match="is 16m40s ahead of the present"):
        pumps.take(-1000)


def test_a_device_of_another_class_is_read_only_where_unit_and_type_are_those_of_the_checklist() -> None:
    messages = [{"topic": "site/{site}/other/{device}"}]
    for metric, sentence in (
        ({"type": "float", "unit": "kPa"}, "pressure: x1 reports pressure in another unit, kPa"),
        ({"type": "string", "unit": "MPa"}, "pressure: what x1 reports does not fit: pressure: '400' is no number"),
    ):
        fields = {"profile": "other", "title": {"en": "Other"}, "metrics": {"pressure": metric}, "messages": messages}
        files = site()
        devices = {"x1": DeviceSpec.model_validate({"id": "x1", "profile": "other"})}
        other = replace(
            files,
            site=replace(files.site, devices=devices),
            profiles={"pump": PUMP, "other": Profile.model_validate(fields)},
            checklists={"weekly": READINGS},
        )
        bench = Bench(configuration=other)
        bench.send(0, "site/s1/other/x1", b'{"pressure": "400"}')
        bench.engine.part(Checklists).serve(AttachChecklist(about=TICKET, checklist="weekly", device="x1", time=at(0)))
        bench.tick(0)
        with pytest.raises(ChecklistRefused, match=re.escape(sentence)):
            bench.act(AnswerItem(run=1, item="pressure", by="Li Wei"), 1)


def test_a_reading_that_was_taken_is_not_taken_again_by_the_same_request() -> None:
    pumps = Pumps()
    pumps.pump(0, pressure=0.4)
    pumps.take(1)
    pumps.pump(2, pressure=0.5)
    assert pumps.take(3) == []
    with pytest.raises(ChecklistRefused, match="Li Wei has answered pressure at"):
        pumps.take(3, by="Wang Fang")
    (again,) = pumps.take(4, by="Wang Fang", expects=1)
    assert (again.value, again.revision, again.measured_at) == (0.5, 2, at(2))


def restarted() -> Pumps:
    """After a restart the gateway knows the latest value of before, and does not know what time it is."""
    before = Pumps()
    return Pumps(reported=before.pump(0, pressure=0.4))


def test_until_the_time_is_known_a_value_of_an_earlier_run_may_be_of_any_age() -> None:
    pumps = restarted()
    with pytest.raises(ChecklistRefused) as caught:
        pumps.take(20)
    assert str(caught.value) == (
        "pressure: the latest pressure of p1 may be of before the start,"
        f" and the gateway does not know yet what time it is{BY_HAND}"
    )
    pumps.pump(25, pressure=0.5)
    assert [answer.value for answer in pumps.take(30)] == [0.5]


@pytest.mark.parametrize(("by_s", "is_taken"), [(0, True), (30 * 86400, False)])
def test_once_the_time_is_known_the_age_of_a_value_of_an_earlier_run_counts(by_s: float, is_taken: bool) -> None:
    pumps = restarted()
    pumps.engine.clock_set(round(by_s * SECOND), knows_time=True)
    if is_taken:
        assert [answer.value for answer in pumps.take(by_s + 20)] == [0.4]
    else:
        with pytest.raises(ChecklistRefused, match="the latest pressure of p1 is 30d20s old"):
            pumps.take(by_s + 20)


def test_a_clock_that_is_set_nearer_to_the_time_leaves_the_doubt() -> None:
    pumps = restarted()
    pumps.engine.clock_set(60 * SECOND, knows_time=False)
    with pytest.raises(ChecklistRefused, match="of before the start"):
        pumps.take(80)
    pumps.pump(85, pressure=0.5)
    assert [answer.value for answer in pumps.take(90)] == [0.5]


def test_what_the_broker_has_kept_is_no_reading_of_a_device_that_is_not_heard() -> None:
    pumps = Pumps()
    topic, kept = "site/s1/pump/p1/telemetry", b'{"pressure": 0.4}'
    pumps.send(0, topic, kept, retained=True)
    with pytest.raises(ChecklistRefused) as caught:
        pumps.take(5)
    assert str(caught.value) == (
        f"pressure: the latest pressure of p1 is what the broker has kept, and p1 itself was never heard{BY_HAND}"
    )
    pumps.send(10, topic, b'{"running": true}')
    assert [answer.value for answer in pumps.take(15)] == [0.4]
    pumps.send(1000, topic, kept, retained=True)
    with pytest.raises(ChecklistRefused, match="and p1 itself was heard 16m35s ago"):
        pumps.take(1005, expects=1, by="Wang Fang")
