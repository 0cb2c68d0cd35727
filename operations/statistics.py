"""A figure with its 95% interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Measure:
    """A value and the ends of its 95% interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, measured: Mapping[str, float]) -> Measure:
        """Return a measure as ``training.metrics.evaluate`` gives it."""
        return cls(measured["value"], measured["low"], measured["high"])


def proportion(hits: int, total: int) -> Measure | None:
    """Return a proportion with Wilson's score interval (Wilson 1927); None of nothing."""
    if total == 0:
        return None
    from scipy.stats import binomtest

    interval = binomtest(hits, total).proportion_ci(method="wilson")
    return Measure(hits / total, float(interval.low), float(interval.high))


def bin_counts(edges: Sequence[float], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many values each bin holds, int64 [edges + 1]; see ``Distribution``."""
    bins = np.searchsorted(edges, values, side="right")
    return np.bincount(bins, minlength=len(edges) + 1).astype(np.int64)
