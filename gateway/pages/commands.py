"""`qr`: the codes that are put up at the places of a site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.errors import SettingsError
from gateway.listener import is_loopback
from gateway.settings import load_settings

_EPILOG = (
    "\b\nExamples:\n  facility-gateway qr b1.pump-room lift-b1-1 --out codes\n"
    "  facility-gateway qr --all --out codes --pages-url https://fm.example.org"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("qr", epilog=_EPILOG, short_help="Make the QR codes of places, for reports.")(qr)


def qr(
    out: Annotated[Path, typer.Option("--out", metavar="DIRECTORY", help="Where to write the files.")],
    places: Annotated[list[str] | None, typer.Argument(metavar="PLACE", help="Locations or devices, by id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every location of the site.")] = False,
    site: Annotated[Path | None, typer.Option("--site", help="The site file. Default: site.yaml.")] = None,
    settings: Annotated[Path | None, typer.Option("--settings", help="A YAML file of settings.")] = None,
    pages_url: Annotated[
        str | None, typer.Option("--pages-url", metavar="URL", help="Where people reach the pages.")
    ] = None,
) -> None:
    """Make the QR codes of places, at which people report what is wrong there.

    For each place a PNG and an SVG, and sheet.html with all of them to print. A code leads to /r/PLACE of the pages.
    """
    from gateway.pages.codes import codes_of, write_codes
    from gateway.site_files import load_configuration
    from gateway.site_files.problems import did_you_mean

    if bool(places) == every:
        raise typer.BadParameter("name the places, or give --all")
    chosen, _ = load_settings(settings, options={"site": site, "pages_url": pages_url})
    if chosen.pages_base_url is None:
        raise SettingsError("where people reach the pages is not known: give --pages-url, or set pages_url")
    loaded = load_configuration(chosen.site).site
    known = [*loaded.locations, *loaded.devices]
    for place in places or ():
        if place not in known:
            hint = did_you_mean(place, known, kind="places")
            raise typer.BadParameter(f"there is no location or device {place!r}; {hint}")
    wanted = [*dict.fromkeys(places or loaded.locations)]
    if not wanted:
        raise typer.BadParameter("the site has no locations: name devices in place of --all")
    files = write_codes(loaded, codes_of(loaded, wanted, chosen.pages_base_url), out)
    typer.echo(f"{len(wanted)} codes are in {out}; print {files[-1]}")
    if is_loopback(urlsplit(chosen.pages_base_url).hostname or ""):
        typer.echo(f"No phone reaches {chosen.pages_base_url}: give --pages-url", err=True)
