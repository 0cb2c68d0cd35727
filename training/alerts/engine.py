"""Runs Kusto queries, unmodified, over rows in memory: translated to SQL and run by DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from training.alerts.rows import EventRow, RequestRow, Row

_COLUMNS = {
    "AppEvents": "TimeGenerated timestamp, Name varchar, Properties json, OperationId varchar",
    "AppRequests": "TimeGenerated timestamp, Name varchar, Success boolean, ResultCode varchar,"
    " OperationId varchar",
}


class EngineError(OSError):
    """Queries cannot be run here; the message says what to install."""


class Engine:
    """A database whose tables show what a query sees at a moment.

    Raises:
        EngineError: A package is missing.
    """

    def __init__(self) -> None:
        try:
            import duckdb  # noqa: F401 - what the translation runs on
            import duckdb_kql
        except ImportError as error:
            raise EngineError(
                f"The package {error.name} is missing, which runs the queries:"
                " pip install duckdb duckdb-kql"
            ) from None
        self._translate = duckdb_kql.to_sql
        self._database: Any = duckdb_kql.connect()
        self._database.execute("SET threads = 1")
        self._translated: dict[str, str] = {}
        for table, columns in _COLUMNS.items():
            self._database.execute(f"CREATE TABLE All{table} ({columns}, Arrived timestamp)")
            names = ", ".join(_names(columns))
            self._database.execute(
                f"CREATE VIEW {table} AS SELECT {names} FROM All{table} WHERE"  # noqa: S608
                " Arrived <= getvariable('now') AND TimeGenerated <= getvariable('now')"
                " AND TimeGenerated > getvariable('since')"
            )

    def load(self, rows: Iterable[Row]) -> None:
        """Put these rows in the place of those that were there."""
        events, requests = [], []
        for row in rows:
            if isinstance(row, EventRow):
                events.append(_event(row))
            else:
                requests.append(_request(row))
        self._fill("AppEvents", events)
        self._fill("AppRequests", requests)

    def run(self, query: str, now: datetime, window: timedelta) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds among what has arrived and lies in the window."""
        self._database.execute("SET VARIABLE now = ?::timestamp", [_naive(now)])
        self._database.execute("SET VARIABLE since = ?::timestamp", [_naive(now - window)])
        found: list[tuple[Any, ...]] = self._database.execute(self._sql(query)).fetchall()
        return found

    def _sql(self, query: str) -> str:
        if query not in self._translated:
            schema = {table: _names(columns) for table, columns in _COLUMNS.items()}
            self._translated[query] = str(self._translate(query, schema=schema))
        return self._translated[query]

    def _fill(self, table: str, values: list[list[Any]]) -> None:
        self._database.execute(f"DELETE FROM All{table}")  # noqa: S608
        if not values:
            return
        marks = ", ".join(["unnest(?)"] * len(values[0]))  # a column at once: rows are slow
        columns = [list(column) for column in zip(*values, strict=True)]
        self._database.execute(f"INSERT INTO All{table} SELECT {marks}", columns)


def _event(row: EventRow) -> list[Any]:
    properties = json.dumps(dict(row.properties))
    return [_naive(row.time), row.name, properties, row.operation, _naive(row.arrived)]


def _request(row: RequestRow) -> list[Any]:
    outcome = [row.success, row.result_code, row.operation]
    return [_naive(row.time), row.name, *outcome, _naive(row.arrived)]


def _names(columns: str) -> list[str]:
    return [column.split()[0] for column in columns.split(",")]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
