"""Slips around the names of a condition: words for operators, states without quotes, names of something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.core.rules.windows.let import FUNCTIONS, WITHOUT_WINDOW
from gateway.site_files.condition_reader import CEL_WORDS, TRUTHS, WORDS, Reader, Slip, name_of
from gateway.site_files.condition_text import Token
from gateway.site_files.problems import did_you_mean

_OF_CONDITIONS = frozenset({"min", "max"})
"""Functions that conditions have as well, of numbers."""
_CALL = re.compile(r"\w+\s*\(\s*(?P<of>[A-Za-z]\w*)(?:\s*,\s*(?P<over>\d+(?:ms|s|min|m|h|d))?[^()]*)?\)")
_LASTING = re.compile(r"\d+\s*(?:ms|s|min|m|h|d)\b")


def name_slips(reader: Reader, index: int) -> Iterator[Slip]:
    """The slips at the name at `index`."""
    token, before, after = reader.at(index), reader.at(index - 1), reader.at(index + 1)
    name = token.text
    if name in reader.words.roles and after.text != "." and reader.words.type_of(name) is None:
        what = f"{name} is the role of a device, and a condition reads its metrics"
        yield Slip(token.start, token.end, what, f"write {name}.METRIC, such as {name}.running")
        return
    if reader.words.knows(name):
        if reader.is_operand_end(before) and before.kind != "bracket":
            what = f"between {before.text} and {name} stands no operator"
            yield Slip(token.start, token.end, what, "join them with && or ||, or compare them with == < or >")
        elif after.text == "(":
            what = f"between {name} and ( stands no operator"
            yield Slip(after.start, after.end, what, "write && or || before the bracket")
        return
    is_call = after.text == "(" and name not in WORDS
    if is_call and before.text != "." and name in FUNCTIONS and name not in _OF_CONDITIONS:
        yield _derived(reader, token)
        return
    if is_call and name not in CEL_WORDS and name not in reader.words.unknown_functions:
        return
    if before.text == "." or (before.kind == "number" and name not in WORDS) or name in CEL_WORDS:
        if name == "in" and after.text == "(":
            what = "a list stands in square brackets"
            yield Slip(after.start, after.end, what, "write in [a, b]")
        elif name == "null":
            remedy = "leave it out: a metric that was never sent is unknown, and raises nothing"
            yield Slip(token.start, token.end, "nothing can be compared with null", remedy)
        return
    yield from _unknown_name(reader, index)


def _derived(reader: Reader, token: Token) -> Slip:
    """A function of earlier readings, called as in other languages: `mean(pressure, 10m)`."""
    name = token.text
    called = _CALL.match(reader.text, token.start)
    of = called["of"].strip() if called else "METRIC"
    over = f", over: {called['over'] if called and called['over'] else '10m'}" if name not in WITHOUT_WINDOW else ""
    remedy = f"write it under `let`, as in let: {{{name}_1: {{{name}: {of}{over}}}}}, and {name}_1 here"
    end = called.end() if called else token.end
    return Slip(token.start, end, f"{name} is derived from earlier readings, and no function of conditions", remedy)


def _unknown_name(reader: Reader, index: int) -> Iterator[Slip]:
    token, after = reader.at(index), reader.at(index + 1)
    name, compared = token.text, reader.compared(index) or reader.listed(index)
    states = reader.words.states_of(compared.text) if compared is not None else ()
    kind = reader.words.type_of(compared.text) if compared is not None else None
    if name in states:
        what = f"{name} is a state of {name_of(compared)}, and states stand in quotes"
        yield Slip(token.start, token.end, what, f'write "{name}"', f'"{name}"')
    elif states or kind in ("string", "tag"):
        what = f"{name} is no name that the profile {reader.words.profile.profile} has, and texts stand in quotes"
        hint = did_you_mean(name, states, kind="states") if states else f'write "{name}"'
        yield Slip(token.start, token.end, what, hint, None if states else f'"{name}"')
    elif name in TRUTHS:
        plain = TRUTHS[name]
        what = f"{name} is no value here"
        yield Slip(token.start, token.end, what, f"write {plain}, in lower case", plain)
    elif name in WORDS:
        yield _word(reader, token, after)
    elif name == "for" and after.kind == "number":
        lasting = _LASTING.match(reader.text, after.start)
        remedy = f"write it as a key of its own, such as for: {''.join(lasting[0].split()) if lasting else '5m'}"
        yield Slip(token.start, len(reader.text), "how long a condition must hold does not stand in it", remedy)
    elif after.text == "(":
        remedy = "conditions have abs, min and max; what needs earlier readings, such as a mean, stands under let"
        yield Slip(token.start, token.end, f"there is no function {name}", remedy)
    elif after.text == ".":
        what = f"no device of the site has the role {name!r}"
        near = did_you_mean(name, reader.words.roles, kind="roles") if reader.words.roles else ""
        yield Slip(token.start, token.end, what, near or f"write role: {name} at that device, with its location")
    else:
        yield _undeclared(reader, token, after)


def _word(reader: Reader, token: Token, after: Token) -> Slip:
    sign = WORDS[token.text]
    end = token.end
    if token.text == "is" and after.text in ("not", "Not", "NOT"):
        sign, end = "!=", after.end
    elif sign == "!":
        end = after.start if after.text else token.end
    return Slip(token.start, end, f"{reader.text[token.start : end].strip()} is no operator", f"write {sign}", sign)


def _undeclared(reader: Reader, token: Token, after: Token) -> Slip:
    profile, name = reader.words.profile, token.text
    what = f"{profile.profile} has no metric or attribute {name!r}"
    titled = [each for each, of in profile.metrics.items() if of.title and name in (of.title.zh or "")]
    if titled and not name.isascii():
        write = " or ".join(titled[:3])
        correction = titled[0] if len(titled) == 1 else None
        return Slip(token.start, token.end, what, f"write the metric's name, {write}", correction)
    if name in profile.attributes:
        what = f"{name} is an attribute without a default, so that not every device has it"
        return Slip(token.start, token.end, what, f"give {name} a default in the profile {profile.profile}")
    if after.text == "-" and (joined := _joined(reader, token)) in profile.metrics:
        end = token.start + len(joined)
        return Slip(token.start, end, what, f"write {joined}", joined)
    elsewhere = sorted(each for each, other in reader.words.others.items() if name in other.metrics)
    near = did_you_mean(name, reader.words.names, kind="names")
    if elsewhere and not near.startswith("did"):
        of = ", ".join(elsewhere[:3]) + (", …" if len(elsewhere) > 3 else "")
        what += f", it is a metric of {of}"
        return Slip(token.start, token.end, what, f"a rule reads one device and its own profile; {near}")
    return Slip(token.start, token.end, what, near)


def _joined(reader: Reader, token: Token) -> str:
    """A name written with hyphens, with underscores in their place."""
    match = re.match(r"\w+(?:-\w+)+", reader.text[token.start :])
    return match[0].replace("-", "_") if match else token.text
