"""Reports of the pages as real tickets, and what of a ticket the person sees who has reported it."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from html import unescape
from pathlib import Path

import httpx
import pytest

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import DAY
from gateway.core.work.actions import (
    AcceptTicket,
    AddPhoto,
    ArriveTicket,
    CancelTicket,
    CloseTicket,
    CommentTicket,
    HoldTicket,
    MergeTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    TicketAction,
)
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from gateway.pages import report_pages
from gateway.store.audit.queries import ticket_entries
from gateway.store.work.queries import find_ticket
from tests.unit.pages.visitors import Visit, buttons, text_of
from tests.unit.photos.pictures import phone_photo

SECRET = "The owner has not paid"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Visit]:
    """A house whose pages open real tickets."""
    async with aclosing(Visit(tmp_path, has_tickets=True)) as visit:
        yield visit


async def report(visit: Visit, text: str = "Water leaks", *, photos: int = 0, **fields: str) -> httpx.Response:
    """Somebody fills in the form of the pump room."""
    form = await visit.phone.get("/r/b1.pumps")
    (key,) = re.findall(r'name="key" value="([^"]+)"', form.text)
    files = [("photos", (f"{each}.jpg", phone_photo(300 + each, 200), "image/jpeg")) for each in range(photos)]
    return await visit.phone.post(
        "/r/b1.pumps", data={"key": unescape(key), "text": text} | fields, files=files or None
    )


def track(visit: Visit, number: int = 1) -> str:
    link = visit.links.make(
        LinkPurpose.TRACK, Subject(SubjectKind.TICKET, str(number)), None, visit.house.now + 180 * DAY
    )
    return link.removeprefix("https://fm.example.org")


async def seen(visit: Visit, number: int = 1, language: str = "en") -> str:
    """What the reporter reads."""
    return text_of(await visit.phone.get(track(visit, number), params={"lang": language}))


async def do(visit: Visit, *actions: TicketAction) -> None:
    for action in actions:
        visit.house.later(60)
        await visit.house.act(action)


ACCEPT = AcceptTicket(ticket=1, by="Ann", note=SECRET)
RESOLVE = ResolveTicket(ticket=1, by="Ann", note=SECRET)


async def test_a_report_keeps_its_text_its_photos_and_who_made_it(office: Visit) -> None:
    await report(office, "Water leaks\nbeside the door", photos=2, name="Ms Zhao", contact="+86 21 5555 0199")
    ticket = find_ticket(office.house.database, 1)
    assert ticket is not None
    assert (ticket.title, ticket.description) == ("Water leaks", "Water leaks\nbeside the door")
    assert ticket.reporter is not None
    assert (ticket.reporter.name, ticket.reporter.contact) == ("Ms Zhao", ("phone", "+86 21 5555 0199"))
    assert ticket.reporter.language == "en"
    photos = ticket_entries(office.house.database, 1, "photo")
    assert len(photos) == 2
    assert all(office.house.photos.find(str(each.data["photo"])) is not None for each in photos)


async def test_the_link_after_the_report_tracks_it(office: Visit) -> None:
    thanks = await report(office)
    (path,) = set(re.findall(r'href="(/r/t/[^"]+)"', thanks.text))
    page = text_of(await office.phone.get(path))
    assert "We have your report." in page
    assert "Water leaks" in page
    assert "Pump room" in page


async def test_each_step_is_told_in_plain_words_and_with_names_alone(office: Visit) -> None:
    await report(office)
    await do(office, ACCEPT, ArriveTicket(ticket=1, by="Ann", note=SECRET))
    page = await seen(office)
    for part in ("Somebody is dealing with it.", "Ann takes care of it.", "Ann is there."):
        assert part in page
    await do(office, HoldTicket(ticket=1, by="Ann", reason=HoldReason.PARTS, note=SECRET))
    assert "The work waits for parts." in await seen(office)
    await do(office, ResumeTicket(ticket=1, by="Ann"), RESOLVE)
    page = await seen(office)
    assert "The work is done." in page
    assert "已处理完成。" in await seen(office, language="zh")
    for hidden in (SECRET, "+86 21 5555 0100", "P2"):
        assert hidden not in page


async def test_only_what_is_public_is_shown_whatever_is_entered(office: Visit) -> None:
    await report(office)
    await do(
        office,
        CommentTicket(ticket=1, by="Ann", note=SECRET),
        CommentTicket(ticket=1, by="Ann", note="A pipe has burst", is_public=True),
        AddPhoto(ticket=1, by="Ann", photo="a" * 64, note=SECRET),
        AddPhoto(ticket=1, by="Ann", photo="b" * 64, note=SECRET, is_public=True),
        ACCEPT,
        RESOLVE,
        ReopenTicket(ticket=1, by="Ann", note=SECRET),
        CancelTicket(ticket=1, by="Ann", note=SECRET),
    )
    page = await seen(office)
    assert "Ann: A pipe has burst" in page
    assert page.count("A photo was added.") == 1
    assert SECRET not in page
    assert "The report was closed without work." in page


async def test_the_reporter_confirms_and_rates_on_the_page(office: Visit) -> None:
    await report(office)
    await do(office, ACCEPT)
    assert buttons(await office.phone.get(track(office))) == []
    await do(office, RESOLVE)
    assert len(buttons(await office.phone.get(track(office)))) == 3
    confirmed = text_of(await office.phone.post(track(office), data={"do": "confirm"}))
    assert "Thank you. The work is confirmed." in confirmed
    assert "You gave 4 of 5" in text_of(await office.phone.post(track(office), data={"do": "rate", "rating": "4"}))
    ticket = find_ticket(office.house.database, 1)
    assert ticket is not None
    assert (ticket.state, ticket.rating) == (TicketState.CONFIRMED, 4)


async def test_the_reporter_says_on_the_page_that_it_is_not_solved(office: Visit) -> None:
    await report(office)
    await do(office, ACCEPT, RESOLVE)
    page = text_of(await office.phone.post(track(office), data={"do": "reopen", "comment": "It leaks still"}))
    assert "The work goes on." in page
    ticket = find_ticket(office.house.database, 1)
    assert ticket is not None
    assert ticket.state is TicketState.ASSIGNED


async def test_a_report_that_was_merged_follows_the_other_and_shows_nothing_of_it(office: Visit) -> None:
    await report(office)
    await report(office, "Water is leaking here too")
    await do(
        office,
        MergeTicket(ticket=2, into=1, by="Ann"),
        CommentTicket(ticket=1, by="Ann", note="Dear Ms Zhao, at noon", is_public=True),
        ACCEPT,
    )
    page = await seen(office, 2)
    assert "Somebody is dealing with it." in page
    assert "It is dealt with together with another report." in page
    assert "Ms Zhao" not in page
    await do(office, RESOLVE, CloseTicket(ticket=1, by="Ann"))
    assert "The report is closed." in await seen(office, 2)
    assert buttons(await office.phone.get(track(office, 2))) == []


async def test_a_ticket_that_nobody_has_reported_is_not_shown_to_anybody(office: Visit) -> None:
    office.house.run_dry()
    assert (await office.phone.get(track(office))).status_code == 404
    assert (await office.phone.get(track(office, 99))).status_code == 404


async def test_nobody_finds_a_report_by_its_number(office: Visit) -> None:
    await report(office)
    for path in ("/r/t/1", "/r/t/ticket:1", "/l/1"):
        page = await office.phone.get(path)
        assert page.status_code == 403
        assert "Water leaks" not in page.text


async def test_the_reporter_sees_the_photos_of_the_report_and_public_ones_alone(office: Visit) -> None:
    await report(office, photos=2)
    inner, public = [(await office.house.photos.add(phone_photo(90, 60 + each))).hash for each in range(2)]
    await do(
        office,
        AddPhoto(ticket=1, by="Ann", photo=inner),
        AddPhoto(ticket=1, by="Ann", photo=public, is_public=True),
    )
    at = track(office)
    page = await office.phone.get(at)
    kept = ticket_entries(office.house.database, 1, "photo")
    names = [str(entry.data["photo"]) for entry in (*kept[:2], kept[3])]
    shown = re.findall(r'<a href="([^"]+)"><img src="data:image/jpeg;base64,([^"]+)" alt="Photo (.)">', page.text)
    assert [(link, number) for link, _, number in shown] == [(f"{at}/{each}", str(each + 1)) for each in range(3)]
    assert page.text.index("What was done") < page.text.index(shown[2][1])
    assert page.text.index(shown[1][1]) < page.text.index("What was done")
    assert inner not in page.text
    for name, (link, drawn, _) in zip(names, shown, strict=True):
        large = await office.phone.get(link)
        file, thumbnail = office.house.photos.find(name), office.house.photos.thumbnail(name)
        assert file is not None
        assert thumbnail is not None
        assert (large.content, base64.b64decode(drawn)) == (file.read_bytes(), thumbnail.read_bytes())
        assert (large.headers["Content-Type"], large.headers["Cache-Control"]) == ("image/jpeg", "no-store")


async def test_beyond_some_photos_the_page_has_links_to_them(office: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_pages, "MOST_SHOWN", 1)
    await report(office, photos=2)
    page = await office.phone.get(at := track(office))
    assert page.text.count("<img") == 1
    assert f'<a href="{at}/1">Photo 2</a>' in page.text


async def test_nobody_finds_a_photo_by_its_hash_or_by_another_link(office: Visit) -> None:
    await report(office, photos=1)
    await report(office, "The lamp is broken")
    (entry,) = ticket_entries(office.house.database, 1, "photo")
    name, at, other = entry.data["photo"], track(office), track(office, 2)
    accept = office.link(LinkPurpose.CONFIRM, Subject(SubjectKind.TICKET, "1"), None).removeprefix("/l/")
    for path in (
        f"{at}/1",
        f"{at}/-1",
        f"{at}/{name}",
        f"{other}/0",
        f"/r/t/{name}",
        f"/r/t/{name}/0",
        f"/r/t/{accept}/0",
    ):
        assert (await office.phone.get(path)).status_code in (403, 404), path
    assert (await office.phone.post(f"{at}/0", data={"do": "confirm"})).status_code == 405
    file = office.house.photos.find(str(name))
    assert file is not None
    file.unlink()
    assert (await office.phone.get(f"{at}/0")).status_code == 404
    assert (await office.phone.get(at)).status_code == 200


async def test_the_place_is_named_in_the_language_of_the_page(office: Visit) -> None:
    await report(office)
    assert "Place Pump room" in await seen(office)
    assert "地点 泵房" in await seen(office, language="zh")


async def test_photos_that_were_forgotten_join_the_report_when_it_is_sent_again(office: Visit) -> None:
    form = await office.phone.get("/r/b1.pumps")
    (key,) = re.findall(r'name="key" value="([^"]+)"', form.text)
    said = {"key": unescape(key), "text": "Water leaks", "name": "Ms Zhao"}
    first, second = [("photos", (f"{each}.jpg", phone_photo(300 + each, 200), "image/jpeg")) for each in range(2)]
    for files in ([], [first], [first, second], [second]):
        page = await office.phone.post("/r/b1.pumps", data=said, files=files or None)
        assert "Number 1" in text_of(page)
    entries = ticket_entries(office.house.database, 1, "photo")
    assert [(entry.data["public"], entry.by) for entry in entries] == [(True, "Ms Zhao (reporter)")] * 2
    await do(office, CancelTicket(ticket=1, by="Ann", note="Twice"))
    office.house.later(90 * 86_400)
    third = ("photos", ("3.jpg", phone_photo(200, 400), "image/jpeg"))
    assert "Number 1" in text_of(await office.phone.post("/r/b1.pumps", data=said, files=[third]))
    assert len(ticket_entries(office.house.database, 1, "photo")) == 3  # also of a ticket that has ended long ago
