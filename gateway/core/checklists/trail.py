"""What the audit trail keeps of an answer to an item."""

from __future__ import annotations

from gateway.core.checklists.definition import ItemKind
from gateway.core.checklists.items import Item
from gateway.core.checklists.run import Answer
from gateway.core.kernel.times import isoformat


def data_of(item: Item, answer: Answer) -> dict[str, object]:
    """The data of the record: with its time and its person, all of the answer."""
    step = "answer" if answer.revision == 1 else "correct"
    data: dict[str, object] = {"step": step, "item": item.id, "text": item.text, "revision": answer.revision}
    data |= {} if answer.value is None else {"value": answer.value}
    data |= {"unit": item.unit} if item.unit else {}
    if answer.is_not_applicable:
        data["not_applicable"] = True
    elif item.can_fail:
        data["failed"] = item.is_failed(answer.value)
    if item.kind is ItemKind.READING and not answer.is_not_applicable:
        data |= {"by_hand": True} if answer.measured_at is None else {"measured_at": isoformat(answer.measured_at)}
    data |= {} if answer.note is None else {"note": answer.note}
    data |= {} if answer.photo is None else {"photo": answer.photo}
    return data
