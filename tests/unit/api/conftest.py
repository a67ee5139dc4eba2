"""The house, and a browser before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.unit.api.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house where nothing has happened yet."""
    with closing(House(tmp_path)) as house:
        yield house


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the house's API."""
    transport = httpx.ASGITransport(house.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1") as client:
        yield client
