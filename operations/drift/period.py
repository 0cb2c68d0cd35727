"""The span of time that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DEFAULT_DAYS = 1.0


class PeriodError(ValueError):
    """A period cannot be used; the message says what was given and what is expected."""


@dataclass(frozen=True)
class Period:
    """From ``since`` until just before ``until``, both with a time zone."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        """Return whether a moment lies within."""
        return self.since <= moment < self.until

    def __str__(self) -> str:
        return f"{_shown(self.since)} to {_shown(self.until)} UTC"


def read_period(since: str | None, until: str | None, days: float | None, now: datetime) -> Period:
    """Return the period that a user asks for.

    Args:
        since: An ISO date or time, UTC where it names no zone; a date means its midnight.
        until: The same; ``now`` if it is not given.
        days: How long before ``until`` the period begins, in place of ``since``; one day if
            neither is given.
        now: The time, with a zone.

    Raises:
        PeriodError: A time is malformed, both ``since`` and ``days`` are given, or the period is
            empty.
    """
    if since is not None and days is not None:
        raise PeriodError("Give either --since or --days, not both.")
    end = now if until is None else _moment(until, "--until")
    if since is None:
        start = _before(end, DEFAULT_DAYS if days is None else days)
    else:
        start = _moment(since, "--since")
    if start >= end:
        raise PeriodError(
            f"The period begins at {_shown(start)}, which is not before its end at {_shown(end)};"
            " swap --since and --until?"
        )
    return Period(start, end)


def _moment(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PeriodError(
            f"{option} {text!r} is no ISO date or time, such as 2026-03-01 or 2026-03-01T12:30."
        ) from error


def _before(end: datetime, days: float) -> datetime:
    if not days > 0:
        raise PeriodError(f"--days {days:g} is not above 0.")
    try:
        return end - timedelta(days=days)
    except OverflowError as error:
        raise PeriodError(f"--days {days:g} leads to no date.") from error


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
