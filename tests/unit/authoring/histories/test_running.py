"""Rule tests: what passes, and what fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.authoring.histories.files import DRY, said


def test_alarms_tickets_and_events_are_as_the_test_says(tmp_path: Path) -> None:
    test = DRY + (
        "    lasts: 1m\n"
        "    expect:\n"
        "      - {at: 14s, alarms: [], tickets: [], events: []}\n"
        "      - {at: 15s, alarms: [pump-dry-run/p1 unacknowledged], tickets: [P1 pump-dry-run/p1]}\n"
        "      - {at: 59s, events: [pump-dry-run/p1 raised]}\n"
        "      - {at: 60s, alarms: [pump-dry-run/p1 returned], events: [pump-dry-run/p1 returned]}\n"
    )

    assert said(tmp_path, test) == []


@pytest.mark.parametrize(
    ("expected", "what"),
    [
        ("{at: 14s, alarms: [pump-dry-run/p1 unacknowledged]}", "pump-dry-run/p1 unacknowledged is missing"),
        ("{at: 15s, alarms: []}", "pump-dry-run/p1 unacknowledged is not expected"),
        ("{at: 15s, alarms: [pump-dry-run/p1 acknowledged]}", "pump-dry-run/p1 acknowledged is missing and pump"),
        ("{at: 15s, tickets: []}", "P1 pump-dry-run/p1 is not expected"),
        ("{at: 14s, tickets: [P1 pump-dry-run/p1]}", "P1 pump-dry-run/p1 is missing"),
        ("{at: 15s, tickets: [P2 pump-dry-run/p1]}", "P2 pump-dry-run/p1 is missing and P1 pump-dry-run/p1 is not"),
        ("{at: 15s, events: []}", "pump-dry-run/p1 raised is not expected"),
        ("{at: 14s, events: [pump-dry-run/p1 raised]}", "pump-dry-run/p1 raised is missing"),
        ("{at: 15s, events: [pump-dry-run/p1 raised, pump-dry-run/p1 raised]}", "pump-dry-run/p1 raised is missing"),
    ],
)
def test_a_wrong_expectation_fails_where_it_stands(expected: str, what: str, tmp_path: Path) -> None:
    (problem,) = said(tmp_path, f"{DRY}    expect:\n      - {expected}\n")

    assert problem.startswith("t.yaml:10:")
    assert what in problem
