"""Topic patterns: topics with captures, such as `site/{site}/pump/{device}/telemetry`."""

from __future__ import annotations

import re

_CAPTURE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z_]*")


class TopicPattern:
    """A topic with captures. `{site}` stands for the site's id; any other name matches any text within a level."""

    def __init__(self, text: str) -> None:
        """Raises ValueError, with a hint, if the text is not a topic pattern."""
        names = _CAPTURE.findall(text)
        if "+" in text or "#" in text or not text.strip("/"):
            raise ValueError("write captures such as {device} in place of MQTT wildcards")
        if wrong := [name for name in names if not _NAME.fullmatch(name)]:
            raise ValueError(f"{{{wrong[0]}}} is not a capture: write a name in lower-case letters, such as {{device}}")
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{{{twice[0]}}} stands twice in one topic: write each name once")
        rest = _CAPTURE.sub("\0", text)
        if "{" in rest or "}" in rest or "\0\0" in rest:
            raise ValueError("a capture is a name in braces, with other text or a / between two of them")
        self.text = text
        self.captures = frozenset(names)

    @property
    def is_exact(self) -> bool:
        """Whether it captures nothing but site, device and channel, so that each device has one topic."""
        return "device" in self.captures and self.captures <= {"site", "device", "channel"}

    def fill(self, *, site: str, device: str, channel: str = "0") -> str:
        """The topic of one device."""
        return self.text.replace("{site}", site).replace("{device}", device).replace("{channel}", channel)

    def with_device(self, name: str, channel: str) -> TopicPattern:
        """The pattern of the topics of one device; with a channel, of that one."""
        text = self.text.replace("{device}", name)
        return TopicPattern(text.replace("{channel}", channel) if channel else text)

    def filter(self, *, site: str) -> str:
        """The MQTT filter that matches all topics of the pattern at a site."""
        levels = self.text.replace("{site}", site).split("/")
        return "/".join("+" if "{" in level else level for level in levels)

    def regex(self, *, site: str | None, deep: bool = False) -> re.Pattern[str]:
        """A regex for the topics of the pattern, with a group for each capture.

        Args:
            site: its id; None to match and capture any.
            deep: whether `{device}` may match several levels.
        """
        parts = _CAPTURE.split(self.text if site is None else self.text.replace("{site}", site))
        return re.compile(
            "".join(re.escape(part) if i % 2 == 0 else _group(part, deep) for i, part in enumerate(parts))
        )


def is_filter(text: str) -> bool:
    """Whether MQTT takes it as a topic filter: `+` and `#` stand for whole levels, `#` for the last."""
    if text.startswith("$share/"):
        _, group, text = (*text.split("/", 2), "")[:3]
        if not group or "+" in group or "#" in group:
            return False
    *levels, last = text.split("/")
    whole = all(level == "+" or not {"+", "#"} & set(level) for level in levels)
    ends_well = last in ("+", "#") or not {"+", "#"} & set(last)
    return whole and ends_well and 0 < len(text.encode()) < 2**16 and "\0" not in text


def covers(wide: str, narrow: str) -> bool:
    """Whether an MQTT filter matches every topic that another one matches."""
    wide_levels, narrow_levels = wide.split("/"), narrow.split("/")
    for index, level in enumerate(wide_levels):
        if level == "#":
            return not narrow_levels[0].startswith("$") or index > 0
        if index >= len(narrow_levels) or narrow_levels[index] == "#":
            return False
        if level != narrow_levels[index] and (level != "+" or (index == 0 and narrow_levels[0].startswith("$"))):
            return False
    return len(wide_levels) == len(narrow_levels)


def _group(name: str, deep: bool) -> str:
    return f"(?P<{name}>{'.+' if deep and name == 'device' else '[^/]+'})"
