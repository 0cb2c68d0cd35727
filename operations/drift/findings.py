"""A period compared with the reference: each measure, the feedback, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from operations.drift.psi import DriftStatus, Psi, measure_psi
from operations.drift.thresholds import DriftThresholds
from operations.events import Observed
from operations.period import Period
from operations.statistics import Estimate, bin_counts, wilson
from sentiment.model.reference import Distribution, Reference

POSITIVE = "share of positive"
PROBABILITY = "probability of positive"
CONFIDENCE = "confidence"
LENGTH = "length"
UNKNOWN_RATE = "unknown-token rate"
NEGATIVE_FEEDBACK = "negative feedback"

LEAST_FEEDBACKS = 10

STABLE_CODE, UNDECIDED_CODE, DRIFT_CODE = 0, 1, 2


@dataclass(frozen=True)
class Comparison:
    """One measure of a period beside the reference.

    Attributes:
        name: Of the measure.
        before: The mean of the reference.
        now: The mean of the period; None where there are no predictions.
        psi: How far it moved; None where there are too few predictions to judge it.
    """

    name: str
    before: float
    now: float | None
    psi: Psi | None

    @property
    def status(self) -> DriftStatus | None:
        """What it is judged to be; None where it is not judged.

        The probability of "positive" is shown and not judged: it is made up of the label and the
        confidence, which are, and one cause should raise one alarm.
        """
        return self.psi.status if self.psi and self.name != PROBABILITY else None


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
        """The rate with its 95% interval; None without feedback."""
        return wilson(self.negative, self.total)

    @property
    def status(self) -> DriftStatus | None:
        """Significant if the whole interval lies above the limit; None below ten feedbacks."""
        rate = self.rate
        if rate is None or self.total < LEAST_FEEDBACKS:
            return None
        return DriftStatus.SIGNIFICANT if rate.low > self.limit else DriftStatus.STABLE


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
        thresholds: What was alarming.
        others: Events of other versions, by version.
        malformed: Rows that could not be read.
    """

    version: str
    period: Period
    reference_rows: int
    predictions: int
    comparisons: Sequence[Comparison]
    feedback: NegativeFeedback
    thresholds: DriftThresholds
    others: Mapping[str, int]
    malformed: int

    def names(self, status: DriftStatus) -> list[str]:
        """Return the names of what has a status."""
        names = [each.name for each in self.comparisons if each.status is status]
        return names + [NEGATIVE_FEEDBACK] * (self.feedback.status is status)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough predictions to judge distributions."""
        return self.predictions >= self.thresholds.least_events

    @property
    def code(self) -> int:
        """The exit code: 2 with drift, 1 where there was too little to judge, 0 otherwise."""
        if self.names(DriftStatus.SIGNIFICANT):
            return DRIFT_CODE
        return STABLE_CODE if self.is_enough else UNDECIDED_CODE


def compare_with_reference(
    version: str,
    reference: Reference,
    observed: Observed,
    period: Period,
    thresholds: DriftThresholds,
) -> Findings:
    """Return what a period says of a model.

    Args:
        version: Of the model.
        reference: From the manifest of its bundle.
        observed: Its events.
        period: Of the events.
        thresholds: What is alarming.
    """
    rows, least = reference.rows, thresholds.least_events
    measures = (
        (PROBABILITY, reference.probability, observed.probability),
        (CONFIDENCE, reference.confidence, observed.confidence),
        (LENGTH, reference.length, observed.length),
        (UNKNOWN_RATE, reference.unknown_rate, observed.unknown_rate),
    )
    negative = NegativeFeedback(
        observed.negative_feedbacks, observed.feedbacks, thresholds.most_negative
    )
    return Findings(
        version=version,
        period=period,
        reference_rows=rows,
        predictions=observed.predictions,
        comparisons=[
            _compare_labels(reference, observed, least),
            *(_compare(name, rows, before, now, least) for name, before, now in measures),
        ],
        feedback=negative,
        thresholds=thresholds,
        others=observed.others,
        malformed=observed.malformed,
    )


def _compare_labels(reference: Reference, observed: Observed, least: int) -> Comparison:
    counts = np.array([observed.predictions - observed.positive, observed.positive])
    shares = (1 - reference.positive, reference.positive)
    now = observed.positive / observed.predictions if observed.predictions else None
    psi = _psi(reference.rows, shares, counts, least)
    return Comparison(POSITIVE, reference.positive, now, psi)


def _compare(
    name: str, rows: int, expected: Distribution, values: Sequence[float], least: int
) -> Comparison:
    counts = bin_counts(expected.edges, np.asarray(values, np.float64))
    now = float(np.mean(values)) if values else None
    return Comparison(name, expected.mean, now, _psi(rows, expected.shares, counts, least))


def _psi(rows: int, shares: Sequence[float], counts: NDArray[np.int64], least: int) -> Psi | None:
    if counts.sum() < least:
        return None
    return measure_psi(rows * np.asarray(shares, np.float64), counts)
