"""Checks of checklists: the class of device that they are for, and the metrics that their readings take."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.checklists.definition import ChecklistSpec, ItemSpec
from gateway.core.profiles.metric import Metric
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.documents import in_yaml
from gateway.site_files.problems import Problem, did_you_mean

_NUMBERS = ("int", "float")


def check_checklists(catalogues: Catalogues) -> Iterator[Problem]:
    """Unknown profiles and metrics, and limits that do not fit the metric.

    A shipped checklist is no error where the site has a profile of its own in place of the shipped one: what that does
    not measure is entered by hand.
    """
    yield from _check_named(catalogues)
    profiles = catalogues.profiles
    for name, entry in catalogues.checklists.entries.items():
        profile = entry.spec.profile
        if profile is None or (name not in catalogues.own_checklists.places and catalogues.own_profiles.knows(profile)):
            continue
        if not profiles.knows(profile):
            yield entry.problem(*profiles.unknown(profile), at=("profile",))
        elif profile in profiles.entries:
            metrics = profiles.entries[profile].spec.metrics
            for index, item in entry.spec.readings:
                if item.metric not in metrics:
                    what = f"{profile} has no metric {item.metric!r}"
                    hint = did_you_mean(item.metric, metrics, kind="metrics")
                    yield entry.problem(what, hint, at=("items", index, "metric"))
                else:
                    yield from _check_reading(entry, index, item, metrics[item.metric])


def _check_named(catalogues: Catalogues) -> Iterator[Problem]:
    """Checklists that the tickets of rules and of failed items name."""
    known = catalogues.checklists
    for rule in catalogues.rules.entries.values():
        named = rule.spec.ticket and rule.spec.ticket.checklist
        if named and not known.knows(named):
            yield rule.problem(*known.unknown(named), at=("ticket", "checklist"))
    for entry in known.entries.values():
        for index, item in enumerate(entry.spec.items):
            named = item.corrective and item.corrective.checklist
            if named and not known.knows(named):
                yield entry.problem(*known.unknown(named), at=("items", index, "corrective", "checklist"))


def _check_reading(entry: Entry[ChecklistSpec], index: int, item: ItemSpec, metric: Metric) -> Iterator[Problem]:
    at = ("items", index)
    if metric.is_event:
        what = f"{item.metric} tells of something that happened, and is no state that could be read"
        yield entry.problem(what, "take another metric, or write another kind", at=(*at, "metric"))
    if metric.type not in _NUMBERS:
        for key in ("min", "max"):
            if getattr(item, key) is not None:
                what = f"{key}: {item.metric} is {metric.type}, and has no limits"
                yield entry.problem(what, "write which states fail, as fails: […]", at=(*at, key), of_key=True)
    if item.unit and item.unit != metric.unit:
        what = f"unit: {item.metric} is in {metric.unit or 'no unit'}, and so are min and max of its reading"
        hint = f"write unit: {metric.unit}, or leave it out" if metric.unit else "leave it out"
        yield entry.problem(what, hint, at=(*at, "unit"))
    for place, failing in enumerate(item.fails or ()):
        hint = ""
        if metric.type in _NUMBERS:
            hint = "write min and max"
        elif metric.type == "bool" and not isinstance(failing, bool):
            hint = "write true or false"
        elif metric.values is not None and failing not in metric.values.values():
            hint = f"write one of {', '.join(metric.values.values())}"
        elif metric.type != "bool" and isinstance(failing, bool):
            hint = "put it in quotes"
        if hint:
            what = f"fails: {in_yaml(failing)} is no value of {item.metric}, which is {metric.type}"
            yield entry.problem(what, hint, at=(*at, "fails", place))
