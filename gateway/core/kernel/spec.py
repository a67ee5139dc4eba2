"""The base class of all models of YAML files."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A mapping in a YAML file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
