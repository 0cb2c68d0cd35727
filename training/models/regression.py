"""Logistic regression on probabilities in the place of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def fit_regression(solver: Any, features: Any, targets: NDArray[np.float32]) -> None:
    """Fit scikit-learn's logistic regression to probabilities.

    A row of probability p counts as p of a positive and 1 - p of a negative row, so that the loss
    is the cross-entropy with p.

    Args:
        solver: A ``LogisticRegression``.
        features: Sparse or dense matrix [rows, features].
        targets: 0 to 1, [rows].
    """
    if np.isin(targets, (0, 1)).all():
        solver.fit(features, targets.astype(np.uint8))
        return
    from scipy.sparse import csr_matrix, vstack

    features = csr_matrix(features)
    labels = np.repeat([1, 0], len(targets))
    weights = np.concatenate([targets, 1 - targets])
    solver.fit(vstack([features, features], format="csr"), labels, sample_weight=weights)
