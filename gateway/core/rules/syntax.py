"""The syntax tree of a condition, as CEL has parsed and checked it.

CEL gives its tree as a protobuf message (cel/expr/checked.proto and syntax.proto of the CEL specification, whose field
numbers stand below). It is read when rules are loaded, checked and explained; evaluation does not read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.expressions import check_expression, original_offset, with_caret

if TYPE_CHECKING:
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

_Message = Any
"""A message of protobuf whose class is made at run time: no tool knows its fields."""

_MOST_TREES = 1_024
LOOP = "(loop)"
"""The function of a macro such as `exists`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, or true or false; None for null."""

    value: Value | None
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A metric, an attribute, a value that the rule derives, or the variable of a macro."""

    name: str
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function. Operators have CEL's names, such as `_&&_`, `!_`, `-_` and `@in`."""

    function: str
    parts: tuple[Node, ...]
    """Its operands or arguments; of a method, first what it is called on."""
    offset: int = field(default=0, compare=False)


Node = Constant | Name | Items | Call


_NO_VARIABLES: Mapping[str, str] = {}


def parse(text: str, profile: Profile, variables: Mapping[str, str] = _NO_VARIABLES) -> Node:
    """The tree of a condition; its offsets are those of the text, each where the part begins.

    Args:
        variables: the types of the values that the rule derives, by name.

    Raises:
        ConditionError: the text has a mistake.
    """
    return _tree(text, check_expression(text, profile, variables))


@lru_cache(maxsize=_MOST_TREES)
def _tree(text: str, expression: cel.Expression) -> Node:
    """The tree of the text, which was compiled to this: read once, though it is asked for here and there."""
    from google.protobuf.message import DecodeError

    message: Any = _class_of("CheckedExpr")()
    try:
        message.ParseFromString(_inner(expression.serialize()))
    except DecodeError as error:  # protobuf reads a hundred levels
        raise ConditionError(with_caret("this is nested too deeply to be examined", text, 0)) from error
    positions = {each.key: original_offset(text, each.value) for each in message.source_info.positions}
    return _node(message.expr, positions)


def names_in(node: Node) -> Iterator[str]:
    """The names that a tree reads; some more than once."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Items | Call):
        for part in node.items if isinstance(node, Items) else node.parts:
            yield from names_in(part)


def start_of(node: Node) -> int:
    """Where the first part of the tree begins. The offset of an operator is its sign's."""
    parts = node.items if isinstance(node, Items) else node.parts if isinstance(node, Call) else ()
    return min((node.offset, *map(start_of, parts)))


def _node(expr: _Message, positions: Mapping[int, int]) -> Node:
    offset, kind = positions.get(expr.id, 0), expr.WhichOneof("kind")
    if kind == "const_expr":
        which = expr.const_expr.WhichOneof("kind")
        return Constant(None if which in (None, "null_value") else getattr(expr.const_expr, which), offset)
    if kind == "ident_expr":
        return Name(expr.ident_expr.name, offset)
    if kind == "list_expr":
        return Items(tuple(_node(each, positions) for each in expr.list_expr.elements), offset)
    if kind == "call_expr":
        call = expr.call_expr
        target = (call.target,) if call.HasField("target") else ()
        return Call(call.function, tuple(_node(each, positions) for each in (*target, *call.args)), offset)
    if kind == "select_expr":
        return Call(f".{expr.select_expr.field}", (_node(expr.select_expr.operand, positions),), offset)
    if kind == "comprehension_expr":
        loop = expr.comprehension_expr
        parts = (loop.iter_range, loop.accu_init, loop.loop_condition, loop.loop_step, loop.result)
        return Call(LOOP, tuple(_node(each, positions) for each in parts), offset)
    raise TypeError(f"CEL has made an expression of the kind {kind}, which no condition of ours has")


_TYPES = {"bool": 8, "int64": 3, "uint64": 4, "double": 1, "string": 9, "bytes": 12, "int32": 5}
"""The types of fields, as descriptor.proto of protobuf numbers them."""
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Any": {"value": (2, "bytes")},
    "CheckedExpr": {"expr": (4, "Expr"), "source_info": (5, "SourceInfo")},
    "SourceInfo": {"positions": (4, "Position[]")},
    "Position": {"key": (1, "int64"), "value": (2, "int32")},
    "Expr": {
        "id": (2, "int64"),
        "const_expr": (3, "Constant"),
        "ident_expr": (4, "Ident"),
        "select_expr": (5, "Select"),
        "call_expr": (6, "Call"),
        "list_expr": (7, "List"),
        "comprehension_expr": (9, "Comprehension"),
    },
    "Constant": {
        "null_value": (1, "int32"),
        "bool_value": (2, "bool"),
        "int64_value": (3, "int64"),
        "uint64_value": (4, "uint64"),
        "double_value": (5, "double"),
        "string_value": (6, "string"),
        "bytes_value": (7, "bytes"),
    },
    "Ident": {"name": (1, "string")},
    "Select": {"operand": (1, "Expr"), "field": (2, "string")},
    "Call": {"target": (1, "Expr"), "function": (2, "string"), "args": (3, "Expr[]")},
    "List": {"elements": (1, "Expr[]")},
    "Comprehension": {
        "iter_range": (2, "Expr"),
        "accu_init": (4, "Expr"),
        "loop_condition": (5, "Expr"),
        "loop_step": (6, "Expr"),
        "result": (7, "Expr"),
    },
}
_ONE_OF = {"Expr": "id", "Constant": ""}
"""Messages that have one of their fields, `kind`, all but the one named."""


@cache
def _pool() -> DescriptorPool:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool

    file = FileDescriptorProto(name="condition.proto", package="condition", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for key, (number, declared) in fields.items():
            kind = declared.removesuffix("[]")
            entry = message.field.add(name=key, number=number)
            is_repeated = kind != declared
            entry.label = FieldDescriptorProto.LABEL_REPEATED if is_repeated else FieldDescriptorProto.LABEL_OPTIONAL
            if kind in _TYPES:
                entry.type = FieldDescriptorProto.Type.ValueType(_TYPES[kind])
            else:
                entry.type, entry.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".condition.{kind}"
            if name in _ONE_OF and key != _ONE_OF[name]:
                entry.oneof_index = 0
        if name in _ONE_OF:
            message.oneof_decl.add(name="kind")
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


@cache
def _class_of(name: str) -> type[Message]:
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"condition.{name}"))


def _inner(serialized: bytes) -> bytes:
    """The bytes of the message within google.protobuf.Any."""
    message: Any = _class_of("Any")()
    message.ParseFromString(serialized)
    inner: bytes = message.value
    return inner
