"""Prints answers of the API for people: tables, local times, ages, and colours on a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from io import StringIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from gateway.core.kernel.values import readable

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


Cell = str | tuple[str, str] | Named
"""A text, or a text and its style, or a name and its id."""
Row = Sequence[Cell]

_STYLES = {
    "critical": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "P1": "bold red",
    "P2": "yellow",
    "unacknowledged": "bold",
}
_AMPLE_WIDTH = 100_000
_GAP = 2


class SiteTime:
    """Times in the site's time zone, and their ages by the gateway's clock."""

    def __init__(self, site: Mapping[str, Any]) -> None:
        """`site` is the answer of /api/v1/site."""
        self._now = _parse(site["now"])
        self._zone = _zone(site["timezone"])

    def local(self, time: str | None) -> str:
        """Date and time in the site's time zone."""
        return NONE if time is None else f"{_parse(time).astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

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
        return (f"{duration(-left)} over", "bold red") if left < timedelta(0) else f"in {duration(left)}"


def duration(span: timedelta) -> str:
    """In s, min, h or d; 0 s where it is negative, as with a clock that is a little ahead."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 48 * 3600 else f"{seconds // 86_400} d"


def styled(word: str) -> tuple[str, str]:
    """A severity, priority or state in its colour."""
    return word, _STYLES.get(word, "")


def values(content: Mapping[str, Any]) -> str:
    """Several values on one line."""
    return ", ".join(f"{name} {readable(each)}" for name, each in content.items())


def subject(answer: Mapping[str, Any]) -> str:
    """What an alarm or a ticket is about: the id of a device, anything else as kind:id."""
    return str(answer["device"] or answer["subject"])


def named_subject(answer: Mapping[str, Any]) -> Named:
    """The same with the device's name. One that the site's files do not have any more is said to be removed."""
    device, name = answer["device"], answer["device_name"]
    if device is None:
        return Named(answer["subject"], answer["subject"])
    return Named(name, device) if name is not None else Named(f"{device} (removed)", f"{device} (removed)")


def number_or_none(number: int | None) -> str:
    """A number that may be missing."""
    return NONE if number is None else str(number)


def print_json(answer: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """The answer as the API gave it, or several."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def print_table(columns: Sequence[str], rows: Sequence[Row], *, nothing: str) -> None:
    """A table, or `nothing` without rows. Where a terminal is too narrow, ids beside names are left out, and then long
    cells folded; elsewhere each row is one full line."""
    from rich.console import Console

    if not rows:
        typer.echo(nothing)
        return
    console = Console(highlight=False)
    if console.is_terminal:
        if _width(columns, rows) > console.width:
            rows = [[cell.name if isinstance(cell, Named) else cell for cell in row] for row in rows]
        console.print(_table(columns, rows))
        return
    buffer = StringIO()
    Console(file=buffer, width=_AMPLE_WIDTH, color_system=None).print(_table(columns, rows))
    for line in buffer.getvalue().splitlines():
        typer.echo(line.rstrip())


def _table(columns: Sequence[str], rows: Sequence[Row]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _width(columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Of the table, when nothing is folded."""
    widths = [max(len(column), *(_text(row[index]).cell_len for row in rows)) for index, column in enumerate(columns)]
    return sum(widths) + _GAP * (len(columns) - 1)


def print_facts(facts: Mapping[str, Cell]) -> None:
    """Names and their values, one a line."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    width = max(len(name) for name in facts) + 2
    for name, cell in facts.items():
        line = _text(name.ljust(width))
        line.stylize("bold")
        console.print(line.append_text(_text(cell)))


def print_next_page(page: Mapping[str, Any]) -> None:
    """The option for the next page, on stderr, where there is one."""
    if page["next_before"] is not None:
        typer.echo(f"There are more: --before {page['next_before']}", err=True)


def _text(cell: Cell) -> Text:
    """A cell as text. Payloads may hold escape sequences, which must not reach the terminal."""
    from rich.text import Text

    content, style = cell if isinstance(cell, tuple) else (str(cell), "")
    return Text("".join(mark if mark.isprintable() else "�" for mark in content), style)


def _parse(time: str) -> datetime:
    return datetime.fromisoformat(time)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # this machine may lack zones that the gateway's has
        return UTC
