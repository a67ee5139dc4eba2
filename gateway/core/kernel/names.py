"""Names and ids in YAML files."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

NAME = re.compile(r"[a-z][a-z0-9_]*")
DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: use lower-case letters, digits and _, starting with a letter")
    return text


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^(?:{NAME.pattern})$"})]
"""The name of a profile, metric or attribute: also a CEL variable, an InfluxDB field and a JSON key."""


def _identifier(text: str) -> str:
    if not DEVICE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not an id: use letters, digits, '.', '_' and '-', at most 64")
    return text


Identifier = Annotated[
    str, AfterValidator(_identifier), WithJsonSchema({"type": "string", "pattern": f"^(?:{DEVICE_ID.pattern})$"})
]
"""The id of a site, location or device: also a level of topics."""
