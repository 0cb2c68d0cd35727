"""Estimates with their 95% intervals, and counts by bin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Z_95 = NormalDist().inv_cdf(0.975)
"""How many standard errors a two-sided 95% interval reaches to either side."""


@dataclass(frozen=True)
class Estimate:
    """A value and the ends of its 95% interval.

    A format specification is that of each number: ``f"{estimate:.1%}"`` is
    ``45.0% (35.6% to 54.8%)``.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, measured: Mapping[str, float]) -> Estimate:
        """Return the estimate that a manifest or a record holds as value, low and high."""
        return cls(measured["value"], measured["low"], measured["high"])

    def __format__(self, specification: str) -> str:
        """Return the value with its interval in brackets."""
        value, low, high = (
            format(each, specification) for each in (self.value, self.low, self.high)
        )
        return f"{value} ({low} to {high})"


def wilson(hits: int, total: int) -> Estimate | None:
    """Return a share with Wilson's score interval (Wilson 1927); None if there is nothing."""
    if total == 0:
        return None
    square = Z_95**2
    center = (hits + square / 2) / (total + square)
    reach = Z_95 * math.sqrt(hits * (total - hits) / total + square / 4) / (total + square)
    return Estimate(hits / total, max(0.0, center - reach), min(1.0, center + reach))


def bin_counts(edges: Sequence[float], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many values each bin holds, int64 [edges + 1]; see ``Distribution``."""
    bins = np.searchsorted(edges, values, side="right")
    return np.bincount(bins, minlength=len(edges) + 1).astype(np.int64)
