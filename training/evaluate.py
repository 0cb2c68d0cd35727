"""How good a model is: measures with 95% intervals, calibration, the "not sure" band, slices.

The *reference* is what the shipped model predicts for validation tweets, binned: drift is measured
from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from operations.statistics import Estimate, bin_counts, wilson
from sentiment.model.bundle import LABELS, Decision
from sentiment.model.classifier import Prediction
from sentiment.model.reference import Distribution, Reference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THRESHOLD = 0.5
CERTAIN_PRECISION = 0.9
"""The share of answers outside the "not sure" band that shall be right."""

BINS = 15
"""How many bins the expected calibration error has."""

_RESAMPLES = 1000
_SEED = 20090406
_DIGITS = 5
_LOG_TEMPERATURES = (-1.6, 1.6)  # a few rows must not make a model boast or despair

_NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|nobody|cannot|without|dont|cant|wont|didnt|isnt|wasnt|doesnt|aint)\b"
    r"|n['’]t\b"
)
_ELONGATION = re.compile(r"([a-z])\1{2,}")
_LONG_WORDS, _SHORT_WORDS = 20, 5

REFERENCE_BINS = 10
"""How many bins a distribution of the reference has at most."""

_VALUE_DIGITS = 6  # as the events of the app are rounded
_EDGE_DIGITS = 7  # keeps an edge strictly between two such values
_SHARE_DIGITS = 6


@dataclass(frozen=True)
class ClassScores:
    """How well one class is recognised."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True)
class Evaluation:
    """How good one form of a model is on some rows."""

    rows: int
    accuracy: Estimate
    roc_auc: Estimate
    negative: ClassScores
    positive: ClassScores


@dataclass(frozen=True)
class Band:
    """What the "not sure" band does on some rows.

    Attributes:
        coverage: The share of rows with a certain answer; None without rows.
        precision: The share of certain answers that is right; None if there is none.
        unsure: The share of right answers among the others; None if there is none.
    """

    coverage: Estimate | None
    precision: Estimate | None
    unsure: Estimate | None


def evaluate(
    labels: NDArray[np.uint8], logits: NDArray[np.floating], threshold: float = 0.0
) -> Evaluation:
    """Return the measures of a binary classifier.

    Shares (accuracy, precision, recall) carry Wilson's score interval (Wilson 1927); F1 and ROC-AUC
    the percentile interval of 1,000 bootstrap resamples of the rows (Efron 1979).

    Args:
        labels: 1 for positive, 0 for negative, [rows].
        logits: Scores for positive, [rows].
        threshold: The logit from which a row counts as positive.

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
    areas, positive, negative = _resample(truth, guess, logits)
    return Evaluation(
        rows=len(truth),
        accuracy=_share(int((truth == guess).sum()), len(truth)),
        roc_auc=_resampled(float(roc_auc_score(truth, logits)), areas),
        negative=_score_class(~truth, ~guess, negative),
        positive=_score_class(truth, guess, positive),
    )


def decide(
    labels: NDArray[np.uint8],
    logits: NDArray[np.floating],
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


def fit_temperature(labels: NDArray[np.uint8], logits: NDArray[np.floating]) -> float:
    """Return the temperature under which the labels are likeliest."""
    from scipy.optimize import minimize_scalar

    signed = np.where(labels == 1, logits, -logits).astype(np.float64)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0.0, -signed / np.exp(log_temperature)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded").x))


def probabilities(logits: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Return the probability of "positive" for each logit."""
    from scipy.special import expit

    found: NDArray[np.float64] = expit(logits.astype(np.float64) / temperature)
    return found


def logit_threshold(decision: Decision) -> float:
    """Return the logit at which the probability of positive equals the threshold."""
    return decision.temperature * math.log(decision.threshold / (1.0 - decision.threshold))


def expected_calibration_error(
    labels: NDArray[np.uint8], probabilities: NDArray[np.float64], bins: int = BINS
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


def measure_band(
    labels: NDArray[np.uint8], logits: NDArray[np.floating], decision: Decision
) -> Band:
    """Return how many answers the band of a decision leaves, and how often they are right."""
    probability = probabilities(logits, decision.temperature)
    low, high = decision.uncertain
    certain = ~((low < probability) & (probability < high))
    correct = (probability >= decision.threshold) == (labels == 1)
    sure, hits, rows = int(certain.sum()), int((correct & certain).sum()), len(labels)
    return Band(
        coverage=wilson(sure, rows),
        precision=wilson(hits, sure),
        unsure=wilson(int(correct.sum()) - hits, rows - sure),
    )


def draw_evaluation(
    labels: NDArray[np.uint8], logits: NDArray[np.floating], temperature: float = 1.0
) -> dict[str, Figure]:
    """Return the confusion matrix, the ROC curve and the reliability diagram by their names.

    Args:
        labels: 1 for positive, 0 for negative, [rows]; of both classes.
        logits: Scores for positive, [rows]; finite.
        temperature: What logits are divided by before they become probabilities.
    """
    from matplotlib.figure import Figure
    from sklearn.calibration import CalibrationDisplay
    from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay

    names = ("confusion_matrix", "roc", "reliability")
    figures = {name: Figure(figsize=(5.0, 4.5), layout="constrained") for name in names}
    confusion, roc, reliability = (figure.add_subplot() for figure in figures.values())
    ConfusionMatrixDisplay.from_predictions(
        labels, logits >= 0, display_labels=LABELS, colorbar=False, ax=confusion
    )
    RocCurveDisplay.from_predictions(labels, logits, plot_chance_level=True, ax=roc)
    positive = probabilities(logits, temperature)
    CalibrationDisplay.from_predictions(labels, positive, n_bins=10, ax=reliability)
    return figures


_TESTS: dict[str, Callable[[str], bool]] = {
    "negation": lambda text: _NEGATION.search(text) is not None,
    '"but"': lambda text: re.search(r"\bbut\b", text) is not None,
    "elongation": lambda text: _ELONGATION.search(text) is not None,
    "question": lambda text: "?" in text,
    "at most 5 words": lambda text: len(text.split()) <= _SHORT_WORDS,
    "at least 20 words": lambda text: len(text.split()) >= _LONG_WORDS,
    "with mention": lambda text: "@" in text,
    "with link": lambda text: "http" in text or "www." in text,
}

SLICES = tuple(_TESTS)
"""Kinds of tweets on which a model may do better or worse than on average, by name; the place of a
name is its bit in ``slice_flags``."""


def slice_flags(texts: Sequence[str]) -> NDArray[np.uint16]:
    """Return, for each raw tweet, a number whose bit n says whether it is in slice n."""
    lowered = [text.lower() for text in texts]
    columns = [
        np.array([test(text) for text in lowered], np.uint16) << at
        for at, test in enumerate(_TESTS.values())
    ]
    return np.bitwise_or.reduce(columns).astype(np.uint16)


def slice_members(flagged: NDArray[np.uint16], name: str) -> NDArray[np.bool_]:
    """Return which rows are in a slice."""
    return (flagged >> SLICES.index(name)) & 1 == 1


def _score_class(
    actual: NDArray[np.bool_], called: NDArray[np.bool_], resamples: list[float]
) -> ClassScores:
    hits = int((actual & called).sum())
    return ClassScores(
        precision=_share(hits, int(called.sum())),
        recall=_share(hits, int(actual.sum())),
        f1=_resampled(_f1(actual, called), resamples),
    )


def _share(hits: int, total: int) -> Estimate:
    found = wilson(hits, total) or Estimate(0.0, 0.0, 1.0)
    return _rounded(found.value, found.low, found.high)


def _resampled(value: float, resamples: list[float]) -> Estimate:
    low, high = np.percentile(resamples, [2.5, 97.5])
    return _rounded(value, float(low), float(high))


def _rounded(*ends: float) -> Estimate:
    return Estimate(*(round(end, _DIGITS) for end in ends))


def _resample(
    truth: NDArray[np.bool_], guess: NDArray[np.bool_], logits: NDArray[np.floating]
) -> tuple[list[float], list[float], list[float]]:
    """Return ROC-AUC, F1 of positive and F1 of negative of each resample that has both classes."""
    generator = np.random.default_rng(_SEED)
    ranks = np.unique(logits, return_inverse=True)[1]
    areas: list[float] = []
    positive: list[float] = []
    negative: list[float] = []
    while len(areas) < _RESAMPLES:
        rows = generator.integers(0, len(truth), len(truth))
        actual, called = truth[rows], guess[rows]
        if actual.all() or not actual.any():
            continue
        areas.append(_auc(actual, ranks[rows]))
        positive.append(_f1(actual, called))
        negative.append(_f1(~actual, ~called))
    return areas, positive, negative


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


def make_reference(texts: Sequence[str], predictions: Sequence[Prediction]) -> Reference:
    """Return the reference of a bundle.

    Args:
        texts: As they were written, at least one.
        predictions: The shipped classifier's, of each.
    """
    return Reference(
        rows=len(texts),
        positive=round(
            float(np.mean([prediction.label == "positive" for prediction in predictions])),
            _SHARE_DIGITS,
        ),
        probability=distribute([prediction.probability for prediction in predictions]),
        confidence=distribute([prediction.confidence for prediction in predictions]),
        length=distribute([len(text) for text in texts]),
        unknown_rate=distribute([prediction.unknown for prediction in predictions]),
    )


def distribute(values: Sequence[float]) -> Distribution:
    """Return how values are spread over at most ten bins that hold about as many each.

    Equal values are never parted: a value that more than a tenth of the rows share, such as an
    unknown rate of zero, fills a bin of its own. What is left beyond the last full bin makes a
    bin too, however small it is, and beyond a single value there is an empty one: a rate that was
    always zero and no longer is shall be seen.

    Args:
        values: Finite, at least one.
    """
    rounded = np.asarray(values, np.float64).round(_VALUE_DIGITS)
    distinct, counts = np.unique(rounded, return_counts=True)
    edges = _edges(distinct, counts)
    shares = bin_counts(edges, rounded) / len(rounded)
    return Distribution(
        [float(edge) for edge in edges],
        [round(float(share), _SHARE_DIGITS) for share in shares],
        round(float(rounded.mean()), _VALUE_DIGITS),
    )


def _edges(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> list[float]:
    full = counts.sum() / REFERENCE_BINS
    edges: list[float] = []
    held = 0
    for low, high, count in zip(distinct, distinct[1:], counts, strict=False):
        held += int(count)
        if held >= full:
            edges.append(round(float(low + high) / 2, _EDGE_DIGITS))
            held = 0
    return edges or [_beyond(distinct)]


def _beyond(distinct: NDArray[np.float64]) -> float:
    return round(float(distinct[-1]) + 10.0**-_VALUE_DIGITS / 2, _EDGE_DIGITS)
