"""What a condition that does not compile is read with: its tokens, and the names that it may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.profiles.profile import Profile
from gateway.site_files.condition_text import Token

COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">=", "=", "=<", "=>", "<>", "is"})
"""Signs that compare, also those that CEL does not know."""
ORDER = frozenset({"<", "<=", ">", ">=", "=<", "=>"})
"""Those that order."""
JOIN = frozenset({"&&", "||", "&", "|", "and", "or", "AND", "OR", "And", "Or"})
"""Signs and words that join what is true or false."""
SIGNS: Mapping[str, tuple[str, str]] = {
    "=": ("==", "a single = compares nothing"),
    "===": ("==", "=== is no operator"),
    "!==": ("!=", "!== is no operator"),
    "<>": ("!=", "<> is no operator"),
    "=<": ("<=", "=< is no operator"),
    "=>": (">=", "=> is no operator"),
    "=!": ("!=", "=! is no operator"),
    "&": ("&&", "a single & is no operator"),
    "|": ("||", "a single | is no operator"),
}
"""Signs of other languages: what CEL has in their place, and what is wrong with them."""
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("and", "And", "AND", "且", "并且", "而且", "与"), "&&"),
    **dict.fromkeys(("or", "Or", "OR", "或", "或者"), "||"),
    **dict.fromkeys(("not", "Not", "NOT", "非", "不是"), "!"),
    **dict.fromkeys(("is", "equals", "eq", "等于"), "=="),
    **dict.fromkeys(("gt", "大于"), ">"),
    **dict.fromkeys(("lt", "小于"), "<"),
}
"""Words for operators."""
TRUTHS: Mapping[str, str] = {
    **dict.fromkeys(("True", "TRUE", "on", "On", "ON", "yes", "Yes", "YES"), "true"),
    **dict.fromkeys(("False", "FALSE", "off", "Off", "OFF", "no", "No", "NO"), "false"),
}
"""Words for true and false, as other languages and YAML 1.1 have them."""
_KINDS = {"int": "a number", "float": "a number", "enum": "a state", "list": "a list", "bool": "true or false"}
CEL_WORDS = frozenset({"true", "false", "null", "in"})
"""Names that CEL itself knows."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake in the writing of a condition. Offsets are those of the plain text."""

    start: int
    end: int
    what: str
    remedy: str
    correction: str | None = None
    """What to put in the place; None where only the author can know."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a condition may use, and those of which an author may have thought."""

    profile: Profile
    others: Mapping[str, Profile] = field(default_factory=dict)
    """All profiles, by name."""
    further: frozenset[str] = frozenset()
    """Names that the rule itself defines."""
    unknown_functions: frozenset[str] = frozenset()
    """Functions of which the compiler has said that there are none."""
    roles: frozenset[str] = frozenset()
    """The roles that devices of the site have."""

    def type_of(self, name: str) -> str | None:
        """The type of a metric or of an attribute with a default; None for any other name."""
        if (metric := self.profile.metrics.get(name)) is not None:
            return metric.type
        attribute = self.profile.attributes.get(name)
        return attribute.type if attribute is not None and attribute.default is not None else None

    def unit_of(self, name: str) -> str:
        """The unit of a metric or attribute; empty where it has none."""
        found = self.profile.metrics.get(name) or self.profile.attributes.get(name)
        return found.unit if found is not None else ""

    def states_of(self, name: str) -> Sequence[str]:
        """The states of an enum."""
        metric = self.profile.metrics.get(name)
        return tuple((metric.values or {}).values()) if metric is not None else ()

    def knows(self, name: str) -> bool:
        """Whether a condition may use the name."""
        return name in self.further or self.type_of(name) is not None

    @property
    def names(self) -> list[str]:
        """All names that it may use."""
        return [*self.profile.metrics, *(n for n in self.profile.attributes if self.knows(n)), *self.further]


@dataclass(frozen=True, slots=True)
class Reader:
    """The tokens of a condition, and what stands around each of them."""

    text: str
    """The plain text."""
    tokens: Sequence[Token]
    words: Vocabulary

    def at(self, index: int) -> Token:
        """The token at this place, or one of no text beyond the ends."""
        if 0 <= index < len(self.tokens):
            return self.tokens[index]
        return Token("other", "", len(self.text), len(self.text))

    def is_in_list(self, index: int) -> bool:
        """Whether the innermost open bracket holds items: a list, or what a function is given."""
        depth = 0
        for at in range(index, -1, -1):
            text = self.tokens[at].text
            if self.tokens[at].kind != "bracket":
                continue
            if text in ")]}":
                depth += 1
            elif depth:
                depth -= 1
            else:
                is_call = text == "(" and self.at(at - 1).kind == "name" and self.at(at - 1).text not in WORDS
                return text != "(" or is_call
        return False

    def compared(self, index: int, *, after: int | None = None) -> Token | None:
        """The name with which the value at `index` is compared, on either side of the operator."""
        operator, name = self.at(index - 1), self.at(index - 2)
        is_compared = operator.text in COMPARE
        if is_compared and name.kind == "name":
            return name if self.at(index - 3).text not in ("+", "-", "*", "/", ".") else None
        if is_compared:
            return None
        following = [each for each in self.tokens if each.start >= (after or self.at(index).end)][:2]
        if len(following) == 2 and following[0].text in COMPARE and following[1].kind == "name":
            return following[1]
        return None

    def listed(self, index: int) -> Token | None:
        """The name before `in [`, where the value at `index` is an item of such a list."""
        at = index - 1
        while at > 0 and (self.at(at).text == "," or self.at(at).kind in ("name", "text", "number")):
            at -= 1
        is_list = self.at(at).text == "[" and self.at(at - 1).text == "in"
        return self.at(at - 2) if is_list and self.at(at - 2).kind == "name" else None

    def starts_operand(self, token: Token) -> bool:
        """Whether the token is, or begins, what an operator works on."""
        return (token.kind in ("number", "name", "text") and token.text not in JOIN) or token.text == "("

    def is_operand_end(self, token: Token) -> bool:
        """Whether the token is a value on which an operator could follow."""
        is_word = token.kind == "name" and (self.words.knows(token.text) or token.text in ("true", "false"))
        return token.kind in ("number", "text") or is_word


def name_of(token: Token | None) -> str:
    """The name with which something is compared, for messages."""
    return token.text if token is not None else "the metric"


def kind_in_words(kind: str | None) -> str:
    """What values of a type are, for messages."""
    return _KINDS.get(kind or "", "a text")
