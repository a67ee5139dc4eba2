"""What notices say."""

from __future__ import annotations

import pytest

from gateway.core.kernel.texts import Language
from gateway.core.notices.notice import NoticeKind
from gateway.core.notices.templates import say

FACTS = {"number": "7", "title": "Dry run", "priority": "P1", "due": "2026-12-01 08:10"}


@pytest.mark.parametrize("kind", ["ticket breached", "ticket escalated"])
@pytest.mark.parametrize(
    ("language", "clock", "line"),
    [("en", "respond", "The time to respond has run out."), ("zh", "响应", "“响应”时限已到。")],
)
def test_each_level_of_a_chain_reads_which_target_has_run_out(
    kind: str, language: Language, clock: str, line: str
) -> None:
    assert say(kind, FACTS | {"clock": clock}, language).body.splitlines()[0] == line


def test_that_somebody_is_away_names_no_target() -> None:
    body = say("ticket escalated", FACTS | {"why": "Ann has it and is away"}, "en").body
    assert "has run out" not in body
    assert "Why: Ann has it and is away" in body


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_asked_for_the_ticket_of_an_alarm_reads_the_line_with_which_the_message_of_that_alarm_begins(
    language: Language,
) -> None:
    of_alarm = say(NoticeKind.RAISED, {"number": "3", "title": "Dry run", "severity": "P1", "device": "p1"}, language)
    line = of_alarm.body.splitlines()[0]
    assert "3" in line
    for kind in ("ticket assigned", "ticket unassigned", "ticket handed over"):
        assert line in say(kind, FACTS | {"alarm": "3"}, language).body.splitlines()
        assert line not in say(kind, FACTS, language).body.splitlines(), "no alarm has opened it"
