from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sentiment.api.rate_limit import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_may_ask_its_allowance_at_once_and_then_must_wait() -> None:
    limiter = RateLimiter(60, Clock())
    assert [limiter.admit("a", 1) for _ in range(60)] == [0] * 60
    assert limiter.admit("a", 1) == 1
    assert limiter.admit("b", 1) == 0


def test_whoever_waits_as_long_as_asked_is_admitted() -> None:
    clock = Clock()
    limiter = RateLimiter(7, clock)
    limiter.admit("a", 128)
    seconds = limiter.admit("a", 1)
    clock.now += seconds - 1
    assert limiter.admit("a", 1) > 0
    clock.now += 1
    assert limiter.admit("a", 1) == 0


def test_to_be_refused_costs_nothing() -> None:
    clock = Clock()
    limiter = RateLimiter(60, clock)
    limiter.admit("a", 60)
    assert all(limiter.admit("a", 50) for _ in range(100))
    clock.now += 1
    assert limiter.admit("a", 1) == 0


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 128)), min_size=1, max_size=60))
def test_no_address_gets_more_than_its_rate_and_one_request(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    limiter = RateLimiter(60, clock)
    admitted = 0
    for pause, cost in asked:
        clock.now += pause
        admitted += cost if limiter.admit("a", cost) == 0 else 0
        assert admitted <= 60 + (clock.now - 1000) + 128


def test_only_so_many_addresses_are_remembered() -> None:
    limiter = RateLimiter(1, Clock(), most_addresses=2)
    for address in ("a", "b", "a", "c"):
        limiter.admit(address, 1)
    assert limiter.admit("b", 1) == 0  # forgotten, as it was quiet the longest
    assert limiter.admit("c", 1) > 0
