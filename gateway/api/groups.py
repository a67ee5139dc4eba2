"""Groups: how the rules with `group_by` stand on them, and what is known of each member."""

from __future__ import annotations

import asyncio
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.alarm_answers import AlarmAnswer
from gateway.api.alarms import STANDING
from gateway.api.group_reasons import group_sentences
from gateway.api.places import check_group, subject_given
from gateway.api.problems import check_rule, documented, not_found
from gateway.api.rules import LevelAnswer, ValueOfName
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.values import Value, readable
from gateway.core.rules.groups.group_view import GroupState, GroupView, MemberView
from gateway.core.rules.groups.member import UnknownBecause
from gateway.store.alarms.queries import find_alarms
from gateway.store.paging import Page

router = APIRouter(tags=["groups"])


class MemberAnswer(BaseModel):
    """One member of a group."""

    device: str
    device_name: str | None = Field(description="In the site's language; its id where it has no name.")
    counts: bool = Field(description="Whether it counts towards the breach at present.")
    values: dict[str, Value | None] = Field(
        description="By the name of the function in the rule: whether its condition holds, or its value; null where "
        "that is unknown."
    )
    unknown_because: UnknownBecause | None = Field(
        description="silent; too_old; never_reported; out_of_service: why one of these is unknown. Null where all are"
        " known."
    )
    ended: dict[str, Moment] = Field(description="By the name of the function: when its condition has ended last.")

    @classmethod
    def of(cls, member: MemberView, gateway: Services) -> Self:
        """The answer for this member."""
        fields = {name: getattr(member, name) for name in member.__struct_fields__}
        return cls(**fields, device_name=gateway.site.name_of(member.device))


class GroupStanding(BaseModel):
    """How one rule stands on one group."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rule": "fire-confirmed",
                "title": "Fire confirmed by two detectors",
                "subject": "zone:east",
                "subject_name": "zone:east",
                "state": "degraded",
                "levels": [
                    {
                        "severity": "critical",
                        "when": {
                            "text": "at least 2 devices with smoke && !test",
                            "with_values": "at least 2 devices (1) with smoke && !test",
                            "holds": None,
                        },
                        "clear_when": None,
                        "is_active": False,
                        "delay": None,
                    }
                ],
                "values": [],
                "members": [
                    {
                        "device": "sd-e-1",
                        "device_name": "Smoke detector E1",
                        "counts": True,
                        "values": {"devices": True},
                        "unknown_because": None,
                        "ended": {},
                    },
                    {
                        "device": "sd-e-2",
                        "device_name": "Smoke detector E2",
                        "counts": False,
                        "values": {"devices": None},
                        "unknown_because": "silent",
                        "ended": {},
                    },
                ],
            }
        }
    )

    rule: str
    title: str = Field(description="The rule's, in the site's language.")
    subject: str = Field(description="The group, as kind:id.")
    subject_name: str = Field(
        description="In the site's language: of its location, or of the device in common; else as `subject`."
    )
    state: GroupState = Field(
        description="breached; degraded: not breached as far as is known, and a member is unknown; normal."
    )
    levels: list[LevelAnswer] = Field(description="The most severe first; one where the rule has no levels.")
    values: list[ValueOfName] = Field(description="What the conditions read.")
    members: list[MemberAnswer] = Field(description="In the order of the site's files.")

    @classmethod
    def of(cls, view: GroupView, gateway: Services) -> Self:
        """The answer for this group."""
        values = {each.name: each for level in view.levels for each in level.values}
        shown = shown_values(view)
        units = {name: each.unit for level in view.levels for name, each in level.rule.functions.items()}
        return cls(
            rule=view.rule,
            title=view.levels[0].rule.spec.title.in_language(gateway.site.header.language),
            subject=str(view.subject),
            subject_name=gateway.site.words_of(view.subject),
            state=view.state,
            levels=[LevelAnswer.of(level, shown) for level in view.levels],
            values=[ValueOfName.of(each, units[name]) for name, each in values.items()],
            members=[MemberAnswer.of(member, gateway) for member in view.members],
        )


class GroupDetails(GroupStanding):
    """How one rule stands on one group, and why."""

    sentences: list[str] = Field(description="Why, for people, the reason first.")
    alarm: AlarmAnswer | None = Field(description="The alarm, where it stands and is on disk.")
    latest_alarm: AlarmAnswer | None = Field(description="The latest that is over.")
    blind_since: Moment | None = Field(description="Since when the gateway hears nothing; null while it hears.")


class GroupsAnswer(BaseModel):
    """Groups, in the order of the rules."""

    groups: list[GroupStanding]


class GroupParameters(BaseModel):
    """Which groups to list."""

    model_config = ConfigDict(extra="forbid")

    rule: str | None = Field(None, description="Id of a rule.")
    subject: str | None = Field(None, description="As kind:id, such as zone:east.")
    state: GroupState | None = None


@router.get("/groups", responses=documented(404))
async def list_groups(gateway: Gateway, query: Annotated[GroupParameters, Query()]) -> GroupsAnswer:
    """The groups of all rules with `group_by`, each with its members."""
    found = gateway.groups(query.rule, subject_given(None, query.subject))
    if not found:
        check_rule(query.rule, gateway)
        check_group(gateway, query.subject)
    return GroupsAnswer(groups=[GroupStanding.of(view, gateway) for view in found if query.state in (None, view.state)])


@router.get("/rules/{rule}/groups/{subject}", responses=documented(404))
async def get_group(gateway: Gateway, rule: str, subject: str) -> GroupDetails:
    """Why the rule has raised an alarm on the group, or has not."""
    parsed = subject_given(None, subject)
    found = gateway.groups(rule, parsed)
    if not found:
        raise not_found(f"the site has no rule {rule!r} with a group {subject!r}: GET /api/v1/groups lists them all")
    view = found[0]
    query = Page(limit=1)
    standing, over = await asyncio.gather(
        asyncio.to_thread(find_alarms, gateway.database, query, states=STANDING, subject=parsed, rule=rule),
        asyncio.to_thread(find_alarms, gateway.database, query, states=[State.NORMAL], subject=parsed, rule=rule),
    )
    record, latest = next(iter(standing), None), next(iter(over), None)
    told = group_sentences(view, shown_values(view), record, latest, gateway.now())
    return GroupDetails(
        **dict(GroupStanding.of(view, gateway)),
        sentences=list(told),
        alarm=AlarmAnswer.of(record, gateway) if record is not None else None,
        latest_alarm=AlarmAnswer.of(latest, gateway) if latest is not None else None,
        blind_since=gateway.blind_since(),
    )


def shown_values(view: GroupView) -> dict[str, str]:
    """What the conditions read, as people do."""
    units = {name: each.unit for level in view.levels for name, each in level.rule.functions.items()}
    return {
        each.name: "unknown" if each.value is None else readable(each.value, units[each.name])
        for level in view.levels
        for each in level.values
    }
