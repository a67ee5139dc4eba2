"""What the gateway logs of its site's files, once it runs."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.file_warnings import AFTER_S, MOST_LOGGED, WITHIN_S, check_command, log_warnings
from tests.servers import eventually

SITE = """
site: {id: s1, name: {en: Site}}
devices: [{id: p1, profile: booster_pump}]
rules:
  - id: never
    applies_to: {profile: booster_pump}
    when: outlet_pressure > 99
    severity: info
    title: {en: Never, zh: 从不}
"""


async def logged(command: tuple[str, ...], *, within_s: float = WITHIN_S) -> list[Any]:
    """The log lines of a review by this command. It waits first, in no time."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    with capture_logs() as lines:
        await log_warnings(command, sleep=sleep, within_s=within_s)
    assert waited == [AFTER_S]
    return lines


def printing(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


def review(*gravities: str) -> str:
    problem = {"file": "site.yaml", "line": 3, "column": 5, "what": "hm", "hint": "mend it", "excerpt": ""}
    return json.dumps({"problems": [problem | {"gravity": gravity} for gravity in gravities], "devices": 1})


async def test_the_warnings_of_check_are_logged_with_their_count_and_place(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    total, *others = await logged(check_command(site, None))
    assert total == {
        "event": "the site's files have warnings: see facility-gateway check",
        "log_level": "warning",
        "warnings": len(others),
    }
    places = [line["place"] for line in others if "outlet_pressure" in line["what"]]
    assert places == [f"{site}:7:11"]


async def test_of_many_warnings_the_first_are_logged_and_notes_are_not() -> None:
    total, *others = await logged(printing(review("note", *["warning"] * (MOST_LOGGED + 5))))
    assert (total["warnings"], len(others)) == (MOST_LOGGED + 5, MOST_LOGGED)
    assert (others[0]["place"], others[0]["what"], others[0]["hint"]) == ("site.yaml:3:5", "hm", "mend it")


async def test_files_without_warnings_log_nothing() -> None:
    assert await logged(printing(review("note"))) == []


@pytest.mark.parametrize(
    "command", [printing("no JSON"), printing("{}"), ("/there/is/no/such/program",), (sys.executable, "-c", "exit(3)")]
)
async def test_a_review_that_fails_is_logged_and_stops_nothing(command: tuple[str, ...]) -> None:
    (line,) = await logged(command)
    assert line["event"] == "cannot review the site's files: run facility-gateway check"
    assert line["error"]


async def test_a_review_that_hangs_is_ended() -> None:
    (line,) = await logged((sys.executable, "-c", "import time; time.sleep(600)"), within_s=0.2)
    assert (line["event"], line["error"]) == (
        "cannot review the site's files: run facility-gateway check",
        "TimeoutError()",
    )


async def test_a_gateway_that_stops_ends_the_review(tmp_path: Path) -> None:
    began = tmp_path / "began"
    code = f"import pathlib, time; pathlib.Path({str(began)!r}).touch(); time.sleep(600)"
    task = asyncio.create_task(log_warnings((sys.executable, "-c", code), sleep=lambda _: asyncio.sleep(0)))
    await eventually(began.exists, what="the review")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
