from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from operations.drift.period import PeriodError, read_period

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_last_day_is_looked_at_unless_told_otherwise() -> None:
    period = read_period(None, None, None, NOW)
    assert (period.since, period.until) == (NOW - timedelta(days=1), NOW)


def test_a_date_means_its_midnight_and_the_end_is_not_included() -> None:
    period = read_period("2026-03-01", "2026-03-02", None, NOW)
    assert datetime(2026, 3, 1, tzinfo=UTC) in period
    assert datetime(2026, 3, 2, tzinfo=UTC) not in period
    assert str(period) == "2026-03-01 00:00 to 2026-03-02 00:00 UTC"


def test_days_count_back_from_the_end() -> None:
    assert read_period(None, "2026-03-08", 7, NOW) == read_period(
        "2026-03-01", "2026-03-08", None, NOW
    )


def test_a_zone_is_heeded() -> None:
    assert read_period("2026-03-01T02:00+02:00", None, None, NOW).since == datetime(
        2026, 3, 1, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("since", "until", "days", "reason"),
    [
        ("2026-03-02", "2026-03-01", None, "not before its end"),
        ("2026-03-01", "2026-03-01", None, "not before its end"),
        ("2027-01-01", None, None, "not before its end"),
        ("2026-03-01", None, 2.0, "either --since or --days"),
        ("yesterday", None, None, "--since 'yesterday' is no ISO date"),
        (None, "2026-02-30", None, "--until '2026-02-30' is no ISO date"),
        ("0001-01-01T00:00+14:00", None, None, "no ISO date"),
        (None, None, 0.0, "not above 0"),
        (None, None, float("nan"), "not above 0"),
        (None, None, 1e9, "leads to no date"),
        (None, None, float("inf"), "leads to no date"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(
    since: str | None, until: str | None, days: float | None, reason: str
) -> None:
    with pytest.raises(PeriodError, match=reason):
        read_period(since, until, days, NOW)
