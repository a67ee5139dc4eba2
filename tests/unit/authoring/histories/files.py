"""Small files of rule tests, and what running them says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gateway.authoring.histories.grounds import Grounds, read_grounds
from gateway.authoring.histories.play import Play
from gateway.authoring.histories.reading import read_histories
from gateway.authoring.histories.running import run_history
from gateway.site_files.documents import read_document

DRY = """\
defaults:
  devices: {p1: booster_pump}
  rules: [pump-dry-run]
tests:
  - name: dry
    series:
      p1.running: true x60
      p1.inlet_pressure: 0.2 x10, 0.01 x20, 0.2 x30
"""
"""A pump that runs dry from 10 s to 30 s: its alarm is raised at 15 s, and returns at 60 s."""


@cache
def grounds() -> Grounds:
    """The shipped profiles and rules."""
    return read_grounds(None, None)


def said(home: Path, text: str, on: Grounds | None = None) -> list[str]:
    """What is wrong with the tests in a file of this text, without its path; nothing if all pass."""
    file = home / "t.yaml"
    file.write_text(text, encoding="utf-8")
    document, problems = read_document(file)
    if document is None:
        return [str(each).replace(f"{home}/", "") for each in problems]
    read = read_histories(document, on or grounds(), problems)
    found = [*read.problems, *(each for test in read.tests for each in test.problems)]
    found += [problem for history in read.histories for problem in run_history(history).problems]
    return [str(each).replace(f"{home}/", "") for each in dict.fromkeys(found)]


def told(home: Path, text: str) -> list[tuple[str, str]]:
    """What people were told of the rules under test, and when, until the end of the only test in this file."""
    file = home / "t.yaml"
    file.write_text(text, encoding="utf-8")
    document, _ = read_document(file)
    assert document is not None
    (history,) = read_histories(document, grounds()).histories
    play = Play(history, lambda _engine: None)
    try:
        play.go_on(history.ends)
    finally:
        play.close()
    return [(each.stamp, each.text) for each in play.standing.log if each.rule in history.spec.rules]
