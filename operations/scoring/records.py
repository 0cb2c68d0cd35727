"""What every format of input comes down to: records with a line number, or the reason why not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from operations.scoring.lines import Lines

WINDOW_RECORDS = 1024
WINDOW_SIZE = 8 << 20
"""A window ends at so many records, or once they hold so many characters."""


class Record(NamedTuple):
    """One row of the input.

    Attributes:
        line: The number of its first line, from 1; in Parquet, the number of the row.
        values: Its columns, empty if it cannot be read.
        size: How many characters it holds, roughly.
        problem: Why it cannot be read; empty if it can.
    """

    line: int
    values: Mapping[str, Any]
    size: int
    problem: str = ""


class Source(ABC):
    """An input that is read once, from its beginning.

    Attributes:
        columns: The names of the columns; in JSON lines, those of the first object.
    """

    columns: Sequence[str]

    @abstractmethod
    def __iter__(self) -> Iterator[Record]:
        """Yield the records in order, those that cannot be read too."""

    @abstractmethod
    def share(self) -> float | None:
        """Return which share of the input was read, 0 to 1, or None if its end is not known."""

    @abstractmethod
    def close(self) -> None:
        """Close the input."""

    def remarks(self) -> Sequence[str]:
        """Return what the user should know of the input once it is read, in sentences."""
        return ()

    def plain(self, value: Any) -> Any:
        """Return the value of a column as text, a number, a date, or None."""
        return value

    def text(self, value: Any) -> str | None:
        """Return the value of a column if it is text, and else None."""
        return value if isinstance(value, str) else None

    def kept(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the columns of a record as they are to be written."""
        return values


class LineSource(Source):
    """An input of lines."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def share(self) -> float | None:
        """Return which share of the file was read."""
        return self._lines.share()

    def remarks(self) -> Sequence[str]:
        """Return how lines were decoded, where a user should know."""
        return self._lines.remarks()

    def close(self) -> None:
        """Close the file."""
        self._lines.close()


def windows(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the records in windows, which depend on nothing but the records themselves."""
    window: list[Record] = []
    size = 0
    for record in records:
        window.append(record)
        size += record.size
        if len(window) >= WINDOW_RECORDS or size >= WINDOW_SIZE:
            yield window
            window, size = [], 0
    if window:
        yield window
