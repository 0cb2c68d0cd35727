"""What the records of the project's own trainings must show, each of its own test rows."""

from __future__ import annotations

import pytest

from sentiment.model.bundle import read_manifest
from tests.support.pythons import ROOT
from training.evaluate import evaluate
from training.run_records import SHIPPED, TEST, RunRecord, load_records

LEAST_ROWS = 10_000
GOALS = {"logistic": (0.815, 0.895), "lstm": (0.820, 0.900), "bert": (0.848, 0.928)}
"""Accuracy and ROC-AUC of the best shipped model of each family."""


@pytest.fixture(scope="module")
def runs() -> list[RunRecord]:
    return load_records(ROOT / "docs" / "runs")


@pytest.mark.parametrize("family", GOALS)
def test_the_best_of_each_family_reaches_its_goals(runs: list[RunRecord], family: str) -> None:
    measured = [
        evaluate(run.sets[TEST].labels, run.logits[TEST][SHIPPED])
        for run in runs
        if run.metadata["family"] == family and len(run.sets[TEST].labels) >= LEAST_ROWS
    ]
    best = max(measured, key=lambda each: each.accuracy.value)
    accuracy, roc_auc = GOALS[family]
    assert best.accuracy.value >= accuracy
    assert best.roc_auc.value >= roc_auc


def test_the_bundle_that_ships_is_that_of_a_recorded_run(runs: list[RunRecord]) -> None:
    version = read_manifest(ROOT / "model_artifacts").version
    assert version in [run.metadata["version"] for run in runs]
