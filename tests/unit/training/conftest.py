"""Homes for records and studies: never the user's own, and ready for MLflow at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.tracking.client import make_client
from training.tracking.place import TRACKING_VARIABLE, Store, local_store


@pytest.fixture(scope="session", autouse=True)
def _no_record_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands record by default out of the user's home and server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(TRACKING_VARIABLE, raising=False)
        patch.setenv("SENTIMENT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A local store without any run; to be copied."""
    store = local_store(tmp_path_factory.mktemp("empty"))
    make_client(store.uri)
    return store


@pytest.fixture
def home(tmp_path: Path, empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for data that outlives the work tree, with an empty store."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    furnish(tmp_path / "home", empty_store)
    return tmp_path / "home"


def furnish(home: Path, empty_store: Store) -> None:
    """Put an empty store into a home."""
    store = local_store(home)
    store.folder.mkdir(parents=True)
    shutil.copyfile(empty_store.database, store.database)
