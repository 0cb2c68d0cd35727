"""All runs on the same rows, ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from operations.statistics import Estimate, wilson
from training import slices
from training.calibration import expected_calibration_error, probabilities
from training.compare.calibration import Band, Bin, measure_band, reliability
from training.compare.facts import Facts, read_facts
from training.compare.mcnemar import McNemar, compare_pair, holm
from training.compare.records import set_names
from training.gate import Parity, measure_parity
from training.metrics import evaluate
from training.run_records import FLOAT, SHIPPED, TEST, EvaluationSet, Run

CLASSES = ("negative", "positive")


@dataclass(frozen=True)
class ClassScores:
    """How well one class is told."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True)
class Scores:
    """How good one form of a model is on one set."""

    rows: int
    accuracy: Estimate
    roc_auc: Estimate
    classes: Mapping[str, ClassScores]
    calibration_error: float


@dataclass(frozen=True)
class Entry:
    """One run in the table.

    Attributes:
        name: Of the run.
        facts: From its record.
        forms: Scores on the test rows of the float and of the shipped form.
        human: Scores of the shipped form on each human-labelled set that it was measured on.
        slices: Accuracy of the shipped form in each slice of the test rows; None without rows.
        quantisation: The shipped form beside the float one on the test rows.
        reliability: Of the shipped form on the test rows.
        bands: What the "not sure" band does, on each set.
        logits: Of the shipped form on the test rows.
        correct: Which test rows the shipped form has right.
    """

    name: str
    facts: Facts
    forms: Mapping[str, Scores]
    human: Mapping[str, Scores]
    slices: Mapping[str, Estimate | None]
    quantisation: Parity
    reliability: Sequence[Bin]
    bands: Mapping[str, Band]
    logits: NDArray[np.float32]
    correct: NDArray[np.bool_]

    @property
    def shipped(self) -> Scores:
        """The scores of the shipped form on the test rows."""
        return self.forms[SHIPPED]


@dataclass(frozen=True)
class Neighbours:
    """Two entries that follow each other in the ranking; ``p`` is adjusted after Holm."""

    better: str
    next: str
    test: McNemar
    p: float


@dataclass(frozen=True)
class Table:
    """Every run, the best first.

    Attributes:
        test: The test rows.
        human: The human-labelled sets by name.
        slice_rows: How many test rows are in each slice.
        entries: Ranked by the accuracy of the shipped form; equal ones by name.
        neighbours: Tests of each entry against the next.
    """

    test: EvaluationSet
    human: Mapping[str, EvaluationSet]
    slice_rows: Mapping[str, int]
    entries: Sequence[Entry]
    neighbours: Sequence[Neighbours]

    @property
    def best(self) -> Entry:
        """The first entry."""
        return self.entries[0]

    def find(self, version: str) -> Entry | None:
        """Return the entry of a version."""
        return next((each for each in self.entries if each.facts.version == version), None)


def make_table(runs: Sequence[Run]) -> Table:
    """Measure runs that ``read_records`` found comparable.

    The bootstrap takes some seconds a run; a terminal is shown how far it has come.

    Args:
        runs: At least one.

    Raises:
        RunError: A record lacks a fact.
    """
    watched = tqdm(runs, "Measuring", unit=" runs", leave=False, disable=None)
    entries = sorted(map(_enter, watched), key=_rank)
    sets = {name: members for run in runs for name, members in run.sets.items()}
    test, *human = (sets[name] for name in set_names(runs))
    rows = {name: int(slices.members(test.flags, name).sum()) for name in slices.SLICES}
    return Table(
        test=test,
        human={members.name: members for members in human},
        slice_rows=rows,
        entries=entries,
        neighbours=_test_neighbours(entries),
    )


def _rank(entry: Entry) -> tuple[float, str]:
    return -float(entry.correct.mean()), entry.name


def _enter(run: Run) -> Entry:
    facts = read_facts(run.name, run.facts)
    test = run.sets[TEST]
    forms = {form: _logits(run, TEST, form) for form in (FLOAT, SHIPPED)}
    shipped = forms[SHIPPED]
    correct = (shipped >= facts.logit_threshold) == (test.labels == 1)
    return Entry(
        name=run.name,
        facts=facts,
        forms={form: _score(test, logits, facts) for form, logits in forms.items()},
        human={
            name: _score(members, _logits(run, name, SHIPPED), facts)
            for name, members in run.sets.items()
            if name != TEST
        },
        slices={name: _accuracy(correct, test, name) for name in slices.SLICES},
        quantisation=measure_parity(test.labels, forms[FLOAT], shipped),
        reliability=reliability(test.labels, probabilities(shipped, facts.decision.temperature)),
        bands={
            name: measure_band(members.labels, _logits(run, name, SHIPPED), facts.decision)
            for name, members in run.sets.items()
        },
        logits=shipped,
        correct=correct,
    )


def _logits(run: Run, name: str, form: str) -> NDArray[np.float32]:
    return np.asarray(run.logits[name][form], np.float32)


def _score(members: EvaluationSet, logits: NDArray[np.float32], facts: Facts) -> Scores:
    measured = evaluate(members.labels, logits, facts.logit_threshold)
    probability = probabilities(logits, facts.decision.temperature)
    return Scores(
        rows=measured["rows"],
        accuracy=Estimate.of(measured["accuracy"]),
        roc_auc=Estimate.of(measured["roc_auc"]),
        classes={
            name: ClassScores(**{key: Estimate.of(value) for key, value in measured[name].items()})
            for name in CLASSES
        },
        calibration_error=expected_calibration_error(members.labels, probability),
    )


def _accuracy(correct: NDArray[np.bool_], test: EvaluationSet, name: str) -> Estimate | None:
    members = slices.members(test.flags, name)
    return wilson(int(correct[members].sum()), int(members.sum()))


def _test_neighbours(entries: Sequence[Entry]) -> list[Neighbours]:
    pairs = list(pairwise(entries))
    tests = [compare_pair(first.correct, second.correct) for first, second in pairs]
    adjusted = holm([test.p for test in tests])
    return [
        Neighbours(first.name, second.name, test, p)
        for (first, second), test, p in zip(pairs, tests, adjusted, strict=True)
    ]
