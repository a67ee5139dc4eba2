from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.site_files import HEADER, PUMP, problems_of

CASES = {
    "an empty file": ("# nothing yet\n", ["site.yaml:1:1: the file is empty; write `key: value` lines"]),
    "a file that is no mapping": ("- a\n- b\n", ["site.yaml:1:1: this is not a mapping; write `key: value` lines"]),
    "a bracket that is never closed": (
        HEADER + "devices: [\n  {id: p}\n",
        [
            "site.yaml:4:1: this is not YAML: did not find expected ',' or ']' while parsing a flow sequence;"
            " check indentation, quotes and brackets"
        ],
    ),
    "a tab": (
        HEADER + "devices:\n\t- {id: p}\n",
        [
            "site.yaml:3:1: this is not YAML: found character that cannot start any token"
            " while scanning for the next token; indent with spaces, not with tabs"
        ],
    ),
    "a control character": (
        HEADER + PUMP + "# \x07\n",
        ["site.yaml:3:3: the character U+0007 cannot stand in YAML: control characters are not allowed; remove it"],
    ),
    "a second document": (
        HEADER + PUMP + "---\na: 1\n",
        ["site.yaml:3:1: a second document begins here; a file holds one; remove the line ---"],
    ),
    "an alias of nothing": (
        HEADER + PUMP + "locations: [{id: b1, parent: *b0}]\n",
        ["site.yaml:3:30: *b0 refers to nothing; mark what is meant with &b0 above"],
    ),
    "a tag": (
        HEADER + PUMP + "locations: [{id: !!binary b1}]\n",
        ["site.yaml:3:18: the tag tag:yaml.org,2002:binary is not known here; remove it"],
    ),
    "a key that is a list": (
        HEADER + PUMP + "locations: [{id: b1, ? [a] : b}]\n",
        ["site.yaml:3:24: a mapping or list cannot be a key; write a name in front of the colon"],
    ),
    "brackets without end": (
        HEADER + "devices: " + "[" * 100_000,
        ["site.yaml:2:41: this is nested too deeply; close the brackets before it"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_yaml_is_told_with_file_line_column_and_hint(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]

    assert problems_of(tmp_path, text) == expected
