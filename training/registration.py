"""The shipped bundle in MLflow's model registry, under the alias ``champion``."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentiment.model.bundle import NAME, Manifest, read_bundle, write_bundle
from sentiment.settings import data_home
from training.tracking.client import quiet
from training.tracking.entry import End, Metrics, Tags, flatten, now
from training.tracking.place import TRACKING_VARIABLE, tracking_uri
from training.tracking.pyfunc import save_bundle
from training.tracking.redaction import reason, redact
from training.tracking.store import MlflowPlace, chosen_place

Say = Callable[[str], None]

ALIAS = "champion"
DEFAULT_BUNDLE = Path("model_artifacts")

_VERSION_TAG = "bundle_version"


class RegistrationError(OSError):
    """The registry cannot be reached or refuses the model; the message says why."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``register`` to the command line."""
    parser = commands.add_parser(
        "register",
        help="register the bundle in MLflow as the champion",
        description="Register a bundle as a pyfunc model of MLflow, under the alias `champion`,"
        f" on the server that {TRACKING_VARIABLE} names or else in the local store.",
    )
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE,
                        help="folder of the bundle (default: %(default)s)")  # fmt: skip
    parser.set_defaults(run=_run)


def register(folder: Path, place: MlflowPlace) -> str:
    """Register a bundle and let ``champion`` point to it.

    A bundle that was registered before is not registered again; the alias moves back to it.

    Args:
        folder: The folder of the bundle; it is verified first.
        place: The tracking server or the store.

    Returns:
        The version in the registry.

    Raises:
        BundleError: The bundle cannot be used.
        RegistrationError: The registry cannot be reached or refuses the model.
    """
    bundle = read_bundle(folder)
    with tempfile.TemporaryDirectory(prefix="champion-") as scratch:
        # A copy of what was verified; and MLflow notes the path, which shall tell nothing.
        copy = Path(scratch) / "bundle"
        write_bundle(copy, bundle.manifest, bundle.contents)
        try:
            with quiet():
                number = _find(place, bundle.manifest) or _create(place, bundle.manifest, copy)
                place.client.set_registered_model_alias(NAME, ALIAS, number)
        except Exception as error:  # whatever a server, a driver or a proxy may raise
            raise RegistrationError(
                f"{place.title} cannot register the bundle: {reason(error)}. Check"
                f" {TRACKING_VARIABLE}, or unset it to use the local store."
            ) from error
    return number


def _run(options: argparse.Namespace) -> None:
    home = data_home()
    place = chosen_place(home, os.environ)
    number = register(options.bundle, place)
    uri = redact(tracking_uri(home, os.environ))
    print(f"Registered {options.bundle} as version {number} of {NAME} in {place.title}.")
    print(f'Load it with mlflow.pyfunc.load_model("models:/{NAME}@{ALIAS}")')
    print(f"and {TRACKING_VARIABLE}={uri}")


def _find(place: MlflowPlace, manifest: Manifest) -> str | None:
    for known in place.client.search_model_versions(f"name = '{NAME}'"):
        if known.tags.get(_VERSION_TAG) == manifest.version:
            return str(known.version)
    return None


def _create(place: MlflowPlace, manifest: Manifest, bundle: Path) -> str:
    client, run_id = place.client, _source_run(place, manifest)
    tags = {_VERSION_TAG: manifest.version, "family": manifest.family}
    model = client.create_logged_model(place.experiment, NAME, run_id, tags)
    target = bundle.with_name("model")
    save_bundle(bundle, target)
    client.log_model_artifacts(model.model_id, str(target))
    client.finalize_logged_model(model.model_id, "READY")
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME, description="Sentiment of tweets, as served.")
    created = client.create_model_version(
        NAME, model.artifact_location, run_id, tags, model_id=model.model_id
    )
    return str(created.version)


def _source_run(place: MlflowPlace, manifest: Manifest) -> str:
    """Return the run that made the bundle or, where it is unknown, a new one with its metrics."""
    known = manifest.provenance.get("mlflow_run_id")
    if known and _is_known(place, known):
        return str(known)
    record = place.open(manifest.version, None, None)
    record.write(Tags({_VERSION_TAG: manifest.version, "family": manifest.family}))
    record.write(Metrics(dict(flatten(manifest.metrics)), 0, now()))
    record.write(End("FINISHED", now()))
    return record.id


def _is_known(place: MlflowPlace, run_id: Any) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        place.client.get_run(str(run_id))
    except MlflowException:
        return False
    return True
