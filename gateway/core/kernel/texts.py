"""Texts in the languages of a site."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "zh"]


class Text(BaseModel):
    """A title or sentence in English and, where somebody wrote it, Chinese."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    """English; it stands in where there is no Chinese."""
    zh: str | None = None
    """Chinese."""

    def in_language(self, language: Language) -> str:
        """The text in that language; in English where there is no translation."""
        return (self.zh if language == "zh" else None) or self.en
