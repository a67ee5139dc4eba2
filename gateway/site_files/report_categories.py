"""The words by which a site classifies reports, beside those that are shipped."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.work.classification import ReportCategorySpec
from gateway.site_files.catalogue import read_entries
from gateway.site_files.documents import Document
from gateway.site_files.problems import Problem

_KEY = "report_categories"


def read_report_categories(document: Document) -> tuple[tuple[ReportCategorySpec, ...], list[Problem]]:
    """The rows of the site file, and what is wrong with them."""
    example = "write one item a line, such as - {category: pool, priority: P2, words: {en: [pool], zh: [泳池]}}"
    entries, problems = read_entries(document, _KEY, ReportCategorySpec, example)
    places: dict[str, str] = {}
    for entry in entries:
        problems += _repeated(document, int(entry.at[-1]), entry.spec, places)
    return tuple(entry.spec for entry in entries), problems


def _repeated(document: Document, index: int, row: ReportCategorySpec, places: dict[str, str]) -> Iterator[Problem]:
    """Words that stand in an earlier row as well: only the first would count."""
    for language, words in (("en", row.words.en), ("zh", row.words.zh)):
        for position, word in enumerate(words):
            at = (_KEY, index, "words", language, position)
            if word.casefold() in places:
                hint = f"the first stands at {places[word.casefold()]}; remove one"
                yield document.problem(at, f"a second meaning of the word {word!r}", hint)
            else:
                places[word.casefold()] = f"{document.file}:{document.position(at)[0]}"
