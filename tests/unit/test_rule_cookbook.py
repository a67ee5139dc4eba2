"""Each rule of docs/rule-cookbook.md loads without a warning, raises where it should, and leaves the rest alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from operator import itemgetter
from pathlib import Path

import msgspec
import pytest
import yaml

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import MILLISECOND, SECOND
from gateway.core.telemetry.readings import Message
from gateway.site_files import Gravity, load_configuration, sites
from gateway.site_files.review import review_site
from gateway.site_files.shipped import shipped_files
from tests.unit.cookbook_histories import HISTORIES, PUMP, START, History, raises
from tests.unit.core.sites import Seen
from tests.unit.site_files import write

DOCS = Path(__file__).parents[2] / "docs"
RECIPE = re.compile(r"^### ([^\n]+)\n(?:(?!^#).)*?^```yaml\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
DISABLED = "Without a shipped rule"
"""The recipe that must raise nothing."""


def recipes(page: str) -> dict[str, str]:
    """The YAML of each recipe, by its heading."""
    return {match[1]: match[2] for match in RECIPE.finditer((DOCS / page).read_text(encoding="utf-8"))}


RECIPES = recipes("rule-cookbook.md")


def site_of(recipe: str) -> str:
    """A small site around the recipe: one device of each of its profiles, unless it names devices."""
    content = yaml.safe_load(recipe)
    text = "site: {id: test, name: {en: Test}}\n" + recipe
    if "devices" not in content:
        profiles = dict.fromkeys(rule["applies_to"]["profile"] for rule in content.get("rules", ()))
        devices = ", ".join(f"{{id: {name}, profile: {name}}}" for name in profiles or (PUMP,))
        text += f"devices: [{devices}]\n"
    return text


def has_to_do_with(recipe: str, file: Path) -> bool:
    """Whether a shipped file has rules for devices that the recipe names, or is a profile or a checklist.

    Those of power are named by rules for many other devices.
    """
    return (
        file.parent.name != "rules"
        or file.stem == "power"
        or not devices_of_rules(file).isdisjoint(re.findall(r"\w+", recipe))
    )


@cache
def devices_of_rules(file: Path) -> frozenset[str]:
    rules = yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
    return frozenset(name for rule in rules for name in re.findall(r"\w+", str([*rule["applies_to"].values()])))


def steps(configuration: Configuration, history: History, rules: set[str]) -> list[str]:
    """The published steps of the alarms of these rules, as the history happens.

    Rules that cannot bear on these are left out: the windows of some are looked at each few seconds, for a week here.
    """
    near = rules.union(*(rule.spec.inhibited_by for rule in configuration.rules if rule.id in rules))
    configuration = replace(configuration, rules=tuple(rule for rule in configuration.rules if rule.id in near))
    engine = Engine(configuration, parts.makers(), now=START)
    seen = [Seen(engine.set_hearing(START))]
    for second, *what in sorted(history.happens, key=itemgetter(0)):
        now = START + round(second * SECOND)
        while (due := engine.next_due()) is not None and due <= now:
            seen.append(Seen(engine.tick(due)))
        match what:
            case [str() as device, Mapping() as values]:
                topic = f"site/test/{configuration.site.devices[device].profile}/{device}/telemetry"
                payload = json.dumps({"ts": now // MILLISECOND, **values}).encode()
                seen.append(Seen(engine.step([Message(topic, payload, now)])))
                assert seen[-1].rejections == {}
            case [Action() as action]:
                seen.append(Seen(engine.act(action, now)))
    end = START + round(max(history.until, *(each[0] for each in history.happens)) * SECOND)
    while (due := engine.next_due()) is not None and due <= end:
        seen.append(Seen(engine.tick(due)))
    told = [msgspec.json.decode(each.payload) for one in seen for each in one.announced]
    return [
        f"{each['rule']}/{each['device'] or each['subject']} {each['state']}"
        for each in told
        if each.get("rule") in rules
    ]


def rules_of(number: str) -> set[str]:
    """The rules of a recipe, and those of the shipped and built-in ones that its histories are about."""
    own = {rule["id"] for rule in yaml.safe_load(RECIPES[number]).get("rules", ())}
    return own | {step.partition("/")[0] for history in HISTORIES[number] for step in history.steps}


def test_each_recipe_has_histories_and_each_history_a_recipe() -> None:
    assert len(RECIPES) == len(
        re.findall("^```yaml", (DOCS / "rule-cookbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {*HISTORIES, DISABLED} == {*RECIPES}


@pytest.mark.parametrize("recipe", HISTORIES)
def test_each_recipe_has_a_history_that_raises_its_alarm_and_another(recipe: str) -> None:
    assert any(history.steps for history in HISTORIES[recipe])
    assert len({tuple(history.steps) for history in HISTORIES[recipe]}) > 1


def test_the_table_leads_to_each_recipe_in_the_order_of_the_page() -> None:
    page = (DOCS / "rule-cookbook.md").read_text(encoding="utf-8")

    assert re.findall(r"(?m)^\|.*\| \[(.+?)\]\(#\S+\) \|", page) == [*RECIPES]


def test_the_chinese_page_has_the_same_rules() -> None:
    assert [*recipes("zh/rule-cookbook.md").values()] == [*RECIPES.values()]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_gives_neither_error_nor_warning(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the shipped rules for other devices, of which it says nothing: to review these takes half a second."""
    site = site_of(RECIPES[recipe])
    monkeypatch.setattr(
        sites, "shipped_files", lambda kind: [file for file in shipped_files(kind) if has_to_do_with(site, file)]
    )

    problems = review_site(write(tmp_path, {"site.yaml": site})).problems

    # Notes are no more than remarks: on shipped rules, and on a maintenance that is over.
    assert [problem for problem in problems if problem.gravity is not Gravity.NOTE] == []


@pytest.mark.parametrize("recipe", HISTORIES)
def test_a_recipe_raises_its_alarm_and_leaves_the_harmless_alone(recipe: str, tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, {"site.yaml": site_of(RECIPES[recipe])}))

    for history in HISTORIES[recipe]:
        assert steps(configuration, history, rules_of(recipe)) == history.steps


def test_a_disabled_rule_raises_nothing_that_it_raises_otherwise(tmp_path: Path) -> None:
    (disabled,) = yaml.safe_load(RECIPES[DISABLED])["disable_rules"]
    history = raises(disabled, PUMP, (0, {"starts_last_hour": 99}))
    without = load_configuration(write(tmp_path, {"site.yaml": site_of(RECIPES[DISABLED])}))
    shipped = load_configuration(write(tmp_path, {"site.yaml": site_of("{}").replace("{}", "")}))

    assert steps(shipped, history, {disabled}) == history.steps
    assert steps(without, history, {disabled}) == []
