"""Fixtures of homes for runs and studies: never the user's own, and ready for MLflow at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.mlflow_runs import TRACKING_VARIABLE, local_store, quiet


@pytest.fixture(scope="session", autouse=True)
def no_run_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands log by default out of the user's home and server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(TRACKING_VARIABLE, raising=False)
        patch.setenv("SENTIMENT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a local store without any run; to be copied, since making one takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTIMENT_HOME", str(tmp_path_factory.mktemp("empty")))
        store = local_store()
        with quiet():
            store.client.search_experiments()
        assert store.artifacts
        return store.artifacts.parent


@pytest.fixture
def home(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``SENTIMENT_HOME`` with an empty store."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SENTIMENT_HOME", str(folder))
    shutil.copytree(empty_store, folder / "mlflow")
    return folder
