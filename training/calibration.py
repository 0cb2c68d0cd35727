"""From logits to probabilities that mean what they say, on validation rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import Decision

THRESHOLD = 0.5
_LOG_TEMPERATURES = (-1.6, 1.6)  # a few rows must not make a model boast or despair
CERTAIN_PRECISION = 0.9
"""The share of answers outside the "not sure" band that shall be right."""


def decide(
    labels: NDArray[np.uint8],
    logits: NDArray[np.float32],
    certain_precision: float = CERTAIN_PRECISION,
) -> Decision:
    """Return the temperature and the narrowest "not sure" band for a precision of the rest.

    The temperature minimises the negative log-likelihood (Guo et al. 2017). The band lies
    symmetrically about one half. If no band reaches the precision, nothing counts as certain.

    Args:
        labels: 1 for positive, 0 for negative, [rows], of validation rows.
        logits: Scores of the same rows.
        certain_precision: The share of certain answers that shall be right.
    """
    temperature = fit_temperature(labels, logits)
    probability = probabilities(logits, temperature)
    confidence = np.maximum(probability, 1.0 - probability)
    correct = (probability >= THRESHOLD) == (labels == 1)
    surest_first = np.argsort(-confidence, kind="stable")
    precision = np.cumsum(correct[surest_first]) / np.arange(1, len(labels) + 1)
    reached = np.flatnonzero(precision >= certain_precision)
    edge = float(confidence[surest_first[reached[-1]]]) if len(reached) else 1.0
    edge = round(edge, 4)
    return Decision(round(temperature, 4), THRESHOLD, (round(1.0 - edge, 4), edge))


def probabilities(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Return the probability of "positive" for each logit."""
    from scipy.special import expit

    found: NDArray[np.float64] = expit(logits.astype(np.float64) / temperature)
    return found


def fit_temperature(labels: NDArray[np.uint8], logits: NDArray[np.float32]) -> float:
    """Return the temperature under which the labels are likeliest."""
    from scipy.optimize import minimize_scalar

    signed = np.where(labels == 1, logits, -logits).astype(np.float64)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0.0, -signed / np.exp(log_temperature)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded").x))


def expected_calibration_error(
    labels: NDArray[np.uint8], probabilities: NDArray[np.float64], bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy over bins (Guo et al. 2017)."""
    confidence = np.maximum(probabilities, 1.0 - probabilities)
    correct = (probabilities >= THRESHOLD) == (labels == 1)
    which = np.minimum(((confidence - 0.5) * 2 * bins).astype(int), bins - 1)
    gaps = [
        abs(float(confidence[which == at].mean() - correct[which == at].mean()))
        * float((which == at).mean())
        for at in range(bins)
        if (which == at).any()
    ]
    return sum(gaps)
