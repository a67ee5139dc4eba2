"""What people enter on the pages: read, tidied and bounded."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import ValidationError

from gateway.core.kernel.texts import LONGEST_NOTE, is_one_line, tidied
from gateway.core.site.people import ContactWay

MOST_STARS = 5


class FormKeys:
    """Keys of the forms of reports: a report sent twice has the same key, and no key is made but with a form."""

    def __init__(self, secret: bytes) -> None:
        self._signed = URLSafeSerializer(
            secret, salt="gateway.pages.form", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        )

    def mint(self, place: str) -> str:
        """The key of a new form for this place, as it stands in the form."""
        return self._signed.dumps([secrets.token_urlsafe(12), place])

    def read(self, text: str, place: str) -> str | None:
        """The key of a form that was sent; None where it is of no form of this place."""
        try:
            key, of_place = self._signed.loads(text)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(key) if of_place == place else None


def text_of(form: Mapping[str, object], name: str) -> str:
    """A field of a form, without what nobody sees, in lines that end alike; empty where it is missing or a file."""
    value = form.get(name)
    return tidied(value) if isinstance(value, str) else ""


def comment_of(form: Mapping[str, object]) -> str | None:
    """The comment of a form, cut where it is too long; None where there is none."""
    return text_of(form, "comment")[:LONGEST_NOTE] or None


def rating_of(form: Mapping[str, object]) -> int | None:
    """The rating of a form, 1 to 5; None where there is none."""
    text = text_of(form, "rating")
    return int(text) if text in {str(each) for each in range(1, MOST_STARS + 1)} else None


def contact_of(text: str) -> tuple[str, str] | None:
    """The way of contact that somebody has written, as its kind and address.

    Raises:
        ValueError: it is neither a telephone number nor an e-mail address.
    """
    if not text:
        return None
    kind = "email" if "@" in text else "phone"
    if not is_one_line(text):
        raise ValueError("a way of contact is one line")
    try:
        return ContactWay.model_validate({kind: text}).way
    except ValidationError as error:
        raise ValueError(f"this is no {kind}") from error
