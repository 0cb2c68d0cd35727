"""Evaluates a rule over local events as Azure does: at fixed moments, over what has arrived."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from operations.alerts.engine import Engine, EventRow, Found, Row
from operations.alerts.rules import Rule
from operations.events import Timed, read_lines
from operations.period import Period
from operations.terminal import counted
from sentiment.telemetry.events import AnyEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Firing:
    """An evaluation at which a rule fired, and the rows that its query found."""

    at: datetime
    found: tuple[Found, ...]


def read_rows(folder: Path, period: Period) -> list[EventRow]:
    """Return the events of a period, in the order of their times; what is none is passed over.

    Raises:
        ValueError: There is no such folder.
        OSError: A file cannot be read.
    """
    found = map(_as_row, read_lines(folder, period))
    rows = [row for row in found if row is not None and row.time in period]
    return sorted(rows, key=lambda row: row.time)


def evaluate(
    engine: Engine, rule: Rule, query: str, rows: Sequence[Row], until: datetime
) -> Iterator[Firing]:
    """Yield when a rule fires, from the first row on.

    Args:
        engine: Runs the query.
        rule: What is evaluated when.
        query: The rule's query.
        rows: In the order of their times.
        until: The last moment that is looked at.
    """
    if not rows:
        return
    times = [row.time for row in rows]
    seen: list[int] = []
    found: tuple[Found, ...] = ()
    for now in _moments(rule.frequency, times[0], until):
        begin, end = bisect_right(times, now - rule.window), bisect_right(times, now)
        visible = [at for at in range(begin, end) if rows[at].arrived <= now]
        if visible != seen:  # the same rows give the same answer, and none at all give none
            seen = visible
            found = tuple(engine.run(query, [rows[at] for at in visible])) if visible else ()
        if rule.fires(len(found)):
            yield Firing(now, found)


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


def _as_row(line: object) -> EventRow | None:
    try:
        time = msgspec.convert(line, Timed).time
        event = msgspec.to_builtins(msgspec.convert(line, AnyEvent))
    except msgspec.ValidationError:
        return None
    name = event.pop("name")
    properties = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in event.items()
        if value is not None
    }
    return EventRow(time, name, properties, "", time)


def _moments(frequency: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    moment = _EPOCH + ((since - _EPOCH) // frequency + 1) * frequency
    while moment <= until:
        yield moment
        moment += frequency


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
