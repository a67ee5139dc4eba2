"""The whole gateway in one process, without a broker: what dies beside the alarm path is restarted alone."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import httpx
import pytest

from gateway import app
from gateway.series.forwarder import Forwarder
from gateway.settings import Settings
from gateway.site_files import load_configuration
from tests.servers import HOST, eventually, free_port


async def reasons_of_restarts(http: str) -> list[str]:
    """What the health page says of restarted tasks, once the server answers again and says it of two."""
    async with httpx.AsyncClient(base_url=f"http://{http}") as browser:
        try:
            health = (await browser.get("/healthz")).json()
        except httpx.HTTPError:
            return []
    reasons = [reason for reason in health["reasons"] if "restarted" in reason]
    return reasons if len(reasons) == 2 else []


async def test_the_http_server_and_the_forwarder_die_and_are_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("site: {id: trial, name: {en: Trial}}\ndevices: [{id: p1, profile: booster_pump}]\n")
    http = f"{HOST}:{free_port()}"
    settings = Settings(site=site, data_dir=tmp_path / "data", http=http, mqtt_port=free_port())
    monkeypatch.setattr("gateway.supervision.FIRST_RESTART_S", 0.01)
    serving, die = asyncio.Event(), asyncio.Event()
    run, main_loop = Forwarder.run, app._Server.main_loop

    async def dying_loop(server: app._Server) -> None:
        if not die.is_set():
            serving.set()
            await die.wait()
            raise ZeroDivisionError("the server")
        await main_loop(server)

    async def dying_run(forwarder: Forwarder) -> None:
        if not die.is_set():
            await die.wait()
            raise ZeroDivisionError("the forwarder")
        await run(forwarder)

    monkeypatch.setattr(app._Server, "main_loop", dying_loop)
    monkeypatch.setattr(Forwarder, "run", dying_run)
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(settings, load_configuration(site), stop=stop))
    try:
        await asyncio.wait_for(serving.wait(), 30)
        die.set()
        reasons: list[str] = await eventually(partial(reasons_of_restarts, http), what="both restarts")
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)
    assert sorted(reasons) == [
        "the HTTP server fails and is restarted: ZeroDivisionError: the server",
        "the series forwarder fails and is restarted: ZeroDivisionError: the forwarder",
    ]
