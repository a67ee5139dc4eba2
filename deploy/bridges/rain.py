#!/usr/bin/env python3
"""Fetches the weather warnings in force, and prints the level of the highest rain warning as a line of JSON, for ever.

    python3 rain.py rain.toml | mosquitto_pub -l -q 1 -t site/SITE/weather_warning/DEVICE/telemetry

`docs/bridges.md` has such a file, and the service that runs both. The level is read from the warnings' Chinese titles,
`…发布暴雨黄色预警…`, whose wording is the same everywhere. A feed that cannot be fetched or read is
`{"ts": …, "feed_ok": false}`, without a level: it does not say that there is no warning.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import sys
import time
import tomllib
import urllib.request
import zlib
from pathlib import Path

LEVELS = {"": "none", "蓝": "blue", "黄": "yellow", "橙": "orange", "红": "red"}
"""From the lowest to the highest."""
WARNING = re.compile("暴雨([蓝黄橙红])色预警")
LIFTED = re.compile("解除|取消")


def fetch(url: str) -> object:
    """The feed's JSON, of at most 1 MB, compressed or not."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        body = answer.read(1_000_000)
    return json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)


UNREADABLE = (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError, LookupError, TypeError)
"""Not reached, cut off, not compressed as it says, no JSON, or another JSON than expected."""


def level_of(feed: object, path: str) -> str:
    """The highest level among the warnings in the list at that path, such as `result.alert.content`."""
    for key in path.split("."):
        if not isinstance(feed, dict):
            raise TypeError(f"there is no {path}")
        feed = feed[key]
    if not isinstance(feed, list):
        raise TypeError(f"{path} is no list")
    titles = [each["headline"] if "headline" in each else each["title"] for each in feed]
    found = [match[1] for title in titles if (match := WARNING.search(title)) and not LIFTED.search(title)]
    return LEVELS[max(found, key=list(LEVELS).index, default="")]


def main(file: Path) -> None:
    settings = tomllib.loads(file.read_text(encoding="utf-8"))
    while True:
        try:
            line = {"level": level_of(fetch(settings["url"]), settings["list"]), "feed_ok": True}
        except UNREADABLE as error:
            print(f"the feed cannot be read: {error!r}", file=sys.stderr)
            line = {"feed_ok": False}
        print(json.dumps({"ts": int(time.time() * 1000), **line}), flush=True)
        time.sleep(settings["every"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
