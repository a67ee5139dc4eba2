"""What an event of the audit trail says, for people: with their names, and with times of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from gateway.client.connection import Connection
from gateway.client.tables import SiteTime, values
from gateway.core.kernel.values import readable


@dataclass(frozen=True, slots=True)
class SiteWords:
    """What the site calls its people, and its time."""

    time: SiteTime
    names: Mapping[str, str]

    @classmethod
    def of(cls, gateway: Connection) -> Self:
        """The words of the site of this gateway."""
        people = gateway.get("/people")["people"]
        return cls(SiteTime(gateway.get("/site")), {person["id"]: person["name"] for person in people})

    def name(self, person: str) -> str:
        """Of somebody by id; of who is not of the site, what people have written."""
        return self.names.get(person, person)


def what_happened(event: Mapping[str, Any], site: SiteWords) -> str:
    """One line on an event of the API."""
    data = event["data"]
    until = f", until {site.time.local(data['until'])}" if data.get("until") else ""
    match event["kind"]:
        case "message":
            return f"{event['subject']}: {data['payload']}"
        case "reading":
            return f"{event['subject']}: {values(data['values'])}"
        case "alarm":
            why = f" (when {data['when']}, for {data['for_s']:g} s)" if "when" in data else ""
            why = f" ({site.time.in_text(data['detail'])})" if "detail" in data else why
            return f"{event['subject']}: {data['step']}, now {data['state']}{why}{_note(data)}"
        case "shelf":
            return f"shelf {event['subject']}: {data['step'].replace('_', ' ')}{until}{_note(data)}"
        case "comment":
            return f"{data['step']}, now {data['state']}{_note(data)}"
        case "maintenance":
            number, reason = (f" {event['subject']}", data["reason"]) if "reason" in data else ("", event["subject"])
            return f"maintenance{number}: {data['step']} of {reason}{until}{_note(data)}"
        case "checklist":
            item = f" {data['item']}" if "item" in data else ""
            value = f": {readable(data['value'], data.get('unit', ''))}" if "value" in data else ""
            failed = " (failed)" if data.get("failed") is True else ""
            failed = ", not applicable" if data.get("not_applicable") is True else failed
            return f"checklist {event['subject']}: {data['step']}{item}{value}{failed}{_note(data)}"
        case "duty":
            substitute = f", {site.name(data['substitute'])} stands in" if data.get("substitute") else ""
            why = f" ({data['why']})" if "why" in data else ""
            return f"{site.name(event['subject'])} is {data['step']}{until}{substitute}{why}{_note(data)}"
        case "notice":
            why = f": {data['error']}" if data.get("error") else ""
            return f"notice {event['subject']}: {data['kind']}, {data['step']}, {data['way']}{why}"
        case _:
            return f"ticket {event['subject']}: {what_happened_to_ticket(event, site)}"


def what_happened_to_ticket(event: Mapping[str, Any], site: SiteWords) -> str:
    """The same of an event of a ticket, without its number."""
    return f"{_step(event['data'], site)}{_note(event['data'])}"


def _step(data: Mapping[str, Any], site: SiteWords) -> str:
    """A step or an entry of a ticket. One of another version, which this one does not know, is said by its name."""
    step = str(data.get("step", ""))
    match step:
        case "open":
            why = f" ({data['why']})" if data.get("why") else ""
            others = f"; the same may be ticket {_listed(data['others'])}" if data.get("others") else ""
            return f"opened, {data['priority']}{_by_alarm(data)}{why}{others}"
        case "assign":
            return f"assigned to {site.name(data['to'])}"
        case "accept":
            return "accepted"
        case "decline":
            return f"declined by {site.name(data['from'])}" if data.get("from") else "nobody is asked any more"
        case "hand over":
            return f"handed over to {site.name(data['to'])}"
        case "arrive":
            return "on site"
        case "hold":
            return f"on hold, waits for {WAITS_FOR.get(data['reason'], data['reason'])}"
        case "resume":
            return f"resumed, now {data['state'].replace('_', ' ')}"
        case "resolve":
            cause = f", cause {data['cause'].replace('_', ' ')}" if data.get("cause") else ""
            return f"resolved{cause}{_despite(data)}"
        case "confirm" | "close":
            return f"{step}{'ed' if step == 'confirm' else 'd'}{_despite(data)}"
        case "reopen":
            return f"reopened{_by_alarm(data)}"
        case "cancel":
            return "cancelled"
        case "merge":
            return f"merged into ticket {data['into']}"
        case _:
            return _entry(step, data, site)


def _entry(step: str, data: Mapping[str, Any], site: SiteWords) -> str:
    match step:
        case "alarm joined":
            return f"alarm {data['alarm']} joined, {data['title']}"
        case "alarm raised":
            return f"alarm {data['alarm']} raised again"
        case "alarm returned":
            return f"alarm {data['alarm']} returned"
        case "alarm removed":
            return f"alarm {data['alarm']} removed"
        case "clock warned":
            return f"most of the time to {TO_DO[data['clock']]} is over"
        case "clock breached":
            return f"the time to {TO_DO[data['clock']]} is over"
        case "retarget" if data["from"] == data["priority"]:
            return "without the targets that the site's files have no more"
        case "retarget":
            return f"priority {data['from']} → {data['priority']}"
        case "comment":
            return "comment, public" if data.get("public") else "comment"
        case "photo":
            return f"photo {data['photo'][:12]}"
        case "checklist":
            failed = f", not good: {', '.join(data['failed'])}" if data.get("failed") else ""
            left = f", not applicable: {', '.join(data['not_applicable'])}" if data.get("not_applicable") else ""
            return f"checklist {data['checklist']} complete, {data['title']}{failed}{left}"
        case "work":
            parts = [f"{each['count']:g} × {each['part']}" for each in data.get("parts", ())]
            minutes = [f"{data['minutes']} min of work"] if data.get("minutes") else []
            return ", ".join([*minutes, *parts])
        case "rating":
            return f"rated {data['rating']} of 5"
        case "merged":
            return f"ticket {data['ticket']} merged into it, {data['title']}"
        case "nobody to ask":
            return f"nobody can be asked, {data['why']}"
        case "told":
            return f"told {', '.join(map(site.name, data['people']))} that the time to {TO_DO[data['clock']]} is over"
        case "acknowledge":
            return "acknowledged: nobody else is told that it is overdue"
        case "clock set":
            return "times corrected, as the clock was set"
        case _:  # such as `raised again` of an earlier version
            return f"{step}, {data['priority']}" if "priority" in data else step


def _listed(numbers: Sequence[int]) -> str:
    return " or ".join(map(str, numbers))


def _by_alarm(data: Mapping[str, Any]) -> str:
    return f" by alarm {data['alarm']}" if data.get("alarm") else ""


def _despite(data: Mapping[str, Any]) -> str:
    return f", in spite of what speaks against it ({data['despite']})" if data.get("despite") else ""


def _note(data: Mapping[str, Any]) -> str:
    return f": {data['note']}" if "note" in data else ""


TO_DO = {"respond": "respond", "on_site": "be on site", "resolve": "resolve it"}
"""What the clocks of a ticket wait for."""
WAITS_FOR = {
    "parts": "parts",
    "access": "access",
    "contractor": "a contractor",
    "reporter": "who reported it",
    "weather": "the weather",
    "other": "something else",
}
"""What work on hold waits for."""
