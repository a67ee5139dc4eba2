"""The items of a checklist that is in use: which answers they accept, and which of these fail.

An item is a copy of the definition as it was when the checklist was attached, in the site's language: a later edit of
the site's files changes nothing of it.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from gateway.core.checklists.definition import MAX_AGE, ItemKind
from gateway.core.kernel.errors import InvalidAction
from gateway.core.kernel.person_names import has_visible_letter
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE, is_one_line
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.kernel.values import Value, exact, readable

PASS, FAIL = "pass", "fail"

PHOTO_HASH = re.compile(r"[0-9a-f]{64}")
"""The SHA-256 of a stored photo, in hex."""
_LARGEST = 1e15
"""From it on not every whole number is a float. No instrument shows so much."""
_LONGEST_SHOWN = 80


class Form(StrEnum):
    """Which values an item accepts."""

    PASS_FAIL = "pass_fail"
    NUMBER = "number"
    TRUTH = "truth"
    """true or false, of a reading."""
    CHOICE = "choice"
    """One of the choices, or of the states of the metric."""
    TEXT = "text"
    """Any text in one line, of a reading."""
    NAME = "name"
    """The name of the person who signs."""
    PHOTO = "photo"
    """A photo and no value."""


class Option(msgspec.Struct, frozen=True, gc=False):
    """One answer from which people choose."""

    id: str
    text: str


class Corrective(msgspec.Struct, frozen=True, gc=False):
    """The ticket that a failed item opens."""

    category: str
    priority: Priority
    team: str
    checklist: str | None = None
    """The definition that is answered with it, by id."""


class Item(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One item, as it was when its checklist was attached."""

    id: str
    text: str
    """In the site's language."""
    kind: ItemKind
    form: Form
    unit: str = ""
    min: float | None = None
    max: float | None = None
    options: tuple[Option, ...] = ()
    fails: tuple[bool | str, ...] = ()
    """The values, other than numbers, that are not good."""
    metric: str | None = None
    max_age: Micros = MAX_AGE
    optional: bool = False
    corrective: Corrective | None = None

    def accept(self, value: Value | None, photo: str | None) -> Value | None:
        """The value as it is stored. None stays None: of a photo, and of a reading that is to be taken.

        Raises:
            InvalidAction: the item does not accept it; the text says what it does accept.
        """
        if photo is not None and not PHOTO_HASH.fullmatch(photo):
            raise self._refuse(f"{_shown(photo)} is no photo: give the SHA-256 under which it is stored, in hex")
        match self.form:
            case Form.PHOTO:
                if value is not None or photo is None:
                    raise self._refuse("a photo answers it, and no value")
                return None
            case Form.NAME:
                return self._name(value)
            case _ if value is None:
                if self.metric is None:
                    raise self._refuse(f"it has no value: {self.wanted}")
                return None
            case Form.NUMBER:
                return self._number(value)
            case Form.TRUTH if isinstance(value, bool):
                return value
            case Form.TEXT if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_NOTE and is_one_line(value):
                return value.strip()
            case Form.PASS_FAIL | Form.CHOICE if isinstance(value, str) and value in self._values:
                return value
        raise self._refuse(f"{_shown(value)} does not answer it: {self.wanted}")

    def check_reason(self, value: Value | None, photo: str | None, note: str | None) -> None:
        """Raise InvalidAction unless the note alone says why it does not apply."""
        if self.form is Form.NAME:
            raise self._refuse("a signature always applies")
        if value is not None or photo is not None:
            raise self._refuse("what does not apply has no value and no photo")
        if note is None or not note.strip():
            raise self._refuse("say in `note` why it does not apply")

    def is_failed(self, value: Value | None) -> bool:
        """Whether a value that it accepts is not good: a number beyond the limits, which are good themselves."""
        if self.form is Form.PASS_FAIL:
            return value == FAIL
        if self.form is Form.NUMBER and isinstance(value, int | float):
            return (self.min is not None and value < self.min) or (self.max is not None and value > self.max)
        if self.form is Form.TEXT and isinstance(value, str):  # typed by a person
            return value.casefold() in {str(each).casefold() for each in self.fails}
        return value in self.fails

    @property
    def can_fail(self) -> bool:
        """Whether some value of it is not good."""
        return self.kind is ItemKind.PASS_FAIL or self.min is not None or self.max is not None or bool(self.fails)

    def words(self, value: Value | None) -> str:
        """A value as people read it; empty of a photo, which has none."""
        if value is None:
            return ""
        texts = {option.id: option.text for option in self.options}
        return texts.get(value, value) if isinstance(value, str) else readable(value, self.unit)

    @property
    def limits(self) -> str:
        """Which numbers are good, as people read them in any language; empty where all are."""
        if self.min is not None and self.max is not None:
            return f"{readable(self.min)} … {readable(self.max, self.unit)}"
        if self.min is not None:
            return f"≥ {readable(self.min, self.unit)}"
        return "" if self.max is None else f"≤ {readable(self.max, self.unit)}"

    @property
    def wanted(self) -> str:
        """What answers it, for people."""
        match self.form:
            case Form.PHOTO:
                return "add a photo"
            case Form.NAME:
                return f"write the name of the person who signs, of at most {LONGEST_NAME} characters"
            case Form.NUMBER:
                return f"write a number{f' in {self.unit}' if self.unit else ''}, such as 12.5"
            case Form.TRUTH:
                return "write true or false"
            case Form.TEXT:
                bad = f"; not good: {', '.join(map(str, self.fails))}" if self.fails else ""
                return f"write a text in one line, of at most {LONGEST_NOTE} characters{bad}"
            case Form.PASS_FAIL | Form.CHOICE:
                return f"write {' or '.join(self._values)}"

    @property
    def _values(self) -> tuple[str, ...]:
        return (PASS, FAIL) if self.form is Form.PASS_FAIL else tuple(option.id for option in self.options)

    def _number(self, value: Value) -> float:
        if isinstance(value, bool | str):
            raise self._refuse(f"{_shown(value)} is no number: {self.wanted}")
        if not abs(value) < _LARGEST:  # nor is it NaN
            raise self._refuse(f"{_shown(value)} is no number that anything shows: {self.wanted}")
        return float(value)

    def _name(self, value: Value | None) -> str:
        name = value.strip() if isinstance(value, str) else ""
        if len(name) > LONGEST_NAME or not is_one_line(name) or not has_visible_letter(name):
            raise self._refuse(f"nobody has signed it: {self.wanted}")
        return name

    def _refuse(self, why: str) -> InvalidAction:
        return InvalidAction(f"{self.id}: {why}")


def _shown(value: Value) -> str:
    """What was given, cut off where it is long."""
    return (exact(value) if isinstance(value, bool) else repr(value))[:_LONGEST_SHOWN]
