"""Shipped rules that compare with what nobody has set: a limit that only the site can know."""

from __future__ import annotations

from pathlib import Path

from gateway.site_files.problems import Gravity
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, said, write

OWN = """
rules:
  - id: own-flow-low
    applies_to: {profile: booster_pump}
    when: accepted_flow > 0 && flow < accepted_flow
    severity: warning
    title: {en: Flow low}
"""


def warnings(home: Path, attributes: str, rules: str = "") -> list[str]:
    """What check says of a site with one pump of these attributes."""
    device = f"{{id: p1, profile: booster_pump, location: room, attributes: {{{attributes}}}}}"
    site = f"{HEADER}locations: [{{id: room}}]\ndevices: [{device}]\n{rules}"
    problems = review_site(write(home, {"site.yaml": site})).problems
    return said([each for each in problems if each.gravity is not Gravity.NOTE], home)


def test_a_shipped_rule_that_compares_with_nothing_is_left_out_and_no_mistake(tmp_path: Path) -> None:
    assert warnings(tmp_path, "") == []
    assert warnings(tmp_path, "accepted_flow: 0") == []
    assert warnings(tmp_path, "accepted_flow: 5") == []
    assert warnings(tmp_path, "outlet_pressure_low: -0.1") == []


def test_a_limit_of_a_shipped_rule_that_is_out_of_range_is_told_as_before(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, "vibration_alarm: 250")

    assert "p1: when of pump-vibration-high can never be true" in warning


def test_a_rule_of_the_site_that_compares_with_nothing_is_a_mistake(tmp_path: Path) -> None:
    assert any("own-flow-low can never be true" in each for each in warnings(tmp_path, "", OWN))
