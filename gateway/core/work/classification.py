"""Reports of people, classified by the words in them: what they are about, how urgent, and whether they complain.

Words are looked for as people write them, in English and Chinese in one text. Of words that overlap, the longer counts
alone: a fire door is no fire. Whoever reads the report may classify it anew; until then the more urgent reading holds,
since a danger that waits is worse than a call for nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Self

import msgspec
from pydantic import AfterValidator, Field, model_validator

from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import is_one_line
from gateway.core.kernel.urgency import Priority

OTHER = "other"
"""The category of a report in which no word says what it is about."""
USUAL = Priority.P3
"""Its priority where no word says how urgent it is."""
_LONGEST_WORD = 64
_STEM = "*"


class ComplaintKind(StrEnum):
    """The kinds of complaints. Each has deadlines of its own."""

    URGENT = "urgent"
    GENERAL = "general"
    COMPLEX = "complex"


def _word(text: str) -> str:
    bare = text.removesuffix(_STEM)
    if not bare.strip() or len(text) > _LONGEST_WORD or not is_one_line(text) or _STEM in bare:
        raise ValueError(
            f"{text!r} is no word to look for: write letters in one line, at most {_LONGEST_WORD}; "
            "one * at the end stands for any ending, such as leak*"
        )
    if not any(mark.isalnum() for mark in bare):
        raise ValueError(f"{text!r} is no word to look for: it has no letter")
    return text


Word = Annotated[str, AfterValidator(_word)]


class Words(Spec):
    """Words of a report, by language; at least one."""

    en: tuple[Word, ...] = Field(default=(), examples=[["leak*", "no water"]])
    """English words and phrases. `*` at the end stands for any ending."""
    zh: tuple[Word, ...] = Field(default=(), examples=[["漏水", "没水"]])
    """Chinese words."""

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not self.en and not self.zh:
            raise ValueError("write at least one word, as en: […] or zh: […]")
        return self


class ReportCategorySpec(Spec):
    """What words of a report say about it."""

    words: Words = Field(examples=[{"en": ["leak*"], "zh": ["漏水"]}])
    """Any of these words in the text."""
    category: Name | None = Field(default=None, examples=["water"])
    """What it is about; left out where the words do not say it."""
    priority: Priority | None = Field(default=None, examples=["P2"])
    """How urgent it is at least. P1 is for danger to people, and for damage that grows by the minute."""
    complaint: ComplaintKind | None = None
    """The kind of the complaint, if it is one: urgent, general or complex."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.category is None and self.priority is None and self.complaint is None:
            raise ValueError("say what the words mean: category, priority or complaint")
        return self


def meaning(
    category: str | None,
    priority: Priority | None,
    *,
    en: str = "",
    zh: str = "",
    complaint: ComplaintKind | None = None,
) -> ReportCategorySpec:
    """A row of a table that stands in code, its words as `words_of` takes them."""
    return ReportCategorySpec(words=words_of(en, zh), category=category, priority=priority, complaint=complaint)


def words_of(en: str, zh: str) -> Words:
    """Words from two lists, with commas of their script."""
    return Words(
        en=tuple(word.strip() for word in en.split(",") if word.strip()),
        zh=tuple(word.strip() for word in zh.split("，") if word.strip()),
    )


class Classification(msgspec.Struct, frozen=True, gc=False):
    """What a report is about."""

    category: str
    priority: Priority
    complaint: ComplaintKind | None
    words: tuple[str, ...]
    """The words that decided, as they stand in the text and in its order; none where nothing was found."""

    @property
    def is_complaint(self) -> bool:
        """Whether it complains of something or somebody."""
        return self.complaint is not None

    @property
    def is_emergency(self) -> bool:
        """Whether people may be in danger, or damage grows by the minute."""
        return self.priority is Priority.P1


class _Found(msgspec.Struct, frozen=True, gc=False):
    """A word that stands in a text, and what it means there."""

    start: int
    text: str
    place: int
    """Of its meaning in the table: what stands above decides first."""
    meaning: ReportCategorySpec | None
    """None for one that only hurries."""


class Classifier:
    """A table of words, compiled."""

    def __init__(
        self, table: Sequence[ReportCategorySpec], *, hurry: Words | None = None, harmless: Words | None = None
    ) -> None:
        """
        Args:
            table: of two meanings of one word, the first counts; of words that are equally urgent, the one higher in
                the table says what the report is about.
            hurry: words that ask for haste: they make a complaint urgent, and anything else a P2.
            harmless: words that mean nothing, though a part of them would.
        """
        self._meanings: dict[str, tuple[int, ReportCategorySpec | None, bool]] = {}
        rows: list[tuple[Words, ReportCategorySpec | None, bool]] = [(row.words, row, False) for row in table]
        rows += [(words, None, is_harmless) for words, is_harmless in ((hurry, False), (harmless, True)) if words]
        for place, (words, meaning, is_harmless) in enumerate(rows):
            for word in (*words.en, *words.zh):
                self._meanings.setdefault(_folded(word), (place, meaning, is_harmless))
        self.categories = frozenset(row.category for row in table if row.category is not None) | {OTHER}
        """What it may say that a report is about."""
        self._by_first: dict[str, list[str]] = {}
        """The words that begin with a character, the longest first."""
        for word in sorted(self._meanings, key=len, reverse=True):
            self._by_first.setdefault(word[0], []).append(word)

    def classify(self, text: str) -> Classification:
        """What a report is about."""
        folded = _folded(text)
        found = list(self._find(folded))
        by_category = min(
            (each for each in found if each.meaning is not None and each.meaning.category is not None),
            key=lambda each: (_priority(each), each.place, each.start),
            default=None,
        )
        urgent = min(found, key=lambda each: (_priority(each), each.start), default=None)
        priority = USUAL if urgent is None else _priority(urgent)
        complaint, because = _complaint(found, priority)
        decided = {each.start: each.text for each in (by_category, urgent, because) if each is not None}
        meaning = None if by_category is None else by_category.meaning
        return Classification(
            category=OTHER if meaning is None or meaning.category is None else meaning.category,
            priority=priority,
            complaint=complaint,
            words=tuple(decided[start] for start in sorted(decided)),
        )

    def _find(self, folded: str) -> Iterator[_Found]:
        position = 0
        while position < len(folded):
            inside = position > 0 and _is_latin(folded[position]) and _is_latin(folded[position - 1])
            for word in () if inside else self._by_first.get(folded[position], ()):
                if end := _end_of(word, folded, position):
                    place, meaning, is_harmless = self._meanings[word]
                    if not is_harmless:
                        yield _Found(position, folded[position:end], place, meaning)
                    position = end
                    break
            else:
                position += 1


def _priority(found: _Found) -> Priority:
    """How urgent a word is; one that only hurries is as a fault, and one that says nothing of it is usual."""
    if found.meaning is None:
        return Priority.P2
    return found.meaning.priority or USUAL


def _complaint(found: Iterable[_Found], priority: Priority) -> tuple[ComplaintKind | None, _Found | None]:
    """The kind of the complaint, and the word that says so: urgent before complex before general."""
    found = list(found)
    of_kind = {
        each.meaning.complaint: each
        for each in reversed(found)
        if each.meaning is not None and each.meaning.complaint is not None
    }
    if not of_kind:
        return None, None
    kind = next(
        each for each in (ComplaintKind.URGENT, ComplaintKind.COMPLEX, ComplaintKind.GENERAL) if each in of_kind
    )
    because = of_kind[kind]
    if priority is Priority.P1 or any(each.meaning is None for each in found):
        return ComplaintKind.URGENT, because
    return kind, because


def _folded(text: str) -> str:
    """A text as it is compared: in one case, one width, with plain apostrophes and single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u02bc", "'")
    return " ".join(plain.split())


def _end_of(word: str, text: str, start: int) -> int:
    """Where a folded word ends that stands at `start`; 0 where it does not. A Latin word ends where a word of the text
    does, as it begins where one begins; Chinese has no spaces between words."""
    bare = word.removesuffix(_STEM)
    end = start + len(bare)
    if not text.startswith(bare, start):
        return 0
    if bare[-1].isascii() and not word.endswith(_STEM):
        return 0 if end < len(text) and _is_latin(text[end]) else end
    while word.endswith(_STEM) and end < len(text) and _is_latin(text[end]):
        end += 1
    return end


def _is_latin(mark: str) -> bool:
    return mark.isascii() and mark.isalnum()
