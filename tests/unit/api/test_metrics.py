"""Metrics for Prometheus."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.api.house import House


async def samples(browser: httpx.AsyncClient) -> dict[tuple[str, str], float]:
    """Each sample by its name and its label's value, without our prefix."""
    response = await browser.get("http://127.0.0.1:8080/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name.removeprefix("facility_gateway_"), ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_messages_alarms_and_rejections_are_counted(house: House, browser: httpx.AsyncClient) -> None:
    house.say("pump-1", running=True, pressure=0.5)
    house.say("pump-1", running=True, pressure=0.5)  # the same again
    house.run_dry()
    house.say("pump-2", pressure=2.4, running="yes")
    house.send("site/house/pump/stranger", b"{}")
    found = await samples(browser)
    assert found["messages_received_total", ""] == 5
    assert found["messages_total", "stored"] == 3
    assert found["messages_total", "duplicate"] == 1
    assert found["messages_total", "rejected"] == 1
    assert found["rejected_metrics_total", ""] == 1
    assert found["window_overflows_total", ""] == 0
    assert found["devices", ""] == 3
    assert [found["alarms_standing", severity] for severity in ("critical", "warning", "info")] == [1, 1, 0]


async def test_health_shows_as_gauges(house: House, browser: httpx.AsyncClient) -> None:
    house.ill(broker_online=False, series_available=False, series_backlog=7, outbox_backlog=2, committed_messages=9)
    house.ill(quarantined_changes=3, damaged_rows=1, waited_s=1.5, direct_raises=2, restarts={"outbox": 4})
    house.ill(disk_free_bytes=5, reserve_bytes=6, journal_bytes=7, dropped_messages=8)
    found = await samples(browser)
    for name, value in (
        ("ready", 0),
        ("broker_up", 0),
        ("store_up", 1),
        ("series_up", 0),
        ("series_backlog_messages", 7),
        ("outbox_backlog_events", 2),
        ("committed_messages_total", 9),
        ("quarantined_changes_total", 3),
        ("damaged_rows_total", 1),
        ("uncommitted_seconds", 1.5),
        ("direct_raises_total", 2),
        ("disk_free_bytes", 5),
        ("reserve_bytes", 6),
        ("journal_bytes", 7),
        ("dropped_messages_total", 8),
    ):
        assert found[name, ""] == value, name
    assert found["task_restarts_total", "outbox"] == 4


async def test_the_process_is_measured_too(browser: httpx.AsyncClient) -> None:
    found = await samples(browser)
    assert found["process_resident_memory_bytes", ""] > 0


async def test_conditions_that_could_not_be_computed_are_counted_by_rule(
    house: House, browser: httpx.AsyncClient
) -> None:
    rule = house.services.configuration.rules[0]
    before = (await samples(browser))["condition_failures_total", rule.id]
    rule.when.failures += 3
    assert (await samples(browser))["condition_failures_total", rule.id] == before + 3


async def test_an_alarm_counts_before_it_is_on_disk_and_when_the_store_cannot_be_read(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.run_dry()
    with house.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alarms")
    house.disk_is_full = True
    house.later(1)
    house.say("pump-2", running=True, pressure=0.01)
    assert (await samples(browser))["alarms_standing", "critical"] == 2
