from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.site_files import HEADER, PUMP, RULE, problems_of

CASES = {
    "a duration without a unit": (
        HEADER + PUMP + RULE + "    for: 5\n",
        ["site.yaml:9:10: 5 is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d"],
    ),
    "a choice that there is not": (
        HEADER + PUMP + RULE.replace("info", "warnig"),
        ["site.yaml:7:15: severity: 'warnig' is none of critical, warning, info; did you mean 'warning'?"],
    ),
    "a rule with the id of the built-in rule about devices": (
        HEADER + PUMP + RULE.replace("pump-warm", "trouble"),
        ["site.yaml:4:9: trouble is the id of an alarm that is built in; give the rule another id"],
    ),
    "a rule with the id of an alarm that is built in": (
        HEADER + PUMP + RULE.replace("pump-warm", "gateway-blind"),
        ["site.yaml:4:9: gateway-blind is the id of an alarm that is built in; give the rule another id"],
    ),
    "an unknown rule that inhibits": (
        HEADER + PUMP + RULE + "    inhibited_by: [pump-dry-run, pump-dry-rum]\n",
        ["site.yaml:9:34: there is no rule 'pump-dry-rum'; did you mean 'pump-dry-run'?"],
    ),
    "a rule that is inhibited by itself": (
        HEADER + PUMP + RULE + "    inhibited_by: [pump-warm]\n",
        [
            "site.yaml:9:19: these rules inhibit each other, so nobody would be told: pump-warm by pump-warm;"
            " remove one of them from `inhibited_by`"
        ],
    ),
    "a life-safety rule that is inhibited": (
        HEADER + PUMP + RULE + "    inhibited_by: [pump-dry-run]\n    life_safety: true\n",
        [
            "site.yaml:9:5: a life_safety rule cannot be inhibited: people in danger are told in any case;"
            " remove `inhibited_by`"
        ],
    ),
    "a rule of an unknown profile": (
        HEADER + PUMP + RULE.replace("booster_pump", "boster_pump"),
        ["site.yaml:5:27: there is no profile 'boster_pump'; did you mean 'booster_pump'?"],
    ),
    "a rule of an unknown device": (
        HEADER + PUMP + RULE.replace("booster_pump", "booster_pump, devices: [pump-1, pump-2]"),
        ["site.yaml:5:59: there is no device 'pump-2'; did you mean 'pump-1'?"],
    ),
    "a rule of a device of another profile": (
        HEADER
        + PUMP
        + RULE.replace("booster_pump", "elevator, devices: [pump-1]").replace("bearing_t", "speed > 1 // "),
        [
            "site.yaml:5:47: pump-1 is of the profile booster_pump, the rule of elevator;"
            " write one rule for each profile"
        ],
    ),
    "a rule of no device": (
        HEADER + PUMP + RULE.replace("booster_pump", "booster_pump, devices: []"),
        ["site.yaml:5:50: the rule watches no device; name some, or remove the key"],
    ),
    "a condition with a word that nobody knows": (
        HEADER + PUMP + RULE.replace("bearing_temperature > 60", "running && bearing_temprature > 60"),
        [
            "site.yaml:6:11: when of pump-warm: booster_pump has no metric or attribute 'bearing_temprature';"
            " did you mean 'bearing_temperature'?\n"
            "    running && bearing_temprature > 60\n"
            "               ^"
        ],
    ),
    "a condition that compares what cannot be compared": (
        HEADER + PUMP + RULE + "    clear_when: |\n      !running\n        || running < 5\n",
        [
            "site.yaml:9:17: clear_when of pump-warm: running is true or false, and 5 is a number;"
            " write running or !running\n"
            "      || running < 5\n"
            "         ^"
        ],
    ),
    "a condition that is not true or false": (
        HEADER + PUMP + RULE.replace("bearing_temperature > 60", "bearing_temperature"),
        [
            "site.yaml:6:11: when of pump-warm: this is a number, and a condition must be true or false;"
            " compare it, as in pressure > 1\n"
            "    bearing_temperature\n"
            "    ^"
        ],
    ),
    "a condition of a rule that has other mistakes too": (
        HEADER + PUMP + RULE.replace("> 60", "< ").replace("info", "fatal") + "    fro: 5s\n",
        [
            "site.yaml:6:11: when of pump-warm: the condition ends here, and something is missing;"
            " write what should be compared, or leave it out\n"
            "    bearing_temperature <\n"
            "                         ^",
            "site.yaml:7:15: severity: 'fatal' is none of critical, warning, info; write one of them",
            "site.yaml:9:5: unknown key 'fro'; did you mean 'for'?",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_a_rule_is_told_with_file_line_column_and_hint(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]

    assert problems_of(tmp_path, text) == expected
