"""Evaluates a rule as Azure does: at fixed moments, over what has arrived by then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from operations.alerts.engine import Engine, Found
from operations.alerts.rows import Row
from operations.alerts.rules import Rule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Firing:
    """An evaluation at which a rule fired, and the rows that its query found."""

    at: datetime
    found: tuple[Found, ...]


def evaluate(
    engine: Engine,
    rule: Rule,
    query: str,
    rows: Sequence[Row],
    until: datetime,
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


def _moments(frequency: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    moment = _EPOCH + ((since - _EPOCH) // frequency + 1) * frequency
    while moment <= until:
        yield moment
        moment += frequency
