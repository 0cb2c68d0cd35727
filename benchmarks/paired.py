"""What something adds, from pairs of measurements: what else the machine does meets both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

_RESAMPLES = 10_000

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Added:
    """The median of paired differences, and its 95% interval.

    Attributes:
        median: Of what the second of a pair takes longer.
        low: The interval's lower end.
        high: Its upper end.
    """

    median: float
    low: float
    high: float

    def judged(self, widest: float) -> tuple[str, float]:
        """Return which figure a budget is held against, and it.

        That is the interval's upper end; the median where the interval is wider than ``widest``,
        as its end then tells of the noise.
        """
        if self.high - self.low <= widest:
            return "upper end of the interval", self.high
        return "median, as the interval is too wide", self.median


def measure_pairs(
    without: Callable[[], Measured], including: Callable[[], Measured], pairs: int
) -> list[tuple[Measured, Measured]]:
    """Measure both in turn, which comes first changing each time; return them pair by pair.

    One pair more is measured before, to fill the caches of the disk, and left out.
    """
    found = []
    for number in range(pairs + 1):
        if number % 2:
            late = including()
            found.append((without(), late))
        else:
            found.append((without(), including()))
    return found[1:]


def added(pairs: Sequence[tuple[float, float]], seed: int = 7) -> Added:
    """Return the median difference with the percentile interval of a bootstrap (Efron 1979)."""
    differences = np.array([second - first for first, second in pairs])
    chosen = np.random.default_rng(seed).integers(
        len(differences), size=(_RESAMPLES, len(differences))
    )
    medians = np.median(differences[chosen], axis=1)
    low, high = np.percentile(medians, [2.5, 97.5])
    return Added(statistics.median(differences.tolist()), float(low), float(high))
