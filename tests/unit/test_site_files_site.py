from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.site_files import HEADER, PUMP, RULE, problems_of

CASES = {
    "a key that nobody knows": (
        HEADER + "devices:\n  - {id: p, profile: booster_pump, critcality: high}\n",
        ["site.yaml:3:36: unknown key 'critcality'; did you mean 'criticality'?"],
    ),
    "a section that nobody knows": (
        HEADER + PUMP + "zones: []\n",
        [
            "site.yaml:3:1: unknown key 'zones';"
            " known keys: calendars, checklists, devices, disable_rules, dispatch, escalation, holds, include,"
            " locations, maintenance, notify, parameters, …"
        ],
    ),
    "a key that is missing": (
        HEADER + "devices:\n  - profile: booster_pump\n",
        ["site.yaml:3:5: the key 'id' is missing; add it"],
    ),
    "a site without a header": (
        PUMP,
        [
            "site.yaml:1:1: the key 'site' is missing;"
            " write site: {id: riverside, name: {en: Riverside Estate}, timezone: Asia/Shanghai}"
        ],
    ),
    "a header with mistakes": (
        "site:\n  id: river side\n  name: Riverside\n  timezone: Mars/Base\n  language: dh\n" + PUMP,
        [
            "site.yaml:2:7: 'river side' is not an id: use letters, digits, '.', '_' and '-', at most 64",
            "site.yaml:3:9: name: 'Riverside' is not a text by language; write {en: …, zh: …}",
            "site.yaml:4:13: 'Mars/Base' is not a time zone: write a name such as Asia/Shanghai",
            "site.yaml:5:13: language: 'dh' is none of en, zh; write one of them",
        ],
    ),
    "a value of the wrong kind": (
        HEADER + "devices:\n  - {id: 12, profile: booster_pump}\n  - text\n",
        [
            "site.yaml:3:10: id: 12 is not text; put it in quotes",
            "site.yaml:4:5: 'text' is not a mapping; write {id: …, profile: …, name: …}",
        ],
    ),
    "sections that are no lists": (
        HEADER + "locations: {}\ndevices: x\nrules: 5\n",
        [
            "site.yaml:2:12: locations: this is not a list; write one item a line, each after a dash",
            "site.yaml:3:10: devices: this is not a list; write one item a line, each after a dash",
            "site.yaml:4:8: rules: this is not a list; write one item a line, each after a dash",
        ],
    ),
    "a profile that is not there": (
        HEADER + "devices:\n  - id: p\n    profile: booster_pmup\n",
        ["site.yaml:4:14: there is no profile 'booster_pmup'; did you mean 'booster_pump'?"],
    ),
    "devices that depend on what is not there, or on themselves": (
        HEADER
        + "devices:\n"
        + "  - {id: pump-1, profile: booster_pump, powered_by: panl-1}\n"
        + "  - {id: panel-1, profile: booster_pump, reports_via: panel-1}\n",
        [
            "site.yaml:3:53: there is no device 'panl-1'; did you mean 'panel-1'?",
            "site.yaml:4:55: reports_via: panel-1 would depend on itself; name another device, or remove it",
        ],
    ),
    "devices that depend on each other": (
        HEADER
        + "devices:\n"
        + "  - {id: a, profile: booster_pump, powered_by: b}\n"
        + "  - {id: b, profile: booster_pump, reports_via: c}\n"
        + "  - {id: c, profile: booster_pump, powered_by: a, reports_via: d}\n"
        + "  - {id: d, profile: booster_pump}\n"
        + "  - {id: e, profile: booster_pump, powered_by: a}\n",
        [
            "site.yaml:5:48: powered_by: these devices depend on each other in a circle: a on b on c on a;"
            " remove one of their powered_by or reports_via"
        ],
    ),
    "an interval that is none": (
        HEADER + "devices:\n  - {id: p, profile: booster_pump, expect_every: often}\n",
        ["site.yaml:3:50: 'often' is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d"],
    ),
    "an interval that is too short": (
        HEADER + "devices:\n  - {id: p, profile: booster_pump, expect_every: 10ms}\n",
        ["site.yaml:3:50: it is shorter than a second: write at least 1s"],
    ),
    "a location that is not there": (
        HEADER + "locations: [{id: b1}]\ndevices: [{id: p, profile: booster_pump, location: b2}]\n",
        ["site.yaml:3:52: there is no location 'b2'; known locations: b1"],
    ),
    "no location at all": (
        HEADER + "devices: [{id: p, profile: booster_pump, location: b2}]\n",
        ["site.yaml:2:52: there is no location 'b2'; there are no locations"],
    ),
    "a parent that is not there": (
        HEADER + PUMP + "locations: [{id: b1, parent: camp}, {id: campus}]\n",
        ["site.yaml:3:30: there is no location 'camp'; did you mean 'campus'?"],
    ),
    "locations that lie in a circle": (
        HEADER + PUMP + "locations:\n- {id: a, parent: b}\n- {id: b, parent: c}\n- {id: c, parent: b}\n",
        ["site.yaml:5:19: this location lies within itself: b in c in b; give one of them another parent"],
    ),
    "a location in itself": (
        HEADER + PUMP + "locations:\n- {id: a, parent: a}\n",
        ["site.yaml:4:19: this location lies within itself: a in a; give one of them another parent"],
    ),
    "ids given twice": (
        HEADER
        + "devices:\n- {id: p, profile: booster_pump}\n- {id: p, profile: elevator}\n"
        + "locations:\n- {id: a}\n- {id: a}\n"
        + RULE
        + RULE.removeprefix("rules:\n"),
        [
            "site.yaml:4:8: a second device is called 'p'; the first stands at site.yaml:3; rename one",
            "site.yaml:7:8: a second location is called 'a'; the first stands at site.yaml:6; rename one",
            "site.yaml:14:9: a second rule is called 'pump-warm'; the first stands at site.yaml:9; rename one",
        ],
    ),
    "a key given twice": (
        HEADER + PUMP + "locations:\n- id: a\n  kind: room\n  id: b\n",
        ["site.yaml:6:3: the key 'id' is given twice; it stands already at 4:3"],
    ),
    "an attribute that nobody knows": (
        HEADER + "devices:\n- {id: p, profile: booster_pump, attributes: {vibration_alrm: 4}}\n",
        ["site.yaml:3:47: the profile booster_pump has no attribute 'vibration_alrm'; did you mean 'vibration_alarm'?"],
    ),
    "an attribute of the wrong type": (
        HEADER + "devices:\n- {id: p, profile: booster_pump, attributes: {vibration_alarm: high}}\n",
        ["site.yaml:3:64: vibration_alarm: 'high' is not of type float; write it as 6 is written in mm/s"],
    ),
    "an attribute that is no single value": (
        HEADER + "devices:\n- {id: p, profile: booster_pump, attributes: {vibration_alarm: [4]}}\n",
        ["site.yaml:3:64: vibration_alarm: [4] is not a single value; write true, false, a number or a text"],
    ),
    "a disabled rule that is not shipped": (
        HEADER + PUMP + RULE + "disable_rules:\n- pump-dry-rum\n- pump-warm\n- 5\n- silent\n- trouble\n- [a]\n",
        [
            "site.yaml:10:3: there is no shipped rule 'pump-dry-rum'; did you mean 'pump-dry-run'?",
            "site.yaml:11:3: 'pump-warm' is a rule of this site; remove it where it stands",
            "site.yaml:12:3: there is no shipped rule 5; write the rule's id",
            "site.yaml:13:3: 'silent' is built in, and cannot be disabled;"
            " write `expect_every: never` at each device that need not be heard",
            "site.yaml:14:3: 'trouble' is built in, and cannot be disabled; remove it here; its alarms can be shelved",
            "site.yaml:15:3: there is no shipped rule ['a']; write the rule's id",
        ],
    ),
    "disabled rules that are no list": (
        HEADER + PUMP + "disable_rules: pump-dry-run\n",
        ["site.yaml:3:16: disable_rules: this is not a list; write [id, id]"],
    ),
    "deadlines that make no sense": (
        HEADER + PUMP + "sla:\n  P1: {respond: soon}\n  P2: {on_site: 3d}\n  P7: {respond: 5m}\n  P3: {reslove: 5d}\n",
        [
            "site.yaml:4:17: 'soon' is not a duration: write a number with a unit, such as 90s, 5m, 2h or 1d",
            "site.yaml:5:7: P2: respond, on_site and resolve do not follow one another;"
            " what is not given here is as in the defaults; give all",
            "site.yaml:6:3: 'P7' is no priority; known priorities: P1, P2, P3, P4",
            "site.yaml:7:8: unknown key 'reslove'; did you mean 'resolve'?",
        ],
    ),
    "deadlines that are no mapping": (
        HEADER + PUMP + "sla: [P1]\n",
        ["site.yaml:3:6: sla: this is not a mapping; write {P1: {respond: 5m, on_site: 30m, resolve: 24h}}"],
    ),
    "an include that is no list": (
        HEADER + PUMP + "include: devices.yaml\n",
        ["site.yaml:3:10: include: this is not a list; write [devices/*.yaml]"],
    ),
    "a site without devices": (
        HEADER,
        ["site.yaml:1:1: the site has no devices; list them under devices:, or include a file"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_a_site_file_is_told_with_file_line_column_and_hint(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]

    assert problems_of(tmp_path, text) == expected
