from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tests.support.tweets import split_made_up
from training.models.base import TrainingTask
from training.models.logistic import (
    FAMILY,
    LogisticModel,
    LogisticParameters,
    feature_scales,
    fit,
    quantize,
)
from training.models.regression import fit_regression


def test_the_scale_of_a_feature_is_its_log_count_ratio_and_the_floor() -> None:
    counts = csr_matrix(np.array([[1, 0, 1], [1, 0, 1], [1, 1, 0], [0, 1, 0]], np.float32))
    labels = np.array([1, 1, 0, 0], np.float32)
    # One more than the tweets with each n-gram: positive 3, 1, 3 of 7; negative 2, 3, 1 of 6.
    ratios = [math.log((3 / 7) / (2 / 6)), math.log((1 / 7) / (3 / 6)), math.log((3 / 7) / (1 / 6))]
    expected = [0.5 + abs(ratio) for ratio in ratios]
    assert feature_scales(counts, labels, 0.5) == pytest.approx(expected, rel=1e-5)
    assert feature_scales(counts, labels, 0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("forms", ["plain", "stem"])
def test_a_saved_model_is_loaded_as_it_was(tmp_path: Path, forms: str) -> None:
    split = split_made_up(300)
    parameters = LogisticParameters(forms=forms, longest_characters=4)
    model = fit(TrainingTask(split.training, split.validation), parameters)
    model.save(tmp_path)
    loaded = FAMILY.load(tmp_path)
    assert (loaded.parameters, loaded.seconds) == (model.parameters, model.seconds)
    texts = split.validation.texts
    np.testing.assert_array_equal(loaded.logits(texts), model.logits(texts))


def test_a_probability_counts_as_so_much_of_either_class() -> None:
    features = np.array([[1.0, 0.0], [0.0, 1.0]])
    soft = LogisticRegression(C=1e6, tol=1e-9)
    fit_regression(soft, features, np.array([0.9, 0.3], np.float32))
    assert soft.predict_proba(features)[:, 1] == pytest.approx([0.9, 0.3], abs=0.01)
    hard, usual = LogisticRegression(), LogisticRegression()
    fit_regression(hard, features, np.array([1.0, 0.0], np.float32))
    usual.fit(features, [1, 0])
    np.testing.assert_array_equal(hard.coef_, usual.coef_)


def test_small_weights_are_kept_apart_beside_a_large_one() -> None:
    weights = np.array([2.0, -1.0, 0.02, -0.015, 0.0], np.float32)
    idf = np.array([1.0, 1.5, 3.0, 6.0, 9.0], np.float32)
    model = LogisticModel(
        settings=LogisticParameters(),
        seconds=0.0,
        vocabulary=list("abcde"),
        idf=idf,
        weights=weights,
        bias=0.0,
    )
    tables = quantize(model)
    for values, name in ((idf * weights, "score"), (idf**2, "square")):
        codes = tables[f"{name}s"].astype(np.float64)
        assert codes[0] == 0
        decoded = codes[1:] * np.abs(codes[1:]) * tables[f"{name}_scale"]
        np.testing.assert_allclose(decoded, values, rtol=0.08)
