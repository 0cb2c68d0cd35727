"""Whether two classifiers differ, from the rows that only one of them has right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from operations.statistics import Z_95, Estimate

SIGNIFICANT = 0.05
"""A p-value below this is more than chance."""


@dataclass(frozen=True)
class McNemar:
    """McNemar's test of two classifiers on the same rows (McNemar 1947).

    Attributes:
        only_first: Rows that only the first classifier has right.
        only_second: Rows that only the second one has right.
        p: The two-sided p-value of the hypothesis that both are right equally often; exact.
        difference: The first accuracy less the second (interval of Agresti and Min 2005).
    """

    only_first: int
    only_second: int
    p: float
    difference: Estimate


def compare_pair(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """Test two classifiers.

    Args:
        first: Which rows the first classifier has right, [rows].
        second: The same for the second.
    """
    from scipy.stats import binomtest

    only_first = int((first & ~second).sum())
    only_second = int((second & ~first).sum())
    discordant = only_first + only_second
    p = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return McNemar(only_first, only_second, p, _difference(only_first, only_second, len(first)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in the same order (Holm 1979)."""
    adjusted = np.array(p_values, np.float64)
    order = np.argsort(adjusted)
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.maximum.accumulate(np.minimum(factors * adjusted[order], 1.0))
    found: list[float] = adjusted.tolist()
    return found


def format_points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    points = round(100 * share, 2)
    return f"{points:+.2f}".replace("-", "−") if points else "0.00"


def format_p(p: float) -> str:
    """Return a p-value with four digits."""
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def _difference(only_first: int, only_second: int, rows: int) -> Estimate:
    """The observed difference; the interval adds one half to each of the four cells."""
    uneven, discordant = only_first - only_second, only_first + only_second
    center = uneven / (rows + 2)
    error = math.sqrt(discordant + 1 - uneven**2 / (rows + 2)) / (rows + 2)
    reach = Z_95 * error
    return Estimate(uneven / rows, center - reach, center + reach)
