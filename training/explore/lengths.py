"""How long tweets are, by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Lengths:
    """How many tweets have each length, [class, length]."""

    counts: NDArray[np.int64]

    @property
    def longest(self) -> int:
        """The greatest length that occurs."""
        return self.counts.shape[1] - 1

    def of(self, label: int | None) -> NDArray[np.int64]:
        """Return the counts of one class, or of both when there is no label."""
        return self.counts.sum(axis=0) if label is None else self.counts[label]

    def mean(self, label: int | None = None) -> float:
        """Return the mean length."""
        counts = self.of(label)
        return float(counts @ np.arange(len(counts)) / max(counts.sum(), 1))

    def quantile(self, share: float, label: int | None = None) -> int:
        """Return the smallest length that at least this share of the tweets does not exceed."""
        up_to = self.of(label).cumsum()
        return int(np.searchsorted(up_to, share * up_to[-1]))

    def share_up_to(self, length: int, label: int | None = None) -> float:
        """Return the share of tweets that are at most this long."""
        counts = self.of(label)
        return float(counts[: length + 1].sum() / max(counts.sum(), 1))


class LengthCounter:
    """Counts lengths exactly; its memory grows with the longest tweet only."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, 1), np.int64)

    def add(self, labels: NDArray[np.uint8], lengths: NDArray[np.int64]) -> None:
        """Count some tweets."""
        missing = int(lengths.max(initial=0)) + 1 - self._counts.shape[1]
        if missing > 0:
            self._counts = np.pad(self._counts, ((0, 0), (0, missing)))
        np.add.at(self._counts, (labels, lengths), 1)

    def result(self) -> Lengths:
        """Return what was counted."""
        return Lengths(self._counts.copy())
