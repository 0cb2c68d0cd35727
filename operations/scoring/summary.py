"""What a scored file says as a whole, gathered in one pass and bounded memory."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from operations.report.log_odds import WordTable
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


class Extremes:
    """The distinct texts with the lowest probabilities, or the highest where ``sign`` is -1."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._kept: list[tuple[float, str]] = []

    def add(self, probability: float, text: str) -> None:
        """Take a text, if it is among the most extreme so far."""
        entry = (self._sign * probability, text)
        full = len(self._kept) >= SHOWN_TWEETS
        if full and entry >= self._kept[-1]:
            return
        if any(text == kept for _, kept in self._kept):
            return
        bisect.insort(self._kept, entry)
        del self._kept[SHOWN_TWEETS:]

    def found(self) -> list[tuple[float, str]]:
        """Return the texts with their probabilities, the most extreme first."""
        return [(self._sign * value, text) for value, text in self._kept]


@dataclass
class Summary:
    """A scored file as a whole.

    Attributes:
        counts: Tweets that are negative, not sure, and positive.
        positive: Tweets with the label "positive", sure or not.
        foreign: Tweets that are probably not in English.
        probabilities: The counts in each of ``BINS`` equal bins of the probability of "positive".
        days: The counts of each day, where a date column could be read.
        undated: Tweets whose date could not be read.
        lowest: The most negative distinct tweets of this label.
        highest: The most positive ones of that label.
        words: How often words occur in tweets of each label.
        versions: Of the models that scored the tweets.
    """

    counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    positive: int = 0
    foreign: int = 0
    probabilities: list[list[int]] = field(default_factory=lambda: [[0, 0, 0] for _ in range(BINS)])
    days: dict[date, list[int]] = field(default_factory=dict)
    undated: int = 0
    lowest: Extremes = field(default_factory=lambda: Extremes(1))
    highest: Extremes = field(default_factory=lambda: Extremes(-1))
    words: WordTable = field(default_factory=lambda: WordTable(_MAX_WORDS))
    versions: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """How many tweets were scored."""
        return sum(self.counts)

    def add(self, row: Mapping[str, Any], columns: Columns) -> None:
        """Count a scored row."""
        prefix = columns.prefix
        probability = float(row[f"{prefix}probability"])
        positive = row[f"{prefix}label"] == "positive"
        certain = _is_true(row[f"{prefix}certain"])
        kind = (POSITIVE if positive else NEGATIVE) if certain else UNSURE
        self.counts[kind] += 1
        self.positive += positive
        self.foreign += not _is_true(row[f"{prefix}english"])
        self.probabilities[min(int(probability * BINS), BINS - 1)][kind] += 1
        self.versions.add(str(row[f"{prefix}model_version"]))
        text = str(row[columns.text])
        (self.highest if positive else self.lowest).add(probability, text)
        self.words.add(int(positive), Counter(_single_words(normalize(text))))
        if columns.date is not None:
            self._add_date(read_date(row[columns.date]), kind)

    def _add_date(self, day: date | None, kind: int) -> None:
        if day is None:
            self.undated += 1
        else:
            self.days.setdefault(day, [0, 0, 0])[kind] += 1


def summarize(source: Source, columns: Columns) -> Summary:
    """Return what a scored file says.

    Raises:
        ScoringError: It cannot be read.
    """
    summary = Summary()
    for record in source:
        if not record.problem:
            row = {name: source.plain(value) for name, value in record.values.items()}
            summary.add(row, columns)
    return summary


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
