"""Parameters of the site in conditions."""

from __future__ import annotations

import pytest

from gateway.core.kernel.values import Value
from gateway.core.rules.conditions import compile_condition
from gateway.core.rules.parameters import UnknownParameter, with_parameters
from tests.unit.core.sites import PUMP

PARAMETERS: dict[str, Value] = {"low": 0.1, "least": -3, "on": True, "mode": 'say "hand"', "high": 1e-9}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("pressure < site.low", "pressure < 0.1"),
        ("pressure - site.least > 2 * site.low", "pressure - -3 > 2 * 0.1"),
        ("running == site.on", "running == true"),
        ("mode == site.mode", 'mode == "say \\"hand\\""'),
        ("pressure < 1", "pressure < 1"),
        ("mode == 'site.low'", "mode == 'site.low'"),
        ("pressure < 1 // site.low", "pressure < 1 // site.low"),
        ("website.low > 1", "website.low > 1"),
        ("a.site.low > 1", "a.site.low > 1"),
        ("site > 1", "site > 1"),
    ],
)
def test_a_parameter_stands_for_its_value_outside_of_texts_and_comments(text: str, filled: str) -> None:
    assert with_parameters(text, PARAMETERS) == filled


def test_an_unknown_parameter_is_shown_at_its_place() -> None:
    with pytest.raises(UnknownParameter) as error:
        with_parameters("pressure > 0\n&& pressure < site.lowest", PARAMETERS)
    assert error.value.name == "lowest"
    assert str(error.value).split("\n") == [
        "the site has no parameter 'lowest'",
        "&& pressure < site.lowest",
        "              ^",
    ]


def test_a_very_small_number_and_a_negative_one_compile() -> None:
    for name in ("high", "least"):
        condition = compile_condition(with_parameters(f"pressure > site.{name}", PARAMETERS), PUMP)
        assert condition({"pressure": 0.5}) is True
