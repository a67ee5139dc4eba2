"""Tries a message: decodes it with the code of production, and stores nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from pydantic import ValidationError

from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import Micros
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.addresses import SPARKPLUG, address_key
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.decoding.compiled import mapping_of, parser_of, topics_of
from gateway.core.telemetry.decoding.messages import Contents
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import Message, Reading
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import senders_of
from gateway.core.telemetry.stamps import EARLIEST

_SURE = 1.0
"""Evidence from which a message is attributed to a profile. Bytes at fixed offsets are hardly any."""

_NAMED = 6

_MOST_DEVICES = 1_000
"""Devices of one message; more would only be slow to print."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one message would become."""

    profile: str
    dialect: str | None
    readings: tuple[Reading, ...]
    """As they would be stored. The device of each is its id in the site; without a site, its address."""
    rejected: tuple[Rejected, ...]
    metrics: int = 0
    """How many the profile has."""
    evidence: float = 0.0
    """How likely it is that the message is of such a device."""

    @property
    def is_rejected(self) -> bool:
        """Whether it is rejected as a whole: nothing of it would be stored."""
        return bool(self.rejected) and not self.readings

    def without_device(self) -> Trial:
        """The same of a message whose device was made up: the device of each reading is empty."""
        readings = tuple(msgspec.structs.replace(reading, device="") for reading in self.readings)
        return dataclasses.replace(self, readings=readings)

    @property
    def name(self) -> str:
        """Profile and dialect."""
        return f"{self.profile}/{self.dialect}" if self.dialect else self.profile

    @property
    def fit(self) -> tuple[bool, float, int]:
        """Greater for a better fit; of profiles that fit alike, for the one with fewer metrics."""
        return bool(self.readings), self.evidence - 2 * len(self.rejected), -self.metrics


def try_in_site(configuration: Configuration, topic: str, payload: bytes, *, now: Micros) -> Trial:
    """What the site would make of a message that was received when the device says it was made, or else now."""
    readings, rejected = _step(configuration, topic, payload, now=now)
    device = configuration.site.devices[readings[0].device] if readings else None
    return Trial(device.profile if device else "", device.dialect if device else None, readings, rejected)


def try_profiles(
    profiles: Mapping[str, Profile],
    topic: str,
    payload: bytes,
    *,
    now: Micros,
    zone: str = "UTC",
    only: tuple[str, str | None] | None = None,
    hint: str = "choose with --profile, or use --site",
) -> list[Trial]:
    """What each profile and dialect with a binding for the topic would make of a message, the best fit first.

    Args:
        only: a profile, and one of its dialects or None for all.
        hint: what to do where the message does not show its profile.
    """
    trials = _try_all(profiles, topic, payload, now=now, zone=zone, only=only) or _try_all(
        profiles, topic, payload, now=now, zone=zone, only=only, deep=True
    )
    if only is None and len(trials) > 1 and trials[0].evidence < _SURE and not trials[0].is_rejected:
        fitting = [trial.name for trial in trials if not trial.is_rejected]
        several = f"could be of {', '.join(fitting[:_NAMED])}{' …' if len(fitting) > _NAMED else ''}"
        detail = f"the message does not show its profile; it {several}: {hint}"
        return [Trial("", None, (), (Rejected(Reason.UNKNOWN_MESSAGE, detail),)), *trials]
    return trials


def _try_all(
    profiles: Mapping[str, Profile],
    topic: str,
    payload: bytes,
    *,
    now: Micros,
    zone: str,
    only: tuple[str, str | None] | None,
    deep: bool = False,
) -> list[Trial]:
    """With `deep` a device's address may be several levels of the topic."""
    trials = []
    for profile in profiles.values() if only is None else [profiles[only[0]]]:
        dialects = (None, *profile.dialects) if only is None or only[1] is None else (only[1],)
        for dialect in dialects:
            leading = only is not None and len(dialects) == 1
            trial = try_dialect(profile, dialect, topic, payload, now=now, zone=zone, deep=deep, leading=leading)
            if trial is not None:
                trials.append(trial)
    return sorted(trials, key=lambda trial: trial.fit, reverse=True)


def try_dialect(
    profile: Profile,
    dialect: str | None,
    topic: str,
    payload: bytes,
    *,
    now: Micros,
    zone: str = "UTC",
    deep: bool = False,
    leading: bool = False,
    retained: bool = False,
    devices: Sequence[str] = (),
    attributes: Mapping[str, bool | int | float | str] | None = None,
) -> Trial | None:
    """What a dialect of a profile would make of a message; None when it has no binding for the topic.

    Args:
        deep: whether a device's address may be several levels of the topic.
        leading: with `deep`, whether that holds for topics that begin with it too, which fit many messages.
        retained: whether the broker delivers it as retained.
        devices: the addresses of the site's devices; none for those that the message names.
        attributes: of each of them.
    """
    matched, addresses, site_id, evidence = False, dict[str, None](), "trial", 0.0
    unnamed: list[Rejected] = []
    for binding in profile.bindings(dialect):
        captured = _captured(binding, topic, deep=deep, leading=leading)
        if captured is None:
            continue
        matched = True
        site_id = captured.get("site", site_id)
        for address in _addresses(binding, captured, payload, unnamed):
            addresses[address] = None
        evidence = max(evidence, _evidence(profile, binding, payload))
    if not matched:
        return None
    if devices:
        addresses = dict.fromkeys(devices)
    if not addresses:
        return Trial(profile.profile, dialect, (), tuple(unnamed[:1]))
    try:
        specs = {
            f"d{index}": DeviceSpec(
                id=f"d{index}",
                profile=profile.profile,
                dialect=dialect,
                address=address,
                attributes=dict(attributes or {}),
            )
            for index, address in enumerate(list(addresses)[:_MOST_DEVICES])
        }
        header = SiteHeader(id=site_id, name=Text(en="Trial"), timezone=zone)
    except ValidationError as error:
        rejection = Rejected(Reason.UNKNOWN_DEVICE, f"no device can be called so: {error.errors()[0]['msg']}")
        return Trial(profile.profile, dialect, (), (rejection,))
    configuration = Configuration(Site(header, specs), {profile.profile: profile})
    readings, rejected = _step(configuration, topic, payload, now=now, retained=retained)
    named = tuple(
        Reading(str(specs[each.device].address), each.profile, each.time, each.received, each.values)
        for each in readings
    )
    return Trial(profile.profile, dialect, named, rejected, len(profile.metrics), evidence)


def _captured(binding: Binding, topic: str, *, deep: bool, leading: bool) -> dict[str, str] | None:
    """What the binding's topic captures; None when this is not its topic."""
    if binding.format == "sparkplug":
        levels = topic.split("/")
        if not topic.startswith(SPARKPLUG) or len(levels) not in (4, 5):
            return None
        return {"device": "/".join([levels[1], *levels[3:]])}
    for pattern in topics_of(binding):
        if deep and not leading and pattern.text.startswith("{device}"):
            continue  # it would match the topics of many others
        if match := pattern.regex(site=None, deep=deep).fullmatch(topic):
            return match.groupdict()
    return None


def _addresses(binding: Binding, captured: dict[str, str], payload: bytes, rejected: list[Rejected]) -> Iterator[str]:
    if binding.format == "sparkplug":
        yield captured["device"]
        return
    parts = parser_of(binding).parse(Contents(payload))
    if isinstance(parts, Rejected):
        rejected.append(parts)
        return
    for part in parts:
        name = part.device if part.device is not None else captured.get("device", "")
        channel = part.channel if part.channel is not None else captured.get("channel", "")
        if part.for_all:
            yield "all"
        elif name:
            yield address_key(name, channel)
        else:
            rejected.append(
                Rejected(Reason.UNKNOWN_DEVICE, "the message does not name its device where its binding says")
            )


def _evidence(profile: Profile, binding: Binding, payload: bytes) -> float:
    parts = [] if binding.format == "sparkplug" else parser_of(binding).parse(Contents(payload))
    if isinstance(parts, Rejected):
        return 0.0
    mapping = mapping_of(profile, binding, site_zone="UTC")
    return sum(mapping.score(part) for part in parts[:_MOST_DEVICES])


def _step(
    configuration: Configuration, topic: str, payload: bytes, *, now: Micros, retained: bool = False
) -> tuple[tuple[Reading, ...], tuple[Rejected, ...]]:
    message = Message(topic, payload, now)
    site, profiles = configuration.site, configuration.profiles
    route = Router(site.header, senders_of(site, profiles)).find(topic)
    found = route.read(message).readings if route else []
    stamps = [decoded.time for _, decoded in found if decoded.time and not decoded.historical]
    made = max((stamp for stamp in stamps if stamp >= EARLIEST), default=now)
    changes = Engine(configuration, {}, now=made).step([Message(topic, payload, made, retained=retained)])
    batch: Batch = changes.parts[Intake.name]
    rejected = tuple(
        Rejected(kind.reason, rejection.detail, kind.metric) for kind, rejection in batch.rejections.items()
    )
    return tuple(batch.readings), rejected
