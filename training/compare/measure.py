"""A figure with its 95% interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
