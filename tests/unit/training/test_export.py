from __future__ import annotations

import numpy as np
import pytest

from sentiment.model.classifier import Prediction
from training.export import BINS, bin_counts, distribute, make_reference


def test_distinct_values_are_spread_evenly() -> None:
    values = np.random.default_rng(1).permutation(1000) / 1000
    found = distribute(list(values))
    assert len(found.shares) == BINS
    assert found.shares == pytest.approx([0.1] * BINS)
    assert found.mean == pytest.approx(0.4995)
    assert found.is_sound()


def test_a_value_that_most_rows_share_has_a_bin_of_its_own() -> None:
    found = distribute([0.0] * 70 + [0.1] * 15 + [0.2] * 12 + [0.3] * 3)
    assert found.shares == [0.7, 0.15, 0.12, 0.03]
    assert found.edges == pytest.approx([0.05, 0.15, 0.25])


@pytest.mark.parametrize("only", [0.0, 1.0, 140.0])
def test_where_all_values_are_equal_any_larger_one_is_distinct(only: float) -> None:
    found = distribute([only] * 5)
    assert found.shares == [1.0, 0.0]
    assert found.is_sound()
    assert bin_counts(found.edges, np.array([only, only + 1e-6])).tolist() == [1, 1]


def test_the_reference_describes_texts_and_predictions() -> None:
    said = [
        Prediction("positive", 0.9, 0.9, True, False, 0.0, 2.2),
        Prediction("negative", 0.2, 0.8, True, False, 0.5, -1.4),
    ]
    found = make_reference(["good", "bad sire"], said)
    assert (found.rows, found.positive) == (2, 0.5)
    assert (found.probability.mean, found.confidence.mean) == (0.55, 0.85)
    assert (found.length.mean, found.unknown_rate.mean) == (6.0, 0.25)
    assert found.is_sound()
