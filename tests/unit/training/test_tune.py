"""Searches on made-up tweets by one process, interrupted and resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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
from tests.support.pythons import ROOT
from tests.support.tweets import made_up, write_csv
from training.distillation import read_teachers, teacher_targets
from training.mlflow_runs import TRACKING_VARIABLE, choose_store
from training.models import logistic
from training.models.base import Between, ExportedModel, ModelFamily, OneOf, TrainingTask, parameter
from training.models.tuned_parameters import (
    TunedParameters,
    load_parameters,
    parameters_file,
    save_parameters,
)
from training.split import LabelledTweet, split_corpus
from training.tune import OBJECTIVE, TuningConfig, TuningError, name_study, search, tune

if TYPE_CHECKING:
    from mlflow.entities import Run

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

ROWS = made_up(800)
SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in ROWS)
LABELS = dict(zip(SPLIT.validation.texts, SPLIT.validation.labels.tolist(), strict=True))
SHIPPED = ROOT / "model_artifacts"


@dataclass(frozen=True)
class StubParameters:
    quality: float = parameter(0.5, "how good the model is", search=Between(0, 1))
    flaw: str = parameter("none", "what goes wrong: none, value or infinite")


@dataclass(frozen=True)
class StubModel:
    """Knows the validation labels, and gives them by as much as its quality allows."""

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


STUB = ModelFamily("stub", "made up", StubParameters, fit_stub, lambda _: StubModel(1))
"""A family that takes no time and whose best parameters are known."""


@pytest.fixture
def config(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TuningConfig:
    """A search of three trials, without MLflow, which takes longer than they do."""
    monkeypatch.setenv(TRACKING_VARIABLE, "nowhere://")
    data = write_csv(tmp_path / "tweets.csv", ROWS)
    return TuningConfig(STUB, [data], trials=3, output=tmp_path / "parameters")


@pytest.fixture
def mlflow(config: TuningConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow on a store of its own."""
    monkeypatch.delenv(TRACKING_VARIABLE)


def trials_of(home: Path, study: str, name: str = "") -> list[optuna.trial.FrozenTrial]:
    journal = home / "optuna" / (name or study) / "journal.log"
    storage = JournalStorage(JournalFileBackend(str(journal)))
    return optuna.load_study(storage=storage, study_name=study).trials


def logged(name: str = "tweet-sentiment") -> tuple[Run, dict[str, Run]]:
    """Return the first search and its trials by name from MLflow."""
    client = choose_store().client
    experiment = client.get_experiment_by_name(name)
    assert experiment is not None
    runs = list(client.search_runs([experiment.experiment_id]))
    (*_, parent) = (run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    return parent, {run.info.run_name: run for run in runs if "mlflow.parentRunId" in run.data.tags}


def stop_in_trial(number: int) -> Callable[[TrainingTask, StubParameters], StubModel]:
    """Return a fit in whose n-th call the user presses Ctrl-C."""
    calls = []

    def fit(task: TrainingTask, parameters: StubParameters) -> StubModel:
        calls.append(parameters)
        if len(calls) == number:
            raise KeyboardInterrupt
        return fit_stub(task, parameters)

    return fit


def test_a_search_writes_the_best_parameters_where_train_reads_them(
    config: TuningConfig, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = tune(replace(config, family=logistic.FAMILY))
    trials = trials_of(home, outcome.study)
    assert (outcome.finished, outcome.interrupted, len(trials)) == (3, False, 3)
    assert outcome.best is not None
    best = max(trial.value or 0 for trial in trials)
    assert outcome.best.found["value"] == pytest.approx(best, abs=1e-5)
    assert outcome.best.found["validation_rows"] == len(SPLIT.validation)
    found = load_parameters(logistic.FAMILY, folder=config.output)
    assert found == outcome.best.parameters
    lines = outcome.describe()
    assert f"The study {outcome.study} has 3 finished trials." in lines
    assert f"Wrote {config.output / 'logistic.json'}" in lines
    assert "3/3" in capsys.readouterr().err


@pytest.mark.usefixtures("mlflow")
def test_each_trial_is_a_run_with_its_parameters_and_value(
    config: TuningConfig, home: Path
) -> None:
    outcome = search(config, SPLIT)
    parent, children = logged()
    assert parent.info.status == "FINISHED"
    assert parent.data.params["training_rows"] == str(len(SPLIT.training))
    assert parent.data.metrics.keys() == {f"best_{OBJECTIVE}"}
    assert set(children) == {"trial-000", "trial-001", "trial-002"}
    for trial in trials_of(home, outcome.study):
        child = children[f"trial-{trial.number:03}"]
        assert child.data.metrics[OBJECTIVE] == trial.value
        assert child.data.params["quality"] == str(trial.params["quality"])
        assert child.data.tags["study"] == outcome.study


def test_the_first_trial_is_the_best_that_is_known(config: TuningConfig, home: Path) -> None:
    first = search(replace(config, trials=1, study="defaults"), SPLIT)
    assert trials_of(home, first.study, "defaults")[0].params == {"quality": 0.5}
    save_parameters(TunedParameters("stub", {"quality": 0.75}), config.output)
    second = search(replace(config, trials=1, study="known"), SPLIT)
    assert trials_of(home, second.study, "known")[0].params == {"quality": 0.75}


@pytest.mark.usefixtures("mlflow")
def test_an_interrupted_search_keeps_what_was_found_and_resumes(
    config: TuningConfig, home: Path
) -> None:
    stopped = search(replace(config, family=replace(STUB, fit=stop_in_trial(2))), SPLIT)
    assert (stopped.finished, stopped.interrupted) == (1, True)
    assert stopped.best is not None
    assert load_parameters(STUB, folder=config.output) == stopped.best.parameters
    assert stopped.describe()[-1].endswith("the same command resumes the study.")
    parent, children = logged()
    assert {run.info.status for run in (parent, children["trial-001"])} == {"KILLED"}
    outcome = search(config, SPLIT)
    assert (outcome.study, outcome.finished) == (stopped.study, 3)
    states = [trial.state.name for trial in trials_of(home, outcome.study)]
    assert states == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    drawn = [trial.params["quality"] for trial in trials_of(home, outcome.study)]
    assert len(set(drawn)) == 4


def test_a_search_that_was_killed_runs_the_trials_that_it_lacks(
    config: TuningConfig, home: Path
) -> None:
    study = search(replace(config, trials=2), SPLIT).study
    journal = home / "optuna" / study / "journal.log"
    storage = JournalStorage(JournalFileBackend(str(journal)))
    optuna.load_study(storage=storage, study_name=study).ask()  # and nothing more is heard of it
    assert search(config, SPLIT).finished == 3
    assert len(trials_of(home, study)) == 4
    assert search(replace(config, trials=2), SPLIT).finished == 3


@pytest.mark.usefixtures("mlflow")
def test_trials_that_fall_behind_are_pruned(config: TuningConfig, home: Path) -> None:
    outcome = search(replace(config, trials=14), SPLIT)
    trials = trials_of(home, outcome.study)
    pruned = [trial for trial in trials if trial.state is TrialState.PRUNED]
    best = max(trials, key=lambda trial: trial.params["quality"])
    assert pruned
    assert best.state is TrialState.COMPLETE
    assert outcome.finished == 14
    assert outcome.best is not None
    assert outcome.best.found["value"] == pytest.approx(best.value, abs=1e-5)
    _, children = logged()
    assert children[f"trial-{pruned[0].number:03}"].data.tags["pruned"] == "true"


def test_only_training_and_validation_rows_are_looked_at(config: TuningConfig) -> None:
    seen: set[str] = set()

    def fit_spy(task: TrainingTask, parameters: StubParameters) -> StubModel:
        seen.update(task.training.texts, task.validation.texts)
        return fit_stub(task, parameters)

    search(replace(config, family=replace(STUB, fit=fit_spy), subset=100), SPLIT)
    assert seen == {*SPLIT.training.texts[:100], *SPLIT.validation.texts}


def test_a_study_is_not_continued_on_other_rows(config: TuningConfig) -> None:
    mine = replace(config, study="mine", trials=1)
    search(mine, SPLIT)
    for other in (replace(mine, subset=100), replace(mine, held={"quality": 0.1})):
        assert search(other, SPLIT).finished == 1
    assert search(replace(mine, trials=2), SPLIT).finished == 2


def test_a_study_is_found_again_by_the_name_that_the_project_keeps() -> None:
    kept = json.loads(parameters_file("logistic").read_text())["found"]
    rows = ("training_rows", "training_digest", "validation_rows", "validation_digest")
    subject = {"family": "logistic", **{name: kept[name] for name in ("objective", *rows, "held")}}
    assert name_study({**subject, "teacher": None}) == kept["study"]
    assert name_study({**subject, "teacher": "20260101T000000Z-bert"}) != kept["study"]


def test_a_teacher_is_learned_from_in_every_trial_and_named(
    config: TuningConfig, home: Path
) -> None:
    seen: list[TrainingTask] = []
    family = replace(STUB, fit=lambda task, _: seen.append(task) or StubModel(0.5))
    outcome = search(replace(config, family=family, subset=300, teachers=[SHIPPED]), SPLIT)
    assert outcome.best
    assert outcome.best.found["teacher"] == read_bundle(SHIPPED).manifest.version
    assert outcome.file == config.output / "stub-distilled.json"
    training, teachers = SPLIT.training.head(300), read_teachers([SHIPPED])
    targets = teacher_targets(teachers, training, home)
    assert len(seen) == 3
    for task in seen:
        np.testing.assert_array_equal(task.targets, targets)


def test_what_is_held_is_the_same_in_every_trial_and_not_drawn(
    config: TuningConfig, home: Path
) -> None:
    held = {"longest_characters": 0, "forms": "stem", "max_features": 900}
    outcome = search(replace(config, family=logistic.FAMILY, held=held), SPLIT)
    assert outcome.best is not None
    assert held.items() <= outcome.best.parameters.items()
    assert outcome.best.found["held"] == held
    trials = trials_of(home, outcome.study)
    assert [trial.params["forms"] for trial in trials] == ["stem"] * 3
    assert len({trial.params["ratio_floor"] for trial in trials}) == 3


@pytest.mark.usefixtures("mlflow")
def test_a_trial_that_fails_is_a_warning_and_the_search_goes_on(
    config: TuningConfig, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclass(frozen=True)
    class FlawedParameters(StubParameters):
        flaw: str = parameter("none", "what", search=OneOf(["none", "value", "infinite"]))

    family = replace(STUB, parameters=FlawedParameters)
    outcome = search(replace(config, family=family, trials=9), SPLIT)
    assert outcome.best is not None
    assert outcome.best.parameters["flaw"] == "none"
    assert any("these parameters do not go together" in message for message in caplog.messages)
    _, children = logged()
    assert "FAILED" in {child.info.status for child in children.values()}


def test_a_search_in_which_nothing_succeeds_is_an_error(config: TuningConfig) -> None:
    with pytest.raises(TuningError, match="No trial was completed"):
        search(replace(config, held={"flaw": "value"}), SPLIT)
    assert not config.output.exists()


def test_time_that_is_up_begins_no_more_trial(config: TuningConfig) -> None:
    outcome = search(replace(config, trials=1000, timeout=0.2), SPLIT)
    assert 1 <= outcome.finished < 1000


def test_a_damaged_study_is_an_error_that_says_what_to_do(config: TuningConfig, home: Path) -> None:
    journal = home / "optuna" / "damaged" / "journal.log"
    journal.parent.mkdir(parents=True)
    journal.write_text("no journal\n{}\n")
    with pytest.raises(TuningError, match=r"cannot be used.*--study"):
        search(replace(config, study="damaged"), SPLIT)


def test_a_storage_that_is_down_is_an_error_without_secrets(config: TuningConfig) -> None:
    url = f"postgresql://ann:{'pass' + 'phrase'}@127.0.0.1:1/studies"
    with pytest.raises(TuningError, match=r"postgresql://127.0.0.1:1/studies") as raised:
        search(replace(config, storage=url), SPLIT)
    assert "passphrase" not in str(raised.value)
    assert "--storage" in str(raised.value)
