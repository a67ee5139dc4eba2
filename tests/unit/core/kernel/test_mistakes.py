"""A mistake knows which part of a value it is about."""

from __future__ import annotations

from typing import Self

import pytest
from pydantic import BaseModel, ValidationError, model_validator

from gateway.core.kernel.mistakes import Mistake, place_of


class Pump(BaseModel):
    speeds: list[int]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        for index, (speed, following) in enumerate(zip(self.speeds, self.speeds[1:], strict=False)):
            if following < speed:
                raise Mistake("the speeds must rise", "speeds", index + 1, of_key=False)
        return self


def test_a_mistake_is_its_sentence_and_the_place_of_a_key() -> None:
    mistake = Mistake("`bit` is not for texts: remove it", "values", "level", "bit")

    assert str(mistake) == "`bit` is not for texts: remove it"
    assert place_of(mistake) == (("values", "level", "bit"), True)


def test_a_mistake_may_be_about_the_value_rather_than_its_key() -> None:
    assert place_of(Mistake("no such type", "type", of_key=False)) == (("type",), False)


def test_any_other_error_and_a_mistake_without_a_place_are_about_the_whole_value() -> None:
    assert place_of(ValueError("wrong")) == ((), False)
    assert place_of(Mistake("wrong")) == ((), False)


def test_pydantic_hands_on_the_mistake_that_a_validator_raises() -> None:
    with pytest.raises(ValidationError) as caught:
        Pump(speeds=[1, 3, 2])

    (error,) = caught.value.errors()
    assert place_of(error["ctx"]["error"]) == (("speeds", 2), False)
