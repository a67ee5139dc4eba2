"""Reads the rows of a CSV file: its encoding, its delimiter and the columns that are wanted."""

from __future__ import annotations

import codecs
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

_DELIMITERS = ",;\t|"
_DECLARED = re.compile(r"\s*sep=(.)\s*?\n")
"""A first line by which spreadsheets tell the delimiter."""
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_HEAD = 65_536
"""So many characters of a file are enough for its first line."""
_END = "\0"
"""Stands behind the last line; those that are in the file are left out."""


class NotARecording(Exception):
    """The file or the options are such that no row can be read."""


def encoding_of(file: Path) -> str:
    """UTF-8, UTF-16 with its mark, or what its bytes look like: GB18030, or else cp1252.

    Raises:
        NotARecording: the file cannot be read.
    """
    try:
        with file.open("rb") as content:
            if content.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "utf-16"
        for encoding in ("utf-8-sig", "gb18030"):
            if _is_in(file, encoding) and (encoding != "gb18030" or _is_in_pairs(file)):
                return encoding
    except OSError as error:
        raise NotARecording(f"{file} cannot be read: {error.strerror or error}") from error
    return "cp1252"


def rows(file: Path, wanted: Sequence[str], encoding: str) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    """The values of the wanted columns in each row, with the number of its first line.

    None stands for a row in which a quote is opened and not closed in the rest of the file.

    Raises:
        NotARecording: the file cannot be read, or lacks a column.
    """
    csv.field_size_limit(sys.maxsize)
    try:
        with file.open(encoding=encoding, errors="replace", newline="") as lines:
            head = lines.read(_HEAD)
            lines.seek(0)
            reader = csv.reader(_ended(lines), delimiter=_delimiter_of(head, wanted))
            names = _names(reader, file)
            places = [(name, _place(name, names, file)) for name in wanted]
            before = reader.line_num
            for values in reader:
                if values == [_END]:
                    return
                if values and _END in values[-1]:
                    yield before + 1, None
                elif any(value.strip() for value in values):
                    there = len(values)
                    yield before + 1, {name: values[at].strip() if at < there else "" for name, at in places}
                before = reader.line_num
    except (LookupError, UnicodeError) as error:
        raise NotARecording(f"{file}: {error}") from error
    except OSError as error:
        raise NotARecording(f"{file} cannot be read: {error.strerror or error}") from error
    except csv.Error as error:
        raise NotARecording(f"{file} is no CSV: {error}") from error


def _is_in(file: Path, encoding: str) -> bool:
    try:
        with file.open(encoding=encoding, newline="") as text:
            while text.read(_HEAD):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _is_in_pairs(file: Path) -> bool:
    """Whether bytes beyond ASCII mostly stand in pairs, as those of Chinese do, and not alone, as those of umlauts."""
    with file.open("rb") as content:
        found = [len(each) % 2 == 0 for each in _HIGH_BYTES.findall(content.read(16 * _HEAD))]
    return sum(found) * 2 >= len(found)


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.replace(_END, "")
    yield _END


def _delimiter_of(head: str, wanted: Sequence[str]) -> str:
    """That which a spreadsheet tells, or that by which most of the wanted columns are there."""
    if declared := _DECLARED.match(head):
        return declared[1]

    def fits(delimiter: str) -> tuple[int, int]:
        lines = head.lstrip("\r\n").replace(_END, "").splitlines(keepends=True)
        names = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter), [])]
        return len({*wanted} & {*names}), len(names)

    return max(_DELIMITERS, key=fits)


def _names(reader: Iterator[list[str]], file: Path) -> list[str]:
    for values in reader:
        names = [name.strip() for name in values]
        if values == [_END]:
            break
        if any(names) and not names[0].startswith("sep="):
            return names
    raise NotARecording(f"{file} is empty: its first line is to name the columns")


def _place(name: str, names: Sequence[str], file: Path) -> int:
    if names.count(name) > 1:
        raise NotARecording(f"{file} has several columns {name!r}: give each a name of its own")
    if name in names:
        return names.index(name)
    folded = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), folded, n=1)
    hint = f" (did you mean {folded[near[0]]!r}?)" if near else ""
    raise NotARecording(f"{file} has no column {name!r}{hint}; its columns: {', '.join(names)}")
