"""The one command from CSV to bundle, on made-up tweets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from training.metrics import evaluate
from training.tracking.place import local_store
from training.tracking.redaction import redact

from sentiment.model.bundle import read_bundle, read_manifest
from sentiment.model.classifier import Classifier
from sentiment.model.encoder import NgramEncoder
from sentiment.model.ngrams import FORMS
from tests.support.commits import BEFORE, commit_during_fits
from tests.support.tweets import made_up, write_csv
from training import parameters
from training.cli import main
from training.data import read_corpus
from training.models.base import TrainingTask
from training.models.logistic import MAX_TOKENS, LogisticParameters, fit
from training.reference import make_reference
from training.run_records import load_runs
from training.split import split_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "tweets.csv", made_up(3000), "random")


def train(corpus: Path, output: Path) -> list[str]:
    """Return the arguments of a small training that leaves everything beside its output."""
    arguments = ["train", "logistic", "--data", str(corpus), "--longest-characters", "4"]
    return [*arguments, "--output", str(output), "--runs", str(output.parent / "runs")]


@pytest.fixture(scope="module")
def output(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "bundle"
    benchmark = write_csv(folder.parent / "human.csv", made_up(200, seed=9))
    arguments = train(corpus, folder)
    kept = ["--float-model", str(folder.parent / "float")]
    assert main([*arguments, "--benchmark", str(benchmark), *kept]) == 0
    return folder


def test_one_command_makes_a_bundle_that_the_classifier_serves(output: Path) -> None:
    classifier = Classifier(read_bundle(output))
    assert classifier.predict("what a great and beautiful day").label == "positive"
    assert classifier.predict("so sad and tired, worst day").label == "negative"


def test_the_float_model_is_kept_and_never_overwritten(
    corpus: Path, output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = output.parent / "float"
    assert {path.name for path in kept.iterdir()} == {"weights.npz", "ngrams.txt", "facts.json"}
    arguments = train(corpus, tmp_path / "bundle")
    assert main([*arguments, "--float-model", str(kept)]) == 1
    assert "would be lost" in capsys.readouterr().err
    assert not (tmp_path / "bundle").exists()


def test_the_manifest_says_how_good_the_model_is_and_where_it_comes_from(output: Path) -> None:
    manifest = read_bundle(output).manifest
    test, parent = manifest.metrics["test"], manifest.metrics["test_float"]
    assert test["rows"] == manifest.provenance["rows"]["test"] > 200
    assert test["accuracy"]["value"] > 0.8
    assert abs(test["accuracy"]["value"] - parent["accuracy"]["value"]) <= 0.01
    assert manifest.metrics["benchmarks"]["human"]["rows"] == 200
    assert manifest.provenance["parameters"]["longest_characters"] == 4
    assert len(manifest.provenance["data"]["files"]["tweets.csv"]) == 64
    assert "-logistic-" in manifest.version


def test_the_manifest_names_the_commit_that_the_fit_began_with(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_during_fits(tmp_path, monkeypatch)
    assert main(train(corpus, tmp_path / "bundle")) == 0
    assert read_manifest(tmp_path / "bundle").provenance["git_commit"] == BEFORE


def test_the_manifest_says_what_the_shipped_model_says_of_the_validation_tweets(
    corpus: Path, output: Path
) -> None:
    bundle = read_bundle(output)
    held = split_corpus(read_corpus(corpus)).validation
    said = Classifier(bundle).predict_batch(held.raw)
    assert bundle.manifest.reference == make_reference(held.raw, said)
    assert bundle.manifest.reference.rows == bundle.manifest.provenance["rows"]["validation"]


def test_the_run_is_recorded_with_its_logits_and_without_text(output: Path) -> None:
    (run,) = load_runs(output.parent / "runs")
    assert run.name == "logistic"
    assert set(run.logits) == {"test", "human"}
    classifier = Classifier(read_bundle(output))
    manifest = classifier.manifest
    assert run.facts["version"] == manifest.version
    measured = evaluate(run.sets["test"].labels, run.logits["test"]["shipped"].astype(np.float32))
    assert measured["accuracy"]["value"] == manifest.metrics["test"]["accuracy"]["value"]
    written = b"".join(path.read_bytes() for path in (output.parent / "runs").rglob("*.*"))
    assert b"beautiful" not in written


@pytest.mark.parametrize("forms", FORMS)
def test_serving_and_training_give_the_same_ids(corpus: Path, forms: str) -> None:
    split = split_corpus(read_corpus(corpus))
    chosen = LogisticParameters(longest_characters=4, forms=forms)
    model = fit(TrainingTask(split.training, split.validation), chosen)
    served = NgramEncoder(model.vocabulary, chosen.ngrams, MAX_TOKENS)
    counted = CountVectorizer(
        analyzer=chosen.ngrams, vocabulary=model.vocabulary, binary=True
    ).transform(split.test.texts)
    for row, text in enumerate(split.test.texts):
        assert sorted(served.encode(text).ids) == sorted(counted[row].indices + 1)


def test_the_shipped_model_scores_like_its_float_parent(corpus: Path, output: Path) -> None:
    split = split_corpus(read_corpus(corpus))
    task = TrainingTask(split.training, split.validation)
    bundle = read_bundle(output)
    parent = fit(task, LogisticParameters(**bundle.manifest.provenance["parameters"]))
    shipped = Classifier(bundle).logits(split.test.texts)
    assert np.corrcoef(shipped, parent.logits(split.test.texts))[0, 1] > 0.999


def test_the_same_data_gives_the_same_model_bit_for_bit(corpus: Path, output: Path) -> None:
    again = output.parent / "again"
    assert main(train(corpus, again)) == 0
    for name in ("model.tflite", "ngrams.txt"):
        assert (again / name).read_bytes() == (output / name).read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("target,text\n", "no row"),
        ("target,text\n" + "".join(f"4,good {n}\n" for n in range(300)), "one class"),
        ("nothing\n", "no column"),
    ],
)
def test_a_corpus_that_cannot_be_trained_on_is_an_error_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    data = tmp_path / "bad.csv"
    data.write_text(content)
    output = tmp_path / "bundle"
    assert main(train(data, output)) == 1
    assert reason in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("arguments", [[], ["train"], ["train", "logistic"], ["train", "magic"]])
def test_a_wrong_call_is_told_what_is_missing(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m training" in capsys.readouterr().err


def test_a_malformed_file_of_tuned_parameters_is_an_error_and_leaves_help_alone(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "logistic.json").write_text("{")
    load = parameters.load
    monkeypatch.setattr(
        parameters, "load", lambda family, taught: load(family, taught=taught, folder=tmp_path)
    )
    assert main(train(corpus, tmp_path / "bundle")) == 1
    assert "logistic.json" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["train", "logistic", "--help"])
    assert stopped.value.code == 0


def test_only_the_bundle_that_ships_has_its_record_in_the_project(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for output, records in (("elsewhere", "home/runs"), ("model_artifacts", "docs/runs")):
        assert not (tmp_path / records).exists()
        assert main(["train", "logistic", "--data", str(corpus), "--output", output]) == 0
        assert (tmp_path / records / "logistic" / "run.json").is_file()


def test_what_tuning_found_and_where_the_float_model_is_are_said(
    corpus: Path, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(train(corpus, tmp_path / "bundle")) == 0
    said = capsys.readouterr().out
    assert f"as tuning found it best: {parameters.FOLDER / 'logistic.json'}" in said
    run_id = read_manifest(tmp_path / "bundle").provenance["mlflow_run_id"]
    assert f'mlflow.pyfunc.load_model("runs:/{run_id}/float_model")' in said
    assert f"MLFLOW_TRACKING_URI={redact(local_store(home).uri)}" in said


def test_an_unknown_form_of_words_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = train(tmp_path / "absent.csv", tmp_path / "bundle")
    assert main([*arguments, "--forms", "Plain"]) == 1
    assert "forms is 'Plain'; it must be one of plain, stem, lemma" in capsys.readouterr().err
