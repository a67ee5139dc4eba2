"""Tests of profiles as data: payloads as devices send them, and what they must become."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.authoring.trial import Trial, try_dialect
from gateway.authoring.uplinks import envelopes
from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Micros, isoformat, parse_device_time
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import Hex
from gateway.core.profiles.profile import Profile
from gateway.site_files import Problem
from gateway.site_files.documents import Series, read_document
from gateway.site_files.explain import validate
from gateway.site_files.problems import did_you_mean

_MESSAGE = "message"
"""In `rejected`: the message as a whole, or a part of it that is not a metric."""


class Expected(Spec):
    """One reading that a message must become."""

    device: str | None = None
    """Its address; not compared unless given."""
    time: str | None = None
    """Not compared unless given."""
    values: dict[str, Value] = Field(min_length=1)
    """Exactly these."""
    rejected: tuple[str, ...] = ()
    """Metrics of the message that are rejected; `message` for what is not a metric."""


class PayloadTest(Spec):
    """One message, and what must become of it."""

    name: str
    """A sentence."""
    source: str = ""
    """Where the payload was read."""
    dialect: str | None = None
    topic: str | None = None
    payload: str | None = None
    json_: Annotated[Any, Field(alias="json")] = None
    payload_hex: Hex | None = None
    bytes_: Annotated[Hex | None, Field(alias="bytes")] = None
    """Of a LoRaWAN uplink: tried in the envelope of each network server."""
    port: int = 1
    devices: tuple[str, ...] = ()
    """The addresses of the site's devices; those that the message names unless given."""
    attributes: Mapping[Name, bool | int | float | str] = Field(default={})
    """The attributes of the devices, where they differ from the defaults."""
    retained: bool = False
    """Whether the broker delivers it as retained: its events are ignored then."""
    expect: Annotated[
        tuple[Expected, ...] | Literal["rejected", "ignored"],
        BeforeValidator(lambda given: [given] if isinstance(given, Mapping) else given),
    ]

    @model_validator(mode="after")
    def _has_one_payload(self) -> Self:
        payloads = ("payload", "json_", "payload_hex", "bytes_")
        if sum(getattr(self, each) is not None for each in payloads) != 1:
            given = [each.rstrip("_") for each in payloads if each in self.model_fields_set]
            raise Mistake("a test has one of `payload`, `json`, `payload_hex` and `bytes`: write one", *given[:1])
        if (self.topic is None) is (self.bytes_ is None):
            sentence = "a test needs the `topic`; only `bytes` of a LoRaWAN uplink come without"
            raise Mistake(sentence, "topic")
        return self

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Topics and payloads, each of which must become what is expected."""
        if self.bytes_ is not None:
            yield from envelopes(bytes.fromhex(self.bytes_), self.port)
            return
        assert self.topic is not None
        if self.payload_hex is not None:
            yield self.topic, bytes.fromhex(self.payload_hex)
        elif self.payload is not None:
            yield self.topic, self.payload.encode()
        else:
            yield self.topic, json.dumps(self.json_, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one file."""

    profile: str
    passed: int
    failed: int
    problems: tuple[Problem, ...]
    """Mistakes in the file, and tests that failed, each where it stands."""
    dialects: frozenset[str | None]
    """Those that a test has decoded."""
    cases: tuple[tuple[str, int, tuple[Problem, ...]], ...] = ()
    """The name of each test that has run or cannot, its line, and what is wrong with it."""


def run_tests(
    file: Path, profiles: Mapping[str, Profile], *, now: Micros, chosen: Callable[[str], bool] = lambda _name: True
) -> Result:
    """Run the tests in one file, or those whose names are chosen."""
    document, problems = read_document(file)
    if document is None:
        return Result("", 0, 0, tuple(problems), frozenset())
    of, tests = document.root.get("profile"), document.root.get("tests")
    for key in document.root:
        if key not in ("profile", "tests"):
            problems.append(
                document.problem((str(key),), f"unknown key {key!r}", "write profile and tests", of_key=True)
            )
    profile = profiles.get(of) if isinstance(of, str) else None
    if profile is None:
        problems.append(document.problem(("profile",), f"there is no profile {of!r}", "see --profiles"))
    if not isinstance(tests, Series) or not tests:
        problems.append(document.problem(("tests",), "tests: this is not a list of tests", "write one a dash"))
    if profile is None or not isinstance(tests, Series):
        return Result(str(of), 0, 0, tuple(problems), frozenset())
    cases, dialects = list[tuple[str, int, tuple[Problem, ...]]](), set[str | None]()
    for index in range(len(tests)):
        given = document.value(("tests", index, "name"))
        name = given if isinstance(given, str) else f"test {index + 1}"
        if not chosen(name):
            continue
        line = document.position(("tests", index))[0]
        test, found = validate(document, ("tests", index), PayloadTest)
        if test is None:
            cases.append((name, line, tuple(found)))
            continue
        if test.dialect is not None and test.dialect not in profile.dialects:
            hint = did_you_mean(test.dialect, profile.dialects, kind="dialects")
            what = f"there is no dialect {test.dialect!r}"
            cases.append((name, line, (document.problem(("tests", index, "dialect"), what, hint),)))
            continue
        failures = [
            failure for topic, payload in test.messages() for failure in _try(test, profile, topic, payload, now)
        ]
        cases.append(
            (name, line, tuple(document.problem(("tests", index), f"{name}: {failure}") for failure in failures))
        )
        if test.expect != "rejected":
            dialects.add(test.dialect)
    problems += [problem for *_, found in cases for problem in found]
    failed = sum(bool(found) for *_, found in cases)
    return Result(profile.profile, len(cases) - failed, failed, tuple(problems), frozenset(dialects), tuple(cases))


def _try(test: PayloadTest, profile: Profile, topic: str, payload: bytes, now: Micros) -> list[str]:
    trial = None
    for deep in (False, True):
        trial = trial or try_dialect(
            profile,
            test.dialect,
            topic,
            payload,
            now=now,
            deep=deep,
            leading=deep,
            retained=test.retained,
            devices=test.devices,
            attributes=test.attributes,
        )
    if trial is None:
        return [f"no binding of {f'the dialect {test.dialect}' if test.dialect else 'the native messages'} has {topic}"]
    if test.expect == "rejected":
        return [f"it was to be rejected, but gave {_shown(trial)}"] if not trial.is_rejected else []
    if test.expect == "ignored":
        return [f"it was to be ignored, but gave {_shown(trial)}"] if trial.readings or trial.rejected else []
    if len(trial.readings) != len(test.expect):
        readings = "1 reading was" if len(test.expect) == 1 else f"{len(test.expect)} readings were"
        return [f"{readings} expected, but it gave {_shown(trial)}"]
    failures = []
    for expected, reading in zip(test.expect, trial.readings, strict=True):
        if reading.values != expected.values or any(
            isinstance(value, bool) is not isinstance(reading.values[name], bool)  # True == 1 in Python
            for name, value in expected.values.items()
        ):
            failures.append(_difference(expected.values, reading.values))
        if expected.device is not None and expected.device != reading.device:
            failures.append(f"the device is {reading.device!r}, not {expected.device!r}")
        if expected.time is not None and parse_device_time(expected.time) != reading.time:
            failures.append(f"the time is {isoformat(reading.time)}, not {expected.time}")
    wanted = sorted(name for expected in test.expect for name in expected.rejected)
    got = sorted(each.metric or _MESSAGE for each in trial.rejected)
    if wanted != got:
        failures.append(
            f"rejected were {', '.join(_reasons(trial)) or 'none'}; expected: {', '.join(wanted) or 'none'}"
        )
    return failures


def _difference(expected: Mapping[str, Value], got: Mapping[str, Value]) -> str:
    parts = [
        f"{name} is {got[name]!r}, not {expected[name]!r}"
        for name in expected
        if name in got and got[name] != expected[name]
    ]
    parts += [f"{name} is missing" for name in expected if name not in got]
    parts += [f"{name} is {got[name]!r}, which was not expected" for name in got if name not in expected]
    return "; ".join(parts) or f"types differ: {dict(got)!r}"


def _reasons(trial: Trial) -> Sequence[str]:
    return [f"{each.metric or _MESSAGE} ({each.detail})" for each in trial.rejected]


def _shown(trial: Trial) -> str:
    parts = [f"{reading.device} {reading.values!r}" for reading in trial.readings]
    return "; ".join([*parts, *(f"rejected {each}" for each in _reasons(trial))]) or "nothing"
