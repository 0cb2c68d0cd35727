"""All recorded runs on the same rows, ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from operations.statistics import Estimate, wilson
from training.evaluate import (
    SLICES,
    Band,
    Evaluation,
    evaluate,
    expected_calibration_error,
    logit_threshold,
    measure_band,
    probabilities,
    slice_members,
)
from training.run_records import (
    FLOAT,
    SHIPPED,
    TEST,
    EvaluationSet,
    RunMetadata,
    RunRecord,
    RunRecordError,
)
from training.significance import McNemar, compare_pair, holm


@dataclass(frozen=True)
class Entry:
    """One run in the comparison.

    Attributes:
        name: Of the run.
        metadata: From its record.
        scores: Of the shipped form, on each set that it was measured on.
        bands: What the "not sure" band does, on each of these sets.
        slices: Accuracy of the shipped form in each slice of the test rows; None without rows.
        float_accuracy: Of the float parent on the test rows.
        labels_changed: The share of test rows that the two forms label differently.
        calibration_error: Of the shipped form on the test rows.
        correct: Which test rows the shipped form has right, [rows].
    """

    name: str
    metadata: RunMetadata
    scores: Mapping[str, Evaluation]
    bands: Mapping[str, Band]
    slices: Mapping[str, Estimate | None]
    float_accuracy: float
    labels_changed: float
    calibration_error: float
    correct: NDArray[np.bool_]

    @property
    def test(self) -> Evaluation:
        """The scores of the shipped form on the test rows."""
        return self.scores[TEST]


@dataclass(frozen=True)
class Neighbours:
    """Two entries that follow each other in the ranking; ``p`` is adjusted after Holm."""

    better: str
    next: str
    test: McNemar
    p: float


@dataclass(frozen=True)
class Comparison:
    """Every run, the best first.

    Attributes:
        entries: Ranked by the accuracy of the shipped form on the test rows; equal ones by name.
        neighbours: Tests of each entry against the next.
        sets: The sets that a run was measured on, the test rows first.
        slice_rows: How many test rows are in each slice.
    """

    entries: Sequence[Entry]
    neighbours: Sequence[Neighbours]
    sets: Mapping[str, EvaluationSet]
    slice_rows: Mapping[str, int]

    def find(self, version: str) -> Entry | None:
        """Return the entry of a version."""
        return next((each for each in self.entries if each.metadata.version == version), None)


def compare_runs(records: Sequence[RunRecord]) -> Comparison:
    """Measure runs on the rows that they share.

    The bootstrap takes some seconds a run; a progress bar is shown in a terminal.

    Args:
        records: At least one.

    Raises:
        RunRecordError: A record is incomplete, or two were measured on different rows; the message
            names them.
    """
    sets = _shared_sets(records)
    watched = tqdm(records, "Measuring", unit=" runs", leave=False, disable=None)
    entries = sorted(map(_enter, watched), key=lambda each: (-each.correct.mean(), each.name))
    flags = sets[TEST].flags
    return Comparison(
        entries=entries,
        neighbours=_test_neighbours(entries),
        sets=sets,
        slice_rows={name: int(slice_members(flags, name).sum()) for name in SLICES},
    )


def _shared_sets(records: Sequence[RunRecord]) -> dict[str, EvaluationSet]:
    found: dict[str, EvaluationSet] = {}
    measured: dict[str, str] = {}
    for record in records:
        for name, members in record.sets.items():
            first = measured.setdefault(name, record.name)
            known = found.setdefault(name, members)
            if known.digest != members.digest:
                raise RunRecordError(
                    f"The runs {first} and {record.name} were measured on different rows of {name}"
                    f" (digests {known.digest[:8]} and {members.digest[:8]}), so that they cannot"
                    " be compared. Train one of them again on the data of the other, or move its"
                    " record to another folder."
                )
    return {name: found[name] for name in _test_first(found)}


def _test_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != TEST, name))


def _enter(record: RunRecord) -> Entry:
    try:
        return _measure(record)
    except (KeyError, ValueError, msgspec.ValidationError) as error:
        raise RunRecordError(
            f"The record of {record.name} is incomplete ({error}). Train it again."
        ) from error


def _measure(record: RunRecord) -> Entry:
    metadata = msgspec.convert(record.metadata, RunMetadata)
    decision, threshold = metadata.decision, logit_threshold(metadata.decision)
    names, test = _test_first(record.sets), record.sets[TEST]
    shipped = {name: np.asarray(record.logits[name][SHIPPED], np.float32) for name in names}
    answers = shipped[TEST] >= threshold
    parent = np.asarray(record.logits[TEST][FLOAT], np.float32) >= threshold
    truth = test.labels == 1
    correct = answers == truth
    probability = probabilities(shipped[TEST], decision.temperature)
    return Entry(
        name=record.name,
        metadata=metadata,
        scores={
            name: evaluate(record.sets[name].labels, shipped[name], threshold) for name in names
        },
        bands={
            name: measure_band(record.sets[name].labels, shipped[name], decision) for name in names
        },
        slices={name: _accuracy(correct, test, name) for name in SLICES},
        float_accuracy=float((parent == truth).mean()),
        labels_changed=float((parent != answers).mean()),
        calibration_error=expected_calibration_error(test.labels, probability),
        correct=correct,
    )


def _accuracy(correct: NDArray[np.bool_], test: EvaluationSet, name: str) -> Estimate | None:
    members = slice_members(test.flags, name)
    return wilson(int(correct[members].sum()), int(members.sum()))


def _test_neighbours(entries: Sequence[Entry]) -> list[Neighbours]:
    pairs = list(pairwise(entries))
    tests = [compare_pair(first.correct, second.correct) for first, second in pairs]
    adjusted = holm([test.p for test in tests])
    return [
        Neighbours(first.name, second.name, test, p)
        for (first, second), test, p in zip(pairs, tests, adjusted, strict=True)
    ]
