from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import SiteError
from gateway.library import Problem, check_site, load_site, shipped_files
from tests.unit.site_files import FAN, HEADER, PUMP, RULE, problems_of, said, write

PROFILE_CASES = {
    "a metric's name": ("running:", "Running-Now:", "4:3: 'Running-Now' is not a name: use lower-case letters, digits"),
    "a metric's type": (
        "bool",
        "bol",
        "4:19: type: 'bol' is none of bool, int, float, enum, string, tag; did you mean",
    ),
    "an enum without states": ("bool", "enum", "4:12: an enum needs `values`, and only an enum takes them"),
    "a code that is no number": ("bool", "enum, values: {a: b}", "4:34: a: 'a' is not a whole number"),
    "a range of three": ("bool", "int, range: [1, 2, 3]", "4:31: range: [1, 2, 3] is too long; write 2 items"),
    "a range of one": ("bool", "int, range: [1]", "4:31: range: item 2 is missing; add it"),
    "a range that falls": ("bool", "int, range: [2, 1]", "4:31: the range must rise: [2.0, 1.0] does not"),
    "a default of another type": ("bool", "bool, default: 5", "4:12: the default 5 is not of type bool"),
    "a key of a metric": ("{type: bool", "{type: bool, unti: m", "4:25: unknown key 'unti'; did you mean 'unit'?"),
    "a topic without a device": ("{device}", "fan", "6:13: a topic has {device} once"),
    "no topic": (
        '  - {topic: "site/{site}/fan/{device}"}',
        "  []",
        "6:3: messages: [] is empty; at least one is needed",
    ),
    "a reserved name": ("running:", "double:", "1:1: double: a word of the condition language cannot be a name"),
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
        "a/two.yaml:2:28: there is no profile 'pump'",
    ]
    assert f"; write a path or pattern such as devices/*.yaml, from {tmp_path}" in found[0]
    assert "; the first stands at a/four.yaml:1; rename one" in found[6]
    assert "; only the site file has it" in found[-2]


def test_two_devices_cannot_share_a_topic(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + "include: [p/*.yaml]\ndevices:\n- {id: left, profile: a}\n- {id: right, profile: b}\n",
        "p/a.yaml": FAN.replace("fan", "a", 1).replace("site/{site}/fan/{device}", "{device}/right"),
        "p/b.yaml": FAN.replace("fan", "b", 1).replace("site/{site}/fan/{device}", "left/{device}"),
    }

    assert said(check_site(write(tmp_path, files)), tmp_path) == [
        "site.yaml:5:8: right and left report on one topic, left/right; the other stands at site.yaml:4; rename one"
    ]


def test_a_profile_that_replaces_a_shipped_one_must_keep_what_shipped_rules_read(tmp_path: Path) -> None:
    files = {
        "site.yaml": HEADER + "include: [own.yaml]\ndevices: [{id: r, profile: nfc_reader}]\n",
        "own.yaml": FAN.replace("profile: fan", "profile: nfc_reader"),
    }

    for problem in check_site(write(tmp_path, files)):
        assert problem.file in shipped_files("rules")
        assert "of reader-battery-low does not fit the profile nfc_reader" in problem.what
        assert (
            problem.hint == f"{tmp_path}/own.yaml:1 replaces the shipped profile; keep its names, or disable the rule"
        )
    with pytest.raises(SiteError):
        load_site(tmp_path / "site.yaml")
    files["site.yaml"] += "disable_rules: [reader-battery-low]\n"
    assert check_site(write(tmp_path, files)) == []


def test_a_rule_of_a_profile_that_the_site_does_not_use_is_checked_but_does_not_stop_it(tmp_path: Path) -> None:
    file = write(tmp_path, {"site.yaml": HEADER + PUMP + RULE.replace("booster_pump", "elevator")})

    assert load_site(file).devices
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
        load_site(write(tmp_path, {"site.yaml": text}))

    lines = str(failure.value).replace(f"{tmp_path}/", "").split("\n")
    assert [line[:15] for line in lines] == ["site.yaml:3:1: ", "site.yaml:7:11:", "    bearing_tem", " " * 15]
    assert lines[3] == " " * 26 + "^"


def test_a_problem_without_a_hint_ends_after_what_is_wrong() -> None:
    assert str(Problem(Path("site.yaml"), 12, 5, "this is wrong")) == "site.yaml:12:5: this is wrong"
    assert (
        str(Problem(Path("site.yaml"), 12, 5, "this is wrong", "do that")) == "site.yaml:12:5: this is wrong; do that"
    )
