"""The codes that are put up at the places of a site."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from gateway.cli import app
from gateway.errors import SettingsError, StoreError
from gateway.pages.codes import codes_of, write_codes
from gateway.site_files import load_configuration
from tests.unit.site_files import PUMP, write

SITE = """\
site: {id: home, name: {en: Home, zh: 家园}}
locations:
  - {id: b1, name: {en: "Building <1>", zh: 1号楼}}
  - {id: b1.roof}
"""
URL = "https://fm.example.org"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write(tmp_path, {"site.yaml": SITE + PUMP})


def test_each_place_has_a_picture_in_two_formats_and_all_have_a_sheet(site: Path, tmp_path: Path) -> None:
    loaded = load_configuration(site).site
    files = write_codes(loaded, codes_of(loaded, ["b1", "b1.roof"], URL), tmp_path / "codes")
    names = ["b1.svg", "b1.png", "b1.roof.svg", "b1.roof.png", "sheet.html"]
    assert [file.name for file in files] == names
    with Image.open(files[1]) as picture:
        assert picture.width == picture.height > 300
    assert (tmp_path / "codes" / "b1.svg").read_text().count("<path") >= 1


def test_the_sheet_names_each_place_in_both_languages_and_fetches_nothing(site: Path, tmp_path: Path) -> None:
    loaded = load_configuration(site).site
    write_codes(loaded, codes_of(loaded, ["b1", "b1.roof"], URL), tmp_path)
    sheet = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    for part in ("家园 · Home", "1号楼", "Building &lt;1&gt;", "b1.roof", f"{URL}/r/b1", "扫码报修", "Scan to report"):
        assert part in sheet
    assert sheet.count("<svg") == 2
    assert not re.search(r'(?:src|href)="', sheet)


def test_a_directory_that_cannot_be_written_is_told(site: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loaded = load_configuration(site).site
    with pytest.raises(StoreError, match="cannot write to"):
        write_codes(loaded, codes_of(loaded, ["b1"], URL), tmp_path / "file")


def test_the_command_writes_what_was_named(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    arguments = ["qr", "b1", "pump-1", "b1", "--site", str(site), "--out", str(out), "--pages-url", URL]
    shown = CliRunner().invoke(app, arguments)
    assert (shown.exit_code, shown.stdout) == (0, f"2 codes are in {out}; print {out}/sheet.html\n")
    assert sorted(file.name for file in out.iterdir()) == ["b1.png", "b1.svg", "pump-1.png", "pump-1.svg", "sheet.html"]


def test_all_are_the_locations_of_the_site(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    shown = CliRunner().invoke(app, ["qr", "--all", "--site", str(site), "--out", str(out), "--pages-url", URL])
    assert shown.exit_code == 0
    assert sorted(file.stem for file in out.glob("*.png")) == ["b1", "b1.roof"]


def test_an_address_that_no_phone_reaches_is_told(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PAGES", "127.0.0.1:8443")
    shown = CliRunner().invoke(app, ["qr", "--all", "--site", str(site), "--out", str(tmp_path / "codes")])
    assert shown.exit_code == 0
    assert "No phone reaches http://127.0.0.1:8443: give --pages-url" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["b2"], "there is no location or device 'b2'; known places: b1, b1.roof, pump-1"),
        ([], "name the places, or give --all"),
        (["b1", "--all"], "name the places, or give --all"),
    ],
)
def test_what_is_wrong_is_told(site: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    out = tmp_path / "codes"
    shown = CliRunner().invoke(app, ["qr", *arguments, "--site", str(site), "--out", str(out), "--pages-url", URL])
    assert shown.exit_code == 2
    assert sentence in " ".join(re.sub("[│╭╮╰╯─]", " ", shown.stderr).split())
    assert not out.exists()


def test_without_an_address_of_the_pages_there_are_no_codes(site: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["qr", "--all", "--site", str(site), "--out", str(tmp_path)])
    assert isinstance(shown.exception, SettingsError)
    assert "give --pages-url, or set pages_url" in str(shown.exception)
