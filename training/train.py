"""From a corpus to a bundle: fit, measure, convert, compare, write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.bundle import (
    LABELS,
    NAME,
    SCHEMA_VERSION,
    Bundle,
    Decision,
    Manifest,
    write_bundle,
)
from sentiment.classifier import Classifier
from training.calibration import decide
from training.corpus import read_corpus
from training.families import Export, FittedModel
from training.metrics import evaluate
from training.provenance import describe
from training.split import Rows, Split

Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What to train on, what to report on, and where the bundle goes."""

    data: Sequence[Path]
    benchmarks: Sequence[Path]
    output: Path


def make_bundle(job: Job, split: Split, model: FittedModel, say: Say) -> Manifest:
    """Convert a fitted model, compare it with its float parent and write the bundle.

    Returns:
        The manifest as written.

    Raises:
        ConversionError: The model cannot be converted.
        BundleError: The converted model does not load or answer.
        OSError: The bundle cannot be written; what stood there is as it was.
    """
    say("Converting to TFLite")
    export = model.export()
    decision = decide(split.validation.labels, model.logits(split.validation.texts))
    draft = _manifest(export, model.family, decision)
    classifier = Classifier(Bundle(draft, export.contents()))
    say(f"Measuring on {len(split.test):,} test rows")
    metrics = measure(classifier, model, split.test)
    for path in job.benchmarks:
        metrics["benchmarks"][path.stem] = benchmark(classifier, path)
    manifest = _with(draft, metrics, describe(job.data, split, dict(model.parameters)))
    return write_bundle(job.output, manifest, export.contents())


def measure(classifier: Classifier, model: FittedModel, test: Rows) -> dict[str, Any]:
    """Return the metrics of the shipped model and of its float parent on the same rows."""
    shipped = classifier.logits(test.texts)
    parent = model.logits(test.texts)
    changed = float(((shipped >= 0) != (parent >= 0)).mean())
    return {
        "test": evaluate(test.labels, shipped),
        "test_float": evaluate(test.labels, parent),
        "labels_changed": round(changed, 5),
        "largest_logit_difference": round(float(np.abs(shipped - parent).max()), 5),
        "benchmarks": {},
    }


def benchmark(classifier: Classifier, path: Path) -> dict[str, Any]:
    """Return the metrics of a classifier on a file of labelled tweets, neutral rows left out."""
    tweets = list(read_corpus(path))
    labels: NDArray[np.uint8] = np.array([tweet.label for tweet in tweets], np.uint8)
    return evaluate(labels, classifier.logits([tweet.text for tweet in tweets]))


def _manifest(export: Export, family: str, decision: Decision) -> Manifest:
    created = datetime.now(UTC).replace(microsecond=0)
    digest = hashlib.sha256(export.model).hexdigest()
    return Manifest(
        schema_version=SCHEMA_VERSION,
        name=NAME,
        version=f"{created:%Y%m%dT%H%M%SZ}-{family}-{digest[:8]}",
        family=family,
        created=created.isoformat().replace("+00:00", "Z"),
        labels=LABELS,
        encoder=export.encoder,
        decision=decision,
        files={},
    )


def _with(
    manifest: Manifest, metrics: Mapping[str, Any], provenance: Mapping[str, Any]
) -> Manifest:
    import msgspec

    return msgspec.structs.replace(manifest, metrics=dict(metrics), provenance=dict(provenance))
