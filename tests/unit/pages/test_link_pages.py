"""The pages behind links: what they ask for, and what is answered where a link does not work."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import DAY, HOUR
from gateway.pages.links import Links
from gateway.pages.ports import Answer, Done
from gateway.pages.wording import BUTTONS, OUTCOMES
from tests.unit.api.house import NOON
from tests.unit.pages.visitors import BASE, TICKET, Visit, buttons, not_on_disk, refused, text_of

FORMS = {
    LinkPurpose.ACCEPT: {},
    LinkPurpose.DECLINE: {"comment": "I am on leave."},
    LinkPurpose.CONFIRM: {},
    LinkPurpose.REOPEN: {"comment": "It drips again."},
    LinkPurpose.RATE: {"rating": "5", "comment": "Quick and clean."},
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("purpose", "form"), FORMS.items())
async def test_each_purpose_has_one_button_that_does_it_once(
    visit: Visit, purpose: LinkPurpose, form: dict[str, str], language: Language
) -> None:
    link = f"{visit.link(purpose)}?lang={language}"
    page = await visit.phone.get(link)
    assert buttons(page) == [BUTTONS[purpose].in_language(language)]
    assert visit.desk.acts == []
    page = await visit.phone.post(link, data=form)
    assert page.status_code == 200
    assert OUTCOMES[purpose].in_language(language) in text_of(page)
    ((done, answer),) = visit.desk.acts
    assert (done.purpose, done.about, done.person) == (purpose, TICKET, "ann")
    assert answer == Answer(comment=form.get("comment"), rating=5 if purpose is LinkPurpose.RATE else None)


@pytest.mark.parametrize(
    ("purpose", "form", "sentence"),
    [
        (LinkPurpose.DECLINE, {}, "Write a reason."),
        (LinkPurpose.DECLINE, {"comment": " \u200e\n"}, "Write a reason."),
        (LinkPurpose.REOPEN, {}, "Write what is still wrong."),
        (LinkPurpose.RATE, {}, "Choose a rating from 1 to 5."),
        (LinkPurpose.RATE, {"rating": "6"}, "Choose a rating from 1 to 5."),
        (LinkPurpose.RATE, {"rating": "0"}, "Choose a rating from 1 to 5."),
        (LinkPurpose.RATE, {"rating": "five"}, "Choose a rating from 1 to 5."),
    ],
)
async def test_what_is_left_out_is_asked_for_and_nothing_is_done(
    visit: Visit, purpose: LinkPurpose, form: dict[str, str], sentence: str
) -> None:
    page = await visit.phone.post(visit.link(purpose), data=form)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert len(buttons(page)) == 1
    assert visit.desk.acts == []


async def test_a_comment_is_kept_as_it_was_written_and_bounded(visit: Visit) -> None:
    await visit.phone.post(visit.link(LinkPurpose.REOPEN), data={"comment": "Line 1\r\nLine <2>\x07\u202e"})
    await visit.phone.post(visit.link(LinkPurpose.REOPEN), data={"comment": "x" * 900})
    assert [answer.comment for _, answer in visit.desk.acts] == ["Line 1\nLine <2>", "x" * 500]


async def test_what_is_done_already_is_told_and_not_done_again(visit: Visit) -> None:
    visit.desk.done = Done(by="Bob", at=NOON)
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT))
    assert "Bob did this already, at 2026-01-01 20:00." in text_of(page)
    assert visit.desk.acts == []
    visit.desk.done = Done(by=None, at=None)
    assert "This is done already." in text_of(await visit.phone.get(visit.link(LinkPurpose.CONFIRM)))


async def test_what_cannot_be_done_now_says_why_and_has_no_button(visit: Visit) -> None:
    visit.desk.obstacle = "Ticket 7 is closed."
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT))
    assert "This is not possible now Ticket 7 is closed." in text_of(page)
    assert buttons(page) == []
    assert visit.desk.acts == []


async def test_a_colleague_who_is_faster_by_a_moment_is_named(visit: Visit) -> None:
    visit.desk.fails, visit.desk.becomes = refused(), Done(by="Bob", at=NOON)
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT))
    assert page.status_code == 409
    assert "Bob did this already" in text_of(page)


async def test_what_is_refused_for_another_reason_is_told(visit: Visit) -> None:
    visit.desk.fails = refused()
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT))
    assert page.status_code == 409
    assert "ticket 7 is accepted by Bob" in text_of(page)


async def test_what_is_not_on_disk_yet_is_not_told_to_be_done(visit: Visit) -> None:
    visit.desk.fails = not_on_disk()
    page = await visit.phone.post(visit.link(LinkPurpose.ACCEPT))
    assert page.status_code == 503
    assert "not yet safely stored" in text_of(page)


async def test_a_link_about_nothing_says_what_to_do(visit: Visit) -> None:
    visit.desk.is_there = False
    page = await visit.phone.get(visit.link(LinkPurpose.ACCEPT))
    assert page.status_code == 404
    assert "ask the control room" in text_of(page)


@pytest.fixture(params=["GET", "POST"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_an_expired_link_says_until_when_it_was_valid_and_what_to_do(visit: Visit, method: str) -> None:
    link = visit.link(LinkPurpose.ACCEPT, lasts=HOUR)
    visit.house.now += DAY
    page = await visit.phone.request(method, link)
    assert page.status_code == 410
    assert "It was valid until 2026-01-01 21:00. Use the link of the latest message" in text_of(page)
    assert visit.desk.acts == []


async def test_a_link_that_was_cut_off_and_one_of_another_gateway_have_sentences_of_their_own(
    visit: Visit, method: str
) -> None:
    link = visit.link(LinkPurpose.ACCEPT)
    page = await visit.phone.request(method, link[:-5])
    assert (page.status_code, "This link is incomplete" in text_of(page)) == (403, True)
    foreign = Links(b"another" * 5, BASE, now=lambda: NOON, knows_time=lambda: True)
    url = foreign.make(LinkPurpose.ACCEPT, TICKET, "ann", NOON + DAY)
    page = await visit.phone.request(method, url)
    assert (page.status_code, "This gateway has not made it" in text_of(page)) == (403, True)
    assert visit.desk.acts == []


async def test_a_link_of_one_who_has_left_is_refused(visit: Visit, method: str) -> None:
    page = await visit.phone.request(method, visit.link(LinkPurpose.ACCEPT, person="carl"))
    assert page.status_code == 403
    assert "no longer one of this site" in text_of(page)
    assert visit.desk.acts == []


async def test_a_link_does_what_it_was_made_for_and_nothing_else(visit: Visit) -> None:
    token = visit.link(LinkPurpose.TRACK, person=None).rpartition("/")[2]
    assert (await visit.phone.post(f"/l/{token}")).status_code == 403
    token = visit.link(LinkPurpose.CONFIRM, person=None).rpartition("/")[2]
    assert (await visit.phone.get(f"/r/t/{token}")).status_code == 403
    assert (await visit.phone.post(f"/r/t/{token}", data={"do": "confirm"})).status_code == 403
    assert visit.desk.acts == []


async def test_the_page_shows_what_people_have_written_as_text(tmp_path: Path) -> None:
    async with aclosing(Visit(tmp_path)) as visit:
        visit.desk.obstacle = "<script>alert(1)</script>"
        page = await visit.phone.get(visit.link(LinkPurpose.ACCEPT))
        assert "<script" not in page.text
        assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    ("header", "query", "button"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "接单"),
        ("de,en;q=0.5", "", "Accept the work"),
        ("zh-CN", "?lang=en", "Accept the work"),
        ("en", "?lang=zh", "接单"),
        ("en", "?lang=fr", "Accept the work"),
        ("fr", "", "Accept the work"),  # the site's own
    ],
)
async def test_the_language_is_the_browsers_until_somebody_switches(
    visit: Visit, header: str, query: str, button: str
) -> None:
    page = await visit.phone.get(visit.link(LinkPurpose.ACCEPT) + query, headers={"Accept-Language": header})
    assert buttons(page) == [button]


async def test_where_the_browser_prefers_no_language_of_ours_the_persons_own_is_spoken(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = visit.house.services.site.people
    assert isinstance(people, dict)
    monkeypatch.setitem(people, "bob", people["bob"].model_copy(update={"language": "zh"}))
    for person, header, button in (
        ("bob", "fr", "接单"),
        ("bob", "en", "Accept the work"),
        ("ann", "fr", "Accept the work"),
    ):
        link = visit.link(LinkPurpose.ACCEPT, person=person)
        assert buttons(await visit.phone.get(link, headers={"Accept-Language": header})) == [button]
