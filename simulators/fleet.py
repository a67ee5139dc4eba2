"""A fleet: the devices of a site, the faults of each with their times, and the rounds of its guards."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simulators import documents
from simulators.catalogue import FAULTS, DeviceClass
from simulators.dialects import DIALECTS
from simulators.documents import Document
from simulators.durations import Duration, format_duration


def _identifier(written: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", written):
        raise ValueError(f"{written!r} cannot stand in a topic: use letters, digits, dots, hyphens and underscores")
    return written


def _tag_uid(written: str) -> str:
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2}){4,10}", written):
        raise ValueError(f"{written!r} is not the UID of a tag: write its 4 to 10 bytes in hex, such as 04A2B3C4D5E680")
    return written.upper()


def _timezone(written: str) -> str:
    try:
        return ZoneInfo(written).key
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError(f"{written!r} is no time zone: write one such as Asia/Shanghai") from exc


Timezone = Annotated[str, AfterValidator(_timezone)]
"""The name of a time zone of the IANA database."""

Identifier = Annotated[str, AfterValidator(_identifier)]
"""The name of a site or a device: one level of an MQTT topic."""

TagUid = Annotated[str, AfterValidator(_tag_uid)]
"""Hex bytes of a tag, 4 to 10 of them, kept in upper case."""


class Spec(BaseModel):
    """A part of a fleet file: frozen, and no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)


class ScheduledFault(Spec):
    """A fault from `at`, for a while; both are model time in seconds (in a file: durations)."""

    name: str
    at: Duration
    lasts: Duration = Field(alias="for", gt=0)

    @property
    def until(self) -> float:
        return self.at + self.lasts


class DeviceSpec(Spec):
    id: Identifier
    device_class: DeviceClass = Field(alias="class")
    dialect: str = "native"
    """The form of its messages: that of a product or platform, or `native`."""
    address: str | None = None
    """Its address in messages, in the form of its dialect; the id unless given."""
    via: str | None = None
    """The network server, for radio sensors."""
    faults: tuple[ScheduledFault, ...] = ()
    floors: int = Field(default=12, ge=2, le=200)
    """Landings; for an elevator only."""
    rated_speed: float = Field(default=1.75, ge=0.25, le=20.0)
    """In m/s; for an elevator only."""

    @model_validator(mode="after")
    def _check_dialect(self) -> Self:
        dialect = DIALECTS.get(self.dialect)
        if dialect is None or self.device_class not in dialect.writers:
            spoken = ", ".join(name for name, known in DIALECTS.items() if self.device_class in known.writers)
            raise ValueError(f"{self.device_class} has no dialect {self.dialect!r}; there are: {spoken}")
        dialect.address.check(self.address or self.id)
        if self.via is not None and self.via not in dialect.servers:
            servers = f"through {' or '.join(dialect.servers)}" if dialect.servers else "through no network server"
            raise ValueError(f"via {self.via!r} does not fit: {self.dialect} goes {servers}")
        return self

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = FAULTS[self.device_class]
        for fault in self.faults:
            if fault.name not in {str(name) for name in known}:
                raise ValueError(f"{self.device_class} has no fault {fault.name!r}; there are: {', '.join(known)}")
        for fault in self.faults:
            for other in self.faults:
                if other is not fault and other.name == fault.name and fault.at <= other.at < fault.until:
                    raise ValueError(f"{fault.name} at {format_duration(other.at)} overlaps another {fault.name}")
        for option in {"floors", "rated_speed"} & self.model_fields_set:
            if self.device_class is not DeviceClass.ELEVATOR:
                raise ValueError(f"{option} is for elevators only")
        return self


class PointSpec(Spec):
    """A point of a round: its reader, the UID of its tag, and the walk to it from the point before (s)."""

    reader: Identifier
    uid: TagUid
    after: Duration = Field(gt=0)


class RoundSpec(Spec):
    """A round walked first at `start`, then at every interval (s of model time)."""

    name: str
    every: Duration = Field(gt=0)
    start: Duration = 0.0
    points: tuple[PointSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        takes = sum(point.after for point in self.points)
        if takes > self.every:
            raise ValueError(
                f"the walk takes {format_duration(takes)}, longer than its interval of {format_duration(self.every)}"
            )
        return self


class Fleet(Spec):
    """The simulated devices of one site. Readers named only by a round are part of it."""

    site: Identifier
    timezone: Timezone = "UTC"
    """The site's time zone: some dialects stamp with local time."""
    devices: tuple[DeviceSpec, ...] = ()
    rounds: tuple[RoundSpec, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        classes: dict[str, DeviceClass] = {}
        for device in self.devices:
            if device.id in classes:
                raise ValueError(f"two devices are called {device.id!r}: give each its own id")
            classes[device.id] = device.device_class
        known: dict[tuple[str, str], str] = {}
        for device in self.devices:
            address = device.address or device.id
            if other := known.get((device.dialect, address)):
                raise ValueError(f"{other} and {device.id} have the same address {address!r}: give each its own")
            known[device.dialect, address] = device.id
        names = [walk.name for walk in self.rounds]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two rounds are called {name!r}: give each its own name")
        for walk in self.rounds:
            for point in walk.points:
                if classes.get(point.reader, DeviceClass.NFC_READER) is not DeviceClass.NFC_READER:
                    raise ValueError(f"round {walk.name!r}: {point.reader!r} is no nfc_reader")
        if not self.devices and not self.rounds:
            raise ValueError("there is nothing to simulate: list some devices or rounds")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def all_devices(self) -> tuple[DeviceSpec, ...]:
        """The devices listed, then the readers that only the rounds name."""
        listed = {device.id for device in self.devices}
        readers = dict.fromkeys(point.reader for walk in self.rounds for point in walk.points)
        implied = (
            DeviceSpec(id=reader, device_class=DeviceClass.NFC_READER) for reader in readers if reader not in listed
        )
        return (*self.devices, *implied)


def load_fleet(path: Path) -> Fleet:
    """The fleet in a YAML file; a `FileError` names the line and what is wrong there."""
    return documents.load(path, Fleet)


def fleet_from(data: Mapping[str, object], *, source: str = "fleet") -> Fleet:
    """The fleet in a mapping of the same form as the file; `source` names it in a `FileError`."""
    return documents.check(Document(source, data, {}), Fleet)
