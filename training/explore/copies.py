"""Texts that occur more than once, and those that carry both labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 99), (100, None))
"""Ranges of how often a text occurs, both ends included."""


@dataclass(frozen=True)
class SizeGroup:
    """The texts that occur between ``low`` and ``high`` times; ``high`` None has no end."""

    low: int
    high: int | None
    agreeing: int
    contradicting: int
    rows: int

    @property
    def name(self) -> str:
        """The range in words for a table or an axis."""
        if self.high is None:
            return f"{self.low}+"
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"


@dataclass(frozen=True)
class Copies:
    """How often normalised texts occur.

    Attributes:
        rows: Tweets that are not blank.
        texts: Distinct texts among them.
        largest: How often the most frequent text occurs.
        contradicting: Texts that carry both labels.
        contradicting_rows: Rows of those texts.
        outvoted: Rows that differ from the more frequent label of their text. No classifier that
            sees the text alone can be right on more than the other rows.
        groups: The texts by how often they occur.
    """

    rows: int
    texts: int
    largest: int
    contradicting: int
    contradicting_rows: int
    outvoted: int
    groups: tuple[SizeGroup, ...]

    @property
    def repeats(self) -> int:
        """Rows whose text was there before."""
        return self.rows - self.texts


class CopyCounter:
    """Remembers a 64-bit key and a label for each tweet: nine bytes a row.

    Two texts are taken for one when their keys are equal. Among n texts the expected number of
    such pairs is n(n-1)/2**65: less than one in ten million for the 1.6 million of Sentiment140.
    """

    def __init__(self) -> None:
        self._keys: list[NDArray[np.uint64]] = []
        self._labels: list[NDArray[np.uint8]] = []

    def add(self, labels: NDArray[np.uint8], keys: NDArray[np.uint64]) -> None:
        """Remember some tweets by the keys of their normalised texts."""
        self._labels.append(labels)
        self._keys.append(keys)

    def result(self) -> Copies:
        """Return how often texts occurred."""
        keys = np.concatenate([np.empty(0, np.uint64), *self._keys])
        labels = np.concatenate([np.empty(0, np.uint8), *self._labels])
        order = np.argsort(keys)
        starts = np.flatnonzero(np.diff(keys[order], prepend=~keys[order][:1]))
        sizes = np.diff(starts, append=len(keys))
        positive = np.add.reduceat(labels[order].astype(np.int64), starts)
        return _summarise(sizes, positive)


def _summarise(sizes: NDArray[np.int64], positive: NDArray[np.int64]) -> Copies:
    minority = np.minimum(positive, sizes - positive)
    both = minority > 0
    return Copies(
        rows=int(sizes.sum()),
        texts=len(sizes),
        largest=int(sizes.max(initial=0)),
        contradicting=int(both.sum()),
        contradicting_rows=int(sizes[both].sum()),
        outvoted=int(minority.sum()),
        groups=tuple(_group(sizes, both, low, high) for low, high in SIZES),
    )


def _group(
    sizes: NDArray[np.int64], both: NDArray[np.bool_], low: int, high: int | None
) -> SizeGroup:
    members = (sizes >= low) & (sizes <= (sizes.max(initial=0) if high is None else high))
    contradicting = int((members & both).sum())
    agreeing = int(members.sum()) - contradicting
    return SizeGroup(low, high, agreeing, contradicting, int(sizes[members].sum()))
