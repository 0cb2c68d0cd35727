"""Comma-separated values: read record by record, and written."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from operations.scoring.lines import MAX_LINE_BYTES, Line, Lines, ScoringError
from operations.scoring.records import LineSource, Record
from operations.terminal import counted

OFFICIAL_COLUMNS = ("target", "id", "date", "flag", "user", "text")
"""Those of Sentiment140's own files, which have no header."""

_JSON = re.compile(r'\s*\{\s*("|$)')
_OFFICIAL_LABELS = frozenset({"0", "2", "4"})


def is_official(row: Sequence[str]) -> bool:
    """Return whether a file's first row is one of Sentiment140, and not a header."""
    return len(row) == len(OFFICIAL_COLUMNS) and row[0] in _OFFICIAL_LABELS


class CsvSource(LineSource):
    """The records of a CSV file; what is malformed costs its own lines and no others.

    Args:
        lines: Of the file.
        name: What errors call it.
        delimiter: What stands between two columns.

    Raises:
        ScoringError: The file is empty or JSON, or its first line names a column twice.
    """

    def __init__(self, lines: Lines, name: str, delimiter: str = ",") -> None:
        super().__init__(lines)
        self._feed = _Feed(lines)
        self._rows = csv.reader(self._feed, strict=True, delimiter=delimiter)
        self._first: Record | None = None
        self.columns = self._read_columns(name)

    def __iter__(self) -> Iterator[Record]:
        """Yield the records in order, those that cannot be read too."""
        if self._first is not None:
            yield self._first
        while (found := self._next()) is not None:
            yield self._record(found)

    def _read_columns(self, name: str) -> tuple[str, ...]:
        first = self._next()
        if self._feed.taken and _JSON.match(self._feed.taken[0].text):
            raise ScoringError(
                f"{name} begins as JSON does, but is read as CSV. Where each line is an object,"
                " give --input-format jsonl."
            )
        if first is None:
            raise ScoringError(f"{name} is empty; a first line that names the columns is expected.")
        if isinstance(first, Line):
            raise ScoringError(f"{name}, line {first.number:,}: {first.problem}")
        if is_official(first):
            self.columns = OFFICIAL_COLUMNS
            self._first = self._record(first)
            return OFFICIAL_COLUMNS
        columns = tuple(column.strip() for column in first)
        if len(set(columns)) < len(columns):
            raise ScoringError(f"{name}, line 1: two columns have the same name; rename one.")
        return columns

    def _next(self) -> list[str] | Line | None:
        """Return the next row that is not empty, or the line that cannot be read."""
        while True:
            self._feed.taken.clear()
            try:
                row = next(self._rows)
            except StopIteration:
                return None
            except (csv.Error, _BadLineError) as error:
                return self._give_up(error)
            if row:
                return row

    def _give_up(self, error: Exception) -> Line:
        """Return the first line of a malformed record; those after it are read again."""
        first, *others = self._feed.taken
        self._feed.give_back(others)
        if first.problem:
            return first
        if isinstance(error, _BadLineError):
            error = csv.Error("a quotation mark opens what cannot be read to its end")
        return Line(first.number, "", f"The line is malformed CSV: {error}.")

    def _record(self, found: list[str] | Line) -> Record:
        if isinstance(found, Line):
            return Record(found.number, {}, 0, found.problem)
        number = self._feed.taken[0].number
        size = sum(len(line.text) for line in self._feed.taken)
        if len(found) != len(self.columns):
            problem = (
                f"The row has {counted(len(found), 'column')} instead of {len(self.columns)};"
                " quote texts that contain separators or line breaks."
            )
            return Record(number, {}, size, problem)
        return Record(number, dict(zip(self.columns, found, strict=True)), size)


class CsvForm:
    """Rows as CSV with a header.

    Args:
        columns: Of the output, in order.
        delimiter: What stands between two columns.
    """

    def __init__(self, columns: Sequence[str], delimiter: str = ",") -> None:
        self._columns = tuple(columns)
        self._delimiter = delimiter

    def head(self) -> bytes:
        """Return the header."""
        return self._write([self._columns])

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the lines of some rows; a column that a row lacks is left empty."""
        return self._write([[_cell(row.get(name)) for name in self._columns] for row in rows])

    def _write(self, rows: Sequence[Sequence[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        return text.getvalue().encode("utf-8", "replace")


class _BadLineError(Exception):
    """Ends a record whose line cannot be read."""


class _Feed:
    """Hands lines to the reader of the standard library, and notes which it took for a record."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._given_back: deque[Line] = deque()
        self.taken: list[Line] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self._size = len(line.text) + (self._size if self.taken else 0)
        self.taken.append(line)
        if line.problem:
            raise _BadLineError
        if self._size > MAX_LINE_BYTES:
            raise csv.Error(f"a row is longer than {MAX_LINE_BYTES} characters")
        return line.text

    def give_back(self, lines: Sequence[Line]) -> None:
        self._given_back.extendleft(reversed(lines))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
