"""Runs in a real MLflow on SQLite files, and without one."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from sentiment.model.bundle import read_bundle, write_bundle
from tests.support.pythons import ROOT
from tests.support.tweets import made_up, write_csv
from training.evaluate import draw_evaluation
from training.mlflow_runs import (
    TRACKING_VARIABLE,
    MlflowError,
    choose_store,
    download_models,
    local_store,
    redact,
    register,
    start_run,
)
from training.models import logistic
from training.models.base import FittedModel, TrainingTask
from training.split import LabelledTweet, split_corpus

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

ROWS = made_up(300)
SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in ROWS)
PARTS = {"training": SPLIT.training, "validation": SPLIT.validation, "test": SPLIT.test}
LABELS, LOGITS = np.array([0, 1, 0, 1], np.uint8), np.array([-1, 2, 1, 0.5], np.float32)


def logged(run_id: str | None) -> Any:
    return choose_store().client.get_run(str(run_id))


def steps(run_id: str | None, metric: str) -> list[tuple[int, float]]:
    history = choose_store().client.get_metric_history(str(run_id), metric)
    return [(each.step, each.value) for each in history]


def fitted() -> FittedModel:
    parameters = logistic.LogisticParameters(min_documents=1, forms="stem")
    return logistic.fit(TrainingTask(SPLIT.training, SPLIT.validation), parameters)


def test_a_run_has_its_parameters_metrics_by_epoch_figures_and_children(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with start_run("one", {"C": 2.0, "stemming": "none"}, tags={"family": "logistic"}) as run:
        for epoch in (1, 2):
            run.log_metrics({"loss": 1 / epoch, "accuracy": np.float32(0.5)}, epoch)
        run.log_figures(draw_evaluation(LABELS, LOGITS, 1.5))
        run.set_tags(contest="wins")
        with start_run("trial-0", {"C": 1.0}, parent=run) as child:
            child.log_metrics({"roc_auc": 0.5})
        run.log_metrics({"test": {"rows": 30, "accuracy": {"value": 0.8, "low": 0.7}}, "x (1)": 1})
    kept = logged(run.id)
    assert (kept.info.run_name, kept.info.status) == ("one", "FINISHED")
    assert kept.data.params == {"C": "2.0", "stemming": "none"}
    assert {"family": "logistic", "contest": "wins"}.items() <= kept.data.tags.items()
    assert len(kept.data.tags["mlflow.source.git.commit"].removesuffix("-dirty")) == 40
    measured = {"test/rows": 30, "test/accuracy": 0.8, "x _1_": 1}
    assert measured.items() <= kept.data.metrics.items()
    assert steps(run.id, "loss") == [(1, 1.0), (2, 0.5)]
    assert logged(child.id).data.tags["mlflow.parentRunId"] == run.id
    assert logged(child.id).data.metrics == {"roc_auc": 0.5}
    figures = home / "mlflow" / "artifacts" / str(run.id) / "artifacts" / "figures"
    names = {"confusion_matrix.png", "roc.png", "reliability.png"}
    assert {file.name for file in figures.iterdir()} == names
    assert list(elsewhere.iterdir()) == []
    assert caplog.messages == []


def test_the_data_are_known_by_their_digests_and_never_logged(home: Path, tmp_path: Path) -> None:
    import mlflow.data

    data = write_csv(tmp_path / "tweets.csv", ROWS)
    with start_run("data", {}, files=[data], parts=PARTS) as run:
        pass
    kept = logged(run.id)
    inputs = {each.tags[0].value: each.dataset for each in kept.inputs.dataset_inputs}
    assert set(inputs) == set(PARTS)
    assert SPLIT.test.digest().startswith(inputs["test"].digest)
    assert mlflow.data.get_source(inputs["test"]).to_dict() == {"uri": "tweets.csv"}
    assert len(kept.data.tags["data/tweets.csv"]) == 64
    assert str(tmp_path) not in str(kept.data.to_dictionary())
    assert SPLIT.training.texts[0] not in str(kept.to_dictionary())


def test_what_mlflow_refuses_is_one_warning_and_the_rest_is_logged(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with start_run("picky", {}) as run:
        for epoch in (1, 2, 3, 4):
            run.log_metrics({"x" * 300: 0.5}, epoch)
            run.log_metrics({"loss": 1.0}, epoch)
    assert len(steps(run.id, "loss")) == 4
    assert logged(run.id).info.status == "FINISHED"
    assert len(caplog.messages) == 1


def test_the_models_of_a_run_are_had_back(home: Path, tmp_path: Path) -> None:
    model = fitted()
    with start_run("models", {}) as run:
        run.log_model(model)
        run.log_bundle(ROOT / "model_artifacts")
    saved, bundle = download_models(str(run.id), tmp_path)
    loaded = logistic.FAMILY.load(saved)
    texts = SPLIT.validation.texts
    np.testing.assert_array_equal(loaded.logits(texts), model.logits(texts))
    assert read_bundle(bundle).manifest == read_bundle(ROOT / "model_artifacts").manifest
    files = [path for path in (tmp_path / "float_model").rglob("*") if path.is_file()]
    assert not any(path.suffix in {".pkl", ".pickle", ".pyc"} for path in files)
    assert str(ROOT) not in (tmp_path / "float_model" / "MLmodel").read_text()
    with pytest.raises(
        MlflowError, match=f"not to be had from the local store.*{TRACKING_VARIABLE}"
    ):
        download_models("0" * 32, tmp_path)


@pytest.mark.parametrize("name", ["who? 50%20off", "a café #b&c'd"])
def test_any_name_of_a_home_will_do(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = tmp_path / name
    shutil.copytree(empty_store, home / "mlflow")
    monkeypatch.setenv("SENTIMENT_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    with start_run("named", {}) as run:
        run.log_figures(draw_evaluation(LABELS, LOGITS))
    assert list((home / "mlflow" / "artifacts").rglob("figures/roc.png"))
    with sqlite3.connect(home / "mlflow" / "mlflow.db") as database:
        assert list(database.execute("SELECT name FROM runs")) == [("named",)]
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_home_that_was_moved_keeps_its_runs_and_its_new_artifacts(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_run("before", {}) as before:
        before.log_bundle(ROOT / "model_artifacts")
    moved = tmp_path / "moved"
    home.rename(moved)
    monkeypatch.setenv("SENTIMENT_HOME", str(moved))
    with start_run("after", {}) as after:
        after.log_figures(draw_evaluation(LABELS, LOGITS))
    assert not home.exists()
    assert list(moved.rglob("roc.png"))
    for run in (before, after):
        assert logged(run.id).info.artifact_uri.startswith(moved.as_uri())
    assert choose_store().client.list_artifacts(str(before.id), "bundle")


def test_a_deleted_experiment_is_a_warning_that_says_how_to_restore_it(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with start_run("before", {}):
        pass
    store = choose_store()
    store.client.delete_experiment(store.experiment_id)
    with start_run("after", {}) as run:
        pass
    assert run.id is None
    (message,) = caplog.messages
    assert "the experiment tweet-sentiment was deleted" in message
    assert "mlflow experiments restore --experiment-id 1" in message
    with pytest.raises(MlflowError, match="was deleted; restore it with"):
        register(ROOT / "model_artifacts")


def test_mlflows_own_variables_choose_the_experiment(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = choose_store().client.create_experiment("other")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", other)
    with start_run("by id", {}) as by_id:
        pass
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "third")
    with start_run("by name", {}) as by_name:
        pass
    assert logged(by_id.id).info.experiment_id == other
    third = choose_store().client.get_experiment_by_name("third")
    assert third
    assert logged(by_name.id).info.experiment_id == third.experiment_id
    assert caplog.messages == []


def test_a_sqlite_file_of_ones_own_has_its_artifacts_beside_it(
    home: Path, tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    shutil.copyfile(empty_store / "mlflow.db", work / "rel.db")
    monkeypatch.chdir(work)
    monkeypatch.setenv(TRACKING_VARIABLE, "sqlite:///rel.db")
    with start_run("own", {}) as run:
        run.log_figures(draw_evaluation(LABELS, LOGITS))
    assert {path.name for path in work.iterdir()} == {"rel.db", "rel-artifacts"}
    assert f"the store {work / 'rel.db'}" in run.describe()[0]


def test_a_store_of_another_mlflow_is_a_warning_that_says_what_to_do(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = sqlite3.connect(home / "mlflow" / "mlflow.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = '0584bdc529eb'")
    database.close()
    with start_run("old", {}) as run:
        pass
    assert run.id is None
    (message,) = caplog.messages
    assert f"`python -m mlflow db upgrade sqlite:///{home}" in message.replace("'", "")


def test_a_version_points_to_the_run_that_trained_it(home: Path, tmp_path: Path) -> None:
    with start_run("trained", {}) as run:
        pass
    shipped = read_bundle(ROOT / "model_artifacts")
    store, sources = choose_store(), []
    for known in (run.id, "0" * 32):
        provenance = {**shipped.manifest.provenance, "mlflow_run_id": known}
        manifest = msgspec.structs.replace(
            shipped.manifest, version=f"version-{known}", provenance=provenance
        )
        write_bundle(tmp_path / str(known), manifest, shipped.contents)
        register(tmp_path / str(known))
        champion = store.client.get_model_version_by_alias("tweet-sentiment", "champion")
        sources.append(champion.run_id)
    assert sources[0] == run.id
    assert sources[1] not in {run.id, "0" * 32}
    assert "test/accuracy" in logged(sources[1]).data.metrics


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://ann:swordfish@host:5000/x?token=abc#y failed", "http://host:5000/x failed"),
        ("postgresql://u:sword%40fish/1@db/mlflow", "postgresql://db/mlflow"),
        ("401: swordfish is wrong, and so is sword@fish/1", "401: *** is wrong, and so is ***"),
        ("http://host:5000 refused", "http://host:5000 refused"),
    ],
)
def test_messages_hold_no_secret(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "swordfish")
    monkeypatch.setenv(TRACKING_VARIABLE, "postgresql://u:sword%40fish/1@db/mlflow")
    assert redact(text) == shown


def test_a_database_has_its_artifacts_in_the_home_and_is_named_without_its_user(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRACKING_VARIABLE, "postgresql+psycopg://postgres@db/mlflow")
    store = choose_store()
    assert store.artifacts == local_store().artifacts
    assert store.title == "the database postgresql+psycopg://db/mlflow"
    assert store.address == "postgresql+psycopg://db/mlflow"
