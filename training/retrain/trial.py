"""Whether a challenger may take the champion's place: paired tests on rows kept from training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import slices
from training.run_records import EvaluationSet
from training.significance import SIGNIFICANT, McNemar, compare_pair, holm

LEAST_TEST_ROWS = 1000
LEAST_SLICE_ROWS = 100

ON_TEST, ON_REPLAY = "test rows", "replayed feedback"


@dataclass(frozen=True)
class Contest:
    """Champion and challenger on one set.

    Attributes:
        rows: The set, with its texts.
        champion: Which rows the champion has right, [rows].
        challenger: The same for the challenger.
    """

    rows: EvaluationSet
    champion: NDArray[np.bool_]
    challenger: NDArray[np.bool_]

    @property
    def test(self) -> McNemar:
        """McNemar's test; its difference is the challenger's accuracy less the champion's."""
        return compare_pair(self.challenger, self.champion)

    def slice(self, name: str) -> Contest:
        """Return the contest on one kind of tweet."""
        chosen = slices.members(self.rows.flags, name)
        rows = EvaluationSet(
            name, self.rows.keys[chosen], self.rows.labels[chosen], self.rows.flags[chosen]
        )
        return Contest(rows, self.champion[chosen], self.challenger[chosen])


@dataclass(frozen=True)
class SliceResult:
    """A contest on one kind of tweet; ``p`` is adjusted for the number of kinds (Holm 1979)."""

    name: str
    rows: int
    difference: float
    p: float

    @property
    def is_regression(self) -> bool:
        """Whether the challenger is worse here by more than chance."""
        return self.difference < 0 and self.p < SIGNIFICANT


@dataclass(frozen=True)
class Judgement:
    """Whether the challenger wins, and every reason why or why not."""

    wins: bool
    reasons: tuple[str, ...]
    slices: tuple[SliceResult, ...]


def judge(
    test: Contest,
    replay: Contest,
    least_test: int = LEAST_TEST_ROWS,
) -> Judgement:
    """Decide by tests that were fixed beforehand.

    The challenger wins if it is better by more than chance on the test rows, of which there must
    be ``least_test``, and worse by more than chance neither on the replayed feedback nor on any
    kind of tweet. The replay can only object: users send what the champion got wrong, so that any
    other model, an equal one too, looks better there (regression to the mean).
    """
    results = _slices(test)
    against = _objections(test, replay, results, least_test)
    gain = f"it is better on the {ON_TEST}: {_told(test.test)}"
    return Judgement(not against, tuple(against or [gain]), results)


def _objections(
    test: Contest, replay: Contest, results: tuple[SliceResult, ...], least_test: int
) -> list[str]:
    found = []
    if len(test.rows.labels) < least_test:
        found.append(f"there are {len(test.rows.labels)} test rows; {least_test} are needed")
    for name, contest in ((ON_TEST, test), (ON_REPLAY, replay)):
        if len(contest.rows.labels) and _is_worse(contest.test):
            found.append(f"it is worse on the {name}: {_told(contest.test)}")
    if not _is_better(test.test) and not _is_worse(test.test):
        found.append(f"it is not better by more than chance on the {ON_TEST}: {_told(test.test)}")
    found += [
        f"it is worse on tweets of the kind {each.name}: {100 * each.difference:+.2f} points,"
        f" p {each.p:.4f} on {each.rows:,} rows"
        for each in results
        if each.is_regression
    ]
    return found


def _slices(test: Contest) -> tuple[SliceResult, ...]:
    parts = [test.slice(name) for name in slices.SLICES]
    parts = [part for part in parts if len(part.rows.labels) >= LEAST_SLICE_ROWS]
    tests = [part.test for part in parts]
    adjusted = holm([each.p for each in tests])
    return tuple(
        SliceResult(part.rows.name, len(part.rows.labels), each.difference.value, p)
        for part, each, p in zip(parts, tests, adjusted, strict=True)
    )


def _is_better(test: McNemar) -> bool:
    return test.p < SIGNIFICANT and test.only_first > test.only_second


def _is_worse(test: McNemar) -> bool:
    return test.p < SIGNIFICANT and test.only_first < test.only_second


def _told(test: McNemar) -> str:
    low, high = 100 * test.difference.low, 100 * test.difference.high
    return (
        f"{100 * test.difference.value:+.2f} points ({low:+.2f} to {high:+.2f}), it alone is right"
        f" {test.only_first} times and the champion alone {test.only_second} times, p {test.p:.4f}"
    )
