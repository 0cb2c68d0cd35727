from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure

from training.figures import confusion, draw_curves, draw_evaluation, draw_roc, reliability

GENERATOR = np.random.default_rng(0)
LABELS = (GENERATOR.random(2000) < 0.5).astype(np.uint8)
LOGITS = (GENERATOR.normal(size=2000) + 2.0 * LABELS - 1.0).astype(np.float32)


def titles(figure: Figure) -> list[str]:
    return [axes.get_title() for axes in figure.axes]


def size_as_png(figure: Figure) -> int:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return len(buffer.getvalue())


def test_an_evaluation_has_three_figures_that_say_how_good_the_model_is() -> None:
    figures = draw_evaluation(LABELS, LOGITS, temperature=0.5)
    assert list(figures) == ["confusion_matrix", "roc", "reliability"]
    accuracy = ((LOGITS >= 0) == (LABELS == 1)).mean()
    assert titles(figures["confusion_matrix"]) == [f"Accuracy {accuracy:.4f} on 2,000 rows"]
    assert titles(figures["roc"])[0].startswith("ROC-AUC 0.9")
    assert all(size_as_png(figure) > 5000 for figure in figures.values())


def test_the_confusion_matrix_counts_labels_by_answers() -> None:
    labels = np.array([0, 0, 0, 1, 1], np.uint8)
    logits = np.array([-1, -1, 1, -1, 1], np.float32)
    assert confusion(labels, logits).tolist() == [[2, 1], [1, 1]]


def test_honest_probabilities_lie_within_the_intervals_of_the_diagram() -> None:
    probabilities = GENERATOR.random(20_000)
    labels = (GENERATOR.random(20_000) < probabilities).astype(np.uint8)
    centres, shares, errors, rows = reliability(labels, probabilities)
    assert rows.sum() == 20_000
    assert len(centres) == 10
    covered = (centres >= shares - errors[0]) & (centres <= shares + errors[1])
    assert covered.sum() >= 8


def test_bins_without_rows_are_left_out_of_the_diagram() -> None:
    centres, shares, _, rows = reliability(np.array([1, 0], np.uint8), np.array([0.95, 1.0]))
    assert (rows.tolist(), shares.tolist()) == ([2], [0.5])
    assert centres.tolist() == pytest.approx([0.975])


def test_losses_are_drawn_apart_from_the_other_metrics() -> None:
    history = {2: {"loss": 0.4, "accuracy": 0.8}, 1: {"loss": 0.6, "accuracy": 0.7, "roc_auc": 0.8}}
    left, right = draw_curves(history).axes
    assert [line.get_label() for line in left.lines] == ["loss"]
    assert [line.get_label() for line in right.lines] == ["accuracy", "roc_auc"]
    assert left.lines[0].get_ydata().tolist() == [0.6, 0.4]
    assert len(draw_curves({1: {"accuracy": 0.7}}).axes) == 1


def test_one_class_alone_has_no_roc_curve() -> None:
    with pytest.raises(ValueError, match="both classes"):
        draw_roc(np.ones(5, np.uint8), np.zeros(5, np.float32))


def test_drawing_changes_no_global_state() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_evaluation(LABELS, LOGITS)
    assert dict(mpl.rcParams) == before
