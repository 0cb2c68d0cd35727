"""Sets of labelled tweets that are added to the records of earlier runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.tweets import made_up, write_csv
from training.cli import main
from training.compare.records import read_records
from training.run_records import save_record

TWEETS = made_up(1300)


@pytest.fixture(scope="module")
def human(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("human") / "human.csv", TWEETS[1200:])


def train(folder: Path, name: str, *arguments: str) -> None:
    data = write_csv(folder / "data.csv", TWEETS[:1200])
    places = ["--output", str(folder / "bundle"), "--runs", str(folder / "runs")]
    given = ["--data", str(data), "--run-name", name, *places, *arguments]
    assert main(["train", "logistic", *given]) == 0


def compare(folder: Path, *benchmarks: Path) -> int:
    places = ["--runs", str(folder / "runs"), "--bundle", str(folder / "bundle")]
    given = [part for path in benchmarks for part in ("--benchmark", str(path))]
    return main(["compare", *places, "--output", str(folder / "docs"), *given])


def test_a_run_is_measured_later_as_it_would_have_been_at_once(
    home: Path, human: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(tmp_path, "later")
    train(tmp_path, "at-once", "--benchmark", str(human))
    before = json.loads((tmp_path / "runs" / "later" / "run.json").read_text())
    assert compare(tmp_path, human) == 0
    printed = capsys.readouterr().out
    assert "Measuring later on human" in printed
    assert "Measuring at-once" not in printed
    at_once, later = read_records(tmp_path / "runs")
    for form in ("float", "shipped"):
        np.testing.assert_array_equal(later.logits["human"][form], at_once.logits["human"][form])
    after = json.loads((tmp_path / "runs" / "later" / "run.json").read_text())
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"sets", "logits_sha256"}
    assert "human" in (tmp_path / "docs" / "results.md").read_text()
    assert compare(tmp_path, human) == 0
    assert "Measuring" not in capsys.readouterr().out


def test_other_rows_of_the_same_name_are_refused(
    home: Path, human: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(tmp_path, "run", "--benchmark", str(human))
    other = write_csv(tmp_path / human.name, TWEETS[1250:])
    assert compare(tmp_path, other) == 1
    assert "was measured on other rows of the name human; rename" in capsys.readouterr().err


@pytest.mark.parametrize("run_id", [None, "0" * 32])
def test_a_run_whose_models_are_gone_is_named_and_the_others_are_measured(
    home: Path,
    human: Path,
    tmp_path: Path,
    run_id: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    train(tmp_path, "there")
    (there,) = read_records(tmp_path / "runs")
    facts = {**there.facts, "provenance": {**there.facts["provenance"], "mlflow_run_id": run_id}}
    save_record(replace(there, name="gone", facts=facts), tmp_path / "runs")
    record = tmp_path / "runs" / "gone" / "run.json"
    before = record.read_bytes()
    assert compare(tmp_path, human) == 1
    told = capsys.readouterr().err
    assert "The models of the run gone are not to be had from the local store" in told
    assert "train it again with --benchmark" in told
    assert record.read_bytes() == before
    assert [sorted(run.sets) for run in read_records(tmp_path / "runs")] == [
        ["test"],
        ["human", "test"],
    ]
    assert "human" in (tmp_path / "docs" / "results.md").read_text()


def test_another_model_in_the_place_of_the_recorded_one_is_noticed(
    home: Path, human: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(tmp_path, "run")
    (run,) = read_records(tmp_path / "runs")
    save_record(replace(run, facts={**run.facts, "version": "another"}), tmp_path / "runs")
    assert compare(tmp_path, human) == 1
    assert f"it keeps {run.facts['version']} in its place" in capsys.readouterr().err
