"""One pass over a corpus, in bounded memory, and what it finds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from operations.report.log_odds import MAX_WORDS, Words, WordTable
from sentiment.model.ngrams import Ngrams
from sentiment.text import MENTION, mask, normalize
from training.data import CorpusError
from training.explore.copies import Copies, CopyCounter
from training.explore.growth import Growth, GrowthCounter
from training.explore.lengths import LengthCounter, Lengths
from training.explore.traits import Share, TraitCounter, traits_of
from training.split import LabelledTweet, text_key

BATCH_ROWS = 16_384
BATCH_CHARACTERS = 4_000_000
MAX_GROUPS = 12
SHOWN_WORDS = 20

_OTHER = "other"
_NAME_LENGTH = 32
# The normaliser takes "cafe@name" for no mention; a report must not show such a name either.
_GLUED_NAME = re.compile(rf"@(?!{MENTION[1:]}\b)\w+")


@dataclass(frozen=True)
class Group:
    """The rows of one file, or of one way of sampling, by class."""

    name: str
    negative: int
    positive: int

    @property
    def total(self) -> int:
        """All rows."""
        return self.negative + self.positive


@dataclass(frozen=True)
class Statistics:
    """What one pass over a corpus found.

    Attributes:
        total: All rows read, by class.
        files: The rows of each file.
        samples: The rows of each way of sampling; one group if the corpus names none.
        blank: Rows of which normalisation leaves nothing, by class; they count in the above only.
        characters: Lengths in code points, blanks at the ends left out.
        tokens: Lengths in tokens of the normalised text.
        copies: How often texts occur.
        words: Word counts and the most telling words.
        growth: How the vocabulary grows.
        traits: For each trait its shares of the negative and of the positive tweets.
        seed: Of the random samples that the growth is measured on.
    """

    total: Group
    files: tuple[Group, ...]
    samples: tuple[Group, ...]
    blank: Group
    characters: Lengths
    tokens: Lengths
    copies: Copies
    words: Words
    growth: Growth
    traits: dict[str, tuple[Share, Share]]
    seed: int


@dataclass
class _Batch:
    labels: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    tokens: list[list[str]] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    traits: list[int] = field(default_factory=list)
    size: int = 0

    def is_full(self) -> bool:
        return len(self.labels) >= BATCH_ROWS or self.size >= BATCH_CHARACTERS


class Accumulator:
    """Takes tweets one by one and keeps counts and 64-bit keys of them, no texts.

    Memory is that of the word table, which has a capacity, of nine bytes for each row and each
    distinct word, and of one batch of rows.

    Args:
        seed: Of the random samples that the growth of the vocabulary is measured on.
        capacity: How many words to hold at most.
    """

    def __init__(self, seed: int = 0, capacity: int = MAX_WORDS) -> None:
        self._seed = seed
        self._files: dict[str, list[int]] = {}
        self._samples: dict[str, list[int]] = {}
        self._blank = [0, 0]
        self._characters = LengthCounter()
        self._tokens = LengthCounter()
        self._copies = CopyCounter()
        self._words = WordTable(capacity)
        self._growth = GrowthCounter(seed)
        self._traits = TraitCounter()
        self._batch = _Batch()

    def add(self, tweet: LabelledTweet, file: str) -> None:
        """Count one tweet of a file."""
        _count(self._files, file, tweet.label)
        _count(self._samples, tweet.sample, tweet.label)
        text = tweet.text.strip()
        normalized = normalize(text)
        if not normalized:
            self._blank[tweet.label] += 1
            return
        batch = self._batch
        batch.labels.append(tweet.label)
        batch.characters.append(len(text))
        batch.tokens.append(_tokens(normalized))
        batch.keys.append(text_key(normalized))
        batch.traits.append(traits_of(text, normalized))
        batch.size += len(text)
        if batch.is_full():
            self._flush()

    def result(self) -> Statistics:
        """Return what was counted.

        Raises:
            CorpusError: There are no rows, or rows of one class only.
        """
        self._flush()
        files = _groups(self._files)
        total = Group("all", sum(g.negative for g in files), sum(g.positive for g in files))
        blank = Group("blank", *self._blank)
        _check(total, blank)
        return Statistics(
            total=total,
            files=files,
            samples=_groups(self._samples),
            blank=blank,
            characters=self._characters.result(),
            tokens=self._tokens.result(),
            copies=self._copies.result(),
            words=self._words.result(SHOWN_WORDS),
            growth=self._growth.result(),
            traits=self._traits.result(),
            seed=self._seed,
        )

    def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.labels:
            return
        labels = np.array(batch.labels, np.uint8)
        self._characters.add(labels, np.array(batch.characters, np.int64))
        self._tokens.add(labels, np.array([len(tokens) for tokens in batch.tokens], np.int64))
        self._copies.add(labels, np.array(batch.keys, np.uint64))
        self._traits.add(labels, np.array(batch.traits, np.int64))
        self._growth.add(batch.tokens)
        for label in (0, 1):
            rows = zip(batch.labels, batch.tokens, strict=True)
            mine = (tokens for its_label, tokens in rows if its_label == label)
            self._words.add(label, Counter(chain.from_iterable(mine)))


def explore(tweets: Iterable[tuple[LabelledTweet, Path]], seed: int = 0) -> Statistics:
    """Return the statistics of tweets, each given with the file it comes from.

    Raises:
        CorpusError: A file cannot be used, there are no rows, or rows of one class only.
    """
    accumulator = Accumulator(seed)
    for tweet, path in tweets:
        accumulator.add(tweet, path.name)
    return accumulator.result()


def _tokens(normalized: str) -> list[str]:
    if "@" in normalized:
        normalized = _GLUED_NAME.sub(MENTION, normalized)
    return list(Ngrams((1, 1))(normalized))


def _count(groups: dict[str, list[int]], name: str, label: int) -> None:
    if name not in groups and len(groups) >= MAX_GROUPS:
        name = _OTHER
    groups.setdefault(name, [0, 0])[label] += 1


def _groups(counts: dict[str, list[int]]) -> tuple[Group, ...]:
    return tuple(
        Group(_printable(name), negative, positive)
        for name, (negative, positive) in sorted(counts.items())
    )


def _printable(name: str) -> str:
    readable = mask(name).encode("utf-8", "replace").decode("utf-8")
    if len(readable) > _NAME_LENGTH:
        readable = readable[: _NAME_LENGTH - 1] + "…"
    return readable or "(not given)"


def _check(total: Group, blank: Group) -> None:
    negative, positive = total.negative - blank.negative, total.positive - blank.positive
    if negative == positive == 0:
        raise CorpusError(
            "There is no positive or negative tweet with a text in the data; nothing to explore."
        )
    if negative == 0 or positive == 0:
        raise CorpusError(
            f"All tweets with a text are {'positive' if positive else 'negative'}; tweets of both"
            " classes are needed. Check the labels, or add more data."
        )
