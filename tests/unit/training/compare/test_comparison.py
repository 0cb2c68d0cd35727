from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support.run_records import make_run, make_set
from training.compare.comparison import Comparison, compare_runs
from training.evaluate import SLICES, evaluate, expected_calibration_error, probabilities
from training.run_records import FLOAT, SHIPPED, TEST, RunRecord, RunRecordError
from training.significance import compare_pair


def test_the_most_accurate_comes_first_and_equal_ones_by_name(comparison: Comparison) -> None:
    assert [entry.name for entry in comparison.entries] == ["bert", "lstm-gru", "logistic"]
    test = make_set(rows=40)
    twins = [make_run(name, test, seed=1) for name in ("second", "first")]
    assert [entry.name for entry in compare_runs(twins).entries] == ["first", "second"]


def test_each_shipped_form_is_measured_on_its_sets(
    comparison: Comparison, records: list[RunRecord]
) -> None:
    bert, record = comparison.entries[0], records[0]
    assert list(bert.scores) == list(bert.bands) == list(comparison.sets) == [TEST, "by_people"]
    for name, members in record.sets.items():
        logits = record.logits[name][SHIPPED].astype(np.float32)
        assert bert.scores[name] == evaluate(members.labels, logits)
    assert list(comparison.entries[1].scores) == [TEST]


def test_the_calibration_error_is_that_of_the_runs_own_temperature(
    comparison: Comparison, records: list[RunRecord]
) -> None:
    record = records[0]
    logits = record.logits[TEST][SHIPPED].astype(np.float32)
    expected = expected_calibration_error(record.sets[TEST].labels, probabilities(logits, 1.7))
    assert comparison.entries[0].calibration_error == pytest.approx(expected)


def test_quantisation_is_measured_against_the_float_parent(
    comparison: Comparison, records: list[RunRecord]
) -> None:
    both, labels = records[1].logits[TEST], records[1].sets[TEST].labels
    entry = comparison.entries[2]
    assert entry.float_accuracy == ((both[FLOAT] >= 0) == labels).mean()
    assert entry.labels_changed == ((both[FLOAT] >= 0) != (both[SHIPPED] >= 0)).mean() > 0


def test_a_slice_counts_its_own_rows_only(comparison: Comparison) -> None:
    test, name, entry = comparison.sets[TEST], SLICES[2], comparison.entries[0]
    member = (test.flags & 4) > 0
    assert comparison.slice_rows[name] == member.sum()
    found = entry.slices[name]
    assert found is not None
    assert found.value == pytest.approx(entry.correct[member].mean())


def test_neighbours_are_tested_on_the_same_rows_and_adjusted(comparison: Comparison) -> None:
    first, second, third = comparison.entries
    tests = [
        compare_pair(first.correct, second.correct),
        compare_pair(second.correct, third.correct),
    ]
    assert [pair.test for pair in comparison.neighbours] == tests
    assert min(pair.p for pair in comparison.neighbours) == min(1, 2 * min(t.p for t in tests))


@pytest.mark.parametrize("name", [TEST, "by_people"])
def test_runs_on_different_rows_are_refused_by_name(name: str) -> None:
    sets = {each: make_set(each) for each in (TEST, "by_people")}
    others = {**sets, name: make_set(name, seed=99)}
    records = [make_run("bert", *sets.values()), make_run("gru", *others.values())]
    with pytest.raises(
        RunRecordError, match=f"bert and gru were measured on different rows of {name}"
    ):
        compare_runs(records)


def without_size(run: RunRecord) -> RunRecord:
    return replace(run, metadata={k: v for k, v in run.metadata.items() if k != "bytes"})


def without_shipped(run: RunRecord) -> RunRecord:
    return replace(run, logits={TEST: {FLOAT: run.logits[TEST][FLOAT]}})


def not_finite(run: RunRecord) -> RunRecord:
    return replace(run, logits={TEST: {**run.logits[TEST], SHIPPED: np.full(20, np.nan)}})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_shipped, "record of bert is incomplete.*shipped"),
        (not_finite, "record of bert is incomplete.*not finite"),
        (without_size, "record of bert is incomplete.*bytes"),
    ],
)
def test_an_incomplete_record_is_refused_by_name(damage: Any, message: str) -> None:
    with pytest.raises(RunRecordError, match=message):
        compare_runs([damage(make_run("bert", make_set(rows=20)))])
