"""Reports of people, as pages, other systems and front desks hand them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.core.kernel.names import Identifier
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import LONGEST_NAME, Language, is_one_line, tidied
from gateway.core.site.people import ContactWay
from gateway.core.site.site import Site

LONGEST_REPORT = 4000
"""Characters."""
_WAYS = frozenset({"email", "phone"})


def _words(text: str) -> str:
    text = tidied(text)
    if not 0 < len(text) <= LONGEST_REPORT:
        raise ValueError(f"write what is wrong in 1 to {LONGEST_REPORT} characters")
    return text


def _line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("write it in one line, without control characters")
    return text


def _for_people(contact: ContactWay) -> ContactWay:
    if contact.way[0] not in _WAYS:
        raise ValueError("who reports something is told by email or phone")
    return contact


class Report(BaseModel):
    """What somebody reports about a place."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "example": {
                "key": "frontdesk-20260131-17",
                "place": "b1.pump-room",
                "text": "Water comes from under the door of the pump room.",
                "name": "Ms Zhao",
                "contact": {"phone": "+86 21 5555 0199"},
                "language": "en",
            }
        },
    )

    text: Annotated[str, AfterValidator(_words)] = Field(description="What is wrong, in one or several lines.")
    place: Identifier = Field(description="Id of the location or the device that it is about.")
    name: (
        Annotated[
            str,
            StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
            AfterValidator(_line),
        ]
        | None
    ) = Field(None, description="Who reports it.")
    contact: Annotated[ContactWay, AfterValidator(_for_people)] | None = Field(
        None, description="How to tell that person what becomes of it: email or phone."
    )
    language: Language | None = Field(None, description="In which language; that of the site unless given.")
    key: Identifier | None = Field(
        None, description="Chosen by the sender, once for each report: the same key again is the same report."
    )
    headers: Mapping[str, str] = Field(
        {}, description="Of one that came by mail: its header fields. An automatic answer or a bounce opens nothing."
    )

    def subject(self, site: Site) -> Subject | None:
        """What it is about; None where the site's files have no such place."""
        if self.place in site.locations:
            return Subject(SubjectKind.LOCATION, self.place)
        return Subject.of_device(self.place) if self.place in site.devices else None

    @property
    def not_by_a_person(self) -> str | None:
        """Why no person has written it: a sentence; None where nothing says so.

        By the header fields of mail: RFC 3834 (Auto-Submitted), RFC 5321 (a bounce has an empty Return-Path), and what
        programs set that answer for people who are away.
        """
        fields = {name.strip().casefold(): text.strip().casefold() for name, text in self.headers.items()}
        if fields.get("auto-submitted", "no").partition(";")[0].strip() != "no":
            return f"it was sent by a program: Auto-Submitted is {fields['auto-submitted']}"
        if fields.get("return-path") == "<>":
            return "it is a bounce: its Return-Path is empty"
        if fields.get("precedence") in ("bulk", "junk", "list", "auto_reply"):
            return f"it was sent by a program: Precedence is {fields['precedence']}"
        if "x-autoreply" in fields or "x-autorespond" in fields:
            return "it is an automatic answer: it has X-Autoreply"
        return None
