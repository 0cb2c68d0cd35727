"""A home for records and studies, with the tables of MLflow's store made only once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from training.tracking.client import make_client
from training.tracking.place import TRACKING_VARIABLE, Store, local_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A local store without any run; to be copied."""
    store = local_store(tmp_path_factory.mktemp("empty"))
    make_client(store.uri)
    return store


@pytest.fixture
def home(tmp_path: Path, empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for data that outlives the work tree, with no tracking server configured."""
    monkeypatch.delenv(TRACKING_VARIABLE, raising=False)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    furnish(tmp_path / "home", empty_store)
    return tmp_path / "home"


def furnish(home: Path, empty_store: Store) -> None:
    """Put an empty store into a home."""
    store = local_store(home)
    store.folder.mkdir(parents=True)
    shutil.copyfile(empty_store.database, store.database)
