"""Times that are much longer than anybody means, levels that are upside down, and people of one name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.kernel.times import from_datetime
from gateway.site_files import Gravity
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, write

NOW = from_datetime(datetime(2026, 11, 30, 4, tzinfo=UTC))
"""Monday noon in Shanghai."""
PUMP = "devices: [{id: p1, profile: booster_pump}]\n"


def warned(home: Path, text: str) -> list[str]:
    """What `check` warns of in a site with this text, without the place."""
    problems = review_site(write(home, {"site.yaml": HEADER + text}), now=NOW).problems
    assert [str(each) for each in problems if each.is_error] == []
    return [f"{each.line}: {each.what}; {each.hint}" for each in problems if each.gravity is Gravity.WARNING]


HINT = "write how often it sends at least, such as 1d"


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("{id: s1, profile: smoke_detector}", []),
        ("{id: s1, profile: smoke_detector, expect_every: 2d}", []),
        ("{id: p1, profile: booster_pump, expect_every: never}", []),
        ("{id: p1, profile: booster_pump, expect_every: 30d}", []),
        (
            "{id: s1, profile: smoke_detector, expect_every: never}",
            [f"2: life-safety rules watch s1, and nobody is told when it falls silent; {HINT}"],
        ),
        (
            "{id: s1, profile: smoke_detector, expect_every: 7d}",
            [f"2: life-safety rules watch s1, and that it is silent is told after 21d; {HINT}"],
        ),
    ],
)
def test_a_life_safety_device_whose_silence_is_not_told_soon_is_warned_of(
    tmp_path: Path, device: str, expected: list[str]
) -> None:
    assert [each for each in warned(tmp_path, f"devices: [{device}]\n") if "life-safety" in each] == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("from: 2026-12-01T09:00, to: 2026-12-31T09:00", []),
        (
            "from: 2026-12-01T09:00, to: 2027-01-01T09:00",
            [
                "4: this maintenance lasts for 31 days: nobody is told of alarms of its devices for so long;"
                " plan at most 30 days, or take the devices out of service"
            ],
        ),
        ("every: {hours: 08:00-18:00}", []),
        ("every: {days: mon-fri, hours: 00:00-24:00}", []),
        (
            "every: {hours: 00:00-23:59}",
            [
                "4: this maintenance takes place 99 % of the time: nobody is told of its devices then;"
                " say the days and hours in which the devices are worked on"
            ],
        ),
    ],
)
def test_a_maintenance_that_lasts_too_long_or_nearly_always_is_warned_of(
    tmp_path: Path, window: str, expected: list[str]
) -> None:
    text = PUMP + "maintenance:\n  - {devices: [p1], " + window + ", reason: {en: Inspection}}\n"
    assert warned(tmp_path, text) == expected


def own_rule(keys: str) -> str:
    return PUMP + f"rules:\n  - {{id: r, applies_to: {{profile: booster_pump}}, {keys}, title: {{en: R}}}}\n"


@pytest.mark.parametrize(("within", "count"), [("1h", 0), ("61m", 1), ("30d", 1)])
def test_chatter_that_is_held_for_more_than_an_hour_is_warned_of(tmp_path: Path, within: str, count: int) -> None:
    text = own_rule(f"when: fault, severity: info, chatter: {{count: 3, within: {within}}}")
    found = warned(tmp_path, text)
    assert len(found) == count
    assert all("r chatters until it is quiet for" in each for each in found)


@pytest.mark.parametrize(
    ("worse", "milder", "is_warned"),
    [
        ("when: vibration > 7", "when: vibration > 9", True),
        ("when: vibration >= 7, for: 10s", "when: vibration > 9, for: 1m", True),
        ("when: outlet_pressure < 0.5", "when: outlet_pressure < 0.3", True),
        ("when: vibration > 9", "when: vibration > 7", False),
        ("when: vibration > 7", "when: vibration > 7", False),
        ("when: vibration > 7, for: 1h", "when: vibration > 9", False),  # a smaller excess that lasts
        ("when: vibration > 7", "when: outlet_pressure > 2", False),
        ("when: outlet_pressure < 0.5", "when: outlet_pressure > 2", False),
        ("when: running && vibration > 7", "when: vibration > 9", False),  # of this nothing is claimed
    ],
)
@pytest.mark.parametrize("is_worse_first", [True, False])
def test_levels_that_are_upside_down_are_warned_of(
    tmp_path: Path, worse: str, milder: str, is_warned: bool, is_worse_first: bool
) -> None:
    levels = [f"{{severity: critical, {worse}}}", f"{{severity: warning, {milder}}}"]
    found = warned(tmp_path, own_rule(f"levels: [{', '.join(levels if is_worse_first else levels[::-1])}]"))
    assert [("which is never told" in each and "; exchange the limits" in each) for each in found] == [True] * is_warned


def test_levels_are_compared_with_the_attributes_of_each_device(tmp_path: Path) -> None:
    text = own_rule("levels: [{severity: critical, when: vibration > 4.5}, {severity: warning, when: vibration > v}]")
    text = text.replace("> v}", "> vibration_alarm}")
    assert warned(tmp_path, text.replace("booster_pump}]", "booster_pump, attributes: {vibration_alarm: 4}}]")) == []
    (found,) = warned(tmp_path, text.replace("booster_pump}]", "booster_pump, attributes: {vibration_alarm: 6}}]"))
    assert "critical of r, vibration > 4.5, is reached before warning, vibration > 6" in found


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ("{id: x, name: Li}, {id: y, name: Wu}", None),
        ("{id: li, name: Li}, {id: y, name: {en: Wu, zh: 吴}}", None),
        ("{id: x, name: Li Wei}, {id: y, name: LI  WEI}", "y is called LI  WEI, as x is: who of them"),
        ("{id: x, name: {en: Li, zh: 李}}, {id: y, name: {en: Lee, zh: 李}}", "y is called 李, as x is: who of them"),
        ("{id: z, name: y}, {id: y, name: Wu}", "z is called y, which is the id of y: who of them"),
    ],
)
def test_people_who_cannot_be_told_apart_by_name_are_warned_of(
    tmp_path: Path, people: str, expected: str | None
) -> None:
    contact = ', contact: [{phone: "+86 21 5555 0101"}], teams: [engineering]}'
    listed = people.replace("}, {", contact + ", {").removesuffix("}") + contact
    found = [each for each in warned(tmp_path, PUMP + f"people: [{listed}]\n") if "is called" in each]
    assert len(found) == (expected is not None)
    assert expected is None or expected in found[0]
