"""The commands that talk to a running gateway over its HTTP API."""

from __future__ import annotations

import typer

from gateway.client import alarms, listings, maintenance, people, rejects
from gateway.client.options import examples
from gateway.client.why import why

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `devices`, `alarms`, `tickets`, `scans`, `why`, `people`, `maintenance` and `rejects` to a command line.

    They raise GatewayError, with a sentence for the user, when the gateway does not answer or answers with an error.
    """
    app.command(epilog=examples("devices --profile booster_pump", "devices pump-b1-1"))(listings.devices)
    app.add_typer(alarms.app)
    app.command(epilog=examples("tickets --priority P1", "tickets 7"))(listings.tickets)
    app.command(epilog=examples("scans --limit 20"))(listings.scans)
    app.command(epilog=examples("why pump-dry-run pump-b1-1", "why pump-dry-run pump-b1-1 --json"))(why)
    app.command(epilog=examples("people --team engineering", "people --on-duty"))(people.people)
    app.add_typer(maintenance.app)
    app.add_typer(rejects.app)
