"""A connection to the API of a gateway. What goes wrong is an error of one sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from gateway.errors import GatewayError
from gateway.settings import find_api

if TYPE_CHECKING:
    import httpx

ANSWER_WITHIN_S = 15.0
"""Longer than the gateway waits for an action to be on disk before it answers 503."""

_NAMES = "by|for|until|reason|confirmed_by|one_shot|expects|despite|note|out_of_service_for|substitute|cause"
_FIELDS = re.compile(rf"`({_NAMES})`|^({_NAMES})(?=: )")
"""Fields of bodies that are options of the same name: in a sentence, or before what is wrong with one."""
_LISTS = {"/api/v1/devices": "devices", "/api/v1/people": "people"}
"""Commands that list what a path lists."""


class GatewayUnreachable(GatewayError):
    """No gateway answers at this address."""


class RequestRefused(GatewayError):
    """The gateway answered with an error; the text is its own."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
        """Of HTTP: 4xx where nothing was done."""


class Connection:
    """A connection to one gateway. Use it in a `with`."""

    def __init__(self, url: str | None) -> None:
        """`url` is where the gateway serves, such as http://127.0.0.1:8080; None where the environment says it.

        Raises:
            GatewayUnreachable: it is not such an address.
            SettingsError: the environment names none, though it means to.
        """
        import httpx

        url, origin = _address(url)
        try:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("write http://HOST:PORT")
            self._address = f"{url.rstrip('/')} ({origin})"
            # A proxy of the environment is for other hosts, not for this machine.
            self._client = httpx.Client(
                base_url=url.rstrip("/"), timeout=ANSWER_WITHIN_S, trust_env=not _is_loopback(parts.hostname)
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise GatewayUnreachable(f"{url!r} ({origin}) is not an address: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def address_of(self, path: str) -> str:
        """Where a browser finds what is at this path."""
        return f"{str(self._client.base_url).rstrip('/')}/api/v1{path}"

    def get(self, path: str, parameters: Mapping[str, str | int | None] | None = None) -> dict[str, Any]:
        """The answer to a GET; parameters that are None are not sent.

        Raises:
            GatewayUnreachable, RequestRefused: there is no answer, or it is an error.
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self._request("GET", path, params=given)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to an action.

        Raises:
            GatewayUnreachable, RequestRefused: it was not performed, or there is no answer that says so.
        """
        return self._request("POST", path, json=dict(body))

    def send_file(self, path: str, content: bytes) -> dict[str, Any]:
        """The answer to a file.

        Raises:
            GatewayUnreachable, RequestRefused: it was not kept, or there is no answer that says so.
        """
        return self._request("POST", path, content=content)

    def delete(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """The answer to the end of something.

        Raises:
            GatewayUnreachable, RequestRefused: it was not ended, or there is no answer that says so.
        """
        return self._request("DELETE", path, params=dict(parameters))

    def _request(self, method: str, path: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401 — as httpx takes it
        import httpx

        try:
            response = self._client.request(method, f"/api/v1{path}", **content)
        except httpx.TimeoutException as error:
            raise GatewayUnreachable(
                f"the gateway at {self._address} does not answer in {ANSWER_WITHIN_S:g} s"
            ) from error
        except httpx.ConnectError as error:
            raise GatewayUnreachable(
                f"no gateway answers at {self._address}: start one with `facility-gateway run`, "
                "or name another with --url or GATEWAY_URL"
            ) from error
        except httpx.HTTPError as error:
            raise GatewayUnreachable(f"the connection to the gateway at {self._address} failed: {error}") from error
        return self._read(response)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = response.json()
        except ValueError as error:
            raise self._not_a_gateway(response) from error
        if not isinstance(answer, dict):
            raise self._not_a_gateway(response)
        if response.is_success:
            return answer
        text = str(answer.get("detail", f"{response.status_code} {response.reason_phrase}"))
        raise RequestRefused(_in_words_of_commands(text), response.status_code)

    def _not_a_gateway(self, response: httpx.Response) -> GatewayUnreachable:
        answer = f"{response.status_code} {response.reason_phrase}"
        return GatewayUnreachable(
            f"what answers at {self._address} is no facility-gateway ({answer}): "
            "name the right address with --url or GATEWAY_URL"
        )


def _in_words_of_commands(text: str) -> str:
    """The API's sentence with options and commands in place of its fields and paths."""
    text = _FIELDS.sub(lambda match: f"--{(match[1] or match[2]).replace('_', '-')}", text)
    for path, command in _LISTS.items():
        text = text.replace(f"{path} lists", f"`facility-gateway {command}` lists")
    return text


def _address(url: str | None) -> tuple[str, str]:
    """The URL and its origin."""
    if url is not None:
        return url, "--url"
    if url := os.environ.get("GATEWAY_URL"):
        return url, "GATEWAY_URL"
    return find_api()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
