"""What notices say."""

from __future__ import annotations

import pytest

from gateway.core.kernel.texts import Language
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
