"""Runs Kusto queries, unmodified, over rows in memory: translated to SQL and run by DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from operations.alerts.rows import EventRow, RequestRow, Row
from operations.terminal import missing_package

_COLUMNS = {
    "AppEvents": "TimeGenerated timestamp, Name varchar, Properties json, OperationId varchar",
    "AppRequests": "TimeGenerated timestamp, Name varchar, Success boolean, ResultCode varchar,"
    " OperationId varchar",
}

Found = dict[str, Any]
"""A row that a query found: its values by column."""


class EngineError(OSError):
    """Queries cannot be run here; the message says what to install."""


class Engine:
    """A database with the tables that the queries name.

    Raises:
        EngineError: A package is missing.
    """

    def __init__(self) -> None:
        try:
            import duckdb  # noqa: F401 - what the translation runs on
            import duckdb_kql
        except ImportError as error:
            raise EngineError(
                missing_package(error, "Replaying alert rules", "operations")
            ) from None
        self._translate = duckdb_kql.to_sql
        self._database: Any = duckdb_kql.connect()
        self._database.execute("SET threads = 1")
        self._names: dict[str, str] = {}
        for table, columns in _COLUMNS.items():
            self._database.execute(f"CREATE TABLE {table} ({columns})")

    def run(self, query: str, rows: Iterable[Row]) -> list[Found]:
        """Return the rows that a query finds where the tables hold these, by column."""
        events, requests = [], []
        for row in rows:
            if isinstance(row, EventRow):
                events.append(_event(row))
            else:
                requests.append(_request(row))
        self._fill("AppEvents", events)
        self._fill("AppRequests", requests)
        answer = self._database.execute(f"EXECUTE {self._prepared(query)}")
        columns = [column[0] for column in answer.description]
        return [dict(zip(columns, found, strict=True)) for found in answer.fetchall()]

    def _prepared(self, query: str) -> str:
        if query not in self._names:
            schema = {table: _names(columns) for table, columns in _COLUMNS.items()}
            name = f"query_{len(self._names)}"
            # Planned once, for hundreds of evaluations.
            self._database.execute(f"PREPARE {name} AS {self._translate(query, schema=schema)}")
            self._names[query] = name
        return self._names[query]

    def _fill(self, table: str, values: list[list[Any]]) -> None:
        self._database.execute(f"DELETE FROM {table}")  # noqa: S608
        if not values:
            return
        marks = ", ".join(["unnest(?)"] * len(values[0]))  # a column at once: rows are slow
        columns = [list(column) for column in zip(*values, strict=True)]
        self._database.execute(f"INSERT INTO {table} SELECT {marks}", columns)


def _event(row: EventRow) -> list[Any]:
    properties = json.dumps(dict(row.properties))
    return [_naive(row.time), row.name, properties, row.operation]


def _request(row: RequestRow) -> list[Any]:
    return [_naive(row.time), row.name, row.success, row.result_code, row.operation]


def _names(columns: str) -> list[str]:
    return [column.split()[0] for column in columns.split(",")]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
