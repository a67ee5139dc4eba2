"""Lists in pages, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from pydantic import Field

from gateway.api.problems import QueryParameters
from gateway.store.paging import Page

Record = TypeVar("Record")

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
_LARGEST_NUMBER = 2**63 - 1


class PageParameters(QueryParameters):
    """Which page."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="How many at most.")
    before: int | None = Field(
        None, ge=1, le=_LARGEST_NUMBER, description="What follows the page before: its `next_before`."
    )

    def page(self) -> Page:
        """What to read: one record more than `limit`, which shows whether there is a next page."""
        return Page(self.limit + 1, self.before)


NextBefore = Annotated[int | None, Field(description="`before` for the next page; null when this is the last.")]


def cut(
    found: Sequence[Record], parameters: PageParameters, order: Callable[[Record], int]
) -> tuple[Sequence[Record], int | None]:
    """The page itself, and `before` for the next. `order` is the number by which the list is in order."""
    shown = found[: parameters.limit]
    return shown, order(shown[-1]) if len(found) > len(shown) else None
