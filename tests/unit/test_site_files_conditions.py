"""Mistakes in conditions are explained in plain words, and corrected where one correction is meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import compile_condition
from gateway.site_files.condition_hints import Explained, explain
from gateway.site_files.condition_reader import Vocabulary
from gateway.site_files.condition_text import ConditionText
from tests.unit.site_files import HEADER, PUMP, RULE, problems_of

PROFILE = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {
            "running": {"type": "bool"},
            "fault": {"type": "bool"},
            "pressure": {"type": "float", "unit": "MPa", "title": {"en": "Pressure", "zh": "压力"}},
            "water_level": {"type": "float", "unit": "m"},
            "code": {"type": "int"},
            "mode": {"type": "enum", "values": {0: "stopped", 1: "normal", 2: "on"}},
            "note": {"type": "string"},
            "zones": {"type": "list"},
        },
        "attributes": {"limit": {"type": "float", "default": 5}, "height": {"type": "float"}},
        "messages": [{"topic": "site/{site}/pump/{device}"}],
    }
)
LIFT = Profile.model_validate(
    {
        "profile": "lift",
        "title": {"en": "Lift"},
        "metrics": {"door_zone": {"type": "bool"}},
        "messages": [{"topic": "site/{site}/lift/{device}"}],
    }
)


def explained(text: str) -> list[Explained]:
    with pytest.raises(ConditionError) as failure:
        compile_condition(text, PROFILE)
    words = Vocabulary(PROFILE, {"pump": PROFILE, "lift": LIFT})
    return explain(text, failure.value, words, lambda text: compile_condition(text, PROFILE))


def place(each: Explained, text: str) -> str:
    """What stands above the caret."""
    line, caret = each.excerpt.split("\n")[:2]
    assert line in text.split("\n")
    return line[len(caret) - 1 :]


CORRECTED = [
    ("running = true", "a single = compares nothing", "write ==", "= true", "running == true"),
    ("running === true", "=== is no operator", "write ==", "=== true", "running == true"),
    ("pressure <> 3", "<> is no operator", "write !=", "<> 3", "pressure != 3"),
    ("pressure =< 3", "=< is no operator", "write <=", "=< 3", "pressure <= 3"),
    ("pressure => 3", "=> is no operator", "write >=", "=> 3", "pressure >= 3"),
    ("pressure > = 3", ">= is written without a space", "write >=", "> = 3", "pressure >= 3"),
    ("running & fault", "a single & is no operator", "write &&", "& fault", "running && fault"),
    ("running | fault", "a single | is no operator", "write ||", "| fault", "running || fault"),
    ("running and fault", "and is no operator", "write &&", "and fault", "running && fault"),
    ("running OR fault", "OR is no operator", "write ||", "OR fault", "running || fault"),
    ("not running", "not is no operator", "write !", "not running", "!running"),
    ("running is not true", "is not is no operator", "write !=", "is not true", "running != true"),
    ("running 并且 fault", "并且 is no operator", "write &&", "并且 fault", "running && fault"),
    ("pressure > 0,5", "0,5: a decimal point is needed", "write 0.5", "0,5", "pressure > 0.5"),
    ("pressure > 5 bar", "5 bar: numbers stand without a unit", "is in MPa: write 0.5", "5 bar", "pressure > 0.5"),
    ("5bar < pressure", "5 bar: numbers stand without a unit", "is in MPa: write 0.5", "5bar", "0.5 < pressure"),
    ("water_level > 50 cm", "50 cm: numbers stand", "water_level is in m: write 0.5", "50 cm", "water_level > 0.5"),
    ("running == True", "True is no value here", "write true, in lower case", "True", "running == true"),
    ("running == on", "on is no value here", "write true", "on", "running == true"),
    ('running == "true"', "in quotes is a text", "write running or !running", '"true"', "running == true"),
    ("running == 1", "running is true or false, and 1 is a number", "write running", "running == 1", "running"),
    ("running = 0", "running is true or false", "write !running", "running = 0", "!running"),
    ("running > 0 && fault", "running is true or false", "write running", "running > 0", "running && fault"),
    ('pressure > "3"', 'pressure is a number, and "3" in quotes', "write 3 without quotes", '"3"', "pressure > 3"),
    ("(running", "this ( is not closed", "write the )", "(running", "(running)"),
    ("mode == normal", "normal is a state of mode", 'write "normal"', "normal", 'mode == "normal"'),
    ("mode == on", "on is a state of mode", 'write "on"', "on", 'mode == "on"'),
    ("mode in [normal]", "normal is a state of mode", 'write "normal"', "normal]", 'mode in ["normal"]'),
    ("mode == 1", "mode has states", '1 is the code of "normal"', "1", 'mode == "normal"'),
    ("note == abc", "texts stand in quotes", 'write "abc"', "abc", 'note == "abc"'),
    ("1 < pressure < 3", "two comparisons in a row", "&&", "1 <", "1 < pressure && pressure < 3"),
    ("1 =< pressure < limit", "in a row", "&&", "1 =<", "1 <= pressure && pressure < limit"),
    ("code == 1 || 2", "2 stands alone after ||", "code == 2", "2", "code == 1 || code == 2"),
    ('!mode == "normal"', "mode is a state", "write != in place of ==", "!mode", 'mode != "normal"'),
    ("!code > 3", "code is a number", "write <= in place of >", "!code", "code <= 3"),
    ('zones == "yard"', "zones is a list", '"yard" in zones', "zones ==", '"yard" in zones'),
    ("water-level > 3", "no metric or attribute 'water'", "write water_level", "water-", "water_level > 3"),
    ("压力 > 3", "no metric or attribute '压力'", "write the metric's name, pressure", "压力", "pressure > 3"),
    ("running;", "a condition has no ;", "leave it out", ";", "running"),
    ("pressure＞3", "the character ＞ (U+FF1E) is not >", "English", "＞3", "pressure>3"),
    ("running &&（fault || running)", "（ (U+FF08) is not (", "English", "（fault", "running &&(fault || running)"),
    ("pressure ≥ 3", "≥ (U+2265) is not >=", "write >=", "≥ 3", "pressure >= 3"),
    ("running\u00a0&& fault", "invisible character (U+00A0)", "plain space", "\u00a0&&", "running && fault"),
    ("running &&\n  pressure > 0,5", "0,5: a decimal", "write 0.5", "0,5", "running && pressure > 0.5"),
]


@pytest.mark.parametrize(("text", "what", "hint", "at", "correction"), CORRECTED, ids=[each[0] for each in CORRECTED])
def test_a_slip_is_explained_where_it_is_and_the_condition_corrected(
    text: str, what: str, hint: str, at: str, correction: str
) -> None:
    (only,) = explained(text)

    assert what in only.what
    assert hint in only.hint
    assert place(only, text).lstrip("\u3000").startswith(at)
    assert only.excerpt.split("\n")[2:] == [f"correct: {correction}"]


UNCORRECTED = [
    ("", "the condition is empty", "write what must be true"),
    (" \n ", "the condition is empty", "write what must be true"),
    ("pressure > 1,000", "1,000: a decimal point is needed", "1000 if it separates thousands"),
    ("pressure > 5 %", "5 %: numbers stand without a unit", "leave out %; pressure is in MPa"),
    ("pressure > limit + 5 bar", "5 bar: numbers stand without a unit", "leave out bar"),
    ("pressure > 5m", "5 m: numbers stand without a unit", "as in for: 5m, or in `over` under `let`"),
    ("running for 10 min", "does not stand in it", "such as for: 10min"),
    ("running for 5", "does not stand in it", "such as for: 5m"),
    ("mean(pressure, 30m) < 0.3", "mean is derived", "let: {mean_1: {mean: pressure, over: 30m}}, and mean_1 here"),
    ("rate(speed) > 1", "rate is derived", "let: {rate_1: {rate: speed, over: 10m}}, and rate_1 here"),
    ("since(running) > 60", "since is derived", "let: {since_1: {since: running}}, and since_1 here"),
    ("running)", "this ) closes no (", "leave it out"),
    ("(running && (fault", "this ( is not closed", "write the )"),
    ('mode == "normal', "this quotation mark is not closed", "close it with"),
    ("mode == norml", "texts stand in quotes", "did you mean 'normal'?"),
    ("mode == 9", "mode has states", '"stopped", "normal", "on"'),
    ("door_zone", "it is a metric of lift", "known names"),
    ("presure > 3", "pump has no metric or attribute 'presure'", "did you mean 'pressure'?"),
    ("pressure > height", "height is an attribute without a default", "give height a default"),
    ("average(pressure) > 3", "there is no function average", "such as a mean, stands under let"),
    ("pressure == null", "nothing can be compared with null", "unknown"),
    ("code == 1 && 2", "2 stands alone after &&", "whether && or ||"),
    ("code != 1 || 2", "2 stands alone after ||", "whether && or ||"),
    ("code in (1, 2)", "a list stands in square brackets", "in [a, b]"),
    ("running fault", "between running and fault stands no operator", "&& or ||"),
    ("running (fault)", "between running and ( stands no operator", "&& or ||"),
    ("pressure <", "something is missing", "compared"),
    ("&& running", "'&&' does not fit here", "operator"),
    ("code in [1 2]", "'2' does not fit here", "operator"),
    ("pressure", "this is a number, and a condition must be true or false", "pressure > 1"),
    ("running || pressure", "|| is for what is true or false", "compare"),
    ("!pressure", "! is for what is true or false, not for a number", "compare"),
    ("limit > 3", "this reads no metric", ""),
    ("code % 2 == 0", "conditions know no remainder", "leave it out"),
    ('"yard" in note', "in does not fit a text and a text", "list"),
    ("-running", "- is not for true or false", "numbers"),
    ("running @ fault", "means nothing in a condition", "leave it out"),
]


@pytest.mark.parametrize(("text", "what", "hint"), UNCORRECTED, ids=[repr(each[0]) for each in UNCORRECTED])
def test_a_mistake_that_only_its_author_can_correct_is_explained(text: str, what: str, hint: str) -> None:
    first = explained(text)[0]

    assert what in first.what
    assert hint in first.hint
    assert "correct:" not in first.excerpt


@pytest.mark.parametrize("text", [each[0] for each in (*CORRECTED, *UNCORRECTED)])
def test_no_word_of_the_parser_reaches_the_author(text: str) -> None:
    said = " ".join(f"{each.what} {each.hint}" for each in explained(text))

    assert not re.search("overload|Syntax|<EOF>|mismatched|extraneous|IDENTIFIER|undeclared|DOUBLE|token", said)


def test_several_slips_are_told_at_once_and_corrected_together() -> None:
    found = explained("mode = normal and pressure > 5 bar")

    assert [each.hint for each in found] == ["write ==", 'write "normal"', "write &&", "pressure is in MPa: write 0.5"]
    assert found[-1].excerpt.endswith('correct: mode == "normal" && pressure > 0.5')


def test_a_function_is_doubted_only_where_the_compiler_does() -> None:
    for text in ("size(note) > 3 and running", "note == string(code) and running", "running and (fault)"):
        assert [each.what for each in explained(text)] == ["and is no operator"]


def test_a_name_that_the_rule_itself_defines_is_no_mistake(tmp_path: Path) -> None:
    text = RULE.replace("bearing_temperature > 60", "starts > 3 and running") + "    let: {starts: {}}\n"

    assert not any("starts'" in each for each in problems_of(tmp_path, HEADER + PUMP + text))


def test_what_stands_within_quotes_is_no_slip() -> None:
    (only,) = explained('note == "a，b = （c）" and running')

    assert only.what == "and is no operator"
    assert ConditionText.of('note == "a，b"').look_alikes == ()


def test_quotation_marks_of_another_keyboard_keep_what_they_enclose() -> None:
    found = explained("note == “水泵，1号”")

    assert found[-1].excerpt.endswith('correct: note == "水泵，1号"')


# Whole sites ----------------------------------------------------------------------------------------------------------

IN_YAML = {
    "an unquoted negation": (
        "!running",
        [
            "site.yaml:6:11: !running: what begins with ! is a tag in YAML, and no such tag is known here;"
            ' put a condition in quotes, "!running"; remove any other tag'
        ],
    ),
    "a negation with a space, which YAML would read as its opposite": (
        "! running",
        [
            "site.yaml:6:11: !running: what begins with ! is a tag in YAML, and no such tag is known here;"
            ' put a condition in quotes, "!running"; remove any other tag'
        ],
    ),
    "an unquoted negation that goes on": (
        "!running && fault",
        [
            "site.yaml:6:11: what begins with ! is a tag in YAML, not a condition;"
            ' put quotes around it: "!running && fault"'
        ],
    ),
    "an unquoted negation of a bracket": (
        "!(running || fault)  # why",
        [
            "site.yaml:6:11: what begins with ! is a tag in YAML, not a condition;"
            ' put quotes around it: "!(running || fault)"'
        ],
    ),
    "a text at the beginning": (
        '"open" == mode',
        ["site.yaml:6:11: this value goes on behind its quotation marks; put quotes around it: '\"open\" == mode'"],
    ),
    "a colon with a space": (
        "running ? fault : running",
        [
            "site.yaml:6:11: this value contains a colon with a space, which is another key to YAML;"
            ' put quotes around it: "running ? fault : running"'
        ],
    ),
    "a comparison without its left side": (
        "> 5",
        ['site.yaml:6:11: > at its beginning makes YAML read a block of lines; put quotes around it: "> 5"'],
    ),
    "nothing": (
        "",
        [
            "site.yaml:6:10: when: nothing is not text;"
            " write text, such as 'running && inlet_pressure < dry_run_pressure'"
        ],
    ),
    "an empty text": (
        '" "',
        [
            "site.yaml:6:11: when of pump-warm: the condition is empty;"
            " write what must be true, such as running && pressure < 0.02"
        ],
    ),
}


@pytest.mark.parametrize("case", IN_YAML)
def test_a_condition_that_yaml_reads_otherwise_is_explained(tmp_path: Path, case: str) -> None:
    text, expected = IN_YAML[case]

    assert problems_of(tmp_path, HEADER + PUMP + RULE.replace("bearing_temperature > 60", text)) == expected


# Properties -----------------------------------------------------------------------------------------------------------

FACTS = st.fixed_dictionaries(
    {
        "running": st.booleans(),
        "fault": st.booleans(),
        "pressure": st.integers(0, 8).map(lambda n: n / 2),
        "code": st.integers(0, 4),
        "mode": st.sampled_from(["stopped", "normal", "on"]),
        "limit": st.just(2.5),
    }
)
FORMS = [
    ("running == true", ["running = true", "running == True", "running == on", "running is true", "running＝＝true"]),
    ("!fault", ["not fault", "NOT fault", "fault == 0", "！fault"]),
    ("pressure >= 2", ["pressure => 2", "pressure ≥ 2", "pressure > = 2", "pressure >= 20 bar", 'pressure >= "2"']),
    ("pressure > 1.5", ["pressure > 1,5", "pressure ＞ 1.5", "pressure > 1.5 MPa", "pressure > 1500kPa"]),
    ("code != 3", ["code <> 3", "code !== 3", "code ≠ 3"]),
    ("1 < pressure && pressure < limit", ["1 < pressure < limit"]),
    ('mode == "normal"', ["mode == normal", "mode = normal", "mode == 1", "mode == “normal”"]),
    ("(code == 1 || code == 2)", ["(code == 1 || 2)"]),
]
JOINS = [("&&", ["and", "AND", "&", "且", "＆＆"]), ("||", ["or", "|", "或", "｜｜"])]


@st.composite
def slipped(draw: st.DrawFn) -> tuple[str, str]:
    """A right condition, and one with slips that means the same."""
    right, wrong = draw(st.sampled_from(FORMS))
    parts, slips = [right], [draw(st.sampled_from(wrong))]
    for _ in range(draw(st.integers(0, 3))):
        join, joins = draw(st.sampled_from(JOINS))
        right, wrong = draw(st.sampled_from(FORMS))
        parts += [join, right]
        slips += [draw(st.sampled_from([join, *joins])), draw(st.sampled_from([right, *wrong]))]
    return " ".join(parts), " ".join(slips)


@given(slipped(), st.lists(FACTS, min_size=1, max_size=8))
def test_a_corrected_condition_means_what_was_meant(pair: tuple[str, str], facts: list[dict[str, Value]]) -> None:
    right, wrong = pair

    correction = explained(wrong)[-1].excerpt.split("\n")[-1]

    assert correction.startswith("correct: ")
    meant, found = compile_condition(right, PROFILE), compile_condition(correction.removeprefix("correct: "), PROFILE)
    assert [found(each) for each in facts] == [meant(each) for each in facts]


@given(st.text(alphabet="presung code m\"'0123.,=<>!&|()[]＞，（“” bar%\n", max_size=30), st.text(max_size=8))
def test_any_text_that_does_not_compile_is_explained_with_a_caret(text: str, more: str) -> None:
    text += more
    try:
        compile_condition(text, PROFILE)
    except ConditionError as error:
        found = explain(text, error, Vocabulary(PROFILE), lambda text: compile_condition(text, PROFILE))
        assert found
        assert all("^" in each.excerpt or not text.strip() for each in found)
        assert all(each.what for each in found)
