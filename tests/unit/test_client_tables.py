"""Tables for people, in terminals of different widths and in pipes."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from gateway.client.tables import Cell, Listed, Named, print_facts, print_table, without

COLUMNS = ("device", "place", "age", "values")
VALUES = ("running true", "inlet_pressure 0.2136 MPa", "flow 6.76 m3/h", "current 9.36 A")
ROWS: list[tuple[Cell, ...]] = [
    (Named("Booster pump 1", "pump-b1-1"), "Pump room", "12 s", Listed(VALUES)),
    (Named("gate", "gate"), "Lobby", "3 s", Listed(())),
]
NARROWER = [without((COLUMNS, ROWS), "place")]


def printed(capsys: pytest.CaptureFixture[str], columns: int) -> tuple[list[str], bool]:
    """The lines of the table at this width, and whether a list was cut."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"COLUMNS": str(columns), "FORCE_COLOR": "1", "TERM": "xterm"}.items():
            environment.setenv(name, value)
        is_cut = print_table(COLUMNS, ROWS, nothing="none", narrower=NARROWER)
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(cell_len(line) for line in lines) <= columns
    return lines, is_cut


def test_a_wide_terminal_shows_everything(capsys: pytest.CaptureFixture[str]) -> None:
    lines, is_cut = printed(capsys, 120)
    assert lines == [
        "device                      place      age   values",
        "Booster pump 1 (pump-b1-1)  Pump room  12 s  " + ", ".join(VALUES),
        "gate                        Lobby      3 s   —",
    ]
    assert not is_cut


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (92, "Booster pump 1 (pump-b1-1)  12 s  running true, inlet_pressure 0.2136 MPa, flow 6.76 m3/h +1"),
        (76, "Booster pump 1 (pump-b1-1)  12 s  running true, inlet_pressure 0.2136 MPa +2"),
        (60, "Booster pump 1 (pump-b1-1)  12 s  running true +3"),
        (50, "Booster pump 1  12 s  running true +3"),
        (32, "Booster pump 1  12 s  +4"),
    ],
)
def test_a_narrow_one_shows_one_line_for_each_with_as_many_values_as_fit(
    columns: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, is_cut = printed(capsys, columns)
    assert (len(lines), lines[1], is_cut) == (3, line, True)


def test_a_list_is_cut_by_the_width_of_its_characters() -> None:
    listed = Listed(("运行 true", "压力 0.2 MPa"))
    assert (listed.cut(23), listed.cut(22), listed.cut(12), listed.cut(11)) == (
        "运行 true, 压力 0.2 MPa",
        "运行 true +1",
        "运行 true +1",
        "+2",
    )


def test_a_short_cell_is_folded_only_where_nothing_else_helps(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("unacknowledged", "People trapped in the lift at the end of the corridor")]
    with pytest.MonkeyPatch.context() as environment:
        for columns, expected in (("40", "unacknowledged  People trapped in the"), ("16", "unackn  People")):
            environment.setenv("COLUMNS", columns)
            environment.setenv("FORCE_COLOR", "1")
            print_table(("state", "title"), rows, nothing="none")
            assert re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()[1].rstrip() == expected


def test_outside_a_terminal_each_row_is_one_full_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert not print_table(COLUMNS, ROWS, nothing="none", narrower=NARROWER)
    assert capsys.readouterr().out.splitlines()[1].endswith(", ".join(VALUES))
    print_table(COLUMNS, [], nothing="none")
    assert capsys.readouterr().out == "none\n"


def test_a_fact_of_several_lines_is_shown_line_by_line_below_its_begin(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"title": "Running dry", "body": "Running dry\nPump 1\r\n\x1b[2J", "error": ""})
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "title  Running dry",
        "body   Running dry",
        "       Pump 1",
        "       �[2J",
        "error",
    ]


def test_spaces_of_any_width_and_joined_emoji_are_shown_and_controls_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("note",), [("关\u3000好\u00a0👨\u200d🔧\x1b[2J\u202e\u2028",)], nothing="none")
    assert capsys.readouterr().out.splitlines()[1] == "关 好 👨\u200d🔧�[2J��"
