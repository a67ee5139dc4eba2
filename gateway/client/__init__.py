"""The commands that talk to a running gateway over its HTTP API."""

from __future__ import annotations

import typer

from gateway.client import alarms, checklists, groups, listings, maintenance, notices, people, rejects, reports, tickets
from gateway.client.options import examples
from gateway.client.why import why
from gateway.misplaced import OptionsOnly

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `devices`, `alarms`, `tickets`, `reports`, `scans`, `groups`, `why`, `people`, `notices`, `notify`,
    `maintenance`, `checklists` and `rejects`.

    They raise GatewayError, with a sentence for the user, when the gateway does not answer or answers with an error.
    """
    of_devices = examples("devices --profile booster_pump", "devices pump-b1-1")
    app.command(epilog=of_devices, short_help="List devices, or show one.")(listings.devices)
    app.add_typer(alarms.app, short_help="List alarms, and act on them.")
    app.add_typer(tickets.app, short_help="List tickets, and work on them.")
    app.add_typer(reports.app, short_help="List what people have reported, or hand a report in.")
    app.command(cls=OptionsOnly, epilog=examples("scans --limit 20"))(listings.scans)
    of_groups = examples("groups", "groups zone:east", "groups --rule fire-confirmed --state degraded")
    app.command(epilog=of_groups, short_help="List groups of devices, or show one.")(groups.groups)
    app.command(epilog=examples("why pump-dry-run pump-b1-1", "why fire-confirmed zone:east --json"))(why)
    app.add_typer(people.app, short_help="List people and who is on duty; say who is away.")
    app.add_typer(notices.app, short_help="List who was told of what, and whether it has arrived.")
    app.add_typer(notices.notify, short_help="Try whether messages reach people.")
    app.add_typer(maintenance.app, short_help="List, begin or end maintenance.")
    app.add_typer(checklists.app, short_help="List, answer or complete checklists.")
    app.add_typer(rejects.app, short_help="List rejected messages and metrics.")
