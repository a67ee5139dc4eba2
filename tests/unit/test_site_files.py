from __future__ import annotations

import re
from pathlib import Path

from gateway.core.configuration import Configuration
from gateway.core.kernel.times import HOUR, MINUTE
from gateway.core.kernel.urgency import Priority
from gateway.core.work.sla import DEFAULT_SLA
from gateway.site_files import load_configuration, shipped_files
from tests.unit.site_files import FAN, HEADER, PUMP, RULE, write


def load(home: Path, **files: str) -> Configuration:
    """Load a site of these files: `site` is the text of site.yaml, `a__b` that of a/b.yaml."""
    return load_configuration(write(home, {f"{name.replace('__', '/')}.yaml": text for name, text in files.items()}))


def test_a_site_is_what_its_file_says(tmp_path: Path) -> None:
    configuration = load(
        tmp_path,
        site=HEADER
        + """\
locations:
  - {id: b1, name: {en: Building 1, zh: 1号楼}, kind: building}
  - {id: b1.pump-room, parent: b1, zone: b1-basement}
devices:
  - {id: pump-1, profile: booster_pump, location: b1.pump-room, criticality: high, attributes: {vibration_alarm: 4}}
""",
    )

    site = configuration.site
    assert site.header.language == "zh"
    assert list(site.locations) == ["b1", "b1.pump-room"]
    assert site.devices["pump-1"].attributes == {"vibration_alarm": 4}
    assert {rule.spec.applies_to.name for rule in configuration.rules} == {"booster_pump"}
    assert configuration.service_levels.by_priority == DEFAULT_SLA


def test_included_files_hold_locations_devices_rules_or_a_profile(tmp_path: Path) -> None:
    configuration = load(
        tmp_path,
        site=HEADER + "include: [more/*.yaml, profiles/fan.yaml, 'more/*.yaml']\n",
        more__places="locations: [{id: b1}]\n",
        more__fans="devices: [{id: fan-1, profile: fan, location: b1}]\n"
        + RULE.replace("booster_pump", "fan").replace("bearing_temperature > 60", "running"),
        profiles__fan=FAN,
    )

    assert configuration.site.devices["fan-1"].location == "b1"
    assert [rule.id for rule in configuration.rules] == ["pump-warm"]


def test_a_profile_of_the_site_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    (shipped,) = (file for file in shipped_files("device_profiles") if file.stem == "nfc_reader")
    own = re.sub(r"(?m)^title:.*", "title: {en: Fan}", shipped.read_text(encoding="utf-8"))
    text = HEADER + "include: [own.yaml]\ndevices: [{id: r, profile: nfc_reader}]\n"
    configuration = load(tmp_path, site=text, own=own)

    assert configuration.profiles["nfc_reader"].title.en == "Fan"


def test_a_rule_of_the_site_replaces_the_shipped_one_of_its_id(tmp_path: Path) -> None:
    configuration = load(tmp_path, site=HEADER + PUMP + RULE.replace("pump-warm", "pump-dry-run"))

    assert [rule.spec.title.en for rule in configuration.rules if rule.id == "pump-dry-run"] == ["Pump warm"]


def test_a_disabled_rule_is_gone(tmp_path: Path) -> None:
    configuration = load(tmp_path, site=HEADER + PUMP + "disable_rules: [pump-dry-run]\n")

    assert "pump-dry-run" not in [rule.id for rule in configuration.rules]
    assert "pump-bearing-hot" in [rule.id for rule in configuration.rules]


def test_deadlines_of_the_site_are_laid_over_the_usual_ones(tmp_path: Path) -> None:
    sla = load(
        tmp_path, site=HEADER + PUMP + "sla: {P1: {on_site: 20m}, P3: {resolve: 3d}}\n"
    ).service_levels.by_priority

    assert sla[Priority.P1].on_site == 20 * MINUTE
    assert sla[Priority.P1].respond == DEFAULT_SLA[Priority.P1].respond
    assert sla[Priority.P3].resolve == 72 * HOUR
    assert sla[Priority.P2] == DEFAULT_SLA[Priority.P2]


def test_words_that_yaml_1_1_took_for_true_and_false_are_text(tmp_path: Path) -> None:
    fan = FAN.replace("{type: bool}", "{type: enum, values: {0: off, 1: on, 0x02: no}, default: off}")
    fan += "attributes: {code: {type: string, default: 0123}, at: {type: string, default: 12:30}}\n"
    text = HEADER + "include: [fan.yaml]\ndevices: [{id: no, profile: fan}]\n"
    configuration = load(tmp_path, site=text, fan=fan)

    assert configuration.profiles["fan"].metrics["running"].values == {0: "off", 1: "on", 2: "no"}
    assert configuration.profiles["fan"].attributes["code"].default == "0123"
    assert configuration.profiles["fan"].attributes["at"].default == "12:30"
    assert list(configuration.site.devices) == ["no"]


def test_what_is_anchored_once_may_be_meant_again(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        site=HEADER
        + "devices:\n- {id: a, profile: booster_pump, attributes: &same {vibration_alarm: 4}}\n"
        + "- {id: b, profile: booster_pump, attributes: *same}\n",
    ).site

    assert site.devices["b"].attributes == {"vibration_alarm": 4}


def test_the_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert load(tmp_path, site="\ufeff" + HEADER + PUMP).site.header.id == "riverside"
