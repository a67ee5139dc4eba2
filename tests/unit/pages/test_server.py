"""The server of the pages: what strangers do with connections stays without effect on the rest.

conftest.py runs these on two event loops.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from gateway.pages import server
from gateway.pages.limits import Allowance
from gateway.pages.server import PageServer
from tests.servers import HOST, eventually
from tests.unit.pages.certificates import make_certificate

REQUEST = b"GET /l/x HTTP/1.1\r\nHost: fm\r\n\r\n"


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who asks, and closes, as the guard does."""
    answer = PlainTextResponse(f"hello {scope['client'][0]} by {scope['scheme']}", headers={"Connection": "close"})
    await answer(scope, receive, send)


async def deaf(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def served(pages: PageServer) -> AsyncIterator[int]:
    """The port of a server that runs."""
    with socket.create_server((HOST, 0)) as listener:
        running = asyncio.create_task(pages.serve(listener))
        try:
            yield listener.getsockname()[1]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def ask(port: int, request: bytes = REQUEST, *, tls: ssl.SSLContext | None = None) -> bytes:
    """What is answered until the connection ends."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_request_is_answered_and_the_connection_ends() -> None:
    async with served(PageServer(hello)) as port:
        answer = await ask(port)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"hello 127.0.0.1 by http")
    assert b"server:" not in answer.lower()


async def test_pages_are_encrypted_with_the_certificate_of_the_moment(tmp_path: Path) -> None:
    contexts = []
    for name in ("first", "second"):
        files = make_certificate(tmp_path, name)
        contexts.append((files[0], ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)))
        contexts[-1][1].load_cert_chain(*files)
    present = list(contexts)
    async with served(PageServer(hello, context=lambda: present[0][1])) as port:
        for file, _ in contexts:
            trusting = ssl.create_default_context(cafile=str(file))
            assert (await ask(port, tls=trusting)).endswith(b"hello 127.0.0.1 by https")
            present.pop(0)


async def test_one_who_speaks_no_tls_gets_no_page_and_others_do(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    async with served(PageServer(hello, context=lambda: context)) as port:
        assert b"hello" not in await ask(port)
        trusting = ssl.create_default_context(cafile=str(files[0]))
        assert b"hello" in await ask(port, tls=trusting)


async def test_one_who_asks_for_nothing_is_sent_away() -> None:
    async with served(PageServer(hello, request_within_s=0.05)) as port:
        assert await ask(port, b"") == b""
        assert await ask(port, b"GET /l/x HTTP/1.1\r\nHost:") == b""


async def test_an_answer_that_takes_too_long_is_given_up() -> None:
    async with served(PageServer(deaf, answered_within_s=0.05)) as port:
        assert await ask(port) == b""


async def test_a_handshake_that_does_not_go_on_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_WITHIN_S", 0.05)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    async with served(PageServer(hello, context=lambda: context)) as port:
        assert await ask(port, b"\x16\x03\x01") == b""


async def _hold(port: int, count: int) -> list[asyncio.StreamWriter]:
    return [(await asyncio.open_connection(HOST, port))[1] for _ in range(count)]


async def _end(connections: list[asyncio.StreamWriter]) -> None:
    for each in connections:
        each.close()
    await asyncio.gather(*(each.wait_closed() for each in connections), return_exceptions=True)


async def test_one_address_has_only_so_many_connections_and_is_served_again_once_they_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MOST_OF_ONE_ADDRESS", 3)
    async with served(PageServer(hello)) as port:
        held = await _hold(port, 3)
        assert await ask(port) == b""
        await _end(held)
        await _until_served(port)


async def test_all_together_have_only_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    async with served(PageServer(hello, behind_proxy=True)) as port:
        held = await _hold(port, 3)
        assert await ask(port) == b""
        await _end(held)
        await _until_served(port)


async def _until_served(port: int) -> None:
    async def is_served() -> bool:
        return b"hello" in await ask(port)

    answered: bool = await eventually(is_served, what="an answer")
    assert answered


@pytest.mark.parametrize("request_", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"X" * 70_000])
async def test_nonsense_is_refused_and_leaves_no_line_in_the_log(
    request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(PageServer(hello)) as port:
        answer = await ask(port, request_)
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""
    assert caplog.records == []


async def test_no_files_left_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_REST_S", 0.01)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [errno.EMFILE, errno.EMFILE, errno.ECONNABORTED]

    async def failing(listener: socket.socket) -> tuple[socket.socket, object]:
        if failures:
            raise OSError(failures.pop(0), "no")
        return await accept(listener)

    monkeypatch.setattr(loop, "sock_accept", failing)
    async with served(PageServer(hello)) as port:
        assert b"hello" in await ask(port)
    assert failures == []


async def test_one_address_may_connect_only_so_often() -> None:
    async with served(PageServer(hello, allowance=Allowance(2, 3600.0))) as port:
        assert [b"hello" in await ask(port) for _ in range(4)] == [True, True, False, False]


async def test_connections_are_taken_one_by_one_so_that_handshakes_leave_the_loop_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_PACE_S", 0.1)
    loop = asyncio.get_running_loop()
    async with served(PageServer(hello)) as port:
        began = loop.time()
        answers = await asyncio.gather(*(ask(port) for _ in range(4)))
        assert loop.time() - began >= 0.3
    assert all(b"hello" in answer for answer in answers)


async def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    pages = PageServer(hello)
    with socket.create_server((HOST, 0)) as listener:
        running = asyncio.create_task(pages.serve(listener))
        assert b"hello" in await ask(listener.getsockname()[1])
        pages.stop()
        await asyncio.wait_for(running, 10)


async def test_it_dies_with_its_error_and_serves_again_at_the_same_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    accept = loop.sock_accept

    async def dying(_listener: socket.socket) -> tuple[socket.socket, object]:
        raise ZeroDivisionError("a mistake")

    pages = PageServer(hello)
    with socket.create_server((HOST, 0)) as listener:
        monkeypatch.setattr(loop, "sock_accept", dying)
        with pytest.raises(ZeroDivisionError):
            await pages.serve(listener)
        monkeypatch.setattr(loop, "sock_accept", accept)
        running = asyncio.create_task(pages.serve(listener))
        assert b"hello" in await ask(listener.getsockname()[1])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
