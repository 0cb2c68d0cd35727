"""Challengers that win, lose and are refused, on made-up tweets and a registry in the emulator."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from operations.registry import open_registry, publish
from sentiment.model.bundle import read_bundle, read_manifest
from sentiment.model.classifier import Classifier
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.pointer import Pointer
from sentiment.registry.registry import Registry, TaggedPointer
from sentiment.storage import Storage
from tests.support.azurite import Azurite
from tests.support.registry import new_registry, write_version
from tests.support.tweets import made_up, write_csv
from training.cli import NOT_BETTER, main
from training.mlflow_runs import local_store
from training.models import logistic
from training.models.base import FittedModel, TrainingTask
from training.retrain import Champion, find_champion, keys_of, read_feedback, retrain
from training.train import TrainingConfig
from training.train import train as run_training

TWEETS = made_up(2400)
LEAST_TEST = 100


def configure(folder: Path, rows: list[tuple[int, str]], home: Path) -> TrainingConfig:
    return TrainingConfig(
        logistic.FAMILY,
        logistic.LogisticParameters(),
        [write_csv(folder / "data.csv", rows)],
        folder / "bundle",
        name="challenger",
        records=folder / "runs",
        home=home,
    )


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A bundle that is as good as another training would make it, and one that is always wrong."""
    found = {}
    for name in ("good", "wrong"):
        folder = tmp_path_factory.mktemp(name)
        rows = [(label if name == "good" else 1 - label, text) for label, text in TWEETS]
        run_training(configure(folder, rows, folder))
        found[name] = folder / "bundle"
    return found


@pytest.fixture
def config(tmp_path: Path, home: Path) -> TrainingConfig:
    return replace(configure(tmp_path, TWEETS, home), checkpoint_out=tmp_path / "next" / "float")


def champion(bundle: Path, registry: Registry | None = None) -> Champion:
    """Return a champion, published in a registry if there is one."""
    pointer = registry.pointer() if registry else TaggedPointer(Pointer(), None)
    return Champion(Classifier(read_bundle(bundle)), registry, pointer)


def current_version(registry: Registry) -> str | None:
    current = registry.pointer().pointer.current
    return current and current.version


def get_run(run_id: str) -> Any:
    """Return what MLflow keeps of a run."""
    return local_store().client.get_run(run_id)


def test_a_challenger_that_is_better_is_published_and_its_float_model_kept(
    config: TrainingConfig, bundles: dict[str, Path], emulator: Azurite, tmp_path: Path
) -> None:
    registry = new_registry(emulator)
    publish(registry, bundles["wrong"])
    beaten, report = champion(bundles["wrong"], registry), tmp_path / "retrain.md"
    judgement, _ = retrain(config, beaten, report, least_test=LEAST_TEST, publish_winner=True)
    assert judgement.wins
    assert "it is better on the test rows" in judgement.reasons[0]
    assert current_version(registry) == read_manifest(config.output).version
    assert (tmp_path / "next" / "float" / "weights.npz").is_file()
    assert report.read_text().startswith("# The challenger wins\n")
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_challenger_that_is_not_better_is_refused_and_leaves_no_float_model(
    bundles: dict[str, Path], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feedback = write_csv(tmp_path / "feedback.csv", made_up(2800)[2400:])
    report, kept = tmp_path / "retrain.md", tmp_path / "float"
    options = ["--champion", bundles["good"], "--feedback", feedback, "--report", report]
    options += ["--checkpoint-out", kept, "--output", tmp_path / "out", "--least-test", LEAST_TEST]
    data = write_csv(tmp_path / "data.csv", TWEETS)
    assert main(["retrain", "--data", str(data), *map(str, options)]) == NOT_BETTER
    assert "The challenger is refused:\n  it is not better" in capsys.readouterr().out
    assert "| replayed feedback | 1" in report.read_text()
    assert not kept.exists()
    manifest = read_manifest(tmp_path / "out")
    assert set(manifest.provenance["data"]["files"]) == {"data.csv", "feedback.csv"}
    run = get_run(manifest.provenance["mlflow_run_id"])
    assert run.data.tags["contest"] == "refused"
    assert run.data.tags["champion"] == read_manifest(bundles["good"]).version
    assert "data/feedback.csv" in run.data.tags
    assert 0 <= run.data.metrics["contest/test/p"] <= 1
    assert "contest/replay/difference" in run.data.metrics


def test_a_challenger_that_cannot_be_deployed_is_refused_and_replaces_an_older_report(
    config: TrainingConfig, bundles: dict[str, Path], tmp_path: Path
) -> None:
    report = tmp_path / "retrain.md"
    report.write_text("# The challenger wins\n")
    lemmas = replace(config, parameters=logistic.LogisticParameters(forms="lemma"))
    judgement, tracked = retrain(lemmas, champion(bundles["wrong"]), report)
    assert not judgement.wins
    assert "needs the package simplemma" in judgement.reasons[0]
    written = report.read_text()
    assert written.startswith("# The challenger is refused\n")
    assert "- Because the export gate refuses it: " in written
    assert f"Champion: `{read_manifest(bundles['wrong']).version}`" in written
    assert tracked.id is not None
    assert get_run(tracked.id).data.tags["contest"] == "refused by the export gate"
    assert not (tmp_path / "next").exists()


def watched(config: TrainingConfig, watch: Callable[[TrainingTask], None]) -> TrainingConfig:
    """Return the training with something that happens before the fit."""

    def fit(task: TrainingTask, chosen: Any) -> FittedModel:
        watch(task)
        return logistic.fit(task, chosen)

    return replace(config, family=replace(config.family, fit=fit))


def test_reviewed_labels_are_learned_as_they_are_whatever_a_teacher_says(
    config: TrainingConfig, bundles: dict[str, Path], tmp_path: Path
) -> None:
    wrong = [(1 - label, text) for label, text in made_up(2800)[2400:]]
    feedback = write_csv(tmp_path / "feedback.csv", wrong)
    distilled = replace(config, feedback=[feedback], teachers=[bundles["good"]])

    class SeenError(Exception):
        pass

    def see(task: TrainingTask) -> None:
        raise SeenError(task)

    with pytest.raises(SeenError) as seen:
        retrain(watched(distilled, see), champion(bundles["good"]), tmp_path / "report.md")
    (task,) = seen.value.args
    assert task.soft_targets is not None
    reviewed = np.isin(task.training.keys, keys_of(read_feedback([feedback]).training))
    assert reviewed.sum() > 150
    np.testing.assert_array_equal(task.soft_targets[reviewed], task.training.labels[reviewed])
    assert not np.isin(task.soft_targets[~reviewed], (0, 1)).any()


def test_a_promotion_during_the_training_is_not_overridden(
    config: TrainingConfig, bundles: dict[str, Path], emulator: Azurite, tmp_path: Path
) -> None:
    registry = new_registry(emulator)
    publish(registry, bundles["wrong"])
    before = champion(bundles["wrong"], registry)
    rival = write_version(tmp_path, "rival")
    interrupted = watched(config, lambda _: publish(registry, rival))
    with pytest.raises(ConflictError, match="Somebody else published or promoted"):
        retrain(interrupted, before, tmp_path / "r.md", least_test=LEAST_TEST, publish_winner=True)
    assert current_version(registry) == "rival"


def test_a_champion_that_is_not_the_current_one_cannot_be_replaced(
    config: TrainingConfig, bundles: dict[str, Path], emulator: Azurite, tmp_path: Path
) -> None:
    registry = new_registry(emulator)
    publish(registry, write_version(tmp_path, "current"))
    with pytest.raises(RegistryError, match="but current is the registry's current version"):
        retrain(config, champion(bundles["good"], registry), tmp_path / "r.md", publish_winner=True)


def test_the_champion_is_the_registrys_current_version(
    emulator: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.registry.CONTAINER", f"models-{uuid.uuid4().hex[:12]}")
    storage = Storage(emulator.connection)
    packaged = find_champion(None, storage, publish=False)
    assert packaged.version == read_manifest(Path("model_artifacts")).version
    publish(open_registry(storage), write_version(tmp_path, "current"))
    assert find_champion(None, storage, publish=False).version == "current"
    assert find_champion(Path("model_artifacts"), None, publish=False).registry is None
