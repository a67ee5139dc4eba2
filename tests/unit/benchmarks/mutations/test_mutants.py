from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.mutations.mutants import mutants_of
from gateway.authoring.histories.grounds import read_grounds
from gateway.core.kernel.times import SECOND
from gateway.site_files.catalogue import Catalogues


@pytest.fixture(scope="module")
def library() -> Catalogues:
    return read_grounds(None, None).catalogues


def changes(rule: str, library: Catalogues) -> list[str]:
    return [mutant.change for mutant in mutants_of(rule, library)]


def test_conditions_delays_and_defaults_of_a_rule_are_changed(library: Catalogues) -> None:
    found = changes("pump-dry-run", library)

    assert "for: 4s → 3s" in found
    assert "for: 4s → 5s" in found
    assert any(change.startswith("when: running && max(inlet_pressure, before) [< → <=]") for change in found)
    assert any(change.startswith("clear_when: ") for change in found)
    assert "booster_pump.dry_run_pressure: 0.02 → 0.022" in found


def test_texts_tickets_and_devices_are_not_changed(library: Catalogues) -> None:
    assert not [each for each in changes("pump-dry-run", library) if each.startswith(("title", "ticket", "applies_to"))]


def test_a_mutant_names_the_place_of_what_it_changes(library: Catalogues) -> None:
    [mutant] = [each for each in mutants_of("pump-dry-run", library) if each.change == "for: 4s → 5s"]

    assert mutant.file.read_text().splitlines()[mutant.line - 1].strip().startswith("for: 4s")


def test_a_mutant_changes_its_rule_and_nothing_else(library: Catalogues) -> None:
    [mutant] = [each for each in mutants_of("pump-dry-run", library) if each.change == "for: 4s → 5s"]
    changed = mutant.applied_to(library)
    before, after = library.shipped_rules.entries, changed.shipped_rules.entries

    assert after["pump-dry-run"].spec.for_ == 5 * SECOND
    assert after["pump-dry-run"].spec.when == before["pump-dry-run"].spec.when
    assert before["pump-dry-run"].spec.for_ == 4 * SECOND
    assert {name for name in after if after[name] is not before[name]} == {"pump-dry-run"}


def test_every_rule_of_the_library_has_mutants(library: Catalogues) -> None:
    assert [rule for rule in library.shipped_rules.entries if not mutants_of(rule, library)] == []
    assert all(Path(mutant.file).exists() for mutant in mutants_of("smoke-fire", library))
