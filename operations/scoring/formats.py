"""Which format a file has, and what reads and writes it."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from operations.scoring.columnar import ParquetForm, ParquetSource
from operations.scoring.lines import AUTO, Lines, ScoringError
from operations.scoring.objects import JsonForm, JsonSource
from operations.scoring.records import Source
from operations.scoring.tables import CsvForm, CsvSource

CSV, JSONL, PARQUET = "csv", "jsonl", "parquet"
STANDARD = Path("-")
"""Stands for standard input or standard output."""

_ENDINGS = {
    ".csv": CSV,
    ".tsv": CSV,
    ".jsonl": JSONL,
    ".ndjson": JSONL,
    ".parquet": PARQUET,
    ".pq": PARQUET,
}


class Gzipped:
    """Another form of lines, each of its windows being a gzip member of its own."""

    def __init__(self, form: CsvForm | JsonForm) -> None:
        self._form = form

    def head(self) -> bytes:
        """Return what comes before the first row."""
        return _compress(self._form.head())

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return some rows as a member."""
        return _compress(self._form.encode(rows))


Form = CsvForm | JsonForm | ParquetForm | Gzipped
"""How rows are written: bytes that are appended, window after window."""


def format_of(path: Path, named: str | None, default: str | None = None) -> str:
    """Return the format of a file: the one that is named, or else by its ending.

    Raises:
        ScoringError: Neither is known.
    """
    if named is not None:
        return named
    if path == STANDARD and default is not None:
        return default
    found = _ENDINGS.get(Path(_without_gz(path)).suffix.lower())
    if found is None:
        raise ScoringError(
            f"The ending of {path.name} names no format. Use one of {', '.join(_ENDINGS)}, or"
            " name the format with --input-format and --output-format."
        )
    return found


def open_source(
    path: Path,
    format_: str,
    encoding: str = AUTO,
    delimiter: str | None = None,
    fixed: bool = False,
) -> Source:
    """Open an input.

    Args:
        path: Of the file, or ``STANDARD``.
        format_: ``CSV``, ``JSONL`` or ``PARQUET``.
        encoding: See ``Lines``.
        delimiter: Of CSV; None for a comma, or a tab in a file that ends with .tsv.
        fixed: See ``JsonSource``.

    Raises:
        ScoringError: It cannot be read, or has no rows.
    """
    if format_ == PARQUET:
        if path == STANDARD:
            raise ScoringError("Parquet cannot be read from standard input; name a file.")
        return ParquetSource(path)
    name = "Standard input" if path == STANDARD else path.name
    try:
        raw = sys.stdin.buffer if path == STANDARD else path.open("rb")
    except OSError as error:
        raise ScoringError(f"{path} cannot be read: {error.strerror}.") from error
    lines = Lines(cast(Any, raw), name, encoding)
    try:
        if format_ == JSONL:
            return JsonSource(lines, name, fixed)
        return CsvSource(lines, name, delimiter or default_delimiter(path))
    except BaseException:
        lines.close()
        raise


def make_form(
    path: Path,
    format_: str,
    columns: Sequence[str],
    answers: Mapping[str, type],
    source: Source | None = None,
) -> Form:
    """Return how rows are written to a file.

    Raises:
        ScoringError: Parquet is asked for on standard output, or pyarrow is not installed.
    """
    if format_ == PARQUET:
        if path == STANDARD:
            raise ScoringError("Parquet cannot be written to standard output; name a file.")
        return ParquetForm(columns, answers, getattr(source, "schema", None))
    form = JsonForm() if format_ == JSONL else CsvForm(columns, default_delimiter(path))
    return Gzipped(form) if path.suffix.lower() == ".gz" else form


def default_delimiter(path: Path) -> str:
    """Return what stands between the columns of a file where nothing else is said."""
    return "\t" if Path(_without_gz(path)).suffix.lower() == ".tsv" else ","


def _without_gz(path: Path) -> str:
    return path.stem if path.suffix.lower() == ".gz" else path.name


def _compress(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0) if content else b""
