"""What the API says of names that it does not know."""

from __future__ import annotations

import pytest
from fastapi import HTTPException

from gateway.api.problems import check_known

FEW = ("dry-run", "overpressure")
MANY = (*(f"rule-{number}" for number in range(99)), "mean-pressure-low")


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("dry-ru", FEW, "there is no rule 'dry-ru' here; known: dry-run, overpressure"),
        ("x", (), "there is no rule 'x' here; known: none"),
        ("mean-presure-low", MANY, "there is no rule 'mean-presure-low' here; did you mean 'mean-pressure-low'?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones_or_of_many_the_nearest(
    name: str, known: tuple[str, ...], said: str
) -> None:
    with pytest.raises(HTTPException) as refused:
        check_known("rule", name, known)

    assert (refused.value.status_code, refused.value.detail) == (422, said)


def test_of_many_names_of_which_none_is_near_the_first_are_listed() -> None:
    with pytest.raises(HTTPException) as refused:
        check_known("rule", "zzz", MANY)

    assert refused.value.detail.startswith("there is no rule 'zzz' here; known: mean-pressure-low, rule-0, ")
    assert refused.value.detail.endswith(" and 80 more")


def test_a_known_name_and_none_pass() -> None:
    check_known("rule", "dry-run", FEW)
    check_known("rule", None, FEW)
