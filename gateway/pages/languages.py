"""In which language a page speaks to whom."""

from __future__ import annotations

from starlette.requests import Request

from gateway.core.kernel.texts import Language

PARAMETER = "lang"
"""Of the query: the switch on each page. It wins over what the browser prefers."""


def language_of(request: Request, otherwise: Language) -> Language:
    """The language that was chosen, or that the browser prefers; `otherwise` where it prefers neither."""
    match request.query_params.get(PARAMETER):
        case "zh":
            return "zh"
        case "en":
            return "en"
        case _:
            return preferred(request.headers.get("accept-language", ""), otherwise)


def preferred(header: str, otherwise: Language) -> Language:
    """The one of our languages that an `Accept-Language` header ranks highest."""
    weights: dict[Language, float] = {}
    for part in header.split(","):
        name, _, options = part.partition(";")
        primary = name.strip().lower().partition("-")[0]
        weight = _weight(options)
        if primary == "zh":
            weights["zh"] = max(weights.get("zh", 0.0), weight)
        elif primary == "en":
            weights["en"] = max(weights.get("en", 0.0), weight)
    best: Language = max(weights, key=lambda each: weights[each], default=otherwise)
    return best if weights.get(best, 0.0) > 0 else otherwise


def _weight(options: str) -> float:
    """The `q` of a language: 1 unless given, 0 where it is no number."""
    name, _, value = options.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
