"""What would become of a message, tried with the code that takes messages in production."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.authoring.trial import try_dialect, try_in_site, try_profiles
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import DAY, SECOND
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.quarantine import Reason

NOW = 1_800_000_000 * SECOND


def profile(name: str, *messages: dict[str, Any], **dialects: list[dict[str, Any]]) -> Profile:
    return Profile.model_validate(
        {
            "profile": name,
            "title": {"en": name},
            "metrics": {"level": {"type": "float", "range": [0, 10]}, "on": {"type": "bool"}},
            "messages": messages,
            "dialects": {dialect: {"messages": bindings} for dialect, bindings in dialects.items()},
        }
    )


LEVEL = {"level": "v"}
ALL_IN_ONE = profile("p", {"topic": "all", "device": "id", "channel": "ch", "values": LEVEL, "time": "t"})


def tried(message: object, *, of: Profile = ALL_IN_ONE, topic: str = "all", dialect: str | None = None) -> Any:  # noqa: ANN401
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return try_dialect(of, dialect, topic, payload, now=NOW)


def test_a_device_is_invented_for_whatever_the_message_names() -> None:
    trial = tried({"id": "plug-1", "ch": 2, "v": 5})
    (reading,) = trial.readings

    assert (reading.device, reading.values, reading.time) == ("plug-1/2", {"level": 5.0}, NOW)
    assert (trial.rejected, trial.is_rejected) == ((), False)


@pytest.mark.parametrize("days", [-1000, -1, 1, 1000])
def test_the_message_counts_as_received_when_its_device_made_it(days: int) -> None:
    (reading,) = tried({"id": "a", "v": 5, "t": (NOW + days * DAY) / SECOND}).readings

    assert reading.time == reading.received == NOW + days * DAY


def test_a_topic_of_another_dialect_is_none_of_it() -> None:
    assert tried({"v": 1}, topic="other") is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"id": "a", "v": 11}, Reason.OUT_OF_RANGE),
        ({"id": "a"}, Reason.NO_METRICS),
        ({"v": 1}, Reason.UNKNOWN_DEVICE),
        (b"{", Reason.MALFORMED),
    ],
)
def test_what_is_rejected_has_its_reason(message: object, reason: Reason) -> None:
    trial = tried(message)

    assert trial.is_rejected
    assert [each.reason for each in trial.rejected] == [reason]


@pytest.mark.parametrize("name", ["a#b", "a+b", "  ", "x" * 300, "\0"])
def test_a_name_that_no_device_can_have_is_rejected(name: str) -> None:
    trial = tried({"id": name, "v": 1})

    assert trial.is_rejected
    assert [each.reason for each in trial.rejected] == [Reason.UNKNOWN_DEVICE]


@pytest.mark.parametrize("topic", ["site/a b/p/d", "site/s/p/a+b", "site/s/p/ "])
def test_a_topic_that_no_site_can_have_is_rejected(topic: str) -> None:
    trial = tried({"level": 1}, of=profile("p", {"topic": "site/{site}/p/{device}"}), topic=topic)

    assert trial.is_rejected


def test_the_site_is_taken_from_the_topic() -> None:
    (reading,) = tried({"level": 1}, of=profile("p", {"topic": "site/{site}/p/{device}"}), topic="site/x/p/d").readings

    assert reading.device == "d"


def test_a_message_for_all_is_shown_once() -> None:
    trial = tried({"on": True}, of=profile("p", {"topic": "all", "device": "*", "values": {"on": "on"}}))

    assert [reading.values for reading in trial.readings] == [{"on": True}]


def test_a_message_that_is_ignored_is_neither_stored_nor_rejected() -> None:
    trial = tried({"a": 1}, of=profile("p", {"topic": "all", "device": "*", "ignore": True}))

    assert (trial.readings, trial.rejected, trial.is_rejected) == ((), (), False)


def test_an_address_of_several_levels_is_tried_where_the_dialect_is_known() -> None:
    plug = profile("p", maker=[{"topic": "{device}/rpc", "readings": "in:{channel}", "values": LEVEL}])
    payload = json.dumps({"in:2": {"v": 1}}).encode()

    (trial,) = try_profiles({"p": plug}, "attic/plug/rpc", payload, now=NOW, only=("p", "maker"))

    assert [(each.device, each.values) for each in trial.readings] == [("attic/plug/2", {"level": 1.0})]
    assert try_profiles({"p": plug}, "attic/plug/rpc", payload, now=NOW) == []


def test_an_address_of_several_levels_does_not_fit_a_single_one() -> None:
    slashed = profile("p", {"topic": "{device}/send", "values": LEVEL})

    assert tried({"v": 1}, of=slashed, topic="home/door1/send") is None


@pytest.mark.parametrize(("message", "quiet"), [({"d": []}, True), ({"other": 1}, False), (5, False)])
def test_where_production_would_say_nothing_the_trial_says_nothing(message: object, quiet: bool) -> None:
    batch = profile("p", {"topic": "all", "readings": "d[]", "device": "id", "values": LEVEL})
    in_production = try_in_site(site(batch, "p"), "all", json.dumps(message).encode(), now=NOW)
    trial = tried(message, of=batch)

    assert [each.reason for each in in_production.rejected] == ([] if quiet else [Reason.UNKNOWN_MESSAGE])
    assert [each.reason for each in trial.rejected] == [each.reason for each in in_production.rejected]


def site(kind: Profile, *devices: str) -> Configuration:
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}})
    specs = {name: DeviceSpec(id=name, profile=kind.profile) for name in devices}
    return Configuration(Site(header, specs), {kind.profile: kind})


def test_in_a_site_only_its_devices_are_known_and_called_by_their_ids() -> None:
    known = try_in_site(site(ALL_IN_ONE, "a"), "all", b'{"id": "a", "v": 1}', now=NOW)
    stranger = try_in_site(site(ALL_IN_ONE, "a"), "all", b'{"id": "b", "v": 1}', now=NOW)

    assert [(reading.device, reading.values) for reading in known.readings] == [("a", {"level": 1.0})]
    assert (known.profile, known.dialect) == ("p", None)
    assert [each.reason for each in stranger.rejected] == [Reason.UNKNOWN_DEVICE]


def test_of_several_profiles_the_one_that_makes_most_of_the_message_comes_first() -> None:
    poor = profile("poor", {"topic": "x/{device}", "values": LEVEL})
    rich = profile("rich", maker=[{"topic": "x/{device}", "values": {"level": "v", "on": "o"}}])
    strict = profile("strict", {"topic": "x/{device}", "values": {"level": "o", "on": "v"}})
    elsewhere = profile("elsewhere", {"topic": "y/{device}", "values": LEVEL})
    profiles = {each.profile: each for each in (strict, poor, elsewhere, rich)}
    trials = try_profiles(profiles, "x/d", b'{"v": 1, "o": true}', now=NOW)

    assert [(trial.profile, trial.dialect) for trial in trials] == [("rich", "maker"), ("poor", None), ("strict", None)]


def test_no_profile_fits_a_topic_of_nobody() -> None:
    assert try_profiles({"p": ALL_IN_ONE}, "nobody", b"{}", now=NOW) == []
