"""Read labelled tweets from CSV files, and split them.

A *corpus* is split into training, validation and test rows. *Distantly supervised tweets* are
labelled by the emoticons in them and only ever trained on.
"""

from __future__ import annotations

import csv
import gzip
import io
import logging
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from operations.scoring.tables import OFFICIAL_COLUMNS, is_official
from sentiment.model.bundle import LABELS
from sentiment.text import normalize, remove_emoticons
from training.split import TRAINING, LabelledTweet, Split, part_of, split_corpus, text_key

_logger = logging.getLogger(__name__)

_CLASSES = {"4": 1, "1": 1, "positive": 1, "0": 0, "negative": 0, "2": None, "neutral": None}
"""Of a label as files have it; None for neutral."""

DISTANT_SAMPLE = "extra"
"""How distantly supervised rows are sampled: as somebody collected them, so never at random."""

KEPT_OF_TEN = 1
"""Tweets of ten that keep their emoticons: enough to learn what they mean, and little else."""

_RETWEET = re.compile(r"\bRT\b")


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
    Files are UTF-8; the official one may be Latin-1. Neutral rows are passed over.

    Raises:
        CorpusError: The file is missing, unreadable, no UTF-8, has other columns or an unknown
            label.
    """
    try:
        encoding = _detect_encoding(path)
        with _open(path) as file, io.TextIOWrapper(file, encoding, newline="") as lines:
            yield from _parse(csv.reader(lines), path)
    except (csv.Error, EOFError, OSError, zlib.error) as error:
        raise CorpusError(f"{path} cannot be read to its end: {error}.") from error


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _detect_encoding(path: Path) -> str:
    with _open(path) as file:
        line = next((at for at, line in enumerate(file, 1) if not _is_utf_8(line)), None)
        file.seek(0)
        first = file.readline().decode("latin-1")
    if line is None:
        return "utf-8-sig"
    # The official corpus is Latin-1, whatever sequences that look like UTF-8 its tweets hold.
    if is_official(next(csv.reader([first]), [])):
        return "latin-1"
    raise CorpusError(
        f"{path} is not UTF-8, for what is in line {line} and perhaps in later ones. Mend or delete"
        " these lines, or save the whole file as UTF-8."
    )


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse(rows: Iterator[list[str]], path: Path) -> Iterator[LabelledTweet]:
    first = next(rows, None)
    if first is None:
        raise CorpusError(f"{path} is empty; a CSV file of labelled tweets is expected.")
    official = is_official(first)
    columns = list(OFFICIAL_COLUMNS) if official else [name.strip().lower() for name in first]
    label_at = _column(columns, ("target", "label"), path)
    text_at = _column(columns, ("text",), path)
    sample_at = columns.index("sample") if "sample" in columns else None
    numbered = enumerate(chain([first], rows), 1) if official else enumerate(rows, 2)
    for number, row in numbered:
        if not row:
            continue
        if len(row) != len(columns):
            raise CorpusError(
                f"{path}, row {number}: {len(row)} columns instead of {len(columns)};"
                " quote texts that contain commas or line breaks."
            )
        label = row[label_at].strip().lower()
        if label not in _CLASSES:
            raise CorpusError(
                f"{path}, row {number}: the label is none of 0, 1, 4, negative and positive"
                " (2 and neutral are passed over)."
            )
        known = _CLASSES[label]
        if known is not None:
            yield LabelledTweet(row[text_at], known, "" if sample_at is None else row[sample_at])


def _column(columns: list[str], names: tuple[str, ...], path: Path) -> int:
    for name in names:
        if name in columns:
            return columns.index(name)
    raise CorpusError(
        f"{path} has no column {' or '.join(names)} in its first line, and is not in the official"
        " layout of six columns without a header."
    )


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
