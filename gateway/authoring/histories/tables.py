"""Puts tables of YAML together from parts of others, each with its place."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.site_files.documents import Position, Table


def table(content: dict[str, object], place: Position) -> Table:
    """A table of which all stands at one place."""
    made = Table()
    for key, value in content.items():
        put(made, key, value, place)
    return made


def put(into: Table, key: object, value: object, place: Position, value_place: Position | None = None) -> None:
    """Add a key and its value, which stands at the place of the key unless another is given."""
    assert key is None or isinstance(key, str | int | float | bool)
    into[key] = value
    into.key_positions[key], into.value_positions[key] = place, value_place or place


def part(of: Table, keys: Iterable[str]) -> Table:
    """These keys of a table, as far as it has them."""
    found = Table()
    for key in keys:
        if key in of:
            put(found, key, of[key], of.key_positions[key], of.value_positions[key])
    return found


def over(below: object, above: Table) -> Table:
    """The keys of both; those above win."""
    assert isinstance(below, Table)
    both = Table()
    for each in (below, above):
        for key in each:
            put(both, key, each[key], each.key_positions[key], each.value_positions[key])
    return both
