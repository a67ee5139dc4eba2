"""What stands before the pages."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from html import unescape
from pathlib import Path

import httpx
import pytest

from gateway.core.kernel.links import LinkPurpose
from gateway.pages import guard
from gateway.pages.guard import (
    LONGEST_BODY,
    LONGEST_REPORT,
    LONGEST_TEXT_ALONE,
    UPLOADS_AT_ONCE,
    UPLOADS_OF_ONE,
    Limits,
)
from gateway.pages.limits import Allowance
from tests.unit.pages.visitors import Visit, text_of


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/openapi.json",
        "/api/v1/alarms",
        "/metrics",
        "/healthz",
        "/favicon.ico",
        "/l",
        "/lx",
        "/l/../docs",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_nothing_is_served_but_links_reports_and_tags(visit: Visit, method: str, path: str) -> None:
    page = await visit.phone.request(method, path)
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)


@pytest.mark.parametrize("path", ["/l/", "/r/", "/t/", "/t/04A2B3", "/l/a/b", "/r/t/a/b", "/r/nowhere/"])
async def test_what_no_page_is_at_is_a_page_that_says_so(visit: Visit, path: str) -> None:
    page = await visit.phone.get(path)
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_refused(visit: Visit, method: str) -> None:
    page = await visit.phone.request(method, visit.link(LinkPurpose.ACCEPT))
    assert (page.status_code, page.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert visit.desk.acts == []


async def test_each_answer_keeps_itself_to_itself(visit: Visit) -> None:
    paths = [visit.link(LinkPurpose.ACCEPT), "/l/nonsense", "/r/b1", "/nowhere"]
    for page in [await visit.phone.get(path) for path in paths]:
        headers = page.headers
        assert headers["Referrer-Policy"] == "no-referrer"  # the token is in the address
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Connection"] == "close"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        (style,) = re.findall(r"<style>(.*?)</style>", page.text, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
        assert "<script" not in page.text
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_site_cannot_press_the_button(visit: Visit, site: str) -> None:
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT), headers={"Sec-Fetch-Site": site})
    assert page.status_code == 403
    assert "This came from another web page" in text_of(page)
    assert visit.desk.acts == []
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT), headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 200


@pytest.mark.parametrize("says_so", [True, False])
async def test_a_long_body_is_refused_whether_it_says_so_or_not(visit: Visit, says_so: bool) -> None:
    body = b"comment=" + b"x" * LONGEST_BODY

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    link = visit.link(LinkPurpose.REOPEN)
    page = await visit.phone.post(link, content=body if says_so else chunks(), headers=form)
    assert page.status_code == 413
    assert visit.desk.acts == []


async def test_a_report_with_too_many_bytes_is_refused_with_what_to_do(visit: Visit) -> None:
    page = await visit.phone.post("/r/b1", files={"photos": ("a.jpg", bytes(LONGEST_REPORT), "image/jpeg")})
    assert page.status_code == 413
    assert "All together may have 40 MB. Send fewer photos" in text_of(page)
    assert visit.desk.reports == {}


def few(requests: int = 1000, reports: int = 1000, all_reports: int = 1000) -> Limits:
    return Limits(
        requests=Allowance(requests, 3600.0),
        reports=Allowance(reports, 3600.0),
        all_reports=Allowance(all_reports, 3600.0),
    )


async def test_one_address_may_ask_only_so_much_and_others_go_on(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, limits=few(requests=2))) as visit:
        assert [(await visit.phone.get("/r/b1")).status_code for _ in range(2)] == [200, 200]
        page = await visit.phone.get("/r/b1")
        assert page.status_code == 429
        assert 3590 < int(page.headers["Retry-After"]) <= 3600
        assert "Call the emergency services first" in text_of(page)
        async with visit.of("198.51.100.8") as other:
            assert (await other.get("/r/b1")).status_code == 200


async def test_tokens_that_are_guessed_count_as_requests(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, limits=few(requests=3))) as visit:
        codes = [(await visit.phone.get(f"/l/guess-{number}")).status_code for number in range(5)]
        assert codes == [403, 403, 403, 429, 429]


async def test_reports_have_limits_of_their_own_for_one_address_and_for_all(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, limits=few(reports=1, all_reports=2))) as visit:
        key = unescape(re.findall(r'name="key" value="([^"]+)"', (await visit.phone.get("/r/b1")).text)[0])
        form = {"key": key, "text": "The lamp is broken.", "contact": "+86 21 5555 0199"}
        codes = [(await visit.phone.post("/r/b1", data=form)).status_code for _ in range(2)]
        assert codes == [200, 429]
        assert (await visit.phone.get("/r/b1")).status_code == 200
        async with visit.of("198.51.100.8") as second, visit.of("198.51.100.9") as third:
            assert (await second.post("/r/b1", data=form)).status_code == 200
            page = await third.post("/r/b1", data=form)
            assert (page.status_code, int(page.headers["Retry-After"]) > 3590) == (429, True)
            assert "This was not sent: too many reports at once." in text_of(page)
            assert "Call the emergency services first" in text_of(page)
            for kept in form.values():
                assert kept in unescape(page.text)
            photo = {"photos": ("a.jpg", bytes(LONGEST_TEXT_ALONE), "image/jpeg")}
            page = await third.post("/r/b1", data=form, files=photo)
            assert (page.status_code, "go back and try again" in text_of(page)) == (429, True)
        assert len(visit.desk.reports) == 1


async def test_behind_a_proxy_each_phone_counts_by_itself(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, limits=few(requests=1), behind_proxy=True)) as visit:
        codes = [
            (await visit.phone.get("/r/b1", headers={"X-Forwarded-For": address})).status_code
            for address in ("203.0.113.1", "203.0.113.2", "10.0.0.1, 203.0.113.1")
        ]
        assert codes == [200, 200, 429]


async def test_an_error_of_the_program_is_a_page_and_goes_to_the_log(visit: Visit) -> None:
    visit.desk.fails = ZeroDivisionError("a mistake")
    with pytest.raises(ZeroDivisionError):  # uvicorn writes it into the log
        await visit.phone.post(visit.link(LinkPurpose.ACCEPT))
    async with visit.of("198.51.100.7", raises=False) as phone:
        page = await phone.post(visit.link(LinkPurpose.ACCEPT))
    assert page.status_code == 500
    assert "call the control room" in text_of(page)


async def test_only_so_many_photos_are_sent_at_once_and_reports_without_photos_never_wait(visit: Visit) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"--x"
        await asyncio.Event().wait()

    kind = {"Content-Type": "multipart/form-data; boundary=x"}

    async def is_busy(phone: httpx.AsyncClient) -> bool:
        page = await phone.post("/r/b1", files={"photos": ("a.jpg", bytes(LONGEST_TEXT_ALONE), "image/jpeg")})
        assert page.status_code in (422, 503)
        assert (page.status_code == 503) == ("send the report without photos" in text_of(page))
        return page.status_code == 503

    async with contextlib.AsyncExitStack() as stack:
        sending = []
        for number in range(UPLOADS_AT_ONCE // UPLOADS_OF_ONE):
            phone = await stack.enter_async_context(visit.of(f"203.0.113.{number}"))
            for _ in range(UPLOADS_OF_ONE):
                assert not await is_busy(phone)
                sending.append(asyncio.create_task(phone.post("/r/b1", content=never(), headers=kind)))
                await asyncio.sleep(0)
            assert await is_busy(phone)
        assert await is_busy(visit.phone)
        assert (await visit.phone.post("/r/b1", data={"text": "Fire!"})).status_code == 422  # the form has no key
        assert (await visit.phone.get("/r/b1")).status_code == 200
        for each in sending:
            each.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        assert not await is_busy(visit.phone)


async def test_a_report_that_says_to_be_short_and_is_not_is_refused(visit: Visit) -> None:
    async def longer() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(1024)

    kind = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "10"}
    assert (await visit.phone.post("/r/b1", content=longer(), headers=kind)).status_code == 413


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=x; charset=idna",
        "multipart/form-data; charset=punycode; boundary=x",
        "multipart/form-data; charset=utf-8; boundary=x; charset=idna",
        'multipart/form-data; boundary="x; charset=idna"',
        "multipart/form-data; Charset*=utf-8''idna; boundary=x",
        "application/x-www-form-urlencoded; charset=idna",
        "application/json",
        "text/plain",
    ],
)
async def test_what_no_browser_sends_is_refused_before_it_is_read(visit: Visit, kind: str) -> None:
    # To decode 1 MB as idna takes minutes, in which no alarm would be heard.
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nxn--' + b"b" * 60_000 + b"\r\n--x--\r\n"
    for path in ("/r/b1", visit.link(LinkPurpose.REOPEN)):
        page = await visit.phone.post(path, content=body, headers={"Content-Type": kind})
        assert page.status_code == 400
        assert "What was sent cannot be read" in text_of(page)


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=----WebKitFormBoundaryabc123",
        "multipart/form-data; boundary=---------------------------9051914041544843365972754266",
        'multipart/form-data; boundary="a=b:c?d"',
        "application/x-www-form-urlencoded",
        "multipart/form-data; charset=UTF-8; boundary=x",
        "multipart/form-data;boundary=x;charset=utf-8",
        "application/x-www-form-urlencoded; charset=UTF-8",
    ],
)
async def test_what_browsers_send_is_read(visit: Visit, kind: str) -> None:
    page = await visit.phone.post("/r/b1", content=b"", headers={"Content-Type": kind})
    assert page.status_code == 422


async def test_a_form_without_files_has_no_room_for_files(visit: Visit) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await visit.phone.post("/r/b1", content=b"&" * (LONGEST_TEXT_ALONE + 1), headers=kind)
    assert page.status_code == 413


async def test_answers_to_a_report_are_not_counted_as_reports(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, limits=few(reports=1, all_reports=1))) as visit:
        track = visit.link(LinkPurpose.TRACK, person=None)
        for _ in range(3):
            assert (await visit.phone.post(track, data={"do": "confirm"})).status_code == 404  # no such report
        assert (await visit.phone.post("/r/b1")).status_code == 422


@pytest.mark.parametrize("path", ["/r/b1", "/l/x", "/r/t/x"])
async def test_a_text_that_trickles_in_is_given_up(visit: Visit, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"text="
        await asyncio.Event().wait()

    monkeypatch.setattr(guard, "TEXT_WITHIN_S", 0.01)
    path = visit.link(LinkPurpose.REOPEN) if path == "/l/x" else path
    path = visit.link(LinkPurpose.TRACK, person=None) if path == "/r/t/x" else path
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await visit.phone.post(path, content=trickle(), headers=kind)
    assert (page.status_code, "What was sent cannot be read" in text_of(page)) == (408, True)
    assert visit.desk.acts == []
