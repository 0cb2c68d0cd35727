"""The commands of everything offline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from operations import registry as publishing
from operations.alerts import command as alerts
from operations.deployed import NotDeployedError
from operations.drift import command as monitor
from operations.feedback import command as feedback
from sentiment.feedback import StoreUnavailableError
from sentiment.model.bundle import BundleError, Manifest, check_replaceable
from sentiment.registry import RegistryError
from sentiment.settings import data_home
from sentiment.storage import StorageError
from training import distant_data as extra
from training import distillation as teacher
from training import floats, parameters, registration, tune, vault
from training.compare.command import BUNDLE, DOCUMENTS, compare
from training.explore import command as explore
from training.export import ConversionError
from training.fitting import Fitting
from training.gate import GateError
from training.models.base import Family
from training.models.catalog import FAMILIES
from training.provenance import git_commit
from training.reading import read_split
from training.retrain import command as retrain
from training.run_records import RUNS, read_sets
from training.tracking import viewer
from training.tracking.place import TRACKING_VARIABLE
from training.tracking.run import MODEL_FOLDER
from training.tracking.tracker import Tracker
from training.train import Job

DEFAULT_OUTPUT = Path("model_artifacts")

_EXPECTED = (
    BundleError,
    ConversionError,
    GateError,
    NotDeployedError,
    RegistryError,
    StorageError,
    StoreUnavailableError,
    OSError,
    ValueError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 1 after an error, 130 when interrupted."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
    except _EXPECTED as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return code if isinstance(code, int) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train sentiment models on labelled tweets and make bundles for the app.",
        epilog="Data are CSV files, .gz or not: the official Sentiment140 file, or any with the"
        " columns target (0 negative, 4 positive) or label, and text. Try: python -m training"
        " train logistic --data tweets.csv --output /tmp/bundle",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser(
        "train",
        help="train a model and write its bundle",
        description="Read tweets, train, convert to quantised TFLite, measure and write a bundle.",
        epilog="example: python -m training train logistic --data sentiment140.csv.gz",
    )
    families = train.add_subparsers(required=True, metavar="FAMILY")
    for family in FAMILIES.values():
        _add_family(families, family)
    for add_command in (
        explore.add_command,
        tune.add_command,
        _add_compare,
        registration.add_command,
        publishing.add_commands,
        retrain.add_command,
        vault.add_command,
        monitor.add_command,
        alerts.add_command,
        viewer.add_command,
        feedback.add_command,
    ):
        add_command(commands)
    return parser


def _add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("compare", help="write the results of all runs and the model card")
    parser.add_argument("--runs", type=Path, default=RUNS)
    parser.add_argument("--output", type=Path, default=DOCUMENTS)
    parser.add_argument("--bundle", type=Path, default=BUNDLE)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--benchmark", type=Path, action="append", default=[])
    what.add_argument("--check", action="store_true")
    parser.set_defaults(
        run=lambda options: compare(
            runs=options.runs,
            output=options.output,
            bundle=options.bundle,
            benchmark=options.benchmark,
            check=options.check,
        )
    )


def _add_family(
    families: argparse._SubParsersAction[argparse.ArgumentParser], family: Family
) -> None:
    parser = families.add_parser(
        family.name,
        help=family.summary,
    )
    parser.add_argument("--data", type=Path, action="append", required=True,
                        help="CSV of labelled tweets, .gz or not; may be repeated")  # fmt: skip
    extra.add_option(parser)
    teacher.add_option(parser)
    parser.add_argument("--benchmark", type=Path, action="append", default=[],
                        help="human-labelled CSV to report on; may be repeated")  # fmt: skip
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT,
                        help="folder of the bundle; replaced as a whole"
                        " (default: %(default)s)")  # fmt: skip
    parser.add_argument("--run-name", help="name of the run's record and checkpoints"
                        " (default: the family's)")  # fmt: skip
    floats.add_option(parser)
    parser.add_argument("--runs", type=Path,
                        help="folder of the records that `compare` reads (default: that of the"
                        f" project, {RUNS}, if the bundle is the one that ships, else"
                        " SENTIMENT_HOME/runs)")  # fmt: skip
    group = parser.add_argument_group(
        "parameters of the model",
        "What `tune` found best (with a teacher, if there is one) replaces a"
        f" default: see {parameters.FOLDER.relative_to(Path(__file__).resolve().parent.parent)}.",
    )
    for field in fields(family.parameters):
        group.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=_reader(family, field.name),
            default=argparse.SUPPRESS,
            metavar=type(field.default).__name__.upper(),
            help=f"{field.metadata['help']} (default: {field.default})",
        )
    parser.set_defaults(run=_train, family=family)


def _reader(family: Family, name: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return family.read_value(name, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _train(options: argparse.Namespace) -> None:
    family: Family = options.family
    names = [field.name for field in fields(family.parameters)]
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    tuned = parameters.load(family, taught=bool(options.teacher))
    chosen = family.make_parameters({**tuned, **given})
    if tuned:
        found = parameters.source(family, taught=bool(options.teacher))
        _say(f"What is not given is as tuning found it best: {found}")
    run = options.run_name or family.name
    commit = git_commit()
    check_replaceable(options.output)
    if options.float_model is not None:
        floats.check_free(options.float_model)
    benchmarks = read_sets(options.benchmark)
    split = read_split(options.data, _say, extra.read_extra(options.extra))
    lesson = teacher.ask_teachers(options.teacher, split.training, _say)
    taught_by = lesson.teacher if lesson else None
    job = Job(
        options.data, options.output, run, _records(options), taught_by, options.extra, commit
    )
    checkpoints = data_home() / "checkpoints" / run
    fitting = Fitting(family, chosen, split, lesson, job, checkpoints, benchmarks)
    tracker = Tracker(data_home(), _say)
    with fitting.start(tracker) as tracked:
        outcome = fitting.carry_out(tracked, _say)
        if options.float_model is not None:
            floats.save(outcome.model, options.float_model, _say)
        tracked.finish(outcome.manifest.metrics)
    _report(outcome.manifest, options.output)
    _say(tracker.describe(tracked))
    if uri := tracker.uri():
        _say(f'Its float model: mlflow.pyfunc.load_model("runs:/{tracked.id}/{MODEL_FOLDER}")')
        _say(f"and {TRACKING_VARIABLE}={uri}")


def _records(options: argparse.Namespace) -> Path:
    if options.runs is not None:
        return Path(options.runs)
    ships = options.output.resolve() == DEFAULT_OUTPUT.resolve()
    return RUNS if ships else data_home() / "runs"


def _report(manifest: Manifest, folder: Path) -> None:
    for name, title in (("test", "shipped"), ("test_float", "float parent")):
        _say(f"{title}: {_line(manifest.metrics[name])}")
    for name, measured in manifest.metrics["benchmarks"].items():
        _say(f"{name}: {_line(measured)}")
    size = sum(entry.size for entry in manifest.files.values())
    _say(f"Wrote {manifest.version} ({size / 1e6:.2f} MB) to {folder}/")


def _line(measured: dict[str, dict[str, float]]) -> str:
    accuracy, auc = measured["accuracy"], measured["roc_auc"]
    return (
        f"accuracy {accuracy['value']:.4f} ({accuracy['low']:.4f} to {accuracy['high']:.4f}),"
        f" ROC-AUC {auc['value']:.4f} ({auc['low']:.4f} to {auc['high']:.4f}),"
        f" {measured['rows']:,} rows"
    )


def _say(message: str) -> None:
    print(message, flush=True)
