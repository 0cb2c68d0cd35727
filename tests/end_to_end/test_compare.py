"""Sets that are added to the records of earlier runs, with models that MLflow keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.tweets import made_up, write_csv
from training.cli import main
from training.compare.command import compare
from training.run_records import load_records, save_record

TWEETS = made_up(1300)


@pytest.fixture
def human(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "human.csv", TWEETS[1200:])


def train(folder: Path, name: str, *arguments: str) -> None:
    data = write_csv(folder / "data.csv", TWEETS[:1200])
    folders = ["--output", str(folder / "bundle"), "--runs", str(folder / "runs")]
    given = ["--data", str(data), "--run-name", name, *folders, *arguments]
    assert main(["train", "logistic", *given]) == 0


def measure(folder: Path, benchmark: Path) -> int:
    return compare(
        runs=folder / "runs", bundle=folder / "bundle", output=folder / "docs",
        benchmark=[benchmark],
    )  # fmt: skip


def test_runs_are_measured_later_as_they_would_have_been_at_once_and_those_that_are_gone_named(
    home: Path, human: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(tmp_path, "later")
    train(tmp_path, "at-once", "--benchmark", str(human))
    record = tmp_path / "runs" / "later" / "run.json"
    before = json.loads(record.read_text())
    at_once, there = load_records(tmp_path / "runs")
    for name, run_id in (("never", None), ("gone", "0" * 32)):
        provenance = {**there.metadata["provenance"], "mlflow_run_id": run_id}
        metadata = {**there.metadata, "provenance": provenance}
        save_record(replace(there, name=name, metadata=metadata), tmp_path / "runs")
    other = {**there.metadata, "version": "another"}
    save_record(replace(there, name="other", metadata=other), tmp_path / "runs")
    assert measure(tmp_path, human) == 1
    for name in ("never", "gone", "other"):
        assert f"The models of the run {name} cannot be had from MLflow" in caplog.text
    runs = {run.name: run for run in load_records(tmp_path / "runs")}
    assert {name for name, run in runs.items() if "human" in run.sets} == {"later", "at-once"}
    for form in ("float", "shipped"):
        later = runs["later"].logits["human"][form]
        np.testing.assert_array_equal(later, at_once.logits["human"][form])
    after = json.loads(record.read_text())
    assert {name for name in before if before[name] != after[name]} == {"sets", "logits_sha256"}
