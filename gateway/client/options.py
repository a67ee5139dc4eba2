"""The options that the commands share."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8080"

Url = Annotated[str, typer.Option("--url", envvar="GATEWAY_URL", help="Where the gateway serves its API.")]
Json = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")]
Before = Annotated[
    int | None, typer.Option("--before", min=1, help="For the next page: the number that a page ends with.")
]


def examples(*lines: str) -> str:
    """The examples at the end of a command's help."""
    return "\b\n" + "\n".join(("Examples:", *(f"  facility-gateway {line}" for line in lines)))
