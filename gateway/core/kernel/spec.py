"""What every part of a YAML file is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A part of a file that people write: frozen, and a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
