"""The command line of training: ``python -m training --help``.

A command reads the settings, hands their values down and prints results; what is heavy to import
is imported by the command that needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from operations.cli import add_registry_commands
from operations.registry import DEFAULT_BUNDLE
from operations.statistics import Estimate
from operations.terminal import INTERRUPTED, WholeNumber, new_app, run
from sentiment.model.bundle import Manifest
from sentiment.settings import data_home, read_settings
from training.compare.command import compare
from training.contest import LEAST_TEST_ROWS
from training.export import ConversionError
from training.gate import GateError
from training.models.base import ModelFamily
from training.models.catalog import FAMILIES, FamilyName
from training.run_records import RUNS

if TYPE_CHECKING:
    from training.train import TrainingConfig

CHALLENGER = "challenger"
NOT_BETTER = 2

app = new_app(
    "python -m training",
    "Train sentiment models on labelled tweets and make bundles for the app. Data are CSV files,"
    " .gz or not: the official Sentiment140 file, or any with the columns target (0 negative, 4"
    " positive) or label, and text. COMMAND --help describes each.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 1 after an error, 130 when interrupted."""
    return run(app, arguments, ConversionError, GateError)


def _parameters_help() -> str:
    lines = []
    for family in FAMILIES.values():
        lines += ["", f"Parameters of {family.name}, {family.summary}:", ""]
        lines += [f"- {name}: {text}" for name, text in family.describe()]
    return "\n".join(lines)


_PARAMETERS = _parameters_help()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """What the commands share that fit models.

    Attributes:
        data: CSV of labelled tweets, .gz or not; may be repeated.
        distant_data: CSV of further tweets, labelled by their emoticons, to train on only: retweets
            are left out, and so are most emoticons; may be repeated.
        teacher: Folder of the bundle of a better model, trained by this project on the same base
            data, whose answers are learned beside the labels; of several, their mean.
        settings: NAME=VALUE, a parameter of the family, listed below; may be repeated. Those that
            are not given are as tuning found them best, or have their defaults.
    """

    data: Sequence[Path]
    distant_data: Sequence[Path] = ()
    teacher: Sequence[Path] = ()
    settings: Annotated[Sequence[str], Parameter(name="--set")] = ()


@app.command(help_epilogue=_PARAMETERS, help_format="markdown")
def train(
    family: FamilyName,
    fit: FitOptions,
    *,
    benchmark: Sequence[Path] = (),
    output: Path = DEFAULT_BUNDLE,
    run_name: str | None = None,
    init_from: Path | None = None,
    checkpoint_out: Path | None = None,
    runs: Path | None = None,
) -> None:
    """Train a model and write its bundle.

    Read tweets, fit, convert to quantised TFLite, compare with the float model, measure, and write
    a bundle. The same command goes on where an interrupted one was.

    Example: python -m training train logistic --data sentiment140.csv.gz

    Args:
        family: The kind of model.
        fit: See ``FitOptions``.
        benchmark: Human-labelled CSV to report on; may be repeated.
        output: Folder of the bundle, replaced as a whole.
        run_name: Name of the run's record and checkpoints (default: the family's).
        init_from: Float checkpoint to go on training from (bert).
        checkpoint_out: Folder for the float checkpoint, to go on training from it.
        runs: Folder of the records that `compare` reads (default: docs/runs if the bundle is the
            one that ships, else SENTIMENT_HOME/runs).
    """
    from training.train import train as run_training

    config = _configure(
        FAMILIES[family],
        fit,
        init_from,
        output=output,
        name=run_name or family,
        records=runs or choose_records(output, data_home()),
        benchmarks=benchmark,
        checkpoint_out=checkpoint_out,
    )
    result = run_training(config)
    _print(*_results(result.manifest, output), *result.tracked.describe())


@app.command(help_epilogue=_PARAMETERS, help_format="markdown")
def tune(
    family: FamilyName,
    fit: FitOptions,
    *,
    trials: WholeNumber = 50,
    timeout: float | None = None,
    subset: WholeNumber | None = None,
    study: str | None = None,
    storage: str | None = None,
    seed: int = 0,
    output: Path | None = None,
) -> int:
    """Search the parameters of a family.

    Try parameters on validation rows and keep the best for `train`; test rows are never looked at.
    The same command again resumes the study; several at the same time share it. What is given with
    --set is not searched.

    Example: python -m training tune logistic --data sentiment140.csv.gz --subset 50000

    Args:
        family: The kind of model.
        fit: See ``FitOptions``.
        trials: Trials of the study in all.
        timeout: Seconds after which no more trial begins.
        subset: Training rows of a trial (default: all).
        study: Name of the study (default: by family and rows).
        storage: URL of Optuna's storage, such as postgresql://..., by which several machines share
            a search (default: a file in SENTIMENT_HOME).
        seed: Of the search.
        output: Folder of the best parameters (default: the one that `train` reads).
    """
    from training.models.tuned_parameters import FOLDER
    from training.tune import TuningConfig
    from training.tune import tune as run_search

    kind = FAMILIES[family]
    config = TuningConfig(
        kind,
        fit.data,
        distant_data=fit.distant_data,
        teachers=fit.teacher,
        trials=trials,
        timeout=timeout,
        subset=subset,
        study=study,
        storage=storage,
        seed=seed,
        held=kind.read_values(fit.settings),
        output=output or FOLDER,
    )
    outcome = run_search(config)
    _print(*outcome.describe())
    return INTERRUPTED if outcome.interrupted else 0


@app.command
def explore(*, data: Sequence[Path], output: Path = Path("explore.html")) -> None:
    """Write an HTML report on labelled tweets: balance, copies, lengths, words, kinds.

    Args:
        data: CSV of labelled tweets, .gz or not; may be repeated.
        output: The report; an older one is replaced.
    """
    from training.explore import explore as write_report

    write_report(data, output)


app.command(compare)


@app.command(help_epilogue=_PARAMETERS, help_format="markdown")
def retrain(
    fit: FitOptions,
    *,
    feedback: Sequence[Path] = (),
    champion: Path | None = None,
    family: FamilyName | None = None,
    init_from: Path | None = None,
    checkpoint_out: Path | None = None,
    output: Path | None = None,
    report: Path = Path("retrain.md"),
    least_test: WholeNumber = LEAST_TEST_ROWS,
    publish: bool = False,
) -> int:
    """Train a challenger with reviewed feedback; publish it if it is better.

    Train on the base data and on reviewed feedback, convert, and compare the result with the
    champion. The challenger wins only if it is better by more than chance on the same test rows,
    and worse by more than chance on no kind of tweet and not on the feedback that is kept from
    training. Exit code: 0 it wins, 2 it is refused, 1 an error.

    Example: python -m training retrain --data sentiment140.csv.gz --feedback accepted.csv --publish

    Args:
        fit: See ``FitOptions``.
        feedback: CSV of accepted feedback, as `python -m operations feedback export` writes it; may
            be repeated.
        champion: Folder of the bundle to beat (default: the registry's current one if a registry is
            configured, else the packaged one).
        family: Of the challenger (default: the champion's).
        init_from: Float checkpoint to go on training from (bert).
        checkpoint_out: Folder for the challenger's float checkpoint; written if it wins.
        output: Folder of the challenger's bundle (default: SENTIMENT_HOME/challenger/bundle).
        report: File for what the challenger would fix and break.
        least_test: Test rows without which nothing wins.
        publish: Publish the challenger if it wins; the champion must be the registry's current
            version, from the start to the end.
    """
    from training.retrain import find_champion
    from training.retrain import retrain as run_contest

    home = data_home() / CHALLENGER
    beaten = find_champion(champion, read_settings().storage, publish=publish)
    config = _configure(
        FAMILIES[family or beaten.classifier.manifest.family],
        fit,
        init_from,
        output=output or home / "bundle",
        name=CHALLENGER,
        records=home / "runs",
        feedback=feedback,
        checkpoint_out=checkpoint_out,
    )
    judgement, tracked = run_contest(
        config, beaten, report, least_test=least_test, publish_winner=publish
    )
    verdict = "wins" if judgement.wins else "is refused"
    _print(*tracked.describe(), f"The challenger {verdict}:")
    _print(*(f"  {reason}" for reason in judgement.reasons))
    return 0 if judgement.wins else NOT_BETTER


@app.command
def register(*, bundle: Path = DEFAULT_BUNDLE) -> None:
    """Register the bundle in MLflow's model registry, as the champion.

    Args:
        bundle: Folder of the bundle.
    """
    from training.mlflow_runs import register as register_bundle

    _print(*register_bundle(bundle))


@app.command
def mlflow(*, port: WholeNumber = 5000) -> int:
    """Show the recorded runs in a browser.

    Args:
        port: Where the page is served.
    """
    from training.mlflow_runs import serve

    return serve(port)


add_registry_commands(app)


def choose_records(output: Path, home: Path) -> Path:
    """Return the folder of a run record: the project's, if the bundle is the one that ships."""
    ships = output.resolve() == DEFAULT_BUNDLE.resolve()
    return RUNS if ships else home / "runs"


def _configure(
    family: ModelFamily, fit: FitOptions, init_from: Path | None, **further: Any
) -> TrainingConfig:
    from training.models.tuned_parameters import choose_parameters
    from training.train import TrainingConfig

    distilled = bool(fit.teacher)
    return TrainingConfig(
        family,
        choose_parameters(family, fit.settings, init_from=init_from, distilled=distilled),
        fit.data,
        home=data_home(),
        distant_data=fit.distant_data,
        teachers=fit.teacher,
        **further,
    )


def _results(manifest: Manifest, folder: Path) -> list[str]:
    """Return how good a model is, a line a set, and where it is."""
    metrics = {
        "shipped": manifest.metrics["test"],
        "float parent": manifest.metrics["test_float"],
        **manifest.metrics["benchmarks"],
    }
    size = sum(entry.size for entry in manifest.files.values())
    return [
        *(
            f"{name}: accuracy {Estimate.of(measured['accuracy']):.4f},"
            f" ROC-AUC {Estimate.of(measured['roc_auc']):.4f}, {measured['rows']:,} rows"
            for name, measured in metrics.items()
        ),
        f"Wrote {manifest.version} ({size / 1e6:.2f} MB) to {folder}/",
    ]


def _print(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)
