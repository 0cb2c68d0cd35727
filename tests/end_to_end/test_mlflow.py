"""Runs and models on a real MLflow server, loaded where the project is not installed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment.model.bundle import LABELS, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.text import normalize
from tests.support import mlflow_server
from tests.support.host import free_port
from tests.support.mlflow_server import Server
from tests.support.pythons import ROOT
from tests.support.tweets import made_up
from training.evaluate import draw_evaluation
from training.mlflow_runs import (
    TRACKING_VARIABLE,
    MlflowError,
    choose_store,
    quiet,
    register,
    serve,
    start_run,
)
from training.models import logistic
from training.models.base import FittedModel, TrainingTask
from training.split import LabelledTweet, split_corpus

SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in made_up(300))
TEXTS = ["What a lovely phone", "worst day, so sad", "the bus is here", "", "😀 @ann &amp; <3"]
SHIPPED = ROOT / "model_artifacts"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[Server]:
    """A server for all tests; the last one kills it."""
    home = tmp_path_factory.mktemp("homes") / "used, why not?"
    shutil.copytree(empty_store, home / "mlflow")
    server = mlflow_server.start(home)
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def server(started: Server, monkeypatch: pytest.MonkeyPatch, home: Path) -> Server:
    """A server that answers and is the one to log runs with."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")  # the machine may be busy
    monkeypatch.setenv(TRACKING_VARIABLE, started.uri)
    return started.wait()


@pytest.fixture
def champion(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The registered bundle, as MLflow loads it from the server."""
    import mlflow

    monkeypatch.setattr(sys, "path", list(sys.path))
    register(SHIPPED)
    with quiet():
        return mlflow.pyfunc.load_model("models:/tweet-sentiment@champion")


def fitted() -> FittedModel:
    parameters = logistic.LogisticParameters(min_documents=1, forms="stem")
    return logistic.fit(TrainingTask(SPLIT.training, SPLIT.validation), parameters)


def answers_elsewhere(uri: str, folder: Path) -> list[list[Any]]:
    """Return what a model of MLflow says of the texts in a process without the project."""
    script = """
        import json, sys
        sys.meta_path = [each for each in sys.meta_path if "editable" not in str(each)]
        import mlflow
        model = mlflow.pyfunc.load_model(sys.argv[1])
        print(json.dumps(model.predict(json.loads(sys.argv[2])).values.tolist()))
        import sentiment
        print(sentiment.__file__)
    """
    call = [sys.executable, "-P", "-W", "ignore", "-c", textwrap.dedent(script), uri]
    done = subprocess.run(
        [*call, json.dumps(TEXTS)],
        cwd=folder,
        env={**os.environ, "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers, module = done.stdout.splitlines()
    assert not Path(module).is_relative_to(ROOT)
    found: list[list[Any]] = json.loads(answers)
    return found


def test_a_run_on_a_server_is_logged_whole_and_its_float_model_loads_anywhere(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, parts = fitted(), {"training": SPLIT.training, "test": SPLIT.test}
    with start_run("one", {"C": 2.0}, parts=parts) as run:
        for epoch in (1, 2):
            run.log_metrics({"loss": 1 / epoch}, epoch)
        run.log_model(model)
        run.log_bundle(SHIPPED)
        labels, logits = np.array([0, 1], np.uint8), np.array([-1, 2], np.float32)
        run.log_figures(draw_evaluation(labels, logits))
    client = choose_store().client
    kept = client.get_run(str(run.id))
    assert (kept.info.status, kept.data.params) == ("FINISHED", {"C": "2.0"})
    assert len(kept.inputs.dataset_inputs) == 2
    assert [each.value for each in client.get_metric_history(str(run.id), "loss")] == [1.0, 0.5]
    folders = {each.path for each in client.list_artifacts(str(run.id))}
    assert folders == {"figures", "float_model", "bundle"}
    found = answers_elsewhere(f"runs:/{run.id}/float_model", tmp_path)
    logits = model.logits([normalize(text) for text in TEXTS])
    assert [row[1] for row in found] == pytest.approx(logits.tolist())
    assert [row[0] for row in found] == [LABELS[int(logit >= 0)] for logit in logits]
    assert caplog.messages == []


def test_the_page_shows_the_logged_runs(server: Server) -> None:
    with urllib.request.urlopen(server.uri, timeout=20) as answer:
        assert b"MLflow" in answer.read()
    assert "Showing the local store" in server.log.read_text()


def test_the_champion_answers_as_the_classifier_does(champion: Any, tmp_path: Path) -> None:
    answers = Classifier(read_bundle(SHIPPED)).predict_batch(TEXTS)
    expected = [[answer.label, answer.probability, answer.certain] for answer in answers]
    frame = pd.DataFrame({"text": TEXTS}, index=list("abcde"))
    found = champion.predict(frame)
    assert found.to_numpy().tolist() == expected
    assert list(found.index) == list("abcde")
    assert answers_elsewhere("models:/tweet-sentiment@champion", tmp_path) == expected


def test_the_champion_says_what_it_takes_and_holds_no_pickle_and_no_path_of_the_machine(
    champion: Any, tmp_path: Path
) -> None:
    from mlflow.artifacts import download_artifacts

    signature = champion.metadata.signature
    assert [str(each.type) for each in signature.inputs] == ["DataType.string"]
    assert signature.outputs.input_names() == ["label", "probability", "certain"]
    example = champion.input_example
    assert len(champion.predict(example)) == len(example) == 2
    with pytest.raises(ValueError, match="first column must be 'text'; it is 'id'"):
        champion.predict(pd.DataFrame({"id": ["a"], "text": ["good"]}))
    with pytest.raises(ValueError, match="not strings"):
        champion.predict(["good", None])
    with quiet():
        folder = download_artifacts("models:/tweet-sentiment@champion", dst_path=str(tmp_path))
    names = {path.name for path in Path(folder).rglob("*") if path.is_file()}
    assert {"manifest.json", "model.tflite", "classifier.py"} <= names
    assert not any(name.endswith((".pkl", ".pickle", ".pyc")) for name in names)
    assert str(ROOT) not in (Path(folder) / "MLmodel").read_text()


def test_registering_a_bundle_again_makes_no_second_version(champion: Any) -> None:
    client = choose_store().client
    lines = register(SHIPPED)
    versions = client.search_model_versions("name = 'tweet-sentiment'")
    assert [version.version for version in versions] == ["1"]
    assert "as version 1 of tweet-sentiment" in lines[0]
    assert client.get_model_version_by_alias("tweet-sentiment", "champion").version == "1"
    assert versions[0].tags["family"] == read_bundle(SHIPPED).manifest.family


def test_a_registry_that_is_down_is_an_error_without_secrets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"http://ann:{'pass' + 'phrase'}@127.0.0.1:{free_port()}"
    monkeypatch.setenv(TRACKING_VARIABLE, uri)
    with pytest.raises(MlflowError, match="Connection refused") as raised:
        register(SHIPPED)
    assert "passphrase" not in str(raised.value)
    assert TRACKING_VARIABLE in str(raised.value)


def test_a_server_that_is_down_is_one_warning_and_the_training_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    monkeypatch.setenv(TRACKING_VARIABLE, f"http://ann:{'pass' + 'phrase'}@127.0.0.1:{port}")
    with start_run("down", {"C": 1}) as run:
        run.log_metrics({"loss": 1.0}, 1)
        run.log_figures(draw_evaluation(np.array([0, 1], np.uint8), np.array([-1, 2], np.float32)))
        with start_run("trial-0", {}, parent=run) as child:
            child.log_metrics({"loss": 1.0})
    assert (run.id, child.id, run.describe()) == (None, None, [])
    (message,) = caplog.messages
    assert f"the tracking server http://127.0.0.1:{port} failed: Connection refused" in message
    assert "The training goes on" in message
    assert "passphrase" not in message


def test_a_port_that_is_taken_is_an_error_at_once(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MlflowError, match=r"Address already in use.*PORT=5001"):
            serve(taken.getsockname()[1])


def test_a_server_that_is_killed_is_one_warning_and_the_training_goes_on(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with start_run("orphan", {}) as run:
        run.log_metrics({"loss": 3.0}, 1)
        server.kill()
        for epoch in range(2, 9):
            run.log_metrics({"loss": 1.0}, epoch)
    assert run.id
    (message,) = caplog.messages
    assert "The training goes on" in message
