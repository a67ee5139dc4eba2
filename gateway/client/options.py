"""The options that the commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

_WHERE = (
    "Where the gateway serves its API. Default: GATEWAY_URL, else HOST:PORT of GATEWAY_HTTP or of the settings file "
    "GATEWAY_SETTINGS, else http://127.0.0.1:8080."
)
Url = Annotated[str | None, typer.Option("--url", help=_WHERE, show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")]
Before = Annotated[
    int | None, typer.Option("--before", min=1, help="For the next page: the number that a page ends with.")
]


def examples(*lines: str) -> str:
    """The examples at the end of a command's help."""
    return "\b\n" + "\n".join(("Examples:", *(f"  facility-gateway {line}" for line in lines)))


@dataclass(frozen=True, slots=True)
class Common:
    """Options given before a subcommand; they hold for it too."""

    url: str | None
    as_json: bool


def common_of(context: typer.Context, url: str | None, *, as_json: bool) -> Common:
    """The options of a subcommand, or else those given before it."""
    given = context.obj
    if not isinstance(given, Common):
        raise TypeError("a command sets its common options before its subcommands run")
    return Common(url or given.url, as_json or given.as_json)
