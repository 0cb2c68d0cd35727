"""A worse challenger is refused, a better one published: the proof, on made-up tweets."""

from __future__ import annotations

import uuid
from pathlib import Path

import msgspec
import pytest

from benchmarks import retraining
from operations.registry import publish
from sentiment.model.bundle import read_bundle
from sentiment.settings import read_settings
from tests.support.azurite import Azurite
from tests.support.registry import new_registry, write_version
from tests.support.tweets import made_up, write_csv
from training.data import read_corpus
from training.retrain.rows import keys_of, read_feedback


def test_a_published_bundle_that_the_app_refuses_ends_the_proof(
    emulator: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = new_registry(emulator)
    monkeypatch.setattr(retraining, "open_registry", lambda: registry)
    app = retraining.FollowingApp(tmp_path / "app" / "bundle")
    assert app.served() is None
    publish(registry, write_version(tmp_path, "good"))
    assert app.served() == "good"
    packaged = read_bundle(read_settings({}).bundle).manifest.encoder
    unknown = msgspec.structs.replace(packaged, type="of another app")
    publish(registry, write_version(tmp_path, "refused", encoder=unknown))
    with pytest.raises(SystemExit, match=r"does not serve .*refused: .*of another app"):
        app.served()


def test_the_worse_is_refused_and_the_better_served(
    emulator: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.registry.CONTAINER", f"models-{uuid.uuid4().hex[:12]}")
    monkeypatch.setattr(retraining, "FEW_WORDS", "min_documents=1500")
    monkeypatch.setenv("SENTIMENT_STORAGE", emulator.connection)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    data = write_csv(tmp_path / "data.csv", made_up(12_000))
    figures = retraining.prove(tmp_path, data, 150, 400)
    assert not figures["worse"]["is_served"]
    assert any("worse on the test rows" in reason for reason in figures["worse"]["reasons"])
    assert (tmp_path / "worse.md").read_text().startswith("# The challenger is refused")
    assert figures["better"]["is_served"]
    assert any("better on the test rows" in reason for reason in figures["better"]["reasons"])
    report = (tmp_path / "better.md").read_text()
    assert report.startswith("# The challenger wins")
    assert "## Fixed on the test rows" in report
    base = [tweet for name in ("few", "rest") for tweet in read_corpus(tmp_path / f"{name}.csv")]
    feedback = read_feedback([tmp_path / "feedback.csv"])
    assert len(base) == 12_000 - 400
    assert not set(keys_of(base).tolist()) & set(keys_of(feedback.replay).tolist())
    assert f"| replayed feedback | {len(feedback.replay)} |" in report
