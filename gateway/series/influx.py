"""Series in InfluxDB 2, or a store with its `/api/v2/write`: written in line protocol, queried in InfluxQL."""

from __future__ import annotations

import gzip
import ipaddress
import json
import re
from collections.abc import Sequence
from typing import Any

import httpx
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService
from urllib3.exceptions import HTTPError

from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesRefused, SeriesUnavailable
from gateway.series import influxql
from gateway.series.line_protocol import format_lines
from gateway.series.port import Bucket, PointsDropped

TIMEOUT_S = 10.0

_FAST = 1
"""The level of gzip: an eighth of the time of level 9, which the client would choose, for a quarter more bytes."""

_TOO_LARGE = 413
_NEVER_TOO_LARGE = 4096
"""Bytes of lines: who refuses so few has another reason, and would refuse every point."""
_REJECTED = (400, 422)
_ABOUT_POINTS = re.compile(
    r"partial write: .*dropped=\d+|field type conflict|unable to parse|(beyond|outside) retention policy"
    r"|max key length exceeded|invalid field name",
    re.DOTALL,
)
"""What InfluxDB says of points that it will never accept. Some releases say it with status 500."""
_MAY_PASS = re.compile(r"timeout|not found|hinted handoff|cache.*exceeded|engine is closed", re.DOTALL)
"""What it says of itself, whatever the status."""
_HINTS = {
    401: "check influx_token",
    403: "check that influx_token may write and read influx_bucket",
    404: "check influx_bucket, influx_org and the path of influx_url",
    413: "check the limit of the proxy before it",
    429: "it asks to be sent less",
}
_DROPPED = re.compile(r"partial write: .*dropped=(\d+)", re.DOTALL)


class InfluxSeries:
    """A `SeriesStore` in a bucket of InfluxDB. Opens no connection before it is used."""

    def __init__(self, *, url: str, org: str, bucket: str, token: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._org = org
        self._bucket = bucket
        self._compresses = not is_loopback(url)
        # No retries by the client: the forwarder retries, and keeps the order.
        self._client = InfluxDBClient(url, token, org=org, timeout=round(timeout_s * 1000))
        self._write_service: Any = WriteService(self._client.api_client)  # type: ignore[no-untyped-call]
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Token {token}"} if token else None,
            timeout=timeout_s,
            trust_env=False,  # nor does the writing client use proxies of the environment
        )

    def write(self, readings: Sequence[Reading]) -> None:
        """See `SeriesStore`. InfluxDB keeps the good points of a request that it rejects for a field's type."""
        lines = format_lines(readings)
        if not lines:
            return
        try:
            self._post(lines)
        except ApiException as error:
            raise self._translate(error, len(lines)) from error
        except UnicodeDecodeError as error:  # the client reads every answer as UTF-8
            raise SeriesUnavailable(f"{self._url} does not answer as InfluxDB does: check influx_url") from error
        except HTTPError as error:
            raise SeriesUnavailable(f"{self._url} does not answer: {error}") from error
        self._check_success()

    def _post(self, lines: bytes) -> None:
        # The client's WriteApi does the same, but does not let us choose the level of compression.
        options = {"precision": WritePrecision.US}
        if self._compresses:
            lines = gzip.compress(lines, _FAST)
            options["content_encoding"] = "gzip"
        self._write_service.post_write(self._org, self._bucket, lines, **options)

    def _check_success(self) -> None:
        """InfluxDB says nothing when it has written everything: a page is another server's, such as a proxy's login."""
        response = self._client.api_client.last_response
        said = str(response.data or "")
        if not said.strip():
            return
        if _is_influx(said):
            raise SeriesRefused(_message(said))
        raise SeriesUnavailable(
            f"{self._url} answered {response.status} with what InfluxDB never says: check influx_url"
        )

    def _translate(self, error: ApiException, size: int) -> SeriesRefused | SeriesUnavailable:
        status, message = error.status, _message(error.body)
        if status == _TOO_LARGE and size > _NEVER_TOO_LARGE:
            return SeriesRefused(f"{self._url} says that the request is too large ({status}): {message or 'no reason'}")
        said = message or str(error.body or "")
        if _ABOUT_POINTS.search(said) or (
            status in _REJECTED and _is_influx(error.body) and not _MAY_PASS.search(said)
        ):
            dropped = _DROPPED.search(said)
            return PointsDropped(said, int(dropped[1])) if dropped else SeriesRefused(said)
        # A 400 without InfluxDB's own message is not about the points: a proxy, say, or HTTP sent to an HTTPS port.
        reason = message or error.reason or "nothing more"
        return SeriesUnavailable(f"{self._url} answered {status}: {reason}; {_HINTS.get(status, 'check influx_url')}")

    def query(
        self,
        device: str,
        profile: Profile,
        metric: str,
        *,
        start: Micros,
        end: Micros,
        bucket: Micros | None,
        limit: int,
    ) -> list[Bucket]:
        """See `SeriesStore`."""
        type_ = profile.metrics[metric].type
        statements = influxql.statements(
            device, profile.profile, metric, type_, start=start, end=end, bucket=bucket, limit=limit
        )
        try:
            response = self._http.get("query", params={"db": self._bucket, "epoch": "u", "q": statements})
        except httpx.HTTPError as error:
            raise SeriesUnavailable(f"{self._url} does not answer: {error}") from error
        if not response.is_success:
            reason, status = _message(response.text) or response.reason_phrase, response.status_code
            hint = _HINTS.get(status, "check influx_url")
            raise SeriesUnavailable(f"{self._url} answered {status} to a query: {reason}; {hint}")
        try:
            answer = response.json()
        except ValueError as error:
            raise SeriesUnavailable(f"{self._url} does not answer as InfluxDB does: check influx_url") from error
        return influxql.buckets(answer, type_, bucket=bucket)

    def close(self) -> None:
        """See `SeriesStore`."""
        self._http.close()
        self._client.close()  # type: ignore[no-untyped-call]


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine, where compressing costs more than sending everything."""
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_influx(body: str | None) -> bool:
    """Whether this is how InfluxDB reports an error, not how a proxy does: it always has a `code` or an `error`."""
    try:
        document = json.loads(body or "")
    except ValueError:
        return False
    return isinstance(document, dict) and bool(_message(body)) and ("code" in document or "error" in document)


def _message(body: str | None) -> str:
    """InfluxDB's own message: `message` in version 2, `error` in 1 and 3. Empty when the answer has neither."""
    try:
        document = json.loads(body or "")
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    return str(document.get("message") or document.get("error") or "")
