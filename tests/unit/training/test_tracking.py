"""Runs in a real MLflow: a server on loopback, the local store, and neither."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sentiment.model.bundle import LABELS, BundleError, read_bundle, write_bundle
from sentiment.model.classifier import Classifier
from sentiment.text import normalize
from tests.support import mlflow_server
from tests.support.mlflow_server import Server
from tests.support.pythons import ROOT
from tests.support.tweets import made_up, write_csv
from tests.unit.training.conftest import furnish
from training.figures import draw_roc
from training.models import logistic
from training.models.base import FittedModel, TrainingTask
from training.registration import RegistrationError, register
from training.split import LabelledTweet, split_corpus
from training.tracking.client import make_client, quiet
from training.tracking.entry import flatten
from training.tracking.folder import ENTRIES_FILE, FolderPlace
from training.tracking.interruption import deferred
from training.tracking.origin import Origin
from training.tracking.place import TRACKING_VARIABLE, Store, local_store, tracking_uri
from training.tracking.redaction import reason, redact
from training.tracking.run import TrackedRun
from training.tracking.store import chosen_place
from training.tracking.tracker import Tracker

if TYPE_CHECKING:
    from mlflow import MlflowClient

ROWS = made_up(300)
SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in ROWS)
TEXTS = ["What a lovely phone", "worst day, so sad", "the bus is here", "", "😀 @ann &amp; <3"]


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory, empty_store: Store
) -> Iterator[tuple[Server, Server]]:
    """Two servers, which start at the same time: one to use, one to kill."""
    started = []
    try:
        for name in ("used", "killed"):
            home = tmp_path_factory.mktemp(name)
            furnish(home, empty_store)
            started.append(mlflow_server.start(home))
        yield started[0], started[1]
    finally:
        for server in started:
            server.kill()


@pytest.fixture
def server(servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch, home: Path) -> Server:
    """A server that answers and is the one to record runs with."""
    be_patient(monkeypatch)
    monkeypatch.setenv(TRACKING_VARIABLE, servers[0].uri)
    return servers[0].wait()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "tweets.csv", ROWS)


@pytest.fixture
def origin(data: Path) -> Origin:
    return Origin.of("logistic", [data], SPLIT)


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server on a busy machine take its time."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")


def figure() -> Figure:
    labels = np.array([0, 1, 0, 1], np.uint8)
    return draw_roc(labels, np.array([-1, 2, 1, 0], np.float32))


def record_three_epochs(run: TrackedRun) -> None:
    for epoch in (1, 2, 3):
        run.report(epoch, {"loss": 1 / epoch, "accuracy": np.float32(0.5)})


def curve(client: MlflowClient, run_id: str | None, metric: str) -> list[tuple[int, float]]:
    assert run_id is not None
    return [(each.step, each.value) for each in client.get_metric_history(run_id, metric)]


def stored(client: MlflowClient, run_id: str | None) -> Any:
    assert run_id is not None
    return client.get_run(run_id)


def test_a_run_on_a_server_is_recorded_whole(
    server: Server, home: Path, said: list[str], origin: Origin
) -> None:
    tracker = Tracker(home, said.append)
    with tracker.start("one", origin, {"C": 2.0, "stemming": "none"}) as run:
        record_three_epochs(run)
        run.figure("roc", figure())
        with run.child("trial-000", {"C": 1.0}) as child:
            child.finish({"roc_auc": 0.5})
        run.finish({"test": {"rows": 30, "accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}}})
    client = make_client(server.uri)
    kept = stored(client, run.id)
    assert (kept.info.run_name, kept.info.status) == ("one", "FINISHED")
    assert {"C": "2.0", "stemming": "none"}.items() <= kept.data.params.items()
    assert kept.data.params["rows/training"] == str(len(SPLIT.training))
    assert kept.data.metrics["test/accuracy"] == 0.8
    assert kept.data.metrics["test/accuracy_low"] == 0.7
    assert curve(client, run.id, "loss") == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert len(kept.data.tags["mlflow.source.git.commit"]) == 40
    files = {each.path for each in client.list_artifacts(str(run.id), "figures")}
    assert files == {"figures/roc.png", "figures/learning_curves.png"}
    assert stored(client, child.id).data.tags["mlflow.parentRunId"] == run.id
    assert stored(client, child.id).data.metrics == {"roc_auc": 0.5}
    assert said == []


def test_the_data_are_known_by_their_digests_and_never_sent(
    server: Server, home: Path, said: list[str], origin: Origin, data: Path
) -> None:
    import mlflow.data

    with Tracker(home, said.append).start("data", origin, {}) as run:
        pass
    kept = stored(make_client(server.uri), run.id)
    inputs = {each.tags[0].value: each.dataset for each in kept.inputs.dataset_inputs}
    assert set(inputs) == {"training", "validation", "test"}
    assert SPLIT.test.digest().startswith(inputs["test"].digest)
    assert json.loads(inputs["training"].profile) == {"num_rows": len(SPLIT.training)}
    assert mlflow.data.get_source(inputs["test"]).to_dict() == {"uri": "tweets.csv"}
    assert str(data.parent) not in str(kept.to_dictionary())
    assert SPLIT.training.texts[0] not in str(kept.to_dictionary())


def test_runs_go_to_the_local_store_by_default(
    home: Path,
    said: list[str],
    origin: Origin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    tracker = Tracker(home, said.append)
    with tracker.start("local", origin, {}) as run:
        run.figure("roc", figure())
    where = tracker.describe(run).rpartition(" ")[2].removesuffix(".")
    assert (Path(where) / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert Path(where).is_relative_to(home / "mlflow" / "artifacts")
    assert stored(make_client(local_store(home).uri), run.id).info.status == "FINISHED"
    assert list(folder.iterdir()) == []
    assert said == []


def test_a_run_goes_on_under_its_id(home: Path, said: list[str], origin: Origin) -> None:
    with Tracker(home, said.append).start("first", origin, {"a": 1}) as run:
        run.report(1, {"loss": 2.0})
    with Tracker(home, said.append).start("again", origin, {"a": 1}, run.id) as again:
        again.report(2, {"loss": 1.0})
    assert again.id == run.id
    client = make_client(local_store(home).uri)
    assert curve(client, run.id, "loss") == [(1, 2.0), (2, 1.0)]
    with Tracker(home, said.append).start("other", origin, {}, "0" * 32) as other:
        pass
    assert other.id not in {None, run.id, "0" * 32}


def test_a_server_that_is_down_is_said_once_and_the_run_goes_to_the_local_store(
    home: Path, said: list[str], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"http://ann:{'pass' + 'phrase'}@127.0.0.1:{mlflow_server.free_port()}"
    monkeypatch.setenv(TRACKING_VARIABLE, uri)
    started = time.monotonic()
    tracker = Tracker(home, said.append)
    with tracker.start("down", origin, {"C": 1}) as run:
        record_three_epochs(run)
        run.figure("roc", figure())
    assert time.monotonic() - started < 20
    (message,) = said
    assert "Connection refused" in message
    assert "127.0.0.1" in message
    assert "passphrase" not in message
    assert str(local_store(home).database) in message
    where = message.partition("figures are in ")[2].partition(". ")[0]
    assert (Path(where) / "roc.png").is_file()
    assert len(curve(make_client(local_store(home).uri), run.id, "loss")) == 3


def test_a_server_that_never_answers_is_given_up_soon(
    home: Path, said: list[str], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quiet(), socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv(TRACKING_VARIABLE, f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
        started = time.monotonic()
        with Tracker(home, said.append).start("silent", origin, {}) as run:
            assert time.monotonic() - started < 15
    assert len(said) == 1
    assert stored(make_client(local_store(home).uri), run.id).info.status == "FINISHED"


def test_a_run_whose_server_is_killed_is_whole_in_the_local_store(
    servers: tuple[Server, Server],
    home: Path,
    said: list[str],
    origin: Origin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = servers[1].wait()
    be_patient(monkeypatch)
    monkeypatch.setenv(TRACKING_VARIABLE, server.uri)
    tracker = Tracker(home, said.append)
    with tracker.start("orphan", origin, {"C": 2.0}) as run:
        on_server = run.id
        run.figure("roc", figure())
        with run.child("trial-000", {"C": 1.0}) as child:
            run.report(1, {"loss": 3.0})
            server.kill()
            child.report(1, {"loss": 2.0})
        run.report(2, {"loss": 1.0})
        run.finish({"accuracy": 0.8})
    assert len(said) == 1
    assert "The training goes on." in said[0]
    client = make_client(local_store(home).uri)
    kept = stored(client, run.id)
    assert run.id != on_server
    assert kept.info.status == "FINISHED"
    assert kept.data.params["C"] == "2.0"
    assert kept.data.metrics["accuracy"] == 0.8
    assert curve(client, run.id, "loss") == [(1, 3.0), (2, 1.0)]
    assert len(kept.inputs.dataset_inputs) == 3
    files = {each.path for each in client.list_artifacts(str(run.id), "figures")}
    assert files == {"figures/roc.png", "figures/learning_curves.png"}
    assert stored(client, child.id).data.tags["mlflow.parentRunId"] == run.id
    assert curve(client, child.id, "loss") == [(1, 2.0)]


def test_what_a_server_refuses_is_kept_in_a_folder_and_said_once(
    server: Server, home: Path, said: list[str], origin: Origin
) -> None:
    with Tracker(home, said.append).start("picky", origin, {}) as run:
        for epoch in (1, 2):
            run.report(epoch, {"x" * 300: 0.5})
            run.report(epoch, {"loss": 1.0})
    client = make_client(server.uri)
    assert curve(client, run.id, "loss") == [(1, 1.0), (2, 1.0)]
    assert stored(client, run.id).info.status == "FINISHED"
    (message,) = said
    assert "refused a part of the run picky" in message
    folder = Path(message.rpartition(" ")[2].removesuffix("."))
    lines = [json.loads(line) for line in (folder / ENTRIES_FILE).read_text().splitlines()]
    assert [line["values"] for line in lines] == [{"x" * 300: 0.5}] * 2


def test_without_any_mlflow_a_run_is_kept_in_plain_files(
    tmp_path: Path, said: list[str], origin: Origin
) -> None:
    with Tracker(tmp_path, said.append, places=[]).start("plain", origin, {"C": 1}) as run:
        run.report(1, {"loss": 1.0})
        run.figure("roc", figure())
        run.child("trial-000", {}).end("FINISHED")
    assert run.id is None
    (folder,) = (tmp_path / "mlflow" / "unrecorded").iterdir()
    lines = [json.loads(line) for line in (folder / ENTRIES_FILE).read_text().splitlines()]
    assert lines[-1]["status"] == "FINISHED"
    assert {"kind": "Parameters", "values": {"C": 1}} in lines
    assert (folder / "figures" / "roc.png").is_file()
    assert len(list(folder.glob("trial-000-*"))) == 1


def test_a_disk_that_takes_nothing_ends_no_training(
    tmp_path: Path, said: list[str], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TRACKING_VARIABLE, raising=False)
    home = tmp_path / "file"
    home.write_text("a file where a folder should be")
    tracker = Tracker(home, said.append)
    with tracker.start("lost", origin, {}) as run:
        record_three_epochs(run)
        run.finish({"accuracy": 0.8})
    assert run.id is None
    assert len(said) == 1
    assert "is lost" in said[0]
    assert tracker.describe(run) == "The run lost is not recorded."


def test_how_a_run_ended_is_recorded(tmp_path: Path, origin: Origin) -> None:
    tracker = Tracker(tmp_path, pytest.fail, places=[])

    def end_by(error: type[BaseException]) -> None:
        with tracker.start(error.__name__, origin, {}):
            raise error

    for error, status in ((ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")):
        with pytest.raises(error):
            end_by(error)
        (file,) = tmp_path.glob(f"mlflow/unrecorded/{error.__name__}-*/{ENTRIES_FILE}")
        assert json.loads(file.read_text().splitlines()[-1])["status"] == status


def test_ctrl_c_waits_until_an_entry_is_written_but_a_second_one_does_not() -> None:
    done: list[int] = []

    def interrupt(times: int) -> None:
        with deferred(), deferred():
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            done.append(times)

    for times in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            interrupt(times)
    assert done == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_ctrl_c_stops_at_its_start_has_an_end(tmp_path: Path, origin: Origin) -> None:
    class Interrupted(FolderPlace):
        def open(self, *arguments: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            return super().open(*arguments)

    tracker = Tracker(tmp_path, pytest.fail, places=[Interrupted(tmp_path)])
    with pytest.raises(KeyboardInterrupt):
        tracker.start("early", origin, {})
    (file,) = tmp_path.glob(f"early-*/{ENTRIES_FILE}")
    assert json.loads(file.read_text().splitlines()[-1])["status"] == "KILLED"


def fitted(forms: str = "plain") -> FittedModel:
    return logistic.fit(
        TrainingTask(SPLIT.training, SPLIT.validation),
        logistic.LogisticParameters(min_documents=1, forms=forms),
    )


def test_a_float_model_is_loaded_by_mlflow_and_answers_as_it_did(
    server: Server, tmp_path: Path, home: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setattr(sys, "path", list(sys.path))
    model = fitted()
    with Tracker(home, pytest.fail).start("float", origin, {}) as run:
        run.model(model)
    with quiet():
        loaded = mlflow.pyfunc.load_model(f"runs:/{run.id}/float_model", dst_path=str(tmp_path))
    logits = model.logits([normalize(text) for text in TEXTS])
    found = loaded.predict(TEXTS)
    np.testing.assert_array_equal(found["logit"].to_numpy(), logits)
    assert list(found["label"]) == [LABELS[int(logit >= 0)] for logit in logits]
    with pytest.raises(ValueError, match="not strings"):
        loaded.predict(["good", None])
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(path.suffix in {".pkl", ".pickle", ".pyc"} for path in files)
    assert str(ROOT) not in (tmp_path / "float_model" / "MLmodel").read_text()


def test_a_float_model_is_kept_whole_where_no_server_and_no_store_is(
    tmp_path: Path, origin: Origin
) -> None:
    model = fitted("stem")
    with Tracker(tmp_path, pytest.fail, places=[]).start("model", origin, {}) as run:
        run.model(model)
    (folder,) = tmp_path.glob("mlflow/unrecorded/model-*/float_model")
    assert (folder / "MLmodel").is_file()
    loaded = logistic.FAMILY.load(folder / "artifacts" / "model")
    texts = SPLIT.validation.texts
    np.testing.assert_array_equal(loaded.logits(texts), model.logits(texts))


def test_a_model_that_cannot_be_written_or_read_ends_no_training(
    tmp_path: Path, said: list[str], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        family = "full"

        def save(self, folder: Path | None = None) -> None:
            raise OSError(28, "No space left on device")

    with Tracker(tmp_path, said.append, places=[]).start("model", origin, {}) as run:
        run.model(Full())
    assert len(said) == 1
    monkeypatch.setattr(Path, "read_bytes", Full.save)
    with Tracker(tmp_path, said.append, places=[]).start("bundle", origin, {}) as run:
        run.bundle(ROOT / "model_artifacts")
    assert len(said) == 2
    assert "is lost (No space left on device)" in said[0]


def test_nested_measures_become_flat_metrics() -> None:
    measured = {
        "rows": 3,
        "test": {"accuracy": {"value": 0.8, "low": 0.7}},
        "benchmarks": {"tweets (1)": {"rows": 2}},
        "name": "no number",
    }
    assert dict(flatten(measured)) == {
        "rows": 3.0,
        "test/accuracy": 0.8,
        "test/accuracy_low": 0.7,
        "benchmarks/tweets _1_/rows": 2.0,
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://ann:swordfish@host:5000/x?token=abc#y failed", "http://host:5000/x failed"),
        ("postgresql://u:sword%40fish/1@db/mlflow", "postgresql://db/mlflow"),
        ("401: swordfish is wrong, and so is sword@fish/1", "401: *** is wrong, and so is ***"),
        ("http://host:5000 refused", "http://host:5000 refused"),
    ],
)
def test_messages_hold_no_secret(text: str, shown: str) -> None:
    environment = {
        "MLFLOW_TRACKING_PASSWORD": "swordfish",
        "MLFLOW_TRACKING_URI": "postgresql://u:sword%40fish/1@db/mlflow",
    }
    assert redact(text, environment) == shown


def test_the_reason_of_a_failure_is_its_deepest_cause() -> None:
    error = RuntimeError("API request to http://ann:pw@host failed")
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert reason(error) == "Connection refused"
    assert reason(ValueError()) == "ValueError"


def test_the_page_shows_the_recorded_runs(server: Server) -> None:
    with urllib.request.urlopen(server.uri, timeout=20) as answer:
        assert b"MLflow" in answer.read()


@pytest.fixture
def loaded(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The champion, as MLflow loads it from the server."""
    import mlflow

    monkeypatch.setattr(sys, "path", list(sys.path))
    register(ROOT / "model_artifacts", chosen_place(home, os.environ))
    with quiet():
        return mlflow.pyfunc.load_model("models:/tweet-sentiment@champion")


def test_the_champion_answers_as_the_classifier_does(loaded: Any) -> None:
    answers = Classifier(read_bundle(ROOT / "model_artifacts")).predict_batch(TEXTS)
    expected = [(answer.label, answer.probability, answer.certain) for answer in answers]
    assert list(loaded.predict(TEXTS).itertuples(index=False, name=None)) == expected
    frame = pd.DataFrame({"text": TEXTS}, index=list("abcde"))
    found = loaded.predict(frame)
    assert list(found.itertuples(index=False, name=None)) == expected
    assert list(found.index) == list("abcde")


def test_the_champion_says_what_it_takes_and_gives(loaded: Any) -> None:
    signature = loaded.metadata.signature
    assert [str(each.type) for each in signature.inputs] == ["DataType.string"]
    assert signature.outputs.input_names() == ["label", "probability", "certain"]
    example = loaded.input_example
    assert len(loaded.predict(example)) == len(example) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (pd.DataFrame({"id": ["a"], "text": ["good"]}), "first column must be 'text'; it is 'id'"),
        (["good", None], "not strings"),
    ],
)
def test_the_champion_refuses_what_are_no_texts(loaded: Any, wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        loaded.predict(wrong)


def test_a_champion_holds_no_pickle_and_no_path_of_the_machine(
    server: Server, loaded: Any, tmp_path: Path
) -> None:
    from mlflow.artifacts import download_artifacts

    with quiet():
        folder = download_artifacts("models:/tweet-sentiment@champion", dst_path=str(tmp_path))
    names = {path.name for path in Path(folder).rglob("*") if path.is_file()}
    assert {"champion.py", "manifest.json", "model.tflite", "classifier.py"} <= names
    assert not any(name.endswith((".pkl", ".pickle", ".pyc")) for name in names)
    assert str(ROOT) not in (Path(folder) / "MLmodel").read_text()


def test_registering_a_bundle_again_makes_no_second_version(
    server: Server, loaded: Any, home: Path
) -> None:
    place = chosen_place(home, os.environ)
    first = register(ROOT / "model_artifacts", place)
    assert register(ROOT / "model_artifacts", place) == first
    versions = place.client.search_model_versions("name = 'tweet-sentiment'")
    assert [version.version for version in versions] == [first]
    assert place.client.get_model_version_by_alias("tweet-sentiment", "champion").version == first
    assert versions[0].tags["family"] == read_bundle(ROOT / "model_artifacts").manifest.family


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
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-W",
            "ignore",
            "-c",
            textwrap.dedent(script),
            uri,
            json.dumps(TEXTS),
        ],
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


def test_the_champion_loads_where_the_project_is_not_installed(
    server: Server, loaded: Any, tmp_path: Path
) -> None:
    found = answers_elsewhere("models:/tweet-sentiment@champion", tmp_path)
    assert found == loaded.predict(TEXTS).to_numpy().tolist()


def test_a_float_model_loads_where_the_project_is_not_installed(
    server: Server, home: Path, tmp_path: Path, origin: Origin
) -> None:
    model = fitted("stem")
    with Tracker(home, pytest.fail).start("float", origin, {}) as run:
        run.model(model)
    found = answers_elsewhere(f"runs:/{run.id}/float_model", tmp_path)
    logits = model.logits([normalize(text) for text in TEXTS])
    assert [row[1] for row in found] == pytest.approx(logits.tolist())


def test_a_registry_that_is_down_is_an_error_without_secrets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"http://ann:{'pass' + 'phrase'}@127.0.0.1:{mlflow_server.free_port()}"
    monkeypatch.setenv(TRACKING_VARIABLE, uri)
    with pytest.raises(RegistrationError, match="Connection refused") as raised:
        register(ROOT / "model_artifacts", chosen_place(home, os.environ))
    assert "passphrase" not in str(raised.value)
    assert TRACKING_VARIABLE in str(raised.value)


def test_a_bundle_that_cannot_be_used_is_not_registered(home: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        register(tmp_path, chosen_place(home, os.environ))


def test_the_champion_loads_from_the_local_store_too(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    assert register(ROOT / "model_artifacts", chosen_place(home, {})) == "1"
    monkeypatch.setenv(TRACKING_VARIABLE, tracking_uri(home, {}))
    with quiet():
        model = mlflow.pyfunc.load_model("models:/tweet-sentiment@champion")
    assert list(model.predict(["what a great day"]).label) == ["positive"]
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_version_points_to_the_run_that_trained_it(
    home: Path, said: list[str], origin: Origin, tmp_path: Path
) -> None:
    with Tracker(home, said.append).start("trained", origin, {}) as run:
        pass
    shipped = read_bundle(ROOT / "model_artifacts")
    for known in (run.id, "0" * 32):
        provenance = {**shipped.manifest.provenance, "mlflow_run_id": known}
        manifest = msgspec.structs.replace(
            shipped.manifest, version=f"version-{known}", provenance=provenance
        )
        write_bundle(tmp_path / str(known), manifest, shipped.contents)
    place = chosen_place(home, os.environ)
    sources = []
    for folder in (str(run.id), "0" * 32):
        number = register(tmp_path / folder, place)
        sources.append(place.client.get_model_version("tweet-sentiment", number).run_id)
    assert sources[0] == run.id
    assert sources[1] not in {run.id, "0" * 32}
    assert "test/accuracy" in stored(place.client, sources[1]).data.metrics
