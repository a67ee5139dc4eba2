"""What those are called in the history of a ticket who have reported it."""

from __future__ import annotations

from gateway.core.kernel.texts import Language, Text
from gateway.core.work.tickets import Reporter

_NAMED = Text(en="{name} (reporter)", zh="{name}（报修人）")
_NAMELESS = Text(en="reporter", zh="报修人")


def called(reporter: Reporter | None, language: Language) -> str:
    """What somebody outside is called. It is never the name of a colleague alone: anybody may write any name."""
    if reporter is None or reporter.name is None:
        return _NAMELESS.in_language(language)
    return _NAMED.in_language(language).replace("{name}", reporter.name)
