"""A fit from rows to a bundle, recorded in MLflow: what ``train`` and ``retrain`` share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.distillation import Lesson
from training.figures import draw_evaluation
from training.models.base import FittedModel, ModelFamily, Report, TrainingTask, describe_parameters
from training.models.checkpoint import discard
from training.run_records import SHIPPED, TEST, EvaluationSet
from training.split import Split
from training.tracking.origin import Origin
from training.tracking.run import TrackedRun
from training.tracking.tracker import Tracker
from training.train import Job, Outcome, finish

Say = Callable[[str], None]


@dataclass(frozen=True)
class Fitting:
    """What is fitted, on what.

    Attributes:
        family: The kind of model.
        parameters: Of the fit, one of ``family.parameters``.
        split: The corpus.
        lesson: What teachers say of the training rows; None where there is no teacher.
        job: Where data come from and results go.
        checkpoints: The folder for the state of a long fit.
        benchmarks: Human-labelled sets to report on.
    """

    family: ModelFamily
    parameters: Any
    split: Split
    lesson: Lesson | None
    job: Job
    checkpoints: Path
    benchmarks: Sequence[EvaluationSet] = ()

    def start(self, tracker: Tracker) -> TrackedRun:
        """Begin the record of the fit."""
        files = [*self.job.data, *self.job.extra]
        parameters = {**describe_parameters(self.parameters), "teacher": self.job.teacher or "none"}
        origin = Origin.of(self.family.name, files, self.split)
        return tracker.start(self.job.run, origin, parameters)

    def carry_out(self, tracked: TrackedRun, say: Say) -> Outcome:
        """Fit, convert, measure, write the bundle; record both models and figures. The run goes on.

        The fit's checkpoint is deleted once the bundle stands, so that the same command trains
        anew; until then it stays, so that another attempt need not.

        Args:
            tracked: The result of ``start``.
            say: Told of each step.

        Raises:
            ValueError, OSError: The fit failed; see the family.
            ConversionError, GateError, BundleError: See ``finish``.
        """
        say(f"Fitting {self.family.name} on {len(self.split.training):,} rows")
        taught = self.lesson.targets if self.lesson else None
        report = _reporter(tracked, say)
        task = TrainingTask(
            self.split.training, self.split.validation, self.checkpoints, report, taught
        )
        model = self.family.fit(task, self.parameters)
        outcome = finish(self.job, self.split, self.benchmarks, model, say, tracked.id)
        _discard_checkpoint(model, say)
        tracked.model(model)
        tracked.bundle(self.job.output)
        logits, labels = outcome.run.logits[TEST][SHIPPED], outcome.run.sets[TEST].labels
        temperature = outcome.manifest.decision.temperature
        for name, figure in draw_evaluation(labels, logits, temperature).items():
            tracked.figure(name, figure)
        return outcome


def _discard_checkpoint(model: FittedModel, say: Say) -> None:
    if model.checkpoint is None:
        return
    try:
        discard(model.checkpoint)
    except OSError as error:
        say(
            f"warning: the checkpoint {model.checkpoint} cannot be deleted ({error}). Delete it, or"
            " the same training again takes its weights for new ones."
        )


def _reporter(tracked: TrackedRun, say: Say) -> Report:
    def report(number: int, metrics: Mapping[str, float]) -> None:
        shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        say(f"report {number}: {shown}")
        tracked.report(number, metrics)

    return report
