from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from training.evaluate import decide, evaluate, expected_calibration_error, fit_temperature

GENERATOR = np.random.default_rng(1)
LOGITS = GENERATOR.normal(0, 2, 5000).astype(np.float32)
LABELS = (GENERATOR.random(5000) < 1 / (1 + np.exp(-LOGITS))).astype(np.uint8)


def test_the_measures_are_those_of_scikit_learn() -> None:
    result = evaluate(LABELS, LOGITS)
    expected = precision_recall_fscore_support(LABELS, LOGITS >= 0)
    for at, name in enumerate(("negative", "positive")):
        for row, measure in enumerate(("precision", "recall", "f1")):
            assert result[name][measure]["value"] == pytest.approx(expected[row][at], abs=1e-5)
    assert result["roc_auc"]["value"] == pytest.approx(roc_auc_score(LABELS, LOGITS), abs=1e-5)
    assert result["accuracy"]["value"] == pytest.approx(((LOGITS >= 0) == LABELS).mean(), abs=1e-5)
    assert result["rows"] == 5000


def test_every_measure_lies_inside_its_interval_which_shrinks_with_rows() -> None:
    few, many = evaluate(LABELS[:500], LOGITS[:500]), evaluate(LABELS, LOGITS)
    for result in (few, many):
        for measure in (result["accuracy"], result["roc_auc"], *result["positive"].values()):
            assert measure["low"] < measure["value"] < measure["high"]
    width = [r["accuracy"]["high"] - r["accuracy"]["low"] for r in (few, many)]
    assert width[0] / width[1] == pytest.approx(np.sqrt(10), rel=0.2)


def test_the_interval_of_a_proportion_is_wilsons() -> None:
    labels = np.array([1] * 9 + [0], np.uint8)
    accuracy = evaluate(labels, np.ones(10, np.float32))["accuracy"]
    assert (accuracy["low"], accuracy["high"]) == pytest.approx((0.59585, 0.98213), abs=1e-4)


@pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
def test_one_class_alone_cannot_be_evaluated(labels: list[int]) -> None:
    with pytest.raises(ValueError, match="both classes"):
        evaluate(np.array(labels, np.uint8), np.zeros(2, np.float32))


def test_a_logit_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        evaluate(np.array([0, 1], np.uint8), np.array([0, np.nan], np.float32))


def test_the_temperature_undoes_a_scaling_of_the_logits() -> None:
    assert fit_temperature(LABELS, LOGITS * 3) == pytest.approx(
        3 * fit_temperature(LABELS, LOGITS), rel=1e-3
    )
    assert fit_temperature(LABELS, LOGITS) == pytest.approx(1, abs=0.1)


def test_outside_the_band_answers_are_as_precise_as_asked() -> None:
    decision = decide(LABELS, LOGITS, certain_precision=0.9)
    probabilities = 1 / (1 + np.exp(-LOGITS / decision.temperature))
    low, high = decision.uncertain
    certain = (probabilities <= low) | (probabilities >= high)
    correct = (probabilities >= 0.5) == (LABELS == 1)
    assert correct[certain].mean() == pytest.approx(0.9, abs=0.005)
    assert low == pytest.approx(1 - high)
    narrow = decide(LABELS, LOGITS, certain_precision=0.5)
    assert narrow.uncertain[1] < high


def test_calibration_error_is_small_for_honest_probabilities_and_large_for_boasts() -> None:
    honest = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    boasting = 1 / (1 + np.exp(-10 * LOGITS.astype(np.float64)))
    assert expected_calibration_error(LABELS, honest) < 0.03
    assert expected_calibration_error(LABELS, boasting) > 0.1
