"""Checks of bindings: whether their sources go with the format, and what is said of bytes goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.kernel.mistakes import Mistake
from gateway.core.profiles.bindings.notation import Format
from gateway.core.profiles.bindings.sources import Source
from gateway.core.profiles.paths import check_paths

if TYPE_CHECKING:
    from gateway.core.profiles.bindings.binding import Binding
    from gateway.core.profiles.bindings.frames import Records


def check_source(form: Format, name: str, source: Source) -> None:
    """Raise Mistake if a source does not go with the format of a message without bytes."""
    if source.type is not None:
        sentence = f"`type` is for the formats bytes and lorawan, this is {form}: remove it"
        raise _wrong_source(name, sentence, "type")
    if form == "plain":
        _check_paths(name, source)
    if form == "json":
        _check_paths(name, source)
        if source.path is None and source.const is None:
            raise _wrong_source(name, "a source needs a `path`, or a `const`: write where its value stands", "path")


def check_bytes(binding: Binding) -> None:
    """Raise Mistake if what a binding of bytes says contradicts itself."""
    if len({len(tag) for tag in binding.channels}) > 1:
        sentence = "the tags of `channels` are not all as long: write each with as many bytes"
        raise Mistake(sentence, "channels")
    if binding.length is not None and (min(binding.length) < 0 or list(binding.length) != sorted(binding.length)):
        sentence = f"length: {list(binding.length)} does not rise from 0: write the bytes as 5, or [least, most]"
        raise Mistake(sentence, "length", of_key=len(binding.length) > 1)
    if binding.records is not None:
        _check_records(binding, binding.records)
    if not (binding.values or binding.channels or binding.records or binding.ignore):
        sentence = "bytes need `values` (at offsets), `channels` (by tags) or `records`: write what stands in them"
        raise Mistake(sentence, "values")
    for name, source in (binding.values or {}).items():
        if source.type is None and source.const is None and source.path is None:
            raise _wrong_source(name, "a source needs `at` and `type`, as in {at: 0, type: u8}", "at")
        if binding.length is not None and (source.at or 0) + source.width > max(binding.length):
            sentence = f"it lies behind the {max(binding.length)} bytes of `length`: correct `at`, or `length`"
            raise _wrong_source(name, sentence, "at")
        if source.type is not None and source.at is None:
            raise _wrong_source(name, "`type` needs an `at` beside it: write the offset in bytes, from 0", "type")
        if source.path is not None and binding.format == "bytes" and binding.data is None:
            sentence = "bytes alone have no `path`: write at and type, or say where the bytes are (data: PATH)"
            raise _wrong_source(name, sentence, "path")


def _check_records(binding: Binding, records: Records) -> None:
    if binding.channels:
        sentence = "`channels` and `records` both go on to the end of a message: remove one"
        raise Mistake(sentence, "records")


def _check_paths(name: str, source: Source) -> None:
    try:
        check_paths(source.path or ())
    except Mistake as mistake:
        raise Mistake(f"{name}: {mistake}", "values", name, "path", *mistake.at, of_key=False) from mistake


def _wrong_source(name: str, sentence: str, key: str) -> Mistake:
    return Mistake(f"{name}: {sentence}", "values", name, key)
