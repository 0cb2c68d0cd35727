"""How the vocabulary grows with the size of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.split import text_key

LEVELS = 36
LEVELS_PER_DOUBLING = 3
MIN_FITTED_TOKENS = 1000


@dataclass(frozen=True)
class Growth:
    """Distinct words among the tokens of ever larger random samples of the tweets.

    Attributes:
        tokens: Tokens in each sample; the last is the whole corpus.
        words: Distinct words among them.
        factor: K of Heaps' law, ``words = K * tokens ** exponent``; None when the corpus is too
            small to fit it.
        exponent: Its exponent, or None.
    """

    tokens: tuple[int, ...]
    words: tuple[int, ...]
    factor: float | None
    exponent: float | None

    @property
    def total(self) -> int:
        """Distinct words in the whole corpus."""
        return self.words[-1] if self.words else 0

    @property
    def last_doubling(self) -> float | None:
        """By what share the words grew while the tweets doubled to the whole corpus."""
        if len(self.words) <= LEVELS_PER_DOUBLING:
            return None
        return self.words[-1] / self.words[-1 - LEVELS_PER_DOUBLING] - 1


class GrowthCounter:
    """Counts distinct words in nested random samples, in one pass and whatever the order of rows.

    Every tweet draws a number; a sample of a given share is the tweets whose number is below it.
    It is enough to remember for each word, as a 64-bit key, the smallest sample it occurs in:
    nine bytes a word. Files sorted by label, date or text so give the same curve as shuffled ones.

    Args:
        seed: Of the draw.
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._keys = np.empty(0, np.uint64)
        self._levels = np.empty(0, np.uint8)
        self._tokens = np.zeros(LEVELS + 1, np.int64)

    def add(self, tweets: Sequence[Sequence[str]]) -> None:
        """Count the words of some tweets, given as their tokens."""
        levels = _levels(1 - self._generator.random(len(tweets)))
        lengths = np.array([len(tokens) for tokens in tweets], np.int64)
        np.add.at(self._tokens, levels, lengths)
        first: dict[str, int] = {}
        for at in np.argsort(levels, kind="stable")[::-1].tolist():
            first.update(dict.fromkeys(tweets[at], int(levels[at])))
        self._merge(
            np.array([text_key(word) for word in first], np.uint64),
            np.array(list(first.values()), np.uint8),
        )

    def result(self) -> Growth:
        """Return the curve and its fit."""
        tokens = self._tokens.cumsum()
        words = np.bincount(self._levels, minlength=LEVELS + 1).cumsum()
        some = tokens > 0
        factor, exponent = fit_heaps(tokens[some], words[some])
        return Growth(tuple(tokens[some].tolist()), tuple(words[some].tolist()), factor, exponent)

    def _merge(self, keys: NDArray[np.uint64], levels: NDArray[np.uint8]) -> None:
        order = np.argsort(keys)
        keys, levels = keys[order], levels[order]
        places = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), np.bool_)
        inside = places < len(self._keys)
        known[inside] = self._keys[places[inside]] == keys[inside]
        at = places[known]
        self._levels[at] = np.minimum(self._levels[at], levels[known])
        self._keys = np.insert(self._keys, places[~known], keys[~known])
        self._levels = np.insert(self._levels, places[~known], levels[~known])


def fit_heaps(
    tokens: NDArray[np.int64], words: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """Fit Heaps' law by least squares between the logarithms.

    The law is that of Heaps (1978), "Information Retrieval: Computational and Theoretical
    Aspects", section 7.5. Samples of fewer than 1,000 tokens are left out.

    Returns:
        The factor and the exponent, or two Nones when fewer than three samples are left.
    """
    large = tokens >= MIN_FITTED_TOKENS
    if large.sum() < 3:
        return None, None
    exponent, intercept = np.polyfit(np.log(tokens[large]), np.log(words[large]), 1)
    return float(np.exp(intercept)), float(exponent)


def _levels(numbers: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the smallest sample that each number in (0, 1] belongs to."""
    levels = np.ceil(LEVELS + LEVELS_PER_DOUBLING * np.log2(numbers))
    return np.clip(levels, 0, LEVELS).astype(np.uint8)
