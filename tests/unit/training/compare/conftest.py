"""Three runs on the same rows, recorded, read and measured once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from training.compare.records import read_records
from training.compare.table import Table, make_table

from tests.support.run_records import make_run, make_set
from training.run_records import save_record


@pytest.fixture(scope="package", autouse=True)
def _few_resamples() -> Iterator[None]:
    """Bootstrap less than it takes for a figure, and enough for a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.evaluate._RESAMPLES", 60)
        yield


@pytest.fixture(scope="package")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("runs")
    test, human = make_set(), make_set("by_people", 60, seed=5)
    for run in (
        make_run("logistic", test, human, noise=1.2, seed=1),
        make_run("lstm-gru", test, noise=0.9, seed=2),
        make_run("bert", test, human, noise=0.6, seed=3),
    ):
        save_record(run, folder)
    return read_records(folder)


@pytest.fixture(scope="package")
def table(runs: list[Run]) -> Table:
    return make_table(runs)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test keeps records of its own."""
    return tmp_path / "runs"
