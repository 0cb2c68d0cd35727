"""Runs recorded by MLflow: a tracking server or the local store."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sentiment.model.bundle import NAME
from training.tracking.client import make_client, quiet
from training.tracking.entry import (
    Content,
    Dataset,
    End,
    Entry,
    File,
    Folder,
    Metrics,
    Parameters,
    Tags,
    clean_name,
)
from training.tracking.place import Record, Store, local_store, tracking_uri
from training.tracking.redaction import redact

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT_VARIABLE = "MLFLOW_EXPERIMENT_NAME"

_LONGEST_DIGEST = 32
_UNKNOWN_RUN = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})  # or a deleted one


@dataclass(frozen=True)
class MlflowRecord:
    """A run of MLflow."""

    client: MlflowClient
    id: str
    artifact_uri: str

    @property
    def artifacts(self) -> str:
        """The folder or the URI of the run's artifacts."""
        return redact(self.artifact_uri.removeprefix("file://"))

    def write(self, entry: Entry) -> None:
        """Send an entry to MLflow."""
        with quiet():
            self._write(entry)

    def _write(self, entry: Entry) -> None:
        match entry:
            case Parameters(values):
                self._log_parameters(values)
            case Tags(values):
                for name, value in values.items():
                    self.client.set_tag(self.id, clean_name(name), value)
            case Metrics():
                self._log_metrics(entry)
            case Dataset():
                self._log_dataset(entry)
            case Content(path, content):
                self._log_content(PurePosixPath(path), content)
            case Folder(path, contents):
                self._log_folder(path, contents)
            case File(source, folder):
                self.client.log_artifact(self.id, str(source), folder)
            case End(status, milliseconds):
                self.client.set_terminated(self.id, status, milliseconds)

    def _log_parameters(self, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        found = [Param(clean_name(name), str(value)) for name, value in values.items()]
        self.client.log_batch(self.id, params=found)

    def _log_metrics(self, entry: Metrics) -> None:
        from mlflow.entities import Metric

        found = [
            Metric(clean_name(name), value, entry.milliseconds, entry.step)
            for name, value in entry.values.items()
        ]
        self.client.log_batch(self.id, metrics=found)

    def _log_dataset(self, entry: Dataset) -> None:
        from mlflow.entities import Dataset as DatasetEntity
        from mlflow.entities import DatasetInput, InputTag

        dataset = DatasetEntity(
            name=entry.name,
            digest=entry.digest[:_LONGEST_DIGEST],
            source_type="local",
            source=json.dumps({"uri": entry.name}),
            profile=json.dumps({"num_rows": entry.rows}),
        )
        context = InputTag("mlflow.data.context", entry.context)
        self.client.log_inputs(self.id, [DatasetInput(dataset, [context])])

    def _log_content(self, path: PurePosixPath, content: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="artifact-") as folder:
            file = Path(folder) / path.name
            file.write_bytes(content)
            self.client.log_artifact(self.id, str(file), _folder_of(path))

    def _log_folder(self, path: str, contents: Mapping[str, bytes]) -> None:
        with tempfile.TemporaryDirectory(prefix="artifacts-") as folder:
            for name, content in contents.items():
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            self.client.log_artifacts(self.id, folder, path)


@dataclass(frozen=True)
class MlflowPlace:
    """A tracking server or a store.

    Attributes:
        uri: The tracking URI.
        title: What people call it; holds no secret.
        artifacts: Where the artifacts of a new experiment go; None where the server decides.
    """

    uri: str
    title: str
    artifacts: Path | None = None

    @cached_property
    def client(self) -> MlflowClient:
        """The client; made when it is first needed, since that may take seconds."""
        return make_client(self.uri)

    @cached_property
    def experiment(self) -> str:
        """The id of the experiment, which is made if need be."""
        with quiet():
            name = os.environ.get(EXPERIMENT_VARIABLE) or NAME
            found = self.client.get_experiment_by_name(name)
            return self._create(name) if found is None else str(found.experiment_id)

    def open(self, name: str, parent: Record | None, known_id: str | None) -> MlflowRecord:
        """Start a run or go on with a known one."""
        with quiet():
            run = self._find(known_id) or self._start(name, parent)
        return MlflowRecord(self.client, run.info.run_id, str(run.info.artifact_uri))

    def answers(self) -> bool:
        """Return whether the experiment can be read."""
        try:
            with quiet():
                self.client.get_experiment(self.experiment)
        except Exception:  # whatever a store, a driver or a proxy may raise
            return False
        return True

    def _create(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        location = None if self.artifacts is None else self.artifacts.resolve().as_uri()
        try:
            return str(self.client.create_experiment(name, location))
        except MlflowException:
            # Another process may have been faster.
            found = self.client.get_experiment_by_name(name)
            if found is None:
                raise
            return str(found.experiment_id)

    def _find(self, run_id: str | None) -> Any:
        from mlflow.exceptions import MlflowException

        if run_id is None:
            return None
        try:
            self.client.update_run(run_id, status="RUNNING")
            return self.client.get_run(run_id)
        except MlflowException as error:
            if error.error_code in _UNKNOWN_RUN:
                return None
            raise

    def _start(self, name: str, parent: Record | None) -> Any:
        tags = {"mlflow.source.type": "LOCAL"}
        if parent is not None and parent.id is not None:
            tags["mlflow.parentRunId"] = parent.id
        return self.client.create_run(self.experiment, tags=tags, run_name=name)


def local_place(store: Store) -> MlflowPlace:
    """Return the local store as a place."""
    return MlflowPlace(store.uri, f"the local store {store.database}", store.artifacts)


def chosen_place(home: Path, environment: Mapping[str, str]) -> MlflowPlace:
    """Return what ``MLFLOW_TRACKING_URI`` names, or else the local store."""
    store = local_store(home)
    uri = tracking_uri(home, environment)
    if uri == store.uri:
        return local_place(store)
    return MlflowPlace(uri, f"the tracking server {redact(uri, environment)}")


def _folder_of(path: PurePosixPath) -> str | None:
    return None if path.parent == PurePosixPath() else str(path.parent)
