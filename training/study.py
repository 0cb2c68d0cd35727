"""A search for parameters: its trials in a file that several processes share and resume."""

from __future__ import annotations

import hashlib
import os
import socket
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from training.models.base import ModelFamily, TrainingTask

if TYPE_CHECKING:
    from matplotlib.figure import Figure

JOURNAL_FILE = "journal.log"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
PARAMETERS_ATTRIBUTE = "parameters"

_OWNER_ATTRIBUTE, _RUN_ATTRIBUTE = "owner", "mlflow_run_id"
_TRIALS_BEFORE_PRUNING = 5
_PATIENCE_SECONDS = 120.0


class StudyError(ValueError):
    """A study cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Subject:
    """What the trials of one study have in common; only such trials can be compared.

    Attributes:
        family: The name of the family.
        objective: What is maximised.
        training_rows: How many rows a trial learns from.
        training_digest: Which rows these are.
        validation_rows: How many rows a trial is measured on.
        validation_digest: Which rows these are.
        held: The parameters that all trials have the same, by name.
        teacher: The version of the bundle whose answers are learned; None where there is none.
    """

    family: str
    objective: str
    training_rows: int
    training_digest: str
    validation_rows: int
    validation_digest: str
    held: Mapping[str, Any] = field(default_factory=dict)
    teacher: str | None = None

    @classmethod
    def of(
        cls,
        family: ModelFamily,
        objective: str,
        task: TrainingTask,
        held: Mapping[str, Any],
        teacher: str | None = None,
    ) -> Subject:
        """Return the subject of trials of a family on a task, with some parameters held."""
        training, validation = task.training, task.validation
        rows = len(training), training.digest(), len(validation), validation.digest()
        return cls(family.name, objective, *rows, dict(sorted(held.items())), teacher)

    @property
    def name(self) -> str:
        """A name that equal subjects share, and no others."""
        described = asdict(self)
        if self.teacher is None:  # so that studies from before there were teachers are found
            del described["teacher"]
        digest = hashlib.sha256(repr(sorted(described.items())).encode()).hexdigest()
        return f"{self.family}-{digest[:8]}"


class TrialSeededSampler(BaseSampler):
    """TPE (Bergstra et al. 2011), seeded anew for each trial by its number.

    So a search that was resumed goes on as if it had not ended, and processes that share a study
    never draw the same values, which one seed for each process would make them do. Parameters that
    are held have their value and are not drawn.
    """

    def __init__(self, seed: int, held: Mapping[str, Any]) -> None:
        self._seed = seed
        self._held = dict(held)
        self._sampler = TPESampler(seed=seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Make the sampler of this trial."""
        seed = int(np.random.SeedSequence((self._seed, trial.number)).generate_state(1)[0])
        self._sampler = TPESampler(seed=seed)
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters that are drawn together."""
        space = self._sampler.infer_relative_search_space(study, trial)
        return {name: each for name, each in space.items() if name not in self._held}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw parameters together."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a parameter that is held, or draw it."""
        if param_name in self._held:
            return self._held[param_name]
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Let the sampler of this trial finish."""
        self._sampler.after_trial(study, trial, state, values)


@dataclass(frozen=True)
class Opened:
    """A study, and whether this process made it."""

    study: optuna.Study
    is_new: bool


def open_study(folder: Path, subject: Subject, seed: int) -> Opened:
    """Return the study in a folder, which is made if need be.

    Trials of processes that are no more are marked as failed.

    Args:
        folder: Of this study alone.
        subject: What its trials have in common.
        seed: Of the sampler.

    Raises:
        StudyError: The folder holds a study of another subject, or its file is damaged.
        OSError: The folder cannot be written.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    journal = folder / JOURNAL_FILE
    try:
        opened = _open(journal, subject, seed)
    except (ValueError, KeyError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError(
            f"{journal} is damaged ({error}). Move it away, or name another study with --study."
        ) from error
    fail_abandoned(opened.study)
    return opened


def suggest_first(study: optuna.Study, family: ModelFamily, held: Mapping[str, Any]) -> None:
    """Let the defaults beside what is held be the first trial, if it is in the search space."""
    fixed = optuna.trial.FixedTrial(asdict(family.make_parameters(held)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # optuna warns of a value outside its range
        try:
            family.suggest(fixed)
        except (ValueError, Warning):
            return
    study.enqueue_trial(fixed.params)


def own(owned: optuna.Trial | optuna.Study) -> None:
    """Note that this process runs a trial, or made a study."""
    owned.set_user_attr(_OWNER_ATTRIBUTE, [socket.gethostname(), os.getpid()])


def fail_abandoned(study: optuna.Study) -> None:
    """Mark trials as failed whose process has ended without saying how they did."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if _is_abandoned(trial.user_attrs):
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)


def share_run_id(study: optuna.Study, run_id: str | None) -> None:
    """Tell the other processes under which MLflow run the trials are recorded."""
    study.set_user_attr(_RUN_ATTRIBUTE, run_id or "")


def shared_run_id(opened: Opened) -> str | None:
    """Return the MLflow run of a study, for which the process that made the study is awaited."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not opened.is_new and time.monotonic() < deadline:
        attributes = opened.study.user_attrs
        if _RUN_ATTRIBUTE in attributes:
            return str(attributes[_RUN_ATTRIBUTE]) or None
        if _is_abandoned(attributes):
            return None
        time.sleep(0.2)
    return None


def count_finished(study: optuna.Study) -> int:
    """Return how many trials were completed or pruned, by any process."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))


def count_states(study: optuna.Study) -> Mapping[str, int]:
    """Return how many trials there are of each state: complete, pruned, fail, running, waiting."""
    states = [trial.state.name.lower() for trial in study.get_trials(deepcopy=False)]
    return {state: states.count(state) for state in sorted(set(states))}


def best_trial(study: optuna.Study) -> FrozenTrial | None:
    """Return the best completed trial, if there is any."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(complete, key=lambda trial: trial.value or 0.0, default=None)


def draw(study: optuna.Study, objective: str) -> dict[str, Figure]:
    """Return the optimisation history and the parameters' importances, as far as trials allow."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt
    from optuna.visualization import matplotlib as drawings

    if best_trial(study) is None:
        return {}
    drawn: dict[str, Figure] = {}
    for name, drawing in (
        ("history", drawings.plot_optimization_history),
        ("importances", drawings.plot_param_importances),
    ):
        with warnings.catch_warnings(), mpl.rc_context():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            warnings.filterwarnings("error", message="The number of trials is too small")
            try:
                drawing(study, target_name=objective)
            except (ValueError, RuntimeError, UserWarning):  # too few trials, or all alike
                continue
            drawn[name] = plt.gcf()
            drawn[name].set_layout_engine("constrained")
            plt.close(drawn[name])
    return drawn


def _open(journal: Path, subject: Subject, seed: int) -> Opened:
    lock = JournalFileOpenLock(str(journal))
    _drop_torn_line(journal, lock)
    # Optuna advises against SQLite for processes that write at the same time.
    storage = JournalStorage(JournalFileBackend(str(journal), lock))
    others = set(optuna.get_all_study_names(storage)) - {subject.name}
    if others:
        raise StudyError(
            f"The study in {journal.parent} is about another family, other rows, another teacher or"
            " other parameters that are held"
            f" ({', '.join(sorted(others))}, not {subject.name}), so its trials cannot be compared"
            " with new ones. Name another study with --study."
        )
    arguments: dict[str, Any] = {
        "study_name": subject.name,
        "storage": storage,
        "sampler": TrialSeededSampler(seed, subject.held),
        "pruner": optuna.pruners.MedianPruner(n_startup_trials=_TRIALS_BEFORE_PRUNING),
    }
    try:
        study = optuna.create_study(direction="maximize", **arguments)
    except optuna.exceptions.DuplicatedStudyError:
        return Opened(optuna.load_study(**arguments), is_new=False)
    own(study)
    return Opened(study, is_new=True)


def _drop_torn_line(journal: Path, lock: JournalFileOpenLock) -> None:
    """Cut off what a full disk left of a line, which would damage the line after it."""
    if not journal.exists():
        return
    lock.acquire()
    try:
        with journal.open("rb+") as file:
            content = file.read()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                file.truncate(whole)
    finally:
        lock.release()


def _is_abandoned(attributes: Mapping[str, Any]) -> bool:
    """Return whether the owner is known to be a process of this machine that has ended."""
    host, process = attributes.get(_OWNER_ATTRIBUTE, ("", 0))
    if host != socket.gethostname() or os.name != "posix":  # elsewhere signal 0 is no question
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
