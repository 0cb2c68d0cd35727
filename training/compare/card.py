"""The card of the shipped model (after Mitchell et al. 2019, Model Cards for Model Reporting)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from operations.statistics import Estimate
from sentiment.model.bundle import Manifest
from training.calibration import CERTAIN_PRECISION
from training.compare.facts import Provenance, read_provenance
from training.compare.table import CLASSES, ClassScores, Entry, Scores, Table
from training.compare.templates import render
from training.provenance import TORCH, UNSTATED, attribute, find_source
from training.run_records import TEST, RunError

TEMPLATE = "model_card.md.j2"
FILE = "model_card.md"

# Records keep logits as float16, so that a row at the threshold may change sides.
_ROUNDING = 0.001

_SHIPPED = "shipped (int8)"

_KINDS = MappingProxyType(
    {
        "logistic": "A logistic regression over the n-grams of a tweet",
        "lstm": "A recurrent network over the words of a tweet",
        "bert": "A pretrained Transformer encoder (BERT) over the word pieces of a tweet",
    }
)


@dataclass(frozen=True)
class Line:
    """One line of the table of metrics."""

    form: str
    on: str
    rows: int
    accuracy: Estimate
    roc_auc: Estimate
    classes: Mapping[str, ClassScores]


def write_card(manifest: Manifest, table: Table) -> bytes:
    """Return the card of a bundle.

    Args:
        manifest: Of the bundle.
        table: Human-labelled sets, slices, band and latency come from its run of the manifest's
            version, if any.

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
        attribution=_attribute(provenance),
        time=_time_of_tweets(provenance),
        kind=_KINDS.get(manifest.family, f"A model of the family {manifest.family}"),
        size=sum(file.size for file in manifest.files.values()),
        lines=[*lines, *(_lines_of_sets(entry) if entry else _read_sets(manifest))],
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
    for version in provenance.teachers:
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


def _attribute(provenance: Provenance) -> str:
    """Whose tweets they are: by the names of their files where the record cannot tell of all."""
    recorded = provenance.data_attribution
    if UNSTATED not in recorded:
        return recorded
    return attribute([Path(name) for name in provenance.data.files])


def _time_of_tweets(provenance: Provenance) -> str:
    """When the tweets were written that were trained on."""
    sources = {name: find_source(name) for name in provenance.data.files}
    years = sorted({source.year for source in sources.values() if source is not None})
    times = [" and ".join(map(str, years))] if years else []
    unknown = [name for name, source in sources.items() if source is None]
    if unknown:
        times.append(f"a time that is not recorded ({', '.join(unknown)})")
    return ", and of ".join(times)


def _read_lines(manifest: Manifest) -> list[Line]:
    metrics = manifest.metrics
    measured = [
        (_SHIPPED, "held-out tweets", "test"),
        ("float parent", "the same tweets", "test_float"),
    ]
    with _complete():
        return [_read_line(form, on, metrics[name]) for form, on, name in measured]


def _read_sets(manifest: Manifest) -> list[Line]:
    with _complete():
        sets = manifest.metrics["benchmarks"]
        return [_read_line(_SHIPPED, _title(name), each) for name, each in sets.items()]


def _lines_of_sets(entry: Entry) -> list[Line]:
    return [_line(_SHIPPED, _title(name), scores) for name, scores in entry.human.items()]


@contextmanager
def _complete() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(
            f"The metrics in the bundle's manifest are incomplete: {error}. Train it again."
        ) from error


def _title(name: str) -> str:
    return name.replace("_", " ")


def _line(form: str, on: str, scores: Scores) -> Line:
    return Line(form, on, scores.rows, scores.accuracy, scores.roc_auc, scores.classes)


def _read_line(form: str, on: str, measured: Mapping[str, Any]) -> Line:
    return Line(
        form=form,
        on=on,
        rows=measured["rows"],
        accuracy=Estimate.of(measured["accuracy"]),
        roc_auc=Estimate.of(measured["roc_auc"]),
        classes={
            name: ClassScores(**{key: Estimate.of(value) for key, value in measured[name].items()})
            for name in CLASSES
        },
    )


def _weakest(entry: Entry) -> str | None:
    """The slice where the model is least accurate, among those with a row."""
    values = {name: found.value for name, found in entry.slices.items() if found is not None}
    return min(values, key=lambda name: values[name], default=None)
