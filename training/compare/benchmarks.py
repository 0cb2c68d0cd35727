"""Human-labelled sets that are added to records of runs whose models MLflow keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sentiment.bundle import read_bundle
from sentiment.classifier import Classifier
from training.families.catalog import FAMILIES
from training.mlflow_runs import download_models
from training.runs import FLOAT, SHIPPED, EvaluationSet, Logits, Run, RunError, save_run

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
    failures = []
    for run in runs:
        if lacking[run.name]:
            names = ", ".join(each.name for each in lacking[run.name])
            say(f"Measuring {run.name} on {names}")
            try:
                measured = _measured(run, lacking[run.name])
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


def _measured(run: Run, sets: Sequence[EvaluationSet]) -> Run:
    with tempfile.TemporaryDirectory(prefix="models-") as scratch:
        try:
            found = _logits(run, Path(scratch), sets)
        except Exception as error:  # whatever a store, a proxy or a damaged model may raise
            raise RunError(
                f"The run {run.name} cannot be measured on another set: {error} Otherwise train it"
                " again with --benchmark."
            ) from error
    added = {members.name: members for members in sets}
    return replace(run, logits={**run.logits, **found}, sets={**run.sets, **added})


def _logits(run: Run, scratch: Path, sets: Sequence[EvaluationSet]) -> dict[str, Logits]:
    run_id = run.facts["provenance"].get("mlflow_run_id")
    if run_id is None:
        raise RunError("MLflow does not have it.")
    model, folder = download_models(run_id, scratch)
    bundle = read_bundle(folder)
    if bundle.manifest.version != run.facts["version"]:
        raise RunError(f"MLflow has {bundle.manifest.version} in its place.")
    family: Any = run.facts["family"]
    parent, shipped = FAMILIES[family].load(model), Classifier(bundle)
    return {
        each.name: {FLOAT: parent.logits(each.texts), SHIPPED: shipped.logits(each.texts)}
        for each in sets
    }
