"""MLflow's web page over the recorded runs."""

from __future__ import annotations

import argparse
import os
import sys

from sentiment.settings import data_home
from training.tracking.client import DEFAULTS
from training.tracking.place import TRACKING_VARIABLE, Store, local_store
from training.tracking.redaction import redact

DEFAULT_PORT = 5000


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``mlflow`` to the command line."""
    parser = commands.add_parser(
        "mlflow",
        help="show the recorded runs in a browser",
        description="Serve MLflow's web page over the local store, for this machine only.",
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="(default: %(default)s)")
    parser.set_defaults(run=_run)


def command(store: Store, port: int) -> list[str]:
    """Return the command that serves a local store."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--backend-store-uri", store.uri),
        *("--artifacts-destination", store.artifacts.resolve().as_uri()),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--uvicorn-opts", "--log-level warning"),
    ]


def _run(options: argparse.Namespace) -> None:
    uri = os.environ.pop(TRACKING_VARIABLE, "")
    if uri:
        print(f"{TRACKING_VARIABLE} is set: new runs are recorded at {redact(uri)}.")
    store = local_store(data_home())
    store.folder.mkdir(parents=True, exist_ok=True)
    print(f"Showing {store.database} on http://127.0.0.1:{options.port} (Ctrl-C ends it)")
    sys.stdout.flush()
    environment = {**DEFAULTS, "PYTHONWARNINGS": "ignore", **os.environ}
    # The server takes the place of this process, so that Ctrl-C and signals reach it.
    os.execve(sys.executable, command(store, options.port), environment)  # noqa: S606
