"""Fits of a stub that keeps a checkpoint and reads a file, from rows to a bundle."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentiment.bundle import read_bundle, read_manifest
from tests.training.tweets import made_up
from training.corpus import LabelledTweet
from training.families import Family, Task, logistic, option
from training.families.logistic import LogisticModel, LogisticParameters
from training.fitting import Fitting
from training.gate import GateError
from training.mlflow_runs import choose_store
from training.split import split_corpus
from training.train import Job, Outcome

SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in made_up(1200))


@dataclass(frozen=True)
class StubParameters(LogisticParameters):
    words: str = option("", "a file of words", bool)


@dataclass(frozen=True)
class StubModel(LogisticModel):
    checkpoint: Path | None = None


def fit_stub(task: Task, parameters: StubParameters) -> StubModel:
    assert task.checkpoints is not None
    checkpoint = task.checkpoints / "stub-1"
    checkpoint.mkdir(parents=True)
    (checkpoint / "progress.json").write_text("{}")
    return StubModel(**vars(logistic.fit(task, parameters)), checkpoint=checkpoint)


STUB = Family("logistic", "made up", StubParameters, logistic.suggest, fit_stub, logistic.load)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def fitting(tmp_path: Path) -> Fitting:
    """A fit with a file in a folder of its own, beside whose checkpoint lies another's."""
    words = tmp_path / "folder-of-ann" / "words.txt"
    words.parent.mkdir()
    words.write_text("day\n")
    checkpoints = tmp_path / "checkpoints"
    (checkpoints / "stub-2").mkdir(parents=True)
    (checkpoints / "stub-3.npz").write_bytes(b"state")
    job = Job([], tmp_path / "bundle", "stub", tmp_path / "runs")
    return Fitting(STUB, StubParameters(words=str(words)), SPLIT, None, job, checkpoints)


def carry_out(fitting: Fitting, home: Path, said: list[str]) -> Outcome:
    with fitting.start() as tracked:
        return fitting.carry_out(tracked, said.append)


def checkpoints(fitting: Fitting) -> set[str]:
    return {path.name for path in fitting.checkpoints.iterdir()}


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_neither_the_bundle_nor_a_record_tells_where_a_file_lies(
    fitting: Fitting, home: Path, said: list[str], tmp_path: Path
) -> None:
    outcome = carry_out(fitting, home, said)
    shown = read_manifest(fitting.job.output).provenance["parameters"]["words"]
    assert shown.startswith("words.txt (sha256 ")
    (tmp_path / "float").mkdir()
    outcome.model.save(tmp_path / "float")
    recorded = [
        fitting.job.output / "manifest.json",
        tmp_path / "runs" / "stub" / "run.json",
        tmp_path / "float" / "facts.json",
    ]
    for file in recorded:
        assert shown in file.read_text()
        assert str(tmp_path) not in file.read_text()
    client = choose_store().client
    kept = client.get_run(outcome.manifest.provenance["mlflow_run_id"])
    assert kept.data.params["words"] == shown
    assert "folder-of-ann" not in str(kept.data.to_dictionary())
    artifacts = [path for path in (home / "mlflow" / "artifacts").rglob("*") if path.is_file()]
    assert "facts.json" in {path.name for path in artifacts}
    assert not any(b"folder-of-ann" in path.read_bytes() for path in artifacts)


def test_a_checkpoint_is_gone_once_the_bundle_stands_and_others_stay(
    fitting: Fitting, home: Path, said: list[str]
) -> None:
    outcome = carry_out(fitting, home, said)
    assert read_bundle(fitting.job.output).manifest.version == outcome.manifest.version
    assert checkpoints(fitting) == {"stub-2", "stub-3.npz"}


def test_a_checkpoint_stays_if_the_gate_refuses_the_model(
    fitting: Fitting, home: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.gate.MAX_LABELS_CHANGED", -1.0)
    with pytest.raises(GateError):
        carry_out(fitting, home, said)
    assert checkpoints(fitting) == {"stub-1", "stub-2", "stub-3.npz"}


def test_a_checkpoint_stays_if_the_disk_is_full(
    fitting: Fitting, home: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("training.train.save_run", fail)
    with pytest.raises(OSError, match="No space left"):
        carry_out(fitting, home, said)
    assert checkpoints(fitting) == {"stub-1", "stub-2", "stub-3.npz"}


def test_a_checkpoint_that_cannot_be_deleted_ends_no_training(
    fitting: Fitting, home: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("training.fitting.discard", refuse)
    carry_out(fitting, home, said)
    (warning,) = (message for message in said if message.startswith("warning"))
    assert str(fitting.checkpoints / "stub-1") in warning
    assert "Delete it" in warning
