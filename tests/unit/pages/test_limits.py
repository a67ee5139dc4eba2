"""How much one address may ask for."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from gateway.pages.limits import Allowance, address_of, network_of


class Watch:
    def __init__(self) -> None:
        self.now = 1000.0

    def allowance(self, at_once: int, every_s: float, remembered: int = 100) -> Allowance:
        return Allowance(at_once, every_s, monotonic=lambda: self.now, remembered=remembered)


def test_some_requests_are_allowed_at_once_and_then_one_each_time() -> None:
    watch = Watch()
    allowance = watch.allowance(3, 10.0)
    assert [allowance.take("a") for _ in range(4)] == [0, 0, 0, 10]
    watch.now += 9.5
    assert allowance.take("a") == 1
    watch.now += 0.5
    assert [allowance.take("a") for _ in range(2)] == [0, 10]
    watch.now += 1000
    assert [allowance.take("a") for _ in range(4)] == [0, 0, 0, 10]


def test_a_request_that_is_refused_does_not_count() -> None:
    watch = Watch()
    allowance = watch.allowance(1, 10.0)
    assert [allowance.take("a") for _ in range(50)] == [0] + [10] * 49
    watch.now += 10
    assert allowance.take("a") == 0


def test_each_address_has_its_own() -> None:
    allowance = Watch().allowance(1, 10.0)
    assert [allowance.take("a"), allowance.take("b"), allowance.take("a")] == [0, 0, 10]


def test_only_so_many_addresses_are_remembered_and_the_idlest_is_forgotten() -> None:
    allowance = Watch().allowance(2, 10.0, remembered=2)
    for address in ("a", "b", "a", "c"):
        assert allowance.take(address) == 0
    assert allowance.take("a") == 10  # b was forgotten
    assert len(allowance._free_at) == 2


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(text: str, network: str) -> None:
    assert network_of(text) == network


def scope_of(*forwarded: str) -> Scope:
    return {
        "type": "http",
        "client": ("127.0.0.1", 5000),
        "headers": [(b"x-forwarded-for", each.encode()) for each in forwarded],
    }


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.2.3.4, 5.6.7.8, 203.0.113.9"], "203.0.113.9"),  # the first ones anybody can write
        (["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        (["nonsense"], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_has_seen(forwarded: list[str], address: str) -> None:
    assert address_of(scope_of(*forwarded), behind_proxy=True) == address
    assert address_of(scope_of(*forwarded), behind_proxy=False) == "127.0.0.1"
