"""Checklists as people write them: what each kind of item needs, and what it has not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.checklists.compiling import items_of
from gateway.core.checklists.definition import MAX_AGE
from gateway.core.kernel.times import HOUR
from tests.unit.core.checklists.clipboard import CORRECTIVE, checklist
from tests.unit.core.sites import PUMP

TEXT = {"en": "It"}


def test_an_item_keeps_what_it_asks_in_the_language_of_the_site() -> None:
    in_english, in_chinese = (items_of(checklist(), PUMP, language) for language in ("en", "zh"))
    assert [item.text for item in in_english] == [
        *("Room clean", "Noise", "Pressure", "Seal", "Photo of the panel", "Done by"),
    ]
    assert (in_chinese[0].text, in_chinese[1].text) == ("清洁", "Noise")
    assert [option.text for option in in_chinese[3].options] == ["dry", "漏水"]


def test_a_reading_has_the_unit_of_its_metric_and_a_default_age() -> None:
    _, _, pressure, *_ = items_of(checklist(), PUMP, "en")
    assert (pressure.unit, pressure.max_age) == ("MPa", MAX_AGE)
    (patient,) = items_of(
        checklist({"id": "a", "text": TEXT, "kind": "reading", "metric": "pressure", "max_age": "1h"}), PUMP, "en"
    )
    assert patient.max_age == HOUR


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"kind": "number", "min": 2, "max": 1}, "min: 2 is above max, 1: exchange them"),
        ({"kind": "pass_fail", "max": 1}, "max: an item of the kind pass_fail has none, number and reading may"),
        (
            {"kind": "photo", "unit": "mm"},
            "unit: an item of the kind photo has none, number and reading may",
        ),
        ({"kind": "signature", "corrective": CORRECTIVE}, "corrective: an item of the kind signature has none"),
        ({"kind": "number", "corrective": CORRECTIVE}, "corrective: nothing says which answers fail"),
        ({"kind": "reading"}, "a reading needs the metric that it takes"),
        ({"kind": "reading", "metric": "pressure", "max": 1, "fails": [True]}, "fails: numbers fail beyond min and"),
        ({"kind": "choice"}, "a choice needs choices, at least two"),
        ({"kind": "choice", "choices": ["dry"]}, "a choice needs choices, at least two"),
        ({"kind": "choice", "choices": ["dry", "dry"]}, "a second choice is called 'dry': rename one"),
        ({"kind": "choice", "choices": ["dry", "wet"], "fails": ["damp"]}, "'damp' is none of the choices dry, wet"),
        ({"kind": "choice", "choices": ["dry", "wet"], "corrective": CORRECTIVE}, "corrective: no choice fails"),
    ],
)
def test_an_item_that_cannot_be_meant_is_refused_with_what_to_write(item: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match="Value error") as caught:
        checklist({"id": "a", "text": TEXT} | item)
    assert problem in str(caught.value)


def test_two_items_of_one_id_and_a_reading_of_nothing_are_refused() -> None:
    item = {"id": "a", "text": TEXT, "kind": "pass_fail"}
    with pytest.raises(ValidationError, match="a second item is called 'a': rename one"):
        checklist(item, item)
    with pytest.raises(ValidationError, match="nothing says of which devices: write profile: at the checklist"):
        checklist({"id": "a", "text": TEXT, "kind": "reading", "metric": "pressure"}, profile=None)
