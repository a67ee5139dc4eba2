"""The house, and a browser before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.unit.api.house import BOTH_LOW, BURST, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house where nothing has happened yet."""
    with closing(House(tmp_path)) as house:
        yield house


@pytest.fixture
def watched_house(tmp_path: Path) -> Iterator[House]:
    """A house that expects its pumps to send every half minute, and every hour."""
    with closing(House(tmp_path, expect_every={"pump-1": "30s", "pump-2": "1h"})) as house:
        yield house


@pytest.fixture
def unsure_house(tmp_path: Path) -> Iterator[House]:
    """A house whose gateway is not sure of the time."""
    with closing(House(tmp_path, knows_time=False)) as house:
        yield house


@pytest.fixture
def dangerous_house(tmp_path: Path) -> Iterator[House]:
    """A house with a life-safety rule for its pumps."""
    with closing(House(tmp_path, more_rules=[BURST])) as house:
        yield house


@pytest.fixture
def grouped_house(tmp_path: Path) -> Iterator[House]:
    """A house with a rule over both pumps."""
    with closing(House(tmp_path, more_rules=[BOTH_LOW])) as house:
        yield house


@pytest.fixture
async def overseer(grouped_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the API of the house with a rule over both pumps."""
    async with _browser(grouped_house) as client:
        yield client


@pytest.fixture
async def guard(dangerous_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the API of the house with a life-safety rule."""
    async with _browser(dangerous_house) as client:
        yield client


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the house's API."""
    async with _browser(house) as client:
        yield client


@pytest.fixture
async def watcher(watched_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the API of the house that watches its pumps."""
    async with _browser(watched_house) as client:
        yield client


@pytest.fixture
async def visitor(unsure_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the API of the house that is not sure of the time."""
    async with _browser(unsure_house) as client:
        yield client


def _browser(house: House) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(house.api), base_url="http://127.0.0.1:8080/api/v1")
