"""The InfluxDB 2 that `INFLUXDB_URL` names: `make bench` then measures the gateway with its series there as well.

`INFLUXDB_TOKEN` must allow to write, read and delete in `INFLUXDB_BUCKET` of `INFLUXDB_ORG`; both are `facility` unless
set.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROFILE = "bench_pump"
_COUNT_EVERY_S = 0.2
_TIMEOUT_S = 60.0
"""Counting and deleting take longer than the gateway's requests."""


@dataclass(frozen=True, slots=True)
class InfluxDB:
    """Where it is."""

    url: str
    org: str
    bucket: str
    token: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> InfluxDB | None:
        """The one that the environment names; None where it names none."""
        if not (url := environment.get("INFLUXDB_URL")):
            return None
        org, bucket = environment.get("INFLUXDB_ORG", "facility"), environment.get("INFLUXDB_BUCKET", "facility")
        return cls(url.rstrip("/"), org, bucket, environment.get("INFLUXDB_TOKEN", ""))

    @property
    def settings(self) -> dict[str, str]:
        """The variables that tell the gateway to keep its series here."""
        return {
            "GATEWAY_SERIES": "influxdb",
            "GATEWAY_INFLUX_URL": self.url,
            "GATEWAY_INFLUX_ORG": self.org,
            "GATEWAY_INFLUX_BUCKET": self.bucket,
            "GATEWAY_INFLUX_TOKEN": self.token,
        }

    def check(self) -> None:
        """Write, count and delete once, so that a mistake in the variables shows before anything is measured.

        Raises:
            SystemExit: it cannot be reached, or refuses one of them.
        """
        with self.points() as points:
            self.ask(
                "POST", "api/v2/write", {"org": self.org, "bucket": self.bucket}, content=f"{points.profile} try=1"
            )
            points.count()

    @contextmanager
    def points(self) -> Iterator[Points]:
        """The points of one run, which are deleted after it, unless it failed."""
        points = Points(self, f"{PROFILE}_{time.time_ns()}")
        yield points
        chosen = {"predicate": f'_measurement="{points.profile}"', "start": "1970-01-01T00:00:00Z"}
        chosen["stop"] = "2200-01-01T00:00:00Z"
        self.ask("POST", "api/v2/delete", {"org": self.org, "bucket": self.bucket}, json=chosen)

    def ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        *,
        content: str | None = None,
        json: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Its answer, if it is a success."""
        try:
            response = httpx.request(
                method,
                f"{self.url}/{path}",
                params=parameters,
                headers={"Authorization": f"Token {self.token}"},
                content=content,
                json=json,
                timeout=_TIMEOUT_S,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise SystemExit(f"INFLUXDB_URL {self.url} does not answer: {error}") from error
        if not response.is_success:
            raise SystemExit(
                f"INFLUXDB_URL {self.url} answered {response.status_code} to {path}: {response.text.strip()}; "
                "check INFLUXDB_TOKEN, INFLUXDB_ORG and INFLUXDB_BUCKET"
            )
        return response


class Points:
    """The points of one run. Its profile, and so its measurement, has a name of its own: earlier runs do not count."""

    def __init__(self, database: InfluxDB, profile: str) -> None:
        self.profile = profile
        self._database = database

    def copy_site(self, site: Path, directory: Path) -> Path:
        """Copy the site's files into a new directory, with the profile renamed."""
        directory.mkdir()
        for file in site.parent.glob("*.yaml"):
            (directory / file.name).write_text(file.read_text().replace(PROFILE, self.profile))
        return directory / site.name

    def count(self) -> int:
        """How many there are. Waits a little before it asks: counting keeps the database busy."""
        time.sleep(_COUNT_EVERY_S)
        statement = f'SELECT count("pressure") FROM "{self.profile}"'
        response = self._database.ask("GET", "query", {"db": self._database.bucket, "q": statement})
        try:
            (result,) = response.json()["results"]
        except (ValueError, KeyError) as error:
            raise SystemExit(f"INFLUXDB_URL {self._database.url} does not answer InfluxQL: {response.text}") from error
        if "error" in result:
            raise SystemExit(f"INFLUXDB_URL {self._database.url} cannot count: {result['error']}")
        return int(result["series"][0]["values"][0][1]) if "series" in result else 0
