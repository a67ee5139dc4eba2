"""The commands for authors of profiles: profiles, decode, schema."""

from __future__ import annotations

import base64
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.clock import Clock
from gateway.misplaced import OptionsOnly

if TYPE_CHECKING:
    from gateway.authoring.trial import Trial
    from gateway.core.profiles.profile import Profile

DECODED, REJECTED, NO_BINDING = 0, 1, 2
"""Exit codes of `decode`."""

_DIGITS = 4
"""Decimals that are printed; stored values have more."""

_SHOWN = 6
"""How many of the other profiles that fit are named."""

_OF_DECODE = """\
\b
Examples:
  facility-gateway decode --topic zigbee2mqtt/smoke-1 --payload '{"smoke": false}'
  facility-gateway decode --bytes 01755C03673401 --port 85 \\
    --profile water_leak --dialect milesight_em300_sld
"""

_OF_SCHEMA = """\
\b
Example: facility-gateway schema profile > profile.schema.json
Then, as the first line of a profile, for VS Code and other editors with the YAML language server:
# yaml-language-server: $schema=profile.schema.json
"""


class FileKind(StrEnum):
    """Files that people write."""

    PROFILE = "profile"
    RULES = "rules"
    SITE = "site"
    TESTS = "tests"


ProfilesOption = Annotated[
    Path | None,
    typer.Option("--profiles", exists=True, file_okay=False, help="A directory of further profiles."),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(cls=OptionsOnly, epilog=_OF_DECODE)(decode)
    app.command("profiles", epilog="Example: facility-gateway profiles water_leak")(list_profiles)
    app.command("schema", epilog=_OF_SCHEMA)(print_schema)


def list_profiles(
    name: Annotated[
        str | None, typer.Argument(help="One profile: its metrics, attributes, dialects and topics.")
    ] = None,
    profiles: ProfilesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
) -> None:
    """List the profiles with their dialects, or show one."""
    from gateway.authoring.listing import details, markdown, overview
    from gateway.site_files import load_profiles
    from gateway.site_files.problems import did_you_mean

    known = load_profiles(profiles)
    if name is not None and name not in known:
        raise typer.BadParameter(f"there is no profile {name!r}; {did_you_mean(name, known, kind='profiles')}")
    if as_json:
        chosen = known.values() if name is None else [known[name]]
        found = [profile.model_dump(mode="json", exclude_defaults=True) for profile in chosen]
        typer.echo(json.dumps(found if name is None else found[0], ensure_ascii=False, indent=2))
        return
    if as_markdown:
        lines = markdown(known.values() if name is None else [known[name]])
    else:
        lines = overview(known.values()) if name is None else details(known[name])
    for line in lines:
        typer.echo(line)


def decode(
    topic: Annotated[str | None, typer.Option(help="The MQTT topic of the message.")] = None,
    payload: Annotated[str | None, typer.Option(help="The payload as text.")] = None,
    payload_hex: Annotated[str | None, typer.Option(help="The payload's bytes in hex.")] = None,
    payload_file: Annotated[
        Path | None, typer.Option(help="A file that holds the payload; - is standard input.", allow_dash=True)
    ] = None,
    uplink: Annotated[
        str | None,
        typer.Option("--bytes", metavar="HEX", help="The bytes of a LoRaWAN uplink in hex, without a topic."),
    ] = None,
    uplink_base64: Annotated[
        str | None,
        typer.Option("--bytes-base64", metavar="TEXT", help="The same in base64, as network servers show it."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=255, help="The fPort of these bytes.")] = 1,
    site: Annotated[Path | None, typer.Option(help="A site file; its devices are tried.")] = None,
    profiles: ProfilesOption = None,
    profile: Annotated[str | None, typer.Option(help="Try only this PROFILE or PROFILE/DIALECT.")] = None,
    dialect: Annotated[str | None, typer.Option(help="Try only this dialect of --profile.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one line for each reading.")] = False,
) -> None:
    """Show how a message would be decoded, or why rejected.

    Nothing is stored. Without --site every profile is tried, and the best fit is shown: a payload alone may fit
    several. The time received is taken to be the message's own time, or now if it has none. With --bytes the message is
    an uplink of a LoRaWAN network server, received now. Exit code: 0 decoded, 1 rejected, 2 no message binding for the
    topic.
    """
    from gateway.authoring.trial import Trial, try_in_site, try_profiles
    from gateway.authoring.uplinks import envelopes
    from gateway.core.kernel.times import isoformat
    from gateway.core.telemetry.quarantine import Reason, Rejected
    from gateway.site_files import load_configuration, load_profiles

    now = Clock().now()
    content = _uplink(uplink, uplink_base64)
    if content is None:
        if topic is None:
            raise typer.BadParameter("give the --topic of the message, or the bytes of a LoRaWAN uplink with --bytes")
        message = _payload(payload, payload_hex, payload_file)
    else:
        if any(each is not None for each in (topic, payload, payload_hex, payload_file, site)):
            raise typer.BadParameter("--bytes stand alone, with --port and --profile: they have no topic and no DevEUI")
        topic, message = next(envelopes(content, port, time=isoformat(now)))
    if site is not None and (profile or dialect) is not None:
        raise typer.BadParameter("--profile is for trying without a site; with --site the devices say what they are")
    if site is not None:
        configuration = load_configuration(site, profiles=profiles)
        trials, known = [try_in_site(configuration, topic, message, now=now)], dict(configuration.profiles)
    else:
        known = load_profiles(profiles)
        trials = try_profiles(
            known,
            topic,
            message,
            now=now,
            only=_chosen(profile, dialect, known),
            hint="choose with --profile" + (", or use --site" if content is None else ""),
        )
    where = f"the topic {topic}" if content is None else "LoRaWAN uplinks"
    who = "no profile has a" if profile is None else f"{profile}{f'/{dialect}' if dialect else ''} has no"
    unbound = Rejected(Reason.UNKNOWN_TOPIC, f"{who} message binding for {where}")
    best = trials[0] if trials else Trial("", None, (), (unbound,))
    if content is not None:
        best = best.without_device()
    if as_json:
        for line in _as_json(best):
            typer.echo(json.dumps(line, ensure_ascii=False))
    else:
        _print(best, [trial for trial in trials[1:] if trial.readings and not trial.rejected], known)
    if any(each.reason is Reason.UNKNOWN_TOPIC for each in best.rejected):
        raise typer.Exit(NO_BINDING)
    raise typer.Exit(REJECTED if best.is_rejected else DECODED)


def print_schema(kind: Annotated[FileKind, typer.Argument(help="The kind of file.")]) -> None:
    """Print a JSON Schema for editors.

    With it an editor completes and checks profiles, rules, site files or tests of profiles.
    """
    from gateway.authoring.schemas import schema_of

    typer.echo(json.dumps(schema_of(kind), ensure_ascii=False, indent=2))


def _payload(text: str | None, in_hex: str | None, file: Path | None) -> bytes:
    if sum(each is not None for each in (text, in_hex, file)) != 1:
        raise typer.BadParameter("give the payload once: --payload TEXT, --payload-hex HEX or --payload-file FILE")
    if text is not None:
        return text.encode("utf-8", "surrogateescape")
    if in_hex is not None:
        try:
            return bytes.fromhex(in_hex.removeprefix("0x"))
        except ValueError as error:
            raise typer.BadParameter(f"--payload-hex: {error}; write two digits a byte, such as 01755C") from error
    assert file is not None
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"--payload-file: cannot read {file}: {error.strerror}") from error


def _uplink(in_hex: str | None, in_base64: str | None) -> bytes | None:
    """The bytes of a LoRaWAN uplink; None where none are given."""
    if in_hex is not None and in_base64 is not None:
        raise typer.BadParameter("give the bytes once: --bytes HEX or --bytes-base64 TEXT")
    try:
        if in_base64 is not None:
            return base64.b64decode(in_base64, validate=True)
    except ValueError as error:
        raise typer.BadParameter(f"--bytes-base64: {error}; hex is for --bytes") from error
    try:
        return bytes.fromhex(in_hex.removeprefix("0x")) if in_hex is not None else None
    except ValueError as error:
        hint = "write two digits a byte, such as 01755C; base64 is for --bytes-base64"
        raise typer.BadParameter(f"--bytes: {error}; {hint}") from error


def _chosen(text: str | None, named: str | None, known: dict[str, Profile]) -> tuple[str, str | None] | None:
    """The profile, and the dialect where one is named, with the profile or by itself."""
    if text is None:
        if named is not None:
            raise typer.BadParameter("--dialect is one of a profile: name it with --profile")
        return None
    profile, _, dialect = text.partition("/")
    if named is not None and dialect:
        raise typer.BadParameter(
            "name the dialect once: --profile PROFILE --dialect DIALECT or --profile PROFILE/DIALECT"
        )
    dialect = dialect or named or ""
    if profile not in known:
        raise typer.BadParameter(f"--profile: there is no profile {profile!r}; there are {', '.join(sorted(known))}")
    if dialect and dialect not in known[profile].dialects:
        dialects = ", ".join(sorted(known[profile].dialects)) or "none"
        raise typer.BadParameter(f"--profile: {profile} has no dialect {dialect!r}; there are {dialects}")
    return profile, dialect or None


def _as_json(trial: Trial) -> list[dict[str, object]]:
    from gateway.core.kernel.times import isoformat

    rejected = [{"metric": each.metric, "reason": str(each.reason), "detail": each.detail} for each in trial.rejected]
    what = {"profile": trial.profile or None, "dialect": trial.dialect}
    if not trial.readings:
        return [{**what, "device": None, "time": None, "values": {}, "rejected": rejected}]
    return [
        {
            **what,
            "profile": reading.profile,
            "device": reading.device or None,
            "time": isoformat(reading.time),
            "values": reading.values,
            "rejected": rejected if index == 0 else [],
        }
        for index, reading in enumerate(trial.readings)
    ]


def _print(trial: Trial, others: list[Trial], profiles: dict[str, Profile]) -> None:
    from gateway.core.kernel.times import isoformat

    if trial.profile:
        typer.echo(f"profile   {trial.profile}" + (f", dialect {trial.dialect}" if trial.dialect else ""))
    for reading in trial.readings:
        typer.echo(f"device    {reading.device or '— (the network server says it)'}")
        typer.echo(f"time      {isoformat(reading.time)}")
        metrics = profiles[reading.profile].metrics if reading.profile in profiles else {}
        for index, (name, value) in enumerate(reading.values.items()):
            unit = metrics[name].unit if name in metrics else ""
            shown = str(value).lower() if isinstance(value, bool) else value
            shown = round(shown, _DIGITS) if isinstance(shown, float) else shown
            typer.echo(f"{'values' if index == 0 else '':10}{name} {shown}" + (f" {unit}" if unit else ""))
    for each in trial.rejected:
        typer.echo(f"rejected  {each.reason}: {each.detail}")
    if not trial.readings and not trial.rejected:
        typer.echo("ignored   a binding has the topic, but takes no values from this message")
    if others and trial.profile:
        names = [trial.name for trial in others[:_SHOWN]]
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        typer.echo(f"also fits {', '.join(names)}{more}; choose with --profile, or name the device in a site")
