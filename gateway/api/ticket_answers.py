"""Tickets as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.events import EventAnswer
from gateway.api.paging import NextBefore
from gateway.api.services import Services
from gateway.api.ticket_clocks import ClockAnswer
from gateway.api.times import Moment
from gateway.core.kernel.texts import Language
from gateway.core.kernel.urgency import Priority
from gateway.core.work.clocks import ClockKind
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.lifecycle import TicketState, TicketStep, steps_from
from gateway.core.work.tickets import CauseCode, Reporter, Ticket, TicketSource
from gateway.store.work.queries import AlarmOn, alarms_on


def path_of(step: TicketStep) -> str:
    """The step as it stands in a path, such as `hand-over`."""
    return step.value.replace(" ", "-")


class ReporterAnswer(BaseModel):
    """Who has reported something."""

    name: str | None
    contact_kind: str | None = Field(description="How to reach that person: email, phone, mqtt or webhook; or null.")
    language: Language | None = Field(description="In which language that person is told; null: in the site's.")
    is_colleague: bool = Field(description="false: that person sees public entries only.")

    @classmethod
    def of(cls, reporter: Reporter) -> Self:
        """The answer for this person. Lists say the kind of the contact only."""
        kind = None if reporter.contact is None else reporter.contact[0]
        return cls(
            name=reporter.name, contact_kind=kind, language=reporter.language, is_colleague=reporter.is_colleague
        )


class TicketAnswer(BaseModel):
    """One piece of work."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 7,
                "source": "alarm",
                "alarm": 12,
                "alarms": [12],
                "alarm_stands": True,
                "device": "pump-b1-1",
                "device_name": "Booster pump 1",
                "subject": "device:pump-b1-1",
                "subject_name": "Booster pump 1",
                "location": "b1.pump-room",
                "location_name": "Pump room",
                "state": "accepted",
                "next_steps": ["hand-over", "arrive", "hold", "resolve", "cancel", "merge"],
                "kind": "fault",
                "category": "pump",
                "priority": "P1",
                "team": "engineering",
                "title": "Pump running dry",
                "description": None,
                "guidance": "Stop the pump; check the inlet valve and tank level.",
                "faults": ["pump-dry-run/device:pump-b1-1"],
                "reporter": None,
                "assignee": "tech-1",
                "assignee_name": "Li Wei",
                "assignee_known": True,
                "why_assigned": "Li Wei has taken it",
                "opened_at": "2026-01-31T08:00:05.000Z",
                "raised_at": "2026-01-31T08:00:05.000Z",
                "raised_count": 1,
                "clocks": [
                    {
                        "clock": "on_site",
                        "state": "running",
                        "target_s": 1800.0,
                        "left_s": 1745.0,
                        "calendar": None,
                        "began_at": "2026-01-31T08:00:05.000Z",
                        "due_at": "2026-01-31T08:30:05.000Z",
                        "met_at": None,
                        "warned_at": None,
                        "breached_at": None,
                    }
                ],
                "next_clock": "on_site",
                "next_due": "2026-01-31T08:30:05.000Z",
                "overdue": False,
                "respond_by": "2026-01-31T08:05:05.000Z",
                "on_site_by": "2026-01-31T08:30:05.000Z",
                "resolve_by": "2026-02-01T08:00:05.000Z",
                "hold_reason": None,
                "maintenance": None,
                "reopened_count": 0,
                "on_site_at": None,
                "resolved_at": None,
                "ended_at": None,
                "cause_code": None,
                "outcome": None,
                "minutes": 0,
                "rating": None,
                "parent": None,
                "merged_into": None,
            }
        }
    )

    number: int = Field(description="Never used twice.")
    source: TicketSource = Field(description="What opened it.")
    alarm: int | None = Field(description="Number of the alarm that opened it, where that is its source.")
    alarms: list[int] = Field(description="Numbers of the alarms that hang on it, over or not.")
    alarm_stands: bool = Field(description="Whether the condition of one of them holds.")
    device: str | None = Field(description="What it is about, where that is a device; else null.")
    device_name: str | None = Field(
        description="In the site's language; its id where it has no name; null where the files have no such device."
    )
    subject: str = Field(description="What it is about, as kind:id.")
    subject_name: str = Field(
        description="In the site's language: of a device or location, also of a group by these; else as `subject`."
    )
    location: str | None = Field(
        description="Where that is, by id: of a group, where all members are that counted; null where they are not at "
        "one location."
    )
    location_name: str | None = Field(description="In the site's language.")
    state: TicketState
    next_steps: list[str] = Field(
        description="The steps that can be made now: each is a POST to /tickets/NUMBER/ and this name."
    )
    kind: WorkKind = Field(description="What is asked for: each kind has clocks of its own.")
    category: str
    priority: Priority = Field(description="P1 is an emergency, P2 a fault, P3 and P4 wait for their turn.")
    team: str
    title: str = Field(description="In the site's language, as is the guidance.")
    description: str | None = Field(description="What the person has written who reported it.")
    guidance: str | None
    faults: list[str] = Field(
        description="What is wrong, by the alarms that hang or hung on it: each as rule/subject; or by the item of a "
        "checklist that was not good, as checklist.item/subject."
    )
    reporter: ReporterAnswer | None = Field(description="Who reported it; null where no person did.")
    assignee: str | None = Field(
        description="Who has it, or is asked to do it: the id of a person of the site's files, else a name."
    )
    assignee_name: str | None = Field(description="What colleagues call that person.")
    assignee_known: bool | None = Field(
        description="Whether the site's files know that person; false of somebody from outside, such as a contractor, "
        "whom the gateway cannot tell anything. Null where nobody has it."
    )
    why_assigned: str | None = Field(description="Why it is that person.")
    opened_at: Moment
    raised_at: Moment | None = Field(description="When one of its alarms was last raised; null where it has none.")
    raised_count: int = Field(
        description="How often its alarm had been raised when people were last told of a raise: an alarm that chatters "
        "counts on alone. 0 for any other source."
    )
    clocks: list[ClockAnswer] = Field(description="In the order respond, on_site, resolve; none without a target.")
    next_clock: ClockKind | None = Field(
        description="The clock that runs out next, or the first that has and was not met; null where none runs."
    )
    next_due: Moment | None = Field(description="When it runs out, or did.")
    overdue: bool = Field(description="Whether it has.")
    respond_by: Moment | None = Field(
        description="When the clock runs out, or did; null where there is none or it stands still. So are the others."
    )
    on_site_by: Moment | None
    resolve_by: Moment | None
    hold_reason: HoldReason | None = Field(description="While it is on hold, why.")
    maintenance: int | None = Field(description="The maintenance that began with the work and lasts.")
    reopened_count: int
    on_site_at: Moment | None = Field(description="When somebody was last on site.")
    resolved_at: Moment | None = Field(
        description="When the work was done; null while there is work to do, and of one that was cancelled or merged."
    )
    ended_at: Moment | None = Field(description="When it was closed, cancelled or merged.")
    cause_code: CauseCode | None
    outcome: str | None = Field(description="What was done.")
    minutes: int = Field(description="So long people have worked on it, as they say.")
    rating: int | None = Field(description="From 1 to 5, the best, by who reported it.")
    parent: int | None = Field(description="The ticket that it corrects.")
    merged_into: int | None = Field(description="The ticket under which the work is done.")

    @classmethod
    def of(cls, ticket: Ticket, gateway: Services, alarms: Sequence[AlarmOn]) -> Self:
        """The answer for this ticket, and the alarms that hang on it."""
        site, now = gateway.site, gateway.now()
        device, assignee = ticket.subject.device, ticket.assignee
        person = site.people.get(assignee or "")
        location = ticket.location or site.location_of(ticket.subject)
        clocks = [ClockAnswer.of(clock, ticket, gateway) for clock in ticket.clocks]
        due = {each.clock: each.due_at for each in clocks}
        fields = {name: getattr(ticket, name) for name in cls.model_fields if name in ticket.__struct_fields__}
        fields |= {
            "faults": [*ticket.faults],
            "alarms": [alarm.number for alarm in alarms],
            "alarm_stands": any(alarm.stands for alarm in alarms),
            "device": device,
            "device_name": site.name_of(device),
            "subject": str(ticket.subject),
            "subject_name": site.words_of(ticket.subject),
            "location": location,
            "location_name": site.place_of(location),
            "next_steps": [path_of(step) for step in steps_from(ticket.state)],
            "reporter": None if ticket.reporter is None else ReporterAnswer.of(ticket.reporter),
            "assignee_name": assignee if person is None else site.person_name(person),
            "assignee_known": None if assignee is None else person is not None,
            "clocks": clocks,
            "overdue": ticket.next_due is not None and ticket.next_due <= now,
            "respond_by": due.get(ClockKind.RESPOND),
            "on_site_by": due.get(ClockKind.ON_SITE),
            "resolve_by": due.get(ClockKind.RESOLVE),
        }
        return cls(**fields)


def answers_for(tickets: Sequence[Ticket], gateway: Services) -> list[TicketAnswer]:
    """The answers for several tickets: their alarms are looked up at once."""
    alarms = alarms_on(gateway.database, [ticket.number for ticket in tickets])
    return [TicketAnswer.of(ticket, gateway, alarms.get(ticket.number, ())) for ticket in tickets]


def answer_for(ticket: Ticket, gateway: Services) -> TicketAnswer:
    """The answer for one ticket."""
    return answers_for([ticket], gateway)[0]


class TicketsAnswer(BaseModel):
    """A page of tickets."""

    tickets: list[TicketAnswer]
    next_before: NextBefore
    next_after: str | None = Field(
        description="Of a list by due time in place of `next_before`: `after` for the next page; null on the last."
    )


class PartAnswer(BaseModel):
    """A part that was used."""

    part: str
    count: float


class WorkAnswer(BaseModel):
    """What the work took, with that of the tickets merged into it."""

    minutes: int
    parts: list[PartAnswer] = Field(description="Each part once, by name.")


class PhotoAnswer(BaseModel):
    """A photo of a ticket."""

    photo: str = Field(description="Its hash.")
    ticket: int = Field(description="The ticket to which it was added: this one, or one merged into it.")
    time: Moment
    by: str | None
    note: str | None
    public: bool = Field(description="Whether who reported it sees it.")


class TicketDetails(TicketAnswer):
    """One ticket with what became of it."""

    contact: str | None = Field(description="The address of who reported it; null where there is none.")
    work: WorkAnswer
    photos: list[PhotoAnswer]
    merged: list[int] = Field(description="The tickets that were merged into it, and into those.")
    steps: list[EventAnswer] = Field(
        description="What became of it, in order, with that of the tickets merged into it (`subject` is the number). "
        "`step` in `data` is a step, such as accept, or an entry: alarm joined, alarm raised, alarm returned, alarm "
        "removed, clock warned, clock breached, retarget (its priority or targets), comment, photo, work, rating, "
        "merged, nobody to ask or clock set."
    )
