"""Search a family's parameters with Optuna and keep the best where ``train`` reads them."""

from __future__ import annotations

import hashlib
import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna import TrialPruned
from optuna.exceptions import DuplicatedStudyError, ExperimentalWarning
from optuna.samplers import BaseSampler, PartialFixedSampler, TPESampler
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import MaxTrialsCallback
from optuna.trial import TrialState
from sqlalchemy.exc import IntegrityError, ProgrammingError

from sentiment.settings import data_home
from training.data import read_split
from training.distillation import read_teachers, teacher_targets
from training.mlflow_runs import TrackedRun, explain, redact, start_run
from training.models.base import ModelFamily, TrainingTask, describe_parameters
from training.models.tuned_parameters import TunedParameters, load_parameters, save_parameters
from training.split import Rows, Split

OBJECTIVE = "roc_auc"
"""What is maximised, on validation rows.

The area under the ROC curve uses the order of all rows, so it tells near-equal trials apart on a
few thousand rows where accuracy moves by chance; and it does not depend on the threshold, which
is chosen later.
"""

_PARAMETERS = "parameters"
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
_TRIALS_BEFORE_PRUNING = 5
_SECONDS_TO_MAKE_TABLES = 2.0

_logger = logging.getLogger(__name__)


class TuningError(ValueError):
    """No parameters can be found; the message says why and what to do."""


@dataclass(frozen=True)
class TuningConfig:
    """What to search, and for how long.

    Attributes:
        family: Whose parameters.
        data: The files of labelled tweets; test rows are never looked at.
        trials: How many trials the study shall have in the end, those of other processes and of
            earlier calls included; the same call again resumes the study. Each process may go
            over by the one trial it is at.
        output: The folder of the best parameters.
        distant_data: Files of distantly supervised tweets, for training alone.
        teachers: The folders of bundles whose answers every trial learns beside the labels.
        timeout: After how many seconds no more trial begins; None for no limit.
        subset: How many training rows a trial learns from; None for all.
        study: A name for the study, whose trials are of one family, on the same rows, and with
            the same values held; what differs in these is another study of that name.
        storage: The storage URL of Optuna, such as ``postgresql://host/studies``, with which
            several machines share a study; None for a file in ``SENTIMENT_HOME``.
        seed: Of the search; without effect on a shared storage, where no two processes may draw
            the same values.
        held: Parameters that every trial has the same, by name; they are not searched.
    """

    family: ModelFamily
    data: Sequence[Path]
    trials: int
    output: Path
    distant_data: Sequence[Path] = ()
    teachers: Sequence[Path] = ()
    timeout: float | None = None
    subset: int | None = None
    study: str | None = None
    storage: str | None = None
    seed: int = 0
    held: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TuningOutcome:
    """How a search ended.

    Attributes:
        study: The study's name.
        finished: How many of its trials were completed or pruned, by any process.
        best: The best parameters so far; None where Ctrl-C came before there were any.
        file: Where they were written.
        interrupted: Whether Ctrl-C ended the search.
    """

    study: str
    finished: int
    best: TunedParameters | None
    file: Path | None
    interrupted: bool

    def describe(self) -> list[str]:
        """Return the result line by line, for people."""
        lines = [f"The study {self.study} has {self.finished} finished trials."]
        if self.best is not None:
            found = self.best.found
            lines += [
                f"Best {OBJECTIVE} on {found['validation_rows']:,} validation rows:"
                f" {found['value']:.4f} (trial {found['trial']})",
                *(f"  {name}: {value}" for name, value in self.best.parameters.items()),
                f"Wrote {self.file}",
            ]
        if self.interrupted:
            lines.append("It was interrupted; the same command resumes the study.")
        return lines


def tune(config: TuningConfig) -> TuningOutcome:
    """Read the data, run the trials that the study still lacks and write the best parameters.

    Raises:
        CorpusError: The data cannot be read.
        TuningError: The study or its storage cannot be used, or no trial was completed.
        BundleError: A teacher cannot be used.
        OSError: A file cannot be written.
    """
    return search(config, read_split(config.data, config.distant_data))


def search(config: TuningConfig, split: Split) -> TuningOutcome:
    """Run the trials that the study still lacks and write the best parameters; see ``tune``."""
    training = split.training.head(config.subset)
    teachers = read_teachers(config.teachers)
    targets = teacher_targets(teachers, training, data_home())
    task = TrainingTask(training, split.validation, soft_targets=targets)
    subject = describe_subject(config, task, [each.manifest.version for each in teachers])
    study = _open_study(config, subject)
    recorded = describe_parameters(config.family.make_parameters(config.held))
    shown = {**subject, "held": {name: recorded[name] for name in config.held}}
    best, interrupted = None, False
    try:
        with start_run(
            f"tune-{study.study_name}",
            shown,
            files=[*config.data, *config.distant_data],
            parts={"training": training, "validation": split.validation},
            tags={"family": config.family.name, "study": study.study_name},
        ) as run:
            try:
                _optimize(study, config, _Objective(config, task, run))
            finally:
                best = _find_best(study, subject)
                if best is not None:
                    run.log_metrics({f"best_{OBJECTIVE}": best.found["value"]})
    except KeyboardInterrupt:
        interrupted = True
    if best is None and not interrupted:
        raise TuningError(
            "No trial was completed, for the reasons above. If the search space was changed, name"
            " another study with --study."
        )
    file = save_parameters(best, config.output) if best else None
    return TuningOutcome(study.study_name, count_finished(study), best, file, interrupted)


def describe_subject(
    config: TuningConfig, task: TrainingTask, teachers: Sequence[str]
) -> dict[str, Any]:
    """Return what the trials of one study have in common; only such trials can be compared.

    Args:
        config: Of the search.
        task: What a trial works on.
        teachers: The versions of the bundles whose answers are learned.
    """
    return {
        "family": config.family.name,
        "objective": OBJECTIVE,
        "training_rows": len(task.training),
        "training_digest": task.training.digest(),
        "validation_rows": len(task.validation),
        "validation_digest": task.validation.digest(),
        "held": dict(sorted(config.held.items())),
        # Joined, since the names of studies are digests of this.
        "teacher": " and ".join(teachers) or None,
    }


def name_study(subject: Mapping[str, Any]) -> str:
    """Return the family and a digest that equal subjects share, and no others."""
    described = sorted((name, value) for name, value in subject.items() if value is not None)
    return f"{subject['family']}-{hashlib.sha256(repr(described).encode()).hexdigest()[:8]}"


def measure(validation: Rows, logits: NDArray[np.float32]) -> dict[str, float]:
    """Return the ROC-AUC and the accuracy of logits.

    Raises:
        ValueError: A logit is not finite.
    """
    from sklearn.metrics import roc_auc_score

    correct = (logits >= 0) == (validation.labels == 1)
    return {
        OBJECTIVE: float(roc_auc_score(validation.labels, logits)),
        "accuracy": float(correct.mean()),
    }


def count_finished(study: optuna.Study) -> int:
    """Return how many trials were completed or pruned, by any process."""
    return len(study.get_trials(deepcopy=False, states=_FINISHED))


@dataclass(frozen=True)
class _Objective:
    """Fits a model with the parameters of a trial and measures it, as an MLflow run."""

    config: TuningConfig
    task: TrainingTask
    parent: TrackedRun

    def __call__(self, trial: optuna.Trial) -> float:
        family = self.config.family
        try:
            values = {**family.suggest(trial), **self.config.held}
            trial.set_user_attr(_PARAMETERS, values)
            parameters = family.make_parameters(values)
            name, tags = f"trial-{trial.number:03}", {"study": trial.study.study_name}
            with start_run(
                name, describe_parameters(parameters), tags=tags, parent=self.parent
            ) as run:
                value = self._measure(trial, parameters, run)
        except ValueError as error:
            _logger.warning("Trial %d failed: %s", trial.number, error)
            raise
        if value is None:
            raise TrialPruned
        return value

    def _measure(self, trial: optuna.Trial, parameters: Any, run: TrackedRun) -> float | None:
        """Return the value of a trial; None where it falls behind."""

        def report(epoch: int, metrics: Mapping[str, float]) -> None:
            run.log_metrics(metrics, epoch)
            trial.report(metrics["accuracy"], epoch)
            if trial.should_prune():
                raise TrialPruned

        started = time.monotonic()
        try:
            model = self.config.family.fit(replace(self.task, report=report), parameters)
        except TrialPruned:
            run.set_tags(pruned="true")
            return None
        measured = measure(self.task.validation, model.logits(self.task.validation.texts))
        run.log_metrics({**measured, "seconds": time.monotonic() - started})
        return measured[OBJECTIVE]


def _optimize(study: optuna.Study, config: TuningConfig, objective: _Objective) -> None:
    """Run trials until the study has enough of them, or time is up; one that fails is no end."""
    missing = config.trials - count_finished(study)
    if missing <= 0:
        _logger.info("The study has enough finished trials; ask for more with --trials.")
        return
    study.optimize(
        objective,
        n_trials=missing,
        timeout=config.timeout,
        catch=(ValueError,),
        callbacks=[MaxTrialsCallback(config.trials, _FINISHED)],
        show_progress_bar=True,
    )


def _open_study(config: TuningConfig, subject: Mapping[str, Any]) -> optuna.Study:
    """Return the study, which is made if need be, with the best known parameters to begin with."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    name = name_study(subject)
    if config.study and config.storage:
        name = f"{config.study}-{name.rpartition('-')[2]}"
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_TRIALS_BEFORE_PRUNING)
    journal = data_home() / "optuna" / (config.study or name) / "journal.log"
    title = redact(config.storage) if config.storage else str(journal)
    known = load_parameters(config.family, distilled=bool(config.teachers), folder=config.output)
    first = asdict(config.family.make_parameters({**known, **config.held}))
    try:
        storage = _open_storage(config.storage, journal)
        try:
            study = optuna.create_study(
                storage=storage, study_name=name, direction="maximize", pruner=pruner
            )
            study.enqueue_trial(first)
        except DuplicatedStudyError:
            study = optuna.load_study(storage=storage, study_name=name, pruner=pruner)
    except Exception as error:  # whatever a driver may raise, or a damaged file
        raise TuningError(
            f"The studies in {title} cannot be used: {explain(error)}. Check --storage, or name"
            " another study with --study."
        ) from error
    study.sampler = _make_sampler(config, study)
    return study


def _open_storage(url: str | None, journal: Path) -> BaseStorage:
    if url is not None:
        try:
            return RDBStorage(url)
        except (IntegrityError, ProgrammingError):  # another process makes the tables just now
            time.sleep(_SECONDS_TO_MAKE_TABLES)
            return RDBStorage(url)
    # Optuna advises against SQLite for processes that write at the same time.
    journal.parent.mkdir(parents=True, exist_ok=True)
    return JournalStorage(JournalFileBackend(str(journal), JournalFileOpenLock(str(journal))))


def _make_sampler(config: TuningConfig, study: optuna.Study) -> BaseSampler:
    """Return TPE (Bergstra et al. 2011), which leaves alone what is held.

    A study that is resumed must not draw what it drew before, so the seed depends on its trials;
    and of processes that share a study, only the first may have the seed.
    """
    trials = study.get_trials(deepcopy=False)
    is_shared = config.storage or any(trial.state is TrialState.RUNNING for trial in trials)
    seed = int(np.random.SeedSequence((config.seed, len(trials))).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = TPESampler(seed=None if is_shared else seed)
        return PartialFixedSampler(dict(config.held), sampler)


def _find_best(study: optuna.Study, subject: Mapping[str, Any]) -> TunedParameters | None:
    if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        return None
    trial = study.best_trial
    found = {
        **subject,
        "study": study.study_name,
        "trial": trial.number,
        "trials": count_finished(study),
        "value": round(trial.value or 0.0, 5),
    }
    return TunedParameters(found.pop("family"), trial.user_attrs[_PARAMETERS], found)
