"""The command `test`: which tests it runs, what it prints and writes, and its exit codes."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway import authoring
from gateway.authoring import testing
from gateway.authoring.histories.outcome import Outcome
from gateway.authoring.histories.reading import History
from gateway.authoring.histories.running import run_history
from tests.unit.authoring.histories.files import DRY
from tests.unit.site_files import FAN, write

GOOD = DRY + "    expect: [{at: 15s, alarms: [pump-dry-run/p1 unacknowledged]}]\n"
BAD = DRY + "    expect: [{at: 14s, alarms: [pump-dry-run/p1 unacknowledged]}]\n"
PAYLOADS = """\
profile: fan
tests:
  - {name: it runs, topic: site/x/fan/f1, json: {running: true}, expect: {values: {running: true}}}
  - {name: it does not run, topic: site/x/fan/f1, json: {running: true}, expect: {values: {running: false}}}
"""


def run(*arguments: str | Path) -> Result:
    app = typer.Typer(rich_markup_mode=None)
    authoring.register(app)
    return CliRunner().invoke(app, ["test", *(str(each) for each in arguments)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "tests/good.yaml": GOOD,
            "tests/more/bad.yaml": BAD,
            "tests/site.yaml": "devices: []\n",
            "profiles/fan.yaml": FAN,
            "profiles/tests/fan.yaml": PAYLOADS,
        },
    )
    return tmp_path


def test_all_tests_of_a_file_pass(home: Path) -> None:
    result = run(home / "tests" / "good.yaml")

    assert (result.exit_code, result.stdout) == (0, "1 passed, 0 failed, in 1 file\n")


def test_the_tests_below_a_directory_are_found_and_other_files_are_left_alone(home: Path) -> None:
    result = run(home / "tests")

    assert result.exit_code == 1
    assert f"{home}/tests/more/bad.yaml:9:32: dry: at 14s, alarms: " in result.stdout
    assert result.stdout.endswith("\n1 passed, 1 failed, in 2 files\n")


@pytest.mark.parametrize(
    ("name", "text", "ran"),
    [
        ("bom.yaml", "\ufeff" + GOOD, True),
        ("other.yml", GOOD, True),
        ("quoted.yaml", GOOD.replace("tests:", '"tests":'), True),
        ("spaced.yaml", GOOD.replace("tests:", "tests :"), True),
        ("misspelt.yaml", GOOD.replace("tests:", "test:"), False),
        ("capital.yaml", GOOD.replace("tests:", "Tests:"), False),
        ("broken.yaml", GOOD + "  - [", False),
        ("listed.yaml", GOOD[GOOD.index("  - name") :], False),
    ],
)
def test_no_file_of_tests_in_a_directory_is_left_out_in_silence(
    name: str, text: str, ran: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(
        "site: {id: s, name: {en: S}}\ndevices: [{id: a, profile: b, expect_every: 1m}]\n"
    )

    result = run(tmp_path)

    assert (result.exit_code == 0) is ran
    assert f"{'1 passed' if ran else '0 passed'}, 0 failed, in 1 file\n" in result.stdout
    assert (name in result.stdout) is not ran


def test_histories_and_payloads_run_in_one_call(home: Path) -> None:
    result = run(home / "tests" / "good.yaml", home / "profiles" / "tests", "--profiles", home / "profiles")

    assert result.exit_code == 1
    assert "fan.yaml:4:5: it does not run: running is True, not False" in result.stdout
    assert result.stdout.endswith("\n2 passed, 1 failed, in 2 files\n")


def test_payloads_are_tried_on_the_profiles_of_a_site(home: Path) -> None:
    site = write(
        home,
        {"site.yaml": "site: {id: s, name: {en: S}}\ninclude: [profiles/fan.yaml]\ndevices: [{id: f, profile: fan}]\n"},
    )

    result = run(home / "profiles" / "tests", "--site", site, "-k", "it runs")

    assert result.stdout == "1 passed, 0 failed, in 1 file\n"


@pytest.mark.parametrize(("text", "summary"), [("dry", "1 passed, 1 failed"), ("runs", "1 passed, 0 failed")])
def test_only_the_tests_with_a_text_in_their_name_run(text: str, summary: str, home: Path) -> None:
    result = run(home / "tests", home / "profiles" / "tests", "--profiles", home / "profiles", "-k", text)

    assert summary in result.stdout


def test_it_stops_after_the_first_failure_where_that_is_wanted(home: Path) -> None:
    (home / "tests" / "first.yaml").write_text(BAD + BAD[BAD.index("  - name") :].replace("dry\n", "again\n"))

    assert "0 passed, 1 failed, in 1 file\n" in run(home / "tests", "-x").stdout
    assert "1 passed, 3 failed, in 3 files\n" in run(home / "tests").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["profiles"], None),
        (["empty"], "no file below"),
        (["nowhere.yaml"], "there is no file"),
        (["tests", "-k", "no such name"], "no test has 'no such name' in its name"),
    ],
)
def test_a_run_without_tests_is_an_error(arguments: list[str], told: str | None, home: Path) -> None:
    (home / "empty").mkdir()
    result = run(home / arguments[0], *arguments[1:], "--profiles", home / "profiles")

    assert (result.exit_code == 2) is (told is not None)
    assert (told or "") in " ".join(result.output.split())


def test_json_has_each_test_and_each_problem(home: Path) -> None:
    result = run(home / "tests", "--json")

    good, bad = json.loads(result.stdout)
    assert (good["passed"], good["failed"], good["problems"]) == (1, 0, [])
    assert (bad["passed"], bad["failed"], len(bad["problems"])) == (0, 1, 1)
    assert [(each["name"], each["line"], each["passed"]) for each in bad["tests"]] == [("dry", 5, False)]


def test_a_ci_server_reads_the_results_as_junit(home: Path) -> None:
    (home / "tests" / "odd.yaml").write_text("test: 1\ntests: [{name: 'a \\u0001 <b>'}]\n".replace("'", '"'))
    result = run(home / "tests", "--junit", home / "results.xml")

    root = ElementTree.parse(home / "results.xml").getroot()
    assert result.exit_code == 1
    assert (root.attrib["tests"], root.attrib["failures"]) == ("4", "3")
    cases = {(each.attrib["classname"], each.attrib["name"]): each for each in root.iter("testcase")}
    assert [*cases] == [("good", "dry"), ("bad", "dry"), ("odd", "odd.yaml"), ("odd", "a \ufffd <b>")]
    failure = cases["bad", "dry"].find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "dry: at 14s, alarms: pump-dry-run/p1 unacknowledged is missing"
    assert "3 s of the 4 s of `for` have passed" in (failure.text or "")
    assert cases["good", "dry"].find("failure") is None


def test_junit_that_cannot_be_written_is_told(home: Path) -> None:
    result = run(home / "tests" / "good.yaml", "--junit", home / "no" / "results.xml")

    assert result.exit_code == 2
    assert "cannot write" in result.output
    assert "passed" not in result.output


def test_what_was_run_until_ctrl_c_is_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(history: History) -> Outcome:
        if history.name == "again":
            raise KeyboardInterrupt
        return run_history(history)

    monkeypatch.setattr("gateway.authoring.suites.run_history", interrupted)
    (home / "tests" / "first.yaml").write_text(BAD + BAD[BAD.index("  - name") :].replace("dry\n", "again\n"))
    result = run(home / "tests", "--junit", home / "results.xml")

    assert result.exit_code == 130
    assert "first.yaml:9:32: dry: at 14s, alarms: " in result.output
    assert "0 passed, 1 failed, in 1 file\n" in result.output
    assert "interrupted: what is shown is not all" in result.output
    assert ElementTree.parse(home / "results.xml").getroot().attrib["failures"] == "1"


def test_only_a_terminal_shows_what_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    for stream, shown in ((Terminal(), "\r\x1b[K1/2 pumps.yaml dry run\r\x1b[K"), (StringIO(), "")):
        monkeypatch.setattr(sys, "stderr", stream)
        progress = testing.Progress()
        progress.file = "1/2 pumps.yaml"
        progress.show("dry run")
        progress.end()
        assert stream.getvalue() == shown


def test_a_failure_of_the_product_in_one_test_does_not_hide_the_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(history: History) -> Outcome:
        if "bad" in str(history.document.file):
            raise OverflowError("too large")
        return run_history(history)

    monkeypatch.setattr("gateway.authoring.suites.run_history", failing)
    result = run(home / "tests")

    assert result.exit_code == 1
    assert "bad.yaml:5:5: dry: the gateway itself failed, which is a mistake of the product: Overflow" in result.stdout
    assert "raise OverflowError" in result.stdout
    assert result.stdout.endswith("\n1 passed, 1 failed, in 2 files\n")


def test_mistakes_in_the_site_are_told_first(home: Path) -> None:
    site = write(home, {"site.yaml": "site: {id: s, name: {en: S}}\ndevices: [{id: f, profile: fun}]\n"})
    result = run(home / "tests" / "good.yaml", "--site", site)

    assert result.exit_code == 1
    assert "there is no profile 'fun'" in str(result.exception)


def test_the_tests_of_the_product_run_without_arguments() -> None:
    result = run("-k", "dry run is raised after five seconds")

    assert result.exit_code == 0
    assert result.stdout.startswith("1 passed, 0 failed, in ")
