"""Links that acknowledge an alarm."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.shelf import ShelveAlarm
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import HOUR
from gateway.pages import acting
from gateway.store.alarms.queries import find_alarm
from tests.unit.pages.visitors import Visit, buttons, text_of


def state_of(visit: Visit) -> tuple[State, str | None]:
    alarm = find_alarm(visit.house.database, 1)
    assert alarm is not None
    return alarm.state, alarm.acknowledged_by


async def test_the_page_says_what_the_alarm_is_about_and_has_one_button(visit: Visit) -> None:
    visit.house.run_dry()
    page = await visit.phone.get(visit.alarm_link())
    assert page.status_code == 200
    for part in ("Running dry", "Pump 1 · Pump room", "Critical alarm 1", "Nobody has acknowledged it"):
        assert part in text_of(page)
    assert "since 2026-01-01 20:00" in text_of(page)  # as the clocks of the site show it
    assert "You act as Ann." in text_of(page)
    assert buttons(page) == ["Acknowledge"]


async def test_the_page_speaks_chinese_to_a_chinese_browser(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, language="zh")) as visit:
        visit.house.run_dry()
        page = await visit.phone.get(visit.alarm_link())
        for part in ("缺水运行", "一号泵 · 泵房", "紧急报警 1", "未确认", "自 2026-01-01 20:00", "操作人：Ann"):
            assert part in text_of(page)
        assert buttons(page) == ["确认报警"]
        assert '<html lang="zh-CN">' in page.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_to_open_the_link_does_nothing_as_scanners_of_mail_open_each(visit: Visit, method: str) -> None:
    visit.house.run_dry()
    for _ in range(3):
        assert (await visit.phone.request(method, visit.alarm_link())).status_code == 200
    assert state_of(visit) == (State.UNACKNOWLEDGED, None)


async def test_the_button_acknowledges_the_alarm_in_the_name_of_the_person(visit: Visit) -> None:
    visit.house.run_dry()
    page = await visit.phone.post(visit.alarm_link())
    assert page.status_code == 200
    assert "The alarm is acknowledged." in text_of(page)
    assert state_of(visit) == (State.ACKNOWLEDGED, "Ann")


async def test_a_second_tap_says_that_it_is_done_and_by_whom(visit: Visit) -> None:
    visit.house.run_dry()
    await visit.phone.post(visit.alarm_link())
    visit.house.later(60)
    page = await visit.phone.post(visit.alarm_link())
    assert "Ann did this already, at 2026-01-01 20:00." in text_of(page)
    assert buttons(page) == []
    assert buttons(await visit.phone.get(visit.alarm_link())) == []


async def test_whoever_comes_second_is_told_who_was_first(visit: Visit) -> None:
    visit.house.run_dry()
    await visit.phone.post(visit.alarm_link(person="bob"))
    assert "bob did this already" in text_of(await visit.phone.post(visit.alarm_link(person="ann")))
    assert state_of(visit) == (State.ACKNOWLEDGED, "bob")


async def test_two_taps_at_once_acknowledge_once_and_both_are_answered(visit: Visit) -> None:
    visit.house.run_dry()
    link = visit.alarm_link()
    pages = await asyncio.gather(*(visit.phone.post(link) for _ in range(2)))
    assert sorted(page.status_code for page in pages) in ([200, 200], [200, 409])
    assert all("acknowledged" in text_of(page) or "did this already" in text_of(page) for page in pages)
    assert state_of(visit) == (State.ACKNOWLEDGED, "Ann")


async def test_an_alarm_that_is_over_asks_for_nothing(visit: Visit) -> None:
    visit.house.run_dry()
    await visit.house.act(Acknowledge(alarm=1, by="Bob"))
    visit.house.recover()
    page = await visit.phone.post(visit.alarm_link())
    assert "Over" in text_of(page)
    assert "Bob did this already" in text_of(page)
    assert state_of(visit) == (State.NORMAL, "Bob")


async def test_an_alarm_that_ended_unseen_can_still_be_acknowledged(visit: Visit) -> None:
    visit.house.run_dry()
    visit.house.recover()
    page = await visit.phone.get(visit.alarm_link())
    assert "Over, and nobody has acknowledged it" in text_of(page)
    assert buttons(page) == ["Acknowledge"]
    await visit.phone.post(visit.alarm_link())
    assert state_of(visit) == (State.NORMAL, "Ann")


async def test_an_alarm_that_is_raised_again_waits_for_an_acknowledgement_again(visit: Visit) -> None:
    visit.house.run_dry()
    await visit.phone.post(visit.alarm_link())
    visit.house.recover()
    visit.house.run_dry()
    assert "did this already" in text_of(await visit.phone.get(visit.alarm_link()))
    assert buttons(await visit.phone.get(visit.alarm_link(2))) == ["Acknowledge"]


async def test_a_suppressed_alarm_says_so(visit: Visit) -> None:
    visit.house.run_dry()
    await visit.house.act(ShelveAlarm(alarm=1, by="Bob", why="The pump is replaced.", duration=HOUR))
    page = await visit.phone.post(visit.alarm_link())
    assert "The alarm is suppressed." in text_of(page)
    assert buttons(page) == []
    assert state_of(visit) == (State.SUPPRESSED, None)


async def test_an_alarm_that_is_not_on_disk_yet_is_told_to_be_tried_again(visit: Visit) -> None:
    for send in (visit.phone.get, visit.phone.post):
        page = await send(visit.alarm_link(99))
        assert page.status_code == 404
        assert "Try again in a minute" in text_of(page)


async def test_an_acknowledgement_that_does_not_reach_the_disk_is_not_told_to_be_done(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.house.run_dry()

    async def hang(_action: Action) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(acting, "DURABLE_WITHIN_S", 0.01)
    monkeypatch.setattr(visit.house, "act", hang)
    page = await visit.phone.post(visit.alarm_link())
    assert page.status_code == 503
    assert "not yet safely stored, so a crash would undo it" in text_of(page)
