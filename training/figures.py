"""Figures of how good a model is, from labels and logits; nothing is shown, nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import LABELS
from training.evaluate import probabilities

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Labels = NDArray[np.uint8]
Logits = NDArray[np.floating]

_SIZE = (5.0, 4.5)
_BINS = 10


def draw_evaluation(labels: Labels, logits: Logits, temperature: float = 1.0) -> dict[str, Figure]:
    """Return the confusion matrix, the ROC curve and the reliability diagram by their names.

    Args:
        labels: 1 for positive, 0 for negative, [rows].
        logits: Scores for positive, [rows]; finite.
        temperature: What logits are divided by before they become probabilities.

    Raises:
        ValueError: Only one class is present.
    """
    return {
        "confusion_matrix": draw_confusion(labels, logits),
        "roc": draw_roc(labels, logits),
        "reliability": draw_reliability(labels, probabilities(logits, temperature)),
    }


def draw_confusion(labels: Labels, logits: Logits, threshold: float = 0.0) -> Figure:
    """Return the counts of each label and answer; rows are labels, columns answers."""
    counts = confusion(labels, logits, threshold)
    figure, axes = _canvas("answer", "label")
    axes.imshow(counts, cmap="Blues", vmin=0)
    for row, column in np.ndindex(2, 2):
        count = int(counts[row, column])
        share = count / max(1, counts[row].sum())
        colour = "white" if count > counts.max() / 2 else "black"
        axes.text(column, row, f"{count:,}\n{share:.1%}", ha="center", va="center", color=colour)
    axes.set_xticks([0, 1], LABELS)
    axes.set_yticks([0, 1], LABELS)
    right = int(np.trace(counts))
    axes.set_title(f"Accuracy {right / len(labels):.4f} on {len(labels):,} rows")
    return figure


def draw_roc(labels: Labels, logits: Logits) -> Figure:
    """Return the receiver operating characteristic with the area under it.

    Raises:
        ValueError: Only one class is present.
    """
    from sklearn.metrics import auc, roc_curve

    if len(np.unique(labels)) < len(LABELS):
        raise ValueError("Rows of both classes are needed to draw a ROC curve.")
    false_positives, true_positives, _ = roc_curve(labels, logits)
    figure, axes = _canvas("false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.plot(false_positives, true_positives)
    axes.set_title(f"ROC-AUC {auc(false_positives, true_positives):.4f}")
    return figure


def draw_reliability(labels: Labels, probabilities: NDArray[np.float64]) -> Figure:
    """Return how often "positive" is right at each probability, with 95% Wilson intervals.

    On the diagonal, probabilities mean what they say (Niculescu-Mizil and Caruana 2005).
    """
    centres, shares, errors, _ = reliability(labels, probabilities)
    figure, axes = _canvas("predicted probability of positive", "share that is positive")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.errorbar(centres, shares, yerr=errors, marker="o", capsize=3)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_title(f"Reliability on {len(labels):,} rows")
    return figure


def draw_curves(history: Mapping[int, Mapping[str, float]]) -> Figure:
    """Return the metrics of each epoch, losses apart from the rest.

    Args:
        history: Metrics by epoch.
    """
    from matplotlib.ticker import MaxNLocator

    names = sorted({name for metrics in history.values() for name in metrics})
    losses = [name for name in names if "loss" in name]
    rates = [name for name in names if "loss" not in name]
    groups = [group for group in (losses, rates) if group]
    figure = _figure(len(groups))
    for at, group in enumerate(groups, start=1):
        axes = figure.add_subplot(1, len(groups), at)
        for name in group:
            epochs = sorted(epoch for epoch in history if name in history[epoch])
            axes.plot(epochs, [history[epoch][name] for epoch in epochs], marker="o", label=name)
        axes.set_xlabel("report")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    return figure


def confusion(labels: Labels, logits: Logits, threshold: float = 0.0) -> NDArray[np.int64]:
    """Return int64 [label, answer]: how many rows of each label got each answer."""
    answers = (logits >= threshold).astype(np.int64)
    return np.bincount(2 * labels.astype(np.int64) + answers, minlength=4).reshape(2, 2)


def reliability(
    labels: Labels, probabilities: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return, for each of ten bins that hold rows, what a reliability diagram shows.

    Returns:
        The mean probability [bins], the share of positives [bins], the distances to the lower
        and the upper end of its 95% Wilson interval [2, bins], and the rows [bins].
    """
    from scipy.stats import binomtest

    which = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    found = np.unique(which)
    rows = np.array([(which == bin_).sum() for bin_ in found], np.int64)
    hits = np.array([labels[which == bin_].sum() for bin_ in found], np.int64)
    centres = np.array([probabilities[which == bin_].mean() for bin_ in found])
    shares = hits / rows
    intervals = [
        binomtest(int(hit), int(count)).proportion_ci(method="wilson")
        for hit, count in zip(hits, rows, strict=True)
    ]
    low = shares - np.array([interval.low for interval in intervals])
    high = np.array([interval.high for interval in intervals]) - shares
    return centres, shares, np.maximum(0.0, np.stack([low, high])), rows


def _canvas(across: str, up: str) -> tuple[Figure, Axes]:
    figure = _figure(1)
    axes = figure.add_subplot()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    return figure, axes


def _figure(width: int) -> Figure:
    # Without pyplot there is no global state, no window and nothing to close.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE[0] * width, _SIZE[1]), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
