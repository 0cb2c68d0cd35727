"""The command ``python -m training alerts``."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from operations.alerts.engine import Engine
from operations.alerts.rows import EventRow, row_of_line
from operations.alerts.rules import DEFAULT_FOLDER, Rule, read_rules
from operations.alerts.scheduler import Firing, evaluate
from operations.drift.observed import read_lines
from operations.drift.period import DEFAULT_DAYS, Period, read_period
from sentiment.settings import data_home

FIRED = 2


class AlertsError(ValueError):
    """There is nothing to look at; the message says what to do."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line of ``training``."""
    parser = commands.add_parser(
        "alerts",
        help="tell when the alert rules would have fired over local events",
        description="Run the queries of the alert rules that Azure runs, unmodified, over the"
        " events in JSON lines, at the moments at which Azure would. Requests that the host"
        " records are not among local events: of failures, only an absent model is seen.",
        epilog="exit code: 0 all quiet, 2 a rule fired or is to fire next, 1 an error."
        " example: python -m training alerts --days 7",
    )
    parser.add_argument("--since", metavar="TIME",
                        help="begin of the period: an ISO date or time, UTC unless it names a"
                        " zone")  # fmt: skip
    parser.add_argument("--until", metavar="TIME", help="end of the period (default: now)")
    parser.add_argument("--days", type=float,
                        help="days before the end at which the period begins, in place of --since"
                        f" (default: {DEFAULT_DAYS:g})")  # fmt: skip
    parser.add_argument("--events", type=Path, metavar="FOLDER",
                        help="folder of JSON lines"
                        " (default: events in SENTIMENT_HOME)")  # fmt: skip
    parser.add_argument("--rules", type=Path, metavar="FOLDER", default=DEFAULT_FOLDER,
                        help="folder of the rules (default: %(default)s)")  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate, tell and return the exit code.

    Raises:
        PeriodError: The period cannot be used.
        AlertsError: There is no folder of events.
        RulesError: The rules cannot be used.
        EngineError: A package is missing.
        OSError: The events cannot be read.
    """
    now = datetime.now(UTC)
    period = read_period(options.since, options.until, options.days, now)
    rules = read_rules(options.rules)
    engine = Engine()
    rows = _rows(options.events or data_home() / "events", period)
    print(f"{len(rows)} events from {period}")
    code = 0
    for rule, query in rules:
        end = min(period.until, now)
        # One evaluation more: what it will see is there by now.
        firings = list(evaluate(engine, rule, query, rows, end + rule.frequency))
        print(_told(rule, firings, end))
        code = FIRED if firings else code
    return code


def _rows(folder: Path, period: Period) -> list[EventRow]:
    if not folder.is_dir():
        raise AlertsError(f"There is no folder {folder} with events; give --events another.")
    found = (row_of_line(line) for line in read_lines(folder, period))
    rows = [row for row in found if row is not None and row.time in period]
    return sorted(rows, key=lambda row: row.time)


def _told(rule: Rule, firings: list[Firing], end: datetime) -> str:
    fired = [firing for firing in firings if firing.at <= end]
    if fired:
        times = f"{len(fired)} evaluation{'s' if len(fired) > 1 else ''}"
        first, last = _moment(fired[0]), _moment(fired[-1])
        span = first if first == last else f"{first} to {last}"
        told = f"fired at {times}, {span} UTC{_found(fired)}. {rule.description}"
    elif firings:
        told = f"is to fire next, at {_moment(firings[0])} UTC{_found(firings)}. {rule.description}"
    else:
        told = "quiet"
    return f"{rule.name}: {told}"


def _moment(firing: Firing) -> str:
    return f"{firing.at:%Y-%m-%d %H:%M}"


def _found(firings: list[Firing]) -> str:
    """Return the most that the query counted at an evaluation, by what it counted."""
    most: dict[str, int] = {}
    for row in (row for firing in firings for row in firing.found):
        counts = {name: value for name, value in row.items() if isinstance(value, int)}
        most |= {name: max(value, most.get(name, 0)) for name, value in counts.items()}
    shown = [f"{name.replace('_', ' ')} {value}" for name, value in most.items()]
    return f" (counted at most: {', '.join(shown)})" if shown else ""
