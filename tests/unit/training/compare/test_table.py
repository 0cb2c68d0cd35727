from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, roc_auc_score
from training.compare.table import CLASSES, Table, make_table

from tests.support.run_records import DECISION, make_facts, make_run, make_set
from training import slices
from training.evaluate import expected_calibration_error
from training.run_records import FLOAT, SHIPPED, TEST, RunRecordError
from training.significance import exact_p


@pytest.mark.parametrize("form", [FLOAT, SHIPPED])
def test_the_scores_are_those_of_scikit_learn(table: Table, runs: list[Run], form: str) -> None:
    for run in runs:
        labels, logits = run.sets[TEST].labels, run.logits[TEST][form]
        found = next(each for each in table.entries if each.name == run.name).forms[form]
        guess = logits >= 0
        assert found.rows == len(labels)
        assert found.accuracy.value == pytest.approx(accuracy_score(labels, guess), abs=1e-5)
        assert found.roc_auc.value == pytest.approx(roc_auc_score(labels, logits), abs=1e-5)
        expected = precision_recall_fscore_support(labels, guess)
        for at, name in enumerate(CLASSES):
            scores = found.classes[name]
            measured = (scores.precision.value, scores.recall.value, scores.f1.value)
            assert measured == pytest.approx([each[at] for each in expected[:3]], abs=1e-5)


def test_the_calibration_error_is_that_of_the_runs_own_temperature(
    table: Table, runs: list[Run]
) -> None:
    run = runs[0]
    labels = run.sets[TEST].labels
    logits = run.logits[TEST][SHIPPED].astype(np.float64)
    entry = next(each for each in table.entries if each.name == run.name)
    expected = expected_calibration_error(labels, expit(logits / DECISION.temperature))
    assert entry.shipped.calibration_error == pytest.approx(expected)
    assert expected != pytest.approx(expected_calibration_error(labels, expit(logits)))


def test_the_most_accurate_comes_first_and_equal_ones_by_name(table: Table) -> None:
    assert [entry.name for entry in table.entries] == ["bert", "lstm-gru", "logistic"]
    test = make_set(rows=40)
    twins = make_table([make_run("b", test), make_run("c", test), make_run("a", test)])
    assert [entry.name for entry in twins.entries] == ["a", "b", "c"]


def test_a_slice_counts_its_own_rows_only(table: Table, runs: list[Run]) -> None:
    test, name = runs[0].sets[TEST], slices.SLICES[2]
    member = (test.flags & 4) > 0
    right = (runs[0].logits[TEST][SHIPPED] >= 0) == (test.labels == 1)
    entry = next(each for each in table.entries if each.name == runs[0].name)
    found = entry.slices[name]
    assert found is not None
    assert table.slice_rows[name] == member.sum()
    assert found.value == pytest.approx(right[member].mean())
    assert found.low < found.value < found.high


def test_neighbours_are_tested_on_the_rows_where_they_differ(table: Table) -> None:
    bert, gru, logistic = table.entries
    pairs = [(pair.better, pair.next) for pair in table.neighbours]
    assert pairs == [(bert.name, gru.name), (gru.name, logistic.name)]
    test = table.neighbours[0].test
    assert test.only_first == (bert.correct & ~gru.correct).sum()
    assert test.only_second == (gru.correct & ~bert.correct).sum()
    assert test.statistic is not None or test.p == exact_p(test.only_first, test.only_second)
    assert all(pair.p >= pair.test.p for pair in table.neighbours)


def test_quantisation_is_measured_against_the_float_parent(table: Table, runs: list[Run]) -> None:
    both = runs[0].logits[TEST]
    entry = next(each for each in table.entries if each.name == runs[0].name)
    changed = ((both[FLOAT] >= 0) != (both[SHIPPED] >= 0)).mean()
    assert entry.quantisation.labels_changed == pytest.approx(changed)
    lost = entry.forms[FLOAT].accuracy.value - entry.shipped.accuracy.value
    assert entry.quantisation.accuracy_loss == pytest.approx(lost, abs=2e-5)


def test_a_run_need_not_be_measured_on_every_set(table: Table) -> None:
    assert list(table.human) == ["by_people"]
    assert {entry.name: list(entry.human) for entry in table.entries} == {
        "bert": ["by_people"],
        "logistic": ["by_people"],
        "lstm-gru": [],
    }
    assert table.entries[0].human["by_people"].rows == 60


def test_another_threshold_moves_the_answers() -> None:
    test = make_set(rows=80)
    decision = {"temperature": 2.0, "threshold": 0.6, "uncertain": (0.5, 0.7)}
    run = make_run("moved", test, decision=decision)
    logits = run.logits[TEST][SHIPPED].astype(np.float64)
    (entry,) = make_table([run]).entries
    expected = accuracy_score(test.labels, expit(logits / 2.0) >= 0.6)
    assert entry.shipped.accuracy.value == pytest.approx(expected, abs=1e-5)
    assert entry.correct.mean() == expected


@pytest.mark.parametrize("missing", ["version", "seconds", "bytes", "decision", "provenance"])
def test_a_missing_fact_is_named_with_its_run(missing: str) -> None:
    test = make_set(rows=20)
    facts = make_facts("lstm", test)
    del facts[missing]
    run = make_run("lstm", test)
    with pytest.raises(RunRecordError, match=rf"lstm is incomplete.*{missing}"):
        make_table([Run(run.name, facts, run.logits, run.sets)])


def test_the_day_of_a_run_is_that_of_its_version(table: Table) -> None:
    assert table.best.facts.day == "2026-01-02"
    assert table.best.facts.machine == "not recorded"
