"""QR codes of the places where people report what is wrong: one picture each, and a sheet to print."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from gateway.core.kernel.texts import Text
from gateway.core.site.site import Site
from gateway.errors import StoreError

SHEET = "sheet.html"
_CORRECTION: Literal["q"] = "q"
"""A code on a wall gets dirty and scratched: it is read with a quarter of it missing."""
_QUIET = 4
"""Modules of white around a code, as the standard asks for."""
_PIXELS = 12
"""Of a module, for a code that is printed 5 cm wide at 300 dots per inch."""


@dataclass(frozen=True, slots=True)
class Code:
    """The code of one place."""

    place: str
    """The id of a location or a device."""
    name: Text
    """What people call it."""
    url: str


def codes_of(site: Site, places: Sequence[str], base_url: str) -> list[Code]:
    """The codes of places, by the ids of locations or devices, which the site has."""
    found = []
    for place in places:
        spec = site.locations[place] if place in site.locations else site.devices[place]
        found.append(Code(place, spec.name or Text(en=place), f"{base_url}/r/{place}"))
    return found


def write_codes(site: Site, codes: Sequence[Code], directory: Path) -> list[Path]:
    """Write a PNG and an SVG for each code, and a sheet with all of them; returns the files.

    Raises:
        StoreError: the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        written, drawn = [], []
        for code in codes:
            made = segno.make(code.url, error=_CORRECTION, micro=False)
            for kind, scale in (("svg", 1), ("png", _PIXELS)):
                file = directory / f"{code.place}.{kind}"
                content = io.BytesIO()
                made.save(content, kind=kind, scale=scale, border=_QUIET)
                file.write_bytes(content.getvalue())
                written.append(file)
            drawn.append((code, Markup(made.svg_inline(border=_QUIET, omitsize=True))))
        sheet = directory / SHEET
        sheet.write_text(_sheet(site, drawn), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write to {directory}: {error.strerror}") from error
    return [*written, sheet]


def _sheet(site: Site, drawn: Sequence[tuple[Code, Markup]]) -> str:
    templates = Environment(
        loader=PackageLoader("gateway.pages"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    return templates.get_template("sheet.html").render(name=site.header.name, drawn=drawn)
