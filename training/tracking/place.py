"""Where runs can be recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from training.tracking.entry import Entry

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"


class Record(Protocol):
    """What is recorded of one run in one place."""

    @property
    def id(self) -> str | None:
        """MLflow's id of the run; None outside MLflow."""

    @property
    def artifacts(self) -> str:
        """Where the run's figures and files are, for people."""

    def write(self, entry: Entry) -> None:
        """Record an entry; may raise anything."""


class Place(Protocol):
    """Somewhere to record runs."""

    @property
    def title(self) -> str:
        """What people call it; holds no secret."""

    def open(self, name: str, parent: Record | None, known_id: str | None) -> Record:
        """Start a run, or go on with the one that has a known id if it is here.

        Args:
            name: Of the run.
            parent: The record of the run in this same place that it is part of.
            known_id: The id of a run that was started earlier.

        Raises:
            Exception: The place cannot be reached or written; anything may be raised.
        """

    def answers(self) -> bool:
        """Return whether the place can be reached."""


@dataclass(frozen=True)
class Store:
    """The local store: where it is, and how MLflow calls it."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """The folder of figures and files."""
        return self.folder / "artifacts"

    @property
    def uri(self) -> str:
        """The tracking URI; other processes may write at the same time, so it waits for them."""
        return f"sqlite:///{self.database.resolve()}?timeout=30"


def local_store(home: Path) -> Store:
    """Return the local store in the folder for data that outlives the work tree."""
    return Store(home / "mlflow")


def tracking_uri(home: Path, environment: Mapping[str, str]) -> str:
    """Return the URI in ``MLFLOW_TRACKING_URI``, or that of the local store."""
    return environment.get(TRACKING_VARIABLE) or local_store(home).uri
