#!/usr/bin/env python3
"""Fetches the weather warnings in force, and prints the level of the highest rain warning as a line of JSON, for ever.

    python3 rain.py rain.toml | mosquitto_pub -l -q 1 -t site/SITE/weather_warning/DEVICE/telemetry

`docs/bridges.md` has such a file, and the service that runs both. The level is read from the warnings' Chinese titles,
such as `…发布暴雨黄色预警…`. A feed that cannot be fetched or read is `{"ts": …, "feed_ok": false}`, without a level:
it does not say that there is no warning. Beside a title that is not understood the level is printed where it is no
lower than before.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import sys
import time
import tomllib
import unicodedata
import urllib.error
import urllib.request
import zlib
from pathlib import Path
from types import FrameType

LEVELS = {"": "none", "蓝": "blue", "黄": "yellow", "橙": "orange", "红": "red"}
"""From the lowest to the highest."""
SIMPLIFIED = str.maketrans("預藍黃紅發終銷級變調時為計將後", "预蓝黄红发终销级变调时为计将后")
"""Of the traditional characters, those in the words below."""
CLAUSE_END = re.compile("(?:[,;。、]|并|同时|和|及)(?!(?:升级|降级|变更|更新|调整|改)?[为至成到]?.色)|(?=发布(?!的))")
"""Not before a second colour of the same warning, as in `暴雨黄色、红色预警`."""
RAIN = re.compile("(?:.色)?暴雨.*")
"""What a clause says from the rain on. A colour further ahead is that of another warning."""
COLOUR = re.compile("(.)色")
LIFTED = re.compile("解除|取消|撤销|终止")
IN_FORCE = re.compile("发布(?!的|(?:关于)?解除)|继续|维持|升级|降级|变更|更新|调整|改为|改发|生效")
NOT_YET = re.compile("未|不|没|预计|将于|将在|即将|时后")


class NotUnderstood(Exception):
    """The feed, or a title in it, says something else than expected."""


class TooSlow(Exception):
    """No OSError: urllib would take such a one for that of a single address, and try the next."""


UNREADABLE = (NotUnderstood, TooSlow, OSError, http.client.HTTPException, EOFError, zlib.error, ValueError)
"""Or not reached, cut off, not compressed as it says, or no JSON."""


def give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow("the answer has not ended in time")


def fetch(url: str, within: float) -> object:
    """The feed's JSON, of at most 1 MB, compressed or not; all of it within so many seconds.

    urlopen's own timeout is for each piece of the answer, and a feed that sends byte after byte would never end.
    """
    signal.setitimer(signal.ITIMER_REAL, within)
    try:
        with urllib.request.urlopen(url, timeout=within) as answer:
            body = answer.read(1_000_000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)


def title_of(warning: object) -> str:
    title = warning.get("headline", warning.get("title")) if isinstance(warning, dict) else None
    if not isinstance(title, str):
        raise NotUnderstood(f"a warning without a title: {warning!r}")
    return title


def colours_of(title: str) -> list[str]:
    """Those of the rain warnings that the title says are in force."""
    text = "".join(unicodedata.normalize("NFKC", title).translate(SIMPLIFIED).split())
    if "预警" not in text:
        raise NotUnderstood(f"a title without 预警: {title!r}")
    colours: list[str] = []
    lifting = False
    for clause in CLAUSE_END.split(text):
        if not (rain := RAIN.search(clause)):
            continue
        in_force, lifted = IN_FORCE.search(clause), LIFTED.search(clause)
        found = COLOUR.findall(rain[0])
        if lifted:
            if in_force or NOT_YET.search(clause) or len(set(found)) > 1:
                raise NotUnderstood(f"a title of a warning that may or may not be lifted: {title!r}")
        elif not found or not LEVELS.keys() >= set(found) or (lifting and not in_force):
            raise NotUnderstood(f"a title of rain whose level is not clear: {title!r}")
        else:
            colours += found
        lifting = bool(lifted)
    return colours


def level_of(feed: object, path: str) -> tuple[str, str]:
    """The highest level among the warnings in the list at that path, such as `result.alert.content`.

    And what is not understood in one of them, which may then be higher; empty if all are.
    """
    for key in path.split("."):
        if not isinstance(feed, dict) or key not in feed:
            raise NotUnderstood(f"there is no {path}")
        feed = feed[key]
    if not isinstance(feed, list):
        raise NotUnderstood(f"{path} is no list")
    found, doubt = [""], ""
    for each in feed:
        try:
            found += colours_of(title_of(each))
        except NotUnderstood as error:
            doubt = str(error)
    return LEVELS[max(found, key=list(LEVELS).index)], doubt


def why(error: Exception) -> str:
    """What is wrong with the feed. Other texts may hold its address, and that the key of an account."""
    if isinstance(error, NotUnderstood | TooSlow):
        return str(error)
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers with status {error.code}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        error = error.reason
    said = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{said}"


def main(file: Path) -> None:
    settings = tomllib.loads(file.read_text(encoding="utf-8"))
    url, path, within = settings["url"], settings["list"], settings.get("timeout", 20)
    signal.signal(signal.SIGALRM, give_up)
    order = list(LEVELS.values()).index
    last = "red"  # after a start: nobody knows how high it was
    while True:
        line: dict[str, object] = {}
        try:
            level, doubt = level_of(fetch(url, within), path)
            if not doubt or (level != "none" and order(level) >= order(last)):
                line["level"] = last = level
        except UNREADABLE as error:
            doubt = why(error)
        if doubt:
            print(f"the feed cannot be read: {doubt}", file=sys.stderr)
        line["feed_ok"] = not doubt
        print(json.dumps({"ts": int(time.time() * 1000), **line}), flush=True)
        time.sleep(settings["every"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
