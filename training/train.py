"""A training, top to bottom: from files of labelled tweets to a verified bundle and its record.

The steps of ``train``, in order:

1. read the tweets and split them into training, validation and test rows;
2. fit a float model on the training rows;
3. export it to TFLite, with the temperature and the "not sure" band of the validation rows;
4. gate: refuse it unless it is as good as its float parent in the deployed interpreter;
5. measure both on the test rows and on human-labelled benchmarks;
6. write the bundle, then the run record, then what MLflow keeps.

``retrain`` does the same with reviewed feedback, and lets the result contest the champion's place.
"""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import Bundle, Manifest, check_replaceable, write_bundle
from sentiment.model.classifier import Classifier, Prediction
from training.data import read_split
from training.distillation import read_teachers, teacher_targets
from training.evaluate import decide, draw_evaluation, evaluate, make_reference
from training.export import draft_manifest
from training.gate import check_parity
from training.mlflow_runs import TrackedRun, start_run
from training.models.base import (
    ExportedModel,
    FittedModel,
    ModelFamily,
    TrainingTask,
    describe_parameters,
)
from training.models.checkpoint import check_free, save_float_checkpoint
from training.run_records import (
    FLOAT,
    SHIPPED,
    TEST,
    EvaluationSet,
    Logits,
    RunRecord,
    describe_provenance,
    git_commit,
    machine,
    read_sets,
    save_record,
    test_set,
)
from training.split import Split

_logger = logging.getLogger(__name__)

_TIMED_TWEETS = 300


@dataclass(frozen=True)
class TrainingConfig:
    """What to train, on what, and where the results go.

    Attributes:
        family: The kind of model.
        parameters: Of the fit, one of ``family.parameters``.
        data: Files of labelled tweets.
        output: The folder of the bundle, replaced as a whole.
        name: Of the run record, of the run in MLflow, and of the folder of the checkpoints.
        records: The folder of the run records.
        home: The folder for what outlives the work tree: checkpoints and teachers' answers.
        feedback: Files of reviewed feedback; see ``retrain``.
        distant_data: Files of distantly supervised tweets, which are only trained on.
        teachers: Folders of bundles whose answers are learned beside the labels.
        benchmarks: Human-labelled files to report on.
        checkpoint_out: A folder for the float model, to go on training from; None for none.
    """

    family: ModelFamily
    parameters: Any
    data: Sequence[Path]
    output: Path
    name: str
    records: Path
    home: Path
    feedback: Sequence[Path] = ()
    distant_data: Sequence[Path] = ()
    teachers: Sequence[Path] = ()
    benchmarks: Sequence[Path] = ()
    checkpoint_out: Path | None = None

    @property
    def labelled(self) -> list[Path]:
        """The files whose labels people, or the corpus's makers, gave."""
        return [*self.data, *self.feedback]

    def check_folders(self) -> None:
        """Check, before hours of work, that the results can be written without a loss.

        Raises:
            BundleError, OSError: They cannot.
        """
        check_replaceable(self.output)
        if self.checkpoint_out is not None:
            check_free(self.checkpoint_out)


@dataclass(frozen=True)
class TrainingResult:
    """What a training made: the bundle's manifest, the record, the float model, MLflow's run."""

    manifest: Manifest
    record: RunRecord
    model: FittedModel
    tracked: TrackedRun


@dataclass(frozen=True)
class Candidate:
    """A converted model that passed the gate.

    Attributes:
        exported: Its files, and the credit of a pretrained model that it was made from.
        classifier: The model as it would be served; its manifest lacks metrics and provenance.
        predictions: Of the validation rows, as they were written.
    """

    exported: ExportedModel
    classifier: Classifier
    predictions: Sequence[Prediction]


def train(config: TrainingConfig) -> TrainingResult:
    """Train a model, and write its bundle and its record.

    Raises:
        ValueError, OSError: A file cannot be used or written, or the fit failed; see the family.
        ConversionError: The model cannot be converted.
        GateError: The converted model is not as good as its float parent.
        BundleError: A teacher, or the converted model, does not load or answer.
    """
    config.check_folders()
    teachers = read_teachers(config.teachers)
    benchmarks = read_sets(config.benchmarks)
    split = read_split(config.data, config.distant_data)
    with start_tracking(config, split) as tracked:
        result = run(config, split, teachers, tracked, benchmarks)
        if config.checkpoint_out is not None:
            save_float_checkpoint(result.model, config.checkpoint_out)
    return result


def start_tracking(config: TrainingConfig, split: Split) -> AbstractContextManager[TrackedRun]:
    """Begin the run in MLflow, a context manager."""
    return start_run(
        config.name,
        {
            **describe_parameters(config.parameters),
            **{f"rows/{name}": count for name, count in split.counts.as_dict().items()},
        },
        files=[*config.labelled, *config.distant_data],
        parts={"training": split.training, "validation": split.validation, "test": split.test},
        tags={"family": config.family.name},
    )


def run(
    config: TrainingConfig,
    split: Split,
    teachers: Sequence[Classifier],
    tracked: TrackedRun,
    benchmarks: Sequence[EvaluationSet] = (),
    reviewed: NDArray[np.uint64] | None = None,
) -> TrainingResult:
    """Fit, export, gate, measure, write and record: ``train`` without reading.

    The fit's checkpoint is deleted once the bundle is written, so that the same command trains
    anew; until then it stays, so that the same command goes on.

    Args:
        config: What to train and where results go.
        split: The rows.
        teachers: The models of ``config.teachers``.
        tracked: The result of ``start_tracking``, entered.
        benchmarks: Human-labelled sets to report on.
        reviewed: The keys of the rows whose labels a person reviewed: no teacher overrules them.
    """
    commit = git_commit()  # of the code that fits: it may be changed while it does
    targets = teacher_targets(teachers, split.training, config.home, reviewed)
    model = fit(config, split, targets, tracked)
    candidate = export(model, split)
    sets = {each.name: each for each in (test_set(split.test), *benchmarks)}
    logits = measure(model, candidate.classifier, sets)

    provenance = {
        **describe_provenance(config.labelled, config.distant_data, split, model, commit),
        "mlflow_run_id": tracked.id,
    }
    if teachers:
        provenance["teachers"] = [each.manifest.version for each in teachers]
        tracked.set_tags(teachers=", ".join(provenance["teachers"]))
    if candidate.exported.attribution:
        provenance["encoder_attribution"] = candidate.exported.attribution
    manifest = msgspec.structs.replace(
        candidate.classifier.manifest,
        metrics=compute_metrics(logits, sets),
        provenance=provenance,
        reference=make_reference(split.validation.raw, candidate.predictions),
    )
    metadata = describe_run(model, candidate, split, provenance)
    record = RunRecord(config.name, metadata, logits, sets)

    manifest = write_bundle(config.output, manifest, candidate.exported.contents())
    save_record(record, config.records)
    _discard_checkpoint(model)
    result = TrainingResult(manifest, record, model, tracked)
    _track(result, config.output)
    return result


def fit(
    config: TrainingConfig,
    split: Split,
    targets: NDArray[np.float32] | None,
    tracked: TrackedRun,
) -> FittedModel:
    """Fit the float model, on soft targets where there are any; resume it if it was interrupted."""
    _logger.info("Fitting %s on %s rows", config.family.name, f"{len(split.training):,}")

    def report(number: int, metrics: Mapping[str, float]) -> None:
        shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        _logger.info("Report %d: %s", number, shown)
        tracked.log_metrics(metrics, step=number)

    checkpoints = config.home / "checkpoints" / config.name
    task = TrainingTask(split.training, split.validation, checkpoints, report, targets)
    return config.family.fit(task, config.parameters)


def export(model: FittedModel, split: Split) -> Candidate:
    """Convert a fitted model to TFLite, and compare it with its float parent.

    Raises:
        ConversionError: The model cannot be converted.
        GateError: The converted model is not as good as its parent.
        BundleError: The converted model does not load or answer.
    """
    _logger.info("Converting to TFLite")
    exported = model.export()
    labels, parent = split.validation.labels, model.logits(split.validation.texts)
    decision = decide(labels, parent)
    draft = draft_manifest(exported.model, exported.encoder, model.family, decision)
    classifier = Classifier(Bundle(draft, exported.contents()))
    predictions = classifier.predict_batch(split.validation.raw)
    converted = np.array([prediction.logit for prediction in predictions], np.float32)
    check_parity(labels, parent, converted)
    return Candidate(exported, classifier, predictions)


def measure(
    model: FittedModel, classifier: Classifier, sets: Mapping[str, EvaluationSet]
) -> dict[str, Logits]:
    """Return the logits of the float model and of the one to be served, by set."""
    rows = sum(len(each.labels) for each in sets.values())
    _logger.info("Measuring on %s labelled tweets", f"{rows:,}")
    return {
        name: {FLOAT: model.logits(each.texts), SHIPPED: classifier.logits(each.texts)}
        for name, each in sets.items()
    }


def compute_metrics(
    logits: Mapping[str, Logits], sets: Mapping[str, EvaluationSet]
) -> dict[str, Any]:
    """Return the metrics of a manifest, in JSON types."""
    shipped, parent = logits[TEST][SHIPPED], logits[TEST][FLOAT]
    metrics = {
        "test": evaluate(sets[TEST].labels, shipped),
        "test_float": evaluate(sets[TEST].labels, parent),
        "labels_changed": round(float(((shipped >= 0) != (parent >= 0)).mean()), 5),
        "largest_logit_difference": round(float(np.abs(shipped - parent).max()), 5),
        "benchmarks": {
            name: evaluate(each.labels, logits[name][SHIPPED])
            for name, each in sets.items()
            if name != TEST
        },
    }
    described: dict[str, Any] = msgspec.to_builtins(metrics)
    return described


def describe_run(
    model: FittedModel, candidate: Candidate, split: Split, provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a run record holds beside the logits, in JSON types."""
    manifest = candidate.classifier.manifest
    return {
        "version": manifest.version,
        "family": model.family,
        "machine": machine(),
        "seconds": round(model.seconds, 1),
        "bytes": sum(map(len, candidate.exported.contents().values())),
        "tweet_milliseconds": _tweet_milliseconds(candidate.classifier, split.validation.texts),
        "decision": msgspec.to_builtins(manifest.decision),
        "provenance": provenance,
    }


def _tweet_milliseconds(classifier: Classifier, texts: Sequence[str]) -> float:
    """Return the median time for one tweet on one thread."""
    durations = []
    for text in texts[:_TIMED_TWEETS]:
        started = time.perf_counter()
        classifier.predict(text)
        durations.append(time.perf_counter() - started)
    return round(statistics.median(durations) * 1000, 3)


def _discard_checkpoint(model: FittedModel) -> None:
    try:
        if model.checkpoint is not None:
            model.checkpoint.unlink(missing_ok=True)
    except OSError as error:
        _logger.warning(
            "The checkpoint %s cannot be deleted (%s). Delete it, or the same training again takes"
            " its weights for new ones.",
            model.checkpoint,
            error,
        )


def _track(result: TrainingResult, bundle: Path) -> None:
    tracked, record, manifest = result.tracked, result.record, result.manifest
    tracked.log_model(result.model)
    tracked.log_bundle(bundle)
    tracked.log_metrics(manifest.metrics)
    logits, labels = record.logits[TEST][SHIPPED], record.sets[TEST].labels
    tracked.log_figures(draw_evaluation(labels, logits, manifest.decision.temperature))
