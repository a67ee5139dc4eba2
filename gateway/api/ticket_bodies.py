"""What people write about tickets, in the bodies of requests."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from gateway.api.operators import Line, Operator, PersonName
from gateway.core.kernel.names import Name
from gateway.core.kernel.texts import Language, is_one_line
from gateway.core.kernel.times import Duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.people import ContactWay
from gateway.core.work.entries import BEST, LONGEST_WORK
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.tickets import CauseCode, Reporter

LONGEST_DESCRIPTION = 4_000
"""Characters of what a person writes who reports something."""
_MOST_PARTS = 100


def _readable(text: str) -> str:
    if not all(is_one_line(line.replace("\t", " ")) for line in text.split("\n")):
        raise ValueError("write plain text, without control characters")
    return text


def _example(**body: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra={"example": body})


Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_DESCRIPTION),
    AfterValidator(_readable),
]
"""What a person has seen, in one or several lines."""


class ReporterBody(BaseModel):
    """Who has reported it."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    contact: ContactWay | None = Field(None, description="How to reach that person: one of email, phone and so on.")
    language: Language | None = Field(None, description="In which language to tell that person; null: in the site's.")
    is_colleague: bool = Field(False, description="Whether that person is of the staff, and may see all entries.")

    def reporter(self) -> Reporter:
        """As the core knows it."""
        way = None if self.contact is None else self.contact.way
        return Reporter(name=self.name, contact=way, language=self.language, is_colleague=self.is_colleague)


class Opening(BaseModel):
    """What a person reports that needs work."""

    model_config = _example(
        device="pump-b1-1",
        category="pump",
        priority="P3",
        title="The pump is louder than before",
        description="Since Monday, at night most of all.",
        reporter={"name": "Ms Zhao", "contact": {"phone": "+86 21 5555 0199"}},
        by="Li Wei",
    )

    device: str | None = Field(None, description="Id of the device that it is about.")
    location: str | None = Field(None, description="In place of a device: id of the location.")
    category: Name = Field(description="What it is about, such as pump.")
    priority: Priority = Field(Priority.P3, description="P1 is an emergency, P2 a fault, P3 and P4 wait.")
    kind: WorkKind = Field(WorkKind.FAULT, description="What is asked for: each kind has clocks of its own.")
    team: str | None = Field(
        None, description="Who does it; that of the category in the site's rules unless given, else engineering."
    )
    title: Line = Field(description="What is amiss, in one line.")
    description: Description | None = Field(None, description="More of it, in several lines if need be.")
    reporter: ReporterBody | None = Field(None, description="Who has told it; the one who opens it unless given.")
    by: PersonName = Field(description="Who opens it: a name that colleagues know.")

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if (self.device is None) == (self.location is None):
            raise ValueError("say what it is about: give either `device` or `location`")
        return self


class Saying(BaseModel):
    """The person who acts, and why."""

    model_config = _example(by="Li Wei", note="I am at the other building until noon.")

    by: PersonName = Field(description="A name that colleagues know.")
    note: Line = Field(description="What colleagues should know, in one line. It stays in the ticket's history.")


class Assigning(Operator):
    """Who is asked to do it."""

    model_config = _example(to="tech-1", by="Li Wei")

    to: PersonName = Field(
        description="The id or the name of a person of the site; anybody else, such as a contractor, may be named and "
        "is told nothing."
    )


class HandingOver(Saying):
    """Who goes on with it, and what is left to do."""

    model_config = _example(to="tech-2", by="Li Wei", note="The seal is out, the new one is on the bench.")

    to: PersonName = Field(description="As of assign.")


class Arriving(Operator):
    """Who is on site."""

    model_config = _example(by="Li Wei", out_of_service_for="2h")

    out_of_service_for: Duration | None = Field(
        None,
        description="So long its device is under maintenance at most, such as 2h: its alarms are recorded and not "
        "told, but those of life safety. That ends with the work. Null: it stays in service.",
    )


class Holding(Operator):
    """Why the work waits."""

    model_config = _example(by="Li Wei", reason="parts", note="The seal comes on Tuesday.")

    reason: HoldReason


class Finishing(Operator):
    """Who says that it is done."""

    model_config = _example(by="Li Wei")

    despite: Line | None = Field(
        None,
        description="Why it is done though one of its alarms stands, or its device has not been heard since the work "
        "began; required then.",
    )


class Resolving(Finishing):
    """What was done."""

    model_config = _example(by="Li Wei", note="Seal replaced, pump runs dry no more.", cause="wear")

    note: Line = Field(description="What was done, in one line.")
    cause: CauseCode | None = Field(None, description="What was found to be the cause.")


class Merging(Operator):
    """The same work as that of another ticket."""

    model_config = _example(by="Li Wei", into=5)

    into: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] = Field(description="The number of that ticket.")


class Remark(Saying):
    """What a person says about it."""

    model_config = _example(by="Li Wei", note="The seal comes on Tuesday.", public=True)

    public: bool = Field(False, description="Whether who reported it sees it.")


class Photo(Operator):
    """A photo of it."""

    model_config = _example(by="Li Wei", photo="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")

    photo: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] = Field(
        description="Its hash, as `POST /photos` has said it."
    )
    public: bool = Field(False, description="Whether who reported it sees it.")


class Attaching(Operator):
    """A checklist to answer with the work."""

    model_config = _example(by="Li Wei", checklist="pump-weekly")

    checklist: str = Field(description="The id of its definition, as `GET /checklists` lists it.")


class Part(BaseModel):
    """A part that was used."""

    model_config = ConfigDict(extra="forbid")

    part: Line = Field(description="What it is called.")
    count: float = Field(gt=0, le=1_000_000, allow_inf_nan=False, description="How many, or how much of it.")


class Work(Operator):
    """What the work took."""

    model_config = _example(by="Li Wei", minutes=45, parts=[{"part": "Shaft seal 40 mm", "count": 1}])

    minutes: Annotated[int, Field(strict=True, ge=0, le=LONGEST_WORK)] = Field(0, description="How long, in minutes.")
    parts: list[Part] = Field([], max_length=_MOST_PARTS)


class Rating(Operator):
    """How well it was done."""

    model_config = _example(by="Ms Zhao", rating=5)

    rating: Annotated[int, Field(strict=True, ge=1, le=BEST)] = Field(description="From 1 to 5, the best.")


class Urgency(Saying):
    """How urgent it is after all, and why."""

    model_config = _example(by="Li Wei", priority="P2", note="Water reaches the lift shaft.")

    priority: Priority
