"""The site, its locations and its devices, as the site's files define them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.person_names import is_same_person
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language, Text
from gateway.core.kernel.times import Interval, Micros
from gateway.core.kernel.values import Value
from gateway.core.site.calendars import Calendar
from gateway.core.site.distance import Distances, Ring, ServicePoints
from gateway.core.site.maintenance import MaintenanceWindow
from gateway.core.site.people import PersonSpec
from gateway.core.site.roles import Roles
from gateway.core.site.rosters import Roster
from gateway.core.site.topology import Topology

_LONGEST_ADDRESS = 256


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:  # a KeyError is what ZoneInfoNotFoundError is
        raise ValueError(f"{text!r} is not a time zone: write a name such as Asia/Shanghai") from error
    return text


def _address(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_ADDRESS or any(mark in text for mark in "+#\0"):
        raise ValueError(
            f"{text!r} is not an address: write what the device's messages call it, such as 24e124136b502156"
        )
    return text


class SiteHeader(Spec):
    """The site: id, name, time zone and language."""

    id: Identifier
    """A level of MQTT topics, such as `riverside`: letters, digits, . _ and -"""
    name: Text
    """What people call it."""
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(default="UTC", examples=["Asia/Shanghai"])
    """The name of its time zone."""
    language: Language = "en"
    """The language of titles and guidance."""


class LocationSpec(Spec):
    """A place: a building, a floor, a room."""

    id: Identifier
    """Its name in the site's files, such as `b1.pump-room`."""
    name: Text | None = None
    """What people call it."""
    parent: Identifier | None = None
    """The location that contains it, by id."""
    kind: Name = "room"
    """What it is, such as `building`, `floor` or `room`."""
    zone: Identifier | None = None
    """Its zone across buildings and floors, such as a fire zone."""
    walking: float | None = Field(default=None, ge=0, allow_inf_nan=False, examples=[40])
    """How far it is to walk, in metres, from the entrance of its parent, or of the site where it has none."""
    ring: Ring | None = None
    """How far it is from where people start, whatever the metres: near (at most 50 m), middle (at most 200 m) or far;
    also of what is inside it."""


class DeviceSpec(Spec):
    """One device of the site."""

    id: Identifier
    """Its name in the site's files, in topics and in the API, such as `pump-b1-1`."""
    profile: Name
    """Its class of device: the name of a profile."""
    name: Text | None = None
    """What people call it."""
    dialect: Name | None = None
    """Which of the profile's dialects it speaks; the native one if this is left out."""
    address: Annotated[str, AfterValidator(_address)] | None = None
    """What its messages call it; its id if this is left out."""
    location: Identifier | None = None
    """Its location, by id."""
    role: Name | None = Field(default=None, examples=["duty"])
    """What it is among the devices of its location. Rules of devices there read its metrics as `duty.flow`."""
    tags: tuple[Identifier, ...] = Field(default=(), examples=[["basement"]])
    """What else it is counted among. Rules of groups by tag watch it with the others that have the tag."""
    criticality: Literal["high", "normal", "low"] = "normal"
    """How critical it is for the site."""
    powered_by: Identifier | None = None
    """The device that feeds it, by id, such as a distribution panel."""
    reports_via: Identifier | None = None
    """The device that carries its messages, by id, such as a gateway of its radio network."""
    expect_every: Interval | Literal["never"] | None = None
    """How often it sends at least. Silent for three of these, it has the alarm `silent`; `never`: it has none."""
    attributes: dict[Name, bool | int | float | str] = Field(default={}, examples=[{"rated_speed": 2.5}])
    """Its values of the profile's attributes, where they differ from the defaults."""


@dataclass(frozen=True, slots=True)
class Site:
    """The whole site."""

    header: SiteHeader
    devices: Mapping[str, DeviceSpec]
    """By id."""
    locations: Mapping[str, LocationSpec] = field(default_factory=dict)
    """By id."""
    people: Mapping[str, PersonSpec] = field(default_factory=dict)
    """By id."""
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    """The duty roster of each team that has one."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """By id."""
    maintenance: tuple[MaintenanceWindow, ...] = ()
    """The planned windows, in the order of the site's files."""

    service_points: ServicePoints = field(default_factory=ServicePoints)
    """From where people start who go to a place."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Values that its conditions read as `site.NAME`."""
    distances: Distances = field(init=False)
    """How far its places are from the service points."""
    topology: Topology = field(init=False)
    """What powers and carries what."""
    roles: Roles = field(init=False)
    """Which device of a place has which role."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "topology", Topology.of(self.devices))
        object.__setattr__(self, "distances", Distances(self.locations, self.service_points))
        object.__setattr__(self, "roles", Roles.of(self.devices, self.locations))

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.header.timezone)

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that have members, in the order of the site's files."""
        return tuple(dict.fromkeys(team for person in self.people.values() for team in person.teams))

    def members_of(self, team: str) -> tuple[PersonSpec, ...]:
        """The people of a team, in the order of the site's files."""
        return tuple(person for person in self.people.values() if team in person.teams)

    def on_duty(self, team: str, at: Micros) -> tuple[PersonSpec, ...] | None:
        """Who of a team is on duty at this moment, in the order in which they are told; None without a roster."""
        roster = self.rosters.get(team)
        return tuple(self.people[person] for person in roster.on_duty(at)) if roster is not None else None

    def person_name(self, person: PersonSpec) -> str:
        """What colleagues call a person, in the site's language; the id where the files do not say it."""
        return person.name.in_language(self.header.language) if person.name is not None else person.id

    def person_called(self, name: str) -> str:
        """The id of the person whom colleagues call so, by id or name; the name itself where the files have none."""
        for person in self.people.values():
            names = (person.name.en, person.name.zh) if person.name is not None else ()
            if any(each is not None and is_same_person(each, name) for each in (person.id, *names)):
                return person.id
        return name

    def location_of(self, subject: Subject, members: Iterable[str] = ()) -> str | None:
        """Where a subject is, by id: a device, a location, or members of a group that are all at one location."""
        if subject.kind is SubjectKind.LOCATION:
            return subject.id
        devices = members if subject.device is None else (subject.device,)
        found = {spec.location for device in devices if (spec := self.devices.get(device)) is not None}
        return found.pop() if len(found) == 1 else None

    def is_inside(self, location: str | None, outer: str) -> bool:
        """Whether the location is `outer` or inside it."""
        while location is not None and location != outer:
            place = self.locations.get(location)
            location = place.parent if place else None
        return location is not None

    def name_of(self, device: str | None, language: Language | None = None) -> str | None:
        """The name of a device in a language, that of the site unless given, or its id if it has none; None where there
        is no such device."""
        spec = self.devices.get(device or "")
        return self._in_words(spec, language) if spec is not None else None

    def place_of(self, location: str | None, language: Language | None = None) -> str | None:
        """The name of a location, as of a device; None without one."""
        spec = self.locations.get(location or "")
        return self._in_words(spec, language) if spec is not None else location

    def words_of(self, subject: Subject, language: Language | None = None) -> str:
        """What people call it, as of a device: the name of a device or a location, also of a group by these. What the
        site's files do not name is said as it is written."""
        match subject.kind:
            case SubjectKind.DEVICE:
                return self.name_of(subject.id, language) or subject.id
            case SubjectKind.LOCATION if (spec := self.locations.get(subject.id)) is not None and spec.name is not None:
                return self._in_words(spec, language)
            case SubjectKind.GROUP if subject.id.startswith("parent="):
                return self.name_of(subject.id.removeprefix("parent="), language) or str(subject)
        return str(subject)

    def _in_words(self, spec: DeviceSpec | LocationSpec, language: Language | None) -> str:
        return spec.name.in_language(language or self.header.language) if spec.name is not None else spec.id
