"""What an event of the audit trail says, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.client.tables import values


def what_happened(event: Mapping[str, Any]) -> str:
    """One line on an event of the API."""
    data = event["data"]
    match event["kind"]:
        case "message":
            return f"{event['subject']}: {data['payload']}"
        case "reading":
            return f"{event['subject']}: {values(data['values'])}"
        case "alarm":
            why = f" (when {data['when']}, for {data['for_s']:g} s)" if "when" in data else ""
            why = f" ({data['detail']})" if "detail" in data else why
            return f"{event['subject']}: {data['step']}, now {data['state']}{why}{_note(data)}"
        case "shelf":
            until = f", until {data['until']}" if data.get("until") else ""
            return f"shelf {event['subject']}: {data['step'].replace('_', ' ')}{until}{_note(data)}"
        case "comment":
            return f"{data['step']}, now {data['state']}{_note(data)}"
        case "maintenance":
            until = f", until {data['until']}" if "until" in data else ""
            number, reason = (f" {event['subject']}", data["reason"]) if "reason" in data else ("", event["subject"])
            return f"maintenance{number}: {data['step']} of {reason}{until}{_note(data)}"
        case "notice":
            why = f": {data['error']}" if data.get("error") else ""
            return f"notice {event['subject']}: {data['kind']}, {data['step']}, {data['way']}{why}"
        case _:
            return f"ticket {event['subject']}: {data.get('step', '')} {data.get('priority', '')}".rstrip() + _note(
                data
            )


def _note(data: Mapping[str, Any]) -> str:
    return f": {data['note']}" if "note" in data else ""
