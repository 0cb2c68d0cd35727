"""Human-labelled sets that are added to records of runs whose models MLflow keeps."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import data_home
from training.models.catalog import FAMILIES
from training.run_records import FLOAT, SHIPPED, EvaluationSet, Logits, Run, RunError, save_run
from training.tracking.client import quiet
from training.tracking.place import TRACKING_VARIABLE
from training.tracking.pyfunc import FILES_FOLDER
from training.tracking.redaction import reason
from training.tracking.run import BUNDLE_FOLDER, MODEL_FOLDER
from training.tracking.store import MlflowPlace, chosen_place

Say = Callable[[str], None]


def add_benchmarks(
    runs: Sequence[Run], sets: Sequence[EvaluationSet], folder: Path, say: Say
) -> list[RunError]:
    """Measure the runs on the sets that they lack, and keep that in their records.

    Args:
        runs: As recorded.
        sets: With their texts.
        folder: Of the records.
        say: Told of each run that is measured.

    Returns:
        Why some runs could not be measured: MLflow does not keep their models.

    Raises:
        RunError: A run was measured on other rows under the name of a set.
        OSError: A record cannot be written; it is as it was.
    """
    lacking = {run.name: _lacking(run, sets) for run in runs}
    place = chosen_place(data_home(), os.environ)
    failures = []
    for run in runs:
        if lacking[run.name]:
            names = ", ".join(each.name for each in lacking[run.name])
            say(f"Measuring {run.name} on {names}")
            try:
                measured = _measured(run, lacking[run.name], place)
            except RunError as error:
                failures.append(error)
            else:
                save_run(measured, folder)
    return failures


def _lacking(run: Run, sets: Sequence[EvaluationSet]) -> list[EvaluationSet]:
    for members in sets:
        known = run.sets.get(members.name)
        if known is not None and known.digest != members.digest:
            raise RunError(
                f"The run {run.name} was measured on other rows of the name {members.name};"
                " rename the file."
            )
    return [members for members in sets if members.name not in run.sets]


def _measured(run: Run, sets: Sequence[EvaluationSet], place: MlflowPlace) -> Run:
    with tempfile.TemporaryDirectory(prefix="models-") as scratch:
        try:
            files = _download(run, place, Path(scratch))
            found = _logits(run, files, sets)
        except Exception as error:  # whatever a store, a proxy or a damaged model may raise
            raise _absent(run, place, reason(error)) from error
    added = {members.name: members for members in sets}
    return replace(run, logits={**run.logits, **found}, sets={**run.sets, **added})


def _download(run: Run, place: MlflowPlace, scratch: Path) -> Mapping[str, Path]:
    run_id = run.facts["provenance"].get("mlflow_run_id")
    if run_id is None:
        raise RunError("it was recorded nowhere")
    with quiet():
        return {
            name: Path(place.client.download_artifacts(run_id, name, str(scratch)))
            for name in (MODEL_FOLDER, BUNDLE_FOLDER)
        }


def _logits(
    run: Run, files: Mapping[str, Path], sets: Sequence[EvaluationSet]
) -> dict[str, Logits]:
    bundle = read_bundle(files[BUNDLE_FOLDER])
    if bundle.manifest.version != run.facts["version"]:
        raise RunError(f"it keeps {bundle.manifest.version} in its place")
    family: Any = run.facts["family"]
    parent = FAMILIES[family].load(files[MODEL_FOLDER] / "artifacts" / FILES_FOLDER)
    shipped = Classifier(bundle)
    return {
        each.name: {FLOAT: parent.logits(each.texts), SHIPPED: shipped.logits(each.texts)}
        for each in sets
    }


def _absent(run: Run, place: MlflowPlace, why: str) -> RunError:
    return RunError(
        f"The models of the run {run.name} are not to be had from {place.title} ({why}), so that"
        " it cannot be measured on another set. Point"
        f" {TRACKING_VARIABLE} to where it was recorded, or train it again with --benchmark."
    )
