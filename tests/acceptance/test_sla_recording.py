"""A recording of real elevators, replayed through the SLA clocks as docs/service-levels.md says, with what it shows."""

from __future__ import annotations

import re
import shlex

import pytest

from benchmarks.sla_replay.__main__ import main
from tests.gateway_process import ROOT

STATUSES = ROOT.parent / "shared" / "realdata" / "elevator_dcmetro" / "elevator_statuses.csv"

pytestmark = pytest.mark.skipif(
    not STATUSES.is_file(), reason="the recording is not here: docs/real-data.md tells where it is looked for"
)


def command_of(page: str) -> list[str]:
    """The words of the command of the page, behind the program."""
    found = re.search(r"^    python -m benchmarks\.sla_replay ((?:.*\\\n)*.*)$", page, flags=re.MULTILINE)
    assert found is not None
    return shlex.split(found[1].replace("\\\n", " "))


@pytest.mark.parametrize("page", ["service-levels.md", "zh/service-levels.md"])
def test_the_command_of_the_page_prints_what_it_shows(
    page: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    monkeypatch.chdir(ROOT)

    assert main(command_of(text)) == 0

    printed = capsys.readouterr().out.splitlines()
    shown = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)[0].splitlines()
    assert [line for line in shown if line not in printed] == []
    assert printed[0] == "12,400 rows: 5,522 jobs; left out with mistakes: 0"
    assert all(figure in text for figure in ("12,400", "5,522", "277"))


@pytest.mark.parametrize(
    "further",
    [
        [],
        ["--pause", "category=INSPECTION", "--pause", "category=OFF", "--resolve", "8h"],
        ["--join", "--calendar", "mon-fri 05:00-24:00", "--holidays", "2013-12-25,2014-07-04", "--resolve", "6h"],
        ["--calendar", "mon-sun 22:00-06:00", "--resolve", "90m"],
    ],
    ids=["rows", "pauses", "hours", "nights"],
)
def test_the_clocks_and_a_plain_computation_agree_on_every_breakdown(
    further: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    columns = ["--opened", "time", "--closed", "end_time", "--unit", "unit_id", "--where", "category=BROKEN"]

    code = main([str(STATUSES), *columns, "--timezone", "America/New_York", *further])

    assert code == 0, capsys.readouterr().out
