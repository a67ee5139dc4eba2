"""The whole gateway in one process, without a broker: what dies beside the alarm path is restarted, and is an alarm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from gateway import app
from gateway.core.kernel.times import SECOND
from gateway.series.forwarder import Forwarder
from gateway.serving import Server
from gateway.settings import Settings
from gateway.site_files import load_configuration
from tests.servers import HOST, eventually, free_port


class House:
    """A gateway, started and stopped by the test; `http` is where its API is."""

    def __init__(self, directory: Path) -> None:
        self.http = f"{HOST}:{free_port()}"
        site = directory / "site.yaml"
        site.write_text("site: {id: trial, name: {en: Trial}}\ndevices: [{id: p1, profile: booster_pump}]\n")
        self._configuration = load_configuration(site)
        self._settings = Settings(site=site, data_dir=directory / "data", http=self.http, mqtt_port=free_port())

    @asynccontextmanager
    async def running(self, *, warns: bool = False) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(self._settings, self._configuration, stop=stop, warns=warns))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(running, 10)

    async def get(self, path: str) -> Any:  # noqa: ANN401 — JSON
        """None while the server does not answer."""
        async with httpx.AsyncClient(base_url=f"http://{self.http}") as browser:
            try:
                return (await browser.get(path)).json()
            except httpx.HTTPError:
                return None

    async def reasons_of_restarts(self) -> list[str]:
        """What the health page says of restarted tasks, once the server answers again and says it of two."""
        health = await self.get("/healthz")
        reasons = [reason for reason in health["reasons"] if "restarted" in reason] if health else []
        return reasons if len(reasons) == 2 else []

    async def alarms(self, state: str, *rules: str) -> dict[str, dict[str, Any]]:
        """The alarms by rule, as soon as those of these rules are in this state."""

        async def in_state() -> dict[str, dict[str, Any]]:
            answer = await self.get(f"/api/v1/alarms?state={state}")
            found = {alarm["rule"]: alarm for alarm in answer["alarms"]} if answer else {}
            return found if found.keys() >= {*rules} else {}

        found: dict[str, dict[str, Any]] = await eventually(in_state, what=f"{', '.join(rules)} to be {state}")
        return found


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def fail_until(die: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The server and the forwarder die with `die`, once each; returns when the server first serves."""
    serving = asyncio.Event()
    run, main_loop = Forwarder.run, Server.main_loop

    async def dying_loop(server: Server) -> None:
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

    monkeypatch.setattr(Server, "main_loop", dying_loop)
    monkeypatch.setattr(Forwarder, "run", dying_run)
    return serving


async def test_the_http_server_and_the_forwarder_die_and_are_back_and_are_alarms_until_they_run_well(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.supervision.FIRST_RESTART_S", 0.01)
    monkeypatch.setattr("gateway.supervision.WELL_AFTER_S", 2.0)
    die = asyncio.Event()
    serving = fail_until(die, monkeypatch)
    async with house.running():
        await asyncio.wait_for(serving.wait(), 30)
        die.set()
        reasons: list[str] = await eventually(house.reasons_of_restarts, what="both restarts")
        alarms = await house.alarms("unacknowledged", "http-fails", "series-fails")
        await house.alarms("returned", "http-fails", "series-fails")
    assert sorted(reasons) == [
        "the HTTP server fails and is restarted: ZeroDivisionError: the server",
        "the series forwarder fails and is restarted: ZeroDivisionError: the forwarder",
    ]
    assert sorted(alarms[rule]["detail"] for rule in ("http-fails", "series-fails")) == sorted(reasons)


async def test_a_gateway_without_a_broker_says_that_it_is_blind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.app.BLIND_FOR", SECOND)
    async with house.running():
        alarms = await house.alarms("unacknowledged", "gateway-blind")
    assert alarms["gateway-blind"]["detail"].startswith("no message of any device has been received since 20")


async def test_a_review_of_the_files_that_cannot_be_made_is_logged_and_the_gateway_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.file_warnings.AFTER_S", 0)
    monkeypatch.setattr("gateway.app.check_command", lambda site, _channels: ("/there/is/no/such/program", str(site)))
    with capture_logs() as lines:
        async with house.running(warns=True):
            what = "cannot review the site's files: run facility-gateway check"
            await eventually(lambda: any(line["event"] == what for line in lines), what="the log line")
            assert await eventually(lambda: house.get("/healthz"), what="the answer of the gateway")


def _hangs_for_a_minute(_commits: object) -> float:
    return 60.0


async def test_an_alarm_that_an_earlier_run_left_is_over_when_all_works(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr("gateway.self_check.STORE_FAILS_AFTER_S", 0.0)
        failing.setattr("gateway.commits.Commits.waited_s", property(_hangs_for_a_minute))
        async with house.running():
            alarms = await house.alarms("unacknowledged", "store-fails")
    assert alarms["store-fails"]["detail"] == "a commit hangs: check the disk of the data directory"
    monkeypatch.setattr("gateway.self_check.WELL_AFTER_S", 1.0)
    async with house.running():
        await house.alarms("returned", "store-fails")


async def test_a_series_store_that_is_away_for_long_is_an_alarm(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.self_check.SERIES_AWAY_AFTER_S", 1.0)
    monkeypatch.setattr("gateway.self_check.WELL_AFTER_S", 1.0)
    sentence = "InfluxDB does not answer"
    monkeypatch.setattr(Forwarder, "last_error", property(lambda _: sentence))
    async with house.running():
        alarms = await house.alarms("unacknowledged", "series-away")
        assert alarms["series-away"]["detail"] == sentence
        sentence = ""
        await house.alarms("returned", "series-away")


async def test_a_disk_that_is_nearly_full_is_an_alarm_without_figures_that_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.self_check.DISK_LOW_AFTER_S", 0.0)
    monkeypatch.setattr("gateway.store.disk_space._LOW_SHARE", 1.1)
    monkeypatch.setattr("gateway.store.disk_space._LOW_AT_MOST", 2**62)
    async with house.running():
        alarms = await house.alarms("unacknowledged", "disk-low")
    assert alarms["disk-low"]["detail"] == "the disk of the data directory is nearly full"
