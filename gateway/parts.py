"""The parts of the gateway, in their fixed order, the lowest first: the one list to add a part to.

`gateway.core.kernel.part` says what a part is; docs/architecture.md shows how to add one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from gateway.api import (
    alarm_actions,
    alarm_summary,
    alarms,
    checklists,
    devices,
    groups,
    maintenance,
    notices,
    rejects,
    reports,
    rules,
    scans,
    series,
    shelves,
    ticket_actions,
    ticket_bulk,
    ticket_escalations,
    tickets,
)
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.blindness_watch import BLIND_FOR, BlindnessWatch
from gateway.core.alarms.down_devices import DownDevices
from gateway.core.alarms.flood import Flood
from gateway.core.alarms.inhibition import Inhibition
from gateway.core.alarms.maintenance import Maintenance
from gateway.core.alarms.planned_maintenance import PlannedMaintenance
from gateway.core.alarms.realarm import Realarm
from gateway.core.alarms.shelf import LONGEST_SHELF
from gateway.core.alarms.shelving import Shelving
from gateway.core.alarms.silence_watch import SilenceWatch
from gateway.core.audit import AuditTrail
from gateway.core.checklists.part import Checklists
from gateway.core.devices.latest import Devices
from gateway.core.devices.presence import Presences
from gateway.core.duty.part import PeopleOnDuty
from gateway.core.engine import MakePart
from gateway.core.kernel.times import Micros
from gateway.core.notices.part import Notices
from gateway.core.notices.ways import Channel
from gateway.core.rounds.scans import Scans
from gateway.core.rules.activity import Activity
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.windows.part import Windows
from gateway.core.telemetry.intake import Intake
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.dispatch import Dispatch
from gateway.core.work.escalating import TicketEscalation
from gateway.core.work.reporting import Reports
from gateway.core.work.terms import Terms
from gateway.core.work.ticket_feed import TicketFeed
from gateway.store.alarms.flood import TABLES as FLOOD
from gateway.store.alarms.inhibitions import TABLES as INHIBITIONS
from gateway.store.alarms.reminders import TABLES as REMINDERS
from gateway.store.alarms.shelves import TABLES as SHELVES
from gateway.store.alarms.tables import TABLES as ALARMS
from gateway.store.audit.tables import TABLES as AUDIT
from gateway.store.checklists.tables import TABLES as CHECKLISTS
from gateway.store.devices.presence import TABLES as PRESENCE
from gateway.store.devices.tables import TABLES as DEVICES
from gateway.store.duty.tables import TABLES as DUTY
from gateway.store.maintenance.planned import TABLES as PLANNED_MAINTENANCE
from gateway.store.maintenance.tables import TABLES as MAINTENANCE
from gateway.store.notices.tables import TABLES as NOTICES
from gateway.store.rounds.tables import TABLES as SCANS
from gateway.store.rules.activity import TABLES as ACTIVITY
from gateway.store.rules.groups import TABLES as GROUPS
from gateway.store.rules.tables import TABLES as RULES
from gateway.store.rules.windows import TABLES as WINDOWS
from gateway.store.tables import AnyTables, Tables
from gateway.store.telemetry.tables import TABLES as TELEMETRY
from gateway.store.work.asks import TABLES as DISPATCH
from gateway.store.work.escalations import TABLES as TICKET_ESCALATIONS
from gateway.store.work.reports import TABLES as REPORTS
from gateway.store.work.tables import TABLES as WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One part: in the engine, in the store and at the API."""

    name: str
    """The key of its changes and its rows."""
    make: MakePart | None = None
    """Makes it for a site; None for the first five, which the engine makes itself."""
    tables: Tables[Any, Any] | None = None
    """None where it has nothing to store."""
    routers: tuple[APIRouter, ...] = ()
    """Its endpoints, below /api/v1."""


PARTS: tuple[Registration, ...] = (
    Registration(name=Intake.name, tables=TELEMETRY, routers=(rejects.router,)),
    Registration(name=Devices.name, tables=DEVICES, routers=(devices.router, series.router)),
    Registration(name=Windows.name, tables=WINDOWS),
    Registration(name=Groups.name, tables=GROUPS, routers=(groups.router,)),
    Registration(name=Evaluator.name, tables=RULES, routers=(rules.router,)),
    Registration(name=Presences.name, tables=PRESENCE),
    Registration(
        name=Activity.name,
        make=lambda files, seam: Activity(files.site, files.rules, seam),
        tables=ACTIVITY,
    ),
    Registration(
        name=Annunciator.name,
        make=lambda files, seam: Annunciator(files.site, files.every_rule, seam),
        tables=ALARMS,
        routers=(alarm_summary.router, alarm_actions.router, alarms.router),
    ),
    Registration(
        name=Shelving.name,
        make=lambda files, seam: Shelving(files.site, files.every_rule, seam),
        tables=SHELVES,
        routers=(shelves.router,),
    ),
    Registration(
        name=Maintenance.name,
        make=lambda files, seam: Maintenance(files.site, seam),
        tables=MAINTENANCE,
        routers=(maintenance.router,),
    ),
    Registration(
        name=PlannedMaintenance.name,
        make=lambda files, seam: PlannedMaintenance(files.site, seam),
        tables=PLANNED_MAINTENANCE,
    ),
    Registration(
        name=Inhibition.name,
        make=lambda files, seam: Inhibition(
            files.every_rule, files.site.topology.descendants_of, seam, every=files.expect_every_of
        ),
        tables=INHIBITIONS,
    ),
    Registration(name=DownDevices.name, make=lambda files, seam: DownDevices(files.rules, seam)),
    Registration(name=Realarm.name, make=lambda _files, seam: Realarm(seam), tables=REMINDERS),
    Registration(
        name=Flood.name,
        make=lambda files, seam: Flood(files.site, seam),
        tables=FLOOD,
    ),
    Registration(name=SilenceWatch.name, make=lambda _files, seam: SilenceWatch(seam)),
    Registration(name=BlindnessWatch.name, make=lambda _files, seam: BlindnessWatch(seam)),
    Registration(name=PeopleOnDuty.name, make=lambda files, seam: PeopleOnDuty(files.site, seam), tables=DUTY),
    Registration(
        name=Checklists.name,
        make=lambda files, seam: Checklists(files.site, files.profiles, files.checklists, seam),
        tables=CHECKLISTS,
        routers=(checklists.definitions, checklists.router),
    ),
    Registration(
        name=Notices.name,
        make=lambda files, seam: Notices(files.site, files.notice_settings, seam),
        tables=NOTICES,
        routers=(notices.router,),
    ),
    Registration(
        name=ServiceDesk.name,
        make=lambda files, seam: ServiceDesk(Terms(files.site, files.service_levels, files.tickets), seam),
        tables=WORK,
        routers=(tickets.router, ticket_bulk.router, ticket_actions.router),
    ),
    Registration(
        name=Dispatch.name,
        make=lambda files, seam: Dispatch(files.site, files.dispatch, seam),
        tables=DISPATCH,
    ),
    Registration(
        name=TicketEscalation.name,
        make=lambda files, seam: TicketEscalation(files.site, files.escalation, seam),
        tables=TICKET_ESCALATIONS,
        routers=(ticket_escalations.router,),
    ),
    Registration(name=TicketFeed.name, make=lambda files, seam: TicketFeed(files.site, files.ticket_feed, seam)),
    Registration(
        name=Reports.name,
        make=lambda files, seam: Reports(files.site, files.reports, files.team_for, seam),
        tables=REPORTS,
        routers=(reports.router,),
    ),
    Registration(name=Scans.name, make=lambda _files, seam: Scans(seam), tables=SCANS, routers=(scans.router,)),
    Registration(name=AuditTrail.name, make=lambda _files, _seam: AuditTrail(), tables=AUDIT),
)


def makers(
    *,
    blind_for: Micros = BLIND_FOR,
    longest_shelf: Micros = LONGEST_SHELF,
    channels: Collection[Channel] = (),
) -> Mapping[str, MakePart]:
    """How to make the parts above rules, by name, the lowest first.

    Args:
        blind_for: blindness that lasts so long is an alarm.
        longest_shelf: for how long alarms may be shelved.
        channels: by which people are told. By none unless given: where nothing sends messages, nobody is told.
    """
    make = {part.name: part.make for part in PARTS if part.make is not None}
    return make | {
        Shelving.name: lambda files, seam: Shelving(files.site, files.every_rule, seam, longest_shelf),
        BlindnessWatch.name: lambda _files, seam: BlindnessWatch(seam, blind_for),
        Notices.name: lambda files, seam: Notices(files.site, files.notice_settings, seam, channels),
    }


def tables() -> AnyTables:
    """Their tables, by name."""
    return {part.name: part.tables for part in PARTS if part.tables is not None}


def migrations() -> list[Path]:
    """The directories of their own migrations."""
    return [tables.migrations for tables in tables().values() if tables.migrations is not None]


def routers() -> list[APIRouter]:
    """Their endpoints, below /api/v1."""
    return [router for part in PARTS for router in part.routers]
