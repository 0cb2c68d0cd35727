"""Searches on made-up tweets, by one process, by two, interrupted and resumed."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from mlflow.entities import Run
from numpy.typing import NDArray
from optuna.trial import TrialState

from tests.pythons import ROOT
from tests.training import mlflow_server
from tests.training.tweets import made_up, write_csv
from training import tune as command
from training.corpus import LabelledTweet
from training.families import Export, Family, Suggest, Task, logistic, option
from training.parameters import FOLDER, load
from training.split import split_corpus
from training.study import (
    JOURNAL_FILE,
    StudyError,
    Subject,
    count_finished,
    count_states,
    open_study,
    own,
)
from training.tracking.client import make_client
from training.tracking.place import TRACKING_VARIABLE, local_store
from training.tune import OBJECTIVE, Search, TuningError, measure, tune

ROWS = made_up(800)
SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in ROWS)
LABELS = dict(zip(SPLIT.validation.texts, SPLIT.validation.labels.tolist(), strict=True))
CLI = """
import argparse
from training import tune
parser = argparse.ArgumentParser()
tune.add_command(parser.add_subparsers())
options = parser.parse_args()
options.run(options)
"""


@dataclass(frozen=True)
class StubParameters:
    quality: float = option(0.5, "how good the model is, from 0 to 1")
    flaw: str = option("none", "what goes wrong: none, value or infinite")


@dataclass(frozen=True)
class StubModel:
    """Knows the validation labels, and tells them by as much as its quality allows."""

    quality: float

    family = "stub"

    @property
    def parameters(self) -> dict[str, Any]:
        return {"quality": self.quality}

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        noise = np.random.default_rng(0).normal(size=len(texts))
        truth = np.array([2.0 * LABELS[text] - 1.0 for text in texts])
        return (self.quality * truth + (1 - self.quality) * noise).astype(np.float32)

    def export(self) -> Export:
        raise NotImplementedError


def fit_stub(task: Task, parameters: StubParameters) -> StubModel:
    if parameters.flaw == "value":
        raise ValueError("these parameters do not go together")
    for epoch in (1, 2, 3):
        task.report(epoch, {"accuracy": parameters.quality, "loss": 1 / epoch})
    return StubModel(parameters.quality if parameters.flaw == "none" else np.inf)


def suggest_quality(trial: Suggest) -> dict[str, Any]:
    return {"quality": trial.suggest_float("quality", 0, 1)}


STUB = Family("stub", "made up", StubParameters, suggest_quality, fit_stub)
"""A family that takes no time and whose best parameters are known."""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def search(home: Path, tmp_path: Path) -> Search:
    data = write_csv(tmp_path / "tweets.csv", ROWS)
    return Search(logistic.FAMILY, [data], home, tmp_path / "parameters", trials=3)


def study_of(search: Search) -> optuna.Study:
    task = Task(SPLIT.training.head(search.subset), SPLIT.validation)
    subject = Subject.of(search.family, OBJECTIVE, task)
    folder = search.home / "optuna" / (search.study or subject.name)
    return open_study(folder, subject, search.seed).study


def tracked(home: Path) -> tuple[Run, dict[str, Run]]:
    """Return the parent run and its children by name from the local store."""
    client = make_client(local_store(home).uri)
    experiment = client.get_experiment_by_name("tweet-sentiment")
    assert experiment is not None
    runs = list(client.search_runs([experiment.experiment_id]))
    (parent,) = (run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    children = {run.info.run_name: run for run in runs if run is not parent}
    for child in children.values():
        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    return parent, children


def start_process(search: Search, *arguments: str) -> subprocess.Popen[str]:
    data, output = str(search.data[0]), str(search.output)
    return subprocess.Popen(
        [sys.executable, "-c", CLI, "tune", "logistic", "--data", data, "--output", output]
        + list(arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_search_writes_the_best_parameters_where_train_reads_them(
    search: Search, said: list[str], home: Path
) -> None:
    outcome = tune(search, SPLIT, said.append)
    study = study_of(search)
    assert (outcome.finished, outcome.interrupted) == (3, False)
    assert outcome.best is not None
    values = [trial.value for trial in study.trials]
    assert outcome.best.found["value"] == pytest.approx(max(values), abs=1e-5)
    assert outcome.best.found["validation_rows"] == len(SPLIT.validation)
    assert load(logistic.FAMILY, search.output) == outcome.best.parameters
    assert any(str(search.output) in message for message in said)
    folder = home / "optuna" / study.study_name
    for name in ("history.png", "importances.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_each_trial_is_a_run_within_the_run_of_the_study(
    search: Search, said: list[str], home: Path
) -> None:
    tune(search, SPLIT, said.append)
    parent, children = tracked(home)
    assert parent.info.status == "FINISHED"
    assert parent.data.params["family"] == "logistic"
    assert parent.data.metrics.keys() == {f"best_{OBJECTIVE}"}
    assert set(children) == {"trial-000", "trial-001", "trial-002"}
    for trial in study_of(search).trials:
        child = children[f"trial-{trial.number:03}"]
        assert child.data.metrics[OBJECTIVE] == trial.value
        assert child.data.params["longest_words"] == str(trial.params["longest_words"])
    client = make_client(local_store(home).uri)
    files = {each.path for each in client.list_artifacts(parent.info.run_id, "figures")}
    assert files == {"figures/history.png", "figures/importances.png"}


def test_the_first_trial_is_the_familys_defaults(search: Search, said: list[str]) -> None:
    tune(replace(search, trials=1), SPLIT, said.append)
    (trial,) = study_of(search).trials
    defaults = logistic.LogisticParameters()
    assert trial.params == {name: getattr(defaults, name) for name in trial.params}


def test_the_same_seed_draws_the_same_parameters_however_often_it_is_resumed(
    search: Search, said: list[str]
) -> None:
    search = replace(search, family=STUB)
    tune(replace(search, trials=12, study="whole"), SPLIT, said.append)
    for trials in (1, 5, 12):
        tune(replace(search, trials=trials, study="parts"), SPLIT, said.append)
    drawn = [
        [trial.params for trial in study_of(replace(search, study=name)).trials]
        for name in ("whole", "parts")
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 12
    tune(replace(search, trials=3, study="other", seed=1), SPLIT, said.append)
    other = study_of(replace(search, study="other"))
    assert other.trials[1].params != drawn[0][1]


def test_a_resumed_study_runs_only_the_trials_that_it_lacks(
    search: Search, said: list[str], home: Path
) -> None:
    search = replace(search, family=STUB)
    tune(search, SPLIT, said.append)
    tune(replace(search, trials=5), SPLIT, said.append)
    outcome = tune(replace(search, trials=4), SPLIT, said.append)
    assert outcome.finished == len(study_of(search).trials) == 5
    assert outcome.best is not None
    assert any("has 5 finished trials" in message for message in said)
    parent, children = tracked(home)
    assert len(children) == 5
    assert parent.info.status == "FINISHED"


def test_trials_that_fall_behind_are_pruned(search: Search, said: list[str], home: Path) -> None:
    search = replace(search, family=STUB, trials=14)
    outcome = tune(search, SPLIT, said.append)
    trials = study_of(search).trials
    pruned = [trial for trial in trials if trial.state is TrialState.PRUNED]
    best = max(trial.params["quality"] for trial in trials)
    assert pruned
    assert all(trial.params["quality"] < best for trial in pruned)
    assert outcome.best is not None
    assert outcome.best.parameters == {"quality": best}
    _, children = tracked(home)
    child = children[f"trial-{pruned[0].number:03}"]
    assert (child.info.status, child.data.tags["pruned"]) == ("KILLED", "true")


def test_only_training_and_validation_rows_are_looked_at(search: Search, said: list[str]) -> None:
    seen: set[str] = set()

    def fit_spy(task: Task, parameters: Any) -> Any:
        seen.update(task.training.texts, task.validation.texts)
        model = fit_stub(task, parameters)

        class Spy(StubModel):
            def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
                seen.update(texts)
                return super().logits(texts)

        return Spy(model.quality)

    spying = replace(STUB, fit=fit_spy)
    tune(replace(search, family=spying, subset=100), SPLIT, said.append)
    assert seen == {*SPLIT.training.texts[:100], *SPLIT.validation.texts}
    assert seen.isdisjoint(SPLIT.test.texts)


def test_a_study_is_not_continued_on_other_rows(search: Search, said: list[str]) -> None:
    search = replace(search, family=STUB, study="mine", trials=1)
    tune(search, SPLIT, said.append)
    with pytest.raises(StudyError, match="--study"):
        tune(replace(search, subset=100), SPLIT, said.append)
    with pytest.raises(StudyError, match="another family or other rows"):
        tune(replace(search, family=logistic.FAMILY), SPLIT, said.append)
    assert tune(replace(search, trials=2), SPLIT, said.append).finished == 2


def test_another_subset_is_another_study_by_default(search: Search, said: list[str]) -> None:
    search = replace(search, family=STUB, trials=1)
    for subset in (None, 100, 100):
        tune(replace(search, subset=subset), SPLIT, said.append)
    assert len(list((search.home / "optuna").iterdir())) == 2


def test_a_line_that_a_full_disk_tore_is_dropped(search: Search, said: list[str]) -> None:
    search = replace(search, family=STUB, study="torn", trials=2)
    tune(search, SPLIT, said.append)
    with (search.home / "optuna" / "torn" / JOURNAL_FILE).open("ab") as journal:
        journal.write(b'{"op_code":4,"worke')
    assert tune(replace(search, trials=3), SPLIT, said.append).finished == 3


def test_a_damaged_study_is_an_error_that_says_what_to_do(search: Search, said: list[str]) -> None:
    journal = search.home / "optuna" / "damaged" / JOURNAL_FILE
    journal.parent.mkdir(parents=True)
    journal.write_text("no journal\n{}\n")
    with pytest.raises(StudyError, match="is damaged") as raised:
        tune(replace(search, study="damaged"), SPLIT, said.append)
    assert "--study" in str(raised.value)


def test_a_trial_that_fails_is_said_and_the_search_goes_on(
    search: Search, said: list[str], home: Path
) -> None:
    def suggest(trial: Suggest) -> dict[str, Any]:
        return {"flaw": trial.suggest_categorical("flaw", ["none", "value", "infinite"])}

    outcome = tune(replace(search, family=replace(STUB, suggest=suggest)), SPLIT, said.append)
    assert outcome.finished == 3
    assert outcome.best is not None
    assert outcome.best.parameters == {"flaw": "none"}


def test_trial_after_trial_failing_ends_the_search(
    search: Search, said: list[str], home: Path
) -> None:
    def fail(_: Suggest) -> dict[str, Any]:
        return {"flaw": "value"}

    with pytest.raises(TuningError, match="5 trials in a row failed"):
        tune(replace(search, family=replace(STUB, suggest=fail)), SPLIT, said.append)
    assert sum("these parameters do not go together" in message for message in said) == 5
    assert "No trial was completed, so no parameters are written." in said
    assert not search.output.exists()
    parent, children = tracked(home)
    assert parent.info.status == "FAILED"
    assert {child.info.status for child in children.values()} == {"FAILED"}


def test_logits_that_are_not_finite_have_no_measure() -> None:
    with pytest.raises(ValueError, match="not finite"):
        measure(SPLIT.validation, np.full(len(SPLIT.validation), np.nan, np.float32))


def test_time_that_is_up_begins_no_more_trial(search: Search, said: list[str]) -> None:
    outcome = tune(replace(search, family=STUB, trials=1000, timeout=0.5), SPLIT, said.append)
    assert 1 <= outcome.finished < 1000
    assert outcome.best is not None


def test_trials_of_processes_that_are_no_more_are_failed(search: Search) -> None:
    search = replace(search, family=STUB)
    study = study_of(search)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for process in (gone.pid, os.getpid()):
        trial = study.ask()
        own(trial)
        host, _ = trial.user_attrs["owner"]
        trial.set_user_attr("owner", [host, process])
    states = [trial.state for trial in study_of(search).trials]
    assert states == [TrialState.FAIL, TrialState.RUNNING]


def test_a_tracking_server_that_is_down_fails_no_search(
    search: Search,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(TRACKING_VARIABLE, f"http://127.0.0.1:{mlflow_server.free_port()}")
    run_command(search, "--trials", "2")
    out = capsys.readouterr().out
    assert out.count("cannot be used (Connection refused)") == 1
    assert load(logistic.FAMILY, search.output)
    _, children = tracked(home)
    assert len(children) == 2


def run_command(search: Search, *arguments: str) -> None:
    parser = argparse.ArgumentParser()
    command.add_command(parser.add_subparsers())
    data, output = str(search.data[0]), str(search.output)
    options = parser.parse_args(
        ["tune", "logistic", "--data", data, "--output", output, *arguments]
    )
    options.run(options)


@pytest.mark.parametrize(
    "arguments",
    [
        ["tune"],
        ["tune", "magic", "--data", "x.csv"],
        ["tune", "logistic"],
        ["tune", "logistic", "--data", "x.csv", "--trials", "0"],
        ["tune", "logistic", "--data", "x.csv", "--study", "../up"],
    ],
)
def test_a_wrong_call_is_told_what_is_missing(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    command.add_command(parser.add_subparsers())
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_best_parameters_go_to_the_work_tree_by_default() -> None:
    assert FOLDER == ROOT / "training" / "parameters"


def test_two_processes_share_a_study(search: Search, home: Path) -> None:
    processes = [start_process(search, "--trials", "8", "--study", "shared") for _ in range(2)]
    errors = [process.communicate(timeout=200)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    trials = study_of(replace(search, study="shared")).trials
    finished = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    assert 8 <= len(finished) <= 9
    assert len({str(trial.params) for trial in finished}) >= len(finished) - 1
    assert len({trial.user_attrs["owner"][1] for trial in finished}) == 2
    _, children = tracked(home)
    assert len(children) == len(trials)
    assert load(logistic.FAMILY, search.output)


def test_ctrl_c_keeps_what_was_found_and_says_how_to_resume(search: Search, home: Path) -> None:
    search = replace(search, study="stopped")
    process = start_process(search, "--trials", "1000", "--study", "stopped")
    await_trials(search, process, 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    study = study_of(search)
    finished = count_finished(study)
    assert finished >= 2
    assert f"interrupted; {finished} finished trials are kept. The same command resumes" in err
    assert "Traceback" not in err
    assert set(count_states(study)) <= {"complete", "fail"}
    assert load(logistic.FAMILY, search.output) == study.best_trial.user_attrs["parameters"]
    assert str(search.output) in out
    parent, children = tracked(home)
    assert parent.info.status == "KILLED"
    assert "RUNNING" not in {child.info.status for child in children.values()}
    outcome = tune(replace(search, trials=finished + 1), SPLIT, lambda _: None)
    assert outcome.finished == finished + 1
    assert tracked(home)[0].info.status == "FINISHED"


def await_trials(search: Search, process: subprocess.Popen[str], wanted: int) -> None:
    journal = search.home / "optuna" / str(search.study) / JOURNAL_FILE
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline and process.poll() is None:
        if journal.exists() and journal.read_text().count('"state":1,') >= wanted:
            return
        time.sleep(0.1)
    process.kill()
    pytest.fail(f"no {wanted} trials were finished: {process.communicate()}")
