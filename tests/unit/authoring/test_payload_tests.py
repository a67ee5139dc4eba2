"""Tests of profiles as data: which hold, which fail and with which sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.authoring.payload_tests import PayloadTest, Result, run_tests
from gateway.core.kernel.times import SECOND
from gateway.core.profiles.profile import Profile

NOW = 1_800_000_000 * SECOND
LEAK = Profile.model_validate(
    {
        "profile": "leak",
        "title": {"en": "Leak"},
        "metrics": {
            "leak": {"type": "bool"},
            "battery": {"type": "float", "range": [0, 100]},
            "count": {"type": "int"},
            "pushed": {"type": "bool", "event": True},
        },
        "messages": [{"topic": "site/{site}/leak/{device}/telemetry", "time": "ts"}],
        "dialects": {
            "lora": {
                "messages": [
                    {"format": "lorawan", "port": 85, "channels": {"01": {"values": {"battery": {"type": "u8"}}}}},
                    {"format": "lorawan", "port": 2, "values": {"count": {"at": 0, "type": "u8"}}},
                ]
            },
            "batch": {
                "messages": [
                    {"topic": "batch", "readings": "d[]", "device": "id", "values": {"leak": "l", "battery": "b"}},
                    {"topic": "hello", "device": "*", "ignore": True},
                ]
            },
            "hex": {
                "messages": [
                    {"topic": "hex/{device}", "format": "bytes", "values": {"count": {"at": 0, "type": "u8"}}},
                    {"topic": "text/{device}", "format": "plain", "values": {"leak": {"equals": "wet"}}},
                ]
            },
        },
    }
)
NATIVE = """\
  - name: wet
    topic: site/x/leak/l1/telemetry
    json: {ts: 1769846400, leak: true, battery: 92}
"""


def run(home: Path, text: str, *, head: str = "profile: leak\ntests:\n") -> Result:
    file = home / "leak.yaml"
    file.write_text(head + text, encoding="utf-8")
    return run_tests(file, {"leak": LEAK}, now=NOW)


def failures(result: Result) -> list[str]:
    return [problem.what for problem in result.problems]


def test_a_payload_that_becomes_what_is_expected_passes(tmp_path: Path) -> None:
    expect = "    expect: {device: l1, time: 2026-01-31T08:00:00Z, values: {leak: true, battery: 92}}\n"
    result = run(tmp_path, NATIVE + expect)

    assert (result.profile, result.passed, result.problems) == ("leak", 1, ())
    assert result.dialects == {None}


@pytest.mark.parametrize(
    ("expect", "sentence"),
    [
        ("{values: {leak: false, battery: 92}}", "wet: leak is True, not False"),
        ("{values: {leak: true}}", "wet: battery is 92.0, which was not expected"),
        ("{values: {leak: true, battery: 92, count: 1}}", "wet: count is missing"),
        ("{values: {leak: 1, battery: 92}}", "wet: types differ"),
        ("{values: {leak: 1.0, battery: 92}}", "wet: types differ"),
        ("{device: l2, values: {leak: true, battery: 92}}", "wet: the device is 'l1', not 'l2'"),
        (
            "{time: 2026-01-31T08:00:01Z, values: {leak: true, battery: 92}}",
            "wet: the time is 2026-01-31T08:00:00.000Z, not 2026-01-31T08:00:01Z",
        ),
        (
            "{values: {leak: true, battery: 92}, rejected: [count]}",
            "wet: rejected were none; expected: count",
        ),
        ("rejected", "wet: it was to be rejected, but gave l1 {'leak': True, 'battery': 92.0}"),
        ("ignored", "wet: it was to be ignored, but gave l1"),
        (
            "[{values: {leak: true}}, {values: {battery: 92}}]",
            "wet: 2 readings were expected, but it gave l1 {'leak': True, 'battery': 92.0}",
        ),
    ],
)
def test_a_payload_that_becomes_something_else_fails_with_the_difference(
    tmp_path: Path, expect: str, sentence: str
) -> None:
    result = run(tmp_path, f"{NATIVE}    expect: {expect}\n")

    assert result.passed == 0
    (failure,) = failures(result)
    assert sentence in failure


@pytest.mark.parametrize(
    ("json", "retained", "expect"),
    [
        ("{leak: true, pushed: true}", "true", "{values: {leak: true}}"),
        ("{leak: true, pushed: true}", "false", "{values: {leak: true, pushed: true}}"),
        ("{pushed: true}", "true", "ignored"),
        ("{ts: 1769846400, leak: true}", "true", "{time: 2026-01-31T08:00:00Z, values: {leak: true}}"),
        ("{leak: true}", "true", "{time: 2027-01-15T08:00:00Z, values: {leak: true}}"),
    ],
)
def test_events_of_a_retained_message_are_ignored(tmp_path: Path, json: str, retained: str, expect: str) -> None:
    test = f"""\
  - name: kept
    topic: site/x/leak/l1/telemetry
    json: {json}
    retained: {retained}
    expect: {expect}
"""

    assert failures(run(tmp_path, test)) == []


def test_a_failure_names_the_line_of_its_test(tmp_path: Path) -> None:
    good = NATIVE + "    expect: {values: {leak: true, battery: 92}}\n"
    result = run(tmp_path, good + NATIVE + "    expect: rejected\n")

    assert result.passed == 1
    assert [problem.line for problem in result.problems] == [7]


@pytest.mark.parametrize(
    ("payload", "passes"), [("{leak: 5}", True), ("{strange: 1}", True), ("[1]", True), ("{leak: true}", False)]
)
def test_a_message_of_which_nothing_can_be_used_is_rejected(tmp_path: Path, payload: str, passes: bool) -> None:
    text = f"  - {{name: x, topic: site/x/leak/l1/telemetry, json: {payload}, expect: rejected}}\n"

    assert run(tmp_path, text).passed == passes


def test_metrics_that_are_kept_aside_are_named(tmp_path: Path) -> None:
    text = (
        "  - {name: x, topic: site/x/leak/l1/telemetry, json: {leak: true, battery: 101, count: y},"
        " expect: {values: {leak: true}, rejected: [count, battery]}}\n"
    )
    assert run(tmp_path, text).passed == 1

    (failure,) = failures(run(tmp_path, text.replace("[count, battery]", "[count]")))
    assert "rejected were" in failure
    assert "battery (battery is 101, outside 0 … 100)" in failure


def test_the_bytes_of_an_uplink_are_tried_in_each_envelope() -> None:
    test = PayloadTest.model_validate({"name": "x", "bytes": "01 5C", "port": 85, "expect": "rejected"})
    (topic, chirpstack), (_, version_3), (other, the_things_stack) = test.messages()

    assert topic.startswith("application/")
    assert other.startswith("v3/")
    assert json.loads(chirpstack)["fPort"] == json.loads(the_things_stack)["uplink_message"]["f_port"] == 85
    assert "devEUI" in json.loads(version_3)
    assert (
        json.loads(chirpstack)["data"]
        == json.loads(version_3)["data"]
        == json.loads(the_things_stack)["uplink_message"]["frm_payload"]
        == "AVw="
    )


def test_port_zero_is_left_out_as_the_things_stack_does() -> None:
    test = PayloadTest.model_validate({"name": "x", "bytes": "05", "port": 0, "expect": "rejected"})
    _, _, (_, message) = test.messages()

    assert "f_port" not in json.loads(message)["uplink_message"]


def test_uplinks_are_decoded(tmp_path: Path) -> None:
    text = (
        '  - {name: a, dialect: lora, bytes: "015C", port: 85, expect: {values: {battery: 92}}}\n'
        '  - {name: b, dialect: lora, bytes: "05", port: 2, expect: {values: {count: 5}}}\n'
        '  - {name: e, dialect: lora, bytes: "05", port: 0, expect: ignored}\n'
        '  - {name: c, dialect: lora, bytes: "015C", port: 3, expect: rejected}\n'
        '  - {name: d, dialect: lora, bytes: "015C09", port: 85,'
        " expect: {values: {battery: 92}, rejected: [message]}}\n"
    )
    result = run(tmp_path, text)

    assert (failures(result), result.passed) == ([], 5)
    assert result.dialects == {"lora"}


def test_a_message_may_become_several_readings(tmp_path: Path) -> None:
    text = (
        "  - name: two\n    dialect: batch\n    topic: batch\n"
        "    json: {d: [{id: a, l: true}, {id: b, l: false, b: 5}]}\n"
        "    expect: [{device: a, values: {leak: true}}, {device: b, values: {leak: false, battery: 5}}]\n"
    )
    result = run(tmp_path, text)

    assert (failures(result), result.passed) == ([], 1)


def test_texts_and_bytes_are_payloads_too(tmp_path: Path) -> None:
    text = (
        "  - {name: a, dialect: hex, topic: hex/h1, payload_hex: 2a ff, expect: {device: h1, values: {count: 42}}}\n"
        "  - {name: b, dialect: hex, topic: text/h1, payload: wet, expect: {values: {leak: true}}}\n"
        "  - {name: c, dialect: batch, topic: hello, payload: '{}', expect: ignored}\n"
    )
    result = run(tmp_path, text)

    assert (failures(result), result.passed) == ([], 3)
    assert result.dialects == {"hex", "batch"}


def test_a_rejection_is_no_proof_that_a_dialect_decodes(tmp_path: Path) -> None:
    text = '  - {name: c, dialect: lora, bytes: "015C", port: 3, expect: rejected}\n'

    assert run(tmp_path, text).dialects == frozenset()


@pytest.mark.parametrize(
    ("head", "text", "sentence"),
    [
        ("profile: lake\ntests:\n", NATIVE + "    expect: rejected\n", "there is no profile 'lake'"),
        ("tests:\n", NATIVE + "    expect: rejected\n", "there is no profile None"),
        ("profile: leak\n", "tests: {}\n", "this is not a list of tests"),
        ("profile: leak\n", "tests: []\n", "this is not a list of tests"),
        ("profile: leak\n", "", "this is not a list of tests"),
        ("profile: leak\nmore: 1\ntests:\n", NATIVE + "    expect: rejected\n", "unknown key 'more'"),
        (
            "profile: leak\ntests:\n",
            "  - {name: x, topic: nowhere, json: {}, expect: rejected}\n",
            "x: no binding of the native messages has nowhere",
        ),
        (
            "profile: leak\ntests:\n",
            "  - {name: x, dialect: latin, topic: t, json: {}, expect: rejected}\n",
            "there is no dialect 'latin'",
        ),
        ("profile: leak\ntests:\n", "  - {name: x, topic: t, expect: rejected}\n", "one of `payload`, `json`"),
    ],
)
def test_a_file_that_makes_no_sense_is_complained_about(tmp_path: Path, head: str, text: str, sentence: str) -> None:
    found = failures(run(tmp_path, text, head=head))

    assert any(sentence in each for each in found), found


@pytest.mark.parametrize(
    "test",
    [
        {"topic": "t", "expect": "rejected"},
        {"topic": "t", "json": {}, "payload": "x", "expect": "rejected"},
        {"topic": "t", "payload": "x", "payload_hex": "00", "expect": "rejected"},
        {"topic": "t", "bytes": "00", "expect": "rejected"},
        {"json": {}, "expect": "rejected"},
        {"topic": "t", "payload_hex": "0", "expect": "rejected"},
        {"topic": "t", "json": {}, "expect": "anything"},
        {"topic": "t", "json": {}, "expect": {"values": {}}},
        {"topic": "t", "json": {}, "expect": {"device": "a"}},
        {"topic": "t", "json": {}, "expect": {"values": {"leak": None}}},
        {"topic": "t", "json": {}},
        {"topic": "t", "json": {}, "expect": "rejected", "comment": "?"},
    ],
)
def test_a_test_has_one_payload_one_topic_and_an_expectation(test: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PayloadTest.model_validate({"name": "x", **test})


@pytest.mark.parametrize("payload", [False, 0, "", [], {}])
def test_any_json_but_null_can_be_a_payload(payload: object) -> None:
    test = PayloadTest.model_validate({"name": "x", "topic": "t", "json": payload, "expect": "rejected"})

    assert [json.loads(message) for _, message in test.messages()] == [payload]
