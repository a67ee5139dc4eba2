"""Every rejection is counted; of those that come too often, not each is kept as a message."""

from __future__ import annotations

from gateway.core.kernel.times import HOUR, SECOND, Micros
from gateway.core.telemetry.quarantine import KEPT_BYTES, KEPT_OF_KIND, Quarantine, Reason, RejectedKind

KIND = RejectedKind("site/s1/pump/p1/telemetry", Reason.MALFORMED, "")


def flood(quarantine: Quarantine, *, seconds: int, start: Micros = 0, size: int = 100) -> tuple[int, int]:
    """A thousand messages a second, each of a kind of its own or not: how many are counted, and kept."""
    for number in range(seconds * 1000):
        quarantine.add(KIND, "?", bytes(size), start + number * SECOND // 1000)
    (rejection,) = quarantine.drain().values()
    return rejection.count, len(rejection.kept)


def test_a_message_is_kept_with_its_whole_payload_and_its_time() -> None:
    quarantine = Quarantine()
    quarantine.add(KIND, "no JSON", b"x" * 10_000, 7)
    (rejection,) = quarantine.drain().values()
    (kept,) = rejection.kept
    assert (kept.received, kept.detail, kept.size, kept.payload) == (7, "no JSON", 10_000, b"x" * 10_000)
    assert quarantine.drain() == {}


def test_of_a_payload_beyond_the_limit_the_beginning_is_kept_with_its_size() -> None:
    quarantine = Quarantine()
    quarantine.add(KIND, "?", bytes(KEPT_BYTES + 1), 0)
    (kept,) = quarantine.drain()[KIND].kept
    assert (kept.size, len(kept.payload)) == (KEPT_BYTES + 1, KEPT_BYTES)


def test_a_device_that_sends_garbage_is_counted_whole_and_kept_now_and_then() -> None:
    quarantine = Quarantine()
    assert flood(quarantine, seconds=60) == (60_000, KEPT_OF_KIND + 5)
    assert flood(quarantine, seconds=60, start=60 * SECOND) == (60_000, 6)
    quarantine.add(RejectedKind("another/topic", Reason.MALFORMED, ""), "?", b"", 120 * SECOND)
    (other,) = quarantine.drain().values()
    assert len(other.kept) == 1, "one device's garbage costs another its place"


def test_a_flood_of_kinds_is_kept_up_to_so_many_bytes_a_second() -> None:
    quarantine = Quarantine()
    for number in range(30_000):
        kind = RejectedKind(f"topic/{number}", Reason.UNKNOWN_TOPIC, "")
        quarantine.add(kind, "?", bytes(10_000), number * SECOND // 1000)
    rejections = quarantine.drain().values()
    assert sum(rejection.count for rejection in rejections) == 30_000
    kept = sum(len(message.payload) for rejection in rejections for message in rejection.kept)
    assert 10_000_000 < kept < 20_000_000


def test_a_clock_that_is_set_back_neither_ends_nor_widens_what_is_kept() -> None:
    quarantine = Quarantine()
    flood(quarantine, seconds=1, start=HOUR)
    assert flood(quarantine, seconds=1) == (1000, 0)
    assert flood(quarantine, seconds=20, start=SECOND)[1] == 2


def test_a_topic_of_64_kib_takes_no_more_of_the_disk_than_a_long_one() -> None:
    quarantine = Quarantine()
    for number in range(3):
        topic = "site/s1/" + "x" * 65_000 + str(number)
        quarantine.add(RejectedKind(topic, Reason.UNKNOWN_TOPIC, ""), "y" * 65_000, b"", number)
    ((kind, rejection),) = quarantine.drain().items()
    assert (len(kind.topic), kind.topic[-1], len(rejection.detail), rejection.count) == (1025, "…", 1024, 3)
    assert {len(kept.detail) for kept in rejection.kept} == {1024}
