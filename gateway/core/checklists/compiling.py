"""Makes the items that are used of a checklist as people write it, for a class of device."""

from __future__ import annotations

from gateway.core.checklists.definition import MAX_AGE, ChecklistSpec, ItemKind, ItemSpec
from gateway.core.checklists.items import FAIL, PASS, Corrective, Form, Item, Option
from gateway.core.kernel.texts import Language, Text
from gateway.core.profiles.metric import Metric, MetricType
from gateway.core.profiles.profile import Profile

_PASS, _FAIL = Text(en="pass", zh="合格"), Text(en="fail", zh="不合格")
_FORMS = {
    ItemKind.PASS_FAIL: Form.PASS_FAIL,
    ItemKind.NUMBER: Form.NUMBER,
    ItemKind.CHOICE: Form.CHOICE,
    ItemKind.PHOTO: Form.PHOTO,
    ItemKind.SIGNATURE: Form.NAME,
}
_FORMS_OF_METRICS: dict[MetricType, Form] = {
    "bool": Form.TRUTH,
    "int": Form.NUMBER,
    "float": Form.NUMBER,
    "enum": Form.CHOICE,
}


def items_of(checklist: ChecklistSpec, profile: Profile | None, language: Language) -> tuple[Item, ...]:
    """The items of a checklist as they are used.

    Args:
        profile: the class of device whose metrics its readings take; None where no device of the site is of it, and
            all readings are entered by hand. So are those for whose metric the item was not written: a shipped
            checklist, and a profile of the site in place of the shipped one.
    """
    metrics = profile.metrics if profile is not None else {}
    found = ((item, metrics.get(item.metric or "")) for item in checklist.items)
    return tuple(_item(item, metric if metric and _fits(item, metric) else None, language) for item, metric in found)


def _fits(item: ItemSpec, metric: Metric) -> bool:
    """Whether its limits, or the states that fail, were written for such a metric."""
    form, fails = _form_of(metric), item.fails or ()
    if metric.is_event:
        return False
    if item.has_limits:
        return form is Form.NUMBER and item.unit in ("", metric.unit)
    match form:
        case Form.TRUTH:
            return all(isinstance(each, bool) for each in fails)
        case Form.CHOICE:
            return {*fails} <= {*(metric.values or {}).values()}
        case _:
            return not fails or form is Form.TEXT


def _item(spec: ItemSpec, metric: Metric | None, language: Language) -> Item:
    template = spec.corrective
    choices = [(each.id, each.text.in_language(language) if each.text else each.id) for each in spec.choices or ()]
    if spec.kind is ItemKind.PASS_FAIL:
        choices = [(PASS, _PASS.in_language(language)), (FAIL, _FAIL.in_language(language))]
    states = dict.fromkeys(metric.values.values()) if metric is not None and metric.values is not None else ()
    return Item(
        id=spec.id,
        text=spec.text.in_language(language),
        kind=spec.kind,
        form=_form(spec, metric),
        unit=spec.unit if metric is None else metric.unit,
        min=spec.min,
        max=spec.max,
        options=tuple(Option(name, text) for name, text in [*choices, *((state, state) for state in states)]),
        fails=spec.fails or (),
        metric=None if metric is None else spec.metric,
        max_age=spec.max_age or MAX_AGE,
        optional=spec.optional,
        corrective=None
        if template is None
        else Corrective(template.category, template.priority, template.team, template.checklist),
    )


def _form(spec: ItemSpec, metric: Metric | None) -> Form:
    if spec.kind is not ItemKind.READING:
        return _FORMS[spec.kind]
    if metric is not None:
        return _form_of(metric)
    if spec.unit or spec.has_limits:
        return Form.NUMBER
    return Form.TRUTH if spec.fails and all(isinstance(each, bool) for each in spec.fails) else Form.TEXT


def _form_of(metric: Metric) -> Form:
    return _FORMS_OF_METRICS.get(metric.type, Form.TEXT)
