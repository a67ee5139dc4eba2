"""The command line."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway import __version__, authoring, client, logs
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import SECOND, parse_duration
from gateway.errors import GatewayError, MissingExtra, SiteError
from gateway.misplaced import OptionsOnly
from gateway.pages import commands
from gateway.settings import load_settings

app = typer.Typer(
    name="facility-gateway",
    help="Edge gateway for buildings: MQTT telemetry in; durable series, alarms and maintenance tickets out.",
    epilog="Start with: facility-gateway demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
SiteOption = Annotated[Path | None, typer.Option("--site", help="The site file. Default: site.yaml.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="A YAML file of settings.")]
DataOption = Annotated[Path | None, typer.Option("--data-dir", help="Where to keep state. Default: data.")]
HttpOption = Annotated[str | None, typer.Option("--http", help="HOST:PORT of the API. Default: 127.0.0.1:8080.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _require(extra: str, *modules: str) -> None:
    """Raise MissingExtra unless the libraries of this extra are installed."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtra(
            f"{extra} needs {' and '.join(missing)}, which a plain installation does not bring: "
            f"install the wheel with its extra, pip install 'PATH/facility_gateway-VERSION.whl[{extra}]'"
        )


def _duration_s(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_duration(text) / SECOND
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command(
    cls=OptionsOnly, epilog="\b\nExample:\n  facility-gateway run --site site.yaml --data-dir /var/lib/facility-gateway"
)
def run(
    site: SiteOption = None, settings: SettingsOption = None, data_dir: DataOption = None, http: HttpOption = None
) -> None:
    """Run the gateway until Ctrl-C.

    It connects to the broker, stores series, raises alarms and opens tickets. For all settings, see
    `facility-gateway settings`.
    """
    from gateway import app as gateway
    from gateway.site_files import load_configuration

    options = {"site": site, "data_dir": data_dir, "http": http}
    chosen, _ = load_settings(settings, options=options)
    logs.configure(chosen.log, chosen.log_format)
    loaded = load_configuration(chosen.site)
    _run_until_signalled(lambda stop: gateway.run(chosen, loaded, stop=stop, warns=True))


@app.command(cls=OptionsOnly, epilog="Example: facility-gateway demo --for 2m --speed 10")
def demo(
    for_: Annotated[
        str | None, typer.Option("--for", help="End after this time, such as 60s. Default: at Ctrl-C.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="Times as fast as real time.")] = 10.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same telemetry and people.")] = 1,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where to keep state. Default: nothing is kept.")
    ] = None,
    http: Annotated[str, typer.Option("--http", help="HOST:PORT of the API.")] = "127.0.0.1:8080",
    mqtt: Annotated[str, typer.Option("--mqtt", help="HOST:PORT of the embedded broker.")] = "127.0.0.1:1883",
    language: Annotated[Language, typer.Option("--language", help="Of the building and of what is printed.")] = "en",
) -> None:
    """Run a simulated building with its gateway.

    The simulators, simulated technicians, an embedded broker and the gateway run in one process; each alarm, step of a
    ticket, notice and scan is printed.
    """
    _require("demo", "aiomqtt", "amqtt")
    from gateway.demo import Demo

    duration = _duration_s(for_)
    logs.configure("warning", "text")
    show = Demo(duration_s=duration, speed=speed, seed=seed, data_dir=data_dir, http=http, mqtt=mqtt, language=language)
    _run_until_signalled(show.run)


@app.command(
    cls=OptionsOnly,
    epilog="\b\nExamples:\n  facility-gateway check --site site.yaml\n  facility-gateway check --strict --json\n"
    "  facility-gateway check --verbose",
)
def check(
    site: SiteOption = None,
    channels: Annotated[
        Path | None, typer.Option("--channels", help="The file of channels. Default: what the setting says.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors, as before a roll-out.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print notes too, and what the windows of rules take in memory.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the files of a site, its profiles and rules, and the file of channels.

    Errors are printed with file, line and a hint, then warnings: what is valid and hardly meant, such as a threshold
    beyond the range of its metric. Exit code: 0 without errors, 1 with.
    """
    from gateway.channels.reach import review_channels
    from gateway.site_files import Gravity, load_configuration
    from gateway.site_files.review import review_site
    from gateway.site_files.window_sizes import window_sizes

    chosen, _ = load_settings(options={"site": site, "channels": channels})
    file = chosen.channels
    review = review_site(
        chosen.site, strict=strict, also=lambda found: () if file is None else review_channels(file, found)
    )
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(review), ensure_ascii=False, indent=2, default=str))
    else:
        for problem in review.problems:
            if verbose or problem.gravity is not Gravity.NOTE:
                typer.echo(str(problem))
        typer.echo(f"{chosen.site}: {review.summary()}")
        for line in (
            window_sizes(load_configuration(chosen.site)) if verbose and not review.count(Gravity.ERROR) else ()
        ):
            typer.echo(line)
    raise typer.Exit(1 if review.count(Gravity.ERROR) else 0)


@app.command(name="settings", cls=OptionsOnly, epilog="Example: GATEWAY_MQTT_HOST=broker facility-gateway settings")
def show_settings(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Print every setting, its value and its source. Secrets are masked."""
    from rich.console import Console
    from rich.table import Table

    _, origins = load_settings(settings)
    if as_json:
        typer.echo(json.dumps([origin.model_dump() for origin in origins], ensure_ascii=False, indent=2))
        return
    table = Table("setting", "value", "from", "meaning", box=None, pad_edge=False)
    for origin in origins:
        table.add_row(origin.name, origin.value or "—", origin.origin, origin.description)
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print(
        "Set them by GATEWAY_NAME, by GATEWAY_NAME_FILE (a file that holds the value), or in a settings file."
    )


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


client.register(app)
authoring.register(app)
commands.register(app)


def _run_until_signalled(serve: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run until SIGINT or SIGTERM asks to stop; a second one ends it at once."""
    import uvloop

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _ask_to_stop, stop)
        await serve(stop)
        # All is on disk. Do not wait for a call that InfluxDB or the broker does not answer.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    uvloop.run(main())


def _ask_to_stop(stop: asyncio.Event) -> None:
    if stop.is_set():
        sys.exit(130)
    stop.set()


def main() -> None:
    """The entry point. A GatewayError is one sentence on stderr and exit code 1."""
    try:
        app()
    except GatewayError as error:
        typer.echo(_sentence(error), err=True)
        sys.exit(1)
    except BaseExceptionGroup as group:
        ours, others = group.split(GatewayError)
        if others is not None or ours is None:
            raise
        for each in _leaves(ours):
            typer.echo(_sentence(each), err=True)
        sys.exit(1)


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in group.exceptions:
        found.extend(_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    return found


def _sentence(error: BaseException) -> str:
    return str(error) if isinstance(error, SiteError) else f"facility-gateway: {error}"
