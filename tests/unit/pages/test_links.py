"""Links in messages: what they say, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import DAY, HOUR, SECOND, Micros
from gateway.errors import LinkCutOff, LinkExpired, LinkInvalid
from gateway.pages.links import LASTS, Link, Links

NOON: Micros = 1_767_268_800 * SECOND
TICKET = Subject(SubjectKind.TICKET, "12")
SECRET = bytes(range(32))


class Clock:
    def __init__(self) -> None:
        self.now = NOON
        self.is_sure = True

    def links(self, secret: bytes = SECRET) -> Links:
        return Links(secret, "https://fm.example.org/", now=lambda: self.now, knows_time=lambda: self.is_sure)


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.mark.parametrize("purpose", LinkPurpose)
@pytest.mark.parametrize("person", ["tech-1", None])
def test_a_link_says_what_it_was_made_for(purpose: LinkPurpose, person: str | None) -> None:
    links = Clock().links()
    url = links.make(purpose, TICKET, person, NOON + DAY)
    assert links.read(token_of(url)) == Link(purpose=purpose, about=TICKET, person=person, expires=NOON + DAY)


def test_links_lead_to_the_pages_that_people_reach() -> None:
    links = Clock().links()
    assert links.make(LinkPurpose.ACCEPT, TICKET, "tech-1", NOON).startswith("https://fm.example.org/l/")
    assert links.make(LinkPurpose.TRACK, TICKET, None, NOON).startswith("https://fm.example.org/r/t/")


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_a_link_of_a_message_works_for_as_long_as_its_purpose_needs(purpose: LinkPurpose) -> None:
    clock = Clock()
    links = clock.links()
    token = token_of(links.for_message(purpose, "ticket:12", "tech-1"))
    assert links.read(token) == Link(purpose=purpose, about=TICKET, person="tech-1", expires=NOON + LASTS[purpose])
    clock.now += LASTS[purpose]
    with pytest.raises(LinkExpired):
        links.read(token)


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_a_link_that_is_made_before_the_time_is_known_works_after_that_as_well(purpose: LinkPurpose) -> None:
    clock = Clock()
    clock.is_sure = False
    links = clock.links()
    token = token_of(links.for_message(purpose, "ticket:12", "tech-1"))
    clock.now += 300 * DAY  # a time server was heard: the machine had stood still for so long
    clock.is_sure = True
    assert links.read(token).purpose is purpose


def test_the_same_link_is_made_twice_so_that_a_message_sent_again_is_the_same() -> None:
    first, second = (Clock().links().make(LinkPurpose.RATE, TICKET, None, NOON) for _ in range(2))
    assert first == second


def test_a_link_fits_into_a_text_message() -> None:
    url = Clock().links().make(LinkPurpose.ACKNOWLEDGE, Subject(SubjectKind.ALARM, "1234567"), "technician-12", NOON)
    assert len(url) < 160


def test_a_link_expires_at_its_moment() -> None:
    clock = Clock()
    links = clock.links()
    token = token_of(links.make(LinkPurpose.ACCEPT, TICKET, "tech-1", NOON + HOUR))
    clock.now = NOON + HOUR - 1
    assert links.read(token).about == TICKET
    clock.now = NOON + HOUR
    with pytest.raises(LinkExpired, match="the link expired at 2026-01-01T13:00:00") as expired:
        links.read(token)
    assert expired.value.expired_at == NOON + HOUR


def test_no_link_has_expired_while_the_gateway_does_not_know_the_time() -> None:
    clock = Clock()
    links = clock.links()
    token = token_of(links.make(LinkPurpose.ACCEPT, TICKET, "tech-1", NOON + HOUR))
    clock.now, clock.is_sure = NOON + DAY, False
    assert links.read(token).about == TICKET


def test_a_link_of_another_gateway_is_refused() -> None:
    token = token_of(Clock().links(bytes(32)).make(LinkPurpose.ACCEPT, TICKET, "tech-1", NOON + DAY))
    with pytest.raises(LinkInvalid, match="this gateway has not made this link"):
        Clock().links().read(token)


@given(st.data())
def test_a_link_that_was_cut_off_anywhere_says_so(data: st.DataObject) -> None:
    links = Clock().links()
    token = token_of(links.make(LinkPurpose.ACCEPT, TICKET, "tech-1", NOON + DAY))
    with pytest.raises(LinkCutOff, match="the link is incomplete"):
        links.read(token[: data.draw(st.integers(0, len(token) - 1))])


@given(st.data())
def test_a_link_with_a_changed_character_is_refused(data: st.DataObject) -> None:
    links = Clock().links()
    token = token_of(links.make(LinkPurpose.ACCEPT, TICKET, "tech-1", NOON + DAY))
    # The last character of the signature carries two bits that are not part of it.
    place = data.draw(st.integers(0, len(token) - 2))
    letters = st.sampled_from("ABCDEFGHabcdefgh0123456789-_").filter(lambda each: each != token[place])
    with pytest.raises(LinkInvalid):
        links.read(token[:place] + data.draw(letters) + token[place + 1 :])


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(LinkInvalid):
        Clock().links().read(text)
