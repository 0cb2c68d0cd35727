"""Three runs on the same rows, measured once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.run_records import make_run, make_set
from training.compare.comparison import Comparison, compare_runs
from training.run_records import RunRecord


@pytest.fixture(scope="package", autouse=True)
def _few_resamples() -> Iterator[None]:
    """Bootstrap less than it takes for a figure, and enough for a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.evaluate._RESAMPLES", 60)
        yield


@pytest.fixture(scope="package")
def records() -> list[RunRecord]:
    test, human = make_set(), make_set("by_people", 60, seed=5)
    return [
        make_run("bert", test, human, noise=0.6, seed=3),
        make_run("logistic", test, human, noise=1.2, seed=1),
        make_run("lstm-gru", test, noise=0.9, seed=2),
    ]


@pytest.fixture(scope="package")
def comparison(records: list[RunRecord]) -> Comparison:
    return compare_runs(records)
