"""The command `test`: tests of rules and of profiles."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.authoring.commands import ProfilesOption
from gateway.clock import Clock

if TYPE_CHECKING:
    from gateway.authoring.suites import FileResult

INTERRUPTED = 130
"""The exit code after Ctrl-C, as of shells."""

_EXAMPLES = """\
\b
Examples:
  facility-gateway test rules/tests/pumps.yaml
  facility-gateway test tests --site site.yaml -k "dry run"
  facility-gateway test tests --site site.yaml --junit results.xml
  facility-gateway test profiles/tests/*.yaml --profiles profiles
"""
_SHOWN = 60
"""Letters of a name in the line of progress."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test", epilog=_EXAMPLES)(run_tests)


def run_tests(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Files of tests, and directories that hold some. Default: those of the product."
        ),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(help="A site file: tests of rules use its rules, and its devices."),
    ] = None,
    profiles: ProfilesOption = None,
    only: Annotated[str, typer.Option("-k", metavar="TEXT", help="Only tests with this text in their name.")] = "",
    stops_early: Annotated[bool, typer.Option("-x", help="Stop after the first test that fails.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Also write the results as JUnit XML.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run tests of rules and of profiles.

    A test of rules says what devices send and people do, and which alarms, tickets and events that leads to; it runs in
    virtual time. A test of a profile is a payload as a device sends it, with the readings that it becomes. Exit code: 0
    when all pass, 1 when one fails, 2 when there is none to run.
    """
    from gateway.authoring.suites import Libraries, NoTests, files_of, run_file
    from gateway.site_files.shipped import shipped_tests

    try:
        files = files_of(paths) if paths else [*shipped_tests("rules"), *shipped_tests("device_profiles")]
    except NoTests as error:
        raise typer.BadParameter(str(error)) from error
    if junit is not None:
        _write(junit, [])  # what cannot be written is told before all tests run
    libraries, now, results, progress = Libraries(site, profiles), Clock().now(), list["FileResult"](), Progress()
    is_interrupted = False
    try:
        for number, file in enumerate(files, 1):
            progress.file = f"{number}/{len(files)} {file.name}"
            progress.show()
            result = run_file(
                file,
                libraries,
                now=now,
                chosen=lambda name: only in name,
                begins=progress.show,
                stops_early=stops_early,
            )
            results.append(result)
            is_interrupted |= result.is_interrupted
            if is_interrupted or (stops_early and result.every_problem):
                break
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        progress.end()
    if junit is not None:
        _write(junit, results)
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in results], ensure_ascii=False, indent=2))
    else:
        _print(results)
    if is_interrupted:
        typer.echo("interrupted: what is shown is not all", err=True)
        raise typer.Exit(INTERRUPTED)
    problems = any(each.every_problem for each in results)
    if not problems and not any(each.cases for each in results):
        raise typer.BadParameter(f"no test has {only!r} in its name: see the names in the files")
    raise typer.Exit(1 if problems else 0)


class Progress:
    """One line on a terminal that says what is running; nothing elsewhere."""

    def __init__(self) -> None:
        self.file = ""
        self._is_shown = sys.stderr.isatty()

    def show(self, name: str = "") -> None:
        """Show the file, and the test of this name."""
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{self.file} {name[:_SHOWN]}")
            sys.stderr.flush()

    def end(self) -> None:
        """Remove the line."""
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _print(results: Sequence[FileResult]) -> None:
    for result in results:
        for problem in result.every_problem:
            typer.echo(str(problem))
    passed, failed = sum(each.passed for each in results), sum(each.failed for each in results)
    typer.echo(f"{passed} passed, {failed} failed, in {len(results)} file{'s' * (len(results) != 1)}")


def _as_json(result: FileResult) -> dict[str, object]:
    return {
        "file": str(result.file),
        "profile": result.profile,
        "passed": result.passed,
        "failed": result.failed,
        "problems": [str(each) for each in result.every_problem],
        "tests": [
            {"name": case.name, "line": case.line, "passed": not case.problems, "seconds": round(case.seconds, 3)}
            for case in result.cases
        ],
    }


def _write(file: Path, results: Sequence[FileResult]) -> None:
    from gateway.authoring.junit import as_junit

    try:
        file.write_bytes(as_junit(results))
    except OSError as error:
        raise typer.BadParameter(f"--junit: cannot write {file}: {error.strerror}") from error
