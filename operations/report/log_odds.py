"""How often words occur in each class, and which of them discriminate between the classes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_WORD_LENGTH = 64
PRIOR_SHARE = 0.1
MIN_OCCURRENCES = 10
"""Rarer words are never shown: they say little, and might point to a person."""


@dataclass(frozen=True)
class WordScore:
    """A word, how often it occurs in each class, and its z-score (above 0 for positive)."""

    word: str
    negative: int
    positive: int
    z: float
    ratio: float
    """How many times as frequent it is, per token, in the class that it speaks for."""


@dataclass(frozen=True)
class Words:
    """The word counts of a corpus.

    Attributes:
        scores: The most discriminative words of negative and of positive, the strongest first.
        tokens: Tokens in each class, exact.
        frequencies: Counts of the kept words, the largest first.
        understated: By how much a count may be too small; 0 when no word had to be dropped.
    """

    scores: tuple[tuple[WordScore, ...], tuple[WordScore, ...]]
    tokens: tuple[int, int]
    frequencies: NDArray[np.int64]
    understated: int


class WordTable:
    """Counts words in two classes and never holds more than a number of words.

    When the table is full, the rarer half is dropped, as in lossy counting (Manku & Motwani
    2002, "Approximate frequency counts over data streams"). A count is then too small by at most
    ``understated``, the sum of the largest counts that were dropped each time.

    Args:
        capacity: How many words the table may hold.
    """

    def __init__(self, capacity: int = sys.maxsize) -> None:
        self._capacity = max(capacity, 2)
        self._counts: dict[str, list[int]] = {}
        self._tokens = [0, 0]
        self._understated = 0

    def add(self, label: int, counts: Mapping[str, int]) -> None:
        """Add the counts of some tweets of one class."""
        for word, count in counts.items():
            self._tokens[label] += count
            self._entry(word[:MAX_WORD_LENGTH])[label] += count

    def result(self, shown: int) -> Words:
        """Return the counts, with so many discriminative words for each class."""
        counts = np.array(list(self._counts.values()), np.int64).reshape(-1, 2)
        tokens = (self._tokens[0], self._tokens[1])
        return Words(
            scores=discriminative_words(self._counts, tokens, shown),
            tokens=tokens,
            frequencies=np.sort(counts.sum(axis=1))[::-1],
            understated=self._understated,
        )

    def _entry(self, word: str) -> list[int]:
        entry = self._counts.get(word)
        if entry is None:
            if len(self._counts) >= self._capacity:
                self._prune()
            entry = self._counts[word] = [0, 0]
        return entry

    def _prune(self) -> None:
        totals = np.array([sum(entry) for entry in self._counts.values()])
        floor = int(np.median(totals))
        self._counts = {word: entry for word, entry in self._counts.items() if sum(entry) > floor}
        self._understated += floor


def discriminative_words(
    counts: Mapping[str, list[int]], tokens: tuple[int, int], shown: int
) -> tuple[tuple[WordScore, ...], tuple[WordScore, ...]]:
    """Return the words that discriminate best between the two classes.

    The measure is the weighted log-odds ratio with an informative Dirichlet prior of Monroe,
    Colaresi & Quinn (2008), "Fightin' Words: Lexical Feature Selection and Evaluation for
    Identifying the Content of Political Conflict", Political Analysis 16(4), 372-403. With y the
    count of a word in a class of n tokens, and a prior that weighs a0 tokens and has a of them
    for that word,

        delta = log((y1 + a) / (n1 + a0 - y1 - a)) - log((y0 + a) / (n0 + a0 - y0 - a))
        z = delta / sqrt(1 / (y1 + a) + 1 / (y0 + a))

    The prior is the corpus itself, weighed at a tenth: the scores of rare words are drawn
    towards zero, those of frequent ones hardly at all.

    Args:
        counts: Occurrences of each word in the negative and in the positive class.
        tokens: Tokens in the two classes.
        shown: How many words to return for each class.

    Returns:
        Words for negative, then words for positive, the strongest first; none where a class has
        no tokens.
    """
    if not all(tokens):
        return (), ()
    frequent = {word: entry for word, entry in counts.items() if sum(entry) >= MIN_OCCURRENCES}
    table = np.array(list(frequent.values()), np.float64).reshape(-1, 2)
    scores = _z_scores(table, np.array(tokens, np.float64)).tolist()
    found = [
        _describe(word, entry, tokens, z)
        for (word, entry), z in zip(frequent.items(), scores, strict=True)
    ]
    # Ties are broken by the word, so that the order of the rows does not matter.
    found.sort(key=lambda word: (-round(abs(word.z), 9), word.word))
    negative = [word for word in found if word.z < 0]
    positive = [word for word in found if word.z > 0]
    return tuple(negative[:shown]), tuple(positive[:shown])


def _describe(word: str, counts: list[int], tokens: tuple[int, int], z: float) -> WordScore:
    negative, positive = counts
    # Half an occurrence more keeps the ratio finite where a class lacks the word.
    ratio = (positive + 0.5) / (tokens[1] + 0.5) / ((negative + 0.5) / (tokens[0] + 0.5))
    return WordScore(word, negative, positive, z, ratio if z > 0 else 1 / ratio)


def _z_scores(counts: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    prior = PRIOR_SHARE * counts.sum(axis=1, keepdims=True)
    raised = counts + prior
    others = tokens + PRIOR_SHARE * tokens.sum() - raised
    # No other word at all would be infinite odds; half a token stands for "next to none".
    odds = np.log(raised) - np.log(np.maximum(others, 0.5))
    scores: NDArray[np.float64] = (odds[:, 1] - odds[:, 0]) / np.sqrt((1 / raised).sum(axis=1))
    return scores
