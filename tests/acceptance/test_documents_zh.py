"""The Chinese pages say what the English ones say: each of them, element by element, beside its counterpart.

README.zh-CN.md and docs/zh/*.md have the same headings, paragraphs, list items, tables and blocks in the same order.
In each of these stand the same code spans and the same links, to the Chinese counterpart where there is one, and the
Chinese one has every number of the English one. Commands and examples differ in nothing but comments, Chinese words,
and the language of the site. tests/acceptance/test_documents.py runs and checks both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.acceptance.test_documents import FENCED, PAGES, ROOT, anchors, name_of

DOCS = ROOT / "docs"
CHINESE = {
    page: ROOT / "README.md" if page.parent == ROOT else DOCS / page.relative_to(DOCS / "zh")
    for page in PAGES
    if page == ROOT / "README.zh-CN.md" or page.is_relative_to(DOCS / "zh")
}
"""The counterpart of each Chinese page."""
TERMS = DOCS / "zh" / "index.md"
"""It begins with a table of terms, which its counterpart does not have."""
HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"


def counterpart(english: Path) -> Path:
    """The Chinese page, or the English one itself where there is none."""
    return next((chinese for chinese, each in CHINESE.items() if each == english), english)


@dataclass(frozen=True)
class Element:
    """A part of a page: a heading, a paragraph, an item of a list, a cell of a table or a fenced block."""

    kind: str
    text: str

    @property
    def is_first_in_row(self) -> bool:
        return self.kind.startswith("cell") and self.kind.endswith("/0")

    def __str__(self) -> str:
        return f"{self.kind} {self.text.strip()!r}"


def elements(text: str) -> Iterator[Element]:
    """The parts of a page, in order."""
    end = 0
    for match in FENCED.finditer(text):
        yield from elements_of_prose(text[end : match.start()])
        yield Element(f"block {match[1]}{match[2]}", match[3])
        end = match.end()
    yield from elements_of_prose(text[end:])


def elements_of_prose(text: str) -> Iterator[Element]:
    for part in re.split(r"\n{2,}", text.strip("\n")):
        if heading := re.match(r"#+", part):
            yield Element(f"heading {len(heading[0])}", part)
        elif part.startswith("|"):
            for row, line in enumerate(part.splitlines()):
                for column, cell in enumerate(re.split(r"(?<!\\)\|", line)[1:-1]):
                    yield Element(f"cell {row}/{column}", cell)
        elif re.match(r"(?:-|\d+\.) ", part):
            yield from (Element("item", each) for each in re.split(r"(?m)^(?=(?:-|\d+\.) )", part) if each)
        elif part:
            yield Element("paragraph", part)


def content(page: Path, text: str) -> str:
    """The text without the link to the other language, and without the table of terms."""
    text = re.sub(r"\n(?:English \| \[中文\]\(\S+\)|\[English\]\(\S+\) \| 中文)\n", "", text, count=1)
    if page == TERMS:
        text = re.sub(r"(?m)^[^\n]+\n\n(?:^\|.*\n)+", "", text, count=1)
    return text


def codes(text: str) -> set[str]:
    return {" ".join(each.split()) for each in re.findall(r"`([^`]+)`", text)}


def numbers(text: str) -> set[str]:
    """Those outside code spans and addresses."""
    plain = re.sub(r"`[^`]+`|\]\([^)\s]+\)", " ", text)
    return {each.replace(",", "") for each in re.findall(r"\d+(?:[.,]\d+)*", plain)}


def links(page: Path, text: str) -> list[str]:
    """Where the links lead; those of an English page to where they should lead from its Chinese counterpart."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            found.append(target)
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if page not in CHINESE:
            if anchor:
                anchor = anchors(counterpart(there))[anchors(there).index(anchor)]
            there = counterpart(there)
        found.append(f"{there.relative_to(ROOT)}#{anchor}" if anchor else str(there.relative_to(ROOT)))
    return sorted(found)


def differing_lines(english: str, chinese: str) -> list[str]:
    """Those of two blocks that differ in more than comments, Chinese words, Chinese titles and the site's language."""
    pairs = zip_longest(english.splitlines(), chinese.splitlines(), fillvalue='"no line"')
    return [f"{en!r} is {zh!r}" for en, zh in pairs if pattern_of(zh).fullmatch(comparable(en)) is None]


def comparable(line: str) -> str:
    line = re.sub(r"(?:^|(?<=\s))# .*$", "", line)
    line = re.sub(r", zh: [^}]+\}", "}", line)
    line = re.sub(r"(?:,|^) *language: (?:en|zh)\b", "", line)
    return " ".join(line.split())


def pattern_of(line: str) -> re.Pattern[str]:
    """What the English line must be: anything may stand in the place of Chinese words, but no quote or brace.

    The name and the source of a test are sentences; where one has a Chinese word it is Chinese as a whole.
    """
    line = re.sub(rf"^((?:- )?(?:name|source): )[^{{]*{HAN}.*$", r"\1句", comparable(line))
    words = re.split(rf"[^\s'\"{{}},]*{HAN}[^\s'\"{{}},]*", line)
    return re.compile(r"(?:[^'\"{}]|\b'\b)+".join(re.escape(each) for each in words))


def drift(english: Path, english_text: str, chinese: Path, chinese_text: str) -> list[str]:
    """In what the two pages differ."""
    found: list[str] = []
    pairs = zip_longest(elements(content(english, english_text)), elements(content(chinese, chinese_text)))
    for en, zh in pairs:
        # Beyond a difference of structure nothing stands beside its counterpart.
        if en is None or zh is None or en.kind != zh.kind:
            return [*found, f"the structure: {en} is {zh}"]
        if en.is_first_in_row and codes(en.text) != codes(zh.text):
            return [*found, f"the code: {en} is {zh}"]
        if en.kind.startswith("block"):
            found += [f"the block: {each}" for each in differing_lines(en.text, zh.text)]
            continue
        differences = [
            ("the code", codes(en.text) != codes(zh.text)),
            ("the numbers", not numbers(en.text) <= numbers(zh.text)),
            ("the links", links(english, en.text) != links(chinese, zh.text)),
        ]
        found += [f"{what}: {en} is {zh}" for what, differs in differences if differs]
    return found


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("chinese", CHINESE, ids=name_of)
def test_a_chinese_page_says_what_the_english_one_says(chinese: Path) -> None:
    english = CHINESE[chinese]

    differences = drift(english, read(english), chinese, read(chinese))

    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("chinese", CHINESE, ids=name_of)
def test_the_pages_of_both_languages_begin_with_a_link_to_each_other(chinese: Path) -> None:
    english = CHINESE[chinese]
    to_english = re.match(r"# .+\n\n\[English\]\((\S+)\) \| 中文\n", read(chinese))
    to_chinese = re.match(r"# .+\n\nEnglish \| \[中文\]\((\S+)\)\n", read(english))

    assert to_english is not None
    assert (chinese.parent / to_english[1]).resolve() == english
    assert to_chinese is not None
    assert (english.parent / to_chinese[1]).resolve() == chinese


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("## Rules\n", "## Rules\n\nAnother paragraph.\n", "the structure"),
        ("## Rules\n", "### Rules\n", "the structure"),
        ("| P4 | 1d | 3d | 7d |\n", "", "the structure"),
        ("| P4 | 1d | 3d | 7d |\n", "| P4 | 1d | 3d |\n", "the structure"),
        ("- `0x1F` is 31.", "- `0x1F` is 31.\n- `0o17` is 15.", "the structure"),
        ("```text\nbroken", "```sh\nbroken", "the structure"),
        ("| `clear_for` |", "| `clear_after` |", "the code"),
        ("| P4 | 1d | 3d | 7d |", "| P4 | 1d | 3d | 8d |", "the numbers"),
        ("`0x1F` is 31", "`0x1F` is 32", "the numbers"),
        ("(device-library.md)", "(profiles.md)", "the links"),
        ("](operations.md#", "](https://example.org/operations.md#", "the links"),
        ("](#conditions)", "](#rules)", "the links"),
        ("    severity: critical\n", "    severity: warning\n", "the block"),
        ("    clear_for: 1m\n", "", "the block"),
        ("disable_rules: [elevator-mains-lost]", "disable_rules: []", "the block"),
    ],
)
def test_a_change_of_the_english_page_alone_would_be_found(before: str, after: str, found: str) -> None:
    english, chinese = DOCS / "site-files.md", DOCS / "zh" / "site-files.md"
    text = read(english)
    assert before in text

    differences = drift(english, text.replace(before, after), chinese, read(chinese))

    assert any(each.startswith(found) for each in differences), differences


@pytest.mark.parametrize(
    ("english", "chinese", "alike"),
    [
        ("facility-gateway alarms  # the list\n", "facility-gateway alarms  # 列表\n", True),
        ("alarms acknowledge 1 --by 'Li Wei'\n", "alarms acknowledge 1 --by '李伟'\n", True),
        ("alarms acknowledge 1 --by 'Li Wei'\n", "alarms acknowledge 2 --by '李伟'\n", False),
        ("alarms acknowledge 1 --by 'Li Wei' --url x\n", "alarms acknowledge 1 --by '李伟'\n", False),
        ("    source: the maker's page\n    port: 85\n", "    source: 厂家的说明\n    port: 85\n", True),
        ("    source: the maker's page\n    port: 85\n", "    source: 厂家的说明\n    port: 86\n", False),
        ("  - name: the will of publish.sh\n", "  - name: publish.sh 的遗嘱\n", True),
        ("  - name: the will of publish.sh\n", "  - bytes: publish.sh 的遗嘱\n", False),
        ("site: {id: a, name: {en: A}}\n", "site: {id: a, name: {en: A, zh: 甲}, language: zh}\n", True),
        ("site: {id: a, name: {en: A}}\n", "site: {id: b, name: {en: A, zh: 甲}, language: zh}\n", False),
        ("site:\n  language: en  # or zh\n", "site:\n  language: zh  # 或 en\n", True),
        ("mosquitto_sub -t '#'\n", "mosquitto_sub -t 'site/#'\n", False),
        ("1  critical  Pump running dry  3s\n", "1  critical  水泵缺水   3s\n", True),
        ("1  critical  Pump running dry  3s\n", "1  warning  水泵缺水   3s\n", False),
        ("facility-gateway alarms\n", "facility-gateway alarms\nfacility-gateway tickets\n", False),
        ("facility-gateway alarms\n", "facility-gateway alarms\n报警\n", False),
        ("facility-gateway alarms\nno line\n", "facility-gateway alarms\n", False),
    ],
)
def test_blocks_may_differ_in_chinese_words_and_comments_alone(english: str, chinese: str, alike: bool) -> None:
    assert (differing_lines(english, chinese) == []) is alike
