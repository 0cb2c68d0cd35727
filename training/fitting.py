"""A fit from rows to a bundle, recorded in MLflow: what ``train`` and ``retrain`` share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.families import Family, FittedModel, Report, Task, recorded
from training.families.checkpoint import discard
from training.mlflow_runs import TrackedRun, draw_evaluation, start_run
from training.runs import SHIPPED, TEST, EvaluationSet
from training.split import Split
from training.teacher import Lesson
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

    family: Family
    parameters: Any
    split: Split
    lesson: Lesson | None
    job: Job
    checkpoints: Path
    benchmarks: Sequence[EvaluationSet] = ()

    def start(self) -> AbstractContextManager[TrackedRun]:
        """Begin the MLflow run of the fit."""
        split = self.split
        counts = {f"rows/{name}": count for name, count in split.counts.as_dict().items()}
        teacher = self.job.teacher or "none"
        return start_run(
            self.job.run,
            {**recorded(self.parameters), **counts, "teacher": teacher},
            files=[*self.job.data, *self.job.extra],
            parts={"training": split.training, "validation": split.validation, "test": split.test},
            tags={"family": self.family.name},
        )

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
        task = Task(self.split.training, self.split.validation, self.checkpoints, report, taught)
        model = self.family.fit(task, self.parameters)
        outcome = finish(self.job, self.split, self.benchmarks, model, say, tracked.id)
        _discard_checkpoint(model, say)
        tracked.log_model(model)
        tracked.log_bundle(self.job.output)
        logits, labels = outcome.run.logits[TEST][SHIPPED], outcome.run.sets[TEST].labels
        temperature = outcome.manifest.decision.temperature
        tracked.log_figures(draw_evaluation(labels, logits, temperature))
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
        tracked.log_metrics(metrics, number)

    return report
