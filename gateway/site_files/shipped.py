"""Finds the shipped libraries of profiles, rules and checklists."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gateway.errors import SiteError

Kind = Literal["device_profiles", "rules", "checklists"]

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_files(kind: Kind) -> list[Path]:
    """The YAML files of one of the libraries: in a wheel inside the package, in a checkout beside it.

    Raises:
        SiteError: when the installation has lost them.
    """
    return _files(kind, "*.yaml")


def shipped_tests(kind: Kind) -> list[Path]:
    """The tests of one of the libraries.

    Raises:
        SiteError: when the installation has lost them.
    """
    return _files(kind, "tests/*.yaml")


def is_shipped(file: Path, kind: Kind) -> bool:
    """Whether the file is of one of the libraries."""
    return file.parent in _homes(kind)


def _homes(kind: Kind) -> tuple[Path, Path]:
    return _PACKAGE / "data" / kind, _PACKAGE.parent / kind


def _files(kind: Kind, pattern: str) -> list[Path]:
    for home in _homes(kind):
        if files := sorted(home.glob(pattern)):
            return files
    raise SiteError(f"the shipped {kind} are missing beside {_PACKAGE}: install facility-gateway anew")
