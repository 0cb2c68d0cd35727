"""Local events as rows of the workspace, and what became of a rule over them as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from operations.alerts.rows import EventRow, row_of_line
from operations.alerts.rules import Rule
from operations.alerts.scheduler import Firing
from operations.events import read_lines
from operations.period import Period
from operations.terminal import counted


def read_rows(folder: Path, period: Period) -> list[EventRow]:
    """Return the events of a period, in the order of their times; what is none is passed over.

    Raises:
        NoEventsError: There is no such folder.
        OSError: A file cannot be read.
    """
    found = (row_of_line(line) for line in read_lines(folder, period))
    rows = [row for row in found if row is not None and row.time in period]
    return sorted(rows, key=lambda row: row.time)


def describe_firings(rule: Rule, firings: Sequence[Firing], end: datetime) -> str:
    """Return whether a rule fired until ``end``, or is to fire after it, in a sentence."""
    fired = [firing for firing in firings if firing.at <= end]
    if fired:
        first, last = _moment(fired[0]), _moment(fired[-1])
        span = first if first == last else f"{first} to {last}"
        what = f"fired at {counted(len(fired), 'evaluation')}, {span} UTC{_most(fired)}."
    elif firings:
        what = f"is to fire next, at {_moment(firings[0])} UTC{_most(firings)}."
    else:
        return f"{rule.name}: quiet"
    return f"{rule.name}: {what} {rule.description}"


def _moment(firing: Firing) -> str:
    return f"{firing.at:%Y-%m-%d %H:%M}"


def _most(firings: Sequence[Firing]) -> str:
    """Return the most that the query counted at an evaluation, by what it counted."""
    most: dict[str, int] = {}
    for row in (row for firing in firings for row in firing.found):
        counts = {name: value for name, value in row.items() if isinstance(value, int)}
        most |= {name: max(value, most.get(name, 0)) for name, value in counts.items()}
    shown = [f"{name.replace('_', ' ')} {value}" for name, value in most.items()]
    return f" (counted at most: {', '.join(shown)})" if shown else ""
