"""The pages in a real browser of the size of a phone, which asks nobody but the gateway."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.texts import Language
from gateway.pages.server import PageServer
from gateway.store.alarms.queries import find_alarm
from tests.servers import HOST, require
from tests.unit.pages.visitors import Visit
from tests.unit.photos.pictures import phone_photo

NARROW, TALL = 320, 640
"""Pixels of the smallest phones, which are often those of the oldest people."""
SMALLEST_TARGET = 44
"""Pixels of what a thumb can hit."""
LEAST_CONTRAST = 4.5
"""Of text to its background: level AA of the WCAG."""

_CONTRASTS = """() => {
  const channel = value => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".empty")) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    found.push([element.textContent.trim().slice(0, 40), (one + 0.05) / (other + 0.05)]);
  }
  return found;
}"""


@dataclass(slots=True)
class Phone:
    """A browser, and what it asked for."""

    page: Page
    url: str
    asked: list[str] = field(default_factory=list)

    async def opens(self, path: str) -> Page:
        """Open a page by its path."""
        await self.page.goto(self.url + path)
        return self.page

    async def keeps(self, name: str) -> None:
        """Keep a picture of the page where `PICTURES` names a directory."""
        if directory := os.environ.get("PICTURES"):
            await self.page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    program = require("chromium", "chromium")
    async with async_playwright() as playwright:
        # Nobody but these tests has a page in it, and root has no sandbox.
        started = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield started
        finally:
            await started.close()


@asynccontextmanager
async def phone_of(visit: Visit, language: Language = "en", colours: str = "light") -> AsyncIterator[Phone]:
    """A phone that reaches the pages of a visit."""
    with socket.create_server((HOST, 0)) as listener:
        serving = asyncio.create_task(PageServer(visit.pages).serve(listener))
        async with browser() as started:
            context = await started.new_context(
                viewport={"width": NARROW, "height": TALL},
                device_scale_factor=2,
                is_mobile=True,
                has_touch=True,
                locale="zh-CN" if language == "zh" else "en-GB",
                color_scheme="dark" if colours == "dark" else "light",
            )
            phone = Phone(await context.new_page(), f"http://{HOST}:{listener.getsockname()[1]}")
            phone.page.on("request", lambda request: phone.asked.append(request.url))
            yield phone
            await context.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def check(phone: Phone) -> None:
    """The page fits the phone, thumbs hit what they should, and all text is readable."""
    page = phone.page
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW
    for target in await page.locator("button, a, input:not([type=hidden]), textarea, label.star").all():
        box = await target.bounding_box()
        if box is not None and box["x"] >= 0 and await target.get_attribute("type") != "radio":
            assert box["height"] >= SMALLEST_TARGET, await target.evaluate("element => element.outerHTML")
    for text, contrast in await page.evaluate(_CONTRASTS):
        assert contrast >= LEAST_CONTRAST, text
    assert all(url.startswith((phone.url, "data:")) for url in phone.asked), phone.asked


@pytest.mark.parametrize(("language", "colours"), [("en", "light"), ("zh", "dark")])
async def test_an_alarm_is_acknowledged_with_one_tap(tmp_path: Path, language: Language, colours: str) -> None:
    async with aclosing(Visit(tmp_path, language=language)) as visit, phone_of(visit, language, colours) as phone:
        visit.house.run_dry()
        page = await phone.opens(visit.alarm_link())
        await check(phone)
        await phone.keeps(f"alarm-{language}-{colours}")
        await page.locator("button").tap()
        await page.get_by_role("status").wait_for()
        await check(phone)
        await phone.keeps(f"acknowledged-{language}-{colours}")
        alarm = find_alarm(visit.house.database, 1)
        assert alarm is not None
        assert (alarm.state, alarm.acknowledged_by) == (State.ACKNOWLEDGED, "Ann")
        await phone.opens(visit.alarm_link())
        assert await page.locator("button").count() == 0
        await check(phone)
        await phone.keeps(f"done-already-{language}-{colours}")


@pytest.mark.parametrize(("language", "colours"), [("en", "light"), ("zh", "dark")])
async def test_a_report_with_a_photo_is_sent_followed_and_rated(
    tmp_path: Path, language: Language, colours: str
) -> None:
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(phone_photo(rotation=6))
    words = {
        "en": (
            "Water runs down the wall beside the second pump.",
            "See the progress",
            "5, very good",
            "Send the rating",
        ),
        "zh": ("二号水泵旁边的墙上一直在流水。", "查看进度", "5 分，非常满意", "提交评分"),
    }[language]
    said, progress, star, rate = words
    async with aclosing(Visit(tmp_path, language=language)) as visit, phone_of(visit, language, colours) as phone:
        page = await phone.opens("/r/b1.pumps")
        await check(phone)
        await phone.keeps(f"report-{language}-{colours}")
        await page.locator("[name=text]").fill(said)
        await page.locator("[name=photos]").set_input_files(photo)
        await page.locator("[name=contact]").fill("+86 21 5555 0100")
        await page.locator("button").tap()
        await page.get_by_role("status").wait_for()
        await check(phone)
        await phone.keeps(f"thanks-{language}-{colours}")
        ((number, report),) = visit.desk.reports.values()
        assert (report.text, len(report.photos)) == (said, 1)
        assert report.contact == ("phone", "+86 21 5555 0100")

        await page.get_by_role("link", name=progress).tap()
        await page.wait_for_url("**/r/t/**")
        visit.desk.finish(number)
        await page.reload()
        await check(phone)
        (width,) = await page.locator(".photos img").evaluate_all("found => found.map(each => each.naturalWidth)")
        assert width > 0
        await phone.keeps(f"track-{language}-{colours}")
        await page.get_by_label(star).check()
        await page.get_by_role("button", name=rate).tap()
        await page.get_by_role("status").wait_for()
        await phone.keeps(f"rated-{language}-{colours}")
        ((link, answer),) = visit.desk.acts
        assert (link.purpose, answer.rating) == (LinkPurpose.RATE, 5)


async def test_the_switch_of_languages_and_a_missing_text_need_no_script(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path)) as visit, phone_of(visit) as phone:
        page = await phone.opens("/r/b1.pumps")
        await page.get_by_text("中文").tap()
        await page.get_by_text("请描述问题").wait_for()
        assert await page.evaluate("document.documentElement.lang") == "zh-CN"
        await page.locator("[name=text]").fill("漏水")
        await page.locator("[name=contact]").fill("门口")
        await page.locator("button").tap()
        await page.get_by_role("alert").wait_for()
        assert "请填写电话号码或邮箱" in await page.get_by_role("alert").inner_text()
        assert await page.locator("[name=text]").input_value() == "漏水"
        await check(phone)
        await phone.keeps("wrong-zh")


@pytest.mark.parametrize("purpose", [LinkPurpose.RATE, LinkPurpose.DECLINE, LinkPurpose.REOPEN, LinkPurpose.ACCEPT])
async def test_pages_of_tickets_fit_a_phone(tmp_path: Path, purpose: LinkPurpose) -> None:
    async with aclosing(Visit(tmp_path)) as visit, phone_of(visit) as phone:
        await phone.opens(visit.link(purpose))
        await check(phone)
        await phone.keeps(f"ticket-{purpose}")


async def test_a_link_that_does_not_work_fits_a_phone(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path)) as visit, phone_of(visit) as phone:
        await phone.opens(visit.link(LinkPurpose.ACCEPT)[:-4])
        await check(phone)
        await phone.keeps("cut-off")
