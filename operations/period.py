"""The span of time that a command looks at: ``--since``, ``--until`` and ``--days``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cyclopts import Parameter

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PeriodError(ValueError):
    """A period cannot be used; the message says what was given and what is expected."""


@Parameter(name="*")
@dataclass(frozen=True)
class PeriodOptions:
    """A period as a user asks for it.

    Attributes:
        since: Begin of the period: an ISO date or time, UTC unless it names a zone; a date means
            its midnight.
        until: End of the period, itself not included; now if it is not given.
        days: Days before the end at which the period begins, in place of --since.
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
        return f"{_shown(self.since)} to {_shown(self.until)} UTC"


def read_period(options: PeriodOptions, now: datetime, default_days: float | None = 1.0) -> Period:
    """Return the period that a user asks for.

    Args:
        options: As given on the command line.
        now: The time, with a zone.
        default_days: How long the period is where neither ``since`` nor ``days`` is given; None
            for one that begins in 1970.

    Raises:
        PeriodError: A time is malformed, both ``since`` and ``days`` are given, or the period is
            empty.
    """
    if options.since is not None and options.days is not None:
        raise PeriodError("Give either --since or --days, not both.")
    end = now if options.until is None else _moment(options.until, "--until")
    days = default_days if options.days is None else options.days
    if options.since is not None:
        start = _moment(options.since, "--since")
    else:
        start = _EPOCH if days is None else _before(end, days)
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
