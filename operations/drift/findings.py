"""A period held against the reference: each measure, the feedback, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from operations.drift.limits import Limits
from operations.drift.observed import Observed
from operations.drift.period import Period
from operations.drift.stability import Stability, Standing, measure_stability
from operations.statistics import Estimate, bin_counts, wilson
from sentiment.model.reference import Distribution, Reference

POSITIVE = "share of positive"
PROBABILITY = "probability of positive"
CONFIDENCE = "confidence"
LENGTH = "length"
UNKNOWN_RATE = "unknown-token rate"
NEGATIVE_FEEDBACK = "negative feedback"

LEAST_FEEDBACKS = 10

STEADY_CODE, UNDECIDED_CODE, DRIFT_CODE = 0, 1, 2


@dataclass(frozen=True)
class Comparison:
    """One measure of a period beside the reference.

    Attributes:
        name: Of the measure.
        bins: What each bin holds, in words.
        expected: The share of the reference in each bin.
        observed: The share of the period in each bin; all 0 where there are no predictions.
        before: The mean of the reference.
        now: The mean of the period; None where there are no predictions.
        stability: How far it moved; None where there are too few predictions to tell.
        is_judged: Whether drift of it is an alarm.
    """

    name: str
    bins: Sequence[str]
    expected: Sequence[float]
    observed: Sequence[float]
    before: float
    now: float | None
    stability: Stability | None
    is_judged: bool = True

    @property
    def standing(self) -> Standing | None:
        """What it is judged to be; None where it is not judged."""
        return self.stability.standing if self.stability and self.is_judged else None


@dataclass(frozen=True)
class NegativeFeedback:
    """How often users said "incorrect".

    Attributes:
        negative: Distinct feedbacks whose latest verdict is "incorrect".
        total: Distinct feedbacks.
        limit: The rate that is still good.
    """

    negative: int
    total: int
    limit: float

    @property
    def rate(self) -> Estimate | None:
        """The rate with Wilson's 95% interval (Wilson 1927); None without feedback."""
        return wilson(self.negative, self.total)

    @property
    def standing(self) -> Standing | None:
        """Drifted if the whole interval lies above the limit; None below ten feedbacks."""
        rate = self.rate
        if rate is None or self.total < LEAST_FEEDBACKS:
            return None
        return Standing.DRIFTED if rate.low > self.limit else Standing.STEADY


@dataclass(frozen=True)
class Findings:
    """What a period says of a model.

    Attributes:
        version: Of the model.
        period: That was looked at.
        reference_rows: How many validation tweets the reference was made from.
        predictions: How many there were.
        comparisons: One for each measure.
        feedback: Negative feedback.
        limits: What was alarming.
        others: Events of other versions, by version.
        malformed: Rows that could not be read.
    """

    version: str
    period: Period
    reference_rows: int
    predictions: int
    comparisons: Sequence[Comparison]
    feedback: NegativeFeedback
    limits: Limits
    others: Mapping[str, int]
    malformed: int

    @property
    def drifted(self) -> list[str]:
        """The names of what drifted."""
        return self._names(Standing.DRIFTED)

    @property
    def moving(self) -> list[str]:
        """The names of what moves but is no alarm yet."""
        return self._names(Standing.MOVING)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough predictions to judge distributions."""
        return self.predictions >= self.limits.least_events

    @property
    def code(self) -> int:
        """The exit code: 2 with drift, 1 where there was too little to tell, 0 otherwise."""
        if self.drifted:
            return DRIFT_CODE
        return STEADY_CODE if self.is_enough else UNDECIDED_CODE

    def _names(self, standing: Standing) -> list[str]:
        names = [each.name for each in self.comparisons if each.standing is standing]
        return names + [NEGATIVE_FEEDBACK] * (self.feedback.standing is standing)


def compare(
    version: str, reference: Reference, observed: Observed, period: Period, limits: Limits
) -> Findings:
    """Return what a period says of a model.

    The probability of "positive" is shown and not judged: it is made up of the label and the
    confidence, which are, and one cause should raise one alarm.

    Args:
        version: Of the model.
        reference: From the manifest of its bundle.
        observed: Its events.
        period: Of the events.
        limits: What is alarming.
    """
    rows, least = reference.rows, limits.least_events
    comparisons = (
        _compare_labels(reference, observed, least),
        _compare(
            PROBABILITY, rows, reference.probability, observed.probability, least, is_judged=False
        ),
        _compare(CONFIDENCE, rows, reference.confidence, observed.confidence, least),
        _compare(LENGTH, rows, reference.length, observed.length, least),
        _compare(UNKNOWN_RATE, rows, reference.unknown_rate, observed.unknown_rate, least),
    )
    total = observed.feedbacks
    return Findings(
        version=version,
        period=period,
        reference_rows=rows,
        predictions=observed.predictions,
        comparisons=comparisons,
        feedback=NegativeFeedback(observed.negative_feedbacks, total, limits.most_negative),
        limits=limits,
        others=observed.others,
        malformed=observed.malformed,
    )


def _compare_labels(reference: Reference, observed: Observed, least: int) -> Comparison:
    counts = np.array([observed.predictions - observed.positive, observed.positive])
    now = observed.positive / observed.predictions if observed.predictions else None
    shares = (1 - reference.positive, reference.positive)
    return Comparison(
        name=POSITIVE,
        bins=("negative", "positive"),
        expected=shares,
        observed=_shares(counts),
        before=reference.positive,
        now=now,
        stability=_stability(reference.rows, shares, counts, least),
    )


def _compare(
    name: str,
    rows: int,
    expected: Distribution,
    values: Sequence[float],
    least: int,
    *,
    is_judged: bool = True,
) -> Comparison:
    counts = bin_counts(expected.edges, np.asarray(values, np.float64))
    return Comparison(
        name=name,
        bins=_in_words(expected.edges),
        expected=expected.shares,
        observed=_shares(counts),
        before=expected.mean,
        now=float(np.mean(values)) if values else None,
        stability=_stability(rows, expected.shares, counts, least),
        is_judged=is_judged,
    )


def _stability(
    rows: int, shares: Sequence[float], counts: NDArray[np.int64], least: int
) -> Stability | None:
    if counts.sum() < least:
        return None
    return measure_stability(rows * np.asarray(shares, np.float64), counts)


def _shares(counts: NDArray[np.int64]) -> list[float]:
    return [float(count) / max(int(counts.sum()), 1) for count in counts]


def _in_words(edges: Sequence[float]) -> list[str]:
    shown = [f"{edge:.4g}" for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(shown)]
    return [f"below {shown[0]}", *between, f"from {shown[-1]}"]
