"""What every format of input comes down to: records with a line number, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

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


class Source(Protocol):
    """An input that is read once, from its beginning."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns; in JSON lines, those of the first object."""

    def __iter__(self) -> Iterator[Record]:
        """Yield the records in order, those that cannot be read too."""

    def share(self) -> float | None:
        """Return which share of the input was read, 0 to 1, or None if its end is not known."""

    def remarks(self) -> Sequence[str]:
        """Return what the user should know of the input once it is read, in sentences."""

    def plain(self, value: Any) -> Any:
        """Return the value of a column as text, a number, a date, or None."""

    def text(self, value: Any) -> str | None:
        """Return the value of a column if it is text, and else None."""

    def kept(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the columns of a record as they are to be written."""

    def close(self) -> None:
        """Close the input."""


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
