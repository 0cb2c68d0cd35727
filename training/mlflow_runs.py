"""Training runs in MLflow: the one module that imports it.

The store is chosen once: what ``MLFLOW_TRACKING_URI`` names, or else a SQLite file in
``SENTIMENT_HOME``. MLflow never ends a training: its first failure is logged as a warning, a run
that could not be started is not logged, and the results are in the bundle's manifest and in the
run's record anyway.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import sentiment
import training
from sentiment.files import file_digest
from sentiment.model.bundle import NAME, Manifest, read_bundle, write_bundle
from sentiment.settings import data_home
from training.run_records import git_commit, library_versions

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

    from training.models.base import FittedModel
    from training.split import Rows

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
ALIAS = "champion"
MODEL_FOLDER, BUNDLE_FOLDER, FIGURES_FOLDER = "float_model", "bundle", "figures"

_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Environment variables of MLflow, unless the user has set them."""

_DATABASE = "mlflow.db"
_SHORTEST_SECRET = 4
_MODEL_FILES = "model"
_VERSION_TAG = "bundle_version"
_SERVING = ("ai-edge-litert", "msgspec", "numpy", "pandas", "snowballstemmer", "tokenizers")
_BUNDLE_COLUMNS = {"label": "string", "probability": "double", "certain": "boolean"}
_FLOAT_COLUMNS = {"label": "string", "logit": "float"}
_SECRET_VARIABLE = re.compile(r"(PASSWORD|TOKEN|SECRET|ACCESS_KEY|CONNECTION_STRING)$")
_ADDRESS_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Where the tables of MLflow hold absolute addresses of artifacts."""

_logger = logging.getLogger(__name__)


class MlflowError(ValueError):
    """MLflow cannot do what a command needs; the message says why and what to do."""


@dataclass(frozen=True)
class Store:
    """Where runs are logged.

    Attributes:
        uri: The tracking URI, with its credentials.
        title: How messages call it; holds no secret.
        artifacts: The folder for the artifacts of a new experiment; None where a server decides.
    """

    uri: str
    title: str
    artifacts: Path | None = None

    @property
    def address(self) -> str:
        """The tracking URI to paste into a shell; it holds no secret."""
        is_file = self.uri.startswith("sqlite")
        return shlex.quote(self.uri.partition("?")[0] if is_file else redact(self.uri))

    @cached_property
    def client(self) -> MlflowClient:
        """The client, for runs and for the model registry."""
        from mlflow import MlflowClient

        if self.artifacts:
            self.artifacts.parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(self.uri, self.uri)

    @cached_property
    def experiment_id(self) -> str:
        """The experiment that MLflow's variables name, or else the project's, made if need be.

        Raises:
            MlflowError: It was deleted.
        """
        chosen = os.environ.get("MLFLOW_EXPERIMENT_ID")
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or NAME
        find = self.client.get_experiment_by_name
        found = self.client.get_experiment(chosen) if chosen else find(name) or self._create(name)
        if found.lifecycle_stage == "deleted":
            raise MlflowError(
                f"the experiment {found.name} was deleted; restore it with"
                f" `{TRACKING_VARIABLE}={self.address} python -m mlflow experiments restore"
                f" --experiment-id {found.experiment_id}`, or name another in"
                " MLFLOW_EXPERIMENT_NAME"
            )
        return str(found.experiment_id)

    def _create(self, name: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            location = self.artifacts.as_uri() if self.artifacts else None
            self.client.create_experiment(name, location)
        except MlflowException:
            # Another process may have been faster.
            if self.client.get_experiment_by_name(name) is None:
                raise
        return self.client.get_experiment_by_name(name)


def local_store() -> Store:
    """Return the store in ``SENTIMENT_HOME``: a SQLite file with the artifacts beside it."""
    database = (data_home() / "mlflow" / _DATABASE).resolve()
    path = quote(database.as_posix(), safe="/:")
    # MLflow makes the folder of an address that starts with sqlite:///, without unquoting it.
    scheme = "sqlite" if path == database.as_posix() else "sqlite+pysqlite"
    # Other processes may write at the same time, so it waits for them.
    uri = f"{scheme}:///{path}?timeout=30"
    return Store(uri, f"the local store {database}", database.with_name("artifacts"))


def choose_store() -> Store:
    """Return the store that ``MLFLOW_TRACKING_URI`` names, or else the local one."""
    local = local_store()
    uri = os.environ.get(TRACKING_VARIABLE) or local.uri
    file = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", uri)
    # MLflow's own choice of a place for artifacts is `mlruns` in the current folder.
    if file is None and re.match(r"(postgresql|mysql|mssql)\b", uri):
        return Store(uri, f"the database {redact(uri)}", local.artifacts)
    if file is None:
        return Store(uri, f"the tracking server {redact(uri)}")
    database = Path(unquote(file[1])).resolve()
    if local.artifacts and database == local.artifacts.with_name(_DATABASE):
        _follow_move(local.artifacts)
        return local
    artifacts = database.with_name(f"{database.stem}-artifacts")
    return Store(uri, f"the store {database}", artifacts)


class TrackedRun:
    """One run, as ``start_run`` yields it. Its methods never raise for MLflow's failures.

    Attributes:
        name: As MLflow shows it.
        id: MLflow's id of the run; None where it could not be started.
        store: Where it is logged.
    """

    def __init__(self, name: str, parent: TrackedRun | None = None) -> None:
        self.name = name
        self.id: str | None = None
        self.store: Store = parent.store if parent else choose_store()
        self._root: TrackedRun = parent._root if parent else self
        self._has_warned = False

    def log_metrics(self, metrics: Mapping[str, Any], step: int = 0) -> None:
        """Log measures at one step, such as an epoch; they may be nested, see ``flatten``."""
        self._call(lambda client: client.log_batch(self.id, metrics=_metrics(metrics, step)))

    def set_tags(self, **tags: str) -> None:
        """Describe the run."""

        def log(client: MlflowClient) -> None:
            for name, value in tags.items():
                client.set_tag(str(self.id), name, value)

        self._call(log)

    def log_figures(self, figures: Mapping[str, Figure]) -> None:
        """Log figures as ``figures/<name>.png``."""

        def log(client: MlflowClient) -> None:
            for name, figure in figures.items():
                client.log_figure(str(self.id), figure, f"{FIGURES_FOLDER}/{name}.png")

        self._call(log)

    def log_bundle(self, folder: Path) -> None:
        """Log a bundle, so that the run can be measured on other tweets later."""
        self._call(lambda client: client.log_artifacts(self.id, str(folder), BUNDLE_FOLDER))

    def log_model(self, model: FittedModel) -> None:
        """Log a float model so that ``mlflow.pyfunc.load_model`` reads it."""

        def log(client: MlflowClient) -> None:
            with tempfile.TemporaryDirectory(prefix="mlflow-") as scratch:
                files, saved = Path(scratch) / _MODEL_FILES, Path(scratch) / "saved"
                files.mkdir()
                model.save(files)
                save_model(files, saved, model.family)
                client.log_artifacts(str(self.id), str(saved), MODEL_FOLDER)

        self._call(log)

    def describe(self) -> list[str]:
        """Return where the run is and how its float model is loaded, line by line, for people."""
        if self.id is None:
            return []
        return [
            f"The run {self.name} is in {self.store.title}.",
            f'Its float model: mlflow.pyfunc.load_model("runs:/{self.id}/{MODEL_FOLDER}")',
            f"and {TRACKING_VARIABLE}={self.store.address}",
        ]

    def _call(self, action: Callable[[Any], Any]) -> None:
        """Log something, if the run could be started."""
        if self.id is not None:
            self._try(action)

    def _try(self, action: Callable[[Any], Any]) -> None:
        """Call MLflow; the first failure of the run or of its children is a warning."""
        try:
            with quiet():
                action(self.store.client)
        except Exception as error:  # whatever a store, a driver or a proxy may raise
            if not self._root._has_warned:
                self._root._has_warned = True
                _logger.warning(
                    "MLflow lacks a part of this training, since %s failed: %s. The"
                    " training goes on; its results are in the bundle and in the run's record.",
                    self.store.title,
                    explain(error),
                )


@contextmanager
def start_run(
    name: str,
    parameters: Mapping[str, Any],
    *,
    files: Sequence[Path] = (),
    parts: Mapping[str, Rows] | None = None,
    tags: Mapping[str, str] | None = None,
    parent: TrackedRun | None = None,
) -> Iterator[TrackedRun]:
    """Log a run: FINISHED at the end of the block, FAILED after an exception, KILLED by Ctrl-C.

    Args:
        name: As MLflow shows it.
        parameters: What it is made with.
        files: The files of labelled tweets; their names and digests are logged.
        parts: Rows by what they serve for, such as training; their digests are logged as
            MLflow's dataset inputs, never the rows.
        tags: What describes it beside the commit of the code.
        parent: The run that it is part of.
    """
    run = TrackedRun(name, parent)

    def start(client: MlflowClient) -> None:
        from mlflow.entities import Param

        described = {
            "mlflow.source.git.commit": git_commit() or "unknown",
            **{_clean_name(f"data/{path.name}"): file_digest(path) for path in files},
            **(tags or {}),
        }
        if parent is not None:
            described["mlflow.parentRunId"] = str(parent.id)
        created = client.create_run(run.store.experiment_id, tags=described, run_name=name)
        run.id = str(created.info.run_id)
        found = [Param(_clean_name(each), str(value)) for each, value in parameters.items()]
        client.log_batch(run.id, params=found)
        client.log_inputs(run.id, _inputs(files, parts or {}))

    if parent is None or parent.id is not None:
        run._try(start)
    status = "FINISHED"
    try:
        yield run
    except BaseException as error:
        status = "FAILED" if isinstance(error, Exception) else "KILLED"
        raise
    finally:
        run._call(lambda client: client.set_terminated(run.id, status))


def flatten(measured: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers of nested measures, as ``test/accuracy``; of an estimate, the value."""
    for name, value in measured.items():
        path = f"{prefix}{_clean_name(str(name))}"
        number = value.get("value", value) if isinstance(value, Mapping) else value
        if isinstance(number, Mapping):
            yield from flatten(number, f"{path}/")
        elif isinstance(number, Real):
            yield path, float(number)


def save_model(files: Path, target: Path, family: str | None = None) -> None:
    """Write an MLflow model: its files, the code that answers, and no pickle.

    Args:
        files: A bundle, or the folder of a float model.
        target: The folder to write.
        family: Of the float model, which answers as it does before its conversion; None for a
            bundle, which answers as the app does.
    """
    name, packages, outputs = BUNDLE_FOLDER, [sentiment], _BUNDLE_COLUMNS
    if family is not None:
        name, packages, outputs = _MODEL_FILES, [sentiment, training], _FLOAT_COLUMNS
    with quiet(), tempfile.TemporaryDirectory(prefix="code-") as folder:
        from mlflow import pyfunc
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        # The input has no name, since MLflow takes lists of texts only for one without.
        columns: list[Any] = [ColSpec(kind, each) for each, kind in outputs.items()]
        pyfunc.save_model(
            target,
            # A copy, since MLflow notes the path, which shall tell nothing of the machine.
            python_model=shutil.copy(Path(__file__).with_name("mlflow_model.py"), folder),
            artifacts={name: str(files)},
            code_paths=[path for package in packages for path in package.__path__],
            signature=ModelSignature(Schema([ColSpec("string")]), Schema(columns)),
            pip_requirements=_requirements(family),
            input_example=["What a lovely phone", "My train is late again"],
            model_config={"family": family},
        )


def download_models(run_id: str, folder: Path) -> tuple[Path, Path]:
    """Download a run's float model, for ``load`` of its family, and its bundle into a folder.

    Raises:
        MlflowError: They are not to be had.
    """
    store = choose_store()
    try:
        with quiet():
            model = store.client.download_artifacts(run_id, MODEL_FOLDER, str(folder))
            bundle = store.client.download_artifacts(run_id, BUNDLE_FOLDER, str(folder))
    except Exception as error:  # whatever a store, a driver or a proxy may raise
        raise MlflowError(
            f"The models of the run {run_id} are not to be had from {store.title}:"
            f" {explain(error)}. Set {TRACKING_VARIABLE} to where the run was logged."
        ) from error
    return Path(model) / "artifacts" / _MODEL_FILES, Path(bundle)


def register(folder: Path) -> list[str]:
    """Register a bundle in MLflow's model registry under the alias ``champion``.

    A bundle that was registered before is not registered again; the alias moves back to it.

    Args:
        folder: Of the bundle, which is verified first.

    Returns:
        What was registered and how it is loaded, line by line, for people.

    Raises:
        BundleError: The bundle cannot be used.
        MlflowError: The registry cannot be reached or refuses the model.
    """
    bundle, store = read_bundle(folder), choose_store()
    with tempfile.TemporaryDirectory(prefix="champion-") as scratch:
        # A copy of what was verified; and MLflow notes the path, which tells nothing this way.
        copy = Path(scratch) / BUNDLE_FOLDER
        write_bundle(copy, bundle.manifest, bundle.contents)
        try:
            with quiet():
                number = _register(store, bundle.manifest, copy)
                store.client.set_registered_model_alias(NAME, ALIAS, number)
        except Exception as error:  # whatever a server, a driver or a proxy may raise
            raise MlflowError(
                f"{store.title} cannot register the bundle: {explain(error)}. Check"
                f" {TRACKING_VARIABLE}, or unset it to use the local store."
            ) from error
    return [
        f"Registered {folder} as version {number} of {NAME} in {store.title}.",
        f'Load it with mlflow.pyfunc.load_model("models:/{NAME}@{ALIAS}")',
        f"and {TRACKING_VARIABLE}={store.address}",
    ]


def serve(port: int) -> int:
    """Serve MLflow's web page over the runs in a SQLite store, for this machine only.

    On Linux and macOS this process becomes the server; elsewhere its exit code is returned.

    Raises:
        MlflowError: The port is taken.
    """
    store = choose_store()
    if not store.uri.startswith("sqlite"):
        _logger.info("%s is set: new runs are logged at %s.", TRACKING_VARIABLE, store.address)
        store = local_store()
    folder = (store.artifacts or Path()).resolve()
    _check_port(port)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"Showing {store.title} on http://127.0.0.1:{port} (Ctrl-C ends it)", flush=True)
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store.uri),
        *("--artifacts-destination", folder.as_uri()),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--uvicorn-opts", "--log-level warning"),
    ]
    environment = {**_DEFAULTS, "PYTHONWARNINGS": "ignore", **os.environ}
    environment.pop(TRACKING_VARIABLE, None)
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606
    return subprocess.call(command, env=environment)


def redact(text: str) -> str:
    """Return a text without the user information and queries of addresses, nor known secrets."""
    found = [value for name, value in os.environ.items() if _SECRET_VARIABLE.search(name)]
    address = os.environ.get(TRACKING_VARIABLE, "")
    for user_information in re.findall(r"://(\S*)@", address):
        if not address.startswith(user_information):  # as in postgresql://postgres@host
            found += [user_information, user_information.partition(":")[2]]
    for secret in sorted({*found, *map(unquote, found)}, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return re.sub(r"(://[^\s?#]*)[?#]\S*", r"\1", re.sub(r"://\S*@", "://", text))


def explain(error: BaseException) -> str:
    """Return why something failed: the first line of its deepest cause, without secrets."""
    if isinstance(error, MlflowError):
        return str(error)
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if "out-of-date database schema" in message:
        return (
            "another version of MLflow made it; copy it, then run"
            f" `python -m mlflow db upgrade {choose_store().address}`"
        )
    lines = redact(message).strip().splitlines()
    return lines[0].rstrip(" .") if lines else type(error).__name__


@contextmanager
def quiet() -> Iterator[None]:
    """Set MLflow's variables, and keep its logs and warnings from the terminal."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"mlflow(\.|$)")
        warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
        yield


def _follow_move(artifacts: Path) -> None:
    """Let a local store whose folder was moved look for its artifacts beside its database."""
    database, new = artifacts.with_name(_DATABASE), artifacts.as_uri()
    # The tables are MLflow's own and may change with its version, which is pinned and tested.
    # Suppressed: no table where another process is making them, and what MLflow reports better.
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=30)) as tables,
        tables,
    ):
        for (old,) in tables.execute("SELECT artifact_location FROM experiments").fetchall():
            if old.endswith("/mlflow/artifacts") and old != new:
                for table, column in _ADDRESS_COLUMNS:
                    tables.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, length(?) + 1)"  # noqa: S608
                        f" WHERE substr({column}, 1, length(?)) = ?",
                        (new, old, old, old),
                    )


def _inputs(files: Sequence[Path], parts: Mapping[str, Rows]) -> list[Any]:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    name = "+".join(path.name for path in files) or "unnamed"
    source, longest_digest = json.dumps({"uri": name}), 32
    return [
        DatasetInput(
            Dataset(name, rows.digest()[:longest_digest], "local", source),
            [InputTag("mlflow.data.context", part)],
        )
        for part, rows in parts.items()
    ]


def _metrics(metrics: Mapping[str, Any], step: int) -> list[Any]:
    from mlflow.entities import Metric

    now = time.time_ns() // 1_000_000
    return [Metric(name, value, now, step) for name, value in flatten(metrics)]


def _requirements(family: str | None) -> list[str]:
    """Return what a model needs in the versions that are installed."""
    needed = {*_SERVING, *(library_versions() if family else ())}
    # A part such as +cpu names a build that not every index has.
    return [f"{name}=={version(name).partition('+')[0]}" for name in sorted(needed)]


def _register(store: Store, manifest: Manifest, bundle: Path) -> str:
    """Return the version of a bundle in the registry, which is made if need be."""
    from mlflow.exceptions import MlflowException

    client, tags = store.client, {_VERSION_TAG: manifest.version, "family": manifest.family}
    for known in client.search_model_versions(f"name = '{NAME}'"):
        if known.tags.get(_VERSION_TAG) == manifest.version:
            return str(known.version)
    try:
        run = client.get_run(str(manifest.provenance.get("mlflow_run_id")))
    except MlflowException:  # the run that made the bundle is in another store
        run = client.create_run(store.experiment_id, tags=tags, run_name=manifest.version)
        client.log_batch(run.info.run_id, metrics=_metrics(manifest.metrics, 0))
        client.set_terminated(run.info.run_id)
    run_id = run.info.run_id
    model = client.create_logged_model(store.experiment_id, NAME, run_id, tags)
    save_model(bundle, bundle.with_name("model"))
    client.log_model_artifacts(model.model_id, str(bundle.with_name("model")))
    client.finalize_logged_model(model.model_id, "READY")
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME, description="Sentiment of tweets, as served.")
    location, id_ = model.artifact_location, model.model_id
    return str(client.create_model_version(NAME, location, run_id, tags, model_id=id_).version)


def _check_port(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        raise MlflowError(
            f"MLflow's page cannot be on port {port} ({explain(error)}). Name another:"
            " `make mlflow PORT=5001` or `python -m training mlflow --port 5001`."
        ) from error


def _clean_name(name: str) -> str:
    """Return a name that MLflow accepts for a parameter, a metric or a tag."""
    return re.sub(r"[^\w\-. :/]", "_", name, flags=re.ASCII) or "_"
