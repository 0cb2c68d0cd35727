from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sentiment.client.retries import Retries, read_retry_after

NOW = datetime(2030, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), (" 0 ", 0.0), (None, None), ("soon", None), ("-1", None),
     ("Tue, 01 Jan 2030 12:00:30 GMT", 30.0), ("Tue, 01 Jan 2030 11:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value, NOW) == seconds


def test_pauses_grow_up_to_a_limit_and_are_drawn() -> None:
    ranges: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        ranges.append((low, high))
        return high

    retries = Retries(most=6, first_pause=1.0, longest_pause=20.0, draw=draw)
    pauses = [retries.pause(attempt, None) for attempt in range(1, 8)]
    assert pauses == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0, None]
    assert all(low == 0 for low, _ in ranges)


def test_what_the_app_asks_for_is_the_least() -> None:
    retries = Retries(first_pause=1.0, draw=lambda low, high: (low + high) / 2)
    assert retries.pause(1, 10.0) == 10.5
    assert retries.pause(1, 61.0) is None
