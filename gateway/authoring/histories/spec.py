"""Tests of rules as written in YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.authoring.histories.doing import Deed
from gateway.authoring.histories.states import STATES, STEPS
from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import MILLISECOND, SECOND, Duration, Micros
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.profiles.bindings import Hex
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.calendars import CalendarSpec
from gateway.core.site.maintenance import MaintenanceSpec
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec
from gateway.core.site.site import DeviceSpec, LocationSpec
from gateway.site_files.work_keys import DeadlineChanges

_START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?([-+]\d\d:\d\d|Z)?")


def _at_least_a_millisecond(duration: Micros) -> Micros:
    if duration < MILLISECOND:
        raise ValueError("devices stamp their messages in milliseconds: write at least 1ms")
    return duration


def _a_time(text: object) -> object:
    if isinstance(text, str) and not _START.fullmatch(text):
        raise ValueError(f"{text!r} is not a date with a time: write it as 2026-03-29T01:00")
    return text


def _as_device(given: object) -> object:
    """The keys of a device in a site's files; the id is that of the test's mapping."""
    if isinstance(given, Mapping):
        if "id" in given:
            raise Mistake("the key in front of the colon is the id of the device: remove `id`", "id")
        return {"id": "device", **given}
    return {"id": "device", "profile": given}


class SiteOfTest(Spec):
    """Further keys of a site's files, for one test."""

    timezone: str | None = Field(default=None, examples=["Asia/Shanghai"])
    """The name of the site's time zone; UTC unless given."""
    language: Language = "en"
    """The language of titles and guidance."""
    locations: tuple[LocationSpec, ...] = ()
    """The places of the site."""
    rules: tuple[RuleSpec, ...] = ()
    """Further rules, or such in place of those of the same id."""
    people: tuple[PersonSpec, ...] = ()
    """The people of the site."""
    rosters: tuple[RosterSpec, ...] = ()
    """Who of a team is on duty when."""
    calendars: dict[Identifier, CalendarSpec] = Field(default={})
    """Hours of the week with holidays, by id."""
    maintenance: tuple[MaintenanceSpec, ...] = ()
    """When devices are worked on."""
    sla: dict[Priority, DeadlineChanges] = Field(default={})
    """Deadlines of tickets, by priority: only what differs."""
    parameters: dict[Name, bool | int | float | str] = Field(default={})
    """Values that conditions of rules read as `site.NAME`."""
    disable_rules: tuple[str, ...] = ()
    """Ids of shipped rules to disable."""


class SentMessage(Spec):
    """A message as a device sends it."""

    at: Duration
    """When, from the start."""
    topic: str
    """On which topic."""
    payload: str | None = None
    """The payload as text."""
    json_: Annotated[Any, Field(alias="json")] = None
    """The payload as a JSON document."""
    payload_hex: Hex | None = None
    """The payload as bytes, in hex."""
    retained: bool = False
    """Whether the broker delivers it as retained, as it does what was sent before the gateway subscribed."""
    again: int = Field(default=0, ge=0, le=1000)
    """How often the broker delivers it once more, marked as a repetition (DUP)."""

    @model_validator(mode="after")
    def _has_one_payload(self) -> Self:
        payloads = ("payload", "json_", "payload_hex")
        given = [each for each in payloads if each in self.model_fields_set]
        if given != ["json_"] and any(getattr(self, each) is None for each in given):
            raise Mistake(f"nothing stands behind `{given[0].rstrip('_')}`: write the payload", given[0].rstrip("_"))
        if len(given) != 1:
            raise Mistake("a message has one of `payload`, `json` and `payload_hex`: write one", *given[:1])
        return self


def _list_of(pattern: str) -> WithJsonSchema:
    """In schemas: which texts stand in the list, so that editors complete and check them. The loader has hints."""
    return WithJsonSchema({"type": "array", "items": {"type": "string", "pattern": f"^ *{pattern} *$"}})


_NAME = r"[a-z0-9-]+/\S+"
_LEVEL = f"( +({'|'.join(Severity)}))?"
_ALARMS = _list_of(f"{_NAME} +({'|'.join(STATES)}){_LEVEL}")
_TICKETS = _list_of(f"({'|'.join(Priority)})( +{_NAME})?")
_EVENTS = _list_of(f"{_NAME} +({'|'.join(STEPS.values())}){_LEVEL}")


class Expectation(Spec):
    """What must be so at one moment."""

    at: Duration
    """When, from the start: after all that happens at this moment."""
    alarms: Annotated[tuple[str, ...] | None, _ALARMS] = Field(
        default=None, examples=[["pump-dry-run/p1 unacknowledged"]]
    )
    """Exactly the alarms that stand then, as RULE/SUBJECT STATE, with the severity behind it where the rule has
    levels."""
    tickets: Annotated[tuple[str, ...] | None, _TICKETS] = Field(default=None, examples=[["P1 pump-dry-run/p1"]])
    """Exactly the tickets that were opened so far, as PRIORITY RULE/SUBJECT, or PRIORITY alone."""
    events: Annotated[tuple[str, ...] | None, _EVENTS] = Field(default=None, examples=[["pump-dry-run/p1 raised"]])
    """Exactly what was told of alarms since the expectation before that has `events`, as RULE/SUBJECT STEP."""

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        for key in ("alarms", "tickets", "events"):
            if key in self.model_fields_set and getattr(self, key) is None:
                raise Mistake(f"nothing stands behind `{key}`: write {key}: [] where there must be none", key)
        if self.alarms is None and self.tickets is None and self.events is None:
            raise Mistake("it expects nothing: write `alarms`, `tickets` or `events`, such as alarms: []")
        return self


class Shared(Spec):
    """The keys that `defaults` of a file can have as well."""

    source: str = ""
    """Where a number or a payload comes from."""
    rules: tuple[str, ...] = Field(default=(), examples=[["pump-dry-run"]])
    """The rules under test, by id: those of others are not compared. All unless given."""
    devices: dict[
        Identifier,
        Annotated[DeviceSpec, BeforeValidator(_as_device, json_schema_input_type=Name | DeviceSpec)],
    ] = Field(default={}, examples=[{"p1": "booster_pump"}])
    """The devices by id: the profile of each, or its keys as in a site's files. Those of --site unless given."""
    site: SiteOfTest = SiteOfTest()
    """Further keys of a site's files."""
    start: Annotated[
        str, BeforeValidator(_a_time), WithJsonSchema({"type": "string", "pattern": f"^{_START.pattern}$"})
    ] = "2026-01-05T08:00"
    """When it begins, in the site's time zone; Monday 2026-01-05T08:00 unless given."""
    every: Annotated[Duration, AfterValidator(_at_least_a_millisecond)] = SECOND
    """The distance of the values of `series`; 1s unless given."""
    lasts: Duration = 0
    """For how long it is watched, where that is beyond the last value, message and action."""
    series: dict[str, bool | int | float | str | None] = Field(
        default={}, examples=[{"p1.inlet_pressure": "0.2 x10, 0.01 x20"}]
    )
    """The values that a device sends, by DEVICE.METRIC: `0.2 x10, 0.2..0.4 x10, _ x5, null`."""
    messages: tuple[SentMessage, ...] = ()
    """Messages as devices send them, in any dialect."""
    do: tuple[Deed, ...] = ()
    """What people do, and what happens to the gateway."""
    rejected: bool = False
    """Whether some of what is sent must be rejected by decoding; otherwise a rejected value fails the test."""


class HistorySpec(Shared):
    """What happens, and what must come of it."""

    name: str = Field(min_length=1)
    """A sentence: what is shown."""
    expect: tuple[Expectation, ...] = Field(min_length=1)
    """What must be so, in the order of time."""

    @model_validator(mode="after")
    def _sends_something(self) -> Self:
        if not self.series and not self.messages and not self.do:
            raise Mistake("nothing happens in it: write `series`, `messages` or `do`")
        return self
