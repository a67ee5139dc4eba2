"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import typer.main
import typer.testing

from gateway.core.profiles.profile import Profile
from gateway.site_files import Problem, sites
from gateway.site_files.catalogue import Catalogue
from gateway.site_files.documents import Document, read_document
from gateway.site_files.profile_checks import check_profiles
from gateway.site_files.shipped import Kind, is_shipped, shipped_files
from gateway.store.database import Database
from tests.unit.empty_store import open_empty

_FEW = {
    "booster_pump",
    "elevator",
    "smoke_detector",
    "nfc_reader",
    "water_leak",
    "elevators",
    "pumps",
    "smoke",
    "nfc",
} | {
    *(
        "power",
        "power_meter",
        "distribution_panel",
        "generator",
        "battery_ups",
    )  # alarms of power inhibit those of lifts
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty store in a directory of its own."""
    with closing(open_empty(tmp_path)) as database:
        yield database


@pytest.fixture(autouse=True, scope="session")
def commands_made_once() -> Iterator[None]:
    """A runner makes all commands anew for each line that it runs: three quarters of what the client's tests take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield


@pytest.fixture(autouse=True)
def few_shipped_files(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of the loader read a few of the shipped profiles and their rules: all of them take most of a second."""
    if request.module.__name__.rpartition(".")[2].startswith("test_site_files"):
        monkeypatch.setattr(sites, "shipped_files", _few_files)


@pytest.fixture(autouse=True)
def shipped_files_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sites are made by the hundred; what a YAML file of the product says is not changed by any of them."""
    monkeypatch.setattr(sites, "read_document", _document)


@pytest.fixture(autouse=True)
def shipped_profiles_checked_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bindings of shipped profiles are checked in the tests of these files: that takes a third of a second."""
    if request.module.__name__.rpartition(".")[2] != "test_shipped_files":
        monkeypatch.setattr(sites, "check_profiles", _check_own_profiles)


def _check_own_profiles(profiles: Catalogue[Profile]) -> Iterator[Problem]:
    own = {name: each for name, each in profiles.entries.items() if not _is_shipped_profile(each.document.file)}
    return check_profiles(replace(profiles, entries=own))


def _is_shipped_profile(file: Path) -> bool:
    return is_shipped(file, "device_profiles")


def _document(file: Path) -> tuple[Document | None, list[Problem]]:
    is_of_product = any(is_shipped(file, kind) for kind in get_args(Kind))
    return _shipped_document(file) if is_of_product else read_document(file)


_shipped_document = cache(read_document)


def _few_files(kind: Kind) -> list[Path]:
    return [file for file in shipped_files(kind) if file.stem in _FEW]
