"""What people write about themselves and what they do, in the bodies of requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.core.kernel.person_names import has_visible_letter
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE, is_one_line


def _in_one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("write it in one line, without control characters")
    return text


def _visible(name: str) -> str:
    if not has_visible_letter(name):
        raise ValueError("write a name with at least one letter or digit that people can see")
    return name


PersonName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    AfterValidator(_in_one_line),
    AfterValidator(_visible),
]
"""A name that colleagues know."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE),
    AfterValidator(_in_one_line),
]
"""What a person writes, in one line."""


class Operator(BaseModel):
    """The person who acts."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"by": "Li Wei", "note": "The valve is shut, the plumber comes."}}
    )

    by: PersonName
    """A name that colleagues know."""
    note: Line | None = Field(
        None, description="What colleagues should know, in one line. It stays with the step, in the chain."
    )
