"""Prints answers of the API for people: tables, local times, ages, and colours on a terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from io import StringIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from gateway.core.kernel.values import exact

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

NONE = "—"


@dataclass(frozen=True, slots=True)
class Named:
    """A cell with the name and the id of a thing: `Pump 1 (pump-1)`, or the name alone where the table is too wide."""

    name: str
    id: str

    def __str__(self) -> str:
        return self.name if self.name == self.id else f"{self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class Listed:
    """A cell with several texts: on a terminal as many as fit on the line, and how many more there are."""

    texts: Sequence[str]

    def __str__(self) -> str:
        return ", ".join(self.texts) or NONE

    def cut(self, width: int) -> str:
        """In so many columns, or a little more where not even the number of the texts fits."""
        for count in range(len(self.texts), 0, -1):
            left = len(self.texts) - count
            text = ", ".join(self.texts[:count]) + (f" +{left}" if left else "")
            if _text(text).cell_len <= width:
                return text
        return f"+{len(self.texts)}" if self.texts else NONE


Cell = str | tuple[str, str] | Named | Listed
"""A text, or a text and its style, or a name and its id, or a list."""
Row = Sequence[Cell]
Layout = tuple[Sequence[str], Sequence[Row]]
"""Columns and rows of a table."""

_STYLES = {
    "critical": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "P1": "bold red",
    "P2": "yellow",
    "unacknowledged": "bold",
}
_JOINERS = "\u200c\u200d"
"""Between the parts of one emoji, and between the letters of some scripts."""
_UTC_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_AMPLE_WIDTH = 100_000
_GAP = 2
_SHORT = 14
"""Columns of a cell that is not folded where there is room: as wide as `unacknowledged`."""
_LEAST_LISTED = 20
"""Columns that a list needs at least to be worth its place."""


class SiteTime:
    """Times in the site's time zone, and their ages by the gateway's clock."""

    def __init__(self, site: Mapping[str, Any]) -> None:
        """`site` is the answer of /api/v1/site."""
        self._now = _parse(site["now"])
        self._zone = _zone(site["timezone"])

    def local(self, time: str | None) -> str:
        """Date and time in the site's time zone."""
        return NONE if time is None else f"{_parse(time).astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def of_site(self, time: datetime) -> datetime:
        """A time without an offset, as one of the site's time zone."""
        return time.replace(tzinfo=self._zone)

    def in_text(self, text: str) -> str:
        """A text in which each time of UTC is one of the site's."""
        return _UTC_TIME.sub(lambda match: self.local(match[0]), text)

    def short(self, time: str) -> str:
        """For lists: the time alone when it is of today."""
        local = _parse(time).astimezone(self._zone)
        today = self._now.astimezone(self._zone).date()
        return f"{local:%H:%M:%S}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"

    def exact(self, time: str) -> str:
        """With milliseconds, and with the date when it is not of today."""
        local = _parse(time).astimezone(self._zone)
        clock = f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
        return clock if local.date() == self._now.astimezone(self._zone).date() else f"{local:%Y-%m-%d} {clock}"

    def age(self, time: str | None) -> str:
        """How long ago."""
        return NONE if time is None else duration(self._now - _parse(time))

    def until(self, time: str) -> Cell:
        """How long is left, or by how much it is over."""
        left = _parse(time) - self._now
        return (f"{duration(-left)} late", "bold red") if left <= timedelta(0) else duration(left)


def duration(span: timedelta) -> str:
    """In s, min, h or d; 0 s where it is negative, as with a clock that is a little ahead."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 48 * 3600 else f"{seconds // 86_400} d"


def often(count: int) -> str:
    """How often, in words."""
    return "once" if count == 1 else f"{count} times"


def styled(word: str) -> tuple[str, str]:
    """A severity, priority or state in its colour."""
    return word, _STYLES.get(word, "")


def values(content: Mapping[str, Any]) -> str:
    """Several values on one line, exact: they are evidence."""
    return ", ".join(f"{name} {exact(each)}" for name, each in content.items())


def subject(answer: Mapping[str, Any]) -> str:
    """What an alarm or a ticket is about: the id of a device, anything else as kind:id."""
    return str(answer["device"] or answer["subject"])


def named_subject(answer: Mapping[str, Any]) -> Named:
    """The same with the device's name. One that the site's files do not have any more is said to be removed.

    An older gateway gives no names.
    """
    device = answer["device"]
    name = answer.get("device_name", device)
    if device is None:
        return Named(answer.get("subject_name", answer["subject"]), answer["subject"])
    return Named(name, device) if name is not None else Named(f"{device} (removed)", f"{device} (removed)")


def number_or_none(number: int | None) -> str:
    """A number that may be missing."""
    return NONE if number is None else str(number)


def print_json(answer: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """The answer as the API gave it, or several."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def without(layout: Layout, *names: str) -> Layout:
    """The layout without these columns."""
    columns, rows = layout
    kept = [index for index, column in enumerate(columns) if column not in names]
    return [columns[index] for index in kept], [[row[index] for index in kept] for row in rows]


def print_table(columns: Sequence[str], rows: Sequence[Row], *, nothing: str, narrower: Sequence[Layout] = ()) -> bool:
    """A table, or `nothing` without rows. Outside a terminal each row is one full line.

    On a terminal that is too narrow the first of `narrower` that fits is shown instead; their lists may be cut. If none
    fits, ids beside names are left out of the last, and then long cells are folded.

    Returns:
        Whether a list was cut.
    """
    from rich.console import Console

    if not rows:
        typer.echo(nothing)
        return False
    console = Console(highlight=False)
    if console.is_terminal:
        layout, is_cut = _fitted([(columns, rows), *narrower], console.width)
        console.print(_table(*layout, within=console.width))
        return is_cut
    buffer = StringIO()
    Console(file=buffer, width=_AMPLE_WIDTH, color_system=None).print(_table(columns, rows))
    for line in buffer.getvalue().splitlines():
        typer.echo(line.rstrip())
    return False


def _fitted(layouts: Sequence[Layout], width: int) -> tuple[Layout, bool]:
    """The first layout for which there is room, its lists cut, and whether that was necessary."""
    widest, *narrower = layouts
    if _width(widest) <= width:
        return widest, False
    fitting = [layout for layout in narrower if _width(layout, listed=_LEAST_LISTED) <= width]
    columns, rows = fitting[0] if fitting else _without_ids(layouts[-1])
    room = width - _width((columns, rows), listed=0)
    lists = [cell for row in rows for cell in row if isinstance(cell, Listed)]
    cut = [[cell.cut(room) if isinstance(cell, Listed) else cell for cell in row] for row in rows]
    return (columns, cut), any(each.cut(room) != str(each) for each in lists)


def _without_ids(layout: Layout) -> Layout:
    columns, rows = layout
    return columns, [[cell.name if isinstance(cell, Named) else cell for cell in row] for row in rows]


def _table(columns: Sequence[str], rows: Sequence[Row], *, within: int = _AMPLE_WIDTH) -> Table:
    """The table. Where there is room for them, columns of short cells are not folded."""
    from rich.table import Table

    widths = _widths((columns, rows))
    short = [width <= _SHORT for width in widths]
    needed = sum(width if is_short else _SHORT // 2 for width, is_short in zip(widths, short, strict=True))
    fold_all = needed + _GAP * (len(columns) - 1) > within
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, is_short in zip(columns, short, strict=True):
        table.add_column(column, overflow="fold", no_wrap=is_short and not fold_all)
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _width(layout: Layout, *, listed: int | None = None) -> int:
    """Of a table when nothing is folded. With `listed` no list takes more than so much."""
    return sum(_widths(layout, listed=listed)) + _GAP * (len(layout[0]) - 1)


def _widths(layout: Layout, *, listed: int | None = None) -> list[int]:
    """Of the columns."""
    columns, rows = layout
    return [
        0
        if listed == 0 and isinstance(cells[0], Listed)
        else max(len(column), *(_cell_width(cell, listed) for cell in cells))
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True)
    ]


def _cell_width(cell: Cell, listed: int | None) -> int:
    width = _text(cell).cell_len
    return width if listed is None or not isinstance(cell, Listed) else min(width, listed)


def print_facts(facts: Mapping[str, Cell]) -> None:
    """Names and their values, one a line. Further lines of a value stand below its first."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    width = max(len(name) for name in facts) + 2
    for name, cell in facts.items():
        content, style = cell if isinstance(cell, tuple) else (str(cell), "")
        for at, text in enumerate(content.splitlines() or [""]):
            line = _text((name if at == 0 else "").ljust(width))
            line.stylize("bold")
            console.print(line.append_text(_text((text, style))))


def print_next_page(page: Mapping[str, Any]) -> None:
    """The option for the next page, on stderr, where there is one."""
    if page["next_before"] is not None:
        typer.echo(f"There are more: --before {page['next_before']}", err=True)


def _text(cell: Cell) -> Text:
    """A cell as text. Payloads may hold escape sequences, which must not reach the terminal; any space is a space."""
    from rich.text import Text

    content, style = cell if isinstance(cell, tuple) else (str(cell), "")
    return Text("".join(map(_shown, content)), style)


def _shown(mark: str) -> str:
    if mark.isprintable() or mark in _JOINERS:
        return mark
    return " " if unicodedata.category(mark) == "Zs" else "�"


def _parse(time: str) -> datetime:
    return datetime.fromisoformat(time)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # this machine may lack zones that the gateway's has
        return UTC
