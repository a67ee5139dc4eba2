"""Notices: who was told of what, by which way, and whether it has arrived."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gateway.api.acting import act
from gateway.api.operators import PersonName
from gateway.api.paging import LARGEST_LIMIT, NextBefore, PageParameters, cut
from gateway.api.problems import check_known, documented, invalid, not_found
from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.kernel.times import MINUTE, SECOND, Micros, parse_duration
from gateway.core.notices.notice import Notice, NoticeKind, NoticeState
from gateway.core.notices.requests import SIREN_TEST, EndSirenTest, SendTest, Urgency
from gateway.core.notices.trials import off_key
from gateway.core.notices.ways import SIREN, Channel, Way
from gateway.core.site.people import ContactWay
from gateway.store.notices.queries import find_notice, find_notices
from gateway.store.paging import Page

router = APIRouter(prefix="/notices", tags=["notices"])

_LONGEST_SIREN: Micros = MINUTE


def _siren_time(given: object) -> Micros:
    duration = parse_duration(given)
    if not SECOND <= duration <= _LONGEST_SIREN:
        raise ValueError("a siren is tested for 1s to 1m")
    return duration


SirenTime = Annotated[
    Micros, BeforeValidator(_siren_time), WithJsonSchema({"type": "string", "default": "5s", "examples": ["5s"]})
]
Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the notice.")]


class NoticesParameters(PageParameters):
    """Which notices to list."""

    state: NoticeState | None = Field(None, description="Only notices in this state.")
    person: str | None = Field(None, description="Only notices to this person, by id or name.")
    alarm: int | None = Field(None, ge=1, le=2**63 - 1, description="Only notices about this alarm, by its number.")
    ticket: int | None = Field(None, ge=1, le=2**63 - 1, description="Only notices about this ticket, by its number.")


class NoticeAnswer(BaseModel):
    """One message to one address."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 7,
                "key": "alarm:12/345/tech-1",
                "about": "alarm:12",
                "alarms": [12],
                "kind": "alarm raised",
                "person": "tech-1",
                "channel": "email",
                "address": "tech-1@example.org",
                "urgency": "wake",
                "title": "[critical] Dry run: Pump 1",
                "body": "Alarm 12: Dry run",
                "state": "delivered",
                "since": "2026-01-31T08:00:00.000Z",
                "due": "2026-01-31T08:00:00.000Z",
                "attempts": 1,
                "error": "",
                "ended_at": "2026-01-31T08:00:02.000Z",
            }
        }
    )

    number: int = Field(description="Never used twice.")
    key: str = Field(description="What it says to whom: the id by which a receiver knows a message that comes twice.")
    about: str = Field(description="What it is about, as kind:id, such as alarm:12 or ticket:3.")
    alarms: list[int] = Field(description="The alarms that it tells of.")
    kind: str
    person: str | None = Field(description="By id; null for the siren and for somebody outside.")
    channel: Channel
    address: str
    urgency: Urgency
    title: str
    body: str
    state: NoticeState
    since: Moment = Field(description="When it was decided.")
    due: Moment | None = Field(description="When it is sent, or was, the last time; null until the time is known.")
    attempts: int
    error: str = Field(description="Why the last attempt has failed; empty where none has.")
    ended_at: Moment | None = Field(description="When it was delivered, given up or withdrawn.")

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """The answer for this notice."""
        fields = {name: getattr(notice, name) for name in cls.model_fields if name in Notice.__struct_fields__}
        way = {"channel": notice.way.channel, "address": notice.way.address}
        return cls(**fields | way | {"key": notice.told_key, "about": str(notice.about), "alarms": [*notice.alarms]})


class NoticesAnswer(BaseModel):
    """Notices, the newest first."""

    notices: list[NoticeAnswer]
    next_before: NextBefore


class TestStart(BaseModel):
    """Where a test message goes: to a person of the site, by each way, or to one address."""

    __test__ = False  # no test of pytest
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"person": "tech-1", "by": "Li Wei"}})

    person: str | None = Field(None, description="By id.")
    channel: Channel | None = Field(None, description="In place of a person, with address.")
    address: str | None = Field(None, description="An address on that channel; not needed for the siren.")
    sound_for: SirenTime = Field(SIREN_TEST, description="How long the siren sounds: from 1s to 1m.")
    by: PersonName = Field(description="Who asks, by a name that colleagues know.")


class TestEnd(BaseModel):
    """Who ends a test."""

    __test__ = False  # no test of pytest
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"by": "Li Wei"}})

    by: PersonName = Field(description="By a name that colleagues know.")


@router.get("", responses=documented())
def list_notices(gateway: Gateway, query: Annotated[NoticesParameters, Query()]) -> NoticesAnswer:
    """Who was told of what, when, and whether it has arrived."""
    person = None if query.person is None else gateway.site.person_called(query.person)
    found = find_notices(
        gateway.database,
        query.page(),
        state=query.state,
        person=person,
        alarm=query.alarm,
        about=None if query.ticket is None else f"ticket:{query.ticket}",
    )
    if not found:  # who has left the site may have been told of something
        check_known("person", person, gateway.site.people)
    shown, next_before = cut(found, query, lambda notice: notice.number)
    return NoticesAnswer(notices=[NoticeAnswer.of(notice) for notice in shown], next_before=next_before)


@router.get("/{number}", responses=documented(404))
def get_notice(gateway: Gateway, number: Number) -> NoticeAnswer:
    """One notice."""
    found = find_notice(gateway.database, number)
    if found is None:
        raise not_found(f"there is no notice {number}")
    return NoticeAnswer.of(found)


@router.post("/test", responses=documented(500))
async def send_test(gateway: Gateway, start: TestStart) -> NoticesAnswer:
    """Send a test message. The answer comes once this is on disk; ask again to see what became of it.

    A siren is switched off when `sound_for` is over, unless an alarm needs it.
    """
    way = _way(start)
    if "sound_for" in start.model_fields_set and start.channel is not Channel.SIREN:
        raise invalid("sound_for: is for the siren alone")
    if start.person is not None:
        check_known("person", start.person, gateway.site.people)
    key = f"test/{secrets.token_hex(8)}"
    sound_for = start.sound_for
    await act(gateway, SendTest(key=key, person=start.person, way=way, sound_for=sound_for, by=start.by))
    return await _of_key(gateway, key)


@router.post("/{number}/end", responses=documented(404, 500))
async def end_test(gateway: Gateway, number: Number, end: TestEnd) -> NoticesAnswer:
    """End the test of the siren that this notice began. The answer has the notice that switches it off; none where an
    alarm, or another test, needs it."""
    found = await asyncio.to_thread(find_notice, gateway.database, number)
    if found is None:
        raise not_found(f"there is no notice {number}")
    if (found.kind, found.way) != (NoticeKind.TEST, SIREN):
        raise invalid(f"notice {number} is no test of the siren")
    await act(gateway, EndSirenTest(key=found.key, by=end.by))
    return await _of_key(gateway, off_key(found.key))


async def _of_key(gateway: Gateway, key: str) -> NoticesAnswer:
    found = await asyncio.to_thread(find_notices, gateway.database, Page(LARGEST_LIMIT), key=key)
    return NoticesAnswer(notices=[NoticeAnswer.of(notice) for notice in reversed(found)], next_before=None)


def _way(start: TestStart) -> Way | None:
    if (start.person is None) is (start.channel is None):
        raise invalid("say where it goes: a person, or a channel and an address")
    if start.channel is None:
        return None
    if start.channel is Channel.SIREN:
        return SIREN
    kind = {Channel.SMS: "phone", Channel.VOICE: "phone"}.get(start.channel, start.channel.value)
    try:
        contact = ContactWay.model_validate({kind: start.address})
    except ValueError as error:
        raise invalid(f"address: {start.address!r} is no address for {start.channel.value}") from error
    return Way(start.channel, contact.way[1])
