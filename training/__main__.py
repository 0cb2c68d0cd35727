"""The command line of everything offline: ``python -m training --help``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from tqdm import tqdm

from sentiment.bundle import BundleError, Manifest
from training.convert import ConversionError
from training.corpus import CorpusError, LabelledTweet, read_corpus
from training.families import logistic
from training.split import Split, check_usable, split_corpus
from training.train import Job, make_bundle

DEFAULT_OUTPUT = Path("model_artifacts")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 after telling what went wrong, or 130 when interrupted."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (CorpusError, BundleError, ConversionError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train sentiment models on labelled tweets and make bundles for the app.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser(
        "train",
        help="train a model and write its bundle",
        description="Read tweets, train, convert to quantised TFLite, measure and write a bundle.",
        epilog="example: python -m training train logistic --data sentiment140.csv.gz",
    )
    families = train.add_subparsers(required=True, metavar="FAMILY")
    _add_logistic(families)
    return parser


def _add_logistic(families: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = families.add_parser(
        "logistic",
        help="logistic regression on n-grams (seconds)",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_common(parser)
    default = logistic.LogisticParameters()
    parser.add_argument("--words", type=int, nargs=2, default=default.words, metavar=("MIN", "MAX"),
                        help="words in an n-gram")  # fmt: skip
    parser.add_argument("--characters", type=int, nargs=2, default=None, metavar=("MIN", "MAX"),
                        help="characters in an n-gram, none if not given")  # fmt: skip
    parser.add_argument("--min-documents", type=int, default=default.min_documents,
                        help="tweets in which an n-gram must occur")  # fmt: skip
    parser.add_argument("--max-features", type=int, default=default.max_features,
                        help="n-grams kept at most")  # fmt: skip
    parser.add_argument("--inverse-regularization", "-C", type=float,
                        default=default.inverse_regularization,
                        help="scikit-learn's C")  # fmt: skip
    parser.set_defaults(run=_train_logistic)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, action="append", required=True,
                        help="CSV of labelled tweets, .gz or not; may be repeated")  # fmt: skip
    parser.add_argument("--benchmark", type=Path, action="append", default=[],
                        help="human-labelled CSV to report on; may be repeated")  # fmt: skip
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT,
                        help="folder of the bundle; replaced as a whole")  # fmt: skip


def _train_logistic(options: argparse.Namespace) -> None:
    names = {field.name for field in fields(logistic.LogisticParameters)}
    given = {name: value for name, value in vars(options).items() if name in names}
    for name in ("words", "characters"):
        given[name] = tuple(given[name]) if given[name] else None
    parameters = logistic.LogisticParameters(**given)
    job = Job(options.data, options.benchmark, options.output)
    split = _read(options.data)
    _say(f"Fitting logistic regression on {len(split.training):,} rows")
    model = logistic.fit(split.training, parameters)
    _report(make_bundle(job, split, model, _say), options.output)


def _read(paths: Sequence[Path]) -> Split:
    def tweets() -> Iterator[LabelledTweet]:
        for path in paths:
            yield from read_corpus(path)

    split = split_corpus(tqdm(tweets(), desc="Reading", unit=" tweets", unit_scale=True))
    for name, count in split.counts.as_dict().items():
        _say(f"  {name}: {count:,}")
    check_usable(split)
    return split


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


if __name__ == "__main__":
    sys.exit(main())
