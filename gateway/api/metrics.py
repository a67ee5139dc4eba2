"""Metrics in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.api.services import Gateway, Services
from gateway.core.kernel.urgency import Severity

router = APIRouter(tags=["health"])

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of the format that every Prometheus reads."""

_PREFIX = "facility_gateway_"
_OUTCOMES = (
    "stored",
    "duplicate",
    "retained",
    "late",
    "delayed",
    "stale",
    "clock_replaced",
    "rejected",
    "decoder_failed",
)


class GatewayCollector(Collector):
    """Reads the counts of the gateway when Prometheus asks, so the hot path does no work for it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """All metric families. Call it in the event loop's thread."""
        yield from self._messages()
        yield from self._rules()
        yield from self._alarms()
        yield from self._health()

    def _messages(self) -> Iterator[Metric]:
        counts = self._services.counts()
        yield _counter("messages_received", "MQTT messages received since the start.", counts["received"])
        outcomes = CounterMetricFamily(
            _PREFIX + "messages",
            "Messages by outcome; one message can count under several, such as stored and late.",
            labels=["outcome"],
        )
        for outcome in _OUTCOMES:
            outcomes.add_metric([outcome], counts[outcome])
        yield outcomes
        yield _counter(
            "rejected_metrics", "Values rejected; the rest of their message was used.", counts["rejected_metrics"]
        )

        yield _counter(
            "window_overflows",
            "Readings that left a window of a rule early, as it had no room.",
            counts["window_overflows"],
        )

    def _rules(self) -> Iterator[Metric]:
        yield _gauge("devices", "Devices of the site.", len(self._services.site.devices))
        failures = CounterMetricFamily(
            _PREFIX + "condition_failures",
            "Readings for which a rule's condition could not be computed, such as by a division by zero.",
            labels=["rule"],
        )
        for rule in self._services.configuration.rules:
            of_members = (each for function in rule.functions.values() for each in function.conditions.values())
            conditions = (rule.when, rule.clear_when, *(each.condition for each in rule.let.values()), *of_members)
            failures.add_metric([rule.id], sum(condition.failures for condition in conditions if condition))
        yield failures

    def _alarms(self) -> Iterator[Metric]:
        standing = self._services.standing_severities()
        alarms = GaugeMetricFamily(_PREFIX + "alarms_standing", "Alarms that are not normal.", labels=["severity"])
        for severity in Severity:
            alarms.add_metric([severity.value], standing.get(severity.value, 0))
        yield alarms

    def _health(self) -> Iterator[Metric]:
        health = self._services.health()
        yield _gauge("ready", "1 while telemetry is received and made durable.", health.ready)
        yield _gauge("broker_up", "1 while the MQTT broker is connected.", health.broker_online)
        yield _gauge("store_up", "1 while commits to the operational store work.", not health.store_problem)
        yield _gauge("series_up", "1 while the series store accepts points.", health.series_available)
        yield _gauge("series_backlog_messages", "Messages durable, not yet in the series store.", health.series_backlog)
        yield _gauge("outbox_backlog_events", "MQTT events not yet acknowledged.", health.outbox_backlog)
        yield _counter("committed_messages", "Messages made durable since the start.", health.committed_messages)
        yield _counter(
            "quarantined_changes", "Changes that the store refused for good; quarantined.", health.quarantined_changes
        )
        yield _gauge("uncommitted_seconds", "Age of the oldest change that is not on disk.", health.waited_s)
        yield _counter("direct_raises", "Life-safety raises published before they were on disk.", health.direct_raises)
        yield _gauge("disk_free_bytes", "Free on the disk of the data directory.", health.disk_free_bytes)
        yield _gauge("reserve_bytes", "Of the disk, kept for alarms; 0 once given up.", health.reserve_bytes)
        yield _gauge("journal_bytes", "Of the disk, taken by the journal.", health.journal_bytes)
        yield _counter(
            "dropped_messages",
            "Messages dropped before the series store had them, since the data directory was made.",
            health.dropped_messages,
        )
        yield _counter("damaged_rows", "Damaged rows of the store that were skipped.", health.damaged_rows)
        restarts = CounterMetricFamily(
            _PREFIX + "task_restarts", "Restarts of tasks beside the path from message to alarm.", labels=["task"]
        )
        for task, count in health.restarts.items():
            restarts.add_metric([task], count)
        yield restarts
        yield _gauge("start_time_seconds", "When the gateway started, by its own clock.", health.started_at / 1e6)
        info = GaugeMetricFamily(_PREFIX + "info", "Always 1.", labels=["version", "site"])
        info.add_metric([__version__, self._services.site.header.id], 1)
        yield info


def registry_of(services: Services) -> CollectorRegistry:
    """A registry of its own: two gateways in one process do not mix."""
    registry = CollectorRegistry()
    registry.register(GatewayCollector(services))
    ProcessCollector(registry=registry)
    return registry


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(gateway: Gateway) -> Response:
    """Counters and gauges for Prometheus, and those of the process."""
    return Response(generate_latest(registry_of(gateway)), media_type=_CONTENT_TYPE)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(_PREFIX + name, meaning, value=value)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, meaning, value=value)
