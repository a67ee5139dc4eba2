"""The checklists that ship: what they are for, in both languages, and what follows from a failed item."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.core.checklists.compiling import items_of
from gateway.core.checklists.definition import ChecklistSpec, ItemKind
from gateway.core.checklists.items import Form
from gateway.site_files.catalogue import Catalogues
from gateway.site_files.checklist_checks import check_checklists
from gateway.site_files.sites import read_definitions
from tests.unit.shipped_profiles import PROFILES

DOCS = Path(__file__).parents[2] / "docs"
CYCLES = {
    "pump-weekly": "booster_pump",
    "hydrant-monthly": "hydrant_pressure",
    "extinguisher-monthly": None,
    "smoke-detector-quarterly": "smoke_detector",
    "fire-passage-daily": None,
    "elevator-daily": "elevator",
    "elevator-half-month": "elevator",
}
"""What the owner has inspected, and the class of device where there is one."""


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    """Everything that ships."""
    _, found, problems = read_definitions(None, every_profile=True)
    assert problems == []
    return found


@pytest.fixture(scope="module")
def checklists(catalogues: Catalogues) -> dict[str, ChecklistSpec]:
    """The checklists by id."""
    return {name: entry.spec for name, entry in catalogues.shipped_checklists.entries.items()}


def test_there_is_one_for_each_inspection_of_the_owner(checklists: dict[str, ChecklistSpec]) -> None:
    assert {name: spec.profile for name, spec in checklists.items()} == CYCLES


def test_their_metrics_and_limits_are_those_of_the_shipped_profiles(catalogues: Catalogues) -> None:
    assert [*check_checklists(catalogues)] == []
    for entry in catalogues.shipped_checklists.entries.values():
        spec = entry.spec
        for item in items_of(spec, PROFILES[spec.profile] if spec.profile else None, "en"):
            if item.kind is ItemKind.READING:
                assert item.form in (Form.NUMBER, Form.CHOICE), "its metric is known"


def test_every_text_is_in_both_languages_and_every_failure_leads_to_work(
    checklists: dict[str, ChecklistSpec],
) -> None:
    for spec in checklists.values():
        texts = [spec.title, *(item.text for item in spec.items)]
        texts += [each.text for item in spec.items for each in item.choices or () if each.text is not None]
        assert all(text.zh and re.search("[\u4e00-\u9fff]", text.zh) for text in texts), spec.id
        without = [item.id for item in spec.items if item.can_fail and item.corrective is None]
        assert without == {"smoke-detector-quarterly": ["announced", "seconds"]}.get(spec.id, [])


def test_the_half_month_visit_has_as_many_items_as_the_rule_asks_for(checklists: dict[str, ChecklistSpec]) -> None:
    kinds = [item.kind for item in checklists["elevator-half-month"].items]
    assert (kinds.count(ItemKind.PASS_FAIL), kinds.count(ItemKind.SIGNATURE)) == (31, 2)


@pytest.mark.parametrize("page", ["checklists.md", "zh/checklists.md"])
def test_the_table_of_the_page_shows_what_ships(checklists: dict[str, ChecklistSpec], page: str) -> None:
    rows = re.findall(r"(?m)^\| `([\w-]+)` \| .+ \| (\d+) \|$", (DOCS / page).read_text(encoding="utf-8"))
    assert {name: int(count) for name, count in rows} == {name: len(spec.items) for name, spec in checklists.items()}
