"""JSON Schemas of the files that people write, for their editors.

They are made from the very models that read the files, with the docstrings behind their fields as descriptions, so that
the two cannot drift apart. Docstrings are looked up here, when a schema is asked for: pydantic would read the source of
every model at each start of the gateway.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.authoring.histories.spec import HistorySpec, Shared
from gateway.authoring.payload_tests import PayloadTest
from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.urgency import Priority
from gateway.core.kernel.values import Json
from gateway.core.notices.proof import ProofSpec
from gateway.core.notices.quiet_hours import QuietHoursSpec
from gateway.core.notices.routes import RouteSpec
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.calendars import CalendarSpec
from gateway.core.site.distance import Ring
from gateway.core.site.maintenance import MaintenanceSpec
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec
from gateway.core.site.site import DeviceSpec, LocationSpec, SiteHeader
from gateway.core.work.classification import ReportCategorySpec
from gateway.core.work.clocks import ClockKind
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import RingSpec, ServiceLevelSpec
from gateway.core.work.terms import TicketsSpec
from gateway.core.work.ticket_feed import FeedSpec
from gateway.site_files.sites import LISTS, SITE_KEYS
from gateway.site_files.work_keys import DeadlineChanges

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INT_KEY = "^([-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+)$"
_TRUTHS = [True, False, "yes", "no", "on", "off"]
"""What pydantic accepts as true and false; in YAML 1.2 the last four are texts."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RuleFile(_File):
    """Rules: which condition is an alarm, how bad it is, and what work it makes."""

    rules: tuple[RuleSpec, ...] | None
    """One a dash."""


class SiteFile(_File):
    """A site file, or a file that one includes: that has only lists of definitions."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [key]} for key in ("site", *LISTS)],
            "dependentRequired": {key: ["site"] for key in SITE_KEYS if key not in ("site", *LISTS)},
        }
    )

    site: SiteHeader | None = None
    """The site: id, name, time zone and language."""
    include: tuple[str, ...] | None = Field(default=None, examples=[["devices/*.yaml"]])
    """Files and patterns, from the directory of this file; each must match."""
    locations: tuple[LocationSpec, ...] | None = None
    """The places of the site."""
    devices: tuple[DeviceSpec, ...] | None = None
    """The devices of the site."""
    rules: tuple[RuleSpec, ...] | None = None
    """Rules of the site; one of the id of a shipped rule replaces that."""
    people: tuple[PersonSpec, ...] | None = None
    """The people of the site: their teams, and how to reach them."""
    rosters: tuple[RosterSpec, ...] | None = None
    """Who of a team is on duty when."""
    calendars: dict[Identifier, CalendarSpec] | None = Field(
        default=None, examples=[{"working-hours": {"days": "mon-fri", "hours": "08:00-18:00", "holidays": "CN"}}]
    )
    """Hours of the week with holidays, by id."""
    maintenance: tuple[MaintenanceSpec, ...] | None = None
    """When devices are worked on: their alarms are recorded, and nobody is told."""
    checklists: tuple[ChecklistSpec, ...] | None = None
    """What is looked at on work and rounds; one of the id of a shipped checklist replaces that."""
    notify: tuple[RouteSpec, ...] | None = None
    """Who is told of which alarms, by which channels, and who is told next."""
    sla: dict[Priority, DeadlineChanges] | None = Field(default=None, examples=[{"P1": {"on_site": "20m"}}])
    """Deadlines of tickets, by priority: only what differs from the defaults."""
    service_levels: tuple[ServiceLevelSpec, ...] | None = None
    """Targets of tickets by category, priority, kind, distance and hours: each value is that of the first that matches
    and gives it."""
    rings: dict[Ring, RingSpec] | None = Field(default=None, examples=[{"near": {"on_site": "10m"}}])
    """Targets by the distance, where they are shorter than others: only what differs from the defaults."""
    holds: dict[HoldReason, tuple[ClockKind, ...]] | None = Field(default=None, examples=[{"parts": ["resolve"]}])
    """Which clocks a hold pauses, by its reason: only what differs from the defaults."""
    escalation: tuple[ChainSpec, ...] | None = None
    """Who is told of breaches, one level after another: the first chain that matches a ticket."""
    service_point: Identifier | dict[Name, Identifier] | None = Field(default=None, examples=["b1.office"])
    """The location from where people start, or that of each team."""
    dispatch: Literal["off"] | DispatchSpec | None = Field(default=None, examples=["off", {"accept_within": "3m"}])
    """How tickets are given to people: for how long somebody may wait who is asked; `off`: they wait for a person."""
    tickets: TicketsSpec | None = Field(default=None, examples=[{"reopen_within": "24h", "close_after": "7d"}])
    """For how long a ticket waits for an alarm that reopens it, and for somebody who confirms it."""
    ticket_feed: tuple[FeedSpec, ...] | None = None
    """Other systems, such as a CMMS, that are told of each step of tickets."""
    report_categories: tuple[ReportCategorySpec, ...] | None = Field(
        default=None, examples=[[{"words": {"en": ["pool"], "zh": ["泳池"]}, "category": "pool", "priority": "P2"}]]
    )
    """Words by which reports are classified, beside the shipped ones."""
    parameters: dict[Name, bool | int | float | str] | None = Field(default=None, examples=[{"night_setback": 18}])
    """Values that conditions of rules read as `site.NAME`."""
    disable_rules: tuple[str, ...] | None = Field(default=None, examples=[["elevator-mains-lost"]])
    """Ids of shipped rules to disable."""
    quiet_hours: QuietHoursSpec | None = Field(default=None, examples=[{"hours": "21:00-08:00"}])
    """When nobody is told of what can wait."""
    proof: ProofSpec | None = Field(default=None, examples=[{"day": "mon", "at": "10:00"}])
    """When each person gets a test message, once a week."""


class TestFile(_File):
    """Tests of a profile: payloads as devices send them, and what they must become."""

    __test__ = False  # no test of pytest

    profile: Name
    """Which profile is tested."""
    tests: tuple[PayloadTest, ...] = Field(min_length=1)
    """One a dash."""


class HistoryFile(_File):
    """Tests of rules: what happens, and which alarms it must lead to."""

    defaults: Shared | None = None
    """Keys of all tests of the file; what a test has itself wins."""
    tests: tuple[HistorySpec, ...] = Field(min_length=1)
    """One a dash."""


class TestsFile(RootModel[TestFile | HistoryFile]):
    """A file of tests: of a profile, which it names at the top, or of rules."""

    __test__ = False  # no test of pytest


KINDS: dict[str, tuple[type[BaseModel], str]] = {
    "profile": (Profile, "A device profile"),
    "rules": (RuleFile, "Rules"),
    "site": (SiteFile, "A site file, or a file that it includes"),
    "tests": (TestsFile, "Tests of a device profile, or of rules"),
}


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of the files of one kind.

    Raises:
        KeyError: there is no such kind.
    """
    model, title = KINDS[kind]
    schema = model.model_json_schema(schema_generator=_Generator)
    if kind == "tests":
        of_profile, of_rules = schema.pop("anyOf")  # so that editors complain of the one that is meant alone
        schema |= {"if": {"required": ["profile"]}, "then": of_profile, "else": of_rules}
        _without_id(schema["$defs"]["DeviceSpec"])
        for name in ("Shared", "HistorySpec"):
            for key in ("every", "site"):
                del schema["$defs"][name]["properties"][key]["default"]  # which nobody would write so
        properties = schema["$defs"]["PayloadTest"]["properties"]
        for name, description in _OF_TESTS.items():
            properties[name].setdefault("description", description)
        properties["expect"]["anyOf"].append({"$ref": "#/$defs/Expected"})
    return {"$schema": _DIALECT, "title": title, **_tidy(schema)}


def _without_id(device: JsonSchemaValue) -> None:
    """A device of a test has its id as the key in front of it."""
    del device["properties"]["id"]
    device["required"].remove("id")


_OF_TESTS = {
    "dialect": "In which dialect of the profile it is; left out for native messages.",
    "topic": "On which topic it comes. Left out where `bytes` is given.",
    "payload": "The payload as text.",
    "json": "The payload as a JSON document.",
    "payload_hex": "The payload as bytes, in hex.",
    "bytes": "The bytes of a LoRaWAN uplink, in hex: tried in the envelope of each network server.",
    "port": "The fPort of a LoRaWAN uplink; 1 unless given.",
    "expect": "The reading that it must become, a list of some, `rejected` or `ignored`.",
}


class _Generator(GenerateJsonSchema):
    """Adds the docstrings of fields; names no titles; writes keys of mappings so that each is checked."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        result = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        mapping = next((each for each in (result, *result.get("anyOf", ())) if "properties" in each), None)
        if mapping is not None:
            mapping.pop("title", None)
            texts = descriptions(model)
            for name, field in model.model_fields.items():
                described = mapping["properties"].get(field.alias or name)
                if described is not None and name in texts:
                    described.setdefault("description", texts[name])
        result.pop("title", None)
        return result

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        result: JsonSchemaValue = {"type": "object"}
        if keys.get("type") == "integer":
            result["propertyNames"] = {"pattern": _INT_KEY}
        elif "pattern" in keys:
            result["propertyNames"] = {"pattern": keys["pattern"]}
        elif "$ref" in keys:
            result["propertyNames"] = keys
        if "values_schema" in schema:
            result["additionalProperties"] = self.generate_inner(schema["values_schema"])
        if "min_length" in schema:
            result["minProperties"] = schema["min_length"]
        return result

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        result = super().enum_schema(schema)
        result.pop("title", None)
        return result


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings behind the fields of a model and of those that it is made of, in one line each."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        found |= _docstrings(each.__module__).get(each.__name__, {})
    return found


@cache
def _docstrings(module: str) -> dict[str, dict[str, str]]:
    try:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    except (OSError, TypeError):  # a built-in module
        return {}
    return {
        each.name: {
            field.target.id: " ".join(text.value.value.split())
            for field, text in zip(each.body, each.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
        for each in tree.body
        if isinstance(each, ast.ClassDef)
    }


def _tidy(schema: JsonSchemaValue, *, in_union: bool = False) -> JsonSchemaValue:
    """The same, shorter: a union of plain types is one list of types, and booleans are all that pydantic accepts."""
    tidy: JsonSchemaValue = {}
    for key, part in schema.items():
        if key in ("properties", "$defs"):
            tidy[key] = {name: _tidy(each) for name, each in part.items()}
        elif key in ("items", "additionalProperties") and isinstance(part, dict):
            tidy[key] = _tidy(part, in_union=key == "additionalProperties" and in_union)
        elif key == "prefixItems":
            tidy[key] = [_tidy(each) for each in part]
        elif key == "anyOf" and any("required" not in each or "type" in each for each in part):
            members = _members(part)
            tidy |= members[0] if len(members) == 1 else {"anyOf": members}
        elif key == "description":
            tidy[key] = " ".join(part.split())
        elif key == "examples":
            tidy[key] = _with_text_keys(part)
        elif not (key == "default" and (part is None or isinstance(part, list | tuple) or part == {})):
            tidy[key] = part
    if "anyOf" in schema:
        for limit in ("minLength", "maxLength", "minItems", "maxItems"):
            tidy.pop(limit, None)  # a text or list in the union has its own
    if tidy.get("type") == "boolean" and not in_union:
        del tidy["type"]
        tidy["enum"] = _TRUTHS
    return tidy


def _members(union: list[JsonSchemaValue]) -> list[JsonSchemaValue]:
    """The members of a union: nested unions unfolded, plain types in one."""
    members: list[JsonSchemaValue] = []
    for each in union:
        members += _members(each["anyOf"]) if each.keys() == {"anyOf"} else [_tidy(each, in_union=True)]
    plain = [each["type"] for each in members if each.keys() == {"type"}]
    names = dict.fromkeys(name for each in plain for name in ([each] if isinstance(each, str) else each))
    if "number" in names:
        names.pop("integer", None)
    rest = [each for each in members if each.keys() != {"type"}]
    return [*([{"type": next(iter(names)) if len(names) == 1 else list(names)}] if names else []), *rest]


def _with_text_keys(value: Json) -> Json:
    """As editors see YAML: keys are text."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(each) for key, each in value.items()}
    return [_with_text_keys(each) for each in value] if isinstance(value, list) else value
