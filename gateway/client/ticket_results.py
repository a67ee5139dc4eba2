"""What has become of a ticket after an action, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.client.tables import SiteTime, named_subject


def result(answer: Mapping[str, Any], action: str, time: SiteTime | None) -> str:
    """What has become of a ticket after an action."""
    about = f"ticket {answer['number']} ({answer['title']}, {named_subject(answer)})"
    return f"{about} {_became(answer, action)}{_next(answer, time)}"


def _became(answer: Mapping[str, Any], action: str) -> str:
    state = answer["state"].replace("_", " ")
    match action:
        case "comment":
            return f"has the comment, and is {state} as before"
        case "photo":
            return f"has the photo, and is {state} as before"
        case "checklist":
            return f"has the checklist: facility-gateway checklists --about ticket:{answer['number']} shows its number"
        case "acknowledge":
            return f"is {state} as before, and nobody else is told that it is overdue"
        case "work":
            return f"has {answer['minutes']} min of work by now"
        case "rate":
            return f"is rated {answer['rating']} of 5"
        case "priority":
            return f"is {answer['priority']} now"
        case "merge":
            return f"is merged into ticket {answer['merged_into']}"
        case "assign" | "hand-over":
            return f"is assigned to {answer['assignee_name']} now{_outside(answer)}"
        case "accept" if not answer["assignee_known"]:
            return f"is accepted now by {answer['assignee_name']}{_outside(answer)}"
        case "decline":
            return "is new now: nobody has it"
        case "arrive" if answer["maintenance"] is not None:
            return f"is on site now, with its device out of service (maintenance {answer['maintenance']})"
        case "hold":
            paused = [each["clock"].replace("_", " ") for each in answer["clocks"] if each["state"] == "paused"]
            return f"is on hold now, which pauses {' and '.join(paused) or 'no clock'}"
        case "open":
            return f"is open, {answer['priority']} for {answer['team']}"
        case _:
            return f"is {state} now"


def _outside(answer: Mapping[str, Any]) -> str:
    """Of an assignee whom the gateway does not know: that may be a typing error."""
    return "" if answer["assignee_known"] else ", who is not of the site's people and is told nothing"


def _next(answer: Mapping[str, Any], time: SiteTime | None) -> str:
    """The clock that runs out next."""
    if time is None or answer["next_due"] is None:
        return ""
    clock, due = answer["next_clock"].replace("_", " "), time.short(answer["next_due"])
    return f"; {clock} was due {due}" if answer["overdue"] else f"; {clock} by {due}"
