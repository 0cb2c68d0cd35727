"""How far probabilities can be trusted: reliability, and what the "not sure" band leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from operations.statistics import Estimate, wilson
from sentiment.model.bundle import Decision
from training.calibration import THRESHOLD, probabilities

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Answers of about equal confidence.

    Attributes:
        rows: How many.
        confidence: Their mean confidence.
        accuracy: The share of them that is right.
    """

    rows: int
    confidence: float
    accuracy: Estimate


@dataclass(frozen=True)
class Band:
    """What the "not sure" band does on some rows.

    Attributes:
        rows: All of them.
        coverage: The share of rows with a certain answer.
        precision: The share of certain answers that is right; None if there is none.
        unsure: The share of right answers among the others; None if there is none.
    """

    rows: int
    coverage: Estimate | None
    precision: Estimate | None
    unsure: Estimate | None


def reliability(
    labels: NDArray[np.uint8], probability: NDArray[np.float64], bins: int = BINS
) -> list[Bin]:
    """Return the bins that are not empty, those of ``expected_calibration_error``."""
    confidence = np.maximum(probability, 1.0 - probability)
    correct = (probability >= THRESHOLD) == (labels == 1)
    which = np.minimum(((confidence - 0.5) * 2 * bins).astype(int), bins - 1)
    found = []
    for at in range(bins):
        members = which == at
        accuracy = wilson(int(correct[members].sum()), int(members.sum()))
        if accuracy is not None:
            found.append(Bin(int(members.sum()), float(confidence[members].mean()), accuracy))
    return found


def measure_band(
    labels: NDArray[np.uint8], logits: NDArray[np.float32], decision: Decision
) -> Band:
    """Return what the band of a decision leaves, and how often the rest is right."""
    probability = probabilities(logits, decision.temperature)
    low, high = decision.uncertain
    certain = ~((low < probability) & (probability < high))
    correct = (probability >= decision.threshold) == (labels == 1)
    sure, hits = int(certain.sum()), int((correct & certain).sum())
    rows = len(labels)
    return Band(
        rows=rows,
        coverage=wilson(sure, rows),
        precision=wilson(hits, sure),
        unsure=wilson(int(correct.sum()) - hits, rows - sure),
    )
