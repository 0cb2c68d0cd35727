"""How good a set of logits is, with 95% intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 1000
_SEED = 20090406

Interval = tuple[float, float]


def evaluate(
    labels: NDArray[np.uint8], logits: NDArray[np.float32], threshold: float = 0.0
) -> dict[str, Any]:
    """Return the measures of a binary classifier.

    Proportions (accuracy, precision, recall) carry Wilson's score interval (Wilson 1927); F1 and
    ROC-AUC the percentile interval of 1,000 bootstrap resamples of the rows (Efron 1979).

    Args:
        labels: 1 for positive, 0 for negative, [rows].
        logits: Scores for positive, [rows].
        threshold: The logit from which a row counts as positive.

    Returns:
        ``rows``, ``accuracy``, ``roc_auc``, and ``precision``, ``recall`` and ``f1`` for each
        class; each measure a dictionary of ``value``, ``low`` and ``high``.

    Raises:
        ValueError: A logit is not finite, or only one class is present.
    """
    from sklearn.metrics import roc_auc_score

    if not np.isfinite(logits).all():
        raise ValueError("Some logits are not finite.")
    truth = labels.astype(bool)
    if truth.all() or not truth.any():
        raise ValueError("Rows of both classes are needed to evaluate.")
    guess = logits >= threshold
    resamples = _resampled(truth, guess, logits)
    result: dict[str, Any] = {
        "rows": len(truth),
        "accuracy": _proportion(int((truth == guess).sum()), len(truth)),
        "roc_auc": _measured(float(roc_auc_score(truth, logits)), resamples["roc_auc"]),
    }
    for name, actual, called in (("positive", truth, guess), ("negative", ~truth, ~guess)):
        hits = int((actual & called).sum())
        result[name] = {
            "precision": _proportion(hits, int(called.sum())),
            "recall": _proportion(hits, int(actual.sum())),
            "f1": _measured(_f1(actual, called), resamples[name]),
        }
    return result


def _proportion(hits: int, total: int) -> dict[str, float]:
    if total == 0:
        return {"value": 0.0, "low": 0.0, "high": 1.0}
    from scipy.stats import binomtest

    interval = binomtest(hits, total).proportion_ci(method="wilson")
    return _rounded(hits / total, (float(interval.low), float(interval.high)))


def _measured(value: float, resamples: list[float]) -> dict[str, float]:
    low, high = np.percentile(resamples, [2.5, 97.5])
    return _rounded(value, (float(low), float(high)))


def _rounded(value: float, interval: Interval) -> dict[str, float]:
    return {
        "value": round(value, 5),
        "low": round(interval[0], 5),
        "high": round(interval[1], 5),
    }


def _resampled(
    truth: NDArray[np.bool_], guess: NDArray[np.bool_], logits: NDArray[np.float32]
) -> dict[str, list[float]]:
    generator = np.random.default_rng(_SEED)
    ranks = np.unique(logits, return_inverse=True)[1]
    found: dict[str, list[float]] = {"roc_auc": [], "positive": [], "negative": []}
    while len(found["roc_auc"]) < _RESAMPLES:
        rows = generator.integers(0, len(truth), len(truth))
        actual, called = truth[rows], guess[rows]
        if actual.all() or not actual.any():
            continue
        found["roc_auc"].append(_auc(actual, ranks[rows]))
        found["positive"].append(_f1(actual, called))
        found["negative"].append(_f1(~actual, ~called))
    return found


def _auc(truth: NDArray[np.bool_], ranks: NDArray[np.intp]) -> float:
    """The Mann-Whitney statistic of ranks from 0: roc_auc_score without a sort and its checks."""
    count = int(ranks.max()) + 1
    positives = np.bincount(ranks[truth], minlength=count)
    negatives = np.bincount(ranks[~truth], minlength=count)
    up_to = np.cumsum(negatives)
    wins = int(positives @ (2 * up_to - negatives))
    return wins / (2.0 * int(up_to[-1]) * int(positives.sum()))


def _f1(actual: NDArray[np.bool_], called: NDArray[np.bool_]) -> float:
    both = 2.0 * float((actual & called).sum())
    total = float(actual.sum() + called.sum())
    return both / total if total else 0.0
