"""Who the site is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx

from tests.unit.api.house import House


async def test_the_site_tells_its_name_time_zone_and_the_gateways_clock(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/site")).json() == {
        "id": "house",
        "name": "House",
        "timezone": "Asia/Shanghai",
        "language": "en",
        "now": "2026-01-01T12:00:00.000Z",
    }


async def test_names_are_in_the_sites_language(tmp_path: Path) -> None:
    with closing(House(tmp_path, language="zh")) as house:
        transport = httpx.ASGITransport(house.api)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as browser:
            assert (await browser.get("/site")).json()["name"] == "房子"
            assert (await browser.get("/devices/pump-1")).json()["name"] == "一号泵"
