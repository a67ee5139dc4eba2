"""The text of a message for people: what it says, its links, and its number."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.channels.outcome import Message
from gateway.core.kernel.links import LinkPurpose

_PURPOSES: Mapping[LinkPurpose, tuple[str, str]] = {
    LinkPurpose.ACKNOWLEDGE: ("Acknowledge", "确认报警"),
    LinkPurpose.ACCEPT: ("Accept", "接单"),
    LinkPurpose.DECLINE: ("Decline", "拒单"),
    LinkPurpose.CONFIRM: ("All is well", "确认已解决"),
    LinkPurpose.REOPEN: ("It is not solved", "仍未解决"),
    LinkPurpose.RATE: ("Rate", "评价"),
    LinkPurpose.TRACK: ("Follow", "查看进度"),
}


def body_of(message: Message) -> str:
    """The body with the links, and in its last line the number: who gets a message twice knows it by that."""
    notice = message.notice
    is_chinese = notice.language == "zh"
    several = len({link.about for link in message.links}) > 1
    lines = [notice.body] if notice.body else []
    for link in message.links:
        name = _PURPOSES[link.purpose][is_chinese]
        which = f" {link.about.partition(':')[2]}" if several else ""
        lines.append(f"{name}{which}: {link.url}")
    return "\n".join([*lines, f"#{notice.number}"])
