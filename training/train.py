"""From a fitted model to a bundle: convert, pass the gate, measure, record, write."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sentiment.model.bundle import (
    LABELS,
    NAME,
    SCHEMA_VERSION,
    Bundle,
    Decision,
    Manifest,
    write_bundle,
)
from sentiment.model.classifier import Classifier
from training.evaluate import decide, evaluate
from training.gate import compare, find_foreign_operators
from training.models.base import Export, FittedModel
from training.provenance import describe, machine
from training.reference import make_reference
from training.run_records import (
    FLOAT,
    SHIPPED,
    TEST,
    EvaluationSet,
    Logits,
    RunRecord,
    save_record,
    test_set,
)
from training.split import Split

Say = Callable[[str], None]

_TIMED_TWEETS = 300


@dataclass(frozen=True)
class Job:
    """Where data come from and results go.

    Attributes:
        data: The files of the corpus, for the record.
        output: The folder of the bundle, replaced as a whole.
        run: The name of the run's record.
        runs: The folder of the records.
        teacher: The version of the bundle whose answers were learned; None where there was none.
        extra: The files of tweets that were trained on only, for the record.
        commit: Of the code before the fit, for the record; see ``git_commit``.
    """

    data: Sequence[Path]
    output: Path
    run: str
    runs: Path
    teacher: str | None = None
    extra: Sequence[Path] = ()
    commit: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a training run made."""

    manifest: Manifest
    run: RunRecord
    model: FittedModel


def finish(
    job: Job,
    split: Split,
    benchmarks: Sequence[EvaluationSet],
    model: FittedModel,
    say: Say,
    tracked_as: str | None = None,
) -> Outcome:
    """Convert a fitted model, check it, measure it, record the run and write the bundle.

    Args:
        job: Where results go.
        split: The corpus that the model was fitted on.
        benchmarks: Human-labelled sets to report on.
        model: The float model.
        say: Told of each step.
        tracked_as: The id of the run in MLflow, for the record.

    Raises:
        ConversionError: The model cannot be converted.
        GateError: The converted model is not as good as its parent.
        BundleError: The converted model does not load or answer.
        OSError: A result cannot be written; what stood in its place is as it was.
    """
    sets = {each.name: each for each in (test_set(split.test), *benchmarks)}
    say("Converting to TFLite")
    export = model.export()
    parent = model.logits(split.validation.texts)
    draft = draft_manifest(export, model.family, decide(split.validation.labels, parent))
    classifier = Classifier(Bundle(draft, export.contents()))
    say("Comparing it with its float parent")
    predictions = classifier.predict_batch(split.validation.raw)
    shipped = np.array([prediction.logit for prediction in predictions], np.float32)
    foreign = find_foreign_operators(export.model)
    compare(split.validation.labels, parent, shipped, foreign).check()
    say(f"Measuring on {sum(len(each.labels) for each in sets.values()):,} labelled tweets")
    logits = _logits(model, classifier, sets)
    provenance = describe(job.data, split, dict(model.parameters), job.extra, job.commit)
    provenance["mlflow_run_id"] = tracked_as
    if job.teacher:
        provenance["teacher"] = job.teacher
    if export.attribution:
        provenance["encoder_attribution"] = export.attribution
    facts = {
        "version": draft.version,
        "family": model.family,
        "machine": machine(),
        "seconds": round(model.seconds, 1),
        "bytes": sum(map(len, export.contents().values())),
        "tweet_milliseconds": tweet_milliseconds(classifier, split.validation.texts),
        "decision": msgspec.to_builtins(draft.decision),
        "provenance": provenance,
    }
    run = RunRecord(job.run, facts, logits, sets)
    manifest = msgspec.structs.replace(
        draft,
        metrics=_metrics(logits, sets),
        provenance=provenance,
        reference=make_reference(split.validation.raw, predictions),
    )
    written = write_bundle(job.output, manifest, export.contents())
    save_record(run, job.runs)
    return Outcome(written, run, model)


def tweet_milliseconds(classifier: Classifier, texts: Sequence[str]) -> float:
    """Return the median time for one tweet on one thread, in milliseconds."""
    durations = []
    for text in texts[:_TIMED_TWEETS]:
        started = time.perf_counter()
        classifier.predict(text)
        durations.append(time.perf_counter() - started)
    return round(statistics.median(durations) * 1000, 3)


def _logits(
    model: FittedModel, classifier: Classifier, sets: Mapping[str, EvaluationSet]
) -> dict[str, Logits]:
    return {
        name: {FLOAT: model.logits(each.texts), SHIPPED: classifier.logits(each.texts)}
        for name, each in sets.items()
    }


def _metrics(logits: Mapping[str, Logits], sets: Mapping[str, EvaluationSet]) -> dict[str, Any]:
    test, labels = logits[TEST], sets[TEST].labels
    return {
        "test": msgspec.to_builtins(evaluate(labels, test[SHIPPED])),
        "test_float": msgspec.to_builtins(evaluate(labels, test[FLOAT])),
        "labels_changed": round(float(((test[SHIPPED] >= 0) != (test[FLOAT] >= 0)).mean()), 5),
        "largest_logit_difference": round(float(np.abs(test[SHIPPED] - test[FLOAT]).max()), 5),
        "benchmarks": {
            name: msgspec.to_builtins(evaluate(each.labels, logits[name][SHIPPED]))
            for name, each in sets.items()
            if name != TEST
        },
    }


def draft_manifest(export: Export, family: str, decision: Decision) -> Manifest:
    """Return the manifest of a converted model, still without files, metrics and provenance."""
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
