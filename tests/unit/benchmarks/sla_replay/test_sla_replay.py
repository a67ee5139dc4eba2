"""Replays of small recordings: what is read, what becomes of each job, and that both computations agree."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sla_replay import __main__ as program
from benchmarks.sla_replay import plain
from benchmarks.sla_replay.__main__ import Result, main, run
from benchmarks.sla_replay.outcome import Outcome, Status
from benchmarks.sla_replay.recording import Columns, Hold, Job, Recording, read
from benchmarks.sla_replay.table import NotARecording
from benchmarks.sla_replay.working_hours import WorkingHours, parse_working_hours
from gateway.core.kernel.times import DAY, HOUR, MINUTE, Micros, from_datetime, isoformat

ZONE = ZoneInfo("UTC")
LIFTS = """\
unit,began,ended,status
lift-1,2026-03-02T08:00:00+00:00,2026-03-02T10:00:00+00:00,BROKEN
lift-1,2026-03-02T10:00:00+00:00,2026-03-03T10:00:00+00:00,OFF
lift-1,2026-03-03T10:00:00+00:00,2026-03-03T12:00:00+00:00,BROKEN
lift-1,2026-03-03T12:00:00+00:00,2026-03-05T08:00:00+00:00,ON
lift-2,2026-03-02T08:00:00+00:00,2026-03-04T08:00:00+00:00,ON
lift-2,2026-03-04T08:00:00+00:00,,BROKEN
lift-3,2026-03-04T08:00:00+00:00,2026-03-06T08:00:00+00:00,ON
"""
BROKEN = {"status": frozenset({"BROKEN"})}


def at(text: str) -> Micros:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def reading(home: Path, text: str, columns: Columns, time_format: str | None = None) -> Recording:
    file = home / "recording.csv"
    file.write_text(text, encoding="utf-8")
    return read(file, columns, ZONE, time_format)


def status_columns(*, pause: str | None = None, joins: bool = False) -> Columns:
    waiting = {} if pause is None else {"status": frozenset({pause})}
    return Columns("began", "ended", unit="unit", where=BROKEN, pause=waiting, joins=joins)


def statuses(result: Result) -> list[tuple[int, Status]]:
    return [(job.line, outcome.status) for job, outcome in result.outcomes]


def test_each_row_that_counts_is_a_job_until_the_end_of_the_file(tmp_path: Path) -> None:
    recording = reading(tmp_path, LIFTS, status_columns())
    result = run(recording, zone=ZONE)
    assert statuses(result) == [(2, Status.MET), (4, Status.MET), (7, Status.OVERDUE)]
    assert result.outcomes[2][1] == Outcome(Status.OVERDUE, 48 * HOUR, at("2026-03-05T08:00"))
    assert result.down == {"lift-1": 4 * HOUR, "lift-2": 48 * HOUR}
    assert result.differences == []


def test_rows_that_touch_are_one_job_that_may_wait_in_between(tmp_path: Path) -> None:
    joined = run(reading(tmp_path, LIFTS, status_columns(pause="OFF")), zone=ZONE)
    assert statuses(joined) == [(2, Status.MET), (7, Status.OVERDUE)]
    assert joined.recording.jobs[0].holds == (Hold(at("2026-03-02T10:00"), at("2026-03-03T10:00")),)
    assert joined.outcomes[0][1].counted == 4 * HOUR
    assert joined.down["lift-1"] == 28 * HOUR
    apart = reading(tmp_path, LIFTS, status_columns(joins=True))
    assert [job.line for job in apart.jobs] == [2, 4, 7]


def test_due_times_and_holds_of_the_file_count(tmp_path: Path) -> None:
    text = """\
id;opened;due;closed;held;resumed
a;2026-03-02 08:00;2026-03-02 10:00;2026-03-02 10:00;;
b;2026-03-02 08:00;2026-03-02 10:00;2026-03-02 10:00:00.000001;;
c;2026-03-02 08:00;2026-03-02 10:00;2026-03-02 12:30;2026-03-02 09:00;2026-03-02 12:00
d;2026-03-02 08:00;;2026-03-03 08:01;-;null
"""
    columns = Columns("opened", "closed", due="due", unit="id", held="held", resumed="resumed")
    result = run(reading(tmp_path, text, columns), zone=ZONE)
    assert [outcome.status for _, outcome in result.outcomes] == [
        Status.MET,
        Status.BREACHED,
        Status.MET,
        Status.BREACHED,
    ]
    assert result.outcomes[1][1].breached_at == at("2026-03-02T10:00")
    assert result.differences == []


def test_a_job_that_was_due_before_it_was_opened_is_late_from_then_on(tmp_path: Path) -> None:
    text = """\
opened,due,closed
2026-03-02 08:00,2026-03-02 07:00,2026-03-02 08:01
2026-03-02 08:00,2026-03-02 08:00,2026-03-02 08:01
2026-03-02 08:00,2026-03-02 07:00,
"""
    result = run(reading(tmp_path, text, Columns("opened", "closed", due="due")), zone=ZONE)
    assert statuses(result) == [(2, Status.BREACHED), (3, Status.BREACHED), (4, Status.OVERDUE)]
    assert {outcome.breached_at for _, outcome in result.outcomes} == {at("2026-03-02T08:00")}
    assert result.differences == []


def test_a_target_and_hours_of_ones_own_count(tmp_path: Path) -> None:
    hours = parse_working_hours("mon-fri 08:00-18:00", "2026-03-03")
    text = "opened,closed\n2026-03-02 17:00,2026-03-04 08:30\n2026-03-06 17:30,2026-03-09 08:31\n"
    result = run(reading(tmp_path, text, Columns("opened", "closed")), zone=ZONE, resolve="1h30m", hours=hours)
    assert [outcome.counted for _, outcome in result.outcomes] == [90 * MINUTE, 61 * MINUTE]
    assert [outcome.status for _, outcome in result.outcomes] == [Status.MET, Status.MET]
    shorter = run(result.recording, zone=ZONE, resolve="1h", hours=hours)
    # The first was due on Monday evening; the second a minute after the begin of the hours on Monday.
    assert [outcome.breached_at for _, outcome in shorter.outcomes] == [at("2026-03-02T18:00"), at("2026-03-09T08:30")]
    assert shorter.differences == []


@pytest.mark.parametrize(
    ("text", "time_format", "expected"),
    [
        ("2026-03-02T08:00:00Z", None, "2026-03-02T08:00:00.000Z"),
        ("2026-03-02T08:00:00.25+08:00", None, "2026-03-02T00:00:00.250Z"),
        ("2026-03-02", None, "2026-03-02T00:00:00.000Z"),
        ("1772438400", None, "2026-03-02T08:00:00.000Z"),
        ("1772438400250", None, "2026-03-02T08:00:00.250Z"),
        ("1772438400250.5", None, "2026-03-02T08:00:00.250Z"),
        ("1772438400250000", None, "2026-03-02T08:00:00.250Z"),
        ("2026-03-02 08:00:00 UTC", None, "2026-03-02T08:00:00.000Z"),
        ("2026-03-02 08:00:00 +0800", None, "2026-03-02T00:00:00.000Z"),
        ("2026/03/02 08:00", None, "2026-03-02T08:00:00.000Z"),
        ("22/03/2026 08:00:30", None, "2026-03-22T08:00:30.000Z"),
        ("03/22/2026 08:00 PM", None, "2026-03-22T20:00:00.000Z"),
        ("Mon Mar  2 08:00:00 2026", None, "2026-03-02T08:00:00.000Z"),
        ("Mon Mar  2 08:00:00 UTC 2026", None, "2026-03-02T08:00:00.000Z"),
        ("46083.3333333333", None, "2026-03-02T08:00:00.000Z"),
        ("46083", None, "2026-03-02T00:00:00.000Z"),
        ("02.03.2026", None, "2026-03-02T00:00:00.000Z"),
        ("02.03.2026 08:00", "%d.%m.%Y %H:%M", "2026-03-02T08:00:00.000Z"),
        ("02.03.2026 08:00 +0100", "%d.%m.%Y %H:%M %z", "2026-03-02T07:00:00.000Z"),
    ],
)
def test_times_are_read_as_they_are_written(tmp_path: Path, text: str, time_format: str | None, expected: str) -> None:
    recording = reading(tmp_path, f"opened|closed\n{text}|\n", Columns("opened", "closed"), time_format)
    assert [isoformat(job.opened) for job in recording.jobs] == [expected]


def test_a_row_with_a_mistake_is_left_out_and_named(tmp_path: Path) -> None:
    text = """\
unit,opened,closed,due,held,resumed
a,soon,,,,
b,,2026-03-02,,,
c,2026-03-02,2026-03-01,,,
,2026-03-02,,,,
d
e,,2026-03-03,2026-03-01,,
f,2026-03-02,2026-03-03,,2026-03-04,
g,2026-03-02,2026-03-03,,,2026-03-03
h,9999-12-31T23:59:59-12:00,,,,

i,2026-03-02,2026-03-03,,,,,,more
"""
    columns = Columns("opened", "closed", due="due", unit="unit", held="held", resumed="resumed")
    recording = reading(tmp_path, text, columns)
    assert [job.unit for job in recording.jobs] == ["i"]
    assert [(mistake.line, mistake.what) for mistake in recording.mistakes] == [
        (2, "opened: 'soon' is no time"),
        (3, "opened: there is no time"),
        (4, "it was closed before it was opened"),
        (5, "unit: there is none"),
        (6, "opened: there is no time"),
        (7, "opened: there is no time"),
        (8, "it was held or resumed while it was not open"),
        (9, "it was resumed without having been held"),
        (10, "opened: '9999-12-31T23:59:59-12:00' is before 1970 or after 2199"),
    ]


@given(data=st.binary(max_size=400))
def test_no_file_whatever_its_bytes_ends_in_a_crash(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("bytes") / "any.csv"
    file.write_bytes(b"opened,closed\n" + data)
    with suppress(NotARecording):
        assert run(read(file, Columns("opened", "closed"), ZONE), zone=ZONE).differences == []


def test_a_file_that_is_not_there_or_lacks_a_column_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.csv"
    assert main([str(missing), "--opened", "a", "--closed", "b"]) == 2
    assert capsys.readouterr().err == f"{missing} cannot be read: No such file or directory\n"
    there = tmp_path / "lifts.csv"
    there.write_text(LIFTS)
    assert main([str(there), "--opened", "start", "--closed", "ended"]) == 2
    assert (
        capsys.readouterr().err
        == f"{there} has no column 'start' (did you mean 'status'?); its columns: unit, began, ended, status\n"
    )


COMMAND = ["--opened", "began", "--closed", "ended", "--unit", "unit", "--where", "status=BROKEN"]


def test_the_report_tells_met_breached_paused_and_what_each_unit_was_available(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lifts.csv"
    file.write_text(LIFTS + "lift-4,x,,BROKEN\n")
    assert main([str(file), *COMMAND, "--pause", "status=OFF", "--shown", "2"]) == 0
    assert (
        capsys.readouterr().out
        == """\
8 rows: 2 jobs; left out with mistakes: 1
  line 9: began: 'x' is no time

met               1   50.00% of those that can be told
breached          1   1 of them still open at the end of the file
open              0   at the end of the file, and not due
paused            1   jobs waited, for 24.0 h
counted        52.0 h of 76.0 h that passed

3 units, available 68.33% of the time until 2026-03-06T08:00:00.000Z; the least:
  available   down h   jobs   late   unit
    50.00%      48.0      1      1   lift-2
    70.83%      28.0      1      0   lift-1
  … and 1 more

The plain computation comes to the same for every job and every unit.
"""
    )


def test_a_difference_is_printed_and_is_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lifts.csv"
    file.write_text(LIFTS)
    monkeypatch.setattr(plain, "down_times", lambda _jobs, _ends_at: {"lift-1": 4 * HOUR, "lift-2": 1})
    assert main([str(file), *COMMAND]) == 1
    assert (
        "Differences to the plain computation: 1\n  lift-2: down for 172800000000 µs, but plainly 1\n"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--calendar", "office hours"],
        ["--calendar", "mon-fri 08:00"],
        ["--calendar", "mon-fri 08:00-18:00", "--holidays", "christmas"],
        ["--calendar", "mon-fri 08:00-18:00", "--due", "ended"],
        ["--held", "ended", "--pause", "status=OFF"],
        ["--resolve", "soon"],
        ["--resolve", "0s"],
        ["--timezone", "Mars/Base"],
        ["--where", "status"],
        ["--format", "%Q"],
        ["--format", "%d %d"],
        ["--format", "%H:%M"],
        ["--target", "High=4h"],
        ["--level", "unit", "--target", "High"],
        ["--shown", "-1"],
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main([str(tmp_path / "lifts.csv"), *COMMAND, *options])
    assert refused.value.code == 2


HALF_HOUR = 30 * MINUTE
BEGIN = at("2026-03-26T00:00")
"""Three days before clocks are set forward in Berlin."""


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    """Jobs by the half-hour, so that many moments are the same."""
    found = []
    for line in range(2, draw(st.integers(3, 8))):
        moments = sorted(draw(st.lists(st.integers(0, 7 * 48), min_size=2, max_size=6)))
        times = [BEGIN + moment * HALF_HOUR for moment in moments]
        opened, *between = times
        closed = between.pop() if draw(st.booleans()) else None
        holds = [Hold(start, end) for start, end in zip(between[::2], between[1::2], strict=False)]
        if len(between) % 2:
            holds.append(Hold(between[-1], None))
        due = opened + draw(st.integers(-2, 90)) * HALF_HOUR if draw(st.booleans()) else None
        found.append(Job(line, f"unit-{line % 2}", opened, closed, due, tuple(holds)))
    return found


@given(
    found=jobs(),
    hours=st.sampled_from(
        [
            None,
            WorkingHours("mon-fri", "08:30-17:00", ("2026-03-27",)),
            WorkingHours("mon-sun", "22:00-06:00"),
            WorkingHours("sat-mon", "00:00-24:00"),
        ]
    ),
    resolve=st.sampled_from(["30m", "4h", "8h30m", "24h"]),
)
def test_clocks_and_plain_computation_agree_on_every_job(
    found: list[Job], hours: WorkingHours | None, resolve: str
) -> None:
    recording = Recording(len(found), found, [], {}, BEGIN + 8 * DAY)
    assert run(recording, zone=ZoneInfo("Europe/Berlin"), resolve=resolve, hours=hours).differences == []


def test_a_day_beyond_the_twelfth_tells_the_day_from_the_month_in_the_whole_file(tmp_path: Path) -> None:
    text = "opened,closed\n03/02/2026 08:00,13/02/2026 08:00\n"
    (job,) = reading(tmp_path, text, Columns("opened", "closed")).jobs
    assert (isoformat(job.opened), job.closed) == ("2026-02-03T08:00:00.000Z", at("2026-02-13T08:00"))
    late = "opened,closed\n" + "03/02/2026 08:00,\n" * 2_500 + "13/02/2026 08:00,\n"
    assert reading(tmp_path, late, Columns("opened", "closed")).jobs[0].opened == at("2026-02-03T08:00")


def test_days_and_months_that_cannot_be_told_apart_are_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="say which by --format"):
        reading(tmp_path, "opened,closed\n03/02/2026 08:00,\n", Columns("opened", "closed"))
    same = reading(tmp_path, "opened,closed\n02/02/2026,\n", Columns("opened", "closed"))
    assert isoformat(same.jobs[0].opened) == "2026-02-02T00:00:00.000Z"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "recording.csv"
    file.write_bytes("报修时间;完成时间\n2026-03-02;2026-03-03\n".encode(encoding))
    (job,) = read(file, Columns("报修时间", "完成时间"), ZONE).jobs
    assert (job.opened, job.closed) == (at("2026-03-02"), at("2026-03-03"))


def test_line_breaks_in_quotes_belong_to_a_name_or_a_value(tmp_path: Path) -> None:
    text = 'opened,"what\nwas, wrong",closed\n2026-03-02,"a\nb",2026-03-03\n2026-03-04,c,\n'
    recording = reading(tmp_path, text, Columns("opened", "closed"))
    assert [job.line for job in recording.jobs] == [3, 5]


def test_a_column_that_stands_there_twice_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="several columns 'closed'"):
        reading(tmp_path, "opened,closed,closed\n2026-03-02,2026-03-03,2026-03-04\n", Columns("opened", "closed"))


def test_the_result_is_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "recording.csv"
    file.write_text("id,o,c,d\na,2026-03-02,2026-03-03,2026-03-04\nb,2026-03-02,2026-03-05,2026-03-04\nc,x,,\n")
    assert main([str(file), "--opened", "o", "--closed", "c", "--due", "d", "--unit", "id", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["jobs"], found["met"], found["breached"], found["mistakes"]) == (3, 2, 1, 1, 1)
    assert found["mistakes_shown"] == [{"line": 4, "what": "o: 'x' is no time"}]
    assert found["units"]["a"] == {"down_h": 24.0, "available": pytest.approx(2 / 3)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-3-2 8:05 PM", "2026-03-02T20:05"),
        ("2/13/2026 12:05AM", "2026-02-13T00:05"),
        ("2/13/2026, 12:05:07 p.m.", "2026-02-13T12:05:07"),
        ("02/13/2026 08:00:00.250 AM", "2026-02-13T08:00:00.250"),
        ("13/02/26T08:00", "2026-02-13T08:00"),
        ("13 February 2026 08:00", "2026-02-13T08:00"),
        ("13-Feb-26 08:00", "2026-02-13T08:00"),
        ("Feb 13 2026  8:00AM", "2026-02-13T08:00"),
        ("Fri, 13 Feb 2026 08:00:00 +0100", "2026-02-13T07:00"),
        ("2026-02-13 08:00:00 -05", "2026-02-13T13:00"),
        ("02.03.2026, 08:00", "2026-03-02T08:00"),
        ("2026.02.13 08:00", "2026-02-13T08:00"),
        ("2026年2月13日 08:00", "2026-02-13T08:00"),
        ("20260213080000", "2026-02-13T08:00"),
        ("202602130800", "2026-02-13T08:00"),
        ("1770969600000000000", "2026-02-13T08:00"),
    ],
)
def test_dates_are_read_as_people_write_them(tmp_path: Path, text: str, expected: str) -> None:
    (job,) = reading(tmp_path, f"opened|closed\n{text}|\n", Columns("opened", "closed")).jobs
    assert job.opened == at(expected)


def test_a_file_may_write_times_in_one_column_and_dates_in_another(tmp_path: Path) -> None:
    text = "o,d,c\n13/02/2026 08:00,14/02/2026,13/02/2026 09:00:30\n01/02/2026 08:00,02/02/2026,2026-02-03\n"
    recording = reading(tmp_path, text, Columns("o", "c", due="d"))
    assert [(job.due, job.closed) for job in recording.jobs] == [
        (at("2026-02-14"), at("2026-02-13T09:00:30")),
        (at("2026-02-02"), at("2026-02-03")),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("31/02/2026", "is no time"),
        ("13/13/2026", "is no time"),
        ("01-02-03", "is no time"),
        ("13/02/2026 13:00 PM", "is no time"),
        ("9999-12-31", "is before 1970 or after 2199"),
        ("0001-01-01 00:00", "is before 1970 or after 2199"),
        ("x" * 70, "is no time"),
    ],
)
def test_what_is_no_time_is_a_mistake(tmp_path: Path, text: str, what: str) -> None:
    recording = reading(tmp_path, f"o,c\n{text},\n2026-02-13,\n", Columns("o", "c"))
    shown = text if len(text) < 70 else "x" * 60 + "…"
    assert [mistake.what for mistake in recording.mistakes] == [f"o: {shown!r} {what}"]
    assert len(recording.jobs) == 1


def test_the_order_of_day_and_month_may_be_given(tmp_path: Path) -> None:
    text = "opened,closed\n03/02/2026 08:00,04/02/2026\n"
    columns = Columns("opened", "closed")
    assert reading(tmp_path, text, columns, "dmy").jobs[0].opened == at("2026-02-03T08:00")
    assert reading(tmp_path, text, columns, "mdy").jobs[0].closed == at("2026-04-02")


def test_umlauts_of_windows_are_not_taken_for_chinese(tmp_path: Path) -> None:
    file = tmp_path / "recording.csv"
    file.write_bytes("Gerät;Eröffnet;Schließt\nTür € 1;2026-03-02;2026-03-03\n".encode("cp1252"))
    (job,) = read(file, Columns("Eröffnet", "Schließt", unit="Gerät"), ZONE).jobs
    assert job.unit == "Tür € 1"


def test_a_spreadsheet_may_tell_the_delimiter_and_leave_lines_empty(tmp_path: Path) -> None:
    text = "sep=;\n\na, b, c, d;opened;closed\n1;2026-03-02;2026-03-03\n"
    (job,) = reading(tmp_path, text, Columns("opened", "closed")).jobs
    assert job.line == 4
    without = reading(tmp_path, "\n\n" + text.split("\n\n")[1], Columns("opened", "closed"))
    assert len(without.jobs) == 1


def test_a_quote_that_is_not_closed_is_a_mistake_of_its_row(tmp_path: Path) -> None:
    text = 'id,opened,closed\n1,2026-03-02,\n"2,2026-03-02,\n3,2026-03-02,\n'
    recording = reading(tmp_path, text, Columns("opened", "closed"))
    assert [job.line for job in recording.jobs] == [2]
    assert recording.mistakes == [
        (3, "a quote is opened and not closed: all that follows belongs to this row"),
    ]


def test_duplicates_and_jobs_that_overlap_count_each_and_are_down_once(tmp_path: Path) -> None:
    text = "u,o,c\na,2026-03-02,2026-03-04\na,2026-03-02,2026-03-04\na,2026-03-03,2026-03-05\na,2026-03-04,2026-03-04\n"
    result = run(reading(tmp_path, text, Columns("o", "c", unit="u")), zone=ZONE)
    assert len(result.outcomes) == 4
    assert result.down == {"a": 3 * DAY}
    assert result.differences == []


def test_a_hold_that_ends_last_is_the_end_of_the_file(tmp_path: Path) -> None:
    text = "o,c,h,r\n2026-03-02,,2026-03-03,2026-03-09\n2026-03-02,2026-03-03,,\n"
    result = run(reading(tmp_path, text, Columns("o", "c", held="h", resumed="r")), zone=ZONE)
    assert result.recording.ends_at == at("2026-03-09")
    assert result.outcomes[0][1].counted == DAY
    assert result.differences == []


LEVELS = """\
o,c,p
2026-03-02 08:00,2026-03-02 11:00,High
2026-03-02 08:00,2026-03-02 13:00,High
2026-03-02 08:00,2026-03-05 07:00,P4
2026-03-02 08:00,2026-03-04 07:00,P2
2026-03-02 08:00,2026-03-04 07:00,Low
"""
BY_LEVEL = ["--opened", "o", "--closed", "c", "--level", "p", "--target", "High=4h"]


def test_the_target_goes_by_the_level_of_the_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "levels.csv"
    file.write_text(LEVELS)
    assert main([str(file), *BY_LEVEL]) == 0
    out = capsys.readouterr().out
    assert "  line 6: p: 'Low' has no target\n" in out
    assert "level High: met 1, breached 1, open 0\nlevel P2: met 0, breached 1, open 0\nlevel P4: met 1," in out
    assert main([str(file), *BY_LEVEL, "--resolve", "24h", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["met"], found["breached"], found["mistakes"]) == (1, 4, 0)
    assert found["levels"]["Low"] == {"met": 0, "breached": 1, "open_not_due": 0}


def test_an_empty_file_and_one_in_which_no_row_can_be_read_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(b"")
    assert main([str(file), "--opened", "o", "--closed", "c"]) == 2
    assert capsys.readouterr().err == f"{file} is empty: its first line is to name the columns\n"
    file.write_text("o,c\nx,\n,\ny,\n")
    assert main([str(file), "--opened", "o", "--closed", "c", "--shown", "1"]) == 2
    assert capsys.readouterr().err == f"{file}: none of 2 rows can be read\n  line 2: o: 'x' is no time\n"
    file.write_text("o,c\n1,2\n")
    assert main([str(file), "--opened", "o", "--closed", "c", "--encoding", "utf-16"]) == 2
    assert "UTF-16" in capsys.readouterr().err


def test_a_first_line_alone_is_a_file_without_jobs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file.csv"
    file.write_text("o,c\n")
    assert main([str(file), "--opened", "o", "--closed", "c"]) == 0
    assert capsys.readouterr().out.endswith("\nThere is no job: nothing was compared.\n")


def test_an_interruption_ends_it_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "read", interrupted)
    assert program.ended([str(tmp_path / "lifts.csv"), *COMMAND]) == 130
    assert capsys.readouterr().err == "interrupted\n"
