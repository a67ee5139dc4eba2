"""A site from its files: the site file, what it includes, and the shipped libraries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.core.alarms.builtin import BUILTIN_IDS
from gateway.core.configuration import Configuration
from gateway.core.profiles.profile import Profile
from gateway.core.rules.silence import SILENT
from gateway.core.site.site import Site, SiteHeader
from gateway.core.work.report_words import classifier_of
from gateway.errors import SiteError
from gateway.site_files.catalogue import Catalogues, in_order
from gateway.site_files.checklist_checks import check_checklists
from gateway.site_files.checks import check_devices, check_inhibitors, check_locations, check_topics, compile_rules
from gateway.site_files.documents import Document, Series, read_document
from gateway.site_files.explain import validate
from gateway.site_files.maintenance_checks import check_windows, compile_windows
from gateway.site_files.muting import check_muting_keys
from gateway.site_files.notify import check_routes, compile_notices, read_notice_keys
from gateway.site_files.parameters import apply_parameters, read_parameters
from gateway.site_files.problems import Problem, did_you_mean
from gateway.site_files.profile_checks import check_profiles
from gateway.site_files.schedule_checks import check_active, check_people, compile_calendars, compile_rosters
from gateway.site_files.shipped import shipped_files
from gateway.site_files.topology_checks import check_topology
from gateway.site_files.work_keys import WORK_KEYS, read_work_keys

LISTS = ("locations", "devices", "rules", "people", "rosters", "calendars", "maintenance", "checklists", "notify")
"""The keys of definitions, which may also stand in included files."""
SITE_KEYS = ("site", "include", *LISTS, *WORK_KEYS, "parameters", "disable_rules", "quiet_hours", "proof")
"""All keys of a site file."""


@dataclass(frozen=True, slots=True)
class ReadSite:
    """The files of a site, read and checked."""

    configuration: Configuration | None
    """None where there are problems."""
    problems: list[Problem]
    """The errors, in order."""
    catalogues: Catalogues
    """The definitions, each with its place."""
    document: Document | None
    """The site file; None where it cannot be read."""


def load_configuration(path: Path, *, profiles: Path | None = None) -> Configuration:
    """The site whose file is at `path`, checked, with the rules of the profiles that it uses compiled.

    Args:
        profiles: a directory of further profiles, as if the site included them.

    Raises:
        SiteError: with every problem of its files, one a line.
    """
    read = read_site(path, every_rule=False, profiles=profiles)
    if read.configuration is None:
        raise SiteError("\n".join(map(str, read.problems)))
    return read.configuration


def load_profiles(directory: Path | None = None) -> dict[str, Profile]:
    """The shipped profiles, and those of a directory, which replace shipped ones of the same name.

    Raises:
        SiteError: with every problem of their files, one a line.
    """
    catalogues = Catalogues()
    problems = [*_read_profiles(directory, catalogues), *_read_shipped_files(catalogues)]
    problems += check_profiles(catalogues.profiles)
    if problems:
        raise SiteError("\n".join(map(str, in_order(problems))))
    return {name: entry.spec for name, entry in catalogues.profiles.entries.items()}


def check_site(path: Path) -> list[Problem]:
    """Every error in the site's files and in the shipped ones, also in rules of profiles that it does not use."""
    return read_site(path, every_rule=True).problems


def _read_profiles(directory: Path | None, catalogues: Catalogues) -> Iterator[Problem]:
    if directory is None:
        return
    files = sorted(directory.glob("*.yaml"))
    if not files:
        yield Problem(directory, 1, 1, "there is no profile in this directory", "write one to a file such as pump.yaml")
    for file in files:
        yield from _read_included_file(file, catalogues)


def read_site(path: Path, *, every_rule: bool, profiles: Path | None = None) -> ReadSite:
    """Read all files of a site.

    Args:
        every_rule: whether to compile rules of profiles that the site does not use, too.
        profiles: as of `load_configuration`.
    """
    document, catalogues, problems = read_definitions(path, every_profile=every_rule, profiles=profiles)
    if document is None:
        return ReadSite(None, problems, catalogues, None)
    return compile_site(document, catalogues, problems, every_rule=every_rule)


def read_definitions(
    path: Path | None, *, every_profile: bool, profiles: Path | None = None
) -> tuple[Document | None, Catalogues, list[Problem]]:
    """The site file, everything that the files define, and what is wrong with each by itself.

    Args:
        path: the site file; None where only the libraries are read.
        every_profile: whether to read shipped profiles that the site does not use, too.
        profiles: as of `load_configuration`.
    """
    catalogues = Catalogues()
    document, problems = (None, []) if path is None else read_document(path)
    if path is not None and document is None:
        return None, catalogues, problems
    if document is not None:
        problems += _read_site_file(document, catalogues)
        for included in _included_files(document, problems):
            problems += _read_included_file(included, catalogues)
    problems += _read_profiles(profiles, catalogues)
    problems += _read_shipped_files(catalogues, every_profile=every_profile)
    return document, catalogues, problems


def compile_site(
    document: Document,
    catalogues: Catalogues,
    problems: Sequence[Problem] = (),
    *,
    every_rule: bool,
    checks_profiles: bool = True,
) -> ReadSite:
    """Check a site's definitions against each other, and compile them; the catalogues are changed by it.

    Args:
        document: the site file, whose lists the catalogues have already.
        problems: those that are known before.
        every_rule: as of `read_site`.
        checks_profiles: whether the bindings of profiles are to be checked, which takes a third of a second.
    """
    problems = [*problems]
    header, found = _read_header(document)
    problems += found
    parameters, found = read_parameters(document)
    problems += found
    problems += apply_parameters(catalogues, parameters)
    catalogues.disabled, found = _read_disabled(document, catalogues)
    problems += found

    known, devices, locations = catalogues.profiles, catalogues.devices, catalogues.locations
    if not devices.entries and not problems:
        problems.append(document.problem((), "the site has no devices", "list them under devices:, or include a file"))
    problems += check_locations(locations)
    problems += check_profiles(known) if checks_profiles else ()
    problems += check_devices(devices, known, locations)
    problems += check_topology(devices)
    problems += check_topics(header.id, devices, known) if header else ()
    rules, found = compile_rules(catalogues, every=every_rule)
    problems += found
    problems += check_muting_keys(catalogues)
    problems += check_inhibitors(catalogues)
    zone = ZoneInfo(header.timezone) if header else None
    calendars, found = compile_calendars(catalogues.calendars, zone)
    problems += found
    problems += check_active(catalogues, calendars, zone)
    rosters, found = compile_rosters(catalogues, compiled=calendars, zone=zone)
    problems += found
    problems += check_people(catalogues)
    problems += check_windows(catalogues)
    work, found = read_work_keys(document, catalogues, calendars)
    problems += found
    problems += check_checklists(catalogues)
    notice_keys, found = read_notice_keys(document, catalogues, calendars, zone)
    problems += [*found, *check_routes(catalogues)]
    if header is None or problems:
        return ReadSite(None, in_order(problems), catalogues, document)
    site = Site(
        header=header,
        devices={name: entry.spec for name, entry in devices.entries.items()},
        locations={name: entry.spec for name, entry in locations.entries.items()},
        people={name: entry.spec for name, entry in catalogues.people.entries.items()},
        rosters=rosters,
        calendars=calendars,
        service_points=work.service_points,
        parameters=parameters,
    )
    windows, found = compile_windows(site, catalogues.maintenance)
    if found:
        return ReadSite(None, in_order(found), catalogues, document)
    site = replace(site, maintenance=windows)
    specs = {name: entry.spec for name, entry in known.entries.items()}
    configuration = Configuration(
        site,
        specs,
        rules,
        service_levels=work.levels,
        escalation=work.escalation,
        dispatch=work.dispatch,
        tickets=work.tickets,
        ticket_feed=work.ticket_feed,
        checklists={name: entry.spec for name, entry in catalogues.checklists.entries.items()},
        notices=compile_notices(site, catalogues.notify, notice_keys),
        reports=classifier_of(work.report_categories),
    )
    return ReadSite(configuration, [], catalogues, document)


def _read_header(document: Document) -> tuple[SiteHeader | None, list[Problem]]:
    if "site" not in document.root:
        example = "write site: {id: riverside, name: {en: Riverside Estate}, timezone: Asia/Shanghai}"
        return None, [document.problem((), "the key 'site' is missing", example)]
    return validate(document, ("site",), SiteHeader)


def _read_site_file(document: Document, catalogues: Catalogues) -> list[Problem]:
    return [*_unknown_keys(document, SITE_KEYS), *read_lists(document, catalogues)]


def _read_included_file(file: Path, catalogues: Catalogues) -> list[Problem]:
    document, problems = read_document(file)
    if document is None:
        catalogues.lose_a_file()
        return problems
    if "profile" in document.root or "metrics" in document.root:
        return [*problems, *catalogues.own_profiles.read(document, ())]
    return [*problems, *_unknown_keys(document, LISTS), *read_lists(document, catalogues)]


def read_lists(document: Document, catalogues: Catalogues) -> Iterator[Problem]:
    """Add the definitions of a document to the catalogues; return what is wrong with them."""
    yield from catalogues.locations.read_list(document, "locations")
    yield from catalogues.devices.read_list(document, "devices")
    yield from catalogues.own_rules.read_list(document, "rules")
    yield from catalogues.people.read_list(document, "people")
    yield from catalogues.rosters.read_list(document, "rosters")
    yield from catalogues.calendars.read_table(document, "calendars")
    yield from catalogues.own_checklists.read_list(document, "checklists")
    yield from catalogues.read_unnamed(document)


def _read_shipped_files(catalogues: Catalogues, *, every_profile: bool = True) -> Iterator[Problem]:
    """Without `every_profile` only the profiles that the site needs are read, which saves time and memory."""
    for file in shipped_files("rules"):
        document, problems = read_document(file)
        yield from problems
        if document is not None:
            yield from _unknown_keys(document, ("rules",))
            yield from catalogues.shipped_rules.read_list(document, "rules")
    for file in shipped_files("checklists"):
        document, problems = read_document(file)
        yield from problems
        if document is not None:
            yield from _unknown_keys(document, ("checklists",))
            yield from catalogues.shipped_checklists.read_list(document, "checklists")
    needed = _needed_profiles(catalogues)
    for file in shipped_files("device_profiles"):
        if not every_profile and file.stem not in needed:
            catalogues.shipped_profiles.places[file.stem] = f"{file}:1"
            continue
        document, problems = read_document(file)
        yield from problems
        if document is not None:
            yield from catalogues.shipped_profiles.read(document, ())


def _needed_profiles(catalogues: Catalogues) -> set[str]:
    """Those of the site's devices, and the others of rules whose groups have one of these devices."""
    used = {entry.spec.profile for entry in catalogues.devices.entries.values()}
    needed = set(used)
    for entry in catalogues.rules.entries.values():
        names = entry.spec.applies_to.names
        if entry.spec.group_by is not None and not used.isdisjoint(names):
            needed.update(names)
    return needed


def _unknown_keys(document: Document, known: tuple[str, ...]) -> Iterator[Problem]:
    for key in document.root:
        if key not in known:
            hint = "only the site file has it" if key in SITE_KEYS else did_you_mean(key, known, kind="keys")
            yield document.problem((key,), f"unknown key {str(key)!r}", hint, of_key=True)  # type: ignore[arg-type]


def _included_files(document: Document, problems: list[Problem]) -> list[Path]:
    """The files that the patterns match, each once; a pattern that matches none is a problem."""
    patterns = document.root.get("include")
    if patterns is None:
        return []
    if not isinstance(patterns, Series):
        problems.append(document.problem(("include",), "include: this is not a list", "write [devices/*.yaml]"))
        return []
    files: dict[Path, Path] = {document.file.resolve(): document.file}
    for index, pattern in enumerate(patterns):
        matched = _matching(document.file.parent, pattern)
        for file in matched:
            files.setdefault(file.resolve(), file)
        if not matched:
            hint = f"write a path or pattern such as devices/*.yaml, from {document.file.parent.resolve()}"
            problems.append(document.problem(("include", index), f"include: {pattern!r} matches no file", hint))
    return list(files.values())[1:]


def _matching(home: Path, pattern: object) -> list[Path]:
    if not isinstance(pattern, str) or not pattern or Path(pattern).is_absolute():
        return []
    try:
        return sorted(file for file in home.glob(pattern) if file.is_file())
    except ValueError:  # not a valid pattern, such as a**
        return []


def _read_disabled(document: Document, catalogues: Catalogues) -> tuple[frozenset[str], list[Problem]]:
    names = document.root.get("disable_rules")
    if names is None:
        return frozenset(), []
    if not isinstance(names, Series):
        return frozenset(), [
            document.problem(("disable_rules",), "disable_rules: this is not a list", "write [id, id]")
        ]
    shipped, problems = catalogues.shipped_rules, []
    for index, name in enumerate(names):
        at = ("disable_rules", index)
        if name == SILENT:
            hint = "write `expect_every: never` at each device that need not be heard"
            problems.append(document.problem(at, "'silent' is built in, and cannot be disabled", hint))
        elif isinstance(name, str) and name in BUILTIN_IDS:
            hint = "remove it here; its alarms can be shelved"
            problems.append(document.problem(at, f"{name!r} is built in, and cannot be disabled", hint))
        elif isinstance(name, str) and catalogues.own_rules.knows(name):
            problems.append(document.problem(at, f"{name!r} is a rule of this site", "remove it where it stands"))
        elif not isinstance(name, str) or not shipped.knows(name):
            hint = did_you_mean(name, shipped.places, kind="rules") if isinstance(name, str) else "write the rule's id"
            problems.append(document.problem(at, f"there is no shipped rule {name!r}", hint))
    return frozenset(name for name in names if isinstance(name, str)), problems
