"""Searches on made-up tweets, by one process, by two, interrupted and resumed."""

from __future__ import annotations

import argparse
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import pytest
from numpy.typing import NDArray
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from sentiment.model.bundle import read_bundle
from tests.support import mlflow_server
from tests.support.pythons import ROOT
from tests.support.tweets import made_up, write_csv
from tests.unit.training.conftest import furnish
from training import tune as command
from training.distillation import ask_teachers
from training.models import logistic
from training.models.base import ExportedModel, ModelFamily, Suggest, TrainingTask, parameter
from training.parameters import FOLDER, load, path_of
from training.split import LabelledTweet, split_corpus
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
from training.tracking.place import TRACKING_VARIABLE, Store, local_store
from training.tune import OBJECTIVE, Search, TuningError, measure, tune

if TYPE_CHECKING:
    from mlflow.entities import Run

ROWS = made_up(800)
SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in ROWS)
LABELS = dict(zip(SPLIT.validation.texts, SPLIT.validation.labels.tolist(), strict=True))
CLI = """
import argparse, signal
from training import tune
# A shell lets jobs in the background ignore Ctrl-C, and they pass that on.
signal.signal(signal.SIGINT, signal.default_int_handler)
parser = argparse.ArgumentParser()
tune.add_command(parser.add_subparsers())
options = parser.parse_args()
options.run(options)
"""


@dataclass(frozen=True)
class StubParameters:
    quality: float = parameter(0.5, "how good the model is, from 0 to 1")
    flaw: str = parameter("none", "what goes wrong: none, value or infinite")


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

    def export(self) -> ExportedModel:
        raise NotImplementedError


def fit_stub(task: TrainingTask, parameters: StubParameters) -> StubModel:
    if parameters.flaw == "value":
        raise ValueError("these parameters do not go together")
    for epoch in (1, 2, 3):
        task.report(epoch, {"accuracy": parameters.quality, "loss": 1 / epoch})
    return StubModel(parameters.quality if parameters.flaw == "none" else np.nan)


def suggest_quality(trial: Suggest) -> dict[str, Any]:
    return {"quality": trial.suggest_float("quality", 0, 1)}


STUB = ModelFamily(
    "stub", "made up", StubParameters, suggest_quality, fit_stub, lambda _: StubModel(1)
)
"""A family that takes no time and whose best parameters are known."""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def search(home: Path, tmp_path: Path) -> Search:
    data = write_csv(tmp_path / "tweets.csv", ROWS)
    return Search(logistic.FAMILY, [data], home, tmp_path / "parameters", trials=3)


@pytest.fixture
def stub(search: Search, monkeypatch: pytest.MonkeyPatch) -> Search:
    """A search that takes no time, not even for figures."""
    monkeypatch.setattr("training.study.draw", lambda *_: {})
    return replace(search, family=STUB)


def study_of(search: Search) -> optuna.Study:
    task = TrainingTask(SPLIT.training.head(search.subset), SPLIT.validation)
    subject = Subject.of(search.family, OBJECTIVE, task, search.held)
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
    call = ["tune", "logistic", "--data", data, "--output", output, *arguments]
    return subprocess.Popen(
        [sys.executable, "-c", CLI, *call],
        cwd=ROOT,
        env={**os.environ, "SENTIMENT_HOME": str(search.home), TRACKING_VARIABLE: ""},
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
    assert outcome.best.found["value"] == pytest.approx(study.best_value, abs=1e-5)
    assert outcome.best.found["validation_rows"] == len(SPLIT.validation)
    assert load(logistic.FAMILY, folder=search.output) == outcome.best.parameters
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
    stub: Search,
) -> None:
    def drawn(name: str, seed: int, *parts: int) -> list[Any]:
        for trials in parts:
            study = study_of(replace(stub, study=name, seed=seed))
            study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=trials)
        return [trial.params for trial in study.trials]

    whole = drawn("whole", 0, 14)
    assert drawn("parts", 0, 1, 4, 9) == whole
    assert drawn("other", 1, 1) != whole[:1]
    assert len({str(params) for params in whole}) == 14


def test_a_resumed_study_runs_only_the_trials_that_it_lacks(
    stub: Search, said: list[str], home: Path
) -> None:
    tune(stub, SPLIT, said.append)
    tune(replace(stub, trials=5), SPLIT, said.append)
    outcome = tune(replace(stub, trials=4), SPLIT, said.append)
    assert outcome.finished == len(study_of(stub).trials) == 5
    assert outcome.best is not None
    assert any("has 5 finished trials" in message for message in said)
    parent, children = tracked(home)
    assert len(children) == 5
    assert parent.info.status == "FINISHED"


def test_trials_that_fall_behind_are_pruned(stub: Search, said: list[str], home: Path) -> None:
    search = replace(stub, trials=14)
    outcome = tune(search, SPLIT, said.append)
    trials = study_of(search).trials
    pruned = [trial for trial in trials if trial.state is TrialState.PRUNED]
    best = max(trials, key=lambda trial: trial.params["quality"])
    assert pruned
    assert best.state is TrialState.COMPLETE
    assert outcome.best is not None
    assert outcome.best.found["value"] == pytest.approx(best.value, abs=1e-5)
    _, children = tracked(home)
    child = children[f"trial-{pruned[0].number:03}"]
    assert (child.info.status, child.data.tags["pruned"]) == ("KILLED", "true")


def test_only_training_and_validation_rows_are_looked_at(stub: Search, said: list[str]) -> None:
    seen: set[str] = set()

    def fit_spy(task: TrainingTask, parameters: Any) -> Any:
        seen.update(task.training.texts, task.validation.texts)
        model = fit_stub(task, parameters)

        class Spy(StubModel):
            def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
                seen.update(texts)
                return super().logits(texts)

        return Spy(model.quality)

    spying = replace(STUB, fit=fit_spy)
    tune(replace(stub, family=spying, subset=100), SPLIT, said.append)
    assert seen == {*SPLIT.training.texts[:100], *SPLIT.validation.texts}
    assert seen.isdisjoint(SPLIT.test.texts)


def test_a_study_is_not_continued_on_other_rows(stub: Search, said: list[str]) -> None:
    search = replace(stub, study="mine", trials=1)
    tune(search, SPLIT, said.append)
    with pytest.raises(StudyError, match="--study"):
        tune(replace(search, subset=100), SPLIT, said.append)
    with pytest.raises(StudyError, match="another family, other rows, another teacher"):
        tune(replace(search, family=logistic.FAMILY), SPLIT, said.append)
    assert tune(replace(search, trials=2), SPLIT, said.append).finished == 2


def test_another_subset_is_another_study_by_default(stub: Search, said: list[str]) -> None:
    search = replace(stub, trials=1)
    for subset in (None, 100, 100):
        tune(replace(search, subset=subset), SPLIT, said.append)
    assert len(list((search.home / "optuna").iterdir())) == 2


def test_a_study_is_found_again_by_the_name_that_the_project_keeps() -> None:
    kept = json.loads(path_of("logistic").read_text())["found"]
    subject = Subject(
        "logistic",
        kept["objective"],
        kept["training_rows"],
        kept["training_digest"],
        kept["validation_rows"],
        kept["validation_digest"],
        kept["held"],
    )
    assert subject.name == kept["study"]
    assert replace(subject, teacher="20260101T000000Z-bert").name != kept["study"]


def test_a_teacher_is_learned_from_in_every_trial_and_named(
    search: Search, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TrainingTask] = []
    family = replace(search.family, fit=lambda task, _: seen.append(task) or StubModel(0.5))
    shipped = ROOT / "model_artifacts"
    taught = replace(search, family=family, trials=2, subset=300, teachers=[shipped])
    outcome = tune(taught, SPLIT, said.append)
    assert outcome.best
    assert outcome.best.found["teacher"] == read_bundle(shipped).manifest.version
    lesson = ask_teachers([shipped], SPLIT.training.head(300), said.append)
    assert lesson
    for task in seen:
        np.testing.assert_array_equal(task.targets, lesson.targets)
    study = f"{outcome.best.found['study']}"
    with pytest.raises(StudyError, match="Name another study with --study"):
        tune(replace(taught, teachers=[], study=study), SPLIT, said.append)


def test_what_is_held_is_the_same_in_every_trial_and_not_drawn(
    search: Search, said: list[str]
) -> None:
    held = {"longest_characters": 0, "forms": "stem", "max_features": 900}
    outcome = tune(replace(search, trials=3, held=held), SPLIT, said.append)
    assert outcome.best is not None
    assert held.items() <= outcome.best.parameters.items()
    assert outcome.best.found["held"] == held
    trials = study_of(replace(search, held=held)).trials
    assert [trial.params["forms"] for trial in trials] == ["stem"] * 3
    assert len({trial.params["ratio_floor"] for trial in trials}) == 3
    assert len(study_of(search).trials) == 0


@dataclass(frozen=True)
class PlacedParameters(StubParameters):
    words: str = parameter("", "a file of words", bool)


def test_no_record_tells_where_a_file_lies_but_the_parameters_that_train_reads(
    stub: Search, said: list[str], home: Path, tmp_path: Path
) -> None:
    words = tmp_path / "folder-of-ann" / "words.txt"
    words.parent.mkdir()
    words.write_text("day\n")
    family = replace(STUB, parameters=PlacedParameters)
    outcome = tune(replace(stub, family=family, held={"words": str(words)}), SPLIT, said.append)
    assert outcome.best is not None
    assert load(family, folder=stub.output)["words"] == str(words)
    parent, children = tracked(home)
    for run in (parent, *children.values()):
        assert "words.txt (sha256 " in str(run.data.params)
        assert "folder-of-ann" not in str(run.to_dictionary())
    (shown,) = (home / "mlflow" / "artifacts").rglob("stub.json")
    assert "words.txt (sha256 " in shown.read_text()
    assert "folder-of-ann" not in shown.read_text()
    assert json.loads(shown.read_text())["found"].keys() == outcome.best.found.keys()


def test_a_line_that_a_full_disk_tore_is_dropped(stub: Search, said: list[str]) -> None:
    search = replace(stub, study="torn", trials=2)
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
    stub: Search, said: list[str], home: Path
) -> None:
    def suggest(trial: Suggest) -> dict[str, Any]:
        return {"flaw": trial.suggest_categorical("flaw", ["none", "value", "infinite"])}

    outcome = tune(replace(stub, family=replace(STUB, suggest=suggest)), SPLIT, said.append)
    assert outcome.finished == 3
    assert outcome.best is not None
    assert outcome.best.parameters == {"flaw": "none"}


def test_a_disk_that_is_full_at_the_figures_costs_no_parameters(
    stub: Search, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Figure:
        def savefig(self, _path: Path, **_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("training.study.draw", lambda *_: {"history": Figure()})
    with pytest.raises(OSError, match="No space left"):
        tune(stub, SPLIT, said.append)
    assert load(STUB, folder=stub.output)["quality"] > 0
    assert any(str(stub.output) in message for message in said)


def test_trial_after_trial_failing_ends_the_search(
    stub: Search, said: list[str], home: Path
) -> None:
    def fail(_: Suggest) -> dict[str, Any]:
        return {"flaw": "value"}

    with pytest.raises(TuningError, match="5 trials in a row failed"):
        tune(replace(stub, family=replace(STUB, suggest=fail)), SPLIT, said.append)
    assert sum("these parameters do not go together" in message for message in said) == 5
    assert "No trial was completed, so no parameters are written." in said
    assert not stub.output.exists()
    parent, children = tracked(home)
    assert parent.info.status == "FAILED"
    assert {child.info.status for child in children.values()} == {"FAILED"}


def test_logits_that_are_not_finite_have_no_measure() -> None:
    with pytest.raises(ValueError, match="not finite"):
        measure(SPLIT.validation, np.full(len(SPLIT.validation), np.nan, np.float32))


def test_time_that_is_up_begins_no_more_trial(stub: Search, said: list[str]) -> None:
    outcome = tune(replace(stub, trials=1000, timeout=0.5), SPLIT, said.append)
    assert 1 <= outcome.finished < 1000
    assert outcome.best is not None


def test_trials_of_processes_that_are_no_more_are_failed(stub: Search) -> None:
    study = study_of(stub)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for process in (gone.pid, os.getpid()):
        trial = study.ask()
        own(trial)
        host, _ = trial.user_attrs["owner"]
        trial.set_user_attr("owner", [host, process])
    states = [trial.state for trial in study_of(stub).trials]
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
    assert load(logistic.FAMILY, folder=search.output)
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


@dataclass(frozen=True)
class Ended:
    """A process after Ctrl-C."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="module")
def stopped(
    tmp_path_factory: pytest.TempPathFactory, empty_store: Store
) -> Iterator[tuple[Search, list[Ended]]]:
    """A study that two processes shared until Ctrl-C ended both."""
    folder = tmp_path_factory.mktemp("shared")
    furnish(folder, empty_store)
    data = write_csv(folder / "tweets.csv", ROWS)
    search = Search(logistic.FAMILY, [data], folder, folder / "parameters", study="shared")
    processes = [start_process(search, "--trials", "9999", "--study", "shared") for _ in "ab"]
    try:
        await_trials_of_both(search, processes)
        for process in processes:
            process.send_signal(signal.SIGINT)
        ended = [process.communicate(timeout=120) for process in processes]
        yield (
            search,
            [Ended(each.returncode, *said) for each, said in zip(processes, ended, strict=True)],
        )
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def await_trials_of_both(search: Search, processes: list[subprocess.Popen[str]]) -> None:
    journal = search.home / "optuna" / "shared" / JOURNAL_FILE
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        done = owners_so_far(journal) if journal.exists() else []
        if all(done.count(process.pid) >= 2 for process in processes):
            return
        time.sleep(0.3)
    for process in processes:
        process.kill()
    pytest.fail(f"two processes did not get along: {[p.communicate() for p in processes]}")


def owners_so_far(journal: Path) -> list[int]:
    """Return the process of each finished trial; unlike ``study_of``, never make the study."""
    storage = JournalStorage(JournalFileBackend(str(journal)))
    names = optuna.get_all_study_names(storage)
    return owners(optuna.load_study(study_name=names[0], storage=storage)) if names else []


def owners(study: optuna.Study) -> list[int]:
    """Return the process of each finished trial."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [trial.user_attrs["owner"][1] for trial in complete]


def test_two_processes_share_a_study(stopped: tuple[Search, list[Ended]]) -> None:
    search, _ = stopped
    trials = study_of(search).trials
    assert [trial.number for trial in trials] == list(range(len(trials)))
    drawn = [str(trial.params) for trial in trials if trial.params]
    assert len(set(drawn)) >= 0.8 * len(drawn)
    _, children = tracked(search.home)
    assert len(children) >= len(owners(study_of(search)))


def test_ctrl_c_keeps_what_was_found_and_says_how_to_resume(
    stopped: tuple[Search, list[Ended]],
) -> None:
    search, ended = stopped
    study = study_of(search)
    for process in ended:
        assert process.status == 130, process.err
        assert "finished trials are kept. The same command resumes the study." in process.err
        assert "Traceback" not in process.err
        assert str(search.output) in process.out
    assert set(count_states(study)) <= {"complete", "fail"}
    assert load(logistic.FAMILY, folder=search.output) == study.best_trial.user_attrs["parameters"]
    parent, children = tracked(search.home)
    assert parent.info.status == "KILLED"
    assert "RUNNING" not in {child.info.status for child in children.values()}


def test_an_interrupted_study_resumes(
    stopped: tuple[Search, list[Ended]], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    search, _ = stopped
    monkeypatch.delenv(TRACKING_VARIABLE, raising=False)
    finished = count_finished(study_of(search))
    outcome = tune(replace(search, trials=finished + 1), SPLIT, said.append)
    assert outcome.finished == finished + 1
    parent, _ = tracked(search.home)
    assert parent.info.status == "FINISHED"
