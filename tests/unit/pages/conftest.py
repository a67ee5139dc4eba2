"""A visit to the pages of a house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path

import pytest
import uvloop

from tests.unit.pages.visitors import Visit


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop of asyncio, and for the server also the one that the gateway runs on: they differ in what connections
    are."""
    plain = {"asyncio": asyncio.new_event_loop}
    return plain | {"uvloop": uvloop.new_event_loop} if item.path.name == "test_server.py" else plain


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    """The pages of a house in English."""
    async with aclosing(Visit(tmp_path)) as visit:
        yield visit
