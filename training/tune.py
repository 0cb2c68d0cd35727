"""Search a family's parameters with Optuna and keep the best where ``train`` reads them."""

from __future__ import annotations

import argparse
import math
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from operations.arguments import whole_number
from sentiment.settings import data_home
from training.data import read_split
from training.distillation import read_teachers, teacher_targets
from training.models.base import ModelFamily, TrainingTask, describe_parameters
from training.models.catalog import FAMILIES
from training.parameters import FOLDER, Tuned, save
from training.split import Rows, Split
from training.tracking.interruption import deferred
from training.tracking.origin import Origin
from training.tracking.run import FINISHED, KILLED, TrackedRun
from training.tracking.tracker import Tracker

if TYPE_CHECKING:
    import optuna
    from tqdm import tqdm

    from training.study import Subject

Say = Callable[[str], None]

OBJECTIVE = "roc_auc"
"""What is maximised, on validation rows.

The area under the ROC curve uses the order of all rows, so it tells near-equal trials apart on a
few thousand rows where accuracy moves by chance; and it does not depend on the threshold, which
is chosen later.
"""

DEFAULT_TRIALS = 50

_FALLBACK_METRIC = "accuracy"
_FAILURES_IN_A_ROW = 5
_INTERRUPTED = 130
"""What shells call a program that Ctrl-C ended: 128 and the number of SIGINT."""


class TuningError(ValueError):
    """No parameters can be found; the message says why."""


@dataclass(frozen=True)
class Search:
    """What to search, and for how long.

    Attributes:
        family: Whose parameters.
        data: The files of the corpus, for the record.
        home: The folder for data that outlives the work tree.
        output: The folder of the best parameters.
        trials: How many trials the study shall have in the end, those of other processes and of
            earlier calls included. Each process may go over by the one trial it is at.
        timeout: After how many seconds no more trial begins.
        subset: How many training rows a trial learns from; None for all.
        study: The study's name; None for one that depends on family and rows.
        seed: Of the sampler.
        held: Parameters that every trial has the same, by name; the search leaves them alone.
        teachers: The folders of bundles whose answers every trial learns beside the labels.
    """

    family: ModelFamily
    data: Sequence[Path]
    home: Path
    output: Path = FOLDER
    trials: int = DEFAULT_TRIALS
    timeout: float = math.inf
    subset: int | None = None
    study: str | None = None
    seed: int = 0
    held: Mapping[str, Any] = field(default_factory=dict)
    teachers: Sequence[Path] = ()


@dataclass(frozen=True)
class Outcome:
    """How a search ended.

    Attributes:
        best: The best parameters so far, of all processes and calls; None if there are none.
        finished: How many trials of the study were completed or pruned.
        interrupted: Whether Ctrl-C ended it.
    """

    best: Tuned | None
    finished: int
    interrupted: bool


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``tune`` to the command line."""
    parser = commands.add_parser(
        "tune",
        help="search the parameters of a family",
        description="Try parameters on validation rows and keep the best for `train`. The same"
        " command again resumes the study; several at the same time share it. Test rows are"
        " never looked at.",
        epilog="example: python -m training tune logistic --data sentiment140.csv.gz --subset"
        " 50000",
    )
    parser.add_argument("family", choices=sorted(FAMILIES), metavar="FAMILY",
                        help=f"one of {', '.join(sorted(FAMILIES))}")  # fmt: skip
    parser.add_argument("--data", type=Path, action="append", required=True,
                        help="CSV of labelled tweets, .gz or not; may be repeated")  # fmt: skip
    parser.add_argument("--trials", type=whole_number, default=DEFAULT_TRIALS,
                        help="trials of the study in all (default: %(default)s)")  # fmt: skip
    parser.add_argument("--timeout", type=float, default=math.inf, metavar="SECONDS",
                        help="begin no more trial after this time")  # fmt: skip
    parser.add_argument("--subset", type=whole_number, metavar="ROWS",
                        help="training rows of a trial (default: all)")  # fmt: skip
    parser.add_argument("--study", metavar="NAME", type=_name,
                        help="name of the study (default: by family and rows)")  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a parameter of the family that is not searched, as `train` names"
                        " it; may be repeated")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0,
                        help="of the search (default: %(default)s)")  # fmt: skip
    parser.add_argument("--output", type=Path, default=FOLDER,
                        help="folder of the best parameters; `train` reads the default"
                        " (default: %(default)s)")  # fmt: skip
    parser.set_defaults(run=_run)


def tune(search: Search, split: Split, say: Say) -> Outcome:
    """Run the trials that the study still lacks and write the best parameters found.

    Ctrl-C ends the search: the trial at hand is marked as failed, and what was found is written.

    Args:
        search: What to search.
        split: The corpus; its test part is not looked at.
        say: Told of results and troubles.

    Raises:
        StudyError: The study is about something else, or damaged.
        TuningError: Trial after trial fails.
        BundleError: A teacher cannot be used.
        OSError: A file cannot be written.
    """
    from training.study import count_finished

    session = _begin(search, split, say)
    interrupted = False
    with session.parent as parent:
        try:
            session.run_trials()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            best = session.conclude()
        metrics = {} if best is None else {f"best_{OBJECTIVE}": best.found["value"]}
        parent.finish(metrics, KILLED if interrupted else FINISHED)
    return Outcome(best, count_finished(session.study), interrupted)


def measure(validation: Rows, logits: NDArray[np.float32]) -> dict[str, float]:
    """Return the ROC-AUC and the accuracy of logits.

    Raises:
        ValueError: A logit is not finite.
    """
    from sklearn.metrics import roc_auc_score

    if not np.isfinite(logits).all():
        raise ValueError("Some logits are not finite.")
    correct = (logits >= 0) == (validation.labels == 1)
    return {
        OBJECTIVE: float(roc_auc_score(validation.labels, logits)),
        "accuracy": float(correct.mean()),
    }


@dataclass(frozen=True)
class _Session:
    """One process's part in a search."""

    search: Search
    subject: Subject
    task: TrainingTask
    study: optuna.Study
    folder: Path
    parent: TrackedRun
    say: Say

    def run_trials(self) -> None:
        """Run trials until the study has enough of them, or time is up."""
        from tqdm import tqdm

        from training.study import count_finished

        done, wanted = count_finished(self.study), self.search.trials
        if done >= wanted:
            self.say(f"The study has {done} finished trials; ask for more with --trials.")
        started, failures = time.monotonic(), 0
        with tqdm(desc="Tuning", total=wanted, initial=done, unit=" trials") as bar:
            while done < wanted and time.monotonic() - started < self.search.timeout:
                failures = 0 if self._run_trial() else failures + 1
                if failures == _FAILURES_IN_A_ROW:
                    raise TuningError(
                        f"{failures} trials in a row failed, for the reasons said above. If the"
                        " search space was changed, name another study with --study."
                    )
                done = count_finished(self.study)
                self._show(bar, done)

    def conclude(self) -> Tuned | None:
        """Write the best parameters, then the figures; return the parameters.

        Raises:
            OSError: A file cannot be written.
        """
        best = self._best()
        if best is None:
            self.say("No trial was completed, so no parameters are written.")
        else:
            path = save(best, self.search.output)
            self._say_best(best, path)
            self._record(best)
        self._draw()
        return best

    def _record(self, best: Tuned) -> None:
        """Record the file of the best parameters, less the paths in it."""
        family, held = self.search.family, self.subject.held
        found = {**best.found, "held": _recorded_values(family, held)}
        shown = Tuned(best.family, _recorded_values(family, best.parameters), found)
        self.parent.file(save(shown, self.folder), "parameters")

    def _draw(self) -> None:
        from training.study import draw

        for name, figure in draw(self.study, OBJECTIVE).items():
            figure.savefig(self.folder / f"{name}.png", dpi=100)
            self.parent.figure(name, figure)
        self.say(f"Figures are in {self.folder}")

    def _run_trial(self) -> bool:
        """Run a trial; return whether it was completed or pruned."""
        from optuna import TrialPruned
        from optuna.trial import TrialState

        from training.study import own

        trial: optuna.Trial | None = None
        value, state = None, TrialState.FAIL
        try:
            with deferred():
                trial = self.study.ask()
                own(trial)
            value, state = self._fit(trial), TrialState.COMPLETE
        except TrialPruned:
            state = TrialState.PRUNED
        except ValueError as error:
            self.say(f"A trial failed: {error}")
        finally:
            if trial is not None:
                with deferred():
                    self.study.tell(trial, value, state)
        return state is not TrialState.FAIL

    def _fit(self, trial: optuna.Trial) -> float:
        from training.study import PARAMETERS_ATTRIBUTE

        with deferred():
            values = {**self.search.family.suggest(trial), **self.search.held}
            trial.set_user_attr(PARAMETERS_ATTRIBUTE, values)
        parameters = self.search.family.make_parameters(values)
        with self.parent.child(f"trial-{trial.number:03}", describe_parameters(parameters)) as run:
            return self._measure(trial, parameters, run)

    def _measure(self, trial: optuna.Trial, parameters: Any, run: TrackedRun) -> float:
        from optuna import TrialPruned

        def report(epoch: int, metrics: Mapping[str, float]) -> None:
            run.report(epoch, metrics)
            value = metrics.get(OBJECTIVE, metrics.get(_FALLBACK_METRIC))
            if value is not None:
                with deferred():
                    trial.report(float(value), epoch)
                if trial.should_prune():
                    raise TrialPruned

        started = time.monotonic()
        try:
            model = self.search.family.fit(replace(self.task, report=report), parameters)
        except TrialPruned:
            run.tag(pruned="true")
            run.finish({}, KILLED)
            raise
        measured = measure(self.task.validation, model.logits(self.task.validation.texts))
        run.finish({**measured, "seconds": time.monotonic() - started})
        return measured[OBJECTIVE]

    def _show(self, bar: tqdm[Any], done: int) -> None:
        from training.study import best_trial

        best = best_trial(self.study)
        bar.update(done - bar.n)
        if best is not None:
            bar.set_postfix({OBJECTIVE: f"{best.value:.4f}"})

    def _best(self) -> Tuned | None:
        from training.study import PARAMETERS_ATTRIBUTE, best_trial, count_finished

        trial = best_trial(self.study)
        if trial is None or trial.value is None:
            return None
        subject = asdict(self.subject)
        family = subject.pop("family")
        found = {
            **subject,
            "study": self.folder.name,
            "trial": trial.number,
            "trials": count_finished(self.study),
            "value": round(trial.value, 5),
        }
        return Tuned(family, trial.user_attrs[PARAMETERS_ATTRIBUTE], found)

    def _say_best(self, best: Tuned, path: Path) -> None:
        from training.study import count_states

        states = ", ".join(f"{count} {state}" for state, count in count_states(self.study).items())
        self.say(f"Trials of the study {self.folder.name}: {states}")
        self.say(
            f"Best {OBJECTIVE} on {self.subject.validation_rows:,} validation rows:"
            f" {best.found['value']:.4f} (trial {best.found['trial']})"
        )
        for name, value in best.parameters.items():
            self.say(f"  {name}: {value}")
        command = f"train {best.family}{' --teacher' if best.taught else ''}"
        place = f"`{command}` reads {FOLDER}, so give it these values as options"
        read = f", which `{command}` reads" if self.search.output == FOLDER else f"; {place}"
        self.say(f"Wrote {path}{read}")


def _begin(search: Search, split: Split, say: Say) -> _Session:
    from training.study import Subject, open_study, share_run_id, shared_run_id, suggest_first

    training = split.training.head(search.subset)
    teachers = read_teachers(search.teachers)
    targets = teacher_targets(teachers, training, search.home)
    task = TrainingTask(training, split.validation, soft_targets=targets)
    taught_by = " and ".join(each.manifest.version for each in teachers) or None
    subject = Subject.of(search.family, OBJECTIVE, task, search.held, taught_by)
    folder = search.home / "optuna" / (search.study or subject.name)
    opened = open_study(folder, subject, search.seed)
    if opened.is_new:
        suggest_first(opened.study, search.family, search.held)
    tracker, known_id = Tracker(search.home, say), shared_run_id(opened)
    parts = {"training": task.training, "validation": task.validation}
    origin = Origin(search.family.name, search.data, parts, split.counts.as_dict())
    shown = {**asdict(subject), "held": _recorded_values(search.family, subject.held)}
    parent = tracker.start(f"tune-{folder.name}", origin, shown, known_id)
    if known_id != parent.id:
        share_run_id(opened.study, parent.id)
    say(tracker.describe(parent))
    return _Session(search, subject, task, opened.study, folder, parent, say)


def _recorded_values(family: ModelFamily, values: Mapping[str, Any]) -> dict[str, Any]:
    shown = describe_parameters(family.make_parameters(values))
    return {name: shown[name] for name in values}


def _run(options: argparse.Namespace) -> None:
    family = FAMILIES[options.family]
    search = Search(
        family=family,
        data=options.data,
        home=data_home(),
        output=options.output,
        trials=options.trials,
        timeout=options.timeout,
        subset=options.subset,
        study=options.study,
        seed=options.seed,
        held=family.read_values(options.set),
    )
    split = read_split(options.data)
    outcome = tune(search, split, _say)
    if outcome.interrupted:
        print(
            f"interrupted; {outcome.finished} finished trials are kept. The same command resumes"
            " the study.",
            file=sys.stderr,
        )
        raise SystemExit(_INTERRUPTED)


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,79}", text, re.ASCII):
        raise argparse.ArgumentTypeError("letters, digits, dots, hyphens and underscores only")
    return text


def _say(message: str) -> None:
    print(message, flush=True)
