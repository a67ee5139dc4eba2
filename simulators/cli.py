"""The commands: `run` a fleet, `replay` a recording, list the `faults` and `dialects`."""

import asyncio
import math
import os
import signal
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from simulators.broker import Broker
from simulators.catalogue import FAULTS, DeviceClass
from simulators.dialects import DIALECTS
from simulators.display import Display, print_json, print_table
from simulators.durations import format_duration, parse_duration
from simulators.errors import SimulatorError
from simulators.fleet import load_fleet
from simulators.publisher import publish
from simulators.recording import open_recording
from simulators.replay import Tally, replay
from simulators.simulation import fault_changes
from simulators.uplink import Publication

PASSWORD_VARIABLE = "SIMULATORS_MQTT_PASSWORD"

app = typer.Typer(
    name="simulators",
    help="Simulated building equipment that speaks MQTT.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; an error that the user can correct is one line and exit code 1."""
    try:
        app(prog_name="python -m simulators")
    except SimulatorError as exc:
        typer.echo(f"error: {exc}", err=True)
        raise SystemExit(1) from exc


def _duration(written: object) -> float:
    try:
        return parse_duration(written)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from exc


def _speed(written: object) -> float:  # also given the default, which is a number already
    try:
        speed = float(str(written).removesuffix("x"))
    except ValueError as exc:
        raise typer.BadParameter(f"{written!r} is not a number") from exc
    if not (speed > 0.0 and math.isfinite(speed)):
        raise typer.BadParameter("it must be above 0")
    return speed


BrokerOption = Annotated[
    str,
    typer.Option(
        "--broker",
        metavar="URL",
        help=f"mqtt://[USER[:PASSWORD]@]HOST[:PORT], or mqtts:// for TLS. {PASSWORD_VARIABLE} hides the password from "
        "the command line.",
    ),
]
SpeedOption = Annotated[
    float, typer.Option("--speed", metavar="X", parser=_speed, help="Times as fast as real time, such as 60.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
LOCAL_BROKER = "mqtt://127.0.0.1:1883"


@app.command(
    epilog="""Examples:

    python -m simulators run simulators/example.yaml

    python -m simulators run simulators/example.yaml --speed 60 --for 2h --broker mqtt://edge@broker:1883"""
)
def run(
    fleet_file: Annotated[Path, typer.Argument(metavar="FLEET.yaml", help="The devices, their faults, and rounds.")],
    broker: BrokerOption = LOCAL_BROKER,
    speed: SpeedOption = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same values.")] = 0,
    site: Annotated[str | None, typer.Option(help="The site in the topics. Default: the fleet's.")] = None,
    lasts: Annotated[
        float | None,
        typer.Option("--for", metavar="DURATION", parser=_duration, help="Model time to run, such as 60s or 2h."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a fleet until Ctrl-C, or for a time."""
    fleet = load_fleet(fleet_file)
    address = _broker(broker)
    changes = iter(fault_changes(fleet))
    upcoming = next(changes, None)
    published: Counter[str] = Counter()
    model_time = 0.0
    with Display(as_json=as_json) as display:

        def on_published(publication: Publication) -> None:
            nonlocal upcoming, model_time
            published[publication.telemetry.device] += 1
            model_time = max(model_time, publication.telemetry.at)
            while upcoming is not None and upcoming.at <= model_time:
                what = "begins" if upcoming.begins else "ends"
                display.say(f"{format_duration(upcoming.at):>8}  {upcoming.device}: {upcoming.fault} {what}")
                upcoming = next(changes, None)
            display.progress(f"{format_duration(model_time):>8}  {published.total():,} messages published")

        display.say(f"{len(fleet.all_devices)} devices of {site or fleet.site} publish to {address}; Ctrl-C ends it")
        _run_until_stopped(
            publish(
                fleet,
                broker=address,
                site=site,
                speed=speed,
                seed=seed,
                duration=lasts,
                on_published=on_published,
            )
        )
    display.finish(
        {
            "site": site or fleet.site,
            "broker": str(address),
            "seed": seed,
            "model_seconds": round(model_time, 3),
            "published": published.total(),
            "devices": {device.id: published[device.id] for device in fleet.all_devices},
        },
        f"{published.total():,} messages published in {format_duration(model_time)} of model time",
    )


@app.command(
    "replay",
    epilog="""Example:

    python -m simulators replay valve.csv --map valve.yaml --device pump-1 --class booster_pump --site riverside""",
)
def replay_command(
    recording_file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The recording.")],
    mapping: Annotated[Path, typer.Option("--map", metavar="MAPPING.yaml", help="Which column is which metric.")],
    site: Annotated[str, typer.Option(help="The site in the topics.")],
    device: Annotated[str | None, typer.Option(help="Id of the device. Default: all that the mapping names.")] = None,
    device_class: Annotated[
        DeviceClass | None,
        typer.Option("--class", metavar="CLASS", help=f"The device's class: {', '.join(DeviceClass)}."),
    ] = None,
    speed: SpeedOption = 1.0,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N rows.")] = None,
    broker: BrokerOption = LOCAL_BROKER,
    as_json: JsonOption = False,
) -> None:
    """Publish the rows of a recording at the recorded pace, or faster."""
    recording = open_recording(recording_file, mapping, device=device, device_class=device_class)
    address = _broker(broker)
    tally = Tally()
    with Display(as_json=as_json) as display:

        def on_published(publication: Publication) -> None:
            display.progress(
                f"{format_duration(publication.telemetry.at):>8}  {tally.rows:,} rows, {tally.published:,} published"
            )

        display.say(f"{recording_file.name} as {', '.join(recording.sources)} to {address}; Ctrl-C ends it")
        _run_until_stopped(
            replay(
                recording,
                broker=address,
                site=site,
                speed=speed,
                limit=limit,
                tally=tally,
                on_published=on_published,
            )
        )
    lines = [f"{tally.rows:,} rows read, {tally.published:,} messages published"]
    lines += [f"  skipped {number:,}: {reason}" for reason, number in tally.skipped.most_common()]
    lines += [f"  left out {number:,} of {metric}: no number" for metric, number in tally.unreadable.most_common()]
    display.finish(
        {
            "rows": tally.rows,
            "published": tally.published,
            "skipped": dict(tally.skipped),
            "unreadable_cells": dict(tally.unreadable),
            "recorded_seconds": round(tally.elapsed, 3),
        },
        "\n".join(lines),
    )


@app.command()
def faults(as_json: JsonOption = False) -> None:
    """List the faults of each device class."""
    if as_json:
        print_json({kind: {fault: fault.sentence for fault in known} for kind, known in FAULTS.items()})
        return
    rows = [(kind, fault, fault.sentence) for kind, known in FAULTS.items() for fault in known]
    print_table(("class", "fault", "what it shows"), rows)


@app.command()
def dialects(as_json: JsonOption = False) -> None:
    """List the dialects of each device class."""
    by_class = {
        str(kind): {name: dialect.sentence for name, dialect in DIALECTS.items() if kind in dialect.writers}
        for kind in DeviceClass
    }
    if as_json:
        print_json(by_class)
        return
    rows = [(kind, name, sentence) for kind, known in by_class.items() for name, sentence in known.items()]
    print_table(("class", "dialect", "what it is"), rows)


def _broker(url: str) -> Broker:
    return Broker.from_url(url, password=os.environ.get(PASSWORD_VARIABLE))


def _run_until_stopped(work: Coroutine[None, None, object]) -> None:
    """Run it to its end, or to the first SIGINT or SIGTERM."""

    async def until_stopped() -> None:
        task = asyncio.ensure_future(work)
        for ending in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(ending, task.cancel)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    asyncio.run(until_stopped())
