from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from operations.period import Period, PeriodOptions, read_period

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def period(since: str | None = None, until: str | None = None, days: float | None = None) -> Period:
    return read_period(PeriodOptions(since, until, days), NOW)


def test_the_last_day_is_looked_at_unless_another_is_given() -> None:
    last = period()
    assert (last.since, last.until) == (NOW - timedelta(days=1), NOW)


def test_a_date_means_its_midnight_and_the_end_is_not_included() -> None:
    first = period("2026-03-01", "2026-03-02")
    assert datetime(2026, 3, 1, tzinfo=UTC) in first
    assert datetime(2026, 3, 2, tzinfo=UTC) not in first
    assert str(first) == "2026-03-01 00:00 to 2026-03-02 00:00 UTC"


def test_days_count_back_from_the_end() -> None:
    assert period(None, "2026-03-08", 7) == period("2026-03-01", "2026-03-08")


def test_a_zone_is_heeded() -> None:
    assert period("2026-03-01T02:00+02:00").since == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "days", "reason"),
    [
        ("2026-03-02", "2026-03-01", None, "is empty: its start is not before its end"),
        ("2027-01-01", None, None, "not before its end"),
        ("2026-03-01", None, 2.0, "either --since or --days"),
        ("yesterday", None, None, "--since 'yesterday' is no ISO date"),
        (None, "2026-02-30", None, "--until '2026-02-30' is no ISO date"),
        ("0001-01-01T00:00+14:00", None, None, "no ISO date"),
        (None, None, 0.0, "is empty"),
        (None, None, 1e9, "leads to no date"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(
    since: str | None, until: str | None, days: float | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        period(since, until, days)
