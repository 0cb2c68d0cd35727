"""The records of all runs, checked to be comparable."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from training.run_records import FLOAT, SHIPPED, TEST, EvaluationSet, Run, RunError, load_runs


def read_records(folder: Path) -> list[Run]:
    """Return every run recorded in a folder, by name.

    Raises:
        RunError: There is none, one is damaged or incomplete, or two were measured on different
            rows; the message names them.
    """
    runs = list(_load(folder))
    if not runs:
        raise RunError(
            f"No run is recorded in {folder}. Train a model first: python -m training train --help"
        )
    for run in runs:
        _check_complete(run)
    for name in set_names(runs):
        _check_same_rows(name, [run for run in runs if name in run.sets])
    return runs


def set_names(runs: Sequence[Run]) -> list[str]:
    """Return the names of all sets that any run was measured on, the test rows first."""
    names = {name for run in runs for name in run.sets}
    return sorted(names, key=lambda name: (name != TEST, name))


def _load(folder: Path) -> Iterator[Run]:
    loaded = load_runs(folder)
    latest = "the first one"
    try:
        for run in loaded:
            latest = f"the one after {run.name}"
            yield run
    # What damaged NumPy archives and JSON of another shape raise beside ValueError and OSError.
    except (AttributeError, BadZipFile, EOFError, TypeError, zlib.error) as error:
        raise RunError(
            f"A record in {folder} is damaged ({latest} by name): {error}. Train it again."
        ) from error


def _check_complete(run: Run) -> None:
    if TEST not in run.sets:
        raise RunError(f"The record of {run.name} has no set called {TEST}. Train it again.")
    for name, members in run.sets.items():
        if len(np.unique(members.labels)) < 2:
            raise RunError(f"The set {name} of {run.name} has rows of one class only.")
        for form in (FLOAT, SHIPPED):
            _check_logits(run, members, form)


def _check_logits(run: Run, members: EvaluationSet, form: str) -> None:
    logits = run.logits.get(members.name, {}).get(form)
    if logits is None:
        raise RunError(
            f"The record of {run.name} lacks the {form} logits on {members.name}. Train it again."
        )
    if not np.isfinite(logits).all():
        raise RunError(f"Some {form} logits of {run.name} on {members.name} are not finite.")


def _check_same_rows(name: str, runs: Sequence[Run]) -> None:
    first = runs[0]
    for other in runs[1:]:
        digests = [run.sets[name].digest for run in (first, other)]
        if digests[0] != digests[1]:
            raise RunError(
                f"The runs {first.name} and {other.name} were measured on different rows of"
                f" {name} (digests {digests[0][:8]} and {digests[1][:8]}), so that they cannot be"
                " compared. Train one of them again on the data of the other, or move its record"
                " to another folder."
            )
