"""Rows of the store from what the core says, and back."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import RowMapping

from gateway.core.alarms.lifecycle import AlarmRecord, Evidence, Pending, State
from gateway.core.outcomes import AuditEvent
from gateway.core.work.tickets import Ticket, TicketState

_json = msgspec.json.Encoder().encode
_evidence = msgspec.json.Decoder(Evidence).decode
_data = msgspec.json.Decoder(dict[str, object]).decode


def row_of(struct: msgspec.Struct) -> dict[str, Any]:
    """Each field under its own name; evidence and data of an event as JSON."""
    row = {name: getattr(struct, name) for name in struct.__struct_fields__}
    for name in ("evidence", "data"):
        if name in row:
            row[name] = _json(row[name]).decode()
    return row


def alarm_of(row: RowMapping) -> AlarmRecord:
    """From the table `alarms`."""
    return AlarmRecord(**{**row, "state": State(row["state"]), "evidence": _evidence(row["evidence"])})


def pending_of(row: RowMapping) -> Pending:
    """From the table `pending`."""
    return Pending(**{**row, "evidence": _evidence(row["evidence"])})


def ticket_of(row: RowMapping) -> Ticket:
    """From the table `tickets`."""
    return Ticket(**{**row, "state": TicketState(row["state"])})


def event_of(row: RowMapping) -> AuditEvent:
    """From the table `events`."""
    return AuditEvent(**{**row, "data": _data(row["data"])})
