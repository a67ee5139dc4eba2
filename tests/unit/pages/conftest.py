"""A visit to the pages of a house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.unit.pages.visitors import Visit


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    """The pages of a house in English."""
    async with aclosing(Visit(tmp_path)) as visit:
        yield visit
