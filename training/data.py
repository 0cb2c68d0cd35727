"""Read labelled tweets from CSV files."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

from operations.scoring.tables import OFFICIAL_COLUMNS, is_official

POSITIVE_LABELS = frozenset({"4", "1", "positive"})
NEGATIVE_LABELS = frozenset({"0", "negative"})
NEUTRAL_LABELS = frozenset({"2", "neutral"})

_CHUNK_BYTES = 1 << 20


class CorpusError(ValueError):
    """A file of labelled tweets cannot be used; the message says where and what to do."""


class LabelledTweet(NamedTuple):
    """One row: the raw text, 1 for positive or 0 for negative, and how the row was sampled."""

    text: str
    label: int
    sample: str


def read_corpus(path: Path) -> Iterator[LabelledTweet]:
    """Yield the positive and negative rows of a CSV file, gzip-compressed or not.

    Two layouts are read: the official one of Sentiment140 (six columns, no header) and any file
    with a header that names ``target`` or ``label``, and ``text``; a ``sample`` column is kept.
    Files are UTF-8, or else Latin-1 as the official corpus is. Neutral rows are passed over.

    Raises:
        CorpusError: The file is missing, unreadable, damaged UTF-8, has other columns or an
            unknown label.
    """
    with _open_text(path) as lines:
        try:
            yield from _parse(csv.reader(lines), path)
        except (csv.Error, EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
            raise CorpusError(f"{path} cannot be read to its end: {error}.") from error


def _parse(rows: Iterator[list[str]], path: Path) -> Iterator[LabelledTweet]:
    first = next(rows, None)
    if first is None:
        raise CorpusError(f"{path} is empty; a CSV file of labelled tweets is expected.")
    official = is_official(first)
    columns = list(OFFICIAL_COLUMNS) if official else [name.strip().lower() for name in first]
    label_at = _column(columns, ("target", "label"), path)
    text_at = _column(columns, ("text",), path)
    sample_at = columns.index("sample") if "sample" in columns else None
    if official:
        yield from _tweet(first, label_at, text_at, sample_at, f"{path}, line 1")
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(columns):
            raise CorpusError(
                f"{path}, row {number}: {len(row)} columns instead of {len(columns)};"
                " quote texts that contain commas or line breaks."
            )
        yield from _tweet(row, label_at, text_at, sample_at, f"{path}, row {number}")


def _tweet(
    row: list[str], label_at: int, text_at: int, sample_at: int | None, where: str
) -> Iterator[LabelledTweet]:
    label = row[label_at].strip().lower()
    sample = row[sample_at] if sample_at is not None else ""
    if label in POSITIVE_LABELS:
        yield LabelledTweet(row[text_at], 1, sample)
    elif label in NEGATIVE_LABELS:
        yield LabelledTweet(row[text_at], 0, sample)
    elif label not in NEUTRAL_LABELS:
        raise CorpusError(
            f"{where}: the label is none of 0, 1, 4, negative and positive"
            " (2 and neutral are passed over)."
        )


def _column(columns: list[str], names: tuple[str, ...], path: Path) -> int:
    for name in names:
        if name in columns:
            return columns.index(name)
    raise CorpusError(
        f"{path} has no column {' or '.join(names)} in its first line, and is not in the official"
        " layout of six columns without a header."
    )


def _open_text(path: Path) -> IO[str]:
    try:
        encoding = _detect_encoding(path)
        return _open(path, encoding)
    except (csv.Error, OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path} cannot be opened: {error}.") from error


def _open(path: Path, encoding: str, errors: str = "strict") -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, errors=errors, newline="")
    return path.open(encoding=encoding, errors=errors, newline="")


def _detect_encoding(path: Path) -> str:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        head = file.read(_CHUNK_BYTES)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise CorpusError(f"{path} is UTF-16; save it as UTF-8 and try again.")
        line = _find_foreign_line(chain([head], iter(lambda: file.read(_CHUNK_BYTES), b"")))
    if line is None:
        return "utf-8-sig"
    # The official corpus is Latin-1, whatever sequences that look like UTF-8 its tweets hold.
    if not is_official(_first_row(head)) and _is_mostly_utf_8(path):
        raise CorpusError(
            f"{path} is UTF-8, but for what is in line {line} and perhaps in later ones. Mend or"
            " delete these lines, or save the whole file as UTF-8 anew: read as Latin-1, every"
            " emoji in it would be lost."
        )
    return "latin-1"


def _find_foreign_line(chunks: Iterable[bytes]) -> int | None:
    """Return the number of the first line that is not UTF-8, from 1; None if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        for chunk in chunks:
            decoder.decode(chunk)
            line += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + error.object[: error.start].count(b"\n")
    return None


def _first_row(head: bytes) -> list[str]:
    line = head.partition(b"\n")[0].decode("latin-1")
    return next(csv.reader([line]), [])


def _is_mostly_utf_8(path: Path) -> bool:
    """Return whether more characters beyond ASCII are valid UTF-8 than bytes are invalid."""
    valid = invalid = 0
    with _open(path, "utf-8", "surrogateescape") as file:
        while text := file.read(_CHUNK_BYTES):
            clean = text.encode("utf-8", "ignore").decode()
            invalid += len(text) - len(clean)
            valid += len(clean) - len(clean.encode("ascii", "ignore"))
    return valid > invalid
