"""The people of a site: who they are, in which teams, and how to reach them."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import LONGEST_NAME, Language, Text, is_one_line

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,30}")
_URL = re.compile(r"https?://[^\s/]+(?:/\S*)?")
_LONGEST_TOPIC = 256


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{text!r} is no e-mail address: write one such as tech-1@example.org")
    return text


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text):
        raise ValueError(f"{text!r} is no telephone number: write it in quotes, such as '+86 21 5555 0100'")
    return text


def _topic(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_TOPIC or any(mark in text for mark in "+#\0"):
        raise ValueError(f"{text!r} is no MQTT topic to publish on: write one without + and #, such as people/tech-1")
    return text


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address of a webhook: write one such as https://example.org/hook")
    return text


def _as_text(value: object) -> object:
    """A name alone is the same in every language."""
    return {"en": value} if isinstance(value, str) else value


def _person_name(name: Text) -> Text:
    if any(
        not 0 < len(text.strip()) <= LONGEST_NAME or not is_one_line(text) for text in (name.en, name.zh or name.en)
    ):
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters, in one line")
    return name


PersonName = Annotated[Text, BeforeValidator(_as_text, json_schema_input_type=str | Text), AfterValidator(_person_name)]
"""A name, in one or both languages."""


class ContactWay(Spec):
    """One way to reach a person: exactly one of these."""

    email: Annotated[str, AfterValidator(_email)] | None = Field(default=None, examples=["tech-1@example.org"])
    """An e-mail address."""
    phone: Annotated[str, AfterValidator(_phone)] | None = Field(default=None, examples=["+86 21 5555 0100"])
    """A telephone number, in quotes."""
    mqtt: Annotated[str, AfterValidator(_topic)] | None = Field(default=None, examples=["people/tech-1"])
    """An MQTT topic."""
    webhook: Annotated[str, AfterValidator(_url)] | None = Field(default=None, examples=["https://example.org/hook"])
    """The URL of a webhook."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.way[1] == "":
            raise ValueError("a way of contact is one of email, phone, mqtt and webhook: write each after its own dash")
        return self

    @property
    def way(self) -> tuple[str, str]:
        """Its kind and its address."""
        kind = next(iter(self.model_fields_set))
        return kind, getattr(self, kind) or ""


class PersonSpec(Spec):
    """One person of the site."""

    id: Identifier
    """The id in the site's files, such as `tech-1`."""
    name: PersonName | None = Field(default=None, examples=["Li Wei", {"en": "Li Wei", "zh": "李伟"}])
    """What colleagues call the person; the id unless given."""
    teams: tuple[Name, ...] = Field(default=(), examples=[["engineering"]])
    """The teams to which the person belongs, such as `engineering`."""
    language: Language | None = None
    """In which language messages to the person are; that of the site unless given."""
    skills: tuple[Name, ...] = Field(default=(), examples=[["pump", "lift"]])
    """What the person can do, as in the category of tickets."""
    contact: tuple[ContactWay, ...] = Field(default=(), examples=[[{"email": "tech-1@example.org"}]])
    """How to reach the person; what comes first is tried first."""
