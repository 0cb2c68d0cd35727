"""``retrain``: a challenger trained with reviewed feedback contests the champion's place."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from operations.deployed import NotDeployedError, check_deployed
from operations.registry import DEFAULT_BUNDLE, open_registry, publish
from sentiment.files import PRIVATE, check_target, replace_file
from sentiment.model.bundle import check_replaceable, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.registry import RegistryError
from sentiment.registry.pointer import Pointer
from sentiment.registry.registry import Registry, TaggedPointer
from sentiment.settings import data_home, read_settings
from training import distant_data as extra
from training import distillation as teacher
from training import floats, parameters
from training.evaluate import logit_threshold
from training.fitting import Fitting
from training.models.catalog import FAMILIES
from training.provenance import git_commit
from training.reading import read_split
from training.retrain.report import Trial, write_refusal, write_report
from training.retrain.rows import FeedbackRows, as_set, keep_apart, keys_of, read_feedback
from training.retrain.trial import LEAST_TEST_ROWS, Contest, judge
from training.run_records import SHIPPED, TEST, EvaluationSet, test_set
from training.split import Split
from training.tracking.tracker import Tracker
from training.train import Job, Outcome

REFUSED = 2
RUN_NAME = "challenger"

Say = Callable[[str], None]


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``retrain`` to the command line."""
    parser = commands.add_parser(
        "retrain",
        help="train a challenger with reviewed feedback; publish it if it is better",
        description="Train on the base data and on reviewed feedback, convert, and compare the"
        " result with the champion. The challenger wins only if it is better by more than chance"
        " on the same test rows, and worse by more than chance on no kind of tweet and not on the"
        " feedback that is kept from training.",
        epilog=f"exit code: 0 it wins, {REFUSED} it is refused, 1 an error. example: python -m"
        " training retrain --data sentiment140.csv.gz --feedback accepted.csv --publish",
    )
    parser.add_argument("--data", type=Path, action="append", required=True,
                        help="CSV of the base data, .gz or not; may be repeated")  # fmt: skip
    parser.add_argument("--feedback", type=Path, action="append", default=[],
                        help="CSV of accepted feedback, as `feedback export` writes it;"
                        " may be repeated")  # fmt: skip
    extra.add_option(parser)
    teacher.add_option(parser)
    parser.add_argument("--champion", type=Path,
                        help="folder of the bundle to beat (default: the registry's current one"
                        f" if a registry is configured, else {DEFAULT_BUNDLE})")  # fmt: skip
    parser.add_argument("--family", choices=sorted(FAMILIES),
                        help="of the challenger (default: the champion's)")  # fmt: skip
    floats.add_option(parser, when="; written if the challenger wins")
    for name, default, text in (
        ("output", data_home() / RUN_NAME / "bundle", "folder of the challenger's bundle"),
        ("report", Path("retrain.md"), "what it would fix and break"),
    ):
        parser.add_argument(
            f"--{name}", type=Path, default=default, help=f"{text} (default: %(default)s)"
        )
    parser.add_argument("--least-test", type=int, default=LEAST_TEST_ROWS,
                        help="test rows without which nothing wins"
                        " (default: %(default)s)")  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a parameter of the family, as `train` names it, such as"
                        " start=FOLDER to go on from a float model; may be repeated")  # fmt: skip
    parser.add_argument("--publish", action="store_true",
                        help="publish the challenger if it wins; the champion must be the"
                        " registry's current version, from the start to the end")  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, compare, record, report and perhaps publish; return 0 or ``REFUSED``."""
    commit = git_commit()
    check_replaceable(options.output)
    check_target(options.report)
    if options.float_model is not None:
        floats.check_free(options.float_model)
    registry = open_registry() if options.publish or _is_followed(options) else None
    seen = registry.pointer() if registry else TaggedPointer(Pointer(), None)
    champion = _champion(options.champion, registry, seen.pointer)
    if options.publish:
        _check_beats_current(champion, seen.pointer)
    feedback = read_feedback(options.feedback)
    more = chain(feedback.training, extra.read_extra(options.extra))
    split, feedback = keep_apart(read_split(options.data, _say, more), feedback, _say)
    fitting = _fitting(options, champion.manifest.family, split, feedback, commit)
    tracker = Tracker(data_home(), _say)
    with fitting.start(tracker) as tracked:
        tracked.tag(champion=champion.manifest.version)
        try:
            outcome = fitting.carry_out(tracked, _say)
            check_deployed(outcome.manifest.encoder)
        except NotDeployedError as error:
            tracked.tag(contest="refused by the export gate")
            _report(options.report, write_refusal(champion.manifest.version, str(error)))
            _say(f"The challenger is refused by the export gate: {error}")
            return REFUSED
        trial = _contest(champion, outcome, split, feedback, options)
        tracked.tag(contest="wins" if trial.judgement.wins else "refused")
        tracked.finish({**outcome.manifest.metrics, "contest": trial.measures()})
    _say(tracker.describe(tracked))
    _report(options.report, write_report(trial))
    _say(f"The challenger {'wins' if trial.judgement.wins else 'is refused'}:")
    for reason in trial.judgement.reasons:
        _say(f"  {reason}")
    if not trial.judgement.wins:
        return REFUSED
    if options.float_model is not None:
        floats.save(outcome.model, options.float_model, _say)
    if options.publish and registry is not None:
        publish(registry, options.output, _say, seen)
    return 0


def _report(path: Path, report: str) -> None:
    replace_file(path.absolute(), report.encode(), PRIVATE)
    _say(f"Wrote {path}")


def _is_followed(options: argparse.Namespace) -> bool:
    return options.champion is None and read_settings().storage is not None


def _champion(folder: Path | None, registry: Registry | None, pointer: Pointer) -> Classifier:
    current = pointer.current
    if folder is not None or registry is None or current is None:
        return Classifier(read_bundle(folder or DEFAULT_BUNDLE))
    return Classifier(registry.download(current.version, current.manifest_sha256))


def _check_beats_current(champion: Classifier, pointer: Pointer) -> None:
    version, current = champion.manifest.version, pointer.current
    if current is not None and current.version != version:
        raise RegistryError(
            f"The champion is {version}, but {current.version} is the registry's current version,"
            " which the challenger would replace without having met it: leave out --champion, or"
            " --publish."
        )


def _fitting(
    options: argparse.Namespace,
    champions: str,
    split: Split,
    feedback: FeedbackRows,
    commit: str | None,
) -> Fitting:
    family = FAMILIES[options.family or champions]
    tuned = parameters.load(family, taught=bool(options.teacher))
    chosen = family.make_parameters({**tuned, **family.read_values(options.set)})
    reviewed = keys_of(feedback.training)
    lesson = teacher.ask_teachers(options.teacher, split.training, _say, reviewed)
    folder = data_home() / RUN_NAME
    files = [*options.data, *options.feedback]
    taught_by = lesson.teacher if lesson else None
    runs = folder / "runs"
    job = Job(files, options.output, RUN_NAME, runs, taught_by, options.extra, commit)
    return Fitting(family, chosen, split, lesson, job, folder / "checkpoints")


def _contest(
    champion: Classifier,
    outcome: Outcome,
    split: Split,
    feedback: FeedbackRows,
    options: argparse.Namespace,
) -> Trial:
    challenger = Classifier(read_bundle(options.output))
    test_rows, replay_rows = test_set(split.test), as_set(feedback.replay)
    measured = outcome.run.logits[TEST][SHIPPED]
    test = Contest(test_rows, _right(champion, test_rows), _right(challenger, test_rows, measured))
    replay = Contest(replay_rows, _right(champion, replay_rows), _right(challenger, replay_rows))
    return Trial(
        champion.manifest.version,
        challenger.manifest.version,
        len(feedback.training),
        test,
        replay,
        judge(test, replay, options.least_test),
    )


def _right(
    classifier: Classifier, rows: EvaluationSet, logits: NDArray[np.float32] | None = None
) -> NDArray[np.bool_]:
    """Return which rows the model labels rightly; its logits are computed where not given."""
    if logits is None:
        logits = classifier.logits(rows.texts)
    return (logits >= logit_threshold(classifier.manifest.decision)) == (rows.labels == 1)


def _say(message: str) -> None:
    print(message, flush=True)
