from __future__ import annotations

from benchmarks.mutations.conditions import condition_mutants, names_of, number_mutants


def texts(condition: str) -> set[str]:
    return {changed.text for changed in condition_mutants(condition)}


def test_a_comparison_is_made_strict_or_not_and_is_reversed() -> None:
    assert texts("a < b") == {"a <= b", "a > b", "!(a < b)"}
    assert texts("a >= b") == {"a > b", "a <= b", "!(a >= b)"}
    assert texts("a == b") == {"a != b", "!(a == b)"}


def test_a_limit_is_moved_by_a_tenth_or_by_one() -> None:
    assert number_mutants("0.03") == ("0.027", "0.033")
    assert number_mutants("80") == ("72", "88")
    assert number_mutants("3") == ("2", "4")
    assert number_mutants("0") == ("-1", "1")


def test_connectives_and_negations_are_turned() -> None:
    assert texts("a && !b || c") == {"a || !b || c", "a && b || c", "a && !b && c", "!(a && !b || c)"}


def test_texts_and_names_stay_as_they_are() -> None:
    assert texts('mode != "a && 3"') == {'mode == "a && 3"', '!(mode != "a && 3")'}
    assert texts("current_2") == {"!(current_2)"}


def test_a_change_is_marked_for_people() -> None:
    assert [changed.marked for changed in condition_mutants("a > 0.5")] == [
        "a [> → >=] 0.5",
        "a [> → <] 0.5",
        "a > [0.5 → 0.45]",
        "a > [0.5 → 0.55]",
        "[!](a > 0.5)",
    ]


def test_names_are_found_outside_of_texts() -> None:
    assert names_of('duty.flow > limit && mode == "hand"') == {"duty.flow", "limit", "mode"}
