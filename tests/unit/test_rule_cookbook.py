"""Each rule of docs/rule-cookbook.md loads without a warning, raises where it should, and leaves the rest alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.times import DAY, MILLISECOND, SECOND
from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Message
from gateway.site_files import Gravity, load_configuration
from gateway.site_files.review import review_site
from tests.unit.core.sites import Seen
from tests.unit.site_files import write

DOCS = Path(__file__).parents[2] / "docs"
RECIPE = re.compile(r"^## (\d+)\. .*?```yaml\n(.*?)```", flags=re.DOTALL | re.MULTILINE)
START = 20_000 * DAY
SILENCE = 27
"""The recipe without a rule: the alarm is built in."""
Said = tuple[float, str, Mapping[str, Value]]
"""At so many seconds this device says this."""


def recipes(page: str) -> dict[int, str]:
    """The YAML of each recipe, by its number."""
    return {int(match[1]): match[2] for match in RECIPE.finditer((DOCS / page).read_text(encoding="utf-8"))}


RECIPES = recipes("rule-cookbook.md")


@dataclass(frozen=True)
class History:
    """What devices say, for how long it is watched, and which steps of alarms it must lead to."""

    said: Sequence[Said]
    seconds: float
    steps: Sequence[str]
    """Rule, device and state of each step, of the recipe's rules alone."""


def of(device: str, *said: tuple[float, Mapping[str, Value]], until: float = 0) -> tuple[list[Said], float]:
    return [(second, device, values) for second, values in said], until or said[-1][0]


def raises(rule: str, device: str, *said: tuple[float, Mapping[str, Value]], until: float = 0) -> History:
    return History(*of(device, *said, until=until), [f"{rule}/{device} unacknowledged"])


def rests(device: str, *said: tuple[float, Mapping[str, Value]], until: float = 0) -> History:
    return History(*of(device, *said, until=until), [])


PUMP, METER, TANK, ROOM = "booster_pump", "power_meter", "water_tank_level", "temperature_humidity"
PHASES = {"current_a": 60.0, "current_b": 60.0, "current_c": 60.0}
HISTORIES: dict[int, tuple[History, History]] = {
    1: (
        raises("machine-room-warm", "elevator", (0, {"machine_room_temperature": 40.5})),
        rests("elevator", (0, {"machine_room_temperature": 40})),
    ),
    2: (
        raises("supply-pressure-low", PUMP, (0, {"outlet_pressure": 0.2}), until=121),
        rests(PUMP, (0, {"outlet_pressure": 0.2}), (110, {"outlet_pressure": 0.31}), until=200),
    ),
    3: (
        History(
            *of(TANK, (0, {"level": 2.6}), (10, {"level": 2.4}), (600, {"level": 2.2}), until=661),
            [f"tank-nearly-full/{TANK} unacknowledged", f"tank-nearly-full/{TANK} returned"],
        ),
        rests(TANK, (0, {"level": 2.4}), (10, {"level": 2.5}), until=100),
    ),
    4: (
        raises("sump-not-automatic", "sump_pump", (0, {"mode": "hand"}), until=1801),
        rests("sump_pump", (0, {"mode": "hand"}), (1700, {"mode": "automatic"}), until=3600),
    ),
    5: (
        History(
            *of("generator", (0, {"emergency_stop": True}), (1, {"mains_present": False})),
            ["generator-stopped-by-hand/generator unacknowledged", "generator-without-mains/generator unacknowledged"],
        ),
        rests("generator", (0, {"emergency_stop": False}), (1, {"mains_present": True})),
    ),
    6: (
        raises("pump-runs-without-flow", PUMP, (0, {"running": True, "flow": 0.1}), until=31),
        rests(PUMP, (0, {"running": True}), (1, {"running": False, "flow": 0.1}), until=100),
    ),
    7: (
        raises("feeder-current-high", METER, (0, {**PHASES, "current_b": 81.0}), until=61),
        rests(METER, (0, {**PHASES, "current_b": 79.0}), until=100),
    ),
    8: (
        raises("room-too-warm", "cold-room", (0, {"temperature": 9.0}), until=601),
        rests("hall", (0, {"temperature": 29.0}), until=1000),
    ),
    9: (
        raises(
            "pump-adds-no-pressure",
            PUMP,
            (0, {"running": True, "inlet_pressure": 0.3, "outlet_pressure": 0.35}),
            until=61,
        ),
        rests(PUMP, (0, {"running": True, "inlet_pressure": 0.3, "outlet_pressure": 0.45}), until=100),
    ),
    10: (
        raises("lift-door-faults", "elevator", (0, {"fault_code": 6}), until=11),
        rests("elevator", (0, {"fault_code": 8}), until=60),
    ),
    11: (
        raises("person-on-the-roof", "camera_event", (0, {"label": "person", "zones": "roof,stairs"})),
        rests("camera_event", (0, {"label": "cat", "zones": "roof"}), (1, {"label": "person", "zones": "rooftop"})),
    ),
    12: (
        History(
            *of(METER, (0, {"overload": True}), (10, {"overload": False})),
            [f"feeder-overload/{METER} unacknowledged", f"feeder-overload/{METER} returned"],
        ),
        rests(METER, (0, {"overload": False})),
    ),
    13: (
        raises("battery-room-burning", ROOM, (0, {"temperature": 81.0})),
        rests(ROOM, (0, {"temperature": 79.0})),
    ),
    14: (
        raises("sump-starts-often", "sump_pump", (0, {"starts_last_hour": 21})),
        rests("sump_pump", (0, {"starts_last_hour": 20})),
    ),
    15: (
        raises("roof-tank-low", "roof-tank", (0, {"level": 1.1})),
        rests("cellar-tank", (0, {"level": 1.1})),
    ),
    16: (
        raises("pump-vibration-high", PUMP, (0, {"vibration": 5.0}), until=301),
        rests(PUMP, (0, {"vibration": 6.5}), (200, {"vibration": 4.4}), until=1000),
    ),
    18: (
        History(
            *of("generator", (0, {"fuel_level": 30.0}), (700, {"fuel_level": 14.0})),
            [
                "fuel-low/generator unacknowledged",
                "fuel-low/generator returned",
                "fuel-nearly-empty/generator unacknowledged",
            ],
        ),
        rests("generator", (0, {"fuel_level": 30.0}), (500, {"fuel_level": 41.0}), until=2000),
    ),
    19: (
        raises("generator-runs", "generator", (0, {"running": True}), until=61),
        rests("generator", (0, {"running": True, "test": True}), until=600),
    ),
    20: (
        raises("bearing-warm-for-its-state", PUMP, (0, {"running": False, "bearing_temperature": 50.0}), until=61),
        rests(PUMP, (0, {"running": True, "bearing_temperature": 50.0}), until=600),
    ),
    21: (
        raises("mean-pressure-low", PUMP, (0, {"outlet_pressure": 0.5}), (300, {"outlet_pressure": 0.05})),
        rests(PUMP, (0, {"outlet_pressure": 0.5}), (300, {"outlet_pressure": 0.2})),
    ),
    22: (
        raises("draws-much-power", METER, (0, {"energy": 100.0}), (300, {"energy": 110.0})),
        rests(METER, (0, {"energy": 100.0}), (300, {"energy": 101.0})),
    ),
    23: (
        raises("pump-starts-often", PUMP, *((60 * each, {"running": each % 2 == 1}) for each in range(8))),
        rests(PUMP, *((60 * each, {"running": each % 2 == 1}) for each in range(7))),
    ),
    24: (
        raises("night-load", METER, (3600, {"power": 6.0})),
        rests(METER, (12 * 3600, {"power": 6.0})),
    ),
    25: (
        History(
            *of(PUMP, (0, {"vibration": 5.0}), (1, {"vibration": 8.0}), (20, {"vibration": 6.0}), until=20),
            [
                f"vibration-by-level/{PUMP} unacknowledged",
                f"vibration-by-level/{PUMP} unacknowledged",
                f"vibration-by-level/{PUMP} unacknowledged",
            ],
        ),
        rests(PUMP, (0, {"vibration": 4.5})),
    ),
    26: (
        raises("server-room-off", ROOM, (0, {"temperature": 17.9}), until=301),
        rests(ROOM, (0, {"temperature": 25.9}), until=600),
    ),
    27: (
        raises("silent", PUMP, (10, {"running": True}), until=330),
        rests(PUMP, (10, {"running": True}), (200, {"running": True}), until=400),
    ),
}


def site_of(recipe: str) -> str:
    """A small site around the recipe: one device of each of its profiles, unless it names devices."""
    content = yaml.safe_load(recipe)
    text = "site: {id: test, name: {en: Test}}\n" + recipe
    if "devices" not in content:
        profiles = dict.fromkeys(rule["applies_to"]["profile"] for rule in content.get("rules", ()))
        devices = ", ".join(f"{{id: {name}, profile: {name}}}" for name in profiles or (PUMP,))
        text += f"devices: [{devices}]\n"
    return text


def steps(configuration: Configuration, history: History, rules: set[str]) -> list[str]:
    """The steps of the alarms of these rules, as the history happens."""
    engine = Engine(configuration, parts.makers(), now=START)
    seen = [Seen(engine.set_hearing(START))]
    for second, device, values in history.said:
        now = START + round(second * SECOND)
        while (due := engine.next_due()) is not None and due <= now:
            seen.append(Seen(engine.tick(due)))
        topic = f"site/test/{configuration.site.devices[device].profile}/{device}/telemetry"
        seen.append(Seen(engine.step([Message(topic, json.dumps({"ts": now // MILLISECOND, **values}).encode(), now)])))
        assert seen[-1].rejections == {}
    seen.append(Seen(engine.tick(START + round(history.seconds * SECOND))))
    return [
        f"{record.rule}/{record.subject.device} {record.state}"
        for each in seen
        for record in each.alarms
        if record.rule in rules
    ]


def test_each_recipe_has_a_history_that_raises_and_one_that_does_not() -> None:
    assert sorted(RECIPES) == list(range(1, 28))
    assert sorted({*HISTORIES, 17}) == sorted(RECIPES)


def test_the_chinese_page_has_the_same_rules() -> None:
    assert recipes("zh/rule-cookbook.md") == RECIPES


@pytest.mark.parametrize("number", RECIPES)
def test_a_recipe_gives_neither_error_nor_warning(number: int, tmp_path: Path) -> None:
    problems = review_site(write(tmp_path, {"site.yaml": site_of(RECIPES[number])})).problems
    # A device that is expected each 100 s is worth a note on each shipped rule with a shorter delay.
    assert [problem for problem in problems if number != SILENCE or problem.gravity is not Gravity.NOTE] == []


@pytest.mark.parametrize("number", HISTORIES)
def test_a_recipe_raises_its_alarm_and_leaves_the_harmless_alone(number: int, tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, {"site.yaml": site_of(RECIPES[number])}))
    rules = {rule["id"] for rule in yaml.safe_load(RECIPES[number]).get("rules", ())}
    rules |= {"silent"} if number == SILENCE else set()

    for history in HISTORIES[number]:
        assert steps(configuration, history, rules) == history.steps


def test_a_disabled_rule_raises_nothing_that_it_raises_otherwise(tmp_path: Path) -> None:
    (disabled,) = yaml.safe_load(RECIPES[17])["disable_rules"]
    history = raises(disabled, PUMP, (0, {"starts_last_hour": 99}))
    without = load_configuration(write(tmp_path, {"site.yaml": site_of(RECIPES[17])}))
    shipped = load_configuration(write(tmp_path, {"site.yaml": site_of("{}").replace("{}", "")}))

    assert steps(shipped, history, {disabled}) == history.steps
    assert steps(without, history, {disabled}) == []
