"""Two processes, as on two machines, share a search on a real PostgreSQL server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from tests.support import postgresql
from tests.support.pythons import ROOT
from tests.support.tweets import made_up, write_csv
from training.mlflow_runs import TRACKING_VARIABLE, choose_store

PROGRAMS = postgresql.find_programs()
TRIALS = 16

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(PROGRAMS is None, reason="needs PostgreSQL's server"),
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
]


@pytest.fixture
def storage() -> Iterator[str]:
    assert PROGRAMS
    with postgresql.serve(PROGRAMS) as url:
        yield url


def start(home: Path, data: Path, storage: str) -> subprocess.Popen[str]:
    """Start a search as on a machine of its own: only the storage is shared."""
    call = ["tune", "logistic", "--data", str(data), "--trials", str(TRIALS), "--storage", storage]
    return subprocess.Popen(
        [sys.executable, "-m", "training", *call, "--output", str(home / "parameters")],
        cwd=ROOT,
        env={**os.environ, "SENTIMENT_HOME": str(home), TRACKING_VARIABLE: ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def logged_trials(home: Path, patch: pytest.MonkeyPatch) -> set[int]:
    """Return the numbers of the trials that the process with this home ran."""
    patch.setenv("SENTIMENT_HOME", str(home))
    store = choose_store()
    runs = store.client.search_runs([store.experiment_id], "attributes.run_name LIKE 'trial-%'")
    numbers = [int(run.info.run_name.removeprefix("trial-")) for run in runs]
    assert len(numbers) == len(set(numbers))
    return set(numbers)


def test_two_processes_share_a_search_and_each_trial_is_run_once(
    storage: str, empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_csv(tmp_path / "tweets.csv", made_up(800))
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        shutil.copytree(empty_store, home / "mlflow")
    processes = [start(home, data, storage) for home in homes]
    ended = [process.communicate(timeout=280) for process in processes]
    for process, (out, err) in zip(processes, ended, strict=True):
        assert process.returncode == 0, err
        assert "Best roc_auc" in out
    rdb = RDBStorage(storage)
    (name,) = optuna.get_all_study_names(rdb)
    study = optuna.load_study(study_name=name, storage=rdb)
    assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert TRIALS <= len(study.trials) <= TRIALS + 1  # the one that the other process was at
    first, second = (logged_trials(home, monkeypatch) for home in homes)
    sys.stdout.write(f"{len(first)} and {len(second)} of {len(study.trials)} trials\n")
    assert first
    assert second
    assert first.isdisjoint(second)
    assert first | second == {trial.number for trial in study.trials}
    drawn = {json.dumps(trial.params, sort_keys=True) for trial in study.trials}
    assert len(drawn) == len(study.trials)
    best = [json.loads((home / "parameters" / "logistic.json").read_text()) for home in homes]
    assert max(each["found"]["value"] for each in best) == pytest.approx(study.best_value, abs=1e-5)
    rdb.engine.dispose()
