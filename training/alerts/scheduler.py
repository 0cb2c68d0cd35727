"""Evaluates a rule as Azure does: at fixed moments, over what has arrived by then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from training.alerts.engine import Engine
from training.alerts.rows import Row
from training.alerts.rules import Rule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Firing:
    """An evaluation at which a rule fired, and how many rows its query found."""

    at: datetime
    rows: int


def evaluate(
    engine: Engine,
    rule: Rule,
    query: str,
    rows: Sequence[Row],
    until: datetime,
    offset: timedelta = timedelta(0),
) -> list[Firing]:
    """Return when a rule fires, from the first row on.

    Args:
        engine: Its rows are replaced.
        rule: What is evaluated when.
        query: The rule's query.
        rows: In the order of their times.
        until: The last moment that is looked at.
        offset: Of the evaluations from the multiples of the rule's frequency.
    """
    if not rows:
        return []
    engine.load(rows)
    times = [row.time for row in rows]
    firings = []
    for now in _moments(rule.frequency, times[0], until, offset):
        begin = bisect_right(times, now - rule.window)
        end = bisect_right(times, now)
        if not any(row.arrived <= now for row in rows[begin:end]):
            continue  # no query finds anything in nothing
        found = len(engine.run(query, now, rule.window))
        if rule.fires(found):
            firings.append(Firing(now, found))
    return firings


def _moments(
    frequency: timedelta, since: datetime, until: datetime, offset: timedelta
) -> Iterator[datetime]:
    steps = (since - _EPOCH - offset) // frequency + 1
    moment = _EPOCH + offset + steps * frequency
    while moment <= until:
        yield moment
        moment += frequency
