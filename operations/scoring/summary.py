"""What a scored file says as a whole, gathered in one pass and bounded memory."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from operations.report.log_odds import Words, WordTable
from operations.scoring.dates import read_date
from operations.scoring.records import Source
from sentiment.model.ngrams import Ngrams
from sentiment.text import normalize

BINS = 20
SHOWN_TWEETS, SHOWN_WORDS = 10, 15
NEGATIVE, UNSURE, POSITIVE = range(3)
"""Places in a list of counts."""

_MAX_WORDS = 100_000
_single_words = Ngrams((1, 1))


@dataclass(frozen=True)
class Columns:
    """Where a scored file holds what.

    Attributes:
        text: The column of the tweet.
        date: That of its date; None where there is none.
        prefix: What the names of the added columns begin with.
    """

    text: str
    date: str | None = None
    prefix: str = ""


@dataclass(frozen=True)
class Summary:
    """A scored file as a whole.

    Attributes:
        counts: Tweets that are negative, not sure, and positive.
        positive: Tweets with the label "positive", sure or not.
        foreign: Tweets that are probably not in English.
        probabilities: The counts in each of ``BINS`` equal bins of the probability of "positive".
        days: The counts of each day, where a date column could be read.
        undated: Tweets whose date could not be read.
        lowest: The most negative distinct tweets of this label, each with its probability.
        highest: The most positive ones of that label.
        words: How often words occur in tweets of each label.
        versions: Tweets by the version of the model that scored them.
    """

    counts: Sequence[int]
    positive: int
    foreign: int
    probabilities: Sequence[Sequence[int]]
    days: dict[date, list[int]]
    undated: int
    lowest: Sequence[tuple[float, str]]
    highest: Sequence[tuple[float, str]]
    words: Words
    versions: Counter[str]

    @property
    def total(self) -> int:
        """How many tweets were scored."""
        return sum(self.counts)


def summarize(source: Source, columns: Columns) -> Summary:
    """Return what a scored file says.

    Raises:
        ScoringError: It cannot be read.
    """
    gathered = _Gathered(columns)
    for record in source:
        if not record.problem:
            gathered.add({name: source.plain(value) for name, value in record.values.items()})
    return gathered.summary()


class _Gathered:
    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._counts = [0, 0, 0]
        self._positive = 0
        self._foreign = 0
        self._probabilities = [[0, 0, 0] for _ in range(BINS)]
        self._days: dict[date, list[int]] = {}
        self._undated = 0
        self._lowest, self._highest = _Extremes(1), _Extremes(-1)
        self._words = WordTable(_MAX_WORDS)
        self._versions: Counter[str] = Counter()

    def add(self, row: dict[str, Any]) -> None:
        prefix = self._columns.prefix
        probability = float(row[f"{prefix}probability"])
        positive = row[f"{prefix}label"] == "positive"
        certain = _is_true(row[f"{prefix}certain"])
        kind = (POSITIVE if positive else NEGATIVE) if certain else UNSURE
        self._counts[kind] += 1
        self._positive += positive
        self._foreign += not _is_true(row[f"{prefix}english"])
        self._probabilities[min(int(probability * BINS), BINS - 1)][kind] += 1
        self._versions[str(row[f"{prefix}model_version"])] += 1
        self._add_text(str(row[self._columns.text]), probability, positive)
        if self._columns.date is not None:
            self._add_date(read_date(row[self._columns.date]), kind)

    def summary(self) -> Summary:
        return Summary(
            self._counts,
            self._positive,
            self._foreign,
            self._probabilities,
            self._days,
            self._undated,
            self._lowest.found(),
            self._highest.found(),
            self._words.result(SHOWN_WORDS),
            self._versions,
        )

    def _add_text(self, text: str, probability: float, positive: bool) -> None:
        (self._highest if positive else self._lowest).add(probability, text)
        self._words.add(int(positive), Counter(_single_words(normalize(text))))

    def _add_date(self, day: date | None, kind: int) -> None:
        if day is None:
            self._undated += 1
        else:
            self._days.setdefault(day, [0, 0, 0])[kind] += 1


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


class _Extremes:
    """The distinct texts with the lowest probabilities, or the highest where ``sign`` is -1."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._kept: list[tuple[float, str]] = []

    def add(self, probability: float, text: str) -> None:
        entry = (self._sign * probability, text)
        full = len(self._kept) >= SHOWN_TWEETS
        if full and entry >= self._kept[-1]:
            return
        if any(text == kept for _, kept in self._kept):
            return
        bisect.insort(self._kept, entry)
        del self._kept[SHOWN_TWEETS:]

    def found(self) -> list[tuple[float, str]]:
        return [(self._sign * value, text) for value, text in self._kept]
