"""Whether two names are of two people: as people read them, not as they are encoded."""

from __future__ import annotations

import unicodedata

from gateway.core.kernel.look_alikes import CYRILLIC_AND_GREEK

_NAMES = CYRILLIC_AND_GREEK | str.maketrans(
    # Cyrillic i, je, dze, u, straight u, shha, komi de, qa, we, ze and izhitsa; Greek Z, Y, alpha, gamma, iota, nu, rho
    # and upsilon; the Latin i without its dot, iota, alpha and script g, and two small capitals.
    "\u0406\u0456\u0408\u0458\u0405\u0455\u0423\u0443\u04ae\u04af\u04ba\u04bb"
    "\u0500\u0501\u051a\u051b\u051c\u051d\u0417\u0437\u0474\u0475"
    "\u0396\u03a5\u03b1\u03b3\u03b9\u03bd\u03c1\u03c5\u0131\u0269\u0251\u0261\u026a\u029f",
    "IiJjSsYyYyHhDdQqWw33Vv" + "ZYayivpu" + "iiagil",
)
"""More letters look alike in names than in units."""
_INVISIBLE = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul that are blank."""


def is_same_person(name: str, other: str) -> bool:
    """Whether two names look the same: by their letters and digits alone, in any case, width and script.

    A letter that looks like one of another script in one case only is compared in both.
    """
    return any(_plain(fold(name)) == _plain(fold(other)) for fold in (_as_it_looks, str.casefold))


def has_visible_letter(name: str) -> bool:
    """Whether the name has a letter or a digit that people see."""
    return bool(_plain(name))


def _as_it_looks(name: str) -> str:
    return unicodedata.normalize("NFKC", name).translate(_NAMES)


def _plain(name: str) -> str:
    """Its letters and digits, those of other scripts as the Latin ones that they look like."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold().translate(_NAMES))
    return "".join(each for each in text if each.isalnum() and each not in _INVISIBLE)
