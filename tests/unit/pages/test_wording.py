"""What the pages say: the same in both languages, and nothing that no page says."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import gateway.pages
from gateway.core.kernel.links import LinkPurpose
from gateway.pages.ports import ReportState
from gateway.pages.wording import BUTTONS, OUTCOMES, SENTENCES, STATES

PAGES = Path(gateway.pages.__path__[0])


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_has_the_same_facts_in_both_languages(key: str) -> None:
    text = SENTENCES[key]
    assert text.zh
    english, chinese = ({name for _, name, _, _ in Formatter().parse(each) if name} for each in (text.en, text.zh))
    assert english == chinese


def test_each_purpose_has_a_button_and_an_outcome_and_each_state_its_words() -> None:
    assert BUTTONS.keys() == OUTCOMES.keys() == set(LinkPurpose) - {LinkPurpose.TRACK}
    assert STATES.keys() == set(ReportState)
    assert all(text.zh for table in (BUTTONS, OUTCOMES, STATES) for text in table.values())


def test_each_sentence_is_said_somewhere() -> None:
    sources = [file for file in PAGES.rglob("*") if file.suffix in (".py", ".html") and file.name != "wording.py"]
    source = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    said = set(re.findall(r'"([a-z][a-z0-9_]+)"|\'([a-z][a-z0-9_]+)\'', source))
    words = {each for pair in said for each in pair}
    unsaid = {
        key for key in SENTENCES if key not in words and key.removesuffix("_title") not in words and "star_" not in key
    }
    assert unsaid == set()
