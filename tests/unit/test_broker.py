"""The embedded broker."""

from __future__ import annotations

import asyncio
import logging

import pytest

from gateway.broker import embedded_broker, free_port


async def started_and_stopped() -> None:
    async with embedded_broker("127.0.0.1", free_port()):
        pass


def test_a_message_to_a_subscriber_that_has_left_is_no_error_and_anything_else_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asyncio.run(started_and_stopped())
    log, other = logging.getLogger("amqtt.broker"), ValueError("no such topic")
    for error in (RuntimeError("unable to perform operation; the handler is closed"), ConnectionResetError(), other):
        log.error("Task failed and will be skipped: task", exc_info=error)
    log.error("Broker startup failed", exc_info=ConnectionResetError())
    told = [record for record in caplog.records if record.name == "amqtt.broker"]
    assert [record.getMessage() for record in told] == [
        "Task failed and will be skipped: task",
        "Broker startup failed",
    ]
    assert told[0].exc_info is not None
    assert told[0].exc_info[1] is other
