"""Runs Kusto queries, unmodified, over rows in memory: translated to SQL and run by DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_COLUMNS = {
    "AppEvents": "TimeGenerated timestamp, Name varchar, Properties json, OperationId varchar",
    "AppRequests": "TimeGenerated timestamp, Name varchar, Success boolean, ResultCode varchar,"
    " OperationId varchar",
}

Found = dict[str, Any]
"""A row that a query found: its values by column."""


@dataclass(frozen=True)
class EventRow:
    """A row of ``AppEvents``, as the workspace holds it.

    Attributes:
        time: ``TimeGenerated``, with a zone.
        name: The event's name.
        properties: Its values, all of them strings.
        operation: The operation id.
        arrived: When queries see the row, with a zone.
    """

    time: datetime
    name: str
    properties: Mapping[str, str]
    operation: str
    arrived: datetime

    @property
    def values(self) -> list[Any]:
        """The values of its columns."""
        properties = json.dumps(dict(self.properties))
        return [_naive(self.time), self.name, properties, self.operation]


@dataclass(frozen=True)
class RequestRow:
    """A row of ``AppRequests``, as the Functions host writes one for each request."""

    time: datetime
    name: str
    success: bool
    result_code: str
    operation: str
    arrived: datetime

    @property
    def values(self) -> list[Any]:
        """The values of its columns."""
        return [_naive(self.time), self.name, self.success, self.result_code, self.operation]


Row = EventRow | RequestRow


class Engine:
    """A database with the tables that the queries name."""

    def __init__(self) -> None:
        import duckdb_kql

        self._translate = duckdb_kql.to_sql
        self._database: Any = duckdb_kql.connect()
        self._database.execute("SET threads = 1")
        self._names: dict[str, str] = {}
        for table, columns in _COLUMNS.items():
            self._database.execute(f"CREATE TABLE {table} ({columns})")

    def run(self, query: str, rows: Iterable[Row]) -> list[Found]:
        """Return the rows that a query finds where the tables hold these, by column."""
        values: dict[type[Row], list[list[Any]]] = {EventRow: [], RequestRow: []}
        for row in rows:
            values[type(row)].append(row.values)
        self._fill("AppEvents", values[EventRow])
        self._fill("AppRequests", values[RequestRow])
        answer = self._database.execute(f"EXECUTE {self._prepared(query)}")
        columns = [column[0] for column in answer.description]
        return [dict(zip(columns, found, strict=True)) for found in answer.fetchall()]

    def _prepared(self, query: str) -> str:
        if query not in self._names:
            schema = {
                table: [column.split()[0] for column in columns.split(",")]
                for table, columns in _COLUMNS.items()
            }
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


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
