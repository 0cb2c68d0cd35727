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

EXACT_BELOW = 25
"""With fewer discordant rows, the binomial distribution itself is used."""


@dataclass(frozen=True)
class McNemar:
    """McNemar's test of two classifiers on the same rows (McNemar 1947).

    Attributes:
        only_first: Rows that only the first classifier has right.
        only_second: Rows that only the second one has right.
        statistic: Chi-squared with Edwards' continuity correction (Edwards 1948); None where the
            test is exact.
        p: The two-sided p-value of the hypothesis that both are right equally often.
        difference: The first accuracy less the second (interval of Agresti and Min 2005).
    """

    only_first: int
    only_second: int
    statistic: float | None
    p: float
    difference: Estimate


def compare_pair(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """Test two classifiers.

    Args:
        first: Which rows the first classifier has right, [rows].
        second: The same for the second.
    """
    only_first = int((first & ~second).sum())
    only_second = int((second & ~first).sum())
    statistic = None
    if only_first + only_second >= EXACT_BELOW:
        statistic = corrected_statistic(only_first, only_second)
    p = exact_p(only_first, only_second) if statistic is None else chi_squared_p(statistic)
    difference = _difference(only_first, only_second, len(first))
    return McNemar(only_first, only_second, statistic, p, difference)


def exact_p(only_first: int, only_second: int) -> float:
    """Return the two-sided binomial p-value of a discordance at least as uneven."""
    total = only_first + only_second
    tail = sum(math.comb(total, count) for count in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / 2**total)


def corrected_statistic(only_first: int, only_second: int) -> float:
    """Return chi-squared with one degree of freedom and continuity correction (Edwards 1948)."""
    uneven = max(abs(only_first - only_second) - 1, 0)
    return uneven**2 / (only_first + only_second)


def chi_squared_p(statistic: float) -> float:
    """Return the upper tail of chi-squared with one degree of freedom."""
    return math.erfc(math.sqrt(statistic / 2.0))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in the same order (Holm 1979)."""
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = largest
    return adjusted


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
