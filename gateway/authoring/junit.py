"""Results of tests in the XML of JUnit, which the CI servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from gateway.authoring.suites import Case, FileResult

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def as_junit(results: Sequence[FileResult]) -> bytes:
    """One suite for each file, one case for each test; what is wrong with a file as a whole is a case of its own."""
    root = ElementTree.Element("testsuites", _counts([case for result in results for case in _cases(result)]))
    for result in results:
        cases = _cases(result)
        suite = ElementTree.SubElement(root, "testsuite", {"name": _text(str(result.file)), **_counts(cases)})
        for case in cases:
            attributes = {
                "classname": _text(result.file.stem),
                "name": _text(case.name),
                "file": _text(str(result.file)),
                "line": str(case.line),
                "time": f"{case.seconds:.3f}",
            }
            element = ElementTree.SubElement(suite, "testcase", attributes)
            if case.problems:
                failure = ElementTree.SubElement(element, "failure", {"message": _text(case.problems[0].what)})
                failure.text = _text("\n".join(map(str, case.problems)))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _cases(result: FileResult) -> list[Case]:
    of_file = [Case(result.file.name, result.problems[0].line, result.problems)] if result.problems else []
    return [*of_file, *result.cases]


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    failed = sum(bool(case.problems) for case in cases)
    seconds = sum(case.seconds for case in cases)
    return {"tests": str(len(cases)), "failures": str(failed), "errors": "0", "time": f"{seconds:.3f}"}


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
