"""The card of the shipped model (after Mitchell et al. 2019, Model Cards for Model Reporting)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sentiment.bundle import Manifest
from training.calibration import CERTAIN_PRECISION
from training.compare.facts import Provenance, read_provenance
from training.compare.measure import Measure
from training.compare.table import CLASSES, Entry, Table
from training.compare.templates import render
from training.provenance import TORCH
from training.runs import TEST, RunError
from training.teacher import SEVERAL

TEMPLATE = "model_card.md.j2"
FILE = "model_card.md"

# Records keep logits as float16, so that a row at the threshold may change sides.
_ROUNDING = 0.001

_KINDS = MappingProxyType(
    {
        "logistic": "A logistic regression over the n-grams of a tweet",
        "lstm": "A recurrent network over the words of a tweet",
        "bert": "A pretrained Transformer encoder (BERT) over the word pieces of a tweet",
    }
)


@dataclass(frozen=True)
class Line:
    """One line of the table of metrics, from the manifest."""

    form: str
    on: str
    rows: int
    accuracy: Measure
    roc_auc: Measure
    classes: Mapping[str, Mapping[str, Measure]]


def write_card(manifest: Manifest, table: Table) -> bytes:
    """Return the card of a bundle.

    Args:
        manifest: Of the bundle.
        table: Slices, band and latency come from its run of the manifest's version, if any.

    Raises:
        RunError: The manifest lacks metrics or a part of its provenance, or that run is not
            the one that the bundle is from.
    """
    provenance = read_provenance("the bundle's manifest", manifest.provenance)
    lines = _read_lines(manifest)
    entry = table.find(manifest.version)
    if entry is not None:
        _check_same_model(manifest, lines[0], entry)
        _check_same_rows(provenance, table, entry)
    return render(
        TEMPLATE,
        manifest=manifest,
        provenance=provenance,
        rows=provenance.rows,
        kind=_KINDS.get(manifest.family, f"A model of the family {manifest.family}"),
        size=sum(file.size for file in manifest.files.values()),
        lines=lines,
        classes=CLASSES,
        entry=entry,
        bands={name: entry.bands[name] for name in (TEST, *entry.human)} if entry else {},
        table=table,
        weakest=_weakest(entry) if entry else None,
        command=train_command(manifest, provenance, entry),
        certain_precision=CERTAIN_PRECISION,
    )


def train_command(manifest: Manifest, provenance: Provenance, entry: Entry | None) -> str:
    """Return the command that trains the model of a bundle again."""
    words = ["env", f"KERAS_BACKEND={TORCH}"] if TORCH in provenance.libraries else []
    words += ["python", "-m", "training", "train", manifest.family]
    extra = provenance.data.extra_files
    for name in provenance.data.files:
        words += ["--extra" if name in extra else "--data", name]
    if provenance.teacher:
        for version in provenance.teacher.split(SEVERAL):
            words += ["--teacher", f"BUNDLE_OF_{version}"]
    if entry is not None:
        words += ["--run-name", entry.name]
    for name, value in provenance.parameters.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _check_same_model(manifest: Manifest, shipped: Line, entry: Entry) -> None:
    told, found = shipped.accuracy.value, entry.shipped.accuracy.value
    if manifest.decision != entry.facts.decision or abs(told - found) > _ROUNDING:
        raise RunError(
            f"The bundle and the record of its run {entry.name} contradict each other: accuracy"
            f" {told} and {found}, {manifest.decision} and {entry.facts.decision}."
            " Train the run again."
        )


def _check_same_rows(provenance: Provenance, table: Table, entry: Entry) -> None:
    if provenance.data.test_digest != table.test.digest:
        raise RunError(
            f"The bundle and its run {entry.name} were measured on different test rows (digests"
            f" {provenance.data.test_digest[:8]} and {table.test.digest[:8]})."
            " Train the run again, or put its bundle back."
        )


def _read_lines(manifest: Manifest) -> list[Line]:
    metrics = manifest.metrics
    try:
        measured = [
            ("shipped (int8)", "held-out tweets", metrics["test"]),
            ("float parent", "the same tweets", metrics["test_float"]),
        ]
        measured += [
            ("shipped (int8)", name.replace("_", " "), each)
            for name, each in metrics["benchmarks"].items()
        ]
        return [_read_line(form, on, each) for form, on, each in measured]
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(
            f"The metrics in the bundle's manifest are incomplete: {error}. Train it again."
        ) from error


def _read_line(form: str, on: str, measured: Mapping[str, Any]) -> Line:
    return Line(
        form=form,
        on=on,
        rows=measured["rows"],
        accuracy=Measure.of(measured["accuracy"]),
        roc_auc=Measure.of(measured["roc_auc"]),
        classes={
            name: {key: Measure.of(value) for key, value in measured[name].items()}
            for name in CLASSES
        },
    )


def _weakest(entry: Entry) -> str | None:
    """The slice where the model is least accurate, among those with a row."""
    values = {name: found.value for name, found in entry.slices.items() if found is not None}
    return min(values, key=lambda name: values[name], default=None)
