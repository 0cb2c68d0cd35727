"""The span of time that a command looks at: ``--since``, ``--until`` and ``--days``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True)
class PeriodOptions:
    """A period as a user asks for it.

    Attributes:
        since: Start of the period: an ISO date or time, UTC unless it names a zone; a date means
            its midnight.
        until: End of the period, itself not included; now if it is not given.
        days: Days before the end at which the period starts, in place of --since.
    """

    since: str | None = None
    until: str | None = None
    days: float | None = None


@dataclass(frozen=True)
class Period:
    """From ``since`` until just before ``until``, both with a time zone."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        """Return whether a moment lies within."""
        return self.since <= moment < self.until

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC"


def read_period(options: PeriodOptions, now: datetime, default_days: float = 1.0) -> Period:
    """Return the period that a user asks for.

    Args:
        options: As given on the command line.
        now: The time, with a zone.
        default_days: How long the period is where neither ``since`` nor ``days`` is given.

    Raises:
        ValueError: A time is malformed, both ``since`` and ``days`` are given, or the period is
            empty.
    """
    if options.since is not None and options.days is not None:
        raise ValueError("Give either --since or --days, not both.")
    until = now if options.until is None else _moment(options.until, "--until")
    if options.since is None:
        since = _before(until, default_days if options.days is None else options.days)
    else:
        since = _moment(options.since, "--since")
    period = Period(since, until)
    if since >= until:
        raise ValueError(f"The period {period} is empty: its start is not before its end.")
    return period


def _moment(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{option} {text!r} is no ISO date or time, such as 2026-03-01 or 2026-03-01T12:30."
        ) from error


def _before(end: datetime, days: float) -> datetime:
    try:
        return end - timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"--days {days:g} leads to no date.") from error
