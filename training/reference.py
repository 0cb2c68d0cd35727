"""What a shipped model predicts for validation tweets, binned for later comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from operations.statistics import bin_counts
from sentiment.model.classifier import Prediction
from sentiment.model.reference import Distribution, Reference

BINS = 10
"""How many bins a distribution has at most."""

_VALUE_DIGITS = 6  # as the events of the app are rounded
_EDGE_DIGITS = 7  # keeps an edge strictly between two such values
_SHARE_DIGITS = 6


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
    full = counts.sum() / BINS
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
