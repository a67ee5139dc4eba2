"""The output of a command while it runs: a status line on a terminal, plain lines elsewhere, or JSON alone."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Final, Self

from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

PLAIN_EVERY: Final = 10.0  # s between two progress lines that are not on a terminal


class Display:
    """Use it in a `with`: it also shows the log lines of the uplinks."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False, soft_wrap=True, stderr=as_json)
        self._status = self._console.status("connecting") if self._console.is_terminal and not as_json else None
        self._handler: logging.Handler = (
            RichHandler(console=self._console, show_time=False, show_level=False, show_path=False)
            if self._status
            else logging.StreamHandler()
        )
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        logging.getLogger("simulators").addHandler(self._handler)
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()
        logging.getLogger("simulators").removeHandler(self._handler)

    def say(self, line: str) -> None:
        """Print a line, unless only JSON is wanted."""
        if not self._as_json:
            self._console.print(line, markup=False)

    def progress(self, line: str) -> None:
        """Show how far the work is; elsewhere than on a terminal, every `PLAIN_EVERY` seconds."""
        if self._status:
            self._status.update(line)
        elif time.monotonic() - self._told_at >= PLAIN_EVERY:
            self._told_at = time.monotonic()
            self.say(line)

    def finish(self, result: Mapping[str, object], line: str) -> None:
        """Print the `result` as JSON, or the `line`."""
        if self._as_json:
            print_json(result)
        else:
            self.say(line)


def print_json(data: Mapping[str, object]) -> None:
    """One JSON object on a line of standard output."""
    print(json.dumps(data))


def print_table(head: tuple[str, str, str], rows: Sequence[tuple[str, str, str]]) -> None:
    """On a terminal a table, in which a name is not repeated; elsewhere plain lines, each complete."""
    console = Console(highlight=False)
    if not console.is_terminal:
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for first, second, last in rows:
            print(f"{first:{widths[0]}} {second:{widths[1]}} {last}")
        return
    table = Table(*head, box=None, pad_edge=False)
    before = ""
    for first, second, last in rows:
        table.add_row("" if first == before else first, second, last)
        before = first
    console.print(table)
