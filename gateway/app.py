"""The composition root: the only module that wires the components of the gateway and starts them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import structlog
from fastapi.concurrency import run_in_threadpool

from gateway import parts
from gateway.api import create_api
from gateway.api.services import UNREADY_AFTER_S, Health, Services
from gateway.channels.heartbeat import Heartbeat
from gateway.channels.notifier import Notifier, no_links
from gateway.channels.reach import open_channels
from gateway.channels.senders import make_senders
from gateway.clock import Clock
from gateway.collector import Collector
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.blindness_watch import BLIND_FOR
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.configuration import Configuration
from gateway.core.devices.presence import Presences
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes, Publication
from gateway.core.rules.evaluator import Evaluator
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Reading
from gateway.core.telemetry.subscriptions import subscriptions
from gateway.direct_raises import DirectRaises
from gateway.file_warnings import check_command, log_warnings
from gateway.housekeeping import keep_house
from gateway.listener import is_loopback, listening
from gateway.mqtt import Broker, Link, Status
from gateway.outbox import OutboxPublisher
from gateway.photos import PhotoStore, UnusedPhotos
from gateway.pipeline import Pipeline
from gateway.refusals import entry
from gateway.self_check import SelfCheck, checks
from gateway.series import open_series
from gateway.series.forwarder import READER as FORWARDER
from gateway.series.forwarder import Forwarder
from gateway.series.port import SeriesStore
from gateway.serving import HttpServer
from gateway.settings import Settings, api_url, listed
from gateway.store.audit.photos import used_photos
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database, connect, locked, open_database
from gateway.store.devices.tables import READER as SNAPSHOTS
from gateway.store.disk_space import DiskSpace
from gateway.store.outbox import Outbox
from gateway.store.reserve import Reserve, Room
from gateway.store.rules.windows import READER as WINDOWS
from gateway.store.session import SessionFilters
from gateway.store.telemetry.journal import DamagedRow, Journal
from gateway.store.writer import Writer
from gateway.supervision import Supervisor

if TYPE_CHECKING:
    from gateway.pages.service import Opened, PageService

log = structlog.get_logger()
T = TypeVar("T")

Watch = Callable[[Sequence[Changes]], None]
"""Called with the changes that have just become durable."""

_THREADS = 3
"""For reading files and querying series, which rarely happen at once; each thread costs memory."""
_SWITCH_AFTER_S = 0.001
"""So long may a worker keep the interpreter while the event loop waits for it; Python's own 5 ms add up."""
_NO_WILDCARDS = str.maketrans("+#", "--")
_LAST_COMMIT_WITHIN_S = 2.0
_ANSWER_REQUESTS_WITHIN_S = 0.5


async def run(
    settings: Settings,
    configuration: Configuration,
    *,
    stop: asyncio.Event,
    listener: socket.socket | None = None,
    clock: Clock | None = None,
    watch: Watch | None = None,
    warns: bool = False,
) -> None:
    """Run the gateway until `stop` is set; then commit and acknowledge what was received.

    Args:
        listener: where it serves the API; a socket that listens where the settings say unless given.
        warns: whether it logs what `check` warns of in the site's files.

    Raises:
        GatewayError: it cannot start. A task that dies later ends the whole gateway with its error.
    """
    with contextlib.ExitStack() as stack:
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="worker")
        asyncio.get_running_loop().set_default_executor(threads)
        listener = listener or stack.enter_context(listening(*settings.http_address, how="--http HOST:PORT"))
        pages = None
        if settings.pages_address is not None:
            from gateway.pages.service import opened  # 6 MB and 50 ms, of which a gateway without pages has no use

            pages = stack.enter_context(opened(settings, settings.pages_address))
        stack.enter_context(locked(settings.data_dir))
        reserve = Reserve(settings.data_dir, settings.reserve_bytes)
        reserve.open()
        database = open_database(settings.data_dir, parts.migrations())
        stack.callback(database.close)
        # The writer has its own connections, so that a commit never waits for those who read.
        writers = connect(settings.data_dir)
        stack.callback(writers.close)
        room = Room(writers, reserve)
        writer = Writer(writers, parts.tables(), room)
        series = open_series(settings, has_room=lambda: not reserve.is_missing)
        stack.callback(series.close)
        photos = PhotoStore(settings.data_dir / "photos", settings.photo_bytes, has_room=reserve.leaves_room)
        stack.callback(photos.close)
        gateway = _Gateway(
            settings, configuration, database, writer, room, reserve, series, clock or Clock(), watch, photos, pages
        )
        await run_in_threadpool(lambda: None)  # loads what else the first request would load, which takes 20 ms
        sys.setswitchinterval(_SWITCH_AFTER_S)
        url = api_url(*listener.getsockname()[:2])
        log.info("serves the API", url=url, docs=f"{url}/docs")
        log.info("connects to the broker", host=settings.mqtt_host, port=settings.mqtt_port)
        if not is_loopback(settings.http_address[0]):
            log.warning("the API has no accounts yet: whoever reaches it can acknowledge alarms", http=settings.http)
        if settings.pages is not None:
            log.info("serves the pages", at=settings.pages, url=settings.pages_base_url)
        await gateway.run(listener, stop, warns=warns)


class _Gateway:
    """All components, wired."""

    def __init__(
        self,
        settings: Settings,
        configuration: Configuration,
        database: Database,
        writer: Writer,
        room: Room,
        reserve: Reserve,
        series: SeriesStore,
        clock: Clock,
        watch: Watch | None,
        photos: PhotoStore,
        pages: Opened | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._room = room
        self._clock = clock
        self._watch = watch
        site = configuration.site
        checkpoint = load_checkpoint(database, parts.tables())
        clock.begin(checkpoint.rows[Intake.name].latest, is_vouched_for=settings.trust_clock)
        if clock.doubt:
            log.warning("the clock is not believed", because=clock.doubt)
        self._started_at = clock.now()
        channels = open_channels(settings.channels, site)
        self._engine = Engine(
            configuration,
            parts.makers(
                blind_for=round(BLIND_FOR * max(1.0, clock.speed)),  # no broker connects faster in a demo
                longest_shelf=settings.longest_shelf_period,
                channels=channels.available,
            ),
            checkpoint,
            now=self._started_at,
            knows_time=clock.is_certain,
            largest_payload=settings.largest_message,
        )
        self._pipeline = Pipeline(
            self._engine,
            writer,
            clock=clock,
            committed=self._on_committed,
            lost=self._on_lost,
        )
        self._commits = self._pipeline.commits
        self._collector = Collector(lambda: self._commits.waited_s > 0)
        self._supervisor = Supervisor(self._pipeline.report)
        in_writer = self._in_writer
        broker = Broker.of(settings, site.header.id)
        filters = SessionFilters(database, broker.client_id)
        earlier_filters = filters.read()
        # Without filters no earlier run was connected, even if one has waited for the broker: there is no session.
        heard_until = checkpoint.rows[Intake.name].reached or None if earlier_filters else None
        self._link = Link(
            broker,
            subscribe=listed(settings.mqtt_subscribe) or subscriptions(site, configuration.profiles),
            status=Status(f"gateway/{site.header.id}/status"),
            fence=f"gateway/{site.header.id}/fence/{broker.client_id.translate(_NO_WILDCARDS)}",
            clock=clock,
            heard_until=heard_until,
            received=self._pipeline.receive,
            reconnected=self._pipeline.reconnected,
            blind=self._pipeline.set_blind,
            hearing=self._pipeline.set_hearing,
            session_lost=self._pipeline.session_lost,
            settled=self._pipeline.settle,
            earlier_filters=earlier_filters,
            save_filters=lambda changed: in_writer(lambda: filters.write(changed)),
        )
        self._pipeline.attach(self._link)
        self._direct = DirectRaises(
            self._link, waited_s=lambda: self._commits.waited_s, unrecorded=self._commits.unrecorded
        )
        self._pages: PageService | None = None
        if pages is not None:
            from gateway.pages.service import PageService

            self._pages = PageService(
                pages, settings, site=site, database=database, photos=photos, act=self._pipeline.act, clock=clock
            )
        self._notifier = Notifier(
            make_senders(channels, site.header.id, self._link, now=clock.now),
            self._pipeline.act,
            store=database.identity(),
            waited_s=lambda: self._commits.waited_s,
            unrecorded=self._commits.waiting,
            make_link=no_links if self._pages is None else self._pages.links.for_message,
        )
        journal = Journal(database)
        self._disk = DiskSpace(
            settings.data_dir,
            database,
            journal,
            reserve,
            forwarder=FORWARDER,
            readers=(SNAPSHOTS, WINDOWS),
            journal_bytes=settings.journal_bytes,
            quarantine_bytes=settings.quarantine_bytes,
            quarantine_period=settings.quarantine_period,
            now=clock.moment,
        )
        self._forwarder = Forwarder(
            journal, series, run_in_writer=in_writer, quarantine=self._quarantine, damaged=self._quarantine_damaged
        )
        self._publisher = OutboxPublisher(
            Outbox(database), self._link, run_in_writer=in_writer, quarantine=self._quarantine_event
        )
        self._self_check = SelfCheck(
            checks(
                store=self._store_problem,
                disk=lambda: self._disk.report.problem,
                refusals=lambda: self._commits.take_refusal() or database.take_damage(),
                clock=lambda: self._clock.doubt,
                series=lambda: self._forwarder.last_error,
                photos=lambda: photos.problem,
                certificate=lambda: "" if self._pages is None else self._pages.problem,
            ),
            self._pipeline.report,
        )
        self._unused_photos = UnusedPhotos(
            photos, lambda after: used_photos(database, after), knows_time=lambda: not clock.doubt, now=clock.now
        )
        services = Services(
            configuration=configuration,
            devices=self._engine.devices,
            blind_since=lambda: self._engine.blind_since,
            knows_time=lambda: self._engine.knows_time,
            presence=self._engine.part(Presences).find,
            standing_alarms=self._engine.part(Annunciator).standing_on,
            standing_alarm_of=self._engine.part(Annunciator).standing_of,
            standing_severities=self._engine.part(Annunciator).severities,
            explain=self._engine.part(Evaluator).explain,
            groups=self._engine.part(Evaluator).groups,
            database=database,
            series=series,
            photos=photos,
            act=self._pipeline.act,
            counts=self._engine.counts,
            now=clock.now,
            health=self._health,
            make_link=no_links if self._pages is None else self._pages.links.for_message,
            hosts=frozenset(listed(settings.http_hosts)),
        )
        self._http = HttpServer(create_api(services, parts.routers()))

    async def run(self, listener: socket.socket, stop: asyncio.Event, *, warns: bool) -> None:
        """Run all tasks. Those on the path from message to alarm end with an error together; others are restarted."""
        self._collector.begin()
        keep = self._supervisor.keep
        heartbeat = Heartbeat(*self._settings.heartbeat, lambda: self._health().ready)
        async with asyncio.TaskGroup() as tasks:
            committing = tasks.create_task(self._commits.run(), name="pipeline")
            serving = tasks.create_task(
                keep("HTTP server", lambda: self._http.serve(listener), rule=BuiltinRule.HTTP_FAILS), name="http"
            )
            others = [
                tasks.create_task(self._link.run(), name="mqtt"),
                tasks.create_task(self._pipeline.tick(), name="ticker"),
                tasks.create_task(self._pipeline.snapshot(self._settings.snapshot_interval), name="snapshots"),
                tasks.create_task(
                    keep("series forwarder", self._forwarder.run, rule=BuiltinRule.SERIES_FAILS),
                    name="series forwarder",
                ),
                tasks.create_task(keep("outbox", self._publisher.run, rule=BuiltinRule.OUTBOX_FAILS), name="outbox"),
                tasks.create_task(keep("direct raises", self._direct.run), name="direct raises"),
                tasks.create_task(
                    keep("notifier", self._notifier.run, rule=BuiltinRule.NOTIFIER_FAILS), name="notifier"
                ),
                tasks.create_task(keep("heartbeat", heartbeat.run), name="heartbeat"),
                tasks.create_task(keep("housekeeping", self._keep_house), name="housekeeping"),
                tasks.create_task(keep("unused photos", self._unused_photos.run), name="unused photos"),
                tasks.create_task(keep("self check", self._self_check.run), name="self check"),
                tasks.create_task(keep("garbage collection", self._collector.run), name="garbage collection"),
            ]
            if self._pages is not None:
                others.append(tasks.create_task(keep("pages", self._pages.serve), name="pages"))
            if warns:
                review = log_warnings(check_command(self._settings.site, self._settings.channels))
                others.append(tasks.create_task(review, name="review of files"))
            await stop.wait()
            log.info("stopping")
            self._supervisor.stop()
            self._link.pause()
            self._commits.stop()
            self._http.stop()
            if self._pages is not None:
                self._pages.stop()
            await asyncio.wait({committing}, timeout=_LAST_COMMIT_WITHIN_S)
            await asyncio.wait({serving}, timeout=_ANSWER_REQUESTS_WITHIN_S)
            for task in (committing, serving, *others):
                task.cancel()

    def _on_committed(self, group: Sequence[Changes]) -> None:
        batches = () if self._commits.is_salvaged else [changes.parts.get(Intake.name) for changes in group]
        self._forwarder.notify(*(batch for batch in batches if isinstance(batch, Batch)))
        if events := [event for changes in group for event in changes.publications]:
            self._publisher.notify(() if self._commits.is_salvaged else events)
        self._notifier.committed(group)
        if self._watch is not None:
            self._watch(group)

    def _on_lost(self, event: Publication) -> None:
        """The outbox will never have this event: try to publish it all the same."""
        self._direct.add_lost(event)

    def _quarantine(self, reading: Reading, metric: str | None, detail: str) -> None:
        """Put what the series store rejects into the quarantine."""
        self._commits.add(self._engine.quarantine(reading, metric or "", detail, self._clock.now()))

    def _quarantine_damaged(self, row: DamagedRow) -> None:
        """Keep what is left of a row of the journal that cannot be understood."""
        self._database.skip_damaged("journal", row.first_message, row.reason)
        detail = f"the readings from message {row.first_message} on: {row.reason}"
        self._commits.add(entry("store/journal", Reason.DAMAGED, detail, row.content, self._clock.now()))

    def _quarantine_event(self, event: Publication, detail: str) -> None:
        """Keep an MQTT event that can never be published."""
        reason, now = Reason.REFUSED_BY_BROKER, self._clock.now()
        self._commits.add(entry(event.topic, reason, detail, event.payload, now))

    async def _in_writer(self, write: Callable[[], T]) -> T:
        """Run a function that writes to the store, between two commits; on a full disk make room for it."""
        return await self._commits.run_in_writer(lambda: self._room.write(write))

    async def _keep_house(self) -> None:
        await keep_house(lambda: self._in_writer(self._disk.tidy))

    def _store_problem(self) -> str:
        hangs = self._commits.waited_s >= UNREADY_AFTER_S
        return self._commits.problem or ("a commit hangs: check the disk of the data directory" if hangs else "")

    def _health(self) -> Health:
        disk = self._disk.report
        return Health(
            broker_online=self._link.online,
            broker_problem=self._link.problem,
            store_problem=self._commits.problem,
            series_available=self._forwarder.available,
            series_problem=self._forwarder.last_error,
            series_backlog=self._forwarder.backlog,
            outbox_backlog=self._publisher.backlog,
            started_at=self._started_at,
            committed_messages=self._pipeline.committed_messages,
            warnings=(*self._link.warnings, *disk.warnings, *([self._clock.doubt] if self._clock.doubt else [])),
            quarantined_changes=self._commits.quarantined_changes,
            failing_tasks=tuple(self._supervisor.problems.values()),
            restarts=self._supervisor.restarts,
            damaged_rows=self._database.damaged_rows,
            waited_s=self._commits.waited_s,
            direct_raises=self._direct.published,
            disk_free_bytes=disk.free,
            reserve_bytes=disk.reserve,
            journal_bytes=disk.journal,
            dropped_messages=disk.dropped,
        )
