from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.errors import SiteError
from gateway.site_files import Problem, check_site, load_configuration, shipped_files
from tests.unit.site_files import FAN, HEADER, PUMP, RULE, problems_of, said, write

PROFILE_CASES = {
    "a metric's name": ("running:", "Running-Now:", "4:3: 'Running-Now' is not a name: use lower-case letters, digits"),
    "a metric's type": (
        "bool",
        "bol",
        "4:19: type: 'bol' is none of bool, int, float, enum, string, list, tag; did you mean",
    ),
    "an enum without states": ("bool", "enum", "4:19: type: an enum needs `values`, the code of each state"),
    "a code that is no number": ("bool", "enum, values: {a: b}", "4:34: a: 'a' is not a whole number"),
    "a range of three": (
        "bool",
        "int, range: [1, 2, 3]",
        "4:31: range: [1, 2, 3] is too long; write 2 items, such as [0, 100]",
    ),
    "a range of one": ("bool", "int, range: [1]", "4:31: range: item 2 is missing; add it"),
    "a range that falls": (
        "bool",
        "int, range: [2, 1]",
        "4:31: the range must rise, [2.0, 1.0] does not: write [lowest, highest]",
    ),
    "a default of another type": (
        "bool",
        "bool, default: 5",
        "4:34: default: 5 is not of type bool: write true or false",
    ),
    "a key of a metric": ("{type: bool", "{type: bool, unti: m", "4:25: unknown key 'unti'; did you mean 'unit'?"),
    "a topic without a device": ("{device}", "fan", "6:13: topic: it names no device: put {device} into it"),
    "no topic": (
        '  - {topic: "site/{site}/fan/{device}"}',
        "  []",
        "5:1: the profile has no `messages`, so no device could ever report: add them, or `dialects`",
    ),
    "a reserved name": ("running:", "double:", "4:3: double: a word of the condition language cannot be a name"),
    "an attribute with the name of a metric": (
        "messages:",
        "attributes: {running: {type: bool, default: false}}\nmessages:",
        "5:14: running: a metric and an attribute cannot share a name: rename one",
    ),
    "a metric with the name of a key of its message": (
        'running: {type: bool}\nmessages:\n  - {topic: "site/{site}/fan/{device}"}',
        'topic: {type: bool}\nmessages:\n  - {topic: "site/{site}/fan/{device}", values: {topic: {equals: 1}}}',
        "6:50: topic: a source needs a `path`, or a `const`: write where its value stands",
    ),
    "a factor's path, which is right elsewhere": (
        'bool}\nmessages:\n  - {topic: "site/{site}/fan/{device}"}',
        'float}\nmessages:\n  - {topic: "site/{site}/fan/{device}", when: {a: b..c}, values: {running: {path: a,'
        " scale_by: [a, b..c]}}}",
        "6:100: 'b..c' is not a path: write keys with dots between",
    ),
    "a list of devices in which one is no path": (
        'fan/{device}"',
        'fan", device: [a, b..c]',
        "6:44: 'b..c' is not a path: write keys with dots between",
    ),
    "a test of bits that a byte does not have": (
        '{device}"',
        '{device}", format: bytes, matches: [{at: 0, type: u8, bits: [4, 8], equals: 1}], ignore: true',
        "6:84: `bits` reaches bit 11, and u8 ends at 7",
    ),
    "a duration that is a mapping": (
        "metrics:",
        "clock: {behind: {a: 5}}\nmetrics:",
        "3:17: {'a': 5} is not a duration: write a number with a unit",
    ),
    "the profile's own name": ("profile: fan", "profile: Fan", "1:10: 'Fan' is not a name"),
    "no name": ("profile: fan\n", "", "1:1: the key 'profile' is missing; add it"),
    "a profile with devices": ("profile: fan\n", "profile: fan\ndevices: []\n", "2:1: unknown key 'devices'"),
}


@pytest.mark.parametrize("case", PROFILE_CASES)
def test_a_mistake_in_a_profile_is_told_at_its_place(tmp_path: Path, case: str) -> None:
    right, wrong, expected = PROFILE_CASES[case]
    assert right in FAN
    files = {"site.yaml": HEADER + PUMP + "include: [fan.yaml]\n", "fan.yaml": FAN.replace(right, wrong)}

    (problem,) = said(check_site(write(tmp_path, files)), tmp_path)

    assert problem.startswith(f"fan.yaml:{expected}")


SOURCE_CASES = {
    "a factor that is no number": (
        "level: {path: l, scale_by: {path: f, equals: 1}}",
        "equals: 1",
        "scale_by: `equals` gives true or false, the metric is float; remove that, or give the metric another type",
    ),
    "a value of a channel whose tag is in capitals": (
        "running: {const: true}}, format: bytes, channels: {7F: {values: {level: {type: u8, unit: kPa}}}",
        "kPa",
        "level: 'kPa' cannot be converted to 'm'; known units: cm, ft, in, km, m, mm",
    ),
    "one of several paths": (
        "level: [a, b..c]",
        "b..c",
        "level: 'b..c' is not a path: write keys with dots between",
    ),
    "one of several lists": (
        "level: {path: l, equals: [1, [2]]}",
        "[2]",
        "equals: [2] is not a single value; write true",
    ),
    "a metric that has the name of what `when` asks": (
        "level: {at: 0, type: u8}}, when: {level: 1",
        "type: u8",
        "level: `type` is for the formats bytes and lorawan",
    ),
    "a unit of no other's kind": (
        "odd: {path: o, unit: m}",
        "m}",
        "odd: 'm' cannot be converted to 'furlong'; the metric's unit is one of its own",
    ),
    "a misspelt unit": (
        "level: {path: l, unit: cmm}",
        "cmm",
        "level: 'cmm' cannot be converted to 'm'; did you mean 'mm'?",
    ),
}


@pytest.mark.parametrize("case", SOURCE_CASES)
def test_a_mistake_in_a_source_is_told_where_in_it_that_is(tmp_path: Path, case: str) -> None:
    wrong, place, expected = SOURCE_CASES[case]
    metrics = "{type: bool}\n  level: {type: float, unit: m}\n  odd: {type: float, unit: furlong}"
    fan = FAN.replace("{type: bool}", metrics)
    fan = fan.replace('topic: "site/{site}/fan/{device}"', f"topic: '{{device}}', values: {{{wrong}}}")
    files = {"site.yaml": HEADER + PUMP + "include: [fan.yaml]\n", "fan.yaml": fan}

    (problem,) = check_site(write(tmp_path, files))

    assert f"{problem.what}; {problem.hint}".startswith(expected)
    assert fan.split("\n")[problem.line - 1][problem.column - 1 :].startswith(place)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("{id: t, profile: tank, dialect: above}", "3:20: level is computed from distance and the attribute height"),
        (
            "{id: t, profile: tank, dialect: above, attributes: {width: 2}}",
            "3:42: level is computed from distance and the attribute height, which the device lacks;"
            " write attributes: {height: …}, in m",
        ),
        ("{id: t, profile: tank, dialect: above, attributes: {height: 2}}", None),
        (
            "{id: t, profile: tank, dialect: above, attributes: {height: 0}}",
            "3:63: height: 0 is outside 0.1 … 100; write a number in m",
        ),
        ("{id: t, profile: tank, dialect: within}", None),
        ("{id: t, profile: tank}", None),
    ],
)
def test_a_sensor_above_a_tank_needs_its_height(tmp_path: Path, device: str, expected: str | None) -> None:
    tank = """profile: tank
title: {en: Tank}
metrics:
  level: {type: float, unit: m, computed: {from: distance, scale: -1, offset: height}}
  distance: {type: float, unit: m}
attributes:
  height: {type: float, unit: m, range: [0.1, 100]}
  width: {type: float, unit: m, default: 1}
messages:
  - {topic: "tank/{device}"}
dialects:
  above: {messages: [{topic: "above/{device}", values: {distance: d}}]}
  within: {messages: [{topic: "within/{device}", values: {distance: d, level: l}}]}
"""
    files = {"site.yaml": f"{HEADER}devices:\n- {device}\ninclude: [tank.yaml]\n", "tank.yaml": tank}

    problems = said(check_site(write(tmp_path, files)), tmp_path)

    assert [problem.startswith(f"site.yaml:{expected}") for problem in problems] == ([] if expected is None else [True])


@pytest.mark.parametrize(
    ("form", "address", "fits"),
    [
        ("lorawan", "24E124136B502156", True),
        ("lorawan", "24:E1:24:13:6B:50:21:56", True),
        ("lorawan", "24-e1-24-13-6b-50-21-56", True),
        ("lorawan", "24:E1:24:13:6B:50:21", False),
        ("lorawan", "24e124136b50215", False),
        ("lorawan", None, False),
        ("sparkplug", "G/e", True),
        ("sparkplug", "G/e/d", True),
        ("sparkplug", "e", False),
        ("sparkplug", "G/e/d/x", False),
        ("sparkplug", None, False),
    ],
)
def test_an_address_is_of_the_network_that_the_device_is_in(
    tmp_path: Path, form: str, address: str | None, fits: bool
) -> None:
    source = "{const: true}" if form == "lorawan" else "Running"
    fan = FAN.replace('topic: "site/{site}/fan/{device}"', f"format: {form}, values: {{running: {source}}}")
    device = "{id: f, profile: fan" + (f", address: {address}" if address else "") + "}"
    files = {"site.yaml": HEADER + f"include: [fan.yaml]\ndevices: [{device}]\n", "fan.yaml": fan}

    found = said(check_site(write(tmp_path, files)), tmp_path)

    assert [line for line in found if " is no address of " in line] == found
    assert (found == []) is fits


def test_devices_and_rules_of_a_broken_profile_are_not_complained_about_too(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + "include: [fan.yaml]\ndevices: [{id: f, profile: fan, attributes: {a: 1}}]\n"
        + RULE.replace("booster_pump", "fan"),
        "fan.yaml": FAN.replace("bool", "bol"),
    }  # fmt: skip

    (problem,) = check_site(write(tmp_path, files))

    assert problem.file == tmp_path / "fan.yaml"


def test_a_broken_device_or_location_still_counts_as_one(tmp_path: Path) -> None:
    text = HEADER + """\
locations:
  - {id: b1, knid: room}
devices:
  - {id: pump-1, profile: booster_pump, location: b1, name: Pump}
""" + RULE.replace("booster_pump", "booster_pump, devices: [pump-1]")  # fmt: skip

    assert [problem.split(": ")[0] for problem in problems_of(tmp_path, text)] == ["site.yaml:3:14", "site.yaml:5:61"]


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + "include: [a/*.yaml, b/*.yaml, 5, /etc/x.yaml, 'c**']\nzones: []\n",
        "a/one.yaml": "devices: [\n",
        "a/two.yaml": "site: {}\ndevices: [{id: p, profile: pump}]\n",
        "a/three.yaml": FAN + FAN,
        "a/four.yaml": FAN,
    }
    found = said(check_site(write(tmp_path, files)), tmp_path)

    assert [line.split(";")[0] for line in found] == [
        "site.yaml:2:21: include: 'b/*.yaml' matches no file",
        "site.yaml:2:31: include: 5 matches no file",
        "site.yaml:2:34: include: '/etc/x.yaml' matches no file",
        "site.yaml:2:47: include: 'c**' matches no file",
        "site.yaml:3:1: unknown key 'zones'",
        "a/one.yaml:2:1: this is not YAML: did not find expected node content while parsing a flow node",
        "a/three.yaml:1:10: a second profile is called 'fan'",
        "a/three.yaml:7:1: the key 'profile' is given twice",
        "a/three.yaml:8:1: the key 'title' is given twice",
        "a/three.yaml:9:1: the key 'metrics' is given twice",
        "a/three.yaml:11:1: the key 'messages' is given twice",
        "a/two.yaml:1:1: unknown key 'site'",
    ]
    assert f"; write a path or pattern such as devices/*.yaml, from {tmp_path}" in found[0]
    assert "; the first stands at a/four.yaml:1; rename one" in found[6]
    assert "; only the site file has it" in found[-1]


def test_what_may_be_in_a_file_that_is_not_yaml_is_not_missed(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + "include: [fan.yaml]\ndevices: [{id: f, profile: fan, location: b1}]\n" + RULE,
        "fan.yaml": FAN + "locations: [",
    }

    assert [problem.file.name for problem in check_site(write(tmp_path, files))] == ["fan.yaml"]
    files["fan.yaml"] = FAN
    assert [problem.what for problem in check_site(write(tmp_path, files))] == ["there is no location 'b1'"]


def test_two_devices_of_one_profile_cannot_share_an_address_and_two_of_different_profiles_can(tmp_path: Path) -> None:
    devices = (
        "- {id: left, profile: a}\n- {id: right, profile: a, address: left}\n- {id: other, profile: b, address: left}\n"
    )
    files = {
        "site.yaml": HEADER + "include: [p/*.yaml]\ndevices:\n" + devices,
        "p/a.yaml": FAN.replace("fan", "a", 1).replace("site/{site}/fan/{device}", "fans/{device}"),
        "p/b.yaml": FAN.replace("fan", "b", 1).replace("site/{site}/fan/{device}", "fans/{device}"),
    }

    assert said(check_site(write(tmp_path, files)), tmp_path) == [
        "site.yaml:5:36: right and left report on one topic, fans/left; the other stands at site.yaml:4; "
        "give one another address"
    ]


def test_a_profile_that_replaces_a_shipped_one_must_keep_what_shipped_rules_read(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + "include: [own.yaml]\ndevices: [{id: r, profile: nfc_reader}]\n",
        "own.yaml": FAN.replace("profile: fan", "profile: nfc_reader"),
    }

    rules = set()
    for problem in check_site(write(tmp_path, files)):
        assert problem.file in shipped_files("rules")
        rules |= set(re.findall(r"of (\S+): nfc_reader has no metric or attribute", problem.what))
        assert (
            problem.hint == f"{tmp_path}/own.yaml:1 replaces the shipped profile; keep its names, or disable the rule"
        )
    assert "reader-battery-low" in rules
    with pytest.raises(SiteError):
        load_configuration(tmp_path / "site.yaml")
    files["site.yaml"] += f"disable_rules: [{', '.join(rules)}]\n"
    assert check_site(write(tmp_path, files)) == []


def test_a_rule_of_a_profile_that_the_site_does_not_use_is_checked_but_does_not_stop_it(tmp_path: Path) -> None:
    file = write(tmp_path, {"site.yaml": HEADER + PUMP + RULE.replace("booster_pump", "elevator")})

    assert load_configuration(file).site.devices
    assert [problem.line for problem in check_site(file)] == [6]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert said(check_site(tmp_path / "none.yaml"), tmp_path) == [
        "none.yaml:1:1: cannot be read: No such file or directory; see that it is there and may be read"
    ]


def test_a_directory_is_no_site_file(tmp_path: Path) -> None:
    (problem,) = check_site(tmp_path)

    assert problem.what == "cannot be read: Is a directory"


def test_a_file_that_is_not_utf_8_is_told_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes("site:\n  name: 滨江".encode("gb18030"))

    assert said(check_site(file), tmp_path) == [
        "site.yaml:2:9: this is not UTF-8 text; save the file with the encoding UTF-8"
    ]


def test_loading_a_site_with_mistakes_raises_them_all_one_a_line(tmp_path: Path) -> None:
    text = HEADER + PUMP + "zones: []\n" + RULE.replace("> 60", "> note")

    with pytest.raises(SiteError) as failure:
        load_configuration(write(tmp_path, {"site.yaml": text}))

    lines = str(failure.value).replace(f"{tmp_path}/", "").split("\n")
    assert [line[:15] for line in lines] == ["site.yaml:3:1: ", "site.yaml:7:11:", "    bearing_tem", " " * 15]
    assert lines[3] == " " * 26 + "^"


def test_a_problem_without_a_hint_ends_after_what_is_wrong() -> None:
    assert str(Problem(Path("site.yaml"), 12, 5, "this is wrong")) == "site.yaml:12:5: this is wrong"
    assert (
        str(Problem(Path("site.yaml"), 12, 5, "this is wrong", "do that")) == "site.yaml:12:5: this is wrong; do that"
    )
