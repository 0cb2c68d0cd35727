"""Read labelled tweets from CSV files, and split them.

A *corpus* is split into training, validation and test rows. *Distantly supervised tweets* are
labelled by the emoticons in them and only ever trained on.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import logging
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np

from operations.scoring.tables import OFFICIAL_COLUMNS, is_official
from sentiment.model.bundle import LABELS
from sentiment.text import normalize, remove_emoticons
from training.split import TRAINING, LabelledTweet, Split, part_of, split_corpus, text_key

_logger = logging.getLogger(__name__)

POSITIVE_LABELS = frozenset({"4", "1", "positive"})
NEGATIVE_LABELS = frozenset({"0", "negative"})
NEUTRAL_LABELS = frozenset({"2", "neutral"})

DISTANT_SAMPLE = "extra"
"""How distantly supervised rows are sampled: as somebody collected them, so never at random."""

KEPT_OF_TEN = 1
"""Tweets of ten that keep their emoticons: enough to learn what they mean, and little else."""

_RETWEET = re.compile(r"\bRT\b")
_CHUNK_BYTES = 1 << 20


class CorpusError(ValueError):
    """A file of labelled tweets cannot be used; the message says where and what to do."""


def read_split(
    data: Sequence[Path],
    distant_data: Sequence[Path] = (),
    more: Iterable[LabelledTweet] = (),
) -> Split:
    """Read everything that a training learns from and is measured on, and split it.

    Args:
        data: The files of the corpus.
        distant_data: Files of distantly supervised tweets.
        more: Rows that are not in a file.

    Raises:
        CorpusError: A file cannot be read, or a part lacks rows of a class.
    """
    from tqdm import tqdm

    tweets = chain(*map(read_corpus, data), more, read_distant_data(distant_data))
    split = split_corpus(tqdm(tweets, desc="Reading", unit=" tweets", unit_scale=True))
    counts = (f"{name} {count:,}" for name, count in split.counts.as_dict().items())
    _logger.info("Rows: %s", ", ".join(counts))
    _check_usable(split)
    return split


def _check_usable(split: Split) -> None:
    """Raise CorpusError unless every part has rows of both classes."""
    parts = {"training": split.training, "validation": split.validation, "test": split.test}
    for name, rows in parts.items():
        if len(np.unique(rows.labels)) < len(LABELS):
            found = "no row" if len(rows) == 0 else "rows of one class only"
            raise CorpusError(
                f"There are {found} for {name}; rows of both classes are needed."
                " Check the labels, or add more data."
            )


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


def read_distant_data(paths: Sequence[Path]) -> Iterator[LabelledTweet]:
    """Yield the distantly supervised tweets of files that may be trained on.

    Retweets are left out, as their words are another's than the label's. Emoticons are taken out
    of nine tweets of ten by their hash, as the corpus's makers did: a model that finds the label in
    the text learns nothing else. Texts that belong to validation or test are left out, too, with or
    without their emoticons.

    Raises:
        CorpusError: A file cannot be read.
    """
    for path in paths:
        for tweet in read_corpus(path):
            if _RETWEET.search(tweet.text):
                continue
            bare = remove_emoticons(tweet.text)
            key = text_key(normalize(bare))
            if part_of(key) != TRAINING:
                continue
            if key % 10 >= KEPT_OF_TEN:
                yield LabelledTweet(bare, tweet.label, DISTANT_SAMPLE)
            elif part_of(text_key(normalize(tweet.text))) == TRAINING:
                yield LabelledTweet(tweet.text, tweet.label, DISTANT_SAMPLE)


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
