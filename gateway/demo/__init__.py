"""The demo: a simulated building, an embedded broker and the gateway in one process."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from gateway import app
from gateway.broker import embedded_broker, free_port, is_free
from gateway.clock import Clock
from gateway.core.configuration import Configuration
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import SECOND
from gateway.core.site.site import Site
from gateway.demo.acting import act
from gateway.demo.lines import Lines
from gateway.demo.people import Crew
from gateway.demo.words import Words
from gateway.errors import BrokerError, SettingsError
from gateway.listener import listening
from gateway.settings import Settings, api_url, load_settings
from gateway.site_files import load_configuration
from simulators.broker import Broker
from simulators.fleet import load_fleet
from simulators.publisher import publish

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """How long, how fast and where the demo runs."""

    duration_s: float | None
    """Real seconds; None until stopped."""
    speed: float
    seed: int
    data_dir: Path | None
    http: str
    mqtt: str
    language: Language = "en"

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set or the time is over.

        Raises:
            GatewayError: it cannot start.
        """
        console = Console(highlight=False)
        configuration = in_language(load_configuration(HERE / "site.yaml"), self.language)
        with self._directory() as directory:
            settings = self._settings(directory)
            with listening(*settings.http_address, how="--http HOST:PORT") as listener:
                settings = self._on_free_port(settings, console)
                clock = Clock(speed=self.speed)
                lines = Lines(console, configuration, clock)
                self._announce(console, configuration.site, settings)
                async with embedded_broker(settings.mqtt_host, settings.mqtt_port), self._end_in_time(stop):
                    await self._run_together(settings, configuration, listener, clock, lines, stop)
                lines.summary(kept=self.data_dir)

    async def _run_together(
        self,
        settings: Settings,
        configuration: Configuration,
        listener: socket.socket,
        clock: Clock,
        lines: Lines,
        stop: asyncio.Event,
    ) -> None:
        fleet = load_fleet(HERE / "fleet.yaml")
        broker = Broker(host=settings.mqtt_host, port=settings.mqtt_port)
        async with asyncio.TaskGroup() as tasks:
            gateway = tasks.create_task(
                app.run(settings, configuration, stop=stop, listener=listener, clock=clock, watch=lines.show),
                name="gateway",
            )
            simulation = tasks.create_task(
                publish(
                    fleet,
                    broker=broker,
                    speed=self.speed,
                    seed=self.seed,
                    clock=lambda: clock.now() / SECOND,
                ),
                name="simulators",
            )
            crew = Crew(configuration.site, seed=self.seed)
            people = tasks.create_task(act(crew, api_url(*listener.getsockname()[:2]), clock), name="people")
            await stop.wait()
            people.cancel()
            await asyncio.wait({gateway})
            simulation.cancel()

    @contextlib.contextmanager
    def _directory(self) -> Iterator[Path]:
        if self.data_dir is not None:
            yield self.data_dir
        else:
            with tempfile.TemporaryDirectory(prefix="facility-gateway-demo-") as name:
                yield Path(name)

    @contextlib.asynccontextmanager
    async def _end_in_time(self, stop: asyncio.Event) -> AsyncIterator[None]:
        timer = None
        if self.duration_s is not None:
            timer = asyncio.get_running_loop().call_later(self.duration_s, stop.set)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()

    def _settings(self, directory: Path) -> Settings:
        host, _, port = self.mqtt.rpartition(":")
        if not (host and port.isdigit() and 0 < int(port) < 65_536):
            raise SettingsError(f"mqtt (from --mqtt): write HOST:PORT, such as 127.0.0.1:1883, not {self.mqtt!r}")
        options = {"site": HERE / "site.yaml", "data_dir": directory, "http": self.http}
        options |= {"mqtt_host": host, "mqtt_port": int(port)}
        return load_settings(environment={}, options=options)[0]

    def _on_free_port(self, settings: Settings, console: Console) -> Settings:
        """The settings with another port of the broker where this one is taken."""
        host, port = settings.mqtt_host, settings.mqtt_port
        if is_free(host, port):
            return settings
        try:
            chosen = free_port(host)
        except OSError as error:
            raise BrokerError(f"cannot open an MQTT broker on {host}:{port}: {error.strerror}; see --mqtt") from error
        said = Words(self.language).say("port taken", port=port, address=f"{host}:{chosen}")
        console.print(f"[dim]{said}[/dim]")
        return settings.model_copy(update={"mqtt_port": chosen})

    def _announce(self, console: Console, site: Site, settings: Settings) -> None:
        say, url = Words(self.language).say, f"http://{settings.http}"
        name = site.header.name.in_language(site.header.language)
        ends = say("ends never") if self.duration_s is None else say("ends in", seconds=self.duration_s)
        options = "" if settings.http == "127.0.0.1:8080" else f" --url {url}"
        kept = say("kept in", where=self.data_dir) if self.data_dir else say("not kept")
        console.print(say("demo", site=name, devices=len(site.devices), ends=ends))
        console.print(say("api at", url=url))
        console.print(say("alarms at", url=url))
        console.print(say("mqtt at", address=f"{settings.mqtt_host}:{settings.mqtt_port}"))
        console.print(say("state is", kept=kept, options=options), soft_wrap=True)
        if self.speed != 1:
            console.print(say("time runs", speed=self.speed))
        console.print()


def in_language(configuration: Configuration, language: Language) -> Configuration:
    """The same site with its names, titles and guidance in this language."""
    site = configuration.site
    header = site.header.model_copy(update={"language": language})
    return dataclasses.replace(configuration, site=dataclasses.replace(site, header=header))
