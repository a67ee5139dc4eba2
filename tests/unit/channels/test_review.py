"""`facility-gateway check` reads the file of channels: what is wrong there, and whom its channels do not reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.channels.reach import review_channels
from gateway.cli import app
from gateway.site_files.problems import Gravity
from tests.unit.core.notices.office import CHIEF, TECH, configuration

SITE = configuration(people=[TECH, CHIEF, {"id": "mute"}]).site


def said(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "channels.yaml"
    file.write_text(text)
    return [str(each).removeprefix(f"{tmp_path}/") for each in review_channels(file, SITE)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "siren: {topic: a}\nemial: x",
            "channels.yaml:2:1: emial: there is no such channel or key; channels are email",
        ),
        ("\nwebhook: {secret: hidden}", "channels.yaml:2:19: webhook.secret: "),
        ("webhook: {}", "channels.yaml:1:10: webhook.secret: Field required"),
        ("sms: mailto://u:hidden@h", "channels.yaml:1:6: sms: the URL has no {address}"),
        ("sms: nothing://hidden/{address}", "channels.yaml:1:6: sms: Apprise does not understand this URL of nothing"),
        ("sms: hidden{address}", "channels.yaml:1:6: sms: Apprise does not understand this URL of no scheme"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_without_secrets(text: str, expected: str, tmp_path: Path) -> None:
    (found,) = said(tmp_path, text)
    assert found.startswith(expected)
    assert "hidden" not in found


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (found,) = review_channels(tmp_path / "channels.yaml", SITE)
    assert found.gravity is Gravity.ERROR
    assert "cannot be read" in found.what


def test_people_whom_no_channel_of_the_file_reaches_are_a_warning(tmp_path: Path) -> None:
    (found,) = said(tmp_path, "email: json://h/{address}")
    assert found.startswith("channels.yaml:1:1: warning: chief-1 cannot be told: ")
    assert not said(tmp_path, "email: json://h/{address}\nsms: json://h/{address}")


@pytest.mark.parametrize("how", ["option", "setting"])
def test_the_command_reads_the_file_that_an_option_or_the_setting_names(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, channels = tmp_path / "site.yaml", tmp_path / "channels.yaml"
    site.write_text("site: {id: s, name: {en: S}}\ndevices: [{id: p1, profile: booster_pump}]\n")
    channels.write_text("emial: json://h/{address}\n")
    monkeypatch.setenv("GATEWAY_CHANNELS", str(channels if how == "setting" else tmp_path / "another.yaml"))
    more = ["--channels", str(channels)] if how == "option" else []
    done = CliRunner().invoke(app, ["check", "--json", "--site", str(site), *more])
    assert done.exit_code == 1
    (error,) = (each for each in json.loads(done.stdout)["problems"] if each["gravity"] == "error")
    assert (error["file"], error["line"]) == (str(channels), 1)
