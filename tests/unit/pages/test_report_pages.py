"""Reports of people without an account: taken once, with what can be kept, and followed to the end."""

from __future__ import annotations

import asyncio
import errno
import re
from contextlib import aclosing
from html import unescape
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import UploadFile
from structlog.testing import capture_logs

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY
from gateway.errors import StoreError
from gateway.pages import report_pages
from gateway.pages.ports import Report
from gateway.pages.report_pages import LONGEST_TEXT, MOST_PHOTOS
from gateway.photos import Photo
from tests.unit.pages.visitors import Visit, buttons, not_on_disk, refused, text_of
from tests.unit.photos.pictures import claimed_png, encoded, phone_photo, picture

Files = list[tuple[str, tuple[str, bytes, str]]]


def field_of(page: httpx.Response, name: str) -> str:
    """What stands in a field of the form."""
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page.text)
    assert found is not None
    return unescape(found[1])


def area_of(page: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, flags=re.DOTALL)
    assert found is not None
    return unescape(found[1])


async def send(visit: Visit, place: str = "b1.pumps", *, files: Files | None = None, **fields: str) -> httpx.Response:
    """Open the form, fill it in and send it, as a browser does."""
    key = field_of(await visit.phone.get(f"/r/{place}"), "key")
    form = {"key": key, "text": "", "name": "", "contact": "", "website": ""} | fields
    # A browser sends an empty file where none was chosen.
    return await visit.phone.post(
        f"/r/{place}", data=form, files=files or [("photos", ("", b"", "application/octet-stream"))]
    )


def only(visit: Visit) -> Report:
    ((_, report),) = visit.desk.reports.values()
    return report


def tracked(page: httpx.Response) -> str:
    found = re.search(r'href="(/r/t/[^"?]+)', page.text)
    assert found is not None
    return found[1]


async def test_the_form_names_the_place_and_asks_for_little(visit: Visit) -> None:
    page = await visit.phone.get("/r/b1.pumps")
    assert page.status_code == 200
    assert "Report a problem Place: Pump room" in text_of(page)
    assert "Is somebody in danger? Call the emergency services first." in text_of(page)
    assert re.findall(r'name="(\w+)"[^>]*\brequired', page.text) == ["text"]
    chinese = await visit.phone.get("/r/b1.pumps", headers={"Accept-Language": "zh-CN"})
    assert "地点： 泵房" in text_of(chinese)
    assert buttons(chinese) == ["提交"]


async def test_a_report_reaches_the_desk_with_all_that_was_written(visit: Visit) -> None:
    page = await send(
        visit, text=" Water on\r\nthe floor ", name="Ms Chen", contact="chen@example.org", files=photos(phone_photo())
    )
    assert page.status_code == 200
    assert "We have your report. Number 7" in text_of(page)
    report = only(visit)
    assert (report.text, report.name) == ("Water on\nthe floor", "Ms Chen")
    assert report.contact == ("email", "chen@example.org")
    assert report.place == Subject.parse("location:b1.pumps")
    assert report.language == "en"
    (photo,) = report.photos
    assert visit.house.photos.find(photo) is not None


async def test_a_device_may_have_a_code_of_its_own(visit: Visit) -> None:
    assert "Pump 1" in text_of(await visit.phone.get("/r/pump-1"))
    await send(visit, "pump-1", text="It is loud.")
    assert only(visit).place == Subject.of_device("pump-1")


async def test_name_contact_and_photos_are_optional(visit: Visit) -> None:
    assert (await send(visit, text="It is dark here.")).status_code == 200
    assert (only(visit).name, only(visit).contact, only(visit).photos) == (None, None, ())


@pytest.mark.parametrize("path", ["/r/nowhere", "/r/t", "/r/b1.pump", "/r/house", "/r/dry-run", "/r/ann", "/r/..%2Fb1"])
async def test_no_other_place_has_a_form(visit: Visit, path: str) -> None:
    nothing = text_of(await visit.phone.get("/r/unknown"))
    for page in (await visit.phone.get(path), await visit.phone.post(path, data={"text": "x"})):
        assert page.status_code == 404
        assert text_of(page) == nothing


async def test_a_report_that_is_sent_twice_is_one(visit: Visit) -> None:
    key = field_of(await visit.phone.get("/r/b1"), "key")
    form = {"key": key, "text": "The lamp is broken."}
    answers = [await visit.phone.post("/r/b1", data=form) for _ in range(3)]
    assert [text_of(each) for each in answers] == [text_of(answers[0])] * 3
    assert len(visit.desk.reports) == 1


async def test_two_forms_are_two_reports(visit: Visit) -> None:
    for _ in range(2):
        await send(visit, text="The lamp is broken.")
    assert len(visit.desk.reports) == 2


async def test_who_goes_back_and_writes_something_else_reports_something_else(visit: Visit) -> None:
    key = field_of(await visit.phone.get("/r/b1"), "key")
    said = [
        {"text": "The lamp is broken."},
        {"text": "Now there is smoke!"},
        {"text": "Now there is smoke!", "contact": "chen@example.org"},
    ]
    for form in said:
        await visit.phone.post("/r/b1", data={"key": key} | form)
    await visit.phone.post("/r/b1", data={"key": key} | said[0])  # sent again
    assert [report.text for _, report in visit.desk.reports.values()] == [each["text"] for each in said]


async def test_the_text_of_a_report_does_not_wait_for_photos_that_take_long(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_content: bytes) -> Photo:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(visit.house.photos, "add", hang)
    monkeypatch.setattr(report_pages, "PHOTOS_WITHIN_S", 0.01)
    page = await send(visit, text="Smoke in the cellar", files=photos(phone_photo(), phone_photo(40, 30)))
    assert page.status_code == 200
    assert text_of(page).count("A photo was not kept: it could not be stored.") == 2
    assert only(visit).text == "Smoke in the cellar"


async def test_photos_are_in_memory_one_at_a_time_and_none_that_is_too_large(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    present, most = 0, 0
    read, add = UploadFile.read, visit.house.photos.add

    async def count_read(file: UploadFile, size: int = -1) -> bytes:
        nonlocal present, most
        present, most = present + 1, max(most, present + 1)
        return await read(file, size)

    async def count_add(content: bytes) -> Photo:
        nonlocal present
        try:
            return await add(content)
        finally:
            present -= 1

    monkeypatch.setattr(UploadFile, "read", count_read)
    monkeypatch.setattr(visit.house.photos, "add", count_add)
    monkeypatch.setattr(report_pages, "LARGEST_BYTES", 50_000)
    large = phone_photo() + bytes(50_000)
    pages = await asyncio.gather(
        *(send(visit, text=f"Leak {each}", files=photos(phone_photo(90 + each), large)) for each in range(3))
    )
    assert ["it is too large" in text_of(page) for page in pages] == [True] * 3
    assert [len(report.photos) for _, report in visit.desk.reports.values()] == [1] * 3
    assert (present, most) == (0, 1)


async def test_a_photo_that_is_too_large_is_told_so(visit: Visit) -> None:
    page = await send(visit, text="See the photo", files=photos(claimed_png(10_000, 10_000)))
    assert "A photo was not kept: it is too large. Take it with a lower resolution." in text_of(page)


def photos(*contents: bytes) -> Files:
    return [("photos", (f"../IMG_{number}.jpg", content, "image/jpeg")) for number, content in enumerate(contents)]


async def test_a_photo_that_cannot_be_kept_never_holds_up_the_text(visit: Visit) -> None:
    page = await send(visit, text="Smoke in the cellar", files=photos(b"no photo", phone_photo()))
    assert page.status_code == 200
    assert "A photo was not kept: it cannot be read. Photos must be JPEG, PNG or WebP." in text_of(page)
    assert len(only(visit).photos) == 1


async def test_a_report_is_taken_where_there_is_no_room_for_its_photos(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit.house.photos, "_largest", 10)
    page = await send(visit, text="Smoke in the cellar", files=photos(phone_photo()))
    assert page.status_code == 200
    assert "A photo was not kept: there is no room for it." in text_of(page)
    assert only(visit).photos == ()


async def test_a_report_is_taken_where_its_photos_cannot_be_written(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_content: bytes) -> Photo:
        raise StoreError("cannot write the photo: Input/output error")

    monkeypatch.setattr(visit.house.photos, "add", fail)
    page = await send(visit, text="Smoke in the cellar", files=photos(phone_photo()))
    assert (page.status_code, "A photo was not kept: it could not be stored." in text_of(page)) == (200, True)
    assert only(visit).photos == ()


async def test_where_the_disk_is_full_a_report_can_be_sent_without_photos(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_file: UploadFile, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(UploadFile, "write", full)
    with capture_logs() as logs:
        page = await send(visit, text="Smoke in the cellar", files=photos(phone_photo()))
    assert (page.status_code, "Go back and send the report without photos." in text_of(page)) == (503, True)
    assert [line["log_level"] for line in logs] == ["warning"]
    assert (await visit.phone.post("/r/b1", data={"text": "Smoke"})).status_code == 422  # read, and has no key


async def test_more_photos_than_allowed_are_told_not_to_be_kept(visit: Visit) -> None:
    contents = [encoded(picture(100 + number, 80)) for number in range(MOST_PHOTOS + 2)]
    page = await send(visit, text="See the photos", files=photos(*contents))
    assert f"A photo was not kept: there were more than {MOST_PHOTOS}." in text_of(page)
    assert len(only(visit).photos) == MOST_PHOTOS


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " \r\n\u200e"}, "Write what is wrong, in a few words."),
        ({"text": "x" * (LONGEST_TEXT + 1)}, f"Write at most {LONGEST_TEXT} characters."),
        ({"text": "Dark", "name": "n" * 65}, "Write a name of at most 64 characters."),
        ({"text": "Dark", "contact": "at the door"}, "Write a telephone number or an e-mail address"),
        ({"text": "Dark", "contact": "a@b@c"}, "Write a telephone number or an e-mail address"),
        ({"text": "Dark", "contact": "a@example.org\nBcc: b@example.org"}, "Write a telephone number or an e-mail"),
    ],
)
async def test_what_is_wrong_is_told_with_all_that_was_written(
    visit: Visit, fields: dict[str, str], sentence: str
) -> None:
    page = await send(visit, text=fields["text"], name=fields.get("name", ""), contact=fields.get("contact", ""))
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert area_of(page) == fields["text"].replace("\u200e", "").strip()
    assert field_of(page, "contact") == fields.get("contact", "")
    assert visit.desk.reports == {}
    again = {"key": field_of(page, "key"), "text": "Dark"}
    assert (await visit.phone.post("/r/b1.pumps", data=again)).status_code == 200


async def test_what_was_written_is_shown_as_text(visit: Visit) -> None:
    page = await send(visit, text="</textarea><script>alert(1)</script>", contact='"><script>')
    assert "<script" not in page.text
    assert area_of(page) == "</textarea><script>alert(1)</script>"


async def test_a_program_that_fills_in_every_field_is_asked_again_and_a_person_loses_nothing(visit: Visit) -> None:
    page = await send(visit, text="Buy at my shop", website="https://example.org", files=photos(phone_photo()))
    assert page.status_code == 422
    assert "Please check what you wrote, and send it again. Choose the photos again." in text_of(page)
    assert visit.desk.reports == {}
    again = {"key": field_of(page, "key"), "text": area_of(page), "website": ""}
    assert (await visit.phone.post("/r/b1.pumps", data=again)).status_code == 200
    assert only(visit).text == "Buy at my shop"


@pytest.mark.parametrize("key", ["", "guess", "WyJhIiwiYjEiXQ.xxxx"])
async def test_a_report_without_a_form_is_not_taken(visit: Visit, key: str) -> None:
    page = await visit.phone.post("/r/b1", data={"text": "Dark", "key": key})
    assert page.status_code == 422
    assert visit.desk.reports == {}


async def test_the_form_of_one_place_is_not_for_another(visit: Visit) -> None:
    key = field_of(await visit.phone.get("/r/garden"), "key")
    assert (await visit.phone.post("/r/b1", data={"text": "Dark", "key": key})).status_code == 422


async def test_a_report_that_does_not_reach_the_disk_is_kept_in_the_form(visit: Visit) -> None:
    visit.desk.fails = not_on_disk()
    page = await send(visit, text="Water!", name="Ms Chen")
    assert page.status_code == 503
    assert "Try again in a minute." in text_of(page)
    assert (area_of(page), field_of(page, "name")) == ("Water!", "Ms Chen")
    visit.desk.fails = None
    again = {"key": field_of(page, "key"), "text": area_of(page)}
    assert (await visit.phone.post("/r/b1.pumps", data=again)).status_code == 200
    assert len(visit.desk.reports) == 1


@pytest.mark.parametrize("body", [b"--x\r\nnonsense", b""])
async def test_a_body_that_is_no_form_is_refused(visit: Visit, body: bytes) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    page = await visit.phone.post("/r/b1", content=body, headers=kind)
    assert page.status_code in (400, 422)
    assert visit.desk.reports == {}


async def test_where_no_reports_are_taken_there_is_no_form(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path, takes_reports=False)) as visit:
        assert (await visit.phone.get("/r/b1")).status_code == 404
        assert (await visit.phone.post("/r/b1", data={"text": "Dark"})).status_code == 404


async def test_the_progress_is_told_in_plain_words(visit: Visit) -> None:
    track = tracked(await send(visit, text="Water on the floor"))
    page = await visit.phone.get(track)
    assert "We have your report. since 2026-01-01 20:00" in text_of(page)
    assert "Water on the floor" in text_of(page)
    assert buttons(page) == []
    visit.desk.finish(7)
    page = await visit.phone.get(track)
    assert "The work is done." in text_of(page)
    assert "2026-01-01 20:00 The seal was replaced." in text_of(page)
    assert buttons(page) == ["Yes, it is solved", "No, it is not solved", "Send the rating"]


@pytest.mark.parametrize(
    ("form", "purpose", "sentence"),
    [
        ({"do": "confirm"}, LinkPurpose.CONFIRM, "Thank you. The work is confirmed."),
        ({"do": "reopen", "comment": "It drips."}, LinkPurpose.REOPEN, "Thank you. The work goes on."),
        ({"do": "rate", "rating": "4"}, LinkPurpose.RATE, "You gave 4 of 5. Thank you."),
    ],
)
async def test_the_person_who_reported_has_the_last_word(
    visit: Visit, form: dict[str, str], purpose: LinkPurpose, sentence: str
) -> None:
    track = tracked(await send(visit, text="Water on the floor"))
    visit.desk.finish(7)
    page = await visit.phone.post(track, data=form)
    assert page.status_code == 200
    assert sentence in text_of(page)
    ((link, _),) = visit.desk.acts
    assert (link.purpose, str(link.about), link.person) == (purpose, "ticket:7", None)
    page = await visit.phone.post(track, data=form)  # a second tap
    assert page.status_code == 409
    assert len(visit.desk.acts) == 1


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"do": "reopen"}, 422, "Write what is still wrong."),
        ({"do": "rate"}, 422, "Choose a rating from 1 to 5."),
        ({"do": "accept"}, 409, "This is not possible now"),
        ({}, 409, "This is not possible now"),
    ],
)
async def test_what_the_person_leaves_out_is_asked_for(
    visit: Visit, form: dict[str, str], status: int, sentence: str
) -> None:
    track = tracked(await send(visit, text="Water on the floor"))
    visit.desk.finish(7)
    page = await visit.phone.post(track, data=form)
    assert page.status_code == status
    assert sentence in text_of(page)
    assert visit.desk.acts == []


async def test_a_colleague_who_closes_it_first_is_no_error(visit: Visit) -> None:
    track = tracked(await send(visit, text="Water on the floor"))
    visit.desk.finish(7)
    visit.desk.fails = refused()
    page = await visit.phone.post(track, data={"do": "confirm"})
    assert (page.status_code, "This is not possible now" in text_of(page)) == (409, True)
    visit.desk.fails = not_on_disk()
    page = await visit.phone.post(track, data={"do": "confirm"})
    assert (page.status_code, "not yet safely stored" in text_of(page)) == (503, True)


async def test_a_report_is_followed_by_its_link_alone_and_for_half_a_year(visit: Visit) -> None:
    track = tracked(await send(visit, text="Water on the floor"))
    assert (await visit.phone.get("/r/t/7")).status_code == 403
    visit.house.now += 179 * DAY
    assert (await visit.phone.get(track)).status_code == 200
    visit.house.now += 2 * DAY
    assert (await visit.phone.get(track)).status_code == 410


async def test_a_report_that_is_gone_says_so(visit: Visit) -> None:
    track = tracked(await send(visit, text="Water on the floor"))
    visit.desk.views.clear()
    for page in (await visit.phone.get(track), await visit.phone.post(track, data={"do": "confirm"})):
        assert page.status_code in (404, 409)
        assert "There is no such report." in text_of(page)
