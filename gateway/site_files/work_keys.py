"""The keys of a site file that say how soon work is done, who does it, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from gateway.core.kernel.times import Duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.calendars import Calendar
from gateway.core.site.distance import ServicePoints
from gateway.core.work.classification import ReportCategorySpec
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.levels import ServiceLevels
from gateway.core.work.sla import DEFAULT_SLA, Deadlines
from gateway.core.work.terms import TicketsSpec
from gateway.core.work.ticket_feed import FeedSpec
from gateway.site_files.catalogue import Catalogues
from gateway.site_files.dispatch_checks import read_dispatch
from gateway.site_files.documents import Document, Table
from gateway.site_files.escalation_checks import read_escalation, read_service_point
from gateway.site_files.explain import validate
from gateway.site_files.problems import Problem, did_you_mean
from gateway.site_files.report_categories import read_report_categories
from gateway.site_files.service_level_checks import read_service_levels
from gateway.site_files.ticket_feed_checks import read_ticket_feed

WORK_KEYS = (
    "sla",
    "service_levels",
    "rings",
    "holds",
    "escalation",
    "service_point",
    "dispatch",
    "tickets",
    "ticket_feed",
    "report_categories",
)


class DeadlineChanges(BaseModel):
    """Changes to the deadlines of one priority, from the opening of a ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    respond: Duration = 0
    """Until somebody has responded."""
    on_site: Duration = 0
    """Until somebody is on site."""
    resolve: Duration = 0
    """Until the work is done."""


@dataclass(frozen=True, slots=True)
class WorkKeys:
    """What a site file says of work."""

    levels: ServiceLevels
    escalation: tuple[ChainSpec, ...]
    service_points: ServicePoints
    dispatch: DispatchSpec | None
    tickets: TicketsSpec
    ticket_feed: tuple[FeedSpec, ...]
    report_categories: tuple[ReportCategorySpec, ...]


def read_work_keys(
    document: Document, catalogues: Catalogues, calendars: Mapping[str, Calendar]
) -> tuple[WorkKeys, list[Problem]]:
    """The keys, checked against the rest of the site's files; and what is wrong with them."""
    sla, problems = _read_sla(document)
    levels, found = read_service_levels(document, sla, calendars=catalogues.calendars, compiled=calendars)
    problems += found
    escalation, found = read_escalation(document, catalogues)
    problems += found
    service_points, found = read_service_point(document, catalogues)
    problems += found
    dispatch, found = read_dispatch(document, catalogues)
    problems += found
    tickets, found = _read_tickets(document)
    problems += found
    ticket_feed, found = read_ticket_feed(document, catalogues)
    problems += found
    report_categories, found = read_report_categories(document)
    problems += found
    keys = WorkKeys(levels, escalation, service_points, dispatch, tickets, ticket_feed, report_categories)
    return keys, problems


def _read_tickets(document: Document) -> tuple[TicketsSpec, list[Problem]]:
    if document.root.get("tickets") is None:
        return TicketsSpec(), []
    spec, problems = validate(document, ("tickets",), TicketsSpec)
    return spec or TicketsSpec(), problems


def _read_sla(document: Document) -> tuple[Mapping[Priority, Deadlines], list[Problem]]:
    """The deadlines of the site: the defaults with its changes."""
    sla, problems = dict(DEFAULT_SLA), list[Problem]()
    table = document.root.get("sla")
    if table is None:
        return sla, problems
    if not isinstance(table, Table):
        hint = "write {P1: {respond: 5m, on_site: 30m, resolve: 24h}}"
        return sla, [document.problem(("sla",), "sla: this is not a mapping", hint)]
    for key in table:
        if key not in Priority.__members__:
            hint = did_you_mean(key, Priority.__members__, kind="priorities")
            problems.append(document.problem(("sla", str(key)), f"{key!r} is no priority", hint, of_key=True))
            continue
        at, priority = ("sla", str(key)), Priority(str(key))
        change, found = validate(document, at, DeadlineChanges)
        problems += found
        if change is not None:
            merged = sla[priority].model_copy(update={name: getattr(change, name) for name in change.model_fields_set})
            sla[priority] = merged
            if not merged.respond <= merged.on_site <= merged.resolve:
                what = f"{key}: respond, on_site and resolve do not follow one another"
                problems.append(document.problem(at, what, "what is not given here is as in the defaults; give all"))
    return sla, problems
