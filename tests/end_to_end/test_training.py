"""The one command from CSV to bundle, on made-up tweets."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from sentiment.model.bundle import Manifest, read_bundle, read_manifest
from sentiment.model.classifier import Classifier
from sentiment.model.encoder import NgramEncoder
from sentiment.model.ngrams import FORMS
from tests.support.host import APP, environment
from tests.support.tweets import made_up, write_csv
from training.cli import main
from training.data import read_corpus
from training.evaluate import evaluate
from training.gate import GateError
from training.models import logistic
from training.models.base import ModelFamily, TrainingTask, parameter
from training.models.logistic import LogisticModel, LogisticParameters
from training.run_records import load_records
from training.split import split_corpus
from training.train import TrainingConfig
from training.train import train as run_training


@dataclass(frozen=True)
class Trained:
    """What the command wrote, and printed."""

    folder: Path
    output: str
    progress: str

    @property
    def manifest(self) -> Manifest:
        return read_manifest(self.folder / "bundle")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "tweets.csv", made_up(3000), "random")


def arguments(corpus: Path, folder: Path) -> list[str]:
    """Return the command of a small training that leaves everything in one folder."""
    places = ["--output", str(folder / "bundle"), "--runs", str(folder / "runs")]
    return ["train", "logistic", "--data", str(corpus), "--set", "longest_characters=4", *places]


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    benchmark = write_csv(folder / "human.csv", made_up(200, seed=9))
    distant = write_csv(corpus.with_name("distant.csv"), [(1, f"song {n} :)") for n in range(50)])
    options = ["--benchmark", benchmark, "--distant-data", distant]
    options += ["--checkpoint-out", folder / "float"]
    ended = subprocess.run(
        [sys.executable, "-m", "training", *arguments(corpus, folder), *options],
        cwd=APP,
        env=environment(folder / "home"),
        capture_output=True,
        text=True,
        check=True,
    )
    return Trained(folder, ended.stdout, ended.stderr)


def test_results_go_to_standard_output_and_progress_to_standard_error(trained: Trained) -> None:
    shipped, parent, human, wrote, *tracked = trained.output.splitlines()
    number = r"0\.\d{4} \(0\.\d{4} to 0\.\d{4}\)"
    assert re.fullmatch(rf"shipped: accuracy {number}, ROC-AUC {number}, \d+ rows", shipped)
    assert parent.startswith("float parent: accuracy 0.")
    assert human.endswith(", 200 rows")
    assert wrote.startswith(f"Wrote {trained.manifest.version} (")
    run_id = trained.manifest.provenance["mlflow_run_id"]
    assert f'mlflow.pyfunc.load_model("runs:/{run_id}/float_model")' in "\n".join(tracked)
    for step in ("Rows: read 3,0", "Fitting logistic on 2,", "Converting", "Measuring on "):
        assert step in trained.progress


def test_the_app_can_serve_the_bundle_whose_manifest_says_how_good_it_is_and_where_it_comes_from(
    trained: Trained,
) -> None:
    metrics, provenance = trained.manifest.metrics, trained.manifest.provenance
    test, parent = metrics["test"], metrics["test_float"]
    assert test["rows"] == provenance["rows"]["test"] > 200
    assert test["accuracy"]["value"] > 0.8
    assert abs(test["accuracy"]["value"] - parent["accuracy"]["value"]) <= 0.01
    assert metrics["benchmarks"]["human"]["rows"] == 200
    assert provenance["parameters"]["longest_characters"] == 4
    assert set(provenance["data"]["files"]) == {"tweets.csv", "distant.csv"}
    assert provenance["data"]["extra"] == ["distant.csv"]
    classifier = Classifier(read_bundle(trained.folder / "bundle"))
    assert classifier.predict("what a great and beautiful day").label == "positive"
    assert classifier.predict("so sad and tired, worst day").label == "negative"


def test_the_run_is_recorded_with_its_logits_and_without_text(trained: Trained) -> None:
    (record,) = load_records(trained.folder / "runs")
    assert (record.name, set(record.logits)) == ("logistic", {"test", "human"})
    assert record.metadata["version"] == trained.manifest.version
    shipped = record.logits["test"]["shipped"].astype(np.float32)
    accuracy = trained.manifest.metrics["test"]["accuracy"]["value"]
    assert evaluate(record.sets["test"].labels, shipped).accuracy.value == accuracy
    written = [path.read_bytes() for path in (trained.folder / "runs").rglob("*.*")]
    assert b"beautiful" not in b"".join(written)


@pytest.mark.parametrize("forms", FORMS)
def test_serving_and_training_give_the_same_ids(corpus: Path, forms: str) -> None:
    split = split_corpus(read_corpus(corpus))
    chosen = LogisticParameters(longest_characters=4, forms=forms)
    model = logistic.fit(TrainingTask(split.training, split.validation), chosen)
    served = NgramEncoder(model.vocabulary, chosen.ngrams, logistic.MAX_TOKENS)
    counter = CountVectorizer(analyzer=chosen.ngrams, vocabulary=model.vocabulary, binary=True)
    counted = counter.transform(split.test.texts)
    for row, text in enumerate(split.test.texts):
        assert sorted(served.encode(text).ids) == sorted(counted[row].indices + 1)


def test_the_same_data_gives_the_same_model_bit_for_bit(
    corpus: Path, trained: Trained, tmp_path: Path
) -> None:
    distant = ["--distant-data", str(corpus.with_name("distant.csv"))]
    assert main([*arguments(corpus, tmp_path), *distant]) == 0
    bundles = (read_bundle(folder / "bundle") for folder in (trained.folder, tmp_path))
    first, again = (bundle.contents for bundle in bundles)
    assert first == again


def test_help_needs_no_package_but_those_of_operations(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom training.cli import main\n"
        "assert main(['train', '--help']) == main(['--help']) == 0\n"
        "heavy = {'sklearn', 'scipy', 'tensorflow', 'keras', 'mlflow', 'optuna', 'matplotlib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=APP, env=environment(tmp_path), check=True)


@dataclass(frozen=True)
class StubParameters(LogisticParameters):
    words: str = parameter("", "a file of words", is_path=bool)


class Turned(LogisticModel):
    """Answers the opposite of what its converted model does."""

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return -super().logits(texts)


def fit_and_keep(task: TrainingTask, parameters: StubParameters) -> LogisticModel:
    assert task.checkpoints is not None
    checkpoint = task.checkpoints / "stub-1"
    checkpoint.write_text("{}")
    return replace(logistic.fit(task, parameters), checkpoint=checkpoint)


def fit_badly(task: TrainingTask, parameters: StubParameters) -> LogisticModel:
    return Turned(**vars(fit_and_keep(task, parameters)))


@pytest.fixture
def config(corpus: Path, home: Path, tmp_path: Path) -> TrainingConfig:
    """A training with a file in a folder of its own, beside whose checkpoint lies another's."""
    words = tmp_path / "folder-of-ann" / "words.txt"
    words.parent.mkdir()
    words.write_text("day\n")
    (home / "checkpoints" / "stub").mkdir(parents=True)
    (home / "checkpoints" / "stub" / "stub-2").touch()
    return TrainingConfig(
        ModelFamily("logistic", "made up", StubParameters, fit_and_keep, logistic.load),
        StubParameters(words=str(words)),
        [corpus],
        tmp_path / "bundle",
        name="stub",
        records=tmp_path / "runs",
        home=home,
        checkpoint_out=tmp_path / "float",
    )


def checkpoints(config: TrainingConfig) -> set[str]:
    return {path.name for path in (config.home / "checkpoints" / config.name).iterdir()}


def test_no_result_says_where_a_file_is_and_the_checkpoint_is_deleted_at_last(
    config: TrainingConfig, tmp_path: Path
) -> None:
    shown = run_training(config).manifest.provenance["parameters"]["words"]
    assert shown.startswith("words.txt (sha256 ")
    for file in ("bundle/manifest.json", "runs/stub/run.json", "float/facts.json"):
        content = (tmp_path / file).read_text()
        assert shown in content
        assert str(tmp_path) not in content
    logged = [path for path in (config.home / "mlflow").rglob("*") if path.is_file()]
    assert "facts.json" in {path.name for path in logged}
    assert not any(b"folder-of-ann" in path.read_bytes() for path in logged)
    assert checkpoints(config) == {"stub-2"}


def test_a_checkpoint_stays_if_the_gate_refuses_the_model_or_no_record_can_be_written(
    config: TrainingConfig,
) -> None:
    family = replace(config.family, fit=fit_badly)
    with pytest.raises(GateError, match="of its labels change"):
        run_training(replace(config, family=family))
    assert checkpoints(config) == {"stub-1", "stub-2"}
    assert not config.output.exists()
    config.records.write_text("a file in the folder's place")
    with pytest.raises(OSError, match="runs"):
        run_training(config)
    assert checkpoints(config) == {"stub-1", "stub-2"}
