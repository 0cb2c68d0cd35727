from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from operations.statistics import bin_counts
from sentiment.model.bundle import Decision
from sentiment.model.classifier import Prediction
from training.evaluate import (
    REFERENCE_BINS,
    SLICES,
    Evaluation,
    decide,
    distribute,
    evaluate,
    expected_calibration_error,
    fit_temperature,
    logit_threshold,
    make_reference,
    measure_band,
    probabilities,
    slice_flags,
    slice_members,
)

GENERATOR = np.random.default_rng(1)
LOGITS = GENERATOR.normal(0, 2, 5000).astype(np.float32)
LABELS = (GENERATOR.random(5000) < 1 / (1 + np.exp(-LOGITS))).astype(np.uint8)


def test_the_measures_are_those_of_scikit_learn() -> None:
    result = evaluate(LABELS, LOGITS)
    expected = precision_recall_fscore_support(LABELS, LOGITS >= 0)
    for at, scores in enumerate((result.negative, result.positive)):
        found = [scores.precision.value, scores.recall.value, scores.f1.value]
        assert found == pytest.approx([row[at] for row in expected[:3]], abs=1e-5)
    assert result.roc_auc.value == pytest.approx(roc_auc_score(LABELS, LOGITS), abs=1e-5)
    assert result.accuracy.value == pytest.approx(((LOGITS >= 0) == LABELS).mean(), abs=1e-5)
    assert result.rows == 5000


def test_every_measure_lies_inside_its_interval_which_shrinks_with_rows() -> None:
    few, many = evaluate(LABELS[:500], LOGITS[:500]), evaluate(LABELS, LOGITS)
    for result in (few, many):
        scores = result.positive
        for measure in (
            result.accuracy, result.roc_auc, scores.precision, scores.recall, scores.f1
        ):  # fmt: skip
            assert measure.low < measure.value < measure.high
    width = [result.accuracy.high - result.accuracy.low for result in (few, many)]
    assert width[0] / width[1] == pytest.approx(np.sqrt(10), rel=0.2)


def test_an_evaluation_is_kept_in_a_manifest_as_values_with_their_ends() -> None:
    result = evaluate(LABELS[:50], LOGITS[:50])
    kept = msgspec.to_builtins(result)
    assert sorted(kept) == ["accuracy", "negative", "positive", "roc_auc", "rows"]
    assert sorted(kept["positive"]["f1"]) == ["high", "low", "value"]
    assert msgspec.convert(kept, Evaluation) == result


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


def test_probabilities_do_not_overflow() -> None:
    found = probabilities(np.array([-60000, 0, 60000], np.float32), 0.01)
    assert found.tolist() == [0.0, 0.5, 1.0]


def test_the_threshold_of_the_logit_gives_that_of_the_probability() -> None:
    decision = Decision(1.7, 0.6, (0.3, 0.7))
    logit = np.array([logit_threshold(decision)], np.float32)
    assert probabilities(logit, 1.7) == pytest.approx(0.6)


def test_the_band_parts_sure_answers_from_the_others() -> None:
    labels = np.array([1, 0, 1, 1, 0, 1], np.uint8)
    logits = np.array([4, 3, 0.1, -0.1, -4, 5], np.float32)
    band = measure_band(labels, logits, Decision(1.0, 0.5, (0.2, 0.8)))
    shares = [each and each.value for each in (band.coverage, band.precision, band.unsure)]
    assert shares == pytest.approx([4 / 6, 3 / 4, 1 / 2])


def test_a_band_that_holds_everything_leaves_no_precision() -> None:
    labels, logits = np.array([1, 0], np.uint8), np.array([1, -1], np.float32)
    band = measure_band(labels, logits, Decision(1.0, 0.5, (0.0, 1.0)))
    assert band.precision is None
    assert band.coverage is not None
    assert band.coverage.value == 0


EXAMPLES = {
    "negation": (["I do NOT like it", "can't wait", "dont go", "never"], ["want it", "a knot"]),
    '"but"': (["good, but late"], ["butter"]),
    "elongation": (["sooo good"], ["so good", "http://www.x.org/aaa" * 0 + "cool"]),
    "question": (["why?"], ["why"]),
    "at most 5 words": (["one two three four five"], ["one two three four five six"]),
    "at least 20 words": (["a " * 20], ["a " * 19]),
    "with mention": (["hi @Bob"], ["hi Bob"]),
    "with link": (["see http://t.co/x", "WWW.a.org"], ["see"]),
}


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_holds_its_tweets_and_no_others(name: str) -> None:
    inside, outside = EXAMPLES[name]
    found = slice_members(slice_flags(inside + outside), name).tolist()
    assert found == [True] * len(inside) + [False] * len(outside)


def test_distinct_values_are_spread_evenly() -> None:
    values = np.random.default_rng(1).permutation(1000) / 1000
    found = distribute(list(values))
    assert len(found.shares) == REFERENCE_BINS
    assert found.shares == pytest.approx([0.1] * REFERENCE_BINS)
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
