from __future__ import annotations

import numpy as np
import pytest
from training.compare.calibration import measure_band, reliability

from sentiment.model.bundle import Decision
from training.evaluate import expected_calibration_error, probabilities


def test_the_bins_are_those_of_the_expected_calibration_error() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 500).astype(np.uint8)
    logits = (2.0 * labels - 1 + 2 * generator.normal(size=500)).astype(np.float32)
    probability = probabilities(logits, 1.3)
    bins = reliability(labels, probability)
    gaps = sum(each.rows * abs(each.confidence - each.accuracy.value) for each in bins)
    assert gaps / 500 == pytest.approx(expected_calibration_error(labels, probability))
    assert sum(each.rows for each in bins) == 500


def test_probabilities_do_not_overflow() -> None:
    found = probabilities(np.array([-60000, 0, 60000], np.float32), 0.01)
    assert found.tolist() == [0.0, 0.5, 1.0]


def test_the_band_parts_sure_answers_from_the_others() -> None:
    labels = np.array([1, 0, 1, 1, 0, 1], np.uint8)
    logits = np.array([4, 3, 0.1, -0.1, -4, 5], np.float32)
    band = measure_band(labels, logits, Decision(1.0, 0.5, (0.2, 0.8)))
    assert band.coverage is not None
    assert band.precision is not None
    assert band.unsure is not None
    assert band.coverage.value == pytest.approx(4 / 6)
    assert band.precision.value == pytest.approx(3 / 4)
    assert band.unsure.value == pytest.approx(1 / 2)


def test_a_band_that_holds_everything_leaves_no_precision() -> None:
    labels, logits = np.array([1, 0], np.uint8), np.array([1, -1], np.float32)
    band = measure_band(labels, logits, Decision(1.0, 0.5, (0.0, 1.0)))
    assert band.precision is None
    assert band.coverage is not None
    assert band.coverage.value == 0
