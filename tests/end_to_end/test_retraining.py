from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training.retrain.command import REFUSED
from training.retrain.report import Trial
from training.retrain.rows import keys_of, read_feedback
from training.tracking.client import make_client
from training.tracking.place import local_store

from operations.registry import open_registry, publish
from sentiment.model.bundle import read_manifest
from sentiment.settings import read_settings
from tests.support.azurite import Azurite
from tests.support.commits import BEFORE, commit_during_fits
from tests.support.registry import write_version
from tests.support.tweets import made_up, write_csv
from training.cli import main
from training.models.base import FittedModel, TrainingTask
from training.models.catalog import FAMILIES
from training.retrain import command

pytestmark = pytest.mark.usefixtures("registry_settings")


@pytest.fixture
def registry_settings(emulator: Azurite, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.registry.CONTAINER", f"models-{uuid.uuid4().hex[:12]}")
    monkeypatch.setenv("SENTIMENT_STORAGE", emulator.connection)


def train(folder: Path, data: Path, name: str) -> Path:
    output = folder / name
    arguments = ["--data", str(data), "--output", str(output), "--runs", str(folder / "runs")]
    assert main(["train", "logistic", *arguments]) == 0
    return output


def retrain(folder: Path, data: Path, *arguments: str) -> int:
    places = ["--output", str(folder / "challenger"), "--report", str(folder / "report.md")]
    return main(["retrain", "--data", str(data), *places, "--least-test", "100", *arguments])


def current_version() -> str:
    current = open_registry(read_settings().storage).pointer().pointer.current
    assert current is not None
    return current.version


def test_an_unknown_parameter_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_csv(tmp_path / "data.csv", made_up(500))
    assert retrain(tmp_path, data, "--set", "warp=9") == 1
    assert "no parameter 'warp'" in capsys.readouterr().err


def test_a_family_that_fails_publishes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_class = write_csv(tmp_path / "one.csv", [(1, f"good {number}") for number in range(50)])
    assert retrain(tmp_path, one_class, "--publish") == 1
    assert "one class" in capsys.readouterr().err
    assert open_registry(read_settings().storage).pointer().pointer.current is None


def test_a_challenger_that_no_deployed_app_could_load_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_csv(tmp_path / "data.csv", made_up(1200))
    assert retrain(tmp_path, data, "--family", "logistic", "--set", "forms=lemma") == REFUSED
    assert "refused by the export gate: The bundle needs the package simplemma" in (
        capsys.readouterr().out
    )


def test_a_report_that_cannot_be_written_is_told_of_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing" / "report.md"
    assert retrain(tmp_path, tmp_path / "absent.csv", "--report", str(missing)) == 1
    assert f"{missing} cannot be written: there is no folder" in capsys.readouterr().err
    assert retrain(tmp_path, tmp_path / "absent.csv", "--report", str(tmp_path)) == 1
    assert "it is a folder" in capsys.readouterr().err


def test_reviewed_labels_are_learned_as_they_are_and_the_report_is_the_owners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tweets = made_up(1500)
    data = write_csv(tmp_path / "data.csv", tweets[:1200])
    wrong = [(1 - label, text) for label, text in tweets[1200:]]
    feedback = write_csv(tmp_path / "feedback.csv", wrong)
    bundle = train(tmp_path, data, "champion")
    tasks: list[TrainingTask] = []
    fit = FAMILIES["logistic"].fit

    def watched(task: TrainingTask, chosen: Any) -> FittedModel:
        tasks.append(task)
        return fit(task, chosen)

    monkeypatch.setitem(FAMILIES, "logistic", replace(FAMILIES["logistic"], fit=watched))
    given = ["--feedback", str(feedback), "--champion", str(bundle), "--teacher", str(bundle)]
    assert retrain(tmp_path, data, *given) in (0, REFUSED)
    (task,) = tasks
    assert task.taught is not None
    reviewed = np.isin(task.training.keys, keys_of(read_feedback([feedback]).training))
    assert reviewed.sum() > 150
    np.testing.assert_array_equal(task.taught[reviewed], task.training.labels[reviewed])
    assert not np.isin(task.taught[~reviewed], (0, 1)).any()
    assert (tmp_path / "report.md").stat().st_mode & 0o777 == 0o600


def test_the_challenger_names_the_commit_that_its_fit_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_csv(tmp_path / "data.csv", made_up(1200))
    bundle = train(tmp_path, data, "champion")
    commit_during_fits(tmp_path, monkeypatch)
    assert retrain(tmp_path, data, "--champion", str(bundle)) in (0, REFUSED)
    assert read_manifest(tmp_path / "challenger").provenance["git_commit"] == BEFORE


def test_a_refusal_by_the_export_gate_replaces_the_report_of_an_older_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report, champion = tmp_path / "report.md", write_version(tmp_path, "champion")
    report.write_text("# The challenger wins\n")
    monkeypatch.setattr("training.gate.MAX_LABELS_CHANGED", -1.0)
    data = write_csv(tmp_path / "data.csv", made_up(1200))
    given = ["--champion", str(champion), "--family", "logistic"]
    assert retrain(tmp_path, data, *given) == REFUSED
    written = report.read_text()
    assert written.startswith("# The challenger is refused by the export gate\n")
    assert "Champion: `champion`" in written
    assert "of its labels change (-100.00% allowed)" in written
    assert report.stat().st_mode & 0o777 == 0o600
    assert "refused by the export gate" in capsys.readouterr().out
    assert not (tmp_path / "challenger").exists()


def test_a_champion_that_is_not_the_current_one_cannot_be_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(open_registry(read_settings().storage), write_version(tmp_path, "current"))
    other = str(write_version(tmp_path, "other"))
    data = write_csv(tmp_path / "data.csv", made_up(500))
    assert retrain(tmp_path, data, "--champion", other, "--publish") == 1
    assert "The champion is other, but current is the registry's" in capsys.readouterr().err


def test_a_training_is_recorded_in_mlflow_with_its_contest(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_csv(tmp_path / "data.csv", made_up(1200))
    feedback = write_csv(tmp_path / "feedback.csv", made_up(1600)[1200:])
    champion = write_version(tmp_path, "champion")
    given = ["--champion", str(champion), "--family", "logistic", "--feedback", str(feedback)]
    assert retrain(tmp_path, data, *given) == REFUSED
    monkeypatch.setattr("training.gate.MAX_LABELS_CHANGED", -1.0)
    assert retrain(tmp_path, data, *given) == REFUSED
    client = make_client(local_store(home).uri)
    ids = [each.experiment_id for each in client.search_experiments()]
    gated, judged = client.search_runs(ids)
    contests = [run.data.tags["contest"] for run in (judged, gated)]
    assert contests == ["refused", "refused by the export gate"]
    assert {run.info.status for run in (judged, gated)} == {"FINISHED"}
    assert judged.data.tags["champion"] == "champion"
    assert "data/feedback.csv" in judged.data.tags
    provenance = read_manifest(tmp_path / "challenger").provenance
    assert provenance["mlflow_run_id"] == judged.info.run_id
    measured = judged.data.metrics
    assert 0 <= measured["contest/test/p"] <= 1
    assert -1 <= measured["contest/test/difference_low"] <= measured["contest/test/difference"]
    artifacts = {each.path for each in client.list_artifacts(judged.info.run_id)}
    assert artifacts == {"bundle", "figures", "float_model"}


@pytest.mark.parametrize("wins", [True, False])
def test_the_float_model_is_kept_of_a_challenger_that_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wins: bool
) -> None:
    contest, kept = command._contest, tmp_path / "next" / "float"

    def decided(*arguments: Any) -> Trial:
        trial = contest(*arguments)
        return replace(trial, judgement=replace(trial.judgement, wins=wins))

    monkeypatch.setattr(command, "_contest", decided)
    data = write_csv(tmp_path / "data.csv", made_up(1200))
    champion = write_version(tmp_path, "champion")
    given = ["--champion", str(champion), "--family", "logistic", "--float-model", str(kept)]
    assert retrain(tmp_path, data, *given) == (0 if wins else REFUSED)
    assert kept.is_dir() == wins
    assert not wins or {path.name for path in kept.iterdir()} == {
        "weights.npz",
        "ngrams.txt",
        "facts.json",
    }


def test_a_float_model_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "float"
    kept.mkdir()
    (kept / "weights.npz").write_text("before")
    assert retrain(tmp_path, tmp_path / "absent.csv", "--float-model", str(kept)) == 1
    assert "float exists and would be lost" in capsys.readouterr().err


def test_a_promotion_during_the_training_is_not_overridden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(open_registry(read_settings().storage), write_version(tmp_path, "champion"))
    contest = command._contest

    def interrupted(*arguments: Any) -> Trial:
        publish(open_registry(read_settings().storage), write_version(tmp_path, "rival"))
        trial = contest(*arguments)
        return replace(trial, judgement=replace(trial.judgement, wins=True))

    monkeypatch.setattr(command, "_contest", interrupted)
    data = write_csv(tmp_path / "data.csv", made_up(2000))
    assert retrain(tmp_path, data, "--family", "logistic", "--publish") == 1
    assert "Somebody else published or promoted" in capsys.readouterr().err
    assert current_version() == "rival"
