"""When a tweet was written, as files of tweets say it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from email.utils import parsedate

DATE_COLUMNS = ("date", "created_at", "timestamp", "datetime", "time")

_MOST_DAYS, _MOST_MONTHS = 62, 60


def read_date(value: object) -> date | None:
    """Return the day that a value names, or None.

    ISO 8601 is read, what Twitter's archives and Sentiment140 write,
    ``Mon Apr 06 22:19:45 PDT 2009``, and the dates of e-mail. The day is that of the time zone it
    is given in.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    try:
        found = parsedate(text)
        return date(*found[:3]) if found else None
    except (ValueError, IndexError):
        return None


def group(days: Mapping[date, list[int]]) -> dict[str, list[int]]:
    """Return counts by day, or by month or year where there would be too many to show."""
    if not days:
        return {}
    first, last = min(days), max(days)
    months = 12 * (last.year - first.year) + last.month - first.month
    width = 10 if (last - first).days < _MOST_DAYS else 7 if months < _MOST_MONTHS else 4
    grouped: dict[str, list[int]] = {}
    for day in sorted(days):
        counts = grouped.setdefault(day.isoformat()[:width], [0] * len(days[day]))
        for at, count in enumerate(days[day]):
            counts[at] += count
    return grouped
