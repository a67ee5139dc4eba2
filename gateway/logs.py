"""Log lines on stderr, as text or as JSON."""

from __future__ import annotations

import contextlib
import logging
import sys

import structlog


class _Printer(structlog.PrintLogger):
    """Prints lines as far as they can be: a log on a full disk, or whose reader is gone, must not stop an alarm."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


def configure(level: str, style: str) -> None:
    """Set up structlog; `style` is `text` or `json`."""
    renderer: structlog.typing.Processor
    if style == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: _Printer(sys.stderr),
        cache_logger_on_first_use=True,
    )
